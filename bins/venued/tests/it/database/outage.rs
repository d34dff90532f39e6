//! What must hold of every outage of the database.

use std::time::{Duration, Instant};

use device_sim::{Blaster, BlasterConfig, Fault, Key, Power};
use serde_json::json;
use tempfile::TempDir;
use venue_api::CommandStatus;

use crate::support::{Daemon, Response, bulk, sim_toml, until};

/// Direct commands only, so soon after the first request that needs the store.
const DOWN_WITHIN: Duration = Duration::from_secs(2);
/// All commands again, so soon after the fault has ended.
const BACK_WITHIN: Duration = Duration::from_secs(5);
/// What a machine with other things to do may take longer.
const LATE: Duration = Duration::from_secs(2);

/// Two boards: `ir-000001` is there, `ir-000002` is away until it is told.
pub(super) struct Venue {
    pub(super) here: Blaster,
    away: Blaster,
}

impl Venue {
    pub(super) async fn new() -> Self {
        let here = Blaster::start(BlasterConfig::new("ir-000001", 1)).await.unwrap();
        let (fault, power) = (Fault::RefuseConnect, Power::Off);
        let away = BlasterConfig { fault, power, ..BlasterConfig::new("ir-000002", 2) };
        Self { here, away: Blaster::start(away).await.unwrap() }
    }

    /// The part of the configuration behind the store's.
    pub(super) fn config(&self) -> String {
        format!("[pool]\nreconnect_cap_ms = 200\n{}", sim_toml([&self.here, &self.away]))
    }

    /// A daemon with its database in `data` of `folder`, which works.
    pub(super) async fn daemon(&self, folder: TempDir) -> Daemon {
        let daemon = self.daemon_without(folder).await;
        daemon.log.wait_for("the store is open").await;
        daemon.wait_for_mode("normal").await;
        daemon
    }

    /// As [`Venue::daemon`], whether the database works or not.
    pub(super) async fn daemon_without(&self, folder: TempDir) -> Daemon {
        let store = "path = \"data/venue.db\"";
        let daemon = Daemon::start_in(folder, store, &self.config()).await;
        daemon.wait_for_session("ir-000001", 1).await;
        daemon
    }

    /// Three absolute wishes and a toggle for the board that is away, as a batch that waits for it.
    pub(super) async fn leave_work(&self, daemon: &Daemon) -> Vec<String> {
        let on = [("ir-000002", 1), ("ir-000002", 2), ("ir-000002", 3)];
        let mut batches = Vec::new();
        for mut body in [bulk("power_on", &on), bulk("mute", &[("ir-000002", 4)])] {
            body["wait_for_device_s"] = json!(100);
            batches.push(daemon.bulk(&body).await);
        }
        // Looked at once, and put back until the device comes: a kill between the two would leave
        // the toggle as one that may have been sent.
        let put_back = async || daemon.get("/api/v1/queue").await.json["later"] == 4;
        until("all of it waits", async || put_back().await.then_some(())).await;
        batches
    }

    /// Lives through an outage that is there already, and that `end` ends: then `batches`, which
    /// were left before, are delivered.
    #[expect(clippy::print_stdout, reason = "how long it took is worth knowing, and no assertion")]
    pub(super) async fn lives_through(
        &self,
        daemon: &Daemon,
        batches: &[String],
        end: impl FnOnce(),
    ) {
        let begun = Instant::now();
        let first = daemon.press("ir-000001", 1, "power_on").await;
        assert_delivered(&first);
        daemon.wait_for_mode("direct_only").await;
        let down = begun.elapsed();
        assert!(down <= DOWN_WITHIN + LATE, "direct only after {down:?}");
        assert_eq!(daemon.get("/readyz").await.json["mode"], "direct_only");
        let mut direct = vec![first];
        for (port, command) in [(2, "mute"), (3, "power"), (4, "volume_up")] {
            let answer = daemon.press("ir-000001", port, command).await;
            assert_delivered(&answer);
            assert_eq!(answer.json["mode"], "direct_only", "{answer:?}");
            direct.push(answer);
        }
        self.refuses_what_must_be_stored(daemon).await;
        // What waits has its device back, and must not be sent.
        let sessions = daemon.log.count("\"device\":\"ir-000002\",\"address\"");
        self.away.clear_fault();
        daemon.wait_for_session("ir-000002", sessions + 1).await;
        let last = daemon.press("ir-000002", 5, "mute").await;
        assert_delivered(&last);
        direct.push(last);
        assert_eq!(self.away.actions().len(), 1, "the direct one alone: {:?}", self.away.actions());
        assert_eq!(daemon.mode().await, "direct_only");

        end();
        let ended = Instant::now();
        daemon.wait_for_mode("normal").await;
        let back = ended.elapsed();
        println!("direct only after {down:?}, back after {back:?}");
        assert!(back <= BACK_WITHIN + LATE, "back after {back:?}");
        self.is_whole_again(daemon, batches, &direct).await;
    }

