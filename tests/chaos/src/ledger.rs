//! Everything that a judge may know of a round: what was asked and answered, what the TVs were sent,
//! and what befell whom. Times are milliseconds since the beginning of the run.

use std::{collections::BTreeMap, time::Instant};

use serde_json::Value;

use crate::{
    http::{Answer, Reply},
    script::{Form, Order},
    wish::{Tv, Wish},
};

/// One request and its answer.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) at: u64,
    pub(crate) ended: Option<u64>,
    pub(crate) line: String,
    pub(crate) kind: Kind,
    pub(crate) wishes: Vec<Wish>,
    pub(crate) reply: Option<Reply>,
}

#[derive(Clone, Debug)]
pub(crate) enum Kind {
    /// A request for wishes, by its place in the script; again if it has a key.
    Wish(About),
    /// An order about such a request.
    Manage(Order),
    Look,
    Rule,
    Edit,
}

/// What a judge must know of a request for wishes.
#[derive(Clone, Debug)]
pub(crate) struct About {
    pub(crate) ask: usize,
    pub(crate) form: Form,
    pub(crate) has_key: bool,
    /// When it is due, if that is later.
    pub(crate) due: Option<u64>,
    pub(crate) misnamed: bool,
    pub(crate) canary: bool,
}

/// One command that an answer has named.
#[derive(Clone, Debug)]
pub(crate) struct Command {
    /// Which answer has named it first.
    pub(crate) asked: usize,
    /// Where it has a place in the order: not before the one, and not behind the other.
    pub(crate) from: u64,
    pub(crate) to: u64,
    pub(crate) wish: Option<Wish>,
    pub(crate) reads: Vec<Read>,
}

/// One look at a command.
#[derive(Clone, Debug)]
pub(crate) struct Read {
    pub(crate) at: u64,
    pub(crate) ended: u64,
    pub(crate) reply: Reply,
}

impl Read {
    /// What was shown, if anything was.
    pub(crate) fn record(&self) -> Option<&Value> {
        self.reply.answer().filter(|answer| answer.code == 200).map(|answer| &answer.json)
    }

    pub(crate) fn status(&self) -> Option<&str> {
        self.record()?["status"].as_str()
    }
}

/// What a TV was sent.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    pub(crate) at: u64,
    pub(crate) wish: Wish,
}

/// What befell whom.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) at: u64,
    pub(crate) whom: Whom,
    pub(crate) what: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Whom {
    Board(String),
    Daemon,
    Store,
    Clock,
}

/// A time in which something was so.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    pub(crate) from: u64,
    pub(crate) to: u64,
}

impl Span {
    pub(crate) const fn meets(&self, from: u64, to: u64) -> bool {
        self.from <= to && from <= self.to
    }
}

/// What a TV shows at the end of a round.
#[derive(Clone, Debug)]
pub(crate) struct Shown {
    pub(crate) tv: Tv,
    pub(crate) channel: String,
    pub(crate) input: String,
}

#[derive(Debug)]
pub(crate) struct Ledger {
    base: Instant,
    pub(crate) asked: Vec<Asked>,
    pub(crate) commands: BTreeMap<String, Command>,
    pub(crate) frames: Vec<Frame>,
    pub(crate) events: Vec<Event>,
    /// When no daemon was there, or not yet ready.
    pub(crate) away: Vec<Span>,
    /// When the store could not be used.
    pub(crate) outages: Vec<Span>,
    /// When a board kept what it was sent: it runs it when it wakes.
    pub(crate) deaf: Vec<(String, Span)>,
    pub(crate) jumped: bool,
    pub(crate) shown: Vec<Shown>,
    /// What was wrong as soon as it was seen.
    pub(crate) faults: Vec<String>,
}

impl Ledger {
    pub(crate) const fn new(base: Instant) -> Self {
        Self {
            base,
            asked: Vec::new(),
            commands: BTreeMap::new(),
            frames: Vec::new(),
            events: Vec::new(),
            away: Vec::new(),
            outages: Vec::new(),
            deaf: Vec::new(),
            jumped: false,
            shown: Vec::new(),
            faults: Vec::new(),
        }
    }

