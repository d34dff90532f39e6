//! Prints results: data to stdout, messages to stderr.

use std::io::{self, Write};

use clap::ValueEnum;
use hyper::body::Bytes;

use crate::{error::Failure, exit::Exit, format::harmless};

mod shape;

/// What goes to stdout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Aligned columns, with times of the venue
    Table,
    /// The same with all columns
    Wide,
    /// The daemon's JSON document, also for errors
    Json,
    /// One JSON document a line: each item of a list
    Jsonl,
    /// The daemon's document as YAML
    Yaml,
    /// What the items are called, one a line, as commands take it
    Name,
}

/// What a command found.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// The daemon's document, as it came.
    pub(crate) document: Bytes,
    /// The same for people.
    pub(crate) table: String,
    /// What is not as it should be, although the daemon's answer is good.
    pub(crate) warning: Option<Warning>,
}

/// A good answer that says something bad.
#[derive(Debug)]
pub(crate) struct Warning {
    pub(crate) exit: Exit,
    pub(crate) message: String,
}

/// Prints what came of a run; data in `format`, none if there is none.
pub(crate) fn print_result(result: &Result<Report, Failure>, format: Option<Format>) -> Exit {
    let mut streams = (io::stdout().lock(), io::stderr().lock());
    print_to(&mut streams.0, &mut streams.1, result, format)
}

fn print_to(
    data: &mut impl Write,
    talk: &mut impl Write,
    result: &Result<Report, Failure>,
    format: Option<Format>,
) -> Exit {
    let (exit, message) = match result {
        Ok(Report { warning: None, .. }) => (Exit::Done, None),
        Ok(Report { warning: Some(Warning { exit, message }), .. }) => {
            (*exit, Some(message.clone()))
        }
        Err(failure) => (failure.exit(), Some(failure.to_string())),
    };
    let printed = print(data, talk, result, format);
    if let Some(message) = message {
        note(talk, &message);
    }
    match printed {
        Ok(()) => exit,
        // Whoever read it has seen enough, as `head` does.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => exit,
        Err(error) => {
            note(talk, &format!("cannot write to stdout: {error}"));
            // A command that was delivered is not undone by a full disk, but its data is lost.
            if exit == Exit::Done { Exit::Failed } else { exit }
        }
    }
}

fn print(
    data: &mut impl Write,
    talk: &mut impl Write,
    result: &Result<Report, Failure>,
    format: Option<Format>,
) -> io::Result<()> {
    let document = match result {
        Ok(report) => Some(&report.document).filter(|document| !document.is_empty()),
        Err(failure) => failure.document(),
    };
    let text = match (format, document) {
        (Some(Format::Table | Format::Wide), _) => {
            result.as_ref().ok().map(|report| report.table.clone())
        }
        (Some(Format::Json), Some(document)) => Some(shape::json(document)),
        (Some(Format::Jsonl), Some(document)) => Some(shape::json_lines(document)),
        (Some(Format::Yaml), Some(document)) => Some(shape::yaml(document)),
        (Some(Format::Name), Some(document)) if result.is_ok() => {
            let names = shape::names(document);
            if names.is_none() {
                note(talk, "what came has no names to print: use -o json");
            }
            names
        }
        (Some(Format::Json | Format::Jsonl | Format::Yaml | Format::Name) | None, _) => None,
    };
    data.write_all(text.unwrap_or_default().as_bytes())?;
    data.flush()?;
    // These two leave out where the list goes on.
    let leaves_out = matches!(format, Some(Format::Jsonl | Format::Name));
    if let Some(cursor) = document.filter(|_| leaves_out).and_then(shape::next_cursor) {
        note(talk, &format!("more with --cursor {}", harmless(&cursor)));
    }
    Ok(())
}

fn note(talk: &mut impl Write, message: &str) {
    // Without stderr there is nobody to inform; the exit code remains.
    let _written: io::Result<()> = writeln!(talk, "venuectl: {message}");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(warning: Option<Warning>) -> Report {
        Report { document: Bytes::from_static(b"{\"a\":1}"), table: "A\n1\n".into(), warning }
    }

    fn printed_as(format: Option<Format>, warning: Option<Warning>) -> (Exit, String, String) {
        let (mut data, mut talk) = (Vec::new(), Vec::new());
        let exit = print_to(&mut data, &mut talk, &Ok(report(warning)), format);
        (exit, String::from_utf8(data).unwrap(), String::from_utf8(talk).unwrap())
    }

    #[test]
    fn data_is_printed_as_asked_for_or_not_at_all() {
        let quiet = String::new;
        let json = "{\"a\":1}\n".to_owned();
        assert_eq!(printed_as(Some(Format::Json), None), (Exit::Done, json.clone(), quiet()));
        assert_eq!(printed_as(Some(Format::Table), None), (Exit::Done, "A\n1\n".into(), quiet()));
        assert_eq!(printed_as(Some(Format::Jsonl), None), (Exit::Done, json, quiet()));
        assert_eq!(printed_as(Some(Format::Yaml), None), (Exit::Done, "a: 1\n".into(), quiet()));
        assert_eq!(printed_as(None, None), (Exit::Done, quiet(), quiet()));
    }

    #[test]
    fn what_has_no_names_and_what_goes_on_is_told() {
        let (exit, data, talk) = printed_as(Some(Format::Name), None);
        assert_eq!((exit, data.as_str()), (Exit::Done, ""));
        assert_eq!(talk, "venuectl: what came has no names to print: use -o json\n");
        let document = Bytes::from_static(b"{\"items\":[{\"id\":\"a\"}],\"next_cursor\":\"x\"}");
        let report = Report { document, ..report(None) };
        let (mut data, mut talk) = (Vec::new(), Vec::new());
        print_to(&mut data, &mut talk, &Ok(report), Some(Format::Name));
        assert_eq!(
            (data.as_slice(), talk.as_slice()),
            (&b"a\n"[..], &b"venuectl: more with --cursor x\n"[..])
        );
    }

    #[test]
    fn a_warning_is_said_even_when_quiet() {
        let warning = Warning { exit: Exit::Failed, message: "1 of 2 is down".into() };
        let (exit, data, talk) = printed_as(None, Some(warning));
        assert_eq!((exit, data.as_str()), (Exit::Failed, ""));
        assert_eq!(talk, "venuectl: 1 of 2 is down\n");
    }

    /// Fails every write.
    struct Broken(io::ErrorKind);

    impl Write for Broken {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn data_that_is_lost_is_a_failure_unless_its_reader_left() {
        for (kind, exit) in
            [(io::ErrorKind::BrokenPipe, Exit::Done), (io::ErrorKind::StorageFull, Exit::Failed)]
        {
            let mut talk = Vec::new();
            let ended =
                print_to(&mut Broken(kind), &mut talk, &Ok(report(None)), Some(Format::Json));
            assert_eq!(ended, exit);
            assert_eq!(talk.is_empty(), exit == Exit::Done);
        }
    }
}
