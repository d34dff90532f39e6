//! The end of a round: everything gets well and comes to rest, and everybody is asked what there is.

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};
use tokio::{task::JoinSet, time::Instant};

use crate::{
    daemon::within,
    http::Request,
    ledger::{Frame, Shown, Whom},
    play::Stage,
    wish::Wish,
};

impl Stage {
    /// Lets everything come to rest, and asks.
    pub(crate) async fn come_to_rest(self: &Arc<Self>) {
        self.ledger().note(Whom::Daemon, "everything gets well");
        if let Err(wrong) = self.heal().await {
            self.ledger().faults.push(wrong);
        }
        let died = self.daemon.lock().await.has_died();
        self.ledger().faults.extend(died);
        let jumped = self.ledger().jumped;
        let (mut left, mut later) = (String::new(), Vec::new());
        let empty = async || {
            let path = "/api/v1/queue/commands?limit=1000";
            let reply = Request::get(path).send(self.address).await;
            let Some(answer) = reply.answer() else { return false };
            let Some(items) = answer.json["items"].as_array() else { return false };
            // After a jump of the clock nobody knows when what is for later is due.
            let is_for_later = |item: &Value| jumped && !item["scheduled_at"].is_null();
            let waits = |item: &&Value| item["class"] != "system" && !is_for_later(item);
            later = items.iter().filter(|item| is_for_later(item)).cloned().collect();
            let of_boards: Vec<_> = items.iter().filter(waits).collect();
            left = of_boards.iter().take(3).map(|item| format!("\n  {item}")).collect();
            of_boards.is_empty()
        };
        if !within(EMPTY_WITHIN, empty).await {
            let text = format!("all is well for {EMPTY_WITHIN:?}, and this never ended:{left}");
            self.ledger().faults.push(text);
        }
        self.wait_until_quiet().await;
        self.look_at_plans().await;
        for id in later.iter().filter_map(|item| item["command_id"].as_str()) {
            let path = format!("/api/v1/commands/{id}/cancel");
            Request::post(path, json!({})).send(self.address).await;
        }
        self.look_at_all().await;
        self.collect();
    }

    /// Until no board has run anything for longer than any gap lasts.
    async fn wait_until_quiet(&self) {
        let total = || -> usize {
            self.venue.boards.iter().map(|board| *board.sim.watch_actions().borrow()).sum()
        };
        let (mut last, mut since) = (total(), Instant::now());
        let quiet = async || {
            let now = total();
            if now != last {
                (last, since) = (now, Instant::now());
            }
            since.elapsed() > QUIET
        };
        within(QUIET * 10, quiet).await;
    }

    async fn look_at_all(self: &Arc<Self>) {
        let ids: Vec<String> = self.ledger().commands.keys().cloned().collect();
        let mut lookers = JoinSet::new();
        for part in 0..LOOKERS {
            let ids: Vec<String> = ids.iter().skip(part).step_by(LOOKERS).cloned().collect();
            let stage = Arc::clone(self);
            lookers.spawn(async move {
                for id in ids {
                    stage.look(&id).await;
                }
            });
        }
        lookers.join_all().await;
    }

    /// What the boards have run since the last time, and what the TVs show.
    fn collect(&self) {
        let mut seen = self.seen.lock().unwrap();
        let mut ledger = self.ledger();
        for (board, seen) in self.venue.boards.iter().zip(seen.iter_mut()) {
            let (ran, total) = board.sim.actions_since(*seen);
            *seen = total;
            for one in ran {
                let at = ledger.at(one.at.into_std());
                // What is for the board itself is for no TV.
                if let Some(wish) = Wish::of_frame(board.name(), &one) {
                    ledger.frames.push(Frame { at, wish });
                }
            }
            for tv in board.tvs() {
                let state = board.sim.tv(tv.port);
                ledger.shown.push(Shown { tv, channel: state.channel, input: state.input });
            }
        }
        ledger.frames.sort_by_key(|frame| frame.at);
    }
}

/// The longest pause between two attempts, and the longest life of a step or a key.
const EMPTY_WITHIN: Duration = Duration::from_secs(75);

/// Longer than the quiet gap and a new session.
const QUIET: Duration = Duration::from_millis(3_500);

const LOOKERS: usize = 4;
