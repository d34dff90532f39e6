//! What was found, told round by round and written down.

use std::{collections::BTreeMap, fmt::Write as _, fs::File, io::Write as _, path::Path};

use crate::{judge::Finding, ledger::Ledger, story::story};

#[derive(Debug)]
pub(crate) struct Report {
    file: File,
    rounds: usize,
    asked: usize,
    frames: usize,
    kinds: BTreeMap<&'static str, usize>,
}

impl Report {
    pub(crate) fn new(folder: &Path) -> Self {
        let file = File::create(folder.join("findings.txt")).unwrap();
        Self { file, rounds: 0, asked: 0, frames: 0, kinds: BTreeMap::new() }
    }

    pub(crate) fn round(&mut self, seed: u64, ledger: &Ledger, findings: &[Finding]) {
        self.rounds += 1;
        self.asked += ledger.asked.len();
        self.frames += ledger.frames.len();
        println!(
            "round {seed}: {} requests, {} commands, {} frames, {} findings",
            ledger.asked.len(),
            ledger.commands.len(),
            ledger.frames.len(),
            findings.len()
        );
        for finding in findings {
            let count = self.kinds.entry(finding.kind).or_default();
            *count += 1;
            let mut text = format!("\n=== seed {seed}: {}\n{}\n", finding.kind, finding.text);
            if let Some((tv, group)) = &finding.slot {
                for line in story(ledger, tv, *group) {
                    let _written = writeln!(text, "{line}");
                }
            }
            // The first of a kind are told here; all are written down.
            if *count <= TOLD {
                println!("{text}");
            }
            self.file.write_all(text.as_bytes()).unwrap();
        }
    }

    pub(crate) fn end(&self) {
        let Self { rounds, asked, frames, kinds, .. } = self;
        let total: usize = kinds.values().sum();
        println!("{rounds} rounds, {asked} requests, {frames} frames, {total} findings");
        for (kind, count) in kinds {
            println!("  {count:>5} {kind}");
        }
    }

    pub(crate) fn is_clean(&self) -> bool {
        self.kinds.is_empty()
    }
}

/// So many findings of a kind are told in full.
const TOLD: usize = 2;
