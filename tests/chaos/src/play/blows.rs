//! What befalls the daemon and its store, one thing at a time for each of the two.

use std::{sync::Arc, time::Duration};

use tokio::time::{Instant, sleep_until};

use super::Stage;
use crate::{
    daemon::Daemon,
    ledger::{Span, Whom},
    script::Blow,
};

impl Stage {
    pub(super) async fn strike(self: &Arc<Self>, blow: Blow) {
        match blow {
            Blow::Kill(rest) => self.end_and_start(rest, true, None).await,
            Blow::Restart(rest) => self.end_and_start(rest, false, None).await,
            Blow::Reboot(jump) => self.end_and_start(200, true, Some(jump)).await,
            Blow::Lock(lasts) => {
                let _turn = self.store.lock().await;
                let disk = &self.disk;
                // It waits for the lock as any other process would.
                let held = tokio::task::block_in_place(|| disk.lock());
                if held.is_none() {
                    return;
                }
                self.outage("locked", lasts, || drop(held)).await;
            }
            Blow::Fill(lasts) => {
                if !self.disk.is_mounted() {
                    return;
                }
                let _turn = self.store.lock().await;
                tokio::task::block_in_place(|| self.disk.fill());
                self.outage("full", lasts, || self.disk.empty()).await;
            }
            Blow::Clock(jump) => {
                let mut ledger = self.ledger();
                ledger.jumped = true;
                ledger.note(Whom::Clock, format!("jumps by {jump} ms"));
                drop(ledger);
                self.clock.jump(jump);
            }
        }
    }

    async fn outage(&self, what: &str, lasts: u64, end: impl FnOnce()) {
        let from = {
            let mut ledger = self.ledger();
            ledger.note(Whom::Store, what);
            ledger.now()
        };
        pass(lasts).await;
        end();
        let ended = {
            let mut ledger = self.ledger();
            ledger.note(Whom::Store, "well");
            ledger.now()
        };
        let back = Daemon::wait_for_mode(self.address, "normal", BACK * 4).await;
        let mut ledger = self.ledger();
        let now = ledger.now();
        ledger.outages.push(Span { from, to: now });
        let took = now - ended;
        let late = Duration::from_millis(took) > BACK && !ledger.was_away(from, now);
        if !back || late {
            ledger.faults.push(format!(
                "the store was {what} for {lasts} ms, and is used again {took} ms after its end, \
                 not within {BACK:?}"
            ));
        }
    }

    async fn end_and_start(&self, rest: u64, kill: bool, boot: Option<i64>) {
        let mut daemon = self.daemon.lock().await;
        let from = self.ledger().now();
        let wrong = if kill {
            daemon.kill().await;
            None
        } else {
            daemon.stop().await
        };
        {
            let mut ledger = self.ledger();
            ledger.note(Whom::Daemon, if kill { "killed" } else { "stopped" });
            ledger.faults.extend(wrong);
        }
        pass(rest).await;
        if let Some(jump) = boot {
            let mut ledger = self.ledger();
            ledger.jumped = true;
            ledger.note(Whom::Clock, format!("another boot, and a jump by {jump} ms"));
            self.clock.boot(jump);
        }
        self.venue.boards.iter().for_each(|board| board.sim.forget_calls());
        daemon.start();
        self.ledger().note(Whom::Daemon, "started");
        let up = self.wait_until_it_serves().await;
        let mut ledger = self.ledger();
        let to = ledger.now();
        ledger.away.push(Span { from, to });
        if !up {
            ledger.faults.push(format!("it does not serve {SERVES:?} after its start"));
        }
    }

    pub(crate) async fn wait_until_it_serves(&self) -> bool {
        let alive = crate::http::Request::get("/livez");
        Daemon::answers(self.address, &alive, SERVES, |answer| answer.code == 200).await
    }
}

/// Lets time pass.
async fn pass(ms: u64) {
    sleep_until(Instant::now() + Duration::from_millis(ms)).await;
}

/// The law allows 5 s; a machine with other things to do takes longer.
const BACK: Duration = Duration::from_secs(7);

const SERVES: Duration = Duration::from_secs(20);
