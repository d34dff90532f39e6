//! Why a run has no answer, or one that is a problem.

use std::{io, iter, path::PathBuf, time::Duration};

use hyper::body::Bytes;
use snafu::Snafu;
use venue_api::Problem;
use venue_domain::{BatchId, Hostname};

use crate::{
    exit::Exit,
    format::harmless,
    intent::Intent,
    origin::Origin,
    server_url::{ServerUrl, ServerUrlError},
};

/// Why there is no good answer.
#[derive(Debug, Snafu)]
#[snafu(visibility(pub(crate)))]
pub(crate) enum Failure {
    /// The runtime cannot start.
    #[snafu(display("cannot start: the system refused a thread or a timer: {source}"))]
    System { source: io::Error },
    /// No connection was made.
    #[snafu(display("cannot reach the daemon at {server}: {source}; {origin}"))]
    Connect { server: ServerUrl, origin: Origin, source: io::Error },
    /// No connection was made in time.
    #[snafu(display("cannot reach the daemon at {server} within {limit:?}; {origin}"))]
    ConnectTimeout { server: ServerUrl, origin: Origin, limit: Duration },
    /// The connection ended before the answer did.
    #[snafu(display("{}the connection to {server} broke: {source}", intent.doubt()))]
    Lost { server: ServerUrl, intent: Intent, source: hyper::Error },
    /// The answer did not come in time.
    #[snafu(display(
        "{}no answer from {server} within {limit:?}; the daemon is busy or stuck",
        intent.doubt()
    ))]
    NoAnswer { server: ServerUrl, intent: Intent, limit: Duration },
    /// The answer is larger than any that the daemon gives.
    #[snafu(display("{}{server} answered with more than {limit} bytes; {CHECK}", intent.doubt()))]
    TooLarge { server: ServerUrl, intent: Intent, limit: usize },
    /// The answer is not one of the daemon's.
    #[snafu(display(
        "{}{server} answered {status}, but not as venued does; {CHECK}",
        if self.has_unknown_outcome() { intent.doubt() } else { "" }
    ))]
    Unreadable { server: ServerUrl, intent: Intent, status: u16, source: serde_json::Error },
    /// The daemon answered with a problem.
    #[snafu(display(
        "{}{}",
        if self.has_unknown_outcome() { "outcome unknown: " } else { "" },
        problem_text(problem)
    ))]
    Problem { problem: Box<Problem>, document: Bytes, intent: Intent },
    /// It is not known whether a new batch was accepted; its name is.
    #[snafu(display("{source}; `venuectl batch get {batch}` shows whether it was accepted"))]
    Batch { batch: BatchId, source: Box<Self> },
    /// A request cannot be put into words of HTTP.
    #[snafu(display("cannot form the request: {source}"))]
    Request { source: hyper::http::Error },
    /// A file or an argument is wrong; the daemon was not asked.
    #[snafu(transparent)]
    Input { source: InputError },
    /// A body cannot be put into JSON.
    #[snafu(display("cannot form the request: {source}"))]
    RequestBody { source: serde_json::Error },
}

