//! One story: a venue, some kills, and how it ends.

use std::{collections::HashMap, fs, path::PathBuf, sync::Arc, time::Duration};

use device_sim::{Blaster, BlasterConfig, Generation};
use fastrand::Rng;

use super::{
    clock::Clock,
    deck::{Deck, Wish, wish_of},
    infrared, judge,
    load::Clients,
    rest,
    run::{Run, SETTINGS},
    stored::Stored,
    told::EventPublisher,
};
use crate::support::{sim_toml, soon};

/// Tells the story of `seed` with that many kills. If there is a fault its folder is kept: what the
/// daemons said, what each of them left, and what the judge found.
pub(super) async fn tell(seed: u64, kills: usize) -> EventPublisher {
    let folder = tempfile::Builder::new().prefix("venue-crash-").tempdir().unwrap();
    let path = folder.path().to_owned();
    // A task of its own: whatever it dies of is a fault of this story and has a seed.
    let mut told = match tokio::spawn(Story::tell(seed, kills, path)).await {
        Ok(told) => told,
        Err(error) => EventPublisher::failed(format!("the story failed: {error}")),
    };
    if !told.faults.is_empty() {
        let folder = folder.keep();
        fs::write(folder.join("faults.txt"), told.faults.join("\n\n")).unwrap();
        let place = folder.display();
        told.faults.insert(0, format!("story {seed} of {kills} kills is kept in {place}"));
    }
    told
}

struct Story {
    folder: PathBuf,
    boards: Vec<Arc<Blaster>>,
    clients: Arc<Clients>,
    rng: Rng,
    clock: Clock,
    told: EventPublisher,
    /// How often which batch was said to be finished.
    finished: HashMap<String, usize>,
}

impl Story {
    async fn tell(seed: u64, kills: usize, folder: PathBuf) -> EventPublisher {
        let mut rng = Rng::with_seed(seed);
        let (mut boards, without_actions) = (boards().await, infrared::boards().await);
        let config = format!("{SETTINGS}{}", sim_toml(boards.iter().map(Arc::as_ref)));
        fs::write(folder.join("venued.toml"), config).unwrap();
        let deck = Deck::new(&names(&boards), &names(&without_actions), &mut rng);
        let clock = Clock::in_folder(&folder);
        let mut set_up = Run::start(&folder, "set-up", &clock);
        infrared::set_up(set_up.ready().await, &without_actions).await;
        soon("an orderly end", set_up.stop()).await;
        boards.extend(without_actions);
        let own = Rng::with_seed(rng.u64(..));
        let clients = Clients::new(deck, own, boards.clone(), clock.clone());
        let (told, finished) = Default::default();
        let mut story = Self { folder, boards, clients, rng, clock, told, finished };
        let mut last = None;
        for number in 0..kills {
            let stored = story.kill(number).await;
            let past = story.clients.past();
            story.told.faults.extend(judge::kept(&past, &stored));
            if !story.told.faults.is_empty() {
                return story.told;
            }
            last = Some(stored);
        }
        if let Some(last) = last {
            story.come_to_rest(&last).await;
        }
        story.told
    }

    /// One run and its kill; what it left.
    async fn kill(&mut self, number: usize) -> Stored {
        let name = format!("kill-{number}");
        let mut run = Run::start(&self.folder, &name, &self.clock);
        if number > 0 && self.rng.u8(..6) == 0 {
            // Before or while it looks through what the last one left.
            let longest = *self.rng.choice(&[5_000, 20_000, 100_000]).unwrap();
            run.kill_after(Duration::from_micros(self.rng.u64(..longest))).await;
        } else {
            let load = self.clients.load(run.ready().await, number);
            if self.rng.u8(..3) == 0 {
                self.clock.set(&mut self.rng);
            }
            run.kill_after(Duration::from_micros(self.rng.u64(1_000..400_000))).await;
            load.join_all().await;
        }
        let stored = Stored::read(&self.folder, &self.folder.join(name)).await;
        self.told.hit.note(run.stage(), &stored, &self.clients.past());
        self.ended(&run);
        if number % KILLS_PER_REBOOT == KILLS_PER_REBOOT - 1 {
            self.clock.boot(&mut self.rng);
            self.told.hit.reboots += 1;
        }
        stored
    }

    /// The last run: everything gets well, and everything ends.
    async fn come_to_rest(&mut self, left: &Stored) {
        self.boards.iter().for_each(|board| board.clear_fault());
        self.clock.catch_up();
        let mut run = Run::start(&self.folder, "rest", &self.clock);
        let address = run.ready().await;
        for command in &left.open {
            let ended = format!("\"command_id\":\"{}\",\"queue_id\"", command.id);
            run.log.wait_for(&ended).await;
        }
        let mut batches = Vec::new();
        for id in left.recount.batches.keys() {
            batches.push(rest::Looked::at(address, id).await);
        }
        soon("an orderly end", run.stop()).await;
        let stored = Stored::read(&self.folder, &self.folder.join("rest")).await;
        self.ended(&run);
        let past = self.clients.past();
        let faults = &mut self.told.faults;
        faults.extend(stored.open.iter().map(|row| format!("still open at rest: {row:#?}")));
        faults.extend(judge::kept(&past, &stored));
        faults.extend(batches.iter().filter_map(|looked| looked.wrong(&stored)));
        faults.extend(rest::announced(&self.finished, left));
        for board in self.boards.iter().filter(|board| board.config().infrared.is_some()) {
            infrared::settle(board).await;
        }
        let shown: Vec<Vec<_>> = self.boards.iter().map(|board| shown_by(board)).collect();
        faults.extend(judge::shown(&past, &stored, &shown));
        self.told.frames = shown.iter().map(Vec::len).sum();
        let infrared = self.boards.iter().map(|board| board.transmissions().len());
        self.told.transmissions = infrared.sum();
        self.told.count(&past);
    }

    /// Remembers which batches a run said to be finished.
    fn ended(&mut self, run: &Run) {
        for batch in run.finished_batches() {
            *self.finished.entry(batch).or_default() += 1;
        }
    }
}

/// So many kills are one of the whole machine.
const KILLS_PER_REBOOT: usize = 5;

fn names(boards: &[Arc<Blaster>]) -> Vec<String> {
    boards.iter().map(|board| board.name().to_owned()).collect()
}

/// What a board has carried out, in order.
fn shown_by(board: &Blaster) -> Vec<Option<Wish>> {
    if board.config().infrared.is_some() {
        return infrared::wishes_of(board);
    }
    board.actions().iter().map(|ran| wish_of(board.name(), ran)).collect()
}

/// Boards of the current firmware, and one that replies to nothing.
async fn boards() -> Vec<Arc<Blaster>> {
    let mut boards = Vec::new();
    for number in 1..=6 {
        let generation = if number == 6 { Generation::Classic } else { Generation::Current };

        let config = BlasterConfig {
            generation,
            digit_gap: Duration::from_millis(1),
            digit_timeout: Duration::from_millis(10),
            ..BlasterConfig::new(format!("ir-00000{number}"), number)
        };
        boards.push(Arc::new(Blaster::start(config).await.unwrap()));
    }
    boards
}
