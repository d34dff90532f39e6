//! `venuectl tv`: one command for one TV.

use clap::Args;
use hyper::body::Bytes;
use serde::Serialize;
use serde_json::Value;
use snafu::ResultExt;
use venue_api::{BulkBody, CommandAnswer, CommandBody, TargetBody};
use venue_domain::{Action, BatchId, Digit, Parameters, PortId};

use super::{
    answer, device_path,
    meant::{meant, resolved, which},
    new_batch, plan, watch,
};
use crate::{
    cli::{OneTvCommand, TvCommand},
    client::{Answer, Client},
    error::{DigitsDryRunSnafu, Failure, RequestBodySnafu},
    intent::Intent,
    output::{Report, Warning},
    parse::TvTarget,
    progress::Progress,
};

pub(super) async fn run(
    client: &Client,
    command: &OneTvCommand,
    progress: &mut Progress,
) -> Result<Report, Failure> {
    match command {
        OneTvCommand::Any(command) => {
            let (wish, tv) = wish_of(command);
            let target = tv.target()?;
            let ports = meant(client, target).await?;
            match (&ports[..], target) {
                ([target], _) if tv.dry_run => plan::run(client, &planned(wish, target)).await,
                ([target], _) => Ok(answer::report(send(client, wish, target).await?)),
                (_, TvTarget::Selected(selector)) => {
                    let id = BatchId::generate();
                    let body = BulkBody {
                        selectors: vec![selector.to_string()],
                        batch_id: (!tv.dry_run).then(|| id.to_string()),
                        dry_run: tv.dry_run,
                        ..bulk(wish)
                    };
                    if tv.dry_run {
                        return plan::run(client, &body).await;
                    }
                    let made = new_batch::create(client, &id, &body).await?;
                    watch::new(client, &id, &made.value, progress).await
                }
                (_, TvTarget::One(tv)) => Err(which(tv, &ports)),
            }
        }
        OneTvCommand::Digits { digits, at } => {
            let target = resolved(client, at.target()?).await?;
            if at.dry_run {
                return Ok(DigitsDryRunSnafu.fail()?);
            }
            press(client, &digits.0, &target).await
        }
    }
}

async fn send(
    client: &Client,
    wish: Wish,
    target: &PortId,
) -> Result<Answer<CommandAnswer>, Failure> {
    let path = device_path(&target.device, "/command");
    client.post(&path, &body(wish, target), Intent::Acts).await
}

/// The answers to what was pressed, as a document.
#[derive(Debug, Serialize)]
struct Pressed {
    items: Vec<Value>,
}

/// Presses each digit once the one before it was delivered: after one that was not, the others would be
/// another channel.
async fn press(client: &Client, digits: &[Digit], target: &PortId) -> Result<Report, Failure> {
    let (mut pressed, mut answers, mut warning) = (Pressed { items: Vec::new() }, Vec::new(), None);
    for digit in digits {
        let answer = match send(client, Wish::of(&Action::Number(*digit)), target).await {
            Ok(answer) => answer,
            // Nothing was pressed yet: it is the failure of all.
            Err(failure) if pressed.items.is_empty() => return Err(failure),
            Err(failure) => {
                let (done, all) = (pressed.items.len(), digits.len());
                pressed.items.extend(failure.document().and_then(raw));
                let message = format!("{done} of {all} digits were pressed: {failure}");
                warning = Some(Warning { exit: failure.exit(), message });
                break;
            }
        };
        pressed.items.extend(raw(&answer.document));
        warning = answer::warning(&answer.value);
        answers.push(answer.value);
        if warning.is_some() {
            break;
        }
    }
    let document = serde_json::to_vec(&pressed).context(RequestBodySnafu)?.into();
    Ok(Report { document, table: answer::table(&answers), warning })
}

/// A document of the daemon's within another one.
fn raw(document: &Bytes) -> Option<Value> {
    serde_json::from_slice(document).ok()
}

/// What is to be done, as it travels.
pub(super) struct Wish {
    pub(super) command: String,
    pub(super) parameters: Parameters,
}

impl Wish {
    fn of(action: &Action) -> Self {
        Self { command: action.name().to_owned(), parameters: action.parameters() }
    }

    /// A channel by its number or its name.
    fn channel(text: &str) -> Self {
        let parameters = Parameters { channel: Some(text.to_owned()), ..Parameters::default() };
        Self { command: "channel".to_owned(), parameters }
    }
}

/// What is to be done, and where.
pub(super) fn wish_of<A: Args>(command: &TvCommand<A>) -> (Wish, &A) {
    let (action, at) = match command {
        TvCommand::On(at) => (Action::PowerOn, at),
        TvCommand::Off(at) => (Action::PowerOff, at),
        TvCommand::Power(at) => (Action::Power, at),
        TvCommand::Mute(at) => (Action::Mute, at),
        TvCommand::MuteOn(at) => (Action::MuteOn, at),
        TvCommand::MuteOff(at) => (Action::MuteOff, at),
        TvCommand::VolUp(at) => (Action::VolumeUp, at),
        TvCommand::VolDown(at) => (Action::VolumeDown, at),
        TvCommand::Volume { steps, at } => (steps.clone(), at),
        TvCommand::ChUp(at) => (Action::ChannelUp, at),
        TvCommand::ChDown(at) => (Action::ChannelDown, at),
        TvCommand::DefaultChannel(at) => (Action::DefaultChannel, at),
        TvCommand::Channel { channel, at } => return (Wish::channel(channel), at),
        TvCommand::Input { input, at } => (Action::Input(input.clone()), at),
        TvCommand::Key { key, at } => (key.clone(), at),
    };
    (Wish::of(&action), at)
}

/// What would be sent, asked of the daemon as of a batch for one TV.
fn planned(wish: Wish, target: &PortId) -> BulkBody {
    let (hostname, port) = (target.device.to_string(), Some(target.port.into()));
    let targets = vec![TargetBody { hostname, port, r#box: None }];
    BulkBody { targets, dry_run: true, ..bulk(wish) }
}

/// What is to be done, of TVs that are still to be named.
fn bulk(Wish { command, parameters }: Wish) -> BulkBody {
    let Parameters { channel, digit, input, steps } = parameters;
    BulkBody { command, channel, digit, input, steps, ..BulkBody::default() }
}

fn body(Wish { command, parameters }: Wish, target: &PortId) -> CommandBody {
    let Parameters { channel, digit, input, steps } = parameters;
    let port = Some(target.port.into());
    CommandBody { command, port, channel, digit, input, steps, ..CommandBody::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse;

    #[test]
    fn what_is_sent_reads_back_as_the_action_that_was_meant() {
        let target = parse::tv("ir-1/2").unwrap();
        let channel = Action::Channel(parse::channel("060").unwrap());
        let keys = ["0", "9", "up", "ok", "guide"].map(|key| parse::key(key).unwrap());
        let input = Action::Input(parse::input("hdmi1").unwrap());
        let louder = parse::volume("+5").unwrap();
        let others = [channel, input, Action::PowerOn, Action::VolumeDown, louder];
        for action in keys.into_iter().chain(others) {
            let body = body(Wish::of(&action), &target);
            let CommandBody { command, channel, digit, input, steps, .. } = body.clone();
            let read = Action::parse(&command, &Parameters { channel, digit, input, steps });
            assert_eq!((read.unwrap(), body.port()), (action, Some(2)));
        }
    }
}
