//! Where the configuration is, as programs find it and as people give it.

use std::path::{Path, absolute};

/// Where the configuration is unless it is said otherwise.
pub(crate) const CONFIGURATION: &str = "/etc/venued/venued.toml";

/// The configuration at `path` as a person gives it to a program; `None` where programs find it by themselves.
pub(crate) fn given_configuration(path: &Path) -> Option<String> {
    let path = absolute(path).unwrap_or_else(|_| path.to_owned());
    (path != Path::new(CONFIGURATION)).then(|| path.display().to_string())
}
