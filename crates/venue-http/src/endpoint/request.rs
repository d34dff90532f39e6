//! A request as its handler gets it: read as the types that its endpoint declares.

use std::{marker::PhantomData, sync::Arc};

use bytes::Bytes;

use crate::{
    api_error::ApiError,
    app::{App, AppTypes},
    endpoint::Body,
    parameters::{self, Parameters, PathValues},
    query,
    reply::RequestContext,
};

/// A request whose head was checked and whose body has arrived.
pub(crate) struct Call<S: AppTypes> {
    pub(crate) app: Arc<App<S>>,
    pub(crate) context: Arc<RequestContext>,
    pub(crate) path: PathValues,
    pub(crate) body: Bytes,
    /// Whether its key could not be stored: nothing durable may come of it.
    pub(crate) key_in_memory: bool,
}

/// The same, with the types of its endpoint: the path is read as `P`, the query as `Q`, the body as `B`.
pub(crate) struct Request<S: AppTypes, P = (), Q = (), B = ()> {
    pub(crate) app: Arc<App<S>>,
    pub(crate) context: Arc<RequestContext>,
    pub(crate) path: P,
    /// Whether its key could not be stored: nothing durable may come of it.
    pub(crate) key_in_memory: bool,
    bytes: Bytes,
    types: PhantomData<fn() -> (Q, B)>,
}

impl<S: AppTypes, P: Parameters, Q: Parameters, B: Body> Request<S, P, Q, B> {
    pub(super) fn read(call: Call<S>) -> Result<Self, ApiError> {
        // Its names are those of the endpoint's template, and any text is one.
        let path = parameters::read(call.path.pairs()).map_err(|_| ApiError::NotFound)?;
        let Call { app, context, body: bytes, key_in_memory, .. } = call;
        Ok(Self { app, context, path, key_in_memory, bytes, types: PhantomData })
    }

    /// What follows the question mark.
    pub(crate) fn query(&self) -> Result<Q, ApiError> {
        query::read(self.context.query.as_deref())
    }

    /// The body.
    pub(crate) fn body(&self) -> Result<B, ApiError> {
        B::read(&self.bytes)
    }
}
