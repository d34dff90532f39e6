//! `venuectl codes try`: one code, once.

use venue_api::{TryAnswer, TryBody};
use venue_domain::PortId;

use crate::{
    cli::TryArgs,
    client::{Answer, Client},
    commands::{answer, meant, plan},
    error::Failure,
    intent::Intent,
    output::Report,
    table,
};

pub(super) async fn try_code(client: &Client, args: &TryArgs) -> Result<Report, Failure> {
    let target = meant::resolved(client, &args.tv.target).await?;
    let body = TryBody {
        code: args.code.clone(),
        codeset: args.set.clone(),
        file: args.file.clone(),
        remote: None,
        key: args.key.clone(),
        emitter: args.emitter.clone(),
        sends: args.sends,
        allow_power: args.allow_power,
        dry_run: args.tv.dry_run,
    };
    let sent = send(client, &target, &body).await?;
    Ok(report(sent))
}

/// Sends what `body` says, once.
///
/// # Cancel safety
/// It may have been sent.
pub(super) async fn send(
    client: &Client,
    target: &PortId,
    body: &TryBody,
) -> Result<Answer<TryAnswer>, Failure> {
    let path = format!("/api/v1/ports/{}/{}/try", target.device, target.port.number());
    let intent = if body.dry_run { Intent::Reads } else { Intent::Acts };
    client.post(&path, body, intent).await
}

fn report(sent: Answer<TryAnswer>) -> Report {
    let Answer { document, value } = sent;
    let (mut text, mut warning) = (what(&value), None);
    match &value.command {
        Some(command) => {
            text.push_str(&answer::table([command]));
            text.push_str("whether the TV reacted only somebody who sees it knows\n");
            warning = answer::warning(command);
        }
        None => {
            text.push_str(&plan::table([&value.planned]));
            text.push_str("dry run: nothing was sent\n");
        }
    }
    Report { document, table: text, warning }
}

/// What goes out, and by what.
fn what(answer: &TryAnswer) -> String {
    let of =
        |name: &str| answer.planned.arguments.get(name).cloned().unwrap_or_else(|| "-".to_owned());
    let key = answer.key.clone().unwrap_or_else(|| "-".to_owned());
    table::facts([
        ("key", key),
        ("code", answer.code.clone()),
        ("transmitter", of("emitter")),
        ("carrier", format!("{} Hz", of("carrier_hz"))),
        ("frames", of("frames")),
        ("on the air", format!("{} ms", of("milliseconds"))),
    ])
}
