//! One endpoint of the API, declared once.
//!
//! An entry says how an endpoint is asked for, who may use it, what it counts as, whether it may be repeated
//! under a key, what it takes and answers, and who handles it. From the entries are made: matching and `Allow`
//! ([`Routes`](crate::routes::Routes)), access and limits ([`access`](crate::access)), the reading of paths,
//! queries and bodies ([`Request`]), and docs/openapi.json and the table in docs/http-api.md, which tests
//! compare.

mod body;
mod request;

use std::{marker::PhantomData, time::Duration};

use http::{Method, StatusCode};
use serde::Serialize;
use venue_auth::Need;
use venue_domain::BoxFuture;

use crate::{api_error::ApiError, app::AppTypes, reply::Reply};

pub(crate) use self::{
    body::{Body, Item, MergePatch},
    request::{Call, Request},
};
pub(crate) use crate::{
    parameters::{AnyQuery, Parameters},
    spec::{
        Content, Described, Header, Idempotency, Inspect, Limit, Presence, Scope, Shape, SizeLimit,
        Spec, each_reached,
    },
};

/// Carries out a request.
pub(crate) type Handler<S> =
    Box<dyn Fn(Call<S>) -> BoxFuture<'static, Result<Reply, ApiError>> + Send + Sync>;

/// One endpoint.
pub(crate) struct Endpoint<S: AppTypes> {
    pub(crate) spec: Spec,
    pub(crate) handler: Handler<S>,
}

/// An endpoint that is being declared: `P` is read from its path, `Q` from its query, `B` from its body.
pub(crate) struct Draft<P, Q, B> {
    spec: Spec,
    types: PhantomData<(P, Q, B)>,
}

/// What has a description of its parameters, in the same way.
#[cfg(test)]
pub(crate) trait DescribedQuery: utoipa::IntoParams {}
#[cfg(test)]
impl<T: utoipa::IntoParams> DescribedQuery for T {}
#[cfg(not(test))]
pub(crate) trait DescribedQuery {}
#[cfg(not(test))]
impl<T> DescribedQuery for T {}

/// An endpoint that only reads.
pub(crate) fn get(path: &'static str, need: Need, summary: &'static str) -> Draft<(), (), ()> {
    declare(Method::GET, path, need, summary)
}

/// An endpoint that does something, or makes something new.
pub(crate) fn post(path: &'static str, need: Need, summary: &'static str) -> Draft<(), (), ()> {
    declare(Method::POST, path, need, summary)
}

/// An endpoint that sets something as a whole.
pub(crate) fn put(path: &'static str, need: Need, summary: &'static str) -> Draft<(), (), ()> {
    declare(Method::PUT, path, need, summary)
}

/// An endpoint that changes some of something.
pub(crate) fn patch(path: &'static str, need: Need, summary: &'static str) -> Draft<(), (), ()> {
    declare(Method::PATCH, path, need, summary)
}

/// An endpoint that removes something.
pub(crate) fn delete(path: &'static str, need: Need, summary: &'static str) -> Draft<(), (), ()> {
    declare(Method::DELETE, path, need, summary)
}

fn declare(
    method: Method,
    path: &'static str,
    need: Need,
    summary: &'static str,
) -> Draft<(), (), ()> {
    let idempotency = if method == Method::GET { Idempotency::None } else { Idempotency::Stored };
    let spec = Spec {
        method,
        path,
        group: "",
        need,
        summary,
        details: "",
        limit: Limit::Free,
        scope: Scope::Venue,
        idempotency,
        may_take: None,
        headers: Vec::new(),
        located: false,
        tagged: false,
        query: Some(&[]),
        presence: Presence::None,
        size_limit: SizeLimit::Usual,
        inspect: |_| None,
        answers: Vec::new(),
        #[cfg(test)]
        description: crate::openapi::Description::default(),
    };
    Draft { spec, types: PhantomData }
}

impl<P: Parameters, Q: Parameters, B: Body> Draft<P, Q, B> {
    fn with(self, change: impl FnOnce(&mut Spec)) -> Self {
        self.typed(change)
    }

    fn typed<P2, Q2, B2>(self, change: impl FnOnce(&mut Spec)) -> Draft<P2, Q2, B2> {
        let mut spec = self.spec;
        change(&mut spec);
        Draft { spec, types: PhantomData }
    }

