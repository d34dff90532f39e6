//! The answer to a command, wherever it was sent.

use venue_api::{CommandAnswer, CommandStatus, Evidence};

use super::source;
use crate::{
    client::Answer,
    exit::Exit,
    format::{age, harmless, or_none},
    output::{Report, Warning},
    table,
};

pub(super) fn report(answer: Answer<CommandAnswer>) -> Report {
    let Answer { document, value } = answer;
    let table = table([&value]);
    Report { document, table, warning: warning(&value) }
}

/// The answers to commands that belong together, a row each.
pub(super) fn table<'a>(answers: impl IntoIterator<Item = &'a CommandAnswer>) -> String {
    let answers: Vec<&CommandAnswer> = answers.into_iter().collect();
    let also = source::also_changes(answers.iter().flat_map(|answer| &answer.also_changes));
    let row = |value: &&CommandAnswer| {
        [
            source::sent(format!("{}/{}", value.hostname, value.port), value.sent_to.as_ref()),
            command(value),
            result(value, exit(value)),
            or_none(value.evidence.map(Evidence::name)),
            age(value.execution_time_ms),
        ]
    };
    let header = ["TARGET", "COMMAND", "RESULT", "EVIDENCE", "TOOK"];
    let rows = table::rows(header, answers.iter().map(row));
    format!("{rows}{also}")
}

/// What a command that was not delivered ends with.
pub(super) fn warning(value: &CommandAnswer) -> Option<Warning> {
    let exit = exit(value);
    let message = || harmless(&result(value, exit));
    (exit != Exit::Done).then(|| Warning { exit, message: message() })
}

/// What was sent, with its channel, digit or input; `default_channel` has become a channel.
fn command(answer: &CommandAnswer) -> String {
    let digit = answer.digit.or(answer.steps).map(|number| number.to_string());
    match answer.channel.as_ref().or(answer.input.as_ref()).or(digit.as_ref()) {
        Some(parameter) => format!("{} {parameter}", answer.command),
        None => answer.command.clone(),
    }
}

/// Done is only what was delivered, whatever HTTP status it came with.
fn exit(answer: &CommandAnswer) -> Exit {
    let exit = Exit::of_command(answer.status);
    if exit == Exit::Done && !answer.delivered { Exit::Unknown } else { exit }
}

/// The daemon's sentence, with the status before it unless the command was delivered.
fn result(answer: &CommandAnswer, exit: Exit) -> String {
    let message = &answer.message;
    match (exit, answer.status) {
        (Exit::Done, _) => message.clone(),
        (_, CommandStatus::Completed) => format!("{}: {message}", CommandStatus::Unknown),
        (_, status) => format!("{status}: {message}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::body::Bytes;
    use venue_api::{Method, Mode, RoutingMethod, ScreenRef, SentTo, UtcTime};
    use venue_domain::WallTime;

    fn answer(status: CommandStatus, delivered: bool) -> Answer<CommandAnswer> {
        let value = CommandAnswer {
            command_id: "c".into(),
            hostname: "ir-1".into(),
            port: 2,
            command: "power_on".into(),
            channel: None,
            digit: None,
            input: None,
            steps: None,
            class: "interactive".into(),
            status,
            delivered,
            evidence: delivered.then_some(Evidence::Reply),
            method: Method::Direct,
            routing_method: RoutingMethod::DirectSuccess,
            durable: false,
            order: None,
            mode: Mode::DirectOnly,
            message: "the daemon's sentence".into(),
            execution_time_ms: 7,
            queue_id: None,
            tried_until: None,
            accepted_at: UtcTime(WallTime::from_unix_ms(0)),
            sent_to: None,
            also_changes: Vec::new(),
        };
        Answer { document: Bytes::from_static(b"{}"), value }
    }

    #[test]
    fn what_was_delivered_is_told_in_the_daemons_words() {
        let report = report(answer(CommandStatus::Completed, true));
        assert!(report.warning.is_none());
        let table = "TARGET  COMMAND   RESULT                 EVIDENCE  TOOK\n\
                     ir-1/2  power_on  the daemon's sentence  reply     7 ms\n";
        assert_eq!(report.table, table);
    }

    #[test]
    fn several_answers_are_one_table() {
        let (one, two) = (
            answer(CommandStatus::Completed, true).value,
            answer(CommandStatus::Pending, false).value,
        );
        let table = table([&one, &two]);
        assert_eq!((table.lines().count(), table.matches("TARGET").count()), (3, 1), "{table}");
    }

    #[test]
    fn an_input_and_a_digit_are_told() {
        let mut answer = answer(CommandStatus::Completed, true);
        (answer.value.command, answer.value.input) = ("input".into(), Some("hdmi1".into()));
        assert_eq!(command(&answer.value), "input hdmi1");
        (answer.value.command, answer.value.input) = ("number".into(), None);
        answer.value.digit = Some(7);
        assert_eq!(command(&answer.value), "number 7");
    }

    #[test]
    fn a_source_that_received_it_is_told_and_the_screens_that_change_with_it() {
        let mut answer = answer(CommandStatus::Completed, true);
        let screen = |port, name: Option<&str>| ScreenRef {
            hostname: "ir-2".into(),
            port,
            name: name.map(str::to_owned),
        };
        let (source, hostname, name) = ("dtv-1".into(), "ir-rack".into(), None);
        answer.value.sent_to = Some(SentTo { source, hostname, port: 1, name });
        answer.value.also_changes = vec![screen(2, Some("Patio")), screen(1, None)];
        let table = report(answer).table;
        assert!(table.contains("ir-1/2 > dtv-1  power_on"), "{table}");
        assert!(
            table.ends_with("also changes ir-2/1, ir-2/2 (Patio): the same source\n"),
            "{table}"
        );
    }

    #[test]
    fn a_channel_is_told_with_its_number() {
        let mut answer = answer(CommandStatus::Completed, true);
        answer.value.command = "channel".into();
        answer.value.channel = Some("060".into());
        let report = report(answer);
        assert!(report.table.contains("ir-1/2  channel 060  the"), "{}", report.table);
    }

    #[test]
    fn nothing_else_reads_or_ends_as_a_success() {
        let table = [
            (CommandStatus::Completed, "unknown: ", Exit::Unknown),
            (CommandStatus::Unknown, "unknown: ", Exit::Unknown),
            (CommandStatus::Pending, "pending: ", Exit::Waits),
            (CommandStatus::Processing, "processing: ", Exit::Waits),
            (CommandStatus::Failed, "failed: ", Exit::Failed),
            (CommandStatus::Expired, "expired: ", Exit::Failed),
            (CommandStatus::Cancelled, "cancelled: ", Exit::Failed),
            (CommandStatus::Superseded, "superseded: ", Exit::Conflict),
        ];
        for (status, message, exit) in table {
            let report = report(answer(status, false));
            let warning = report.warning.unwrap();
            assert_eq!(warning.exit, exit, "{status}");
            assert!(warning.message.starts_with(message), "{status}: {}", warning.message);
            assert!(report.table.contains(message), "{status}: {}", report.table);
        }
    }
}
