//! The answers themselves: that they come, in time, and with nothing in them that cannot be.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Finding;
use crate::{
    http::{Answer, Reply},
    ledger::{About, Asked, Kind, Ledger, NEVER, Span},
    script::{Form, Order},
};

pub(super) fn judge(ledger: &Ledger, slack: u64) -> Vec<Finding> {
    let mut findings = Vec::new();
    for asked in &ledger.asked {
        let wrong = [
            late(ledger, asked, slack),
            cut(ledger, asked),
            unexpected(ledger, asked),
            miscounted(asked),
            canary(ledger, asked, slack),
        ];
        for (kind, text) in wrong.into_iter().flatten() {
            let reply = asked.reply.as_ref().map(Reply::line).unwrap_or_default();
            let text = format!("{kind}: {text}; at {}: {}; {reply}", asked.at, asked.line);
            findings.push(match asked.wishes.first() {
                Some(wish) => Finding::of(kind, text, wish),
                None => Finding::new(kind, text),
            });
        }
    }
    findings.extend(repeated(ledger));
    findings
}

type Wrong = Option<(&'static str, String)>;

const fn took(asked: &Asked) -> u64 {
    match asked.ended {
        Some(ended) => ended - asked.at,
        None => NEVER,
    }
}

/// Whether the daemon was not there all the time that it was asked.
fn is_excused(ledger: &Ledger, asked: &Asked) -> bool {
    ledger.was_away(asked.at.saturating_sub(MARGIN), asked.ended.unwrap_or(NEVER) + MARGIN)
}

/// Class B has 3 s, a question to a device 5 s; a commit takes what it takes.
fn late(ledger: &Ledger, asked: &Asked, slack: u64) -> Wrong {
    let bound = match &asked.kind {
        Kind::Wish(about) if about.form == Form::Single => 3_000,
        Kind::Look if asked.line.ends_with("/health") => 5_000,
        Kind::Wish(_) | Kind::Manage(_) | Kind::Look | Kind::Rule | Kind::Edit => 5_000,
    };
    let took = took(asked);
    let is_late = took > bound + slack && !is_excused(ledger, asked);
    is_late.then(|| ("late", format!("{took} ms, not {bound}")))
}

fn cut(ledger: &Ledger, asked: &Asked) -> Wrong {
    let is_cut = !matches!(asked.reply, Some(Reply::Answer(_)));
    (is_cut && !is_excused(ledger, asked)).then(|| ("no answer", format!("{} ms", took(asked))))
}

fn unexpected(ledger: &Ledger, asked: &Asked) -> Wrong {
    let Some(Reply::Answer(Answer { code, json })) = &asked.reply else { return None };
    let expected: &[u16] = match &asked.kind {
        // The key comes first: another request with it may be under way, and in an outage it may be that
        // nobody knows it.
        Kind::Wish(About { misnamed: true, has_key: true, .. }) => &[404, 409, 422, 503],
        Kind::Wish(About { misnamed: true, .. }) => &[404, 422],
        // What was removed is not known; 409 is a key in use, a batch that exists, or superseded.
        Kind::Wish(about) => match about.form {
            Form::Single => &[200, 202, 404, 409, 422, 503, 504],
            Form::Bulk => &[202, 409, 422, 503, 504],
            Form::Schedule => &[201, 422, 503, 504],
        },
        Kind::Manage(Order::Retry | Order::Undo) => &[200, 202, 404, 503],
        Kind::Manage(Order::Cancel) => &[200, 404, 409, 503],
        Kind::Manage(Order::CancelBatch | Order::LookAtBatch) => &[200, 404, 503],
        Kind::Look | Kind::Rule => &[200, 202, 404, 503],
        Kind::Edit => &[200, 201, 204, 404, 409, 503],
    };
    if !expected.contains(code) {
        return Some(("an answer that cannot be", format!("{code}")));
    }
    let out = ledger.was_out(asked.at, asked.ended.unwrap_or(NEVER)) || is_excused(ledger, asked);
    // A name that an answer has given must lead somewhere.
    let nameless = matches!(asked.kind, Kind::Manage(_)) && *code == 404;
    if nameless && !out && !ledger.was_away(0, asked.at) {
        return Some(("a name that leads nowhere", json["detail"].to_string()));
    }
    None
}

/// The counts of a batch add up, whenever it is read.
fn miscounted(asked: &Asked) -> Wrong {
    let Kind::Manage(Order::LookAtBatch) = asked.kind else { return None };
    let Some(Reply::Answer(Answer { code: 200, json })) = &asked.reply else { return None };
    let sum = |counts: &Value| -> u64 {
        counts.as_object().into_iter().flatten().filter_map(|(_, count)| count.as_u64()).sum()
    };
    let count = |name: &str| json[name].as_u64();
    let total = count("total")?;
    if sum(&json["statuses"]) != total {
        return Some(("miscounted", "the statuses are not the total".to_owned()));
    }
    let of_document = [count("completed"), count("failed"), count("pending")];
    if of_document.iter().all(Option::is_some)
        && of_document.into_iter().flatten().sum::<u64>() != total
    {
        return Some(("miscounted", "completed, failed and pending are not the total".to_owned()));
    }
    None
}

/// The board that nothing befalls is served at once, whatever befalls the others.
fn canary(ledger: &Ledger, asked: &Asked, slack: u64) -> Wrong {
    let Kind::Wish(About { canary: true, .. }) = asked.kind else { return None };
    let Some(Reply::Answer(answer)) = &asked.reply else { return None };
    let (from, to) = (asked.at.saturating_sub(NEW_SESSION), asked.ended?);
    if ledger.was_away(from, to) {
        return None;
    }
    // The store is asked first; that it does not answer is known within 2 s.
    let bound = if ledger.was_out(from, to) { 2_000 } else { 0 };
    let took = took(asked);
    if answer.code != 200 {
        Some(("a healthy board is not served", format!("{}", answer.code)))
    } else if took > bound + CANARY_BOUND + slack {
        Some(("a healthy board waits", format!("{took} ms")))
    } else {
        None
    }
}

/// The same request with its key is answered the same.
fn repeated(ledger: &Ledger) -> Vec<Finding> {
    let mut tries = BTreeMap::<usize, Vec<&Asked>>::new();
    for asked in &ledger.asked {
        if let Kind::Wish(about) = &asked.kind
            && about.has_key
        {
            tries.entry(about.ask).or_default().push(asked);
        }
    }
    let mut findings = Vec::new();
    for tries in tries.values() {
        let settled = |asked: &&&Asked| {
            let Some(Reply::Answer(answer)) = &asked.reply else { return false };
            // A request of which nothing was accepted leaves its key free: it is asked anew (rule 5.7).
            let is_refused = (400..500).contains(&answer.code)
                && answer.json["command_id"].is_null()
                && answer.json["batch_id"].is_null();
            !is_refused && !matches!(answer.code, 503 | 504)
        };
        let Some(first) = tries.iter().filter(settled).min_by_key(|asked| asked.ended) else {
            continue;
        };
        let other = tries
            .iter()
            .filter(settled)
            .filter(|later| later.at > first.ended.unwrap_or(NEVER) && id_of(later) != id_of(first))
            .find(|later| !is_forgotten(ledger, first, later));
        if let Some(other) = other {
            let line = |asked: &Asked| {
                format!(
                    "at {}: {}",
                    asked.at,
                    asked.reply.as_ref().map(Reply::line).unwrap_or_default()
                )
            };
            let text =
                format!("a key twice: {}: {}, then {}", first.line, line(first), line(other));
            findings.push(match first.wishes.first() {
                Some(wish) => Finding::of("a key twice", text, wish),
                None => Finding::new("a key twice", text),
            });
        }
    }
    findings
}

/// Whether nobody can know any more, when `later` comes, that `first` was carried out: its answer says
/// that nothing of it is durable, and the daemon went since: in the same outage of the store, or later, and
/// then only what may be repeated is carried out again, or what was not carried out the first time.
fn is_forgotten(ledger: &Ledger, first: &Asked, later: &Asked) -> bool {
    let answer = first.reply.as_ref().and_then(Reply::answer);
    let promised = answer.is_none_or(|answer| answer.json["durable"] != false);
    let gone = |span: &Span| first.ended.is_some_and(|ended| ended <= span.from);
    let went = ledger.away.iter().any(|span| gone(span) && span.from < later.at);
    if !promised && first.ended.is_some_and(|ended| ledger.forgot_keys(ended, later.at)) {
        return true;
    }
    let mut wishes = first.wishes.iter();
    let harmless = answer.is_some_and(|answer| answer.json["command_status"] == "failed")
        || wishes.all(|wish| REPEATABLE.contains(&wish.action.as_str()));
    !promised && went && harmless
}

/// What a TV shows the same after it was told twice.
const REPEATABLE: [&str; 7] =
    ["power_on", "power_off", "input", "channel", "default_channel", "mute_on", "mute_off"];

/// What an answer says was made.
fn id_of(asked: &Asked) -> Option<(u16, String)> {
    let answer = asked.reply.as_ref()?.answer()?;
    let id = answer.json["command_id"].as_str().or_else(|| answer.json["batch_id"].as_str());
    Some((answer.code, id.unwrap_or_default().to_owned()))
}

/// What a clock of ours and the end of a process are apart at most.
const MARGIN: u64 = 150;

/// Until a board has its session with a new daemon.
const NEW_SESSION: u64 = 3_000;

/// A channel of five digits keeps its board for less, and one a second is asked.
const CANARY_BOUND: u64 = 1_000;