/// Why no request was made.
#[derive(Debug, Snafu)]
#[snafu(visibility(pub(crate)))]
pub(crate) enum InputError {
    /// A file cannot be read.
    #[snafu(display("cannot read {}: {source}", path.display()))]
    File { path: PathBuf, source: io::Error },
    /// A file holds no token.
    #[snafu(display("{} contains no token", path.display()))]
    Token { path: PathBuf },
    /// Nobody can be trusted.
    #[snafu(display("--ca: {source}"))]
    Ca { source: venue_tls::TlsError },
    /// The manual cannot be written.
    #[snafu(display("cannot write {}: {source}", path.display()))]
    Write { path: PathBuf, source: io::Error },
    /// Of the name of a file nothing is left that a backup may be called.
    #[snafu(display(
        "the name of {} has no letter or digit that a backup could be called by: give --name uploaded-NAME.db",
        file.display()
    ))]
    Nameless { file: PathBuf },
    /// A file is no document.
    #[snafu(display("{} is not valid YAML or JSON: {reason}", path.display()))]
    Yaml { path: PathBuf, reason: String },
    /// Rows of a spreadsheet are wrong.
    #[snafu(display("{}: nothing was changed\n{}", path.display(), problems.join("\n")))]
    Spreadsheet { path: PathBuf, problems: Vec<String> },
    /// The daemon's document cannot be printed.
    #[snafu(display("cannot print the document as YAML: {source}"))]
    WriteYaml { source: serde_saphyr::ser::Error },
    /// Something that takes a lot away is not confirmed.
    #[snafu(display("{what}: add --yes to confirm"))]
    Unconfirmed { what: &'static str },
    /// Several commands, each of which could be shown.
    #[snafu(display(
        "--dry-run shows one command, and digits are one each: use `venuectl tv key DIGIT HOST/PORT --dry-run`"
    ))]
    DigitsDryRun,
    /// No clock ever shows it.
    #[snafu(display("the time is beyond the calendar: give an earlier one"))]
    Late,
    /// Nobody is called so.
    #[snafu(display("nobody is called {name}: `venuectl person list` shows who there is"))]
    Nobody { name: String },
    /// The configuration file fixes a device.
    #[snafu(display(
        "--port: {device} is in the daemon's configuration file: give its port the code set there, as codeset"
    ))]
    FixedDevice { device: Hostname },
    /// The file of the contexts is wrong.
    #[snafu(display("{}: {reason}", path.display()))]
    Contexts { path: PathBuf, reason: String },
    /// The contexts cannot be put into a file.
    #[snafu(display("cannot write the contexts: {source}"))]
    WriteContexts { source: toml::ser::Error },
    /// A context has no address of a daemon.
    #[snafu(display("the context {name}, server: {source}"))]
    ContextServer { name: String, source: ServerUrlError },
    /// There is no such context.
    #[snafu(display(
        "there is no context {name}: {known}; `venuectl context set {name} --server URL` adds it"
    ))]
    NoContext { name: String, known: String },
    /// A context without a server.
    #[snafu(display(
        "--server: a new context needs the address of its daemon, such as `venuectl context set {name} --server https://HOST:8443`"
    ))]
    NoServer { name: String },
    /// The machine itself tells the daemon who one is.
    #[snafu(display(
        "there is nothing to sign in to at the unix socket, where the system tells the daemon who you are: give --server URL"
    ))]
    LocalSignIn,
    /// A context of another daemon has the name.
    #[snafu(display("the context {name} is for another daemon: give --save-as NAME"))]
    ContextTaken { name: String },
    /// Nobody can be asked for a password.
    #[snafu(display("--password-file: give it; without a terminal nothing is asked"))]
    NoPassword,
    /// An answer to signing in without a session.
    #[snafu(display("{server} began no session; {CHECK}"))]
    NoSession { server: ServerUrl },
    /// The code of set-up is not told here.
    #[snafu(display(
        "the daemon tells its code over its unix socket alone: it is in its log (`journalctl -u venued`), and in the file \
         beside its database whose name ends in .setup-code"
    ))]
    CodeElsewhere,
    /// Nobody is signed in.
    #[snafu(display("you are not signed in there: `venuectl login NAME` signs you in"))]
    NoSignIn,
    /// Discovery is off, so nobody tells where a board is.
    #[snafu(display(
        "--address: give the address of {device}, such as 10.0.7.21: the daemon does not listen for boards \
         (discovery.enabled in its configuration)"
    ))]
    NoAddress { device: String },
    /// There is no place for the contexts.
    #[snafu(display("contexts are kept below your home: set HOME or XDG_CONFIG_HOME"))]
    NoHome,
    /// There is no such field.
    #[snafu(display("there is no item or field {path}: the items are {known}"))]
    NoField { path: String, known: String },
    /// It is not said which TV is meant.
    #[snafu(display("give the TV as HOST/PORT or by its name, or -l SELECTOR"))]
    NoTv,
    /// It is not clear which TV is meant.
    #[snafu(display("{tv} names several TVs: {}; give HOST/PORT", places.join(", ")))]
    WhichTv { tv: String, places: Vec<String> },
    /// It is not clear which board is meant.
    #[snafu(display(
        "{device} announces itself at {}: `venuectl device discover` shows who is there; say which \
         with --address and --mac",
        found.join(" and at ")
    ))]
    WhichBoard { device: String, found: Vec<String> },
}

