//! `venuectl codes learn`: one key, from a receiver.

use std::time::Duration;

use tokio::time::{Instant, sleep};
use venue_api::{CarrierFrom, LearnBody, LearnSession, LearnState, LearnedCode};

use crate::{
    cli::LearnArgs,
    client::{Answer, Client},
    error::Failure,
    exit::Exit,
    output::{Report, Warning},
    progress::Progress,
    table,
};

/// How long after an answer the next request is made: presses cannot follow each other faster.
const INTERVAL: Duration = Duration::from_millis(150);

/// Longer than the daemon listens.
const PATIENCE: Duration = Duration::from_secs(30);

/// Learns a key, and tells what came of each press.
pub(super) async fn learn(
    client: &Client,
    args: &LearnArgs,
    progress: &mut Progress,
) -> Result<Report, Failure> {
    let LearnArgs { device, receiver, key } = args;
    let (device, receiver, key) = (device.device.to_string(), receiver.clone(), key.clone());
    let body = LearnBody { device, receiver, key };
    let begun = Instant::now();
    let mut answer: Answer<LearnSession> = client.create("/api/v1/infrared/learn", &body).await?;
    let path = format!("/api/v1/infrared/learn/{}", answer.value.id);
    progress.note(&answer.value.message);
    while answer.value.state == LearnState::Listening && begun.elapsed() < PATIENCE {
        sleep(INTERVAL).await;
        answer = client.get(&path).await?;
        progress.note(&answer.value.message);
    }
    progress.end();
    let Answer { document, value: session } = answer;
    Ok(match &session.learned {
        Some(learned) => Report { document, table: shown(learned), warning: None },
        None => {
            let warning = Some(Warning { exit: Exit::Failed, message: session.message });
            Report { document, table: String::new(), warning }
        }
    })
}

fn shown(learned: &LearnedCode) -> String {
    let carrier = match learned.carrier_from {
        CarrierFrom::Protocol => "of the protocol",
        CarrierFrom::Receiver => {
            "that the receiver is made for; the remote control may have another"
        }
        CarrierFrom::Assumed => "assumed: nobody says it, and most remote controls have it",
    };
    let mut text = table::facts([
        ("code", learned.code.clone()),
        (
            "or perhaps",
            if learned.alternatives.is_empty() {
                "-".to_owned()
            } else {
                learned.alternatives.join(", ")
            },
        ),
        ("carrier", format!("{} Hz, {carrier}", learned.carrier_hz)),
        ("sent", format!("{} times for each press", learned.sends)),
        ("as heard", learned.raw.clone()),
    ]);
    if learned.toggled.is_some() {
        text.push_str(
            "one bit of it flips from press to press, and its protocol is not known: sent by its timings, only \
             every second press may work\n",
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_shown_with_what_is_not_sure_about_it() {
        let learned = LearnedCode {
            code: "raw:38000:900 -450 560".to_owned(),
            decoded: None,
            alternatives: Vec::new(),
            raw: "raw:38000:900 -450 560".to_owned(),
            toggled: Some("raw:38000:450 -900 560".to_owned()),
            carrier_hz: 38_000,
            carrier_from: CarrierFrom::Assumed,
            sends: 2,
        };
        let text = shown(&learned);
        for part in ["38000 Hz, assumed", "2 times", "every second press"] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
}
