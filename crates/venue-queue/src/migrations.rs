//! The schema of the durable queue: numbered steps, forward only, compiled in.

/// Every step in order; the number of a step is its place here, counted from 1.
///
/// A step that has been released is never edited: a change is a new file at the end.
pub(crate) const STEPS: [&str; 17] = [
    include_str!("../migrations/0001_initial.sql"),
    include_str!("../migrations/0002_configuration.sql"),
    include_str!("../migrations/0003_audit.sql"),
    include_str!("../migrations/0004_device_logs.sql"),
    include_str!("../migrations/0005_upkeep.sql"),
    include_str!("../migrations/0006_batches_in_order.sql"),
    include_str!("../migrations/0007_batches_made_from_others.sql"),
    include_str!("../migrations/0008_clock.sql"),
    include_str!("../migrations/0009_lanes.sql"),
    include_str!("../migrations/0010_waits_until.sql"),
    include_str!("../migrations/0011_minutes_by_status.sql"),
    include_str!("../migrations/0012_heads_of_answers.sql"),
    include_str!("../migrations/0013_refused_fences.sql"),
    include_str!("../migrations/0014_open_vocabulary.sql"),
    include_str!("../migrations/0015_ready_ports.sql"),
    include_str!("../migrations/0016_steps.sql"),
    include_str!("../migrations/0017_queue_in_memory.sql"),
];