impl InputError {
    fn exit(&self) -> Exit {
        match self {
            Self::File { source, .. } if source.kind() == io::ErrorKind::NotFound => Exit::NotFound,
            Self::WhichTv { places, .. } if places.is_empty() => Exit::NotFound,
            Self::File { .. }
            | Self::Write { .. }
            | Self::WriteContexts { .. }
            | Self::NoSession { .. }
            | Self::WriteYaml { .. } => Exit::Failed,
            Self::Nobody { .. } | Self::NoField { .. } | Self::NoContext { .. } => Exit::NotFound,
            Self::CodeElsewhere => Exit::Denied,
            Self::FixedDevice { .. } | Self::ContextTaken { .. } => Exit::Conflict,
            Self::Token { .. }
            | Self::Nameless { .. }
            | Self::Ca { .. }
            | Self::Yaml { .. }
            | Self::Spreadsheet { .. }
            | Self::Unconfirmed { .. }
            | Self::DigitsDryRun
            | Self::Contexts { .. }
            | Self::ContextServer { .. }
            | Self::NoServer { .. }
            | Self::NoHome
            | Self::LocalSignIn
            | Self::NoPassword
            | Self::NoSignIn
            | Self::NoAddress { .. }
            | Self::NoTv
            | Self::Late
            | Self::WhichTv { .. }
            | Self::WhichBoard { .. } => Exit::Wrong,
        }
    }
}

