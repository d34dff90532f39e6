//! What the parsers hand on: records as they stand in the file, before names are mapped.

use snafu::ensure;

use crate::{ApplianceKind, Carrier, Code, KeyName, RawCode};

use super::{
    ASSUMED_CARRIER_HZ, Finding, ImportError, MAX_RECORDS, PathHints, TooManyRecordsSnafu, names,
};

/// One key of a file.
#[derive(Debug)]
pub(super) struct Record {
    /// The line of its name, from 1; `None` where the format has none.
    pub(super) line: Option<usize>,
    /// As the file calls it.
    pub(super) name: String,
    /// What the format means by the name, where it says so; else the name tells.
    pub(super) key: Option<KeyName>,
    /// The code, or why there is none.
    pub(super) code: Result<Code, String>,
    /// How often it is sent for one press, if the file says so.
    pub(super) sends: Option<u8>,
    /// What may be wrong with it.
    pub(super) warnings: Vec<String>,
}

impl Record {
    pub(super) fn new(line: Option<usize>, name: &str, code: Result<Code, String>) -> Self {
        Self { line, name: names::shown(name), key: None, code, sends: None, warnings: Vec::new() }
    }

    pub(super) fn warn(mut self, warning: Option<String>) -> Self {
        self.warnings.extend(warning);
        self
    }

    pub(super) fn sent(self, sends: Option<u8>) -> Self {
        Self { sends: sends.filter(|sends| *sends > 1), ..self }
    }
}

/// Everything that a parser found.
#[derive(Debug, Default)]
pub(super) struct Records {
    pub(super) make: Option<String>,
    pub(super) models: Vec<String>,
    pub(super) kind: Option<ApplianceKind>,
    pub(super) all: Vec<Record>,
    /// Parts that are no record and cannot be used.
    pub(super) dropped: Vec<Finding>,
    /// What concerns the file as a whole.
    pub(super) warnings: Vec<Finding>,
}

impl Records {
    /// Takes one more record.
    pub(super) fn push(&mut self, record: Record) -> Result<(), ImportError> {
        let line = record.line.unwrap_or(0);
        ensure!(self.all.len() < MAX_RECORDS, TooManyRecordsSnafu { line });
        self.all.push(record);
        Ok(())
    }

    /// Takes a part that is no record; as many as there may be records.
    pub(super) fn drop_part(&mut self, line: usize, what: &str, why: impl Into<String>) {
        if self.dropped.len() < MAX_RECORDS {
            let what = names::shown(what);
            self.dropped.push(Finding { line: Some(line), what, why: why.into() });
        }
    }

    /// Notes what concerns the file as a whole.
    pub(super) fn warn(&mut self, line: Option<usize>, what: &str, why: impl Into<String>) {
        if self.warnings.len() < MAX_RECORDS {
            self.warnings.push(Finding { line, what: names::shown(what), why: why.into() });
        }
    }

    /// Fills in what the path says and the file does not.
    pub(super) fn complete(&mut self, hints: PathHints) {
        self.make = self.make.take().or(hints.make);
        if self.models.is_empty() {
            self.models.extend(hints.model);
        }
        self.kind = self.kind.or(hints.kind);
    }
}

/// Timings with their carrier in Hz.
pub(super) fn raw(hz: u32, timings: Vec<i32>) -> Result<Code, String> {
    let carrier = Carrier::from_hz(hz).map_err(|error| error.to_string())?;
    RawCode::new(carrier, timings).map(Code::Raw).map_err(|error| error.to_string())
}

/// Durations without signs, mark first, as signed timings.
pub(super) fn signed(durations: impl IntoIterator<Item = u32>) -> Vec<i32> {
    let sign = |(place, us): (usize, u32)| {
        let us = i32::try_from(us).unwrap_or(i32::MAX);
        if place % 2 == 0 { us } else { -us }
    };
    durations.into_iter().enumerate().map(sign).collect()
}

/// What is said of a code whose file has no carrier.
pub(super) fn assumed_carrier() -> String {
    format!(
        "the file has no carrier: {ASSUMED_CARRIER_HZ} Hz is assumed; if the appliance does not react, \
         try 36000, 40000 or 56000"
    )
}
