//! Which endpoint a method and a path mean.

use std::{borrow::Cow, collections::BTreeMap};

use http::Method;
use venue_registry::is_reserved;

use crate::{
    app::AppTypes,
    endpoint::{Endpoint, Spec},
    percent,
};

/// All endpoints, found by path and method.
pub(crate) struct Routes<S: AppTypes> {
    endpoints: Vec<Endpoint<S>>,
    /// For each path template the places of its endpoints.
    paths: matchit::Router<Vec<usize>>,
}

/// What a method and a path mean.
pub(crate) enum Routed<'r, S: AppTypes> {
    Endpoint(&'r Endpoint<S>, PathValues),
    NotFound,
    MethodNotAllowed { allow: String },
}

/// What a path says for each name of its template, as it was meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PathValues(Vec<(&'static str, String)>);

impl PathValues {
    /// What it says for `name`; nothing where its template has no such name.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value)
    }

    /// Every name with its value.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
        self.0.iter().map(|(name, value)| (Cow::from(*name), Cow::from(value)))
    }
}

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
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    match segments.as_slice() {
        ["bulk" | "queue" | "system", ..] | ["bulk-command"] => Surface::DocumentQueue,
        [host, _] if !is_reserved(host) => Surface::Document,
        _ => Surface::V1,
    }
}

impl<S: AppTypes> Routes<S> {
    /// Finds `endpoints` from now on.
    pub(crate) fn new(endpoints: Vec<Endpoint<S>>) -> Self {
        let mut of_path: BTreeMap<&'static str, Vec<usize>> = BTreeMap::new();
        for (place, endpoint) in endpoints.iter().enumerate() {
            of_path.entry(endpoint.spec.path).or_default().push(place);
        }
        let mut paths = matchit::Router::new();
        for (path, places) in of_path {
            let inserted = paths.insert(path, places);
            // The paths are ours: a test asks for each of them.
            debug_assert!(inserted.is_ok(), "{path}: {inserted:?}");
        }
        Self { endpoints, paths }
    }

    /// Which endpoint `method` and `path` mean; HEAD asks for what GET asks for.
    ///
    /// One trailing slash is tolerated. Words of static paths are no hostnames, so that
    /// `/queue/health` never asks a device.
    pub(crate) fn find(&self, method: &Method, path: &str) -> Routed<'_, S> {
        let path = normalized(path);
        let Ok(found) = self.paths.at(&path) else { return Routed::NotFound };
        let here = || found.value.iter().filter_map(|place| self.endpoints.get(*place));
        let Some(any) = here().next() else { return Routed::NotFound };
        let values = found.params.iter().map(|(_, value)| percent::decoded(value).into_owned());
        let values = PathValues(any.spec.path_names().zip(values).collect());
        if any.spec.path.starts_with(OF_A_HOST) && is_reserved(values.get("hostname")) {
            return Routed::NotFound;
        }
        let wanted = if method == Method::HEAD { &Method::GET } else { method };
        match here().find(|endpoint| endpoint.spec.method == *wanted) {
            Some(endpoint) => Routed::Endpoint(endpoint, values),
            None => Routed::MethodNotAllowed { allow: allow(here().map(|one| &one.spec)) },
        }
    }

    /// What is declared of each endpoint.
    #[cfg(test)]
    pub(crate) fn specs(&self) -> impl Iterator<Item = &Spec> {
        self.endpoints.iter().map(|endpoint| &endpoint.spec)
    }
}

/// The paths of the design document that begin with a device.
const OF_A_HOST: &str = "/{hostname}/";

/// The header `Allow`: the methods of all endpoints of a path, always in the same order.
fn allow<'s>(here: impl Iterator<Item = &'s Spec>) -> String {
    let here: Vec<&Method> = here.map(|spec| &spec.method).collect();
    let listed = [
        (Method::GET, "GET, HEAD"),
        (Method::POST, "POST"),
        (Method::PUT, "PUT"),
        (Method::PATCH, "PATCH"),
        (Method::DELETE, "DELETE"),
    ];
    let allowed = listed.iter().filter(|(method, _)| here.contains(&method));
    allowed.map(|(_, text)| *text).collect::<Vec<_>>().join(", ")
}

/// A path with one leading slash and none behind it, in which nothing is escaped but what must be: an escaped
/// slash is part of a name, and no name is hidden behind an escape.
fn normalized(path: &str) -> Cow<'_, str> {
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

#[cfg(test)]
mod tests;
