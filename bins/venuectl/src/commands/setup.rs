//! `venuectl setup`: whether the venue can be set up, and the code for it.

use venue_api::{SetupCodeShown, SetupStatus};

use crate::{
    cli::SetupCommand,
    client::{Answer, Client},
    error::{CodeElsewhereSnafu, Failure},
    output::Report,
    table,
};

pub(super) async fn run(client: &Client, command: &SetupCommand) -> Result<Report, Failure> {
    match command {
        SetupCommand::Status => {
            let answer = client.get::<SetupStatus>("/api/v1/setup").await?;
            let Answer { document, value } = answer;
            let told = match value.state.as_str() {
                "open" => {
                    "open: `sudo venuectl setup code` shows the code for the page, or run `sudo venued setup`"
                }
                _ => "closed: the venue is set up",
            };
            let table = table::facts([("set-up", told.to_owned())]);
            Ok(Report { document, table, warning: None })
        }
        SetupCommand::Code => {
            let Answer { document, value } =
                match client.get::<SetupCodeShown>("/api/v1/setup/code").await {
                    // There is nobody yet to sign in as.
                    Err(Failure::Problem { problem, .. }) if problem.status == 401 => {
                        return Ok(CodeElsewhereSnafu.fail()?);
                    }
                    answer => answer?,
                };
            // Alone, so that a script can use it.
            Ok(Report { document, table: format!("{}\n", value.code), warning: None })
        }
    }
}
