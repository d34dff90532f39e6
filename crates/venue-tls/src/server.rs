//! What a listener shows.

use std::sync::{Arc, PoisonError, RwLock};

use rustls::{
    ServerConfig,
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use snafu::ResultExt;

use crate::{
    error::{SetupSnafu, TlsError},
    pair::Pair,
    provider,
};

/// What a listener shows. Clones share it.
#[derive(Clone, Debug)]
pub struct Server {
    config: Arc<ServerConfig>,
    shown: Arc<Shown>,
}

impl Server {
    /// Shows `pair` to whoever connects.
    ///
    /// # Errors
    /// [`TlsError::Setup`].
    pub fn new(pair: &Pair) -> Result<Self, TlsError> {
        let shown = Arc::new(Shown(RwLock::new(Arc::clone(&pair.certified))));
        let config = ServerConfig::builder_with_provider(provider());
        let config = config.with_safe_default_protocol_versions().context(SetupSnafu)?;
        let resolver = Arc::clone(&shown);
        let mut config = config.with_no_client_auth().with_cert_resolver(resolver);
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { config: Arc::new(config), shown })
    }

    /// Shows `pair` from now on. Connections that are open go on with what they were shown.
    pub fn replace(&self, pair: &Pair) {
        let mut shown = self.shown.0.write().unwrap_or_else(PoisonError::into_inner);
        *shown = Arc::clone(&pair.certified);
    }

    /// For the acceptor.
    #[must_use]
    pub fn config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.config)
    }
}

/// The pair that is shown now.
#[derive(Debug)]
struct Shown(RwLock<Arc<CertifiedKey>>);

impl ResolvesServerCert for Shown {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        // A std lock: held for one clone.
        Some(Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner)))
    }
}
