//! What the changes of a group add to the figures that are kept for all of them.

use std::collections::BTreeMap;

use venue_domain::{BatchCounts, EffectGroup, OrderKey, PortId, QueueId, Timestamp};

use crate::waiting::Place;

/// What a change adds to figures that are kept for all of them.
#[derive(Debug, Default)]
pub(crate) struct CountChanges {
    /// The highest order key that was stored.
    pub(crate) highest: Option<OrderKey>,
    /// What ended, by minute.
    pub(crate) minutes: BTreeMap<i64, Minute>,
    /// How the depth moves: due, later, processing.
    pub(crate) depth: [i64; 3],
    /// What has become due and counts as open from now on.
    pub(crate) opened: Vec<Place>,
    /// What is open no more.
    pub(crate) closed: Vec<Place>,
    /// What is in flight from now on, and since when; or is no more.
    pub(crate) in_flight: Vec<(QueueId, Option<Timestamp>)>,
}

/// What ended within one minute.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Minute {
    pub(crate) ended: BatchCounts,
    pub(crate) execution_count: i64,
    pub(crate) execution_sum: i64,
    pub(crate) wait_count: i64,
    pub(crate) wait_sum: i64,
}

impl CountChanges {
    /// Adds what another change added.
    pub(crate) fn merge(&mut self, other: Self) {
        self.highest = self.highest.max(other.highest);
        for (minute, counts) in other.minutes {
            let sum = self.minutes.entry(minute).or_default();
            sum.ended.merge(&counts.ended);
            sum.execution_count += counts.execution_count;
            sum.execution_sum += counts.execution_sum;
            sum.wait_count += counts.wait_count;
            sum.wait_sum += counts.wait_sum;
        }
        for (sum, more) in self.depth.iter_mut().zip(other.depth) {
            *sum += more;
        }
        self.opened.extend(other.opened);
        self.closed.extend(other.closed);
        self.in_flight.extend(other.in_flight);
    }

    /// Whether something of a slot counts as open from this change on.
    pub(crate) fn has_opened(&self, port: &PortId, group: EffectGroup) -> bool {
        self.opened.iter().any(|place| place.port == *port && place.group == group)
    }

    /// `key` was stored.
    pub(crate) fn note_key(&mut self, key: OrderKey) {
        self.highest = self.highest.max(Some(key));
    }
}
