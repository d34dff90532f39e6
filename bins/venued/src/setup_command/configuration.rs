//! The configuration file, as `venued setup` finds and leaves it.

use std::{
    fs, io,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use snafu::ResultExt;

use super::error::{
    ConfigurationSnafu, ReadingSnafu, SetupError, WritingConfigurationSnafu, WritingSnafu,
};
use crate::{config_path::given_configuration, tls_init};

/// Where tablets reach the page unless it is said otherwise.
pub(super) const EVERYWHERE: &str = "0.0.0.0:8443";

/// Where the page is served from now on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Listen {
    /// The configuration says it already.
    AsItIs,
    /// On this machine alone.
    Here,
    /// Encrypted, for the network.
    At(SocketAddr),
}

/// What the file says already.
#[derive(Debug)]
pub(super) struct Found {
    path: PathBuf,
    /// What is in it; `None` where there is none.
    text: Option<String>,
    has_http: bool,
    /// Where it serves the page encrypted.
    secure: Option<SocketAddr>,
    has_discovery: bool,
    /// Where it says that the database is.
    store_path: Option<String>,
    /// The database.
    pub(super) store: PathBuf,
}

impl Found {
    /// Reads the file at `path`, if there is one.
    pub(super) fn read(path: &Path) -> Result<Self, SetupError> {
        let text = match fs::read_to_string(path) {
            Ok(text) => Some(text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => {
                return Err(error).context(ReadingSnafu { what: path.display().to_string() });
            }
        };
        let table: toml::Table = match text.as_deref().unwrap_or_default().parse() {
            Ok(table) => table,
            Err(error) => {
                let error: toml::de::Error = error;
                return ConfigurationSnafu { path, reason: error.message() }.fail();
            }
        };
        let store = table.get("store").and_then(|store| store.get("path")?.as_str());
        let tls = table.get("http").and_then(|http| http.get("tls"));
        let secure = tls.map(|tls| tls.get("listen").and_then(toml::Value::as_str));
        let secure = secure.and_then(|listen| listen.unwrap_or(EVERYWHERE).parse().ok());
        let folder = tls_init::folder_of(path);
        Ok(Self {
            path: path.to_owned(),
            text,
            has_http: table.contains_key("http"),
            secure,
            has_discovery: table.contains_key("discovery"),
            store_path: store.map(str::to_owned),
            store: folder.join(store.unwrap_or("/var/lib/venued/venue.db")),
        })
    }

    /// The folder of the file.
    pub(super) fn folder(&self) -> PathBuf {
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        folder.unwrap_or_else(|| Path::new(".")).to_owned()
    }

    /// Whether it says how the page is served.
    pub(super) const fn is_served(&self) -> bool {
        self.has_http
    }

    /// Where it serves the page encrypted.
    pub(super) const fn secure(&self) -> Option<SocketAddr> {
        self.secure
    }

    /// The file as a person gives it to a program; `None` where programs find it by themselves.
    pub(super) fn given(&self) -> Option<String> {
        given_configuration(&self.path)
    }

    /// What is told of a file that stays as it is.
    pub(super) fn as_it_is(&self) -> String {
        format!(
            "configuration  {} has [http] already and stays as it is; --overwrite writes it anew\n",
            self.path.display()
        )
    }

    /// Adds how the page is served, or writes the file anew with `overwrite`; tells which.
    pub(super) fn write(
        &self,
        listen: &Listen,
        pair: Option<&(PathBuf, PathBuf)>,
        overwrite: bool,
    ) -> Result<String, SetupError> {
        let path = &self.path;
        let writing = || WritingSnafu { path };
        let (kept, how) = match &self.text {
            Some(text) if !(overwrite && self.has_http) => (text.as_str(), "has [http] now"),
            Some(text) => {
                let old = path.with_extension("toml.old");
                tls_init::write(&old, text, 0o600).context(WritingConfigurationSnafu)?;
                ("", "is written anew; the old one is beside it as venued.toml.old")
            }
            None => {
                fs::create_dir_all(self.folder()).with_context(|_| writing())?;
                ("", "is new")
            }
        };
        let mut text = String::from(kept);
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        if text.is_empty() {
            text.push_str("# venued, as `venued setup` has written it. Every key with its default:\n# /usr/share/doc/venued/examples/venued.toml\n");
        }
        text.push_str(&http(listen, pair));
        if let Some(path) = self.store_path.as_ref().filter(|_| kept.is_empty()) {
            text.push_str(&format!("\n[store]\npath = {}\n", quoted(path)));
        }
        if kept.is_empty() || !self.has_discovery {
            text.push_str("\n[discovery]\nenabled = true\n");
        }
        // A daemon of a user of its own reads it: it has no secrets, those are in files of their own.
        tls_init::write(path, &text, mode(path)).context(WritingConfigurationSnafu)?;
        Ok(format!("configuration  {} {how}\n", path.display()))
    }
}

/// As the old file was, or readable: the daemon is a user of its own.
fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).map_or(0o644, |old| old.permissions().mode() & 0o777)
}

fn http(listen: &Listen, pair: Option<&(PathBuf, PathBuf)>) -> String {
    let plain = "\n[http]\n# Plain HTTP, for this machine alone.\nlisten = \"127.0.0.1:8080\"\nrequire_tokens = true\n";
    match (listen, pair) {
        (Listen::At(address), Some((certificate, key))) => format!(
            "{plain}\n[http.tls]\n# The page for tablets.\nlisten = \"{address}\"\ncertificate_file = {}\nkey_file = {}\n",
            quoted(&certificate.display().to_string()),
            quoted(&key.display().to_string())
        ),
        _ => plain.to_owned(),
    }
}

/// As TOML writes a text, which is as JSON does.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
