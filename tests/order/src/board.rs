//! A device with its TVs, as it is in the world: it outlives every service that speaks to it.

use std::{
    collections::{BTreeMap, HashSet, VecDeque},
    ops::Range,
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::{
    sync::watch,
    time::{Instant, sleep_until},
};

use venue_domain::{CommandId, PortId};

use crate::{
    clock,
    ledger::{Frame, Ledger},
    remote::{Press, Tv},
    story::{DEVICES, Fault},
};

/// The device.
pub(crate) struct Board {
    pub(crate) name: String,
    /// Whether it has transmitters in place of actions.
    has_infrared: bool,
    /// Whether the box is in front of it, and nothing else.
    pub(crate) is_of_box: bool,
    /// The TVs in front of those.
    tvs: Mutex<BTreeMap<PortId, Tv>>,
    ledger: Arc<Ledger>,
    pub(crate) hung: watch::Sender<bool>,
    pub(crate) away: watch::Sender<bool>,
    /// Since when.
    away_since: Mutex<Option<Instant>>,
    /// What it has taken and not done.
    taken: Mutex<VecDeque<Taken>>,
    /// What it does with the next calls.
    next: Mutex<VecDeque<Fault>>,
}

/// A call that a board has taken.
pub(crate) struct Taken {
    pub(crate) frame: Frame,
    /// The keys in it, where it is infrared.
    pub(crate) presses: Vec<Press>,
}

impl Board {
    /// The first board has actions, and the others are sent infrared.
    pub(crate) fn new(index: usize, ledger: Arc<Ledger>) -> Arc<Self> {
        Arc::new(Self {
            name: format!("ir-{index}"),
            has_infrared: index > 0,
            is_of_box: index + 1 == DEVICES,
            tvs: Mutex::default(),
            ledger,
            hung: watch::Sender::new(false),
            away: watch::Sender::new(false),
            away_since: Mutex::default(),
            taken: Mutex::default(),
            next: Mutex::default(),
        })
    }

    /// What is in front of it: two TVs with their own tuners and a screen of the box, or the box.
    pub(crate) fn ports(&self) -> Range<i64> {
        if self.is_of_box { 1..2 } else { 1..4 }
    }

    pub(crate) const fn has_infrared(&self) -> bool {
        self.has_infrared
    }

    pub(crate) fn suffer(self: &Arc<Self>, fault: Fault) {
        match fault {
            Fault::Leaves => self.leave(),
            Fault::Returns => self.come_back(),
            Fault::Hangs => {
                self.hung.send_replace(true);
            }
            Fault::Wakes => self.wake(),
            Fault::Reboots => {
                self.leave();
                self.hung.send_replace(false);
                self.taken.lock().unwrap().clear();
            }
            Fault::DropsReply | Fault::Refuses | Fault::Stalls | Fault::Lags(_) => {
                self.next.lock().unwrap().push_back(fault);
            }
        }
    }

    fn leave(&self) {
        self.away.send_replace(true);
        self.away_since.lock().unwrap().get_or_insert_with(Instant::now);
    }

    /// Whether it had no session for so long that everybody knows.
    pub(crate) fn is_long_away(&self) -> bool {
        self.away_since.lock().unwrap().is_some_and(|since| clock::since(since) > KNOWN)
    }

    /// What it took in an earlier session comes to life only after the new one is ready.
    fn come_back(self: &Arc<Self>) {
        if !self.away.send_replace(false) {
            return;
        }
        *self.away_since.lock().unwrap() = None;
        self.hung.send_replace(false);
        let board = Arc::clone(self);
        tokio::spawn(async move {
            sleep_until(Instant::now() + GHOSTLY).await;
            board.do_what_was_taken();
        });
    }

    fn wake(&self) {
        if !*self.away.borrow() {
            self.do_what_was_taken();
            self.hung.send_replace(false);
        }
    }

    fn do_what_was_taken(&self) {
        let taken: Vec<Taken> = self.taken.lock().unwrap().drain(..).collect();
        taken.into_iter().for_each(|taken| self.carry_out(taken));
    }

    fn carry_out(&self, Taken { frame, presses }: Taken) {
        if presses.is_empty() {
            return self.ledger.shows(frame);
        }
        let mut tvs = self.tvs.lock().unwrap();
        let tv = tvs.entry(frame.port.clone()).or_default();
        for press in presses {
            if let Some(action) = tv.press(press, frame.id, &frame.action) {
                self.ledger.shows(frame.as_seen(action));
            }
        }
    }

    /// Nobody presses a key that could join up with one that the next service does not know of.
    pub(crate) fn forget_presses(&self, is_known: impl Fn(CommandId) -> bool) {
        for tv in self.tvs.lock().unwrap().values_mut() {
            if tv.pressed_for.is_some_and(|id| !is_known(id)) {
                tv.forget();
            }
        }
    }

    /// The power is cut for a moment, where what it took is none of `known`.
    pub(crate) fn forget_all_but(&self, known: &HashSet<CommandId>) {
        self.taken.lock().unwrap().retain(|taken| known.contains(&taken.frame.id));
    }

    /// All is well from here on.
    pub(crate) fn heal(self: &Arc<Self>) {
        self.next.lock().unwrap().clear();
        self.come_back();
        self.wake();
    }

    pub(crate) fn next(&self) -> Option<Fault> {
        self.next.lock().unwrap().pop_front()
    }

    /// It takes a call.
    pub(crate) fn take(&self, taken: Taken) {
        if *self.hung.borrow() {
            self.taken.lock().unwrap().push_back(taken);
        } else {
            self.carry_out(taken);
        }
    }
}

/// After so long no attempt of its last session is under way.
const KNOWN: Duration = Duration::from_secs(6);

/// Less than the quiet gap.
const GHOSTLY: Duration = Duration::from_millis(1_500);
