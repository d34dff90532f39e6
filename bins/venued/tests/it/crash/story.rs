//! One story: a venue, some kills, and how it ends.

use std::{collections::BTreeMap, fmt, fs, sync::Arc, time::Duration};

use device_sim::{Blaster, BlasterConfig, Generation};
use fastrand::Rng;

use super::{
    deck::{Deck, wish_of},
    judge,
    load::{Asked, Clients},
    run::{Run, SETTINGS},
    stored::stored,
};
use crate::support::{sim_toml, soon};

/// What stories told.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) kills: usize,
    pub(super) asked: usize,
    pub(super) frames: usize,
    /// Answers by code; 0 where there was none.
    pub(super) answers: BTreeMap<u16, usize>,
    /// How many were open when the daemon was killed, all kills together.
    pub(super) open: usize,
    pub(super) faults: Vec<String>,
}

impl Told {
    pub(super) fn add(&mut self, other: Self) {
        self.kills += other.kills;
        self.asked += other.asked;
        self.frames += other.frames;
        self.open += other.open;
        self.faults.extend(other.faults);
        for (code, count) in other.answers {
            *self.answers.entry(code).or_default() += count;
        }
    }
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kills, asked, frames, answers, open, faults } = self;
        let faults = faults.len();
        write!(
            f,
            "{kills} kills with {open} commands open; {asked} wishes, {frames} frames, answers \
             {answers:?}; {faults} faults"
        )
    }
}

/// Tells the story of `seed` with that many kills.
pub(super) async fn tell(seed: u64, kills: usize) -> Told {
    let mut rng = Rng::with_seed(seed);
    let boards = boards().await;
    let folder = tempfile::tempdir().unwrap();
    let config = format!("{SETTINGS}{}", sim_toml(boards.iter().map(Arc::as_ref)));
    fs::write(folder.path().join("venued.toml"), config).unwrap();
    let names: Vec<String> = boards.iter().map(|board| board.name().to_owned()).collect();
    let deck = Deck::new(&names, &mut rng);
    let clients = Clients::new(deck, Rng::with_seed(rng.u64(..)), boards.clone());
    let mut told = Told { kills, ..Told::default() };
    let mut open = Vec::new();
    for number in 0..kills {
        let mut run = Run::start(folder.path());
        if number > 0 && rng.u8(..6) == 0 {
            // Before or while it looks through what the last one left.
            run.kill_after(Duration::from_micros(rng.u64(..100_000))).await;
        } else {
            let load = clients.load(run.ready().await, number);
            run.kill_after(Duration::from_micros(rng.u64(1_000..400_000))).await;
            load.join_all().await;
        }
        let ended;
        (open, ended) = stored(folder.path()).await;
        told.open += open.len();
        told.faults.extend(judge::kept(&clients.asked(), &open, &ended));
        if !told.faults.is_empty() {
            return told;
        }
    }
    boards.iter().for_each(|board| board.clear_fault());
    let run = Run::start(folder.path());
    run.ready().await;
    for command in &open {
        let ended = format!("\"command_id\":\"{}\",\"queue_id\"", command.id);
        run.log.wait_for(&ended).await;
    }
    soon("an orderly end", run.stop()).await;
    let (left, ended) = stored(folder.path()).await;
    let asked = clients.asked();
    told.faults.extend(left.iter().map(|row| format!("still open at rest: {row:#?}")));
    told.faults.extend(judge::kept(&asked, &left, &ended));
    let shown: Vec<Vec<_>> = boards
        .iter()
        .map(|board| board.actions().iter().map(|ran| wish_of(board.name(), ran)).collect())
        .collect();
    told.faults.extend(judge::shown(&asked, &ended, &shown));
    told.frames = shown.iter().map(Vec::len).sum();
    told.asked = asked.len();
    for Asked { answer, .. } in asked {
        *told.answers.entry(answer.map_or(0, |said| said.code)).or_default() += 1;
    }
    told
}

/// Boards of the current firmware, and one that replies to nothing.
async fn boards() -> Vec<Arc<Blaster>> {
    let generations = [Generation::Current, Generation::Current, Generation::Classic];
    let mut boards = Vec::new();
    for (number, generation) in (1..).zip(generations) {
        let config = BlasterConfig {
            generation,
            digit_gap: Duration::from_millis(1),
            frame: Duration::from_millis(2),
            digit_timeout: Duration::from_millis(10),
            ..BlasterConfig::new(format!("ir-00000{number}"), number)
        };
        boards.push(Arc::new(Blaster::start(config).await.unwrap()));
    }
    boards
}
