//! What must hold of a round, by nothing but requests, answers and what the TVs were sent.
//!
//! * What was told as delivered a TV got; what was told as not sent no TV got; a toggle, a step or a
//!   key comes once ([`sent`]).
//! * No TV is sent an older wish behind a newer one, and at rest it shows the newest ([`order`]).
//! * What was answered can be read at once, is not lost, and ends in one status ([`told`]).
//! * Answers come in time, also where others' boards are dead ([`answers`]).

mod acts;
mod answers;
mod order;
mod sent;
#[cfg(test)]
mod tests;
mod told;

use crate::{
    ledger::Ledger,
    wish::{Group, Tv},
};

pub(crate) use acts::Acts;

/// Something that must not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    /// In a word.
    pub(crate) kind: &'static str,
    pub(crate) text: String,
    /// Of what the story is to be told.
    pub(crate) slot: Option<(Tv, Group)>,
}

impl Finding {
    fn new(kind: &'static str, text: String) -> Self {
        Self { kind, text, slot: None }
    }

    fn of(kind: &'static str, text: String, wish: &crate::wish::Wish) -> Self {
        Self { kind, text, slot: Some((wish.tv.clone(), wish.group())) }
    }
}

/// Everything that is wrong with a round. Answers may come so many milliseconds late.
pub(crate) fn judge(ledger: &Ledger, slack: u64) -> Vec<Finding> {
    let acts = Acts::of(ledger);
    let fault = |text: &String| Finding::new("fault", text.clone());
    let mut findings: Vec<Finding> = ledger.faults.iter().map(fault).collect();
    findings.extend(sent::judge(ledger, &acts));
    findings.extend(order::judge(ledger, &acts));
    findings.extend(told::judge(ledger));
    findings.extend(answers::judge(ledger, slack));
    findings
}
