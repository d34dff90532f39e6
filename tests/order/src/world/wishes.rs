//! What people do in a story: presses, bulk commands, presets, locks, and what is done about batches.

use std::time::Duration;

use venue_domain::{
    Action, Actor, BatchId, Class, Clock, Locks, Parameters, PortId, PortLock, WallTime,
};
use venue_routing::{Asker, BulkRequest, CommandOptions, Firing, QueueOptions, TargetSteps};

use super::{World, pass};
use crate::{
    ledger::screens::Asked,
    store::Keeps,
    story::{Redo, Tv},
};

/// What somebody wishes who presses a button.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Wished {
    /// When, if not now.
    pub(super) at: Option<WallTime>,
    /// The class, if it is named.
    pub(super) class: Option<Class>,
    /// Whether the locks of TVs hold for it.
    pub(super) locks: Locks,
}

impl<S: Keeps> World<S> {
    pub(super) fn press(&mut self, tv: Tv, what: &str, wished: Wished) {
        let Wished { at: scheduled_at, class, locks } = wished;
        let actor = self.asks(&[tv], locks);
        let queue = QueueOptions { scheduled_at, ..QueueOptions::default() };
        let options = CommandOptions { class, actor, locks, queue, ..CommandOptions::default() };
        self.service.submit(self.port(tv), words(what), options);
    }

    fn port(&self, tv: Tv) -> PortId {
        let device = self.ground.boards[tv.device].name.parse().unwrap();
        PortId { device, port: tv.port.try_into().unwrap() }
    }

    fn ports(&self, tvs: &[Tv]) -> Vec<PortId> {
        tvs.iter().map(|tv| self.port(*tv)).collect()
    }

    fn asks(&self, tvs: &[Tv], locks: Locks) -> Actor {
        let passes_locks = match locks {
            Locks::Hold => false,
            Locks::Pass => true,
        };
        self.ground.ledger.asks(Asked { ports: self.ports(tvs), passes_locks })
    }

    pub(super) fn bulk(&mut self, tvs: Vec<Tv>, what: &str) {
        let (actor, targets) = (self.asks(&tvs, Locks::Hold), self.ports(&tvs));
        self.batches.push(tvs);
        let batch_id = Some(batch_name(self.batches.len()));
        let request = BulkRequest::new(words(what), targets);
        self.service.submit_batch(BulkRequest { batch_id, actor, ..request });
    }

    /// As the daemon runs a preset: a batch, in the name of whoever runs it.
    pub(super) fn run_preset(&mut self, preset: Vec<(Tv, Vec<String>)>) {
        let tvs: Vec<Tv> = preset.iter().map(|(tv, _)| *tv).collect();
        let actor = self.asks(&tvs, Locks::Hold);
        let steps = |(tv, what): (Tv, Vec<String>)| {
            let steps = what.iter().map(|what| (Duration::ZERO, words(what))).collect();
            TargetSteps { target: self.port(tv), steps }
        };
        let targets = preset.into_iter().map(steps).collect();
        self.batches.push(tvs);
        let (batch, due) = (batch_name(self.batches.len()), self.ground.clock.now());
        let (refused, scheduled, notes) = (0, false, None);
        self.service.fire(Firing { batch, targets, refused, due, scheduled, actor, notes });
    }

    /// Several do the same at once.
    pub(super) fn redo(&mut self, redo: Redo, back: usize, times: u32) {
        let Some(number) = self.batches.len().checked_sub(back).filter(|number| *number > 0) else {
            return;
        };
        let locks = Locks::Hold;
        let actor = self.asks(&self.batches[number - 1], locks);
        let asker = Asker { actor, locks };
        self.service.redo(redo, &batch_name(number), times, &asker, &self.ground.store);
    }

    /// A TV is locked, for so many milliseconds of the wall clock or until somebody removes the lock.
    pub(super) async fn lock(&self, tv: Tv, wished: Option<u64>) {
        let (port, now) = (self.port(tv), self.ground.clock.now());
        let shown = |ms| self.ground.clock.offset().shown(now.plus(Duration::from_millis(ms)));
        let until = wished.map(shown);
        let (by, reason) = (Some("manager".to_owned()), None);
        let lock = PortLock { id: format!("port:{port}"), by, until, reason };
        self.ground.locks.lock().unwrap().insert(port.clone(), lock);
        self.ground.ledger.locked(&port, until, now);
        pass(1).await;
    }

    pub(super) async fn unlock(&self, tv: Tv) {
        let port = self.port(tv);
        self.ground.locks.lock().unwrap().remove(&port);
        self.ground.ledger.unlocked(&port, self.ground.clock.now());
        pass(1).await;
    }
}

fn batch_name(number: usize) -> BatchId {
    format!("batch-{number}").parse().unwrap()
}

fn words(what: &str) -> Action {
    let (name, parameter) = what.split_once(' ').unwrap_or((what, ""));
    let is_step = name.ends_with("_up") || name.ends_with("_down");
    let parameters = Parameters {
        channel: (name == "channel").then(|| parameter.to_owned()),
        digit: (name == "number").then(|| parameter.parse().unwrap()),
        input: (name == "input").then(|| parameter.to_owned()),
        steps: if is_step { parameter.parse().ok() } else { None },
    };
    Action::parse(name, &parameters).unwrap()
}
