//! `venuectl tv`: one command for one TV.

use venue_api::{CommandAnswer, CommandBody};
use venue_domain::{Action, PortId};

use super::{answer, device_path};
use crate::{cli::TvCommand, client::Client, error::Failure, output::Report};

pub(super) async fn run(client: &Client, command: &TvCommand) -> Result<Report, Failure> {
    let (action, target) = order(command);
    let path = device_path(&target.device, "/command");
    let answer = client.post::<_, CommandAnswer>(&path, &body(&action, target)).await?;
    Ok(answer::report(answer))
}

/// What is to be done, and where.
fn order(command: &TvCommand) -> (Action, &PortId) {
    let (action, tv) = match command {
        TvCommand::On(tv) => (Action::PowerOn, tv),
        TvCommand::Off(tv) => (Action::PowerOff, tv),
        TvCommand::Power(tv) => (Action::Power, tv),
        TvCommand::Mute(tv) => (Action::Mute, tv),
        TvCommand::VolUp(tv) => (Action::VolumeUp, tv),
        TvCommand::VolDown(tv) => (Action::VolumeDown, tv),
        TvCommand::ChUp(tv) => (Action::ChannelUp, tv),
        TvCommand::ChDown(tv) => (Action::ChannelDown, tv),
        TvCommand::Channel { channel, tv } => (Action::Channel(channel.clone()), tv),
        TvCommand::Key { key, tv } => (key.clone(), tv),
    };
    (action, &tv.target)
}

fn body(action: &Action, target: &PortId) -> CommandBody {
    let mut body = CommandBody {
        command: action.name().to_owned(),
        port: Some(target.port.into()),
        ..CommandBody::default()
    };
    if let Action::Channel(channel) = action {
        body.channel = Some(channel.to_string());
    }
    if let Action::Number(digit) = action {
        body.digit = Some(digit.value().into());
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target;
    use venue_domain::Parameters;

    #[test]
    fn what_is_sent_reads_back_as_the_action_that_was_meant() {
        let target = target::tv("ir-1/2").unwrap();
        let channel = Action::Channel(target::channel("060").unwrap());
        let keys = ["0", "9", "up", "ok", "guide"].map(|key| target::key(key).unwrap());
        for action in keys.into_iter().chain([channel, Action::PowerOn, Action::VolumeDown]) {
            let body = body(&action, &target);
            let CommandBody { command, channel, digit, input, .. } = body.clone();
            let read = Action::parse(&command, &Parameters { channel, digit, input });
            assert_eq!((read.unwrap(), body.port()), (action, Some(2)));
        }
    }
}
