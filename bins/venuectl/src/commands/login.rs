//! `venuectl login` and `logout`: a session of a person, kept under the context, as a browser keeps its cookie.

use std::{
    fs,
    io::{self, BufRead, IsTerminal, Write},
    path::{Path, PathBuf, absolute},
};

use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
use serde_json::json;
use snafu::{OptionExt, ResultExt, ensure};
use venue_api::{Session, SignInBody, SignedOut};

use crate::{
    cli::{Global, LoginArgs},
    client::{Answer, Client},
    contexts::{Context, Contexts, SecretFile, folder},
    error::{
        ContextTakenSnafu, Failure, FileSnafu, InputError, LocalSignInSnafu, NoPasswordSnafu,
        NoSignInSnafu, RequestBodySnafu, WriteSnafu,
    },
    exit::Exit,
    output::{Report, Warning},
    place::Place,
    server_url::ServerUrl,
    token_file::Credential,
    trust,
};

/// Signs in, and keeps the session under a context, which is in use from then on where none was.
pub(crate) fn login(args: &LoginArgs, global: &Global) -> Result<Report, Failure> {
    let place = Place::find(global)?;
    ensure!(!matches!(place.server, ServerUrl::Local(_)), LocalSignInSnafu);
    let mut contexts = Contexts::load()?;
    let named = args.save_as.clone().or_else(|| place.origin.context().map(str::to_owned));
    let name = named.unwrap_or_else(|| "default".to_owned());
    let (server, known) = (place.server.to_string(), contexts.contexts.get(&name));
    let is_other = known.is_some_and(|known| known.server != server);
    ensure!(!is_other, ContextTakenSnafu { name });
    let pin = password(args)?;
    // With the session of before: this one takes its place.
    let before = place.token_file.as_deref().and_then(|path| Credential::read(path).ok());
    let client = client(&place, global, before.filter(Credential::is_session))?;
    let who = SignInBody { name: Some(args.name.clone()), pin: Some(pin), token: None };
    let (Answer { value, .. }, text) = super::blocking(&client, client.sign_in(&who))?;
    let file = keep(&name, &text)?;
    let ca = place.ca.as_deref().map(|ca| absolute(ca).context(FileSnafu { path: ca }));
    let context = Context { server, token_file: Some(file), ca: ca.transpose()? };
    contexts.contexts.insert(name.clone(), context);
    contexts.current.get_or_insert_with(|| name.clone());
    contexts.save()?;
    report(&value, &name, contexts.current.as_deref(), &place.server)
}

/// Ends the session, and forgets it.
pub(crate) fn logout(global: &Global) -> Result<Report, Failure> {
    let place = Place::find(global)?;
    let mut contexts = Contexts::load()?;
    let name = place.origin.context().map(str::to_owned);
    let session = place.token_file.as_deref().map(Credential::read).transpose()?;
    let session = session.filter(Credential::is_session).context(NoSignInSnafu)?;
    let client = client(&place, global, Some(session))?;
    let ended = super::blocking(&client, client.remove::<SignedOut>("/api/v1/session", None));
    // One that has ended already is forgotten as well.
    let Answer { document, .. } = match ended {
        Err(Failure::Problem { problem, document, .. }) if problem.status == 401 => {
            Answer { document, value: SignedOut { ended: 0 } }
        }
        ended => ended?,
    };
    if let Some(path) = &place.token_file {
        fs::remove_file(path).context(WriteSnafu { path })?;
    }
    let known = name.and_then(|name| contexts.contexts.get_mut(&name));
    if let Some(known) = known.filter(|known| known.token_file == place.token_file) {
        known.token_file = None;
        contexts.save()?;
    }
    Ok(Report { document, table: "signed out\n".to_owned(), warning: None })
}

fn client(
    place: &Place,
    global: &Global,
    credential: Option<Credential>,
) -> Result<Client, Failure> {
    let tls = trust::of(&place.server, place.ca.as_deref())?;
    let client = Client::new(place.server.clone(), global.timeout, credential, tls);
    Ok(client.found_by(place.origin.clone()))
}

/// The session in a file of its own beside the contexts, in the place of the one before; nobody else reads it.
fn keep(name: &str, text: &str) -> Result<PathBuf, InputError> {
    let folder = folder()?;
    let (path, new) =
        (folder.join(format!("{name}.session")), folder.join(format!("{name}.session.new")));
    // One that was left behind.
    let _gone: io::Result<()> = fs::remove_file(&new);
    SecretFile::new(&new)?.finish(&format!("{text}\n"))?;
    fs::rename(&new, &path).context(WriteSnafu { path: &path })?;
    Ok(path)
}

fn report(
    session: &Session,
    context: &str,
    current: Option<&str>,
    server: &ServerUrl,
) -> Result<Report, Failure> {
    let document = json!({"name": session.name, "role": session.role, "zones": session.zones,
        "expires_at": session.expires_at, "context": context});
    let document = serde_json::to_vec(&document).context(RequestBodySnafu)?.into();
    let used = match current == Some(context) {
        true => "it is in use".to_owned(),
        false => format!("`venuectl context use {context}` uses it"),
    };
    let table = format!(
        "signed in as {} ({}); the context {context} keeps it, and {used}\n",
        session.name, session.role
    );
    let message =
        "the password went over plain HTTP: whoever can read the network has it".to_owned();
    let warning = server.is_readable().then_some(Warning { exit: Exit::Done, message });
    Ok(Report { document, table, warning })
}

/// Of the file, of a line of stdin, or typed where nobody sees it.
fn password(args: &LoginArgs) -> Result<String, InputError> {
    let line = || {
        let mut line = String::new();
        let read = io::stdin().lock().read_line(&mut line);
        read.context(FileSnafu { path: "stdin" }).map(|_| line)
    };
    let text = match args.password_file.as_deref() {
        Some(path) if path == Path::new("-") => line()?,
        Some(path) => fs::read_to_string(path).context(FileSnafu { path })?,
        None => {
            ensure!(io::stdin().is_terminal(), NoPasswordSnafu);
            let mut asked = io::stderr();
            // Whoever cannot see the question does not answer it.
            let _shown = write!(asked, "PIN or password of {}: ", args.name);
            let hidden = Hidden::begin();
            let typed = line();
            drop(hidden);
            let _shown = writeln!(asked);
            typed?
        }
    };
    Ok(text.trim_end_matches(['\n', '\r']).to_owned())
}

/// The terminal while it does not show what is typed; shows it again when it is dropped.
struct Hidden(rustix::termios::Termios);

impl Hidden {
    fn begin() -> Option<Self> {
        let before = tcgetattr(io::stdin()).ok()?;
        let mut quiet = before.clone();
        quiet.local_modes.remove(LocalModes::ECHO);
        tcsetattr(io::stdin(), OptionalActions::Flush, &quiet).ok()?;
        Some(Self(before))
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        let _shown = tcsetattr(io::stdin(), OptionalActions::Now, &self.0);
    }
}
