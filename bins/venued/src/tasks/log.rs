//! What devices say of themselves: a short window of each log, one device at a time.

use std::time::Duration;

use esphome_pool::codec::{Message, proto};
use serde_json::{Value, json};
use tokio::{
    sync::broadcast::error::RecvError,
    time::{Instant, timeout_at},
};
use venue_domain::{Clock, Hostname, LogLine, SystemStore};

use super::Tasks;
use crate::clock::SystemClock;

/// The window of a log.
const LOG_WINDOW: Duration = Duration::from_secs(5);

/// Errors, warnings, information: what the firmware says by default.
const LOG_LEVEL: u32 = 3;

/// So many lines of one window are kept, and so much of each.
const LOG_LINES: usize = 200;
const LOG_LINE: usize = 300;

impl Tasks {
    pub(super) async fn collect_logs(&self) -> Result<Value, String> {
        let (mut read, mut lines, mut not_read) = (0, 0, Vec::new());
        for status in self.0.router.statuses() {
            let hostname = status.entry.hostname.clone();
            if !status.snapshot.presence.is_online() {
                not_read.push(hostname);
                continue;
            }
            // One device at a time: a log costs a small board more than a command.
            let Some(window) = self.window(&hostname).await else {
                not_read.push(hostname);
                continue;
            };
            (read, lines) = (read + 1, lines + window.len());
            let stored = self.0.store.note_log(hostname, window).await;
            stored.map_err(|error| error.to_string())?;
        }
        Ok(json!({"devices": read, "lines": lines, "not_read": not_read}))
    }

    /// What a device says within the window, over the session that there is; `None` if it could not be
    /// asked.
    async fn window(&self, hostname: &Hostname) -> Option<Vec<LogLine>> {
        let device = self.0.pool.device(hostname.as_str())?;
        let (mut messages, end) = (device.messages(), Instant::now() + LOG_WINDOW);
        let subscribe =
            |level| Message::from(proto::SubscribeLogsRequest { level, dump_config: false });
        device.send(subscribe(LOG_LEVEL), end).await.ok()?;
        let mut lines = Vec::new();
        while lines.len() < LOG_LINES {
            let message = match timeout_at(end, messages.recv()).await {
                Ok(Ok(message)) => message,
                // A board that says more than can be kept up with: what comes next is read.
                Ok(Err(RecvError::Lagged(_))) => continue,
                Ok(Err(RecvError::Closed)) | Err(_) => break,
            };
            if let Message::LogLine(line) = &*message {
                let text = clean(&String::from_utf8_lossy(&line.message));
                lines.push(LogLine { at: SystemClock.now(), level: line.level, line: text });
            }
        }
        // Level 0 ends it; a session that is gone has ended it already.
        let _ended = device.send(subscribe(0), Instant::now() + LOG_WINDOW).await;
        Some(lines)
    }
}

/// Without colours, and without anything else that a terminal would obey.
fn clean(text: &str) -> String {
    let mut clean = String::with_capacity(text.len().min(LOG_LINE));
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        if c == '\u{1b}' && characters.next_if_eq(&'[').is_some() {
            // A colour ends with a letter.
            while characters.next_if(|c| !c.is_ascii_alphabetic()).is_some() {}
            characters.next();
        } else if !c.is_control() {
            clean.push(c);
        }
        if clean.len() >= LOG_LINE {
            break;
        }
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_line_is_plain_text() {
        let line = "\u{1b}[0;32m[I][app:100]: Running\u{1b}[0m\r\n";
        assert_eq!(clean(line), "[I][app:100]: Running");
        assert_eq!(clean("\u{7}a\u{1b}b"), "ab");
        assert!(clean(&"ä".repeat(1_000)).len() <= LOG_LINE + 1);
    }
}
