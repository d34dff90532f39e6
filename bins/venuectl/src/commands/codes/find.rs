//! `venuectl codes find`: which code set a TV obeys, by what a person sees.

use serde::Serialize;
use snafu::ResultExt;
use venue_api::{FindAnswer, FindBody, FindState, FindStep, FoundSet, TryAnswer, TryBody};
use venue_domain::PortId;

use super::once;
use crate::{
    cli::FindArgs,
    client::{Answer, Client},
    commands::meant,
    error::{Failure, RequestBodySnafu},
    exit::Exit,
    format::{harmless, or_none},
    intent::Intent,
    output::{Report, Warning},
    progress::Progress,
    table,
};

/// One step as a document: what was asked for, and what was sent.
#[derive(Debug, Serialize)]
struct Step<'s> {
    step: &'s FindStep,
    tried: Option<TryAnswer>,
}

/// What a person says of a code that was sent.
enum Seen {
    Reacted(bool),
    Again,
    Unclear,
    Stop,
}

pub(super) async fn find(
    client: &Client,
    args: &FindArgs,
    progress: &mut Progress,
) -> Result<Report, Failure> {
    let target = meant::resolved(client, &args.tv.target).await?;
    let mut body = FindBody {
        make: args.make.clone(),
        kind: args.kind.clone(),
        answers: answers(&args.reacted, true).chain(answers(&args.ignored, false)).collect(),
    };
    loop {
        let step = next(client, &body).await?.value;
        let (Some(key), Some(code), FindState::Try) = (&step.key, &step.code, step.state) else {
            return ended(&step, &target);
        };
        let wanted = TryBody {
            code: Some(code.clone()),
            key: Some(key.clone()),
            emitter: args.emitter.clone(),
            dry_run: args.tv.dry_run,
            ..TryBody::default()
        };
        if args.tv.dry_run || !progress.can_ask() {
            let tried = once::send(client, &target, &wanted).await?.value;
            return one_step(&step, tried, args, &target, &body);
        }
        match ask(client, &target, &wanted, &step, progress).await? {
            Some(reacted) => {
                let (key, code) = (key.clone(), code.clone());
                body.answers.push(FindAnswer { key, code, reacted });
            }
            None => {
                let tried = None;
                let document = document(&Step { step: &step, tried })?;
                let message = "stopped before a code set was found".to_owned();
                let warning = Some(Warning { exit: Exit::Failed, message });
                return Ok(Report { document, table: String::new(), warning });
            }
        }
    }
}

async fn next(client: &Client, body: &FindBody) -> Result<Answer<FindStep>, Failure> {
    client.post("/api/v1/infrared/find", body, Intent::Reads).await
}

fn answers(all: &[(String, String)], reacted: bool) -> impl Iterator<Item = FindAnswer> {
    all.iter().map(move |(key, code)| {
        let (key, code) = (key.clone(), code.clone());
        FindAnswer { key, code, reacted }
    })
}

/// Sends the code and asks whether the TV reacted, as often as is wished; `None` to stop.
async fn ask(
    client: &Client,
    target: &PortId,
    wanted: &TryBody,
    step: &FindStep,
    progress: &mut Progress,
) -> Result<Option<bool>, Failure> {
    let key = harmless(wanted.key.as_deref().unwrap_or_default());
    loop {
        progress.note(&format!(
            "sends {key} of {} to {target}; {}",
            names(&step.sets),
            left(step.left)
        ));
        if let Err(failure) = once::send(client, target, wanted).await {
            // What may have been sent may have had an effect: the person sees.
            progress.note(&failure.to_string());
        }
        let question = format!("Did the TV react to {key}? [y]es, [n]o, [a]gain, [q]uit: ");
        let mut answer = Seen::Unclear;
        while matches!(answer, Seen::Unclear) {
            answer = seen(progress.ask(&question).as_deref());
        }
        match answer {
            Seen::Reacted(reacted) => return Ok(Some(reacted)),
            Seen::Again | Seen::Unclear => {}
            Seen::Stop => return Ok(None),
        }
    }
}

/// What an answer means; nothing is sent again for one that is not clear.
fn seen(answer: Option<&str>) -> Seen {
    match answer.map(str::trim) {
        None | Some("q" | "quit") => Seen::Stop,
        Some("y" | "yes") => Seen::Reacted(true),
        Some("n" | "no") => Seen::Reacted(false),
        Some("a" | "again") => Seen::Again,
        Some(_) => Seen::Unclear,
    }
}

