//! HTTPS, as the file has it.

use std::{
    env,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use snafu::{OptionExt, ResultExt, ensure};
use venue_tls::Pair;

use crate::certificate_files::CertificateFiles;

use super::{
    ConfigError,
    error::{CertificateSnafu, TlsCredentialSnafu, TlsFilesSnafu, TlsOpenSnafu},
    file,
};

/// Where HTTPS is served, and what is shown there.
#[derive(Clone, Debug)]
pub struct Tls {
    /// Where.
    pub listen: SocketAddr,
    /// From where the certificate is read, and read again.
    pub files: CertificateFiles,
    /// What was in them.
    pub pair: Pair,
}

/// Checks where it is served, and reads the certificate.
pub(super) fn tls(http: &file::Http, directory: &Path) -> Result<Option<Tls>, ConfigError> {
    let Some(tls) = &http.tls else { return Ok(None) };
    let listen = tls.listen;
    let access = venue_auth::access(listen, http.require_tokens, http.allow_insecure_lan);
    ensure!(access.is_ok(), TlsOpenSnafu { listen });
    let certificate = place(
        "certificate",
        tls.certificate_file.as_deref(),
        tls.certificate_credential.as_deref(),
        directory,
    )?;
    let key = place("key", tls.key_file.as_deref(), tls.key_credential.as_deref(), directory)?;
    let files = CertificateFiles { certificate, key };
    let pair = files.read().context(CertificateSnafu)?;
    Ok(Some(Tls { listen, files, pair }))
}

fn place(
    what: &'static str,
    file: Option<&Path>,
    credential: Option<&str>,
    directory: &Path,
) -> Result<PathBuf, ConfigError> {
    match (file, credential) {
        (Some(file), None) => Ok(directory.join(file)),
        (None, Some(name)) => credential_path(name).context(TlsCredentialSnafu { what, name }),
        (None, None) | (Some(_), Some(_)) => TlsFilesSnafu { what }.fail(),
    }
}

/// Where systemd has put the credential of this name (`LoadCredential=`).
pub(super) fn credential_path(name: &str) -> Option<PathBuf> {
    let folder = env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from);
    let is_plain = Path::new(name).file_name().is_some_and(|last| last == name);
    folder.filter(|_| is_plain).map(|folder| folder.join(name))
}
