//! What devices say of themselves: a short window of each log, one device at a time.

use std::time::{Duration, Instant};

use esphome_pool::{
    Received,
    codec::{Message, proto},
};
use tokio::{
    select,
    time::{self, timeout_at},
};
use venue_domain::{Clock, Hostname, LogLine, NotSent, Outcome, SystemStore, Unknown};

use super::SystemTransport;
use crate::clock::SystemClock;

/// The window of a log; an attempt has two seconds more than it.
const LOG_WINDOW: Duration = Duration::from_secs(3);

/// Errors, warnings, information: what the firmware says by default.
const LOG_LEVEL: u32 = 3;

/// So many lines of one window are kept, and so much of each.
const LOG_LINES: usize = 200;
const LOG_LINE: usize = 300;

impl SystemTransport {
    /// Keeps what `device` says within a window, if nobody else's log is being read.
    pub(super) async fn collect_log(&self, device: &Hostname, deadline: Instant) -> Outcome {
        let Ok(_turn) = self.log_turn.try_acquire() else {
            return Outcome::NotSent(NotSent::NotBefore { wait: LOG_WINDOW });
        };
        let Some(window) = self.window(device).await else {
            return Outcome::NotSent(NotSent::Offline);
        };
        let lines = window.len();
        if let Err(error) = self.store.note_log(device.clone(), window).await {
            tracing::warn!(hostname = %device, %error, "the log of a device is not stored");
            return Outcome::Unknown(Unknown::NoEvidence);
        }
        self.found().lines.insert(device.clone(), lines);
        self.sign_of_life(device, deadline).await
    }

    /// What a device says within the window, over the session that there is; `None` if it could not be
    /// asked.
    async fn window(&self, hostname: &Hostname) -> Option<Vec<LogLine>> {
        let device = self.pool.device(hostname.as_str())?;
        let (mut messages, end) = (device.messages(), time::Instant::now() + LOG_WINDOW);
        let subscribe =
            |level| Message::from(proto::SubscribeLogsRequest { level, dump_config: false });
        device.send(subscribe(LOG_LEVEL), end).await.ok()?;
        let mut lines = Vec::new();
        while lines.len() < LOG_LINES {
            let heard = select! {
                heard = timeout_at(end, messages.recv()) => heard,
                () = self.stop.cancelled() => break,
            };
            let message = match heard {
                Ok(Some(Received::Message(message))) => message,
                // A board that says more than can be kept up with: what comes next is read.
                Ok(Some(Received::Missed(missed))) => {
                    tracing::warn!(%hostname, missed, "a device logs faster than it is read");
                    continue;
                }
                Ok(None) | Err(_) => break,
            };
            if let Message::LogLine(line) = &*message {
                let text = clean(&String::from_utf8_lossy(&line.message));
                lines.push(LogLine { at: SystemClock.now(), level: line.level, line: text });
            }
        }
        // Level 0 ends it; a session that is gone has ended it already.
        let _ended = device.send(subscribe(0), time::Instant::now() + LOG_WINDOW).await;
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
