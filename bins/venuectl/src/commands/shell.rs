//! `venuectl completion` and `man`: for shells and for readers.

use std::{fs, path::Path};

use clap_complete::{Shell, env::Shells};
use hyper::body::Bytes;
use snafu::ResultExt;

use crate::{
    cli::Cli,
    error::{Failure, WriteSnafu},
    output::Report,
};

/// The script by which a shell asks `venuectl` for completions, which then asks the daemon.
pub(super) fn completion(shell: Shell) -> Result<Report, Failure> {
    let (mut script, name) = (Vec::new(), "venuectl");
    if let Some(completer) = Shells::builtins().completer(&shell.to_string()) {
        let written = completer.write_registration("COMPLETE", name, name, name, &mut script);
        written.context(WriteSnafu { path: Path::new("-") })?;
    }
    let table = String::from_utf8_lossy(&script).into_owned();
    Ok(Report { document: Bytes::from(script), table, warning: None })
}

/// Writes one page for the program and one for each of its commands.
pub(super) fn manual(folder: &Path) -> Result<Report, Failure> {
    fs::create_dir_all(folder).context(WriteSnafu { path: folder })?;
    clap_mangen::generate_to(Cli::described(), folder).context(WriteSnafu { path: folder })?;
    let table = format!("the manual is in {}\n", folder.display());
    Ok(Report { document: Bytes::new(), table, warning: None })
}
