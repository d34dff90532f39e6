//! `venued setup`: the set-up of a new venue in a terminal, or by a script.
//!
//! It asks first and writes then. The daemon is not asked, as it may not run yet: it finds what it was told here at its
//! next start, and carries it out as one change ([`LiveSetup`](crate::setup::LiveSetup)).

use std::{
    fmt::Write as _,
    io,
    path::{Path, PathBuf},
};

use clap::Args;
use snafu::{OptionExt, ResultExt, ensure};
use venue_auth::{NewPin, SecretHash, TokenName};
use venue_domain::Timestamp;
use venue_registry::{TimeZoneName, Venue};

use crate::{
    config_path::CONFIGURATION,
    setup::files::{self, Prepared, PreparedPerson},
    tls_init::{self, TlsInitArgs},
};

mod configuration;
mod error;
mod questions;

use configuration::{EVERYWHERE, Found, Listen};
use error::{
    CertificateSnafu, HashingSnafu, ListenSnafu, NameSnafu, PinSnafu, PreparingSnafu,
    SameNameSnafu, UnnamedSnafu, WritingSnafu, ZoneSnafu,
};
use questions::{Input, Questions};

pub use error::SetupError;

/// What `venued setup` is given. What is not given is asked for.
#[derive(Debug, Args)]
pub(crate) struct SetupArgs {
    /// The configuration file.
    #[arg(long, env = "VENUED_CONFIG", default_value = CONFIGURATION)]
    config: PathBuf,
    /// Name of the venue.
    #[arg(long)]
    name: Option<String>,
    /// Time zone of the venue, such as Australia/Sydney [default: that of this machine].
    #[arg(long, value_name = "ZONE")]
    tz: Option<String>,
    /// Address at which tablets reach the page over HTTPS, or `none` to serve this machine alone.
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// More names and addresses of this machine for the certificate, such as venue.lan.
    #[arg(long = "tls-name", value_name = "NAME")]
    tls_names: Vec<String>,
    /// Name of the first admin.
    #[arg(long, value_name = "NAME")]
    admin: Option<String>,
    /// File with the PIN or password of the admin; - for a line of stdin.
    #[arg(long, value_name = "FILE")]
    admin_password_file: Option<PathBuf>,
    /// Name with which the staff sign in; empty for nobody.
    #[arg(long, value_name = "NAME")]
    staff: Option<String>,
    /// File with the PIN or password of the staff; - for a line of stdin.
    #[arg(long, value_name = "FILE")]
    staff_password_file: Option<PathBuf>,
    /// Asks nothing: what is needed and not given is an error.
    #[arg(long)]
    non_interactive: bool,
    /// Writes the configuration file anew where it says already how the page is served. The old one is kept beside it.
    #[arg(long)]
    overwrite: bool,
}

/// Asks, writes, and answers with what to print.
pub(crate) fn run(args: &SetupArgs, now: Timestamp) -> Result<String, SetupError> {
    carry_out(args, now, &mut Input::terminal(args.non_interactive))
}

fn carry_out(
    args: &SetupArgs,
    now: Timestamp,
    input: &mut Input<'_>,
) -> Result<String, SetupError> {
    let found = Found::read(&args.config)?;
    let is_claimable = files::may_be_claimed(&found.store);
    let mut questions = Questions { input };
    let listen = match found.is_served() && !args.overwrite {
        true => Listen::AsItIs,
        false => listen(args, &mut questions)?,
    };
    let prepared = is_claimable.then(|| prepared(args, &mut questions)).transpose()?;
    // From here on nothing is asked.
    let mut told = String::new();
    let files = tls(args, &found, &listen, now, &mut told)?;
    match &listen {
        Listen::AsItIs => told.push_str(&found.as_it_is()),
        Listen::Here | Listen::At(_) => {
            told.push_str(&found.write(&listen, files.as_ref(), args.overwrite)?);
        }
    }
    match &prepared {
        Some(prepared) => {
            prepare(&found.store, prepared)?;
            told.push_str(&people(prepared));
        }
        None => told.push_str(SET_UP_ALREADY),
    }
    told.push_str(&next(&listen, prepared.is_some(), &found));
    Ok(told)
}

/// Keeps it for the next start of the daemon, whose user alone reads it.
fn prepare(store: &Path, prepared: &Prepared) -> Result<(), SetupError> {
    let path = files::prepared_of(store);
    let text = serde_json::to_string(prepared).map_err(io::Error::other);
    let text = text.context(WritingSnafu { path: &path })?;
    let folder = tls_init::folder_of(store);
    tls_init::folder(folder, 0o700).context(PreparingSnafu)?;
    tls_init::write(&path, &text, 0o600).context(PreparingSnafu)
}

fn listen(args: &SetupArgs, questions: &mut Questions<'_, '_>) -> Result<Listen, SetupError> {
    let asked = "Address of the page for tablets, over HTTPS (none: this machine alone)";
    let text = questions.text(args.listen.as_deref(), "--listen", asked, Some(EVERYWHERE))?;
    match text.as_str() {
        "none" => Ok(Listen::Here),
        text => text.parse().map(Listen::At).ok().context(ListenSnafu { text }),
    }
}