    /// What else a caller should know.
    pub(crate) fn details(self, details: &'static str) -> Self {
        self.with(|spec| spec.details = details)
    }

    /// Counts against the limits of whoever asks.
    pub(crate) fn limit(self, limit: Limit) -> Self {
        self.with(|spec| spec.limit = limit)
    }

    /// Is about something that those who have not all zones may have.
    pub(crate) fn scope(self, scope: Scope) -> Self {
        self.with(|spec| spec.scope = scope)
    }

    /// Changes nothing although its method could: it takes no key.
    pub(crate) fn changes_nothing(self) -> Self {
        self.with(|spec| spec.idempotency = Idempotency::None)
    }

    /// Needs no database: it does nothing durable where [`Request::key_in_memory`] says so.
    pub(crate) fn without_store(self) -> Self {
        self.with(|spec| spec.idempotency = Idempotency::StoredOrInMemory)
    }

    /// May take so long.
    pub(crate) fn may_take(self, at_most: Duration) -> Self {
        self.with(|spec| spec.may_take = Some(at_most))
    }

    /// Looks at a header.
    pub(crate) fn header(self, header: Header) -> Self {
        self.with(|spec| spec.headers.push(header))
    }

    /// Answers with the path of what it made or began, in `Location`.
    pub(crate) fn located(self) -> Self {
        self.with(|spec| spec.located = true)
    }

    /// Answers with the revision of what it shows, in `ETag`.
    pub(crate) fn tagged(self) -> Self {
        self.with(|spec| spec.tagged = true)
    }

    /// Reads its path as `P2`, whose fields are the names in it.
    pub(crate) fn path<P2: Parameters>(self) -> Draft<P2, Q, B> {
        self.typed(|_| {})
    }

    /// Reads its query as `Q2`.
    pub(crate) fn query<Q2: Parameters + DescribedQuery>(self) -> Draft<P, Q2, B> {
        self.typed(|spec| {
            spec.query = Q2::names();
            #[cfg(test)]
            {
                spec.description.query = crate::openapi::query_of::<Q2>;
            }
        })
    }

    /// Reads its body as `B2`.
    pub(crate) fn body<B2: Body + Described>(self) -> Draft<P, Q, B2> {
        self.typed(|spec| {
            spec.presence = B2::PRESENCE;
            spec.size_limit = B2::SIZE_LIMIT;
            spec.inspect = B2::inspect;
            #[cfg(test)]
            {
                spec.description.body = Some(Shape::of::<B2>());
            }
        })
    }

    /// Takes a file as its body, which its handler reads while it arrives ([`Request::upload`]). The same file
    /// put again is the same again: it takes no key.
    pub(crate) fn uploads(self) -> Self {
        self.with(|spec| {
            spec.idempotency = Idempotency::None;
            spec.presence = Presence::Required;
            spec.size_limit = SizeLimit::Backup;
        })
    }

    /// Answers `status` with JSON of `T`.
    pub(crate) fn answers<T: Serialize + Described>(self, status: StatusCode) -> Self {
        self.with(|spec| spec.answers.push((status, Content::Json(Shape::of::<T>()))))
    }

    /// Answers 200 with text of this media type.
    pub(crate) fn answers_text(self, media_type: &'static str) -> Self {
        self.with(|spec| spec.answers.push((StatusCode::OK, Content::Text(media_type))))
    }

    /// Answers `status` without a body.
    pub(crate) fn answers_nothing(self, status: StatusCode) -> Self {
        self.with(|spec| spec.answers.push((status, Content::Nothing)))
    }

    /// Is handled by `handler`.
    pub(crate) fn to<S, F, R>(self, handler: F) -> Endpoint<S>
    where
        S: AppTypes,
        F: Fn(Request<S, P, Q, B>) -> R + Send + Sync + 'static,
        R: Future<Output = Result<Reply, ApiError>> + Send + 'static,
    {
        #[cfg(test)]
        assert!(
            P::names().unwrap_or_default().iter().copied().eq(self.spec.path_names()),
            "the path type of {} has other names",
            self.spec.path
        );
        let handler: Handler<S> = Box::new(move |call| match Request::read(call) {
            Ok(request) => Box::pin(handler(request)),
            Err(error) => Box::pin(std::future::ready(Err(error))),
        });
        Endpoint { spec: self.spec, handler }
    }
}
