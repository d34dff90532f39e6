//! Whose shapes a path is answered in.

use std::borrow::Cow;

use venue_registry::is_reserved;

use crate::percent;

/// Whose shapes an endpoint answers in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Surface {
    /// The design document's: errors and answers carry `success`.
    Document,
    /// The same, for what goes into the queue.
    DocumentQueue,
    /// Ours, `/api/v1`.
    V1,
}

/// Whose shapes `path` is answered in, also where it leads nowhere.
pub(crate) fn surface(path: &str) -> Surface {
    let path = normalized(path);
    let mut segments = path.split('/').skip(1);
    match [segments.next(), segments.next(), segments.next()] {
        [Some("bulk" | "queue" | "system"), ..] | [Some("bulk-command"), None, None] => {
            Surface::DocumentQueue
        }
        [Some(host), Some(_), None] if !is_reserved(host) => Surface::Document,
        _ => Surface::V1,
    }
}

/// A path with one leading slash and none behind it, in which nothing is escaped but what must be: an escaped
/// slash is part of a name, and no name is hidden behind an escape.
pub(crate) fn normalized(path: &str) -> Cow<'_, str> {
    let path = if path.starts_with('/') { Cow::from(path) } else { format!("/{path}").into() };
    let path = match path {
        Cow::Borrowed(path) => Cow::from(without_slash(path)),
        Cow::Owned(path) => without_slash(&path).to_owned().into(),
    };
    if !path.contains('%') {
        return path;
    }
    let segment = |text| percent::decoded(text).replace('%', "%25").replace('/', "%2F");
    path.split('/').map(segment).collect::<Vec<_>>().join("/").into()
}

fn without_slash(path: &str) -> &str {
    path.strip_suffix('/').filter(|rest| !rest.is_empty()).unwrap_or(path)
}