impl Failure {
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::System { .. } | Self::Request { .. } | Self::RequestBody { .. } => Exit::Failed,
            Self::Input { source } => source.exit(),
            Self::Connect { .. } | Self::ConnectTimeout { .. } => Exit::Unreachable,
            Self::Lost { intent, .. } => match intent {
                Intent::Reads => Exit::Unreachable,
                Intent::Acts | Intent::Manages => Exit::Unknown,
            },
            Self::NoAnswer { .. } => Exit::Unknown,
            Self::TooLarge { intent, .. } => match intent {
                Intent::Reads => Exit::Failed,
                Intent::Acts | Intent::Manages => Exit::Unknown,
            },
            Self::Unreadable { status, intent, .. } => Exit::of_http(*status, *intent),
            Self::Problem { problem, intent, .. } => Exit::of_problem(problem, *intent),
            Self::Batch { source, .. } => source.exit(),
        }
    }

    /// With each field of the request called as it is called on the command line: `flags` pairs them.
    pub(crate) fn with_flags(mut self, flags: Flags) -> Self {
        if let Self::Problem { problem, .. } = &mut self {
            let alone = problem.errors.len() == 1;
            for error in &mut problem.errors {
                let Some(flag) = flag(flags, &error.field) else { continue };
                flag.clone_into(&mut error.field);
                // Where one thing is wrong, it is named instead of the part of the request.
                if alone && problem.detail.ends_with(&error.detail) {
                    problem.detail = format!("{flag}: {}", error.detail);
                }
            }
        }
        self
    }

    /// With what else helps where a token is missing, and the socket of this machine is not for the caller.
    pub(crate) fn advised(mut self, origin: &Origin) -> Self {
        if let (Self::Problem { problem, .. }, Some(advice)) = (&mut self, origin.without_token())
            && let Some(what) = problem.detail.strip_suffix(HOW_A_TOKEN_IS_SENT)
        {
            problem.detail = format!("{what}: {advice}");
        }
        self
    }

    /// The daemon's own document, where it answered with a problem.
    pub(crate) fn document(&self) -> Option<&Bytes> {
        match self {
            Self::Problem { document, .. } => Some(document),
            Self::Batch { source, .. } => source.document(),
            Self::System { .. }
            | Self::Input { .. }
            | Self::Connect { .. }
            | Self::ConnectTimeout { .. }
            | Self::Lost { .. }
            | Self::NoAnswer { .. }
            | Self::TooLarge { .. }
            | Self::Unreadable { .. }
            | Self::Request { .. }
            | Self::RequestBody { .. } => None,
        }
    }

    /// Whether it may be different a little later: the daemon starts anew, or is busy.
    pub(crate) fn may_pass(&self) -> bool {
        match self {
            Self::Connect { .. }
            | Self::ConnectTimeout { .. }
            | Self::Lost { .. }
            | Self::NoAnswer { .. } => true,
            Self::Problem { problem, .. } => matches!(problem.status, 500 | 503 | 504),
            Self::Unreadable { status, .. } => matches!(status, 502..=504),
            Self::Batch { source, .. } => source.may_pass(),
            Self::System { .. }
            | Self::Input { .. }
            | Self::TooLarge { .. }
            | Self::Request { .. }
            | Self::RequestBody { .. } => false,
        }
    }

    /// Whether something may have been done although nothing good is known of it.
    pub(crate) fn has_unknown_outcome(&self) -> bool {
        let intent = match self {
            Self::System { .. }
            | Self::Input { .. }
            | Self::Connect { .. }
            | Self::ConnectTimeout { .. }
            | Self::Request { .. }
            | Self::RequestBody { .. } => return false,
            Self::Batch { source, .. } => return source.has_unknown_outcome(),
            Self::Lost { intent, .. }
            | Self::NoAnswer { intent, .. }
            | Self::TooLarge { intent, .. }
            | Self::Unreadable { intent, .. }
            | Self::Problem { intent, .. } => *intent,
        };
        intent != Intent::Reads && self.exit() == Exit::Unknown
    }
}

/// Fields of a request, each with what it is on the command line.
pub(crate) type Flags = &'static [(&'static str, &'static str)];

/// What a field is called on the command line: by its whole name, or by the last part of
/// `devices/ir-1.ports[0].zone`.
fn flag(flags: Flags, field: &str) -> Option<&'static str> {
    let index_less = |part: &str| part.split('[').next().unwrap_or(part).to_owned();
    let (whole, last) = (index_less(field), index_less(field.rsplit('.').next().unwrap_or(field)));
    let find = |name: &str| flags.iter().find(|(known, _)| *known == name);
    find(&whole).or_else(|| find(&last)).map(|(_, flag)| *flag)
}

/// What is wrong, and each wrong field that this does not name already.
fn problem_text(problem: &Problem) -> String {
    let fields = problem.errors.iter().filter(|error| !problem.detail.contains(&error.detail));
    let fields = fields.map(|error| format!("{}: {}", error.field, error.detail));
    // Neither a header nor a field is anything that one types here.
    let detail = match problem.detail.strip_suffix(HOW_A_TOKEN_IS_SENT) {
        Some(what) => {
            format!("{what}: give --token-file FILE, or sign in with `venuectl login NAME`")
        }
        None => problem.detail.replace(HOW_POWER_IS_ALLOWED, "add --allow-power"),
    };
    let lines = iter::once(detail).chain(fields);
    lines.map(|line| harmless(&line)).collect::<Vec<_>>().join("\n")
}

const HOW_POWER_IS_ALLOWED: &str = "say allow_power: true";

const HOW_A_TOKEN_IS_SENT: &str = ": send it as \"Authorization: Bearer ven_...\"";

const CHECK: &str = "check that venued runs there, and that --server or VENUECTL_SERVER is its \
                     address (`listen` in its configuration)";