fn left(count: u64) -> String {
    match count {
        1 => "1 code set is left".to_owned(),
        more => format!("{more} code sets are left"),
    }
}

fn names(sets: &[FoundSet]) -> String {
    const SHOWN: usize = 3;
    let first: Vec<String> = sets.iter().take(SHOWN).map(|set| harmless(&set.id)).collect();
    let more = sets.len().saturating_sub(SHOWN);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", first.join(", "))
}

/// What was sent, and how to go on.
fn one_step(
    step: &FindStep,
    tried: TryAnswer,
    args: &FindArgs,
    target: &PortId,
    body: &FindBody,
) -> Result<Report, Failure> {
    let key = step.key.as_deref().unwrap_or_default();
    let code = step.code.as_deref().unwrap_or_default();
    let sent = if tried.dry_run { "would be sent" } else { "was sent: look at the TV" };
    let mut text =
        format!("{} of {} {sent}; {}\n", harmless(key), names(&step.sets), left(step.left));
    if step.files_left_out > 0 {
        let count = step.files_left_out;
        text.push_str(&format!("{count} files of the library were not looked at: give --make\n"));
    }
    for (seen, flag) in [("it reacted", "--yes"), ("it did not", "--no")] {
        let line =
            again(args, target, body, &format!("{flag} {}", quoted(&format!("{key}={code}"))));
        text.push_str(&format!("if {seen}:  {line}\n"));
    }
    let document = document(&Step { step, tried: Some(tried) })?;
    Ok(Report { document, table: text, warning: None })
}

/// The call that goes on with one answer more.
fn again(args: &FindArgs, target: &PortId, body: &FindBody, more: &str) -> String {
    let mut line = format!("venuectl codes find {target}");
    for (flag, value) in
        [("--make", &args.make), ("--kind", &args.kind), ("--emitter", &args.emitter)]
    {
        if let Some(value) = value {
            line.push_str(&format!(" {flag} {}", quoted(value)));
        }
    }
    for FindAnswer { key, code, reacted } in &body.answers {
        let flag = if *reacted { "--yes" } else { "--no" };
        line.push_str(&format!(" {flag} {}", quoted(&format!("{key}={code}"))));
    }
    format!("{line} {more}")
}

/// As a shell takes it for one word.
fn quoted(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "=:,-_./".contains(c);
    if text.chars().all(is_plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

/// What was found.
fn ended(step: &FindStep, target: &PortId) -> Result<Report, Failure> {
    let row = |set: &FoundSet| {
        let models = or_none((!set.models.is_empty()).then(|| set.models.join(", ")).as_deref());
        let name = set.file.clone().unwrap_or_else(|| set.id.clone());
        [name, set.from.to_string(), set.make.clone(), models, set.kind.clone()]
    };
    let header = ["SET", "FROM", "MAKE", "MODELS", "KIND"];
    let mut text = table::rows(header, step.sets.iter().map(row));
    let mut warning = None;
    match step.sets.first() {
        Some(first) => {
            let which = match &first.file {
                Some(file) => format!("--file {}", quoted(file)),
                None => quoted(&first.id),
            };
            text.push_str(&format!("\nuse it:  venuectl codes adopt {which} --port {target}\n"));
        }
        None => {
            let message = "the TV reacted to none of the code sets: learn its keys with `venuectl codes learn`, or \
                           import a file with `venuectl codes import`";
            warning = Some(Warning { exit: Exit::Failed, message: message.to_owned() });
            text = String::new();
        }
    }
    Ok(Report { document: document(&Step { step, tried: None })?, table: text, warning })
}

fn document(step: &Step<'_>) -> Result<hyper::body::Bytes, Failure> {
    Ok(serde_json::to_vec(step).context(RequestBodySnafu)?.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_spaces_is_one_word_of_a_shell() {
        for (text, word) in [
            ("volume_up=nec1:4,2", "volume_up=nec1:4,2"),
            ("mute=raw:38000:900 -450", "'mute=raw:38000:900 -450'"),
            ("Bob's", "'Bob'\\''s'"),
        ] {
            assert_eq!(quoted(text), word);
        }
    }

    #[test]
    fn only_a_clear_answer_counts() {
        let of = |text: &str| seen(Some(text));
        assert!(matches!(of("y\n"), Seen::Reacted(true)));
        assert!(matches!(of("no"), Seen::Reacted(false)));
        assert!(matches!(
            (of("perhaps"), of("a"), of("q")),
            (Seen::Unclear, Seen::Again, Seen::Stop)
        ));
        assert!(matches!(seen(None), Seen::Stop), "the input has ended");
    }
}
