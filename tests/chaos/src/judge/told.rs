//! What is told of a command: at once, always, and the same in the end as in the answer.

use serde_json::Value;

use super::Finding;
use crate::{
    http::{Answer, Reply},
    ledger::{Asked, Command, Ledger, Read},
};

pub(super) fn judge(ledger: &Ledger) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (id, command) in &ledger.commands {
        let asked = &ledger.asked[command.asked];
        let wrong = [
            unreadable(ledger, command, asked),
            lost(ledger, command, asked),
            changed(command),
            disagrees(command, asked),
            acted_all_the_same(command),
        ];
        for (kind, text) in wrong.into_iter().flatten() {
            let wish = command.wish.as_ref().map(ToString::to_string).unwrap_or_default();
            let text = format!("{kind}: {id} {wish}: {text}; asked: {}", asked.line);
            findings.push(match &command.wish {
                Some(wish) => Finding::of(kind, text, wish),
                None => Finding::new(kind, text),
            });
        }
    }
    findings
}

type Wrong = Option<(&'static str, String)>;

/// It was answered, and straight after it nobody knew it.
fn unreadable(ledger: &Ledger, command: &Command, asked: &Asked) -> Wrong {
    let straight = command.reads.first()?;
    let ended = asked.ended?;
    let answer = straight.reply.answer()?;
    let is_straight = straight.at <= ended + STRAIGHT;
    if answer.code == 200 || !is_straight || ledger.was_away(ended, straight.ended) {
        return None;
    }
    let later = straight.at - ended;
    Some((
        "not readable at once",
        format!("{later} ms after its answer: {}", straight.reply.line()),
    ))
}

/// It was acknowledged as durable, and is not there, or has no end.
fn lost(ledger: &Ledger, command: &Command, asked: &Asked) -> Wrong {
    let last = command.reads.last()?;
    let answer = asked.reply.as_ref()?.answer()?;
    let durable = answer.json["durable"] == true || answer.json["batch"]["durable"] == true;
    let Some(status) = last.status() else {
        let answer = last.reply.answer()?;
        if answer.code != 404 {
            return Some(("not readable at rest", last.reply.line()));
        }
        let ended = asked.ended?;
        // What a kill may forget of direct commands: the answer may be read while the process is going.
        let killed = ledger.away.iter().any(|span| {
            span.meets(ended, ended + FORGOTTEN)
                || (span.from >= ended && ledger.was_out(ended, span.from))
        });
        if durable || !killed {
            return Some(("lost", last.reply.line()));
        }
        return None;
    };
    let open = matches!(status, "pending" | "processing");
    open.then(|| ("never ended", format!("it is {status}")))
}

/// It had ended, and then otherwise.
fn changed(command: &Command) -> Wrong {
    let ends = |read: &Read| {
        read.status()
            .filter(|status| !matches!(*status, "pending" | "processing"))
            .map(str::to_owned)
    };
    let ended: Vec<String> = command.reads.iter().filter_map(ends).collect();
    let first = ended.first()?;
    let other = ended.iter().find(|status| *status != first)?;
    Some(("ended twice", format!("first {first}, then {other}")))
}

/// Its end is not the one that was answered.
fn disagrees(command: &Command, asked: &Asked) -> Wrong {
    let Some(Reply::Answer(Answer { code, json })) = &asked.reply else { return None };
    if json["command_id"].is_null() {
        return None;
    }
    let told: &[&str] = match code {
        200 => &["completed"],
        409 => &["superseded"],
        422 | 503 => &["failed"],
        504 => &["unknown"],
        _ => return None,
    };
    let statuses = command.reads.iter().filter_map(Read::status);
    let other = statuses.into_iter().find(|status| !told.contains(status))?;
    Some(("told otherwise", format!("answered {code}, and is {other}")))
}

/// An attempt may have acted, and it ended as if none had.
fn acted_all_the_same(command: &Command) -> Wrong {
    let record = command.reads.iter().rev().find_map(Read::record)?;
    let status = record["status"].as_str()?;
    let denies = matches!(status, "failed" | "expired" | "superseded" | "cancelled");
    let attempts = record["attempt_log"].as_array().map(Vec::as_slice).unwrap_or_default();
    let is_unknown = |attempt: &Value| {
        matches!(attempt["reason"].as_str(), Some("no_evidence" | "session_lost"))
    };
    let may_have = record["unknown_seen"] == true || attempts.iter().any(is_unknown);
    (denies && may_have).then(|| ("ends as not sent, and may have acted", record.to_string()))
}

/// So soon after the answer it is looked at.
const STRAIGHT: u64 = 150;

/// So long before a kill what was sent directly may be forgotten: 25 ms by the law, and what a machine
/// with other things to do takes longer.
const FORGOTTEN: u64 = 300;
