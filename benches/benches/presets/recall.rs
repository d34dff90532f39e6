//! A preset is run, and the same commands are sent as batches, in turns.

use std::time::Instant;

use serde_json::{Value, json};
use tokio::{sync::mpsc::UnboundedReceiver, time::timeout};
use venue_benches::harness::{Goal, Pair, Run, Unit, note};

use crate::{
    document::{PRESETS, SHARE},
    log::Ended,
    venue::{PATIENCE, Venue},
};

pub(crate) async fn measure(run: Run, venue: &Venue, ended: &mut UnboundedReceiver<Ended>) {
    let screens = venue.layout.screens;
    for preset in PRESETS {
        let what = format!("preset {} over {screens} screens", words(preset));
        rounds(run, venue, ended, preset, &what, 2 * screens).await;
    }
    venue.apply(true).await;
    let shared = (venue.layout.boxes * SHARE).min(screens);
    // Each box is sent its channel once.
    let commands = 2 * screens - shared + venue.layout.boxes;
    for preset in PRESETS {
        let what = format!("  {} with {shared} on shared boxes", words(preset));
        rounds(run, venue, ended, preset, &what, commands).await;
    }
    note("until the last command is done, durably; boards of five ports that answer at once");
    note("baseline: the same commands as two batches, one posted behind the other");
}

fn words(preset: &str) -> &'static str {
    if preset == PRESETS[0] { "on, channel" } else { "channel, mute" }
}

async fn rounds(
    run: Run,
    venue: &Venue,
    ended: &mut UnboundedReceiver<Ended>,
    preset: &str,
    what: &str,
    commands: usize,
) {
    let path = format!("/api/v1/presets/{preset}/run");
    let recall = [(&*path, json!({}))];
    let batches = batches(preset).map(|body| ("/api/v1/batches", body));
    let (mut done, mut answered) = (Pair::default(), Pair::default());
    for _ in 0..run.pick(9, 2) {
        let ours = round(venue, ended, &recall, commands).await;
        let baseline = round(venue, ended, &batches, commands).await;
        for (pair, of) in [(&mut done, 0), (&mut answered, 1)] {
            pair.ours.push(ours[of] * 1e3);
            pair.baseline.push(baseline[of] * 1e3);
        }
    }
    done.print(what, Unit::Milliseconds, Goal::Ratio(1.1));
    answered.print("    until it is answered", Unit::Milliseconds, Goal::None);
}

/// What the preset sends, as batches.
fn batches(preset: &str) -> [Value; 2] {
    let batch = |command: &str| json!({"command": command, "selectors": ["zone=hall"]});
    let channel = |number: &str| {
        let mut batch = batch("channel");
        batch["channel"] = json!(number);
        batch
    };
    if preset == PRESETS[0] {
        [batch("power_on"), channel("5")]
    } else {
        [channel("7"), batch("mute_on")]
    }
}

/// Posts all of `requests`; seconds until the last of their `commands` is done, and until the last is answered.
async fn round(
    venue: &Venue,
    ended: &mut UnboundedReceiver<Ended>,
    requests: &[(&str, Value)],
    commands: usize,
) -> [f64; 2] {
    while ended.try_recv().is_ok() {}
    let begun = Instant::now();
    let mut accepted = 0;
    for (path, body) in requests {
        let (status, answer) = venue.post(path, body).await;
        assert_eq!((status, &answer["rejected"]), (202, &json!([])), "{answer}");
        accepted += answer["accepted"].as_array().unwrap().len();
    }
    let answered = begun.elapsed().as_secs_f64();
    assert_eq!(accepted, commands);
    let mut last = begun;
    for _ in 0..commands {
        let ended = timeout(PATIENCE, ended.recv()).await.expect("it ends").unwrap();
        assert!(ended.completed, "{} did not take it", ended.target);
        last = ended.at;
    }
    [(last - begun).as_secs_f64(), answered]
}
