//! Whom we trust when we connect.

use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore, pki_types::ServerName};
use snafu::{ResultExt, ensure};

use crate::{
    error::{NameSnafu, NoRootsSnafu, RootSnafu, SetupSnafu, TlsError},
    pair::chain,
    provider,
};

/// Which authorities are trusted.
#[derive(Clone, Copy, Debug)]
pub enum Roots<'a> {
    /// Those of this machine.
    System,
    /// Only those of this text, in PEM.
    Only(&'a [u8]),
}

/// Connects to those whom `roots` vouch for.
///
/// # Errors
/// [`TlsError`]: there is no authority to trust.
pub fn client(roots: Roots<'_>) -> Result<Arc<ClientConfig>, TlsError> {
    let mut store = RootCertStore::empty();
    match roots {
        Roots::Only(text) => {
            for certificate in chain(text)? {
                store.add(certificate).context(RootSnafu)?;
            }
        }
        Roots::System => {
            // One of hundreds that is odd is no reason to trust none.
            let found = rustls_native_certs::load_native_certs();
            let (_usable, _odd) = store.add_parsable_certificates(found.certs);
            ensure!(!store.is_empty(), NoRootsSnafu);
        }
    }
    let config = ClientConfig::builder_with_provider(provider());
    let config = config.with_safe_default_protocol_versions().context(SetupSnafu)?;
    let mut config = config.with_root_certificates(store).with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// The name that a certificate must have for `host`, as a URL has it.
///
/// # Errors
/// [`TlsError::Name`].
pub fn server_name(host: &str) -> Result<ServerName<'static>, TlsError> {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let name = ServerName::try_from(bare.to_owned());
    name.map_err(|_| NameSnafu { text: host }.build())
}
