//! What is to happen in a round, and when: made up from its seed before the round begins, so that the
//! same seed brings the same round. How it goes is up to the machine.

mod asking;
mod harming;

use fastrand::Rng;
use serde_json::Value;

use crate::{
    deck::Deck,
    disturbance::{Edit, Ill},
    venue::Venue,
    wish::{Tv, Wish},
};

/// One thing that happens.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    /// Milliseconds from the beginning of the round.
    pub(crate) at: u64,
    pub(crate) what: What,
}

#[derive(Clone, Debug)]
pub(crate) enum What {
    /// A request for wishes; its place among those of the round.
    Ask(usize),
    /// The same request again, by its place.
    Repeat(usize),
    /// Something about an earlier request, by its place.
    Manage(Order, usize),
    /// A question, which commands nothing.
    Look(String),
    /// A request of the whole venue.
    Rule(&'static str),
    /// Something befalls a board.
    Board(usize, Ill),
    /// A board is written into the configuration otherwise than before.
    Edit(usize, Edit),
    /// Something befalls the daemon or what it stands on.
    Daemon(Blow),
}

/// A request for wishes.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(crate) path: String,
    pub(crate) body: Value,
    pub(crate) key: Option<String>,
    pub(crate) wishes: Vec<Wish>,
    pub(crate) form: Form,
    /// So long after it is sent it is due.
    pub(crate) later: Option<u64>,
    /// It must be refused: its class is not that of its action.
    pub(crate) misnamed: bool,
    /// Nothing ever befalls its board, and little is asked of it.
    pub(crate) canary: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Single,
    Bulk,
    /// A schedule, which fires later.
    Schedule,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Retry,
    Undo,
    CancelBatch,
    Cancel,
    LookAtBatch,
}

/// What can befall the daemon. It ends by itself after so many milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Blow {
    Kill(u64),
    Restart(u64),
    /// The machine loses its power, and its wall clock is wrong by so many milliseconds then.
    Reboot(i64),
    Lock(u64),
    Fill(u64),
    /// The wall clock jumps by so many milliseconds.
    Clock(i64),
}

/// A round.
#[derive(Debug)]
pub(crate) struct Script {
    pub(crate) asks: Vec<Ask>,
    pub(crate) steps: Vec<Step>,
}

impl Script {
    /// The round of `seed`, of so many milliseconds and with so many requests a second.
    pub(crate) fn of(seed: u64, venue: &Venue, length: u64, rate: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let tvs = |canary: bool| -> Vec<Tv> {
            let boards = venue.boards.iter().enumerate();
            let fits = boards.filter(|(index, _)| (*index == CANARY) == canary);
            fits.flat_map(|(_, board)| board.tvs()).collect()
        };
        let mut script = Self { asks: Vec::new(), steps: Vec::new() };
        let mut deck = Deck::new(tvs(false), seed, &mut rng);
        asking::load(&mut script, &mut deck, seed, length, rate, &mut rng);
        let mut deck = Deck::new(tvs(true), seed, &mut rng);
        asking::canary(&mut script, &mut deck, length, &mut rng);
        harming::boards(&mut script, venue, length, &mut rng);
        harming::edits(&mut script, venue, length, &mut rng);
        harming::daemon(&mut script, length, &mut rng);
        script.steps.sort_by_key(|step| step.at);
        script
    }

    fn push(&mut self, at: u64, what: What) {
        self.steps.push(Step { at, what });
    }
}

/// The board that nothing ever befalls.
pub(crate) const CANARY: usize = 0;
/// A board that nothing befalls, and of which as much is asked as of the others.
pub(crate) const SPARED: usize = 1;
