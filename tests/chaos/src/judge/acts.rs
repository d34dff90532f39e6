//! What may have made a TV do something: every command that was answered with a name, and every
//! request of which nobody was told what became.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    http::Reply,
    ledger::{Asked, Command, Kind, Ledger, NEVER},
    script::Form,
    wish::Wish,
};

/// What is told of what became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Delivered,
    /// It may have been sent.
    MayHaveActed,
    /// It was not sent.
    Nothing,
    /// Nobody was told.
    Untold,
}

#[derive(Clone, Debug)]
pub(crate) struct Act {
    pub(crate) wish: Wish,
    /// Its place in the order is not before the one, and not behind the other.
    pub(crate) from: u64,
    pub(crate) to: u64,
    pub(crate) fate: Fate,
    pub(crate) id: Option<String>,
    /// It was wished for later than it was asked for.
    pub(crate) is_for_later: bool,
}

impl Act {
    pub(crate) fn may_have_acted(&self) -> bool {
        self.fate != Fate::Nothing
    }

    /// Whether it was certainly wished before `other`.
    pub(crate) const fn is_older(&self, other: &Self) -> bool {
        self.to < other.from
    }

    pub(crate) fn name(&self) -> String {
        let id = self.id.as_deref().unwrap_or("without an answer");
        format!("{} ({id}, {:?}, {}..{})", self.wish, self.fate, self.from, self.to)
    }
}

/// All of them, by their wishes.
#[derive(Debug, Default)]
pub(crate) struct Acts {
    by_wish: BTreeMap<Wish, Vec<Act>>,
    /// How many orders nobody was told of: each may have made a batch of anything.
    untold_orders: u64,
}

impl Acts {
    pub(crate) fn of(ledger: &Ledger) -> Self {
        let mut acts = Self::default();
        for (id, command) in &ledger.commands {
            if let Some(wish) = command.wish.clone() {
                let (from, to) = place(ledger, command);
                let fate = fate(ledger, command);
                let is_for_later = due(&ledger.asked[command.asked]).is_some();
                acts.add(Act { wish, from, to, fate, id: Some(id.clone()), is_for_later });
            }
        }
        acts.add_untold(ledger);
        acts
    }

    pub(crate) fn add(&mut self, act: Act) {
        self.by_wish.entry(act.wish.clone()).or_default().push(act);
    }

    /// Requests that were never answered: they may have been carried out.
    fn add_untold(&mut self, ledger: &Ledger) {
        let mut asks = BTreeMap::<usize, Vec<&Asked>>::new();
        for asked in &ledger.asked {
            if let Kind::Wish(about) = &asked.kind {
                asks.entry(about.ask).or_default().push(asked);
            }
        }
        let named: BTreeSet<usize> = ledger
            .commands
            .values()
            .filter_map(|command| match &ledger.asked[command.asked].kind {
                Kind::Wish(about) => Some(about.ask),
                Kind::Manage(_) | Kind::Look | Kind::Rule | Kind::Edit => None,
            })
            .collect();
        for (ask, tries) in asks {
            // A schedule that fires more than was found would be a wonder; one that was never fired
            // is none.
            let untold = tries.iter().any(|one| is_untold(one));
            // Carried out by a daemon that took the key with it, and by the next one under another name.
            let forgotten =
                tries.iter().any(|one| is_untold(one) && ledger.forgot_keys(one.at, ended(&tries)));
            if !untold || (named.contains(&ask) && !forgotten) {
                continue;
            }
            let from = tries.iter().map(|one| one.at).min().unwrap_or_default();
            let due = tries.iter().filter_map(|one| due(one)).min();
            let to = if due.is_some() { NEVER } else { ended(&tries) };
            for wish in &tries[0].wishes {
                let (wish, id) = (wish.clone(), None);
                let from = due.unwrap_or(from).max(from);
                let is_for_later = due.is_some();
                self.add(Act { wish, from, to, fate: Fate::Untold, id, is_for_later });
            }
        }
        let orders = ledger.asked.iter().filter(|asked| {
            matches!(asked.kind, Kind::Manage(_)) && !matches!(asked.reply, Some(Reply::Answer(_)))
        });
        self.untold_orders = orders.count() as u64;
    }

    pub(crate) const fn untold_orders(&self) -> u64 {
        self.untold_orders
    }

    pub(crate) fn of_wish(&self, wish: &Wish) -> &[Act] {
        self.by_wish.get(wish).map(Vec::as_slice).unwrap_or_default()
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Act> {
        self.by_wish.values().flatten()
    }
}

/// When what was asked for is due, if that is later.
const fn due(asked: &Asked) -> Option<u64> {
    match &asked.kind {
        Kind::Wish(about) => about.due,
        Kind::Manage(_) | Kind::Look | Kind::Rule | Kind::Edit => None,
    }
}

/// Where a command has its place. When the clock jumps nobody knows when what is for later is due.
fn place(ledger: &Ledger, command: &Command) -> (u64, u64) {
    let asked = &ledger.asked[command.asked];
    if ledger.jumped && due(asked).is_some() {
        (asked.at, NEVER)
    } else {
        (command.from, command.to)
    }
}

fn ended(tries: &[&Asked]) -> u64 {
    tries.iter().map(|one| one.ended.unwrap_or(NEVER)).max().unwrap_or(NEVER)
}

/// Whether nobody knows what became of a request: there was no answer, or it says so.
fn is_untold(asked: &Asked) -> bool {
    match &asked.reply {
        Some(Reply::Answer(answer)) => {
            let schedule = matches!(&asked.kind, Kind::Wish(about) if about.form == Form::Schedule);
            answer.json["command_id"].is_null()
                && (answer.code == 504 || (schedule && answer.code == 201))
        }
        Some(Reply::Cut | Reply::Silence) | None => true,
    }
}

/// What is told of a command at the end; where it cannot be read, what was answered.
fn fate(ledger: &Ledger, command: &Command) -> Fate {
    let last = command.reads.iter().rev().find_map(|read| read.status());
    let of_status = |status: &str| match status {
        "completed" => Fate::Delivered,
        "failed" | "expired" | "superseded" | "cancelled" => Fate::Nothing,
        _ => Fate::MayHaveActed,
    };
    if let Some(status) = last {
        return of_status(status);
    }
    let Some(Reply::Answer(answer)) = &ledger.asked[command.asked].reply else {
        return Fate::Untold;
    };
    match answer.code {
        200 => Fate::Delivered,
        409 | 422 | 503 => Fate::Nothing,
        _ => Fate::Untold,
    }
}
