//! A request as its handler gets it: read as the types that its endpoint declares.

use std::{
    marker::PhantomData,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;

use crate::{
    api_error::ApiError,
    app::{App, AppTypes},
    backups::BackupUpload,
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
    /// The file that arrives in place of a body, where its endpoint takes one.
    pub(crate) upload: Option<BackupUpload>,
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
    upload: Mutex<Option<BackupUpload>>,
    types: PhantomData<fn() -> (Q, B)>,
}

impl<S: AppTypes, P: Parameters, Q: Parameters, B: Body> Request<S, P, Q, B> {
    pub(super) fn read(call: Call<S>) -> Result<Self, ApiError> {
        // Its names are those of the endpoint's template, and any text is one.
        let path = parameters::read(call.path.pairs()).map_err(|_| ApiError::NotFound)?;
        let Call { app, context, body: bytes, upload, key_in_memory, .. } = call;
        let upload = Mutex::new(upload);
        Ok(Self { app, context, path, key_in_memory, bytes, upload, types: PhantomData })
    }

    /// What follows the question mark.
    pub(crate) fn query(&self) -> Result<Q, ApiError> {
        query::read(self.context.query.as_deref())
    }

    /// The file that arrives, once.
    pub(crate) fn upload(&self) -> Option<BackupUpload> {
        self.upload.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// The body.
    pub(crate) fn body(&self) -> Result<B, ApiError> {
        B::read(&self.bytes)
    }
}
