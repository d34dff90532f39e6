//! `venuectl codes`: infrared codes of remote controls.

mod find;
mod import;
mod learn;
mod list;
mod once;

use crate::{
    cli::CodesCommand, client::Client, error::Failure, output::Report, progress::Progress,
};

pub(super) async fn run(
    client: &Client,
    command: &CodesCommand,
    progress: &mut Progress,
) -> Result<Report, Failure> {
    match command {
        CodesCommand::List(args) => list::list(client, args).await,
        CodesCommand::Show(arg) => list::show(client, arg).await,
        CodesCommand::Export(arg) => list::export(client, arg).await,
        CodesCommand::Import(args) => import::import(client, args).await,
        CodesCommand::Adopt(args) => import::adopt(client, args).await,
        CodesCommand::Learn(args) => learn::learn(client, args, progress).await,
        CodesCommand::Find(args) => find::find(client, args, progress).await,
        CodesCommand::Try(args) => once::try_code(client, args).await,
    }
}
