//! `venued tls init`: an authority of the venue's own, and a certificate for this machine.

use std::{
    fs::{self, File, OpenOptions, Permissions},
    io::{self, Write},
    net::{IpAddr, SocketAddr},
    os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, fchown, lchown},
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Args;
use snafu::{ResultExt, Snafu, ensure};
use venue_domain::Timestamp;
use venue_tls::{
    TlsError,
    authority::{Authority, Subject},
};

/// What `venued tls init` is given.
#[derive(Debug, Args)]
pub(crate) struct TlsInitArgs {
    /// More names and addresses under which clients reach this machine, such as venue.lan.
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// The folder for the certificate and its key, where the daemon can read them.
    #[arg(long, value_name = "FOLDER", default_value = "/var/lib/venued/tls")]
    folder: PathBuf,
    /// The folder of the authority, where the daemon need not read anything.
    #[arg(long, value_name = "FOLDER", default_value = "/etc/venued/authority")]
    authority: PathBuf,
    /// Replaces the certificate by a new one of the same authority: tablets need not be touched.
    #[arg(long)]
    renew: bool,
}

impl TlsInitArgs {
    /// A new certificate for this machine, and for `names`.
    pub(crate) const fn of(names: Vec<String>, folder: PathBuf, authority: PathBuf) -> Self {
        Self { names, folder, authority, renew: false }
    }
}

/// What `venued tls trust` is given.
#[derive(Debug, Args)]
pub(crate) struct TlsTrustArgs {
    /// The folder of the authority.
    #[arg(long, value_name = "FOLDER", default_value = "/etc/venued/authority")]
    authority: PathBuf,
}

/// Why no certificate was made.
#[derive(Debug, Snafu)]
#[non_exhaustive]
pub enum TlsInitError {
    /// A file or folder cannot be read.
    #[snafu(display("cannot read {}", path.display()))]
    Reading {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file or folder cannot be written.
    #[snafu(display("cannot write {}", path.display()))]
    Writing {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// No certificate can be for this.
    #[snafu(display(
        "{name:?} is neither a name such as venue.lan nor an address such as 10.0.0.5, without https:// and port"
    ))]
    Name {
        /// What was given.
        name: String,
    },
    /// There is a certificate already.
    #[snafu(display(
        "{} is there already: `venued tls init --renew` replaces it", path.display()
    ))]
    Exists {
        /// The certificate.
        path: PathBuf,
    },
    /// One of the two files of the authority is missing.
    #[snafu(display(
        "{} is missing, and the other file of the authority is there: put it back, or take both away for a \
         new authority, which each tablet has to be told to trust",
        path.display()
    ))]
    Half {
        /// What is missing.
        path: PathBuf,
    },
    /// There is nobody to trust.
    #[snafu(display("there is no authority in {}: `venued tls init` makes one", folder.display()))]
    NoAuthority {
        /// Where it would be.
        folder: PathBuf,
    },
    /// A certificate cannot be made.
    #[snafu(display("cannot make the certificate"))]
    Make {
        /// Why.
        source: TlsError,
    },
}

impl TlsInitError {
    /// The codes of `venuectl`: 5 for what is there already, 3 for what is not, 2 for what was given wrong, 1 otherwise.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Exists { .. } => 5.into(),
            Self::NoAuthority { .. } => 3.into(),
            Self::Name { .. } => 2.into(),
            Self::Reading { .. } | Self::Writing { .. } | Self::Half { .. } | Self::Make { .. } => {
                ExitCode::FAILURE
            }
        }
    }
}

/// Makes what is missing, and answers with what to print.
pub(crate) fn init(args: &TlsInitArgs, now: Timestamp) -> Result<String, TlsInitError> {
    let now = now.unix_ms().div_euclid(1_000);
    let (certificate, key) = (args.folder.join("server.pem"), args.folder.join("server.key"));
    ensure!(args.renew || !certificate.exists(), ExistsSnafu { path: certificate });
    let is_wrong =
        |name: &&String| venue_tls::server_name(name.strip_prefix("*.").unwrap_or(name)).is_err();
    if let Some(name) = args.names.iter().find(is_wrong) {
        return NameSnafu { name }.fail();
    }
    let authority = authority(&args.authority, now)?;
    let kept = if args.renew { kept_of(&certificate) } else { Vec::new() };
    let subject = subject(&[args.names.clone(), kept].concat());
    let issued = authority.issue(&subject, now).context(MakeSnafu)?;
    folder(&args.folder, 0o755)?;
    write(&key, &issued.key, 0o600)?;
    write(&certificate, &issued.certificate, 0o644)?;
    let names: Vec<String> = subject
        .names
        .into_iter()
        .chain(subject.addresses.iter().map(ToString::to_string))
        .collect();
    let days = (issued.ends_at - now) / (24 * 60 * 60);
    Ok(told(&args.authority.join(CA), &certificate, &key, &names.join(", "), days))
}

