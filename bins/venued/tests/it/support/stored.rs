//! What is stored of commands and batches, as the daemon tells it.

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use venue_api::{
    BulkStatus, CommandPage, CommandRecord, CommandStatus, CommandWithAttempts, UtcTime,
};

use super::{Daemon, until};

/// The body of a bulk request without options.
pub(crate) fn bulk(command: &str, targets: &[(&str, u8)]) -> Value {
    let target = |&(hostname, port): &(&str, u8)| json!({"hostname": hostname, "port": port});
    let targets: Vec<_> = targets.iter().map(target).collect();
    json!({"command": command, "targets": targets})
}

/// The waits between the attempts of a command: each from the end of one to the start of the next.
pub(crate) fn waits(account: &CommandWithAttempts) -> Vec<Duration> {
    let ms = |time: UtcTime| time.0.unix_ms();
    let pairs = account.attempt_log.windows(2).map(|pair| {
        let ended = ms(pair[0].started_at) + i64::try_from(pair[0].took_ms).unwrap();
        Duration::from_millis(u64::try_from(ms(pair[1].started_at) - ended).unwrap_or(0))
    });
    pairs.collect()
}

/// Whether nothing more becomes of a command.
pub(crate) fn has_ended(status: CommandStatus) -> bool {
    !matches!(status, CommandStatus::Pending | CommandStatus::Processing)
}

impl Daemon {
    /// A command, by its `command_id` or its `queue_id`.
    pub(crate) async fn account(&self, id: &str) -> CommandWithAttempts {
        self.read(&format!("/api/v1/commands/{id}")).await
    }

    /// A command of which nothing more becomes.
    pub(crate) async fn ended_command(&self, id: &str) -> CommandWithAttempts {
        until("the end of a command", async || {
            let account = self.account(id).await;
            has_ended(account.record.status).then_some(account)
        })
        .await
    }

    /// Asks for a bulk command, which must be accepted whole, and tells the name of the batch.
    pub(crate) async fn bulk(&self, body: &Value) -> String {
        let answer = self.post("/bulk/command", body).await;
        assert_eq!(answer.status, 202, "{answer:?}");
        assert_eq!(answer.json["rejected"], json!([]), "{answer:?}");
        answer.json["batch_id"].as_str().unwrap().to_owned()
    }

    /// `GET /bulk/{batch_id}/status`.
    pub(crate) async fn bulk_status(&self, batch: &str) -> BulkStatus {
        self.read(&format!("/bulk/{batch}/status")).await
    }

    /// A batch of which nothing more becomes.
    pub(crate) async fn ended_batch(&self, batch: &str) -> BulkStatus {
        until("the end of a batch", async || {
            let status = self.bulk_status(batch).await;
            (status.pending == 0).then_some(status)
        })
        .await
    }

    /// What waits or is in flight.
    pub(crate) async fn open_commands(&self) -> Vec<CommandRecord> {
        self.list("/api/v1/queue/commands").await
    }

    /// What has ended, the newest first.
    pub(crate) async fn history(&self) -> Vec<CommandRecord> {
        self.list("/api/v1/history").await
    }

    /// A list as a whole: no test has more than a page.
    async fn list(&self, path: &str) -> Vec<CommandRecord> {
        let page: CommandPage = self.read(&format!("{path}?limit=1000")).await;
        assert_eq!(page.next_cursor, None, "more than a page");
        page.items
    }

    async fn read<T: DeserializeOwned>(&self, path: &str) -> T {
        let answer = self.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        serde_json::from_value(answer.json).unwrap()
    }
}