    async fn refuses_what_must_be_stored(&self, daemon: &Daemon) {
        let body = bulk("mute_on", &[("ir-000001", 1)]);
        for path in ["/bulk/command", "/bulk-command", "/api/v1/batches"] {
            assert_refused(&daemon.post(path, &body).await);
        }
        assert_refused(&daemon.post("/system/refresh-capabilities", &json!({})).await);
        // What cannot be delivered directly is told as it is.
        let away = daemon.press("ir-000002", 1, "mute_on").await;
        assert_eq!((away.status, &away.json["code"]), (503, &json!("device_offline")), "{away:?}");
        assert_eq!(
            (&away.json["durable"], &away.json["delivered"]),
            (&json!(false), &json!(false))
        );
    }

    async fn is_whole_again(&self, daemon: &Daemon, batches: &[String], direct: &[Response]) {
        for batch in batches {
            let status = daemon.ended_batch(batch).await;
            assert_eq!(status.completed, status.total, "{status:?}");
        }
        let keys = |port| self.away.tv(port).keys;
        if !batches.is_empty() {
            for port in 1..=3 {
                assert_eq!(keys(port), [Key::PowerOn], "once: port {port}");
            }
            // A TV that is off does not hear it; the board has sent it once.
            let ran = self.away.actions();
            let mutes = ran.iter().filter(|one| one.action == "tv_mute" && one.port() == Some(4));
            assert_eq!(mutes.count(), 1, "once: {ran:?}");
        }
        assert_eq!(self.here.tv(3).keys, [Key::Power], "once");
        let ids: Vec<_> =
            direct.iter().map(|one| one.json["command_id"].as_str().unwrap()).collect();
        // It follows behind the mode.
        let history = until("the direct commands of the outage are in the history", async || {
            let history = daemon.history().await;
            let has = |id: &&str| history.iter().any(|one| one.command_id == **id);
            ids.iter().all(has).then_some(history)
        })
        .await;
        for id in ids {
            let of_it: Vec<_> = history.iter().filter(|one| one.command_id == id).collect();
            assert_eq!(of_it.len(), 1, "{id} is in the history {} times", of_it.len());
            assert_eq!(of_it[0].status, CommandStatus::Completed);
        }
        let batch = daemon.bulk(&bulk("mute_on", &[("ir-000001", 5)])).await;
        assert_eq!(daemon.ended_batch(&batch).await.completed, 1);
        assert!(self.here.tv(5).muted);
    }
}

fn assert_delivered(answer: &Response) {
    assert_eq!((answer.status, &answer.json["delivered"]), (200, &json!(true)), "{answer:?}");
    assert_eq!(answer.json["durable"], false, "{answer:?}");
}

fn assert_refused(answer: &Response) {
    assert_eq!(answer.status, 503, "{answer:?}");
    let code = answer.json["code"].as_str().unwrap();
    assert!(code.starts_with("store_"), "{answer:?}");
    assert!(answer.head.to_lowercase().contains("retry-after: "), "{answer:?}");
    assert_ne!(answer.json["success"], true, "{answer:?}");
}