    pub(crate) fn now(&self) -> u64 {
        self.at(Instant::now())
    }

    pub(crate) fn at(&self, instant: Instant) -> u64 {
        let since = instant.saturating_duration_since(self.base);
        u64::try_from(since.as_millis()).unwrap()
    }

    pub(crate) fn note(&mut self, whom: Whom, what: impl Into<String>) {
        let at = self.now();
        self.events.push(Event { at, whom, what: what.into() });
    }

    pub(crate) fn begin(&mut self, line: String, kind: Kind, wishes: Vec<Wish>) -> usize {
        let at = self.now();
        self.asked.push(Asked { at, ended: None, line, kind, wishes, reply: None });
        self.asked.len() - 1
    }

    /// The names of the commands in the answer, which are to be looked at.
    pub(crate) fn end(&mut self, index: usize, reply: Reply) -> Vec<String> {
        let ended = self.now();
        let asked = &mut self.asked[index];
        asked.ended = Some(ended);
        let named = reply.answer().map(named).unwrap_or_default();
        asked.reply = Some(reply);
        let (at, due) = match &asked.kind {
            Kind::Wish(about) => (asked.at, about.due),
            Kind::Manage(_) | Kind::Look | Kind::Rule | Kind::Edit => (asked.at, None),
        };
        // What is promoted has its place behind its due time, as soon as somebody looks.
        let (from, to) = due.map_or((at, ended), |due| (due.max(at), due.max(ended) + PROMOTED));
        for (id, tv) in &named {
            let wishes = &self.asked[index].wishes;
            let of_tv = |wish: &&Wish| tv.as_ref().is_none_or(|tv| wish.tv == *tv);
            let wish = wishes.iter().find(of_tv).cloned();
            self.name(id, index, from, to, wish);
        }
        named.into_iter().map(|(id, _)| id).collect()
    }

    /// A command that was heard of; what is named again is the same one.
    pub(crate) fn name(&mut self, id: &str, asked: usize, from: u64, to: u64, wish: Option<Wish>) {
        let command = Command { asked, from, to, wish, reads: Vec::new() };
        let known = self.commands.entry(id.to_owned()).or_insert(command);
        known.from = known.from.min(from);
    }

    pub(crate) fn read(&mut self, id: &str, read: Read) {
        let Some(command) = self.commands.get_mut(id) else { return };
        if let Some(record) = read.record()
            && command.wish.is_none()
        {
            command.wish = Wish::of_record(record);
        }
        command.reads.push(read);
    }

    /// Whether the daemon was away at some time between the two.
    pub(crate) fn was_away(&self, from: u64, to: u64) -> bool {
        self.away.iter().any(|span| span.meets(from, to))
    }

    /// Whether a daemon took its keys of `at` with it: it went in the outage of the store in which they
    /// came, before `until`.
    pub(crate) fn forgot_keys(&self, at: u64, until: u64) -> bool {
        self.away.iter().any(|gone| {
            let of_both = |outage: &&Span| outage.from <= at && gone.from <= outage.to;
            (at..until).contains(&gone.from) && self.outages.iter().any(|outage| of_both(&outage))
        })
    }

    pub(crate) fn was_out(&self, from: u64, to: u64) -> bool {
        self.outages.iter().any(|span| span.meets(from, to))
    }
}

/// The commands that an answer names, those of a batch with their TVs.
fn named(answer: &Answer) -> Vec<(String, Option<Tv>)> {
    let json = &answer.json;
    if let Some(id) = json["command_id"].as_str() {
        return vec![(id.to_owned(), None)];
    }
    let batch = if json["accepted"].is_array() { json } else { &json["batch"] };
    let one = |one: &Value| {
        let hostname = one["hostname"].as_str()?.to_owned();
        let port = u8::try_from(one["port"].as_u64()?).ok()?;
        Some((one["command_id"].as_str()?.to_owned(), Some(Tv { hostname, port })))
    };
    batch["accepted"].as_array().into_iter().flatten().filter_map(one).collect()
}

/// Later than anything; room is left to count on from there.
pub(crate) const NEVER: u64 = u64::MAX / 4;

/// So long after its due time a command may get its place.
const PROMOTED: u64 = 1_500;
