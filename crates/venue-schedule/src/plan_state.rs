//! Who planned a schedule, and which run of it is still to be put back.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use venue_domain::BatchId;

use crate::Occurrence;

/// Who planned a schedule, and what of it is still to be put back: stored beside its definition.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanState {
    /// The name of whoever made the schedule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made_by: Option<String>,
    /// The zones of whoever wrote it last; `None` for all of them. Its runs leave other TVs alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zones: Option<BTreeSet<String>>,
    /// The run that is to be put back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub put_back: Option<PendingPutBack>,
}

/// A run that is to be put back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingPutBack {
    /// The run.
    pub run: Occurrence,
    /// Its batch.
    pub batch: BatchId,
    /// When that is due.
    pub due: Occurrence,
    /// It is left out: the TVs stay as they are.
    #[serde(default)]
    pub skip: bool,
}
