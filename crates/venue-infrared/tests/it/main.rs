//! Our encoders and decoders against those of crate `irp`, which knows the protocols from their IRP notation.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    reason = "tests fail by panicking, and only what is special about a protocol stands in a match"
)]

mod decoders;
mod encoders;
mod fuzz;
mod imports;
mod oracle;
