//! `venuectl completion` and `man`: for shells and for readers.

use std::{fs, path::Path};

use clap_complete::Shell;
use hyper::body::Bytes;
use snafu::ResultExt;

use crate::{
    cli::Cli,
    error::{Failure, WriteSnafu},
    output::Report,
};

/// The completion script of `venuectl`.
pub(super) fn completion(shell: Shell) -> Report {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::described(), "venuectl", &mut script);
    let table = String::from_utf8_lossy(&script).into_owned();
    Report { document: Bytes::from(script), table, warning: None }
}

/// Writes one page for the program and one for each of its commands.
pub(super) fn manual(folder: &Path) -> Result<Report, Failure> {
    fs::create_dir_all(folder).context(WriteSnafu { path: folder })?;
    clap_mangen::generate_to(Cli::described(), folder).context(WriteSnafu { path: folder })?;
    let table = format!("the manual is in {}\n", folder.display());
    Ok(Report { document: Bytes::new(), table, warning: None })
}
