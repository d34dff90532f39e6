//! Which endpoint a method and a path mean.

use std::collections::BTreeMap;

use http::Method;
use venue_registry::is_reserved;

use crate::{
    app::AppTypes, endpoint::Endpoint, parameters::PathValues, percent, spec::Spec,
    surface::normalized,
};

/// All endpoints, found by path and method.
pub(crate) struct Routes<S: AppTypes> {
    endpoints: Vec<Endpoint<S>>,
    /// For each path template the places of its endpoints.
    paths: matchit::Router<Vec<usize>>,
}

/// What a method and a path mean.
pub(crate) enum Routed {
    /// The endpoint at this place ([`Routes::at`]), and what the path says.
    Endpoint(usize, PathValues),
    NotFound,
    MethodNotAllowed {
        allow: String,
    },
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
    pub(crate) fn find(&self, method: &Method, path: &str) -> Routed {
        let path = normalized(path);
        let Ok(found) = self.paths.at(&path) else { return Routed::NotFound };
        let here = || found.value.iter().filter_map(|place| Some((*place, self.at(*place)?)));
        let Some((_, any)) = here().next() else { return Routed::NotFound };
        let values = found.params.iter().map(|(_, value)| percent::decoded(value).into_owned());
        let values = PathValues::new(any.spec.path_names().zip(values));
        if any.spec.path.starts_with(OF_A_HOST) && is_reserved(values.get("hostname")) {
            return Routed::NotFound;
        }
        let wanted = if method == Method::HEAD { &Method::GET } else { method };
        match here().find(|(_, endpoint)| endpoint.spec.method == *wanted) {
            Some((place, _)) => Routed::Endpoint(place, values),
            None => Routed::MethodNotAllowed { allow: allow(here().map(|(_, one)| &one.spec)) },
        }
    }

    /// The endpoint at a place.
    pub(crate) fn at(&self, place: usize) -> Option<&Endpoint<S>> {
        self.endpoints.get(place)
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

#[cfg(test)]
mod tests;
