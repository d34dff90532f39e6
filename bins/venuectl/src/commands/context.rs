//! `venuectl context`: the venues that somebody administers. No daemon is asked.

use std::path::{Path, PathBuf, absolute};

use serde_json::json;
use snafu::{OptionExt, ResultExt};

use crate::{
    cli::{ContextCommand, Global},
    contexts::{Context, Contexts},
    error::{Failure, FileSnafu, NoServerSnafu, RequestBodySnafu},
    format::or_none,
    output::Report,
    server_url::ServerUrl,
    table,
};

/// Does what `command` says with the contexts of this user.
pub(crate) fn run(command: &ContextCommand, global: &Global) -> Result<Report, Failure> {
    let mut contexts = Contexts::load()?;
    match command {
        ContextCommand::List => {}
        ContextCommand::Set(arg) => set(&mut contexts, &arg.name, global)?,
        ContextCommand::Use(arg) => {
            contexts.named(&arg.name)?;
            contexts.current = Some(arg.name.clone());
        }
        ContextCommand::Remove(arg) => {
            contexts.named(&arg.name)?;
            contexts.contexts.remove(&arg.name);
            contexts.current = contexts.current.filter(|current| *current != arg.name);
        }
    }
    if !matches!(command, ContextCommand::List) {
        contexts.save()?;
    }
    report(&contexts)
}

fn set(contexts: &mut Contexts, name: &str, global: &Global) -> Result<(), Failure> {
    let known = contexts.contexts.get(name);
    let server = global.server.as_ref().map(ServerUrl::to_string);
    let server = server.or_else(|| known.map(|known| known.server.clone()));
    let context = Context {
        server: server.context(NoServerSnafu { name })?,
        token_file: given(global.token_file.as_deref())?
            .or_else(|| known.and_then(|known| known.token_file.clone())),
        ca: given(global.ca.as_deref())?.or_else(|| known.and_then(|known| known.ca.clone())),
    };
    contexts.contexts.insert(name.to_owned(), context);
    contexts.current.get_or_insert_with(|| name.to_owned());
    Ok(())
}

/// A file as it is found from every folder.
fn given(file: Option<&Path>) -> Result<Option<PathBuf>, Failure> {
    let Some(file) = file else { return Ok(None) };
    Ok(Some(absolute(file).context(FileSnafu { path: file })?))
}

fn report(contexts: &Contexts) -> Result<Report, Failure> {
    let text = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
    let is_current = |name: &String| contexts.current.as_ref() == Some(name);
    let rows = contexts.contexts.iter().map(|(name, context)| {
        let mark = if is_current(name) { "*" } else { "" };
        let (token_file, ca) = (text(&context.token_file), text(&context.ca));
        let (token_file, ca) = (or_none(token_file.as_deref()), or_none(ca.as_deref()));
        [mark.to_owned(), name.clone(), context.server.clone(), token_file, ca]
    });
    let table = match contexts.contexts.is_empty() {
        true => "no contexts: `venuectl context set NAME --server URL` adds one\n".to_owned(),
        false => table::rows(["", "NAME", "SERVER", "TOKEN FILE", "CA"], rows),
    };
    let items = contexts.contexts.iter().map(|(name, context)| {
        json!({"name": name, "server": context.server, "token_file": context.token_file,
            "ca": context.ca, "current": is_current(name)})
    });
    let document = json!({"items": items.collect::<Vec<_>>()});
    let document = serde_json::to_vec(&document).context(RequestBodySnafu)?.into();
    Ok(Report { document, table, warning: None })
}
