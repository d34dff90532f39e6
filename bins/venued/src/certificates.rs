//! The certificate of HTTPS: read from its files, read again when they change, and watched for its end.
//!
//! A new pair that cannot be used changes nothing: the old one is shown for as long as it takes, and somebody
//! is told.

use std::{io, os::fd::OwnedFd, path::Path, time::Duration};

use rustix::fs::inotify;
use tokio::{io::unix::AsyncFd, select, task::spawn_blocking, time::sleep};
use venue_domain::one_line;
use venue_tls::{Pair, Server};

use crate::{
    certificate_files::CertificateFiles,
    clock::SystemClock,
    watch::{Concern, EventPublisher},
};

/// What is shown now, and from where it is read.
#[derive(Debug)]
pub(crate) struct Certificates {
    pub(crate) files: CertificateFiles,
    pub(crate) server: Server,
    pub(crate) pair: Pair,
}

impl Certificates {
    /// Shows what is in the files, for good, and tells `publisher` what somebody should know.
    pub(crate) async fn keep(&mut self, publisher: &EventPublisher) {
        let folders = FolderWatch::of(&self.files);
        if let Err(error) = &folders {
            tracing::warn!(%error, "changes of the certificate are noticed once a day only");
        }
        loop {
            self.tell_end(publisher);
            select! {
                () = changed(folders.as_ref().ok()) => {}
                () = sleep(DAY) => {}
            }
            // The second of two files comes a moment behind the first.
            sleep(SETTLING).await;
            self.read_again(publisher).await;
        }
    }

    async fn read_again(&mut self, publisher: &EventPublisher) {
        let files = self.files.clone();
        let Ok(read) = spawn_blocking(move || files.read()).await else { return };
        match read {
            Ok(pair) => {
                publisher.is_over(UNUSABLE);
                if !pair.is_same_as(&self.pair) {
                    self.server.replace(&pair);
                    self.pair = pair;
                    tracing::info!("a new certificate is shown from now on");
                }
            }
            Err(error) => {
                let error = one_line(&error);
                tracing::warn!(error, "the new certificate cannot be used: the old one is kept");
                publisher.concern(Concern {
                    kind: UNUSABLE,
                    about: None,
                    critical: true,
                    summary: format!("the new certificate cannot be used, the old one is kept: {error}"),
                    advice: "put a certificate and the key that belongs to it into the files of [http.tls]; \
                             they are read by themselves",
                });
            }
        }
    }

    fn tell_end(&self, publisher: &EventPublisher) {
        let now = SystemClock.wall().for_calendar().unix_ms().div_euclid(1_000);
        let Some((critical, summary)) = told_of(self.pair.ends_at(), now) else {
            publisher.is_over(EXPIRES);
            return;
        };
        tracing::warn!("{summary}");
        let advice = "renew it: `venued tls init --renew` where it is of the venue's own authority; \
                      otherwise see what should have renewed it";
        publisher.concern(Concern { kind: EXPIRES, about: None, critical, summary, advice });
    }
}

/// What is to be told at `now` of a certificate that ends then, and whether it is critical.
fn told_of(ends_at: i64, now: i64) -> Option<(bool, String)> {
    let left = ends_at.saturating_sub(now);
    if left <= 0 {
        let text = "the certificate of HTTPS has ended: browsers refuse the page";
        return Some((true, text.to_owned()));
    }
    let days = left / DAY_S;
    let unit = if days == 1 { "day" } else { "days" };
    let text = || format!("the certificate of HTTPS ends in {days} {unit}");
    (days < WARNING_DAYS).then(|| (days < CRITICAL_DAYS, text()))
}

async fn changed(folders: Option<&FolderWatch>) {
    let failed = match folders {
        Some(folders) => folders.changed().await.is_err(),
        None => true,
    };
    if failed {
        std::future::pending::<()>().await;
    }
}

/// Tells when something in the folders of the files changes. The folders, as who renews a certificate puts
/// another file in the place of the old one.
#[derive(Debug)]
struct FolderWatch(AsyncFd<OwnedFd>);

impl FolderWatch {
    fn of(files: &CertificateFiles) -> io::Result<Self> {
        let watch = inotify::init(inotify::CreateFlags::NONBLOCK | inotify::CreateFlags::CLOEXEC)?;
        let what = inotify::WatchFlags::CLOSE_WRITE
            | inotify::WatchFlags::MOVED_TO
            | inotify::WatchFlags::CREATE;
        for file in [&files.certificate, &files.key] {
            let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
            inotify::add_watch(&watch, folder.unwrap_or_else(|| Path::new(".")), what)?;
        }
        #[expect(
            deprecated,
            reason = "the other way is unsafe, and a descriptor that is owned is what it asks for"
        )]
        AsyncFd::new(watch).map(Self)
    }

    /// # Cancel safety
    /// Safe: what changed is told by the next call.
    async fn changed(&self) -> io::Result<()> {
        let mut ready = self.0.readable().await?;
        // What changed is not asked: the files are read, and compared.
        let mut events = [0; 4096];
        while rustix::io::read(&self.0, &mut events).is_ok_and(|count| count > 0) {}
        ready.clear_ready();
        Ok(())
    }
}

const UNUSABLE: &str = "certificate_unusable";
const EXPIRES: &str = "certificate_expires";

const DAY_S: i64 = 24 * 60 * 60;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Time enough to get a new one.
const WARNING_DAYS: i64 = 30;

/// The page stops soon.
const CRITICAL_DAYS: i64 = 7;

const SETTLING: Duration = Duration::from_millis(300);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_certificate_is_told_thirty_days_before_and_is_critical_in_the_last_week() {
        let told = |left_s| told_of(1_000_000_000, 1_000_000_000 - left_s);
        assert_eq!(told(30 * DAY_S), None);
        let text = |days: i64, unit| format!("the certificate of HTTPS ends in {days} {unit}");
        assert_eq!(told(30 * DAY_S - 1), Some((false, text(29, "days"))));
        assert_eq!(told(7 * DAY_S), Some((false, text(7, "days"))));
        assert_eq!(told(7 * DAY_S - 1), Some((true, text(6, "days"))));
        assert_eq!(told(DAY_S), Some((true, text(1, "day"))));
        let (critical, over) = told(0).unwrap();
        assert!(critical && over.contains("has ended"), "{over}");
    }
}