/// The names and addresses of a certificate that is to be replaced: whoever was told one of them finds the machine under
/// it still. None where it cannot be read: that is why it is replaced.
fn kept_of(certificate: &Path) -> Vec<String> {
    let read = fs::read(certificate).ok().and_then(|text| venue_tls::subject_of(&text).ok());
    let Subject { names, addresses } = read.unwrap_or_default();
    names.into_iter().chain(addresses.iter().map(ToString::to_string)).collect()
}

/// How others are told to trust the authority that is there.
pub(crate) fn trusted(args: &TlsTrustArgs) -> Result<String, TlsInitError> {
    let ca = args.authority.join(CA);
    ensure!(ca.exists(), NoAuthoritySnafu { folder: &args.authority });
    Ok(trust(&ca))
}

/// The authority of `place`, or a new one.
fn authority(place: &Path, now: i64) -> Result<Authority, TlsInitError> {
    let (certificate, key) = (place.join(CA), place.join("ca.key"));
    match (certificate.exists(), key.exists()) {
        (true, true) => {
            let read = |path: &Path| fs::read_to_string(path).context(ReadingSnafu { path });
            Authority::from_pem(&read(&certificate)?, &read(&key)?).context(MakeSnafu)
        }
        (false, false) => {
            let host = host_name();
            let made = Authority::make(&format!("Venue control of {host}"), now);
            let made = made.context(MakeSnafu)?;
            folder(place, 0o755)?;
            write(&key, made.key(), 0o600)?;
            write(&certificate, made.certificate(), 0o644)?;
            Ok(made)
        }
        (true, false) => HalfSnafu { path: key }.fail(),
        (false, true) => HalfSnafu { path: certificate }.fail(),
    }
}

/// This machine, under all its names and addresses, and what was given.
fn subject(more: &[String]) -> Subject {
    let host = host_name();
    let mut subject = Subject::default();
    let mut add = |text: &str| match text.parse::<IpAddr>() {
        Ok(address) if !subject.addresses.contains(&address) => subject.addresses.push(address),
        Err(_) if !text.is_empty() && !subject.names.iter().any(|known| known == text) => {
            subject.names.push(text.to_owned());
        }
        Ok(_) | Err(_) => {}
    };
    more.iter().for_each(|name| add(name));
    add(&host);
    if !host.contains('.') && !host.is_empty() {
        add(&format!("{host}.local"));
    }
    ["localhost", "127.0.0.1", "::1"].into_iter().for_each(&mut add);
    // Without its addresses it is reached by its names.
    for interface in if_addrs::get_if_addrs().unwrap_or_default() {
        let is_kept = match interface.ip() {
            IpAddr::V4(_) => true,
            // It needs a zone, which no certificate has.
            IpAddr::V6(ip) => !ip.is_unicast_link_local(),
        };
        if is_kept {
            add(&interface.ip().to_string());
        }
    }
    subject
}

/// Where a browser finds the page that is served encrypted at `listen`.
pub(crate) fn page_at(listen: SocketAddr) -> String {
    match listen.ip().is_unspecified() {
        true => format!("https://{}:{}/", host_name(), listen.port()),
        false => format!("https://{listen}/"),
    }
}

/// What this machine is called.
pub(crate) fn host_name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// Makes the folder, if it is not there; one that is there keeps its owner and mode.
pub(crate) fn folder(path: &Path, mode: u32) -> Result<(), TlsInitError> {
    if path.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(path).context(WritingSnafu { path })?;
    fs::set_permissions(path, Permissions::from_mode(mode)).context(WritingSnafu { path })?;
    let given = owner_for(folder_of(path)).and_then(|owner| match owner {
        Some((user, group)) => lchown(path, Some(user), Some(group)),
        None => Ok(()),
    });
    given.context(WritingSnafu { path })
}

/// Writes a file in the place of the old one, at once, as the owner of its folder: where root makes it, the
/// daemon can read it.
pub(crate) fn write(path: &Path, text: &str, mode: u32) -> Result<(), TlsInitError> {
    let fresh = path.with_extension("new");
    let written = || {
        // What an earlier try left may have another owner, or be a link to somewhere.
        if fresh.symlink_metadata().is_ok() {
            fs::remove_file(&fresh)?;
        }
        let mut file: File =
            OpenOptions::new().write(true).create_new(true).mode(mode).open(&fresh)?;
        file.set_permissions(Permissions::from_mode(mode))?;
        if let Some((user, group)) = owner_for(folder_of(path))? {
            // By the file that is open: who owns the folder could have put a link in its place meanwhile.
            fchown(&file, Some(user), Some(group))?;
        }
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&fresh, path)
    };
    written().context(WritingSnafu { path })
}

/// The folder of a file, by a name that can be opened: for `tls` that is `.`, and not nothing.
pub(crate) fn folder_of(path: &Path) -> &Path {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or_else(|| Path::new("."))
}

/// To whom what root makes in `folder` is given; nobody where it is not root who makes it.
fn owner_for(folder: &Path) -> io::Result<Option<(u32, u32)>> {
    let owner = fs::metadata(folder)?;
    Ok(rustix::process::geteuid().is_root().then(|| (owner.uid(), owner.gid())))
}