fn prepared(args: &SetupArgs, questions: &mut Questions<'_, '_>) -> Result<Prepared, SetupError> {
    let name = questions.text(args.name.as_deref(), "--name", "Name of the venue", None)?;
    ensure!(!name.is_empty(), UnnamedSnafu);
    let here = machine_zone();
    let zone = questions.text(args.tz.as_deref(), "--tz", "Time zone", Some(&here))?;
    let time_zone: TimeZoneName = zone.parse().context(ZoneSnafu)?;
    let admin = questions.text(args.admin.as_deref(), "--admin", "Name of the admin", None)?;
    let admin: TokenName = admin.parse().context(NameSnafu { flag: "--admin" })?;
    let file = args.admin_password_file.as_deref();
    let secret = pin(questions, file, "--admin-password-file", admin.as_str())?;
    let admin = PreparedPerson { name: admin, secret };
    let asked = "Name with which the staff sign in (empty: nobody yet)";
    let staff = questions.text(args.staff.as_deref(), "--staff", asked, Some(""))?;
    let staff = match staff.as_str() {
        "" => None,
        staff => {
            let name: TokenName = staff.parse().context(NameSnafu { flag: "--staff" })?;
            let lower = |name: &TokenName| name.as_str().to_lowercase();
            ensure!(lower(&name) != lower(&admin.name), SameNameSnafu);
            let file = args.staff_password_file.as_deref();
            let secret = pin(questions, file, "--staff-password-file", name.as_str())?;
            Some(PreparedPerson { name, secret })
        }
    };
    let venue = Venue { name: Some(name), time_zone: Some(time_zone), ..Venue::default() };
    Ok(Prepared { venue, admin, staff })
}

fn pin(
    questions: &mut Questions<'_, '_>,
    file: Option<&Path>,
    flag: &'static str,
    name: &str,
) -> Result<SecretHash, SetupError> {
    let pin = questions.secret(file, flag, &format!("PIN or password of {name}"), |text| {
        text.parse::<NewPin>().context(PinSnafu { flag })
    })?;
    SecretHash::of(&pin).context(HashingSnafu)
}

/// That of `/etc/localtime`, or UTC.
fn machine_zone() -> String {
    let zone = jiff::tz::TimeZone::try_system().ok();
    let name = zone.as_ref().and_then(|zone| zone.iana_name());
    name.unwrap_or("UTC").to_owned()
}

/// The certificate and its key, where the page is served encrypted: those that are there, or new ones.
fn tls(
    args: &SetupArgs,
    found: &Found,
    listen: &Listen,
    now: Timestamp,
    told: &mut String,
) -> Result<Option<(PathBuf, PathBuf)>, SetupError> {
    let Listen::At(_) = listen else { return Ok(None) };
    let folder = tls_init::folder_of(&found.store).join("tls");
    let authority = found.folder().join(AUTHORITY);
    let pair = (folder.join("server.pem"), folder.join("server.key"));
    let ca = authority.join(tls_init::CA);
    if pair.0.exists() && pair.1.exists() {
        let _written = writeln!(told, "certificate    {} is there already", pair.0.display());
    } else {
        let init = TlsInitArgs::of(args.tls_names.clone(), folder, authority);
        tls_init::init(&init, now).context(CertificateSnafu)?;
        let _written = writeln!(
            told,
            "certificate    {}, of the authority {}",
            pair.0.display(),
            ca.display()
        );
    }
    Ok(Some(pair))
}

fn people(prepared: &Prepared) -> String {
    let name = prepared.venue.name.as_deref().unwrap_or_default();
    let zone = prepared.venue.time_zone.as_ref().map(TimeZoneName::as_str).unwrap_or_default();
    let mut told =
        format!("venue          {name}, {zone}\nadmin          {}\n", prepared.admin.name);
    if let Some(staff) = &prepared.staff {
        let _written = writeln!(told, "staff          {}", staff.name);
    }
    told
}

fn next(listen: &Listen, is_prepared: bool, found: &Found) -> String {
    let secure = match listen {
        Listen::AsItIs => found.secure(),
        Listen::Here => None,
        Listen::At(address) => Some(*address),
    };
    let again = found.given().map_or_else(
        || "sudo systemctl restart venued".to_owned(),
        |path| format!("start venued again: venued --config {path}"),
    );
    let address = match (secure, listen) {
        (Some(address), _) => tls_init::page_at(address),
        (None, Listen::AsItIs) => "the address in [http] of the configuration".to_owned(),
        (None, Listen::Here | Listen::At(_)) => "http://127.0.0.1:8080/ on this machine".to_owned(),
    };
    let what = if is_prepared {
        "sign in as the admin and find the boards: Set-up, Boards"
    } else {
        "sign in"
    };
    let mut told = format!(
        "\nNext:\n  {again}    # it does what was said here\n  open {address} and {what}\n"
    );
    if secure.is_some_and(|at| !at.ip().is_loopback()) {
        let _written = write!(told, "\nTablets open {address} and sign in.\n");
    } else {
        let flag = found.given().map_or_else(String::new, |path| format!(" --config {path}"));
        let _written = write!(
            told,
            "\nNo tablet gets in: this machine alone is served. A proxy here lets them in, or `venued setup{flag} --overwrite \
             --listen {EVERYWHERE}`.\n"
        );
    }
    let ca = found.folder().join(AUTHORITY).join(tls_init::CA);
    if secure.is_some() && ca.exists() {
        let _written = write!(told, "\n{}", tls_init::trust(&ca));
    }
    told
}

/// The folder of the venue's own authority, beside the configuration file.
const AUTHORITY: &str = "authority";

const SET_UP_ALREADY: &str = "venue          it is set up already: `venuectl venue set` and `venuectl person add` change it\n";

#[cfg(test)]
mod tests;
