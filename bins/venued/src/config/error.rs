//! Why a configuration cannot be used.

use std::{io, net::SocketAddr, path::PathBuf};

use esphome_pool::codec::PskError;
use snafu::Snafu;
use venue_auth::ListenError;
use venue_domain::{Hostname, PortIndex, misread};
use venue_http::NoProxy;
use venue_schedule::RecurrenceError;
use venue_tls::TlsError;

use crate::{certificate_files::CertificateError, sealed::SealError};

/// Why a configuration cannot be used.
#[derive(Debug, Snafu)]
#[snafu(visibility(pub(super)))]
#[non_exhaustive]
pub enum ConfigError {
    /// The file cannot be read.
    #[snafu(display("cannot read {}", path.display()))]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is not TOML, or has an unknown key or a wrong value. The line itself is not
    /// quoted, as the parser would: it may hold a key.
    #[snafu(display("cannot use {origin}: line {line}, column {column}: {message}"))]
    Parse {
        /// The file, or another name for the text.
        origin: String,
        /// Its line, counted from 1.
        line: usize,
        /// Its column in characters, counted from 1.
        column: usize,
        /// What is wrong there.
        message: String,
    },
    /// An address that others reach, without the protection that it needs.
    #[snafu(transparent)]
    Listen {
        /// Why.
        source: ListenError,
    },
    /// HTTPS on the network, without tokens.
    #[snafu(display(
        "http.tls.listen = {listen} is reachable from the network: set http.require_tokens = true; TLS keeps \
         others from listening, and tokens say who may do what"
    ))]
    TlsOpen {
        /// The address.
        listen: SocketAddr,
    },
    /// No place of a certificate or a key, or two.
    #[snafu(display("http.tls: give one of {what}_file and {what}_credential"))]
    TlsFiles {
        /// Which of the two.
        what: &'static str,
    },
    /// There is no such credential, or there are none at all.
    #[snafu(display(
        "http.tls.{what}_credential = {name:?} names no credential: systemd hands over those of LoadCredential= \
         in the unit"
    ))]
    TlsCredential {
        /// Which of the two.
        what: &'static str,
        /// The name that was given.
        name: String,
    },
    /// The certificate cannot be used.
    #[snafu(display("the certificate of http.tls is wrong"))]
    Certificate {
        /// Why.
        source: CertificateError,
    },
    /// Whom a webhook trusts cannot be read, or there is nobody.
    #[snafu(display("a [[webhook]] is wrong: its ca_file cannot be used"))]
    WebhookCa {
        /// Why.
        source: TlsError,
    },
    /// What is listed as a name of the service is none.
    #[snafu(display(
        "http.allowed_hosts has {text:?}: give a name such as \"venue.example\", without port"
    ))]
    AllowedHost {
        /// What was given.
        text: String,
    },
    /// Backups that leave the machine would be open to whoever finds them.
    #[snafu(display(
        "backup.folder needs one of backup.passphrase_file and backup.passphrase_credential: a backup holds the keys \
         of boards, and leaves the machine only encrypted"
    ))]
    BackupPassphrase,
    /// There is a passphrase for nothing.
    #[snafu(display(
        "backup.folder is missing: the passphrase is for the backups that are copied there"
    ))]
    BackupFolder,
    /// There is no such credential, or there are none at all.
    #[snafu(display(
        "backup.passphrase_credential = {name:?} names no credential: systemd hands over those of LoadCredential= in \
         the unit"
    ))]
    BackupCredential {
        /// The name that was given.
        name: String,
    },
    /// The passphrase cannot be used.
    #[snafu(display("[backup] is wrong"))]
    Passphrase {
        /// Why.
        source: SealError,
    },
    /// Everybody on the machine could open the backups.
    #[snafu(display(
        "backup.passphrase_file: every user of this machine can read {path}: `chmod 600 {path}`",
        path = path.display()
    ))]
    PassphraseOpen {
        /// The file.
        path: PathBuf,
    },
    /// What is listed as a proxy is none.
    #[snafu(display("http.trusted_proxies: {source}"))]
    TrustedProxy {
        /// Why.
        source: NoProxy,
    },
    /// A direct try that is too short for any evidence, or longer than anybody waits.
    #[snafu(display("{key} = {ms} makes no sense: give 200 to 60000"))]
    Patience {
        /// The key.
        key: &'static str,
        /// What was given.
        ms: u64,
    },
    /// System commands would wait for so long that nobody connects what they do with what was asked.
    #[snafu(display("queue.system_delay_s = {delay_s} makes no sense: give 0 to 3600"))]
    SystemDelay {
        /// What was given.
        delay_s: u64,
    },
    /// Two devices have the same hostname.
    #[snafu(display("device {hostname} is configured twice"))]
    DuplicateDevice {
        /// The hostname.
        hostname: Hostname,
    },
    /// Two entries of a device are for the same port.
    #[snafu(display("device {hostname}: port {port} is configured twice"))]
    DuplicatePort {
        /// The device.
        hostname: Hostname,
        /// The port.
        port: PortIndex,
    },
    /// What says how a port is driven does not fit together.
    #[snafu(display("device {hostname}, port {port}: {field}: {detail}"))]
    PortField {
        /// The device.
        hostname: Hostname,
        /// The port.
        port: PortIndex,
        /// The field.
        field: String,
        /// What is wrong, and what would be right.
        detail: String,
    },
    /// A port entry for the board itself.
    #[snafu(display("device {hostname}: a TV has a port from 1 to 5; port 0 is the board itself"))]
    BoardPort {
        /// The device.
        hostname: Hostname,
    },
    /// The address is malformed.
    #[snafu(display(
        "device {hostname}: address = {text:?} is not a host or host:port such as 10.0.0.7:6053"
    ))]
    Address {
        /// The device.
        hostname: Hostname,
        /// What was given.
        text: String,
    },
    /// The MAC address is malformed.
    #[snafu(display(
        "device {hostname}: mac = {text:?} is no MAC address such as a1:b2:c3:d4:e5:f6"
    ))]
    Mac {
        /// The device.
        hostname: Hostname,
        /// What was given.
        text: String,
    },
    /// A webhook that cannot be called. What it has, which may be secret, is not shown.
    #[snafu(display("a [[webhook]] is wrong: {detail}"))]
    Webhook {
        /// What would be right.
        detail: &'static str,
    },
    /// A task that there is not.
    #[snafu(display("a [[system_task]] is wrong: there is no task {task:?}: there are {known}"))]
    SystemTask {
        /// What was named.
        task: String,
        /// What there is.
        known: String,
    },
    /// A task runs never, or in two ways.
    #[snafu(display(
        "the [[system_task]] {task} is wrong: give either every_s, with 0 for only when it is asked \
         for, or cron with its zone, such as cron = \"0 4 * * *\" and zone = \"Europe/Berlin\""
    ))]
    TaskTrigger {
        /// The task.
        task: &'static str,
    },
    /// A task has a pattern that is none.
    #[snafu(display("the [[system_task]] {task} is wrong: {}", source.field()))]
    TaskCron {
        /// The task.
        task: &'static str,
        /// Why.
        source: RecurrenceError,
    },
    /// A time that nobody waits for.
    #[snafu(display("{key} is too long: give at most 60000"))]
    Timing {
        /// The key.
        key: String,
    },
    /// Both ways of giving a key.
    #[snafu(display(
        "device {hostname}: give one of noise_psk, noise_psk_file and noise_psk_credential"
    ))]
    TwoKeys {
        /// The device.
        hostname: Hostname,
    },
    /// The key file cannot be read.
    #[snafu(display("device {hostname}: cannot read its key from {}", path.display()))]
    ReadKey {
        /// The device.
        hostname: Hostname,
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There is no such credential, or there are none at all.
    #[snafu(display(
        "device {hostname}: noise_psk_credential = \"{name}\" names no credential: systemd hands over \
         those of LoadCredential= in the unit, as files in $CREDENTIALS_DIRECTORY"
    ))]
    Credential {
        /// The device.
        hostname: Hostname,
        /// The name that was given.
        name: String,
    },
    /// The key is malformed. The key itself is never shown.
    #[snafu(display("device {hostname}: the Noise key is wrong"))]
    Key {
        /// The device.
        hostname: Hostname,
        /// What is wrong with it.
        source: PskError,
    },
    /// A duration that must not be zero.
    #[snafu(display("{key} = 0 makes no sense: give at least 1"))]
    Zero {
        /// The key.
        key: &'static str,
    },
    /// A keepalive that would drop every session.
    #[snafu(display(
        "pool.keepalive_dead_after_ms = {dead_after_ms} must be more than \
         pool.keepalive_interval_ms = {interval_ms}"
    ))]
    Keepalive {
        /// The interval.
        interval_ms: u64,
        /// The time after which a session is dead.
        dead_after_ms: u64,
    },
}

impl ConfigError {
    /// What the parser says of `text`, without what it quotes.
    pub(super) fn parse(origin: &str, text: &str, error: &toml::de::Error) -> Self {
        let place = error.span().map_or(0, |span| span.start);
        let before = text.get(..place).unwrap_or(text);
        let last = before.rsplit('\n').next().unwrap_or(before);
        Self::Parse {
            origin: origin.to_owned(),
            line: before.matches('\n').count() + 1,
            column: last.chars().count() + 1,
            message: misread(&error.message().replace('\n', ", ")),
        }
    }
}