fn told(ca: &Path, certificate: &Path, key: &Path, names: &str, days: i64) -> String {
    let trust = trust(ca);
    let (ca, certificate, key) = (ca.display(), certificate.display(), key.display());
    format!(
        "\
authority    {ca}
certificate  {certificate}
for          {names}
good for     {days} days; `venued tls init --renew` makes the next one, and an alert reminds of it

Put this into venued.toml, where it is not there yet, and restart venued. Without a token nobody gets in over the network:
`venuectl token create NAME --role admin` makes the first one.

  [http]
  require_tokens = true
  tls = {{ listen = \"0.0.0.0:8443\", certificate_file = \"{certificate}\", key_file = \"{key}\" }}

{trust}"
    )
}

/// How others are told to trust the authority whose certificate is in the file `ca`.
pub(crate) fn trust(ca: &Path) -> String {
    let ca = ca.display();
    format!(
        "\
Tablets trust the page when they trust the authority. Copy {ca} to each of them:
  iPad      open the file; Settings > General > VPN & Device Management > install it; then
            Settings > General > About > Certificate Trust Settings > switch it on
  Android   Settings > Security > Encryption & credentials > Install a certificate > CA certificate
  Windows   open the file; Install Certificate > Local Machine > Trusted Root Certification Authorities
  venuectl  venuectl --server https://HOST:8443 --ca {ca} status

Whoever has ca.key can pretend to be any site to those tablets: keep it here, or on a stick in a drawer.
"
    )
}

/// What others are told to trust.
pub(crate) const CA: &str = "ca.pem";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::certificate_files::CertificateFiles;

    fn args(folder: &Path, renew: bool) -> TlsInitArgs {
        let names = vec!["venue.example".to_owned(), "10.9.8.7".to_owned()];
        let (folder, authority) = (folder.join("tls"), folder.join("authority"));
        TlsInitArgs { names, folder, authority, renew }
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o777
    }

    #[test]
    fn it_makes_a_pair_that_is_usable_with_keys_that_nobody_else_can_read() {
        let place = tempfile::tempdir().unwrap();
        let now = Timestamp::from_unix_ms(1_790_000_000_000);
        let told = init(&args(place.path(), false), now).unwrap();
        for part in ["venue.example", "10.9.8.7", "localhost", "127.0.0.1", "::1", "820 days"] {
            assert!(told.contains(part), "{told}");
        }
        let (tls, authority) = (place.path().join("tls"), place.path().join("authority"));
        for key in [tls.join("server.key"), authority.join("ca.key")] {
            assert_eq!(mode(&key), 0o600, "{}", key.display());
        }
        let files =
            CertificateFiles { certificate: tls.join("server.pem"), key: tls.join("server.key") };
        assert_eq!(files.read().unwrap().ends_at(), 1_790_000_000 + 820 * 24 * 60 * 60);
    }

    #[test]
    fn what_no_certificate_can_be_for_is_refused() {
        let place = tempfile::tempdir().unwrap();
        for name in ["https://venue.lan", "bad name", "venue.lan:8443", "a..b", "-- -x", ""] {
            let names = vec![name.to_owned()];
            let error = init(
                &TlsInitArgs { names, ..args(place.path(), false) },
                Timestamp::from_unix_ms(0),
            );
            assert!(matches!(error, Err(TlsInitError::Name { .. })), "{name}");
        }
        assert!(!place.path().join("tls").exists(), "nothing is made");
    }

    #[test]
    fn a_file_without_a_folder_is_in_this_one() {
        assert_eq!(folder_of(Path::new("tls")), Path::new("."));
        assert_eq!(folder_of(Path::new("/etc/venued/authority")), Path::new("/etc/venued"));
    }

    #[test]
    fn a_certificate_is_replaced_when_it_is_asked_for_and_the_authority_stays() {
        let place = tempfile::tempdir().unwrap();
        let now = Timestamp::from_unix_ms(1_790_000_000_000);
        init(&args(place.path(), false), now).unwrap();
        let read = |name: &str| fs::read(place.path().join(name)).unwrap();
        let trusting = |authority| trusted(&TlsTrustArgs { authority });
        assert!(trusting(place.path().join("authority")).unwrap().contains("iPad"));
        let nobody = trusting(place.path().join("tls")).unwrap_err().to_string();
        assert!(nobody.contains("there is no authority in "), "{nobody}");
        let (ca, old) = (read("authority/ca.pem"), read("tls/server.pem"));
        let again = init(&args(place.path(), false), now).unwrap_err();
        assert!(again.to_string().contains("--renew"), "{again}");
        let renewed = TlsInitArgs { names: vec!["bar.lan".to_owned()], ..args(place.path(), true) };
        let told = init(&renewed, now).unwrap();
        for name in ["bar.lan", "venue.example", "10.9.8.7"] {
            assert!(told.contains(name), "what it was for it is for: {told}");
        }
        assert_eq!(read("authority/ca.pem"), ca);
        assert_ne!(read("tls/server.pem"), old);
        fs::remove_file(place.path().join("authority/ca.key")).unwrap();
        let half = init(&args(place.path(), true), now).unwrap_err().to_string();
        assert!(half.contains("ca.key is missing"), "{half}");
    }
}
