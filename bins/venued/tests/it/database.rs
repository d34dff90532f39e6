//! Scenario 3: the database fails while the venue goes on (docs/semantics.md, rules 9.2 to 9.4).
//!
//! Whatever the fault, the same is told here of every one: see [`outage::Venue::lives_through`].
//! What befalls the file itself while the daemon runs is in `keeper`.
//!
//! Some need to mount. Where that is not allowed they say so and test nothing, unless
//! `VENUE_REQUIRE_MOUNTS=1` says that they must.

mod full;
mod hanging;
mod keys;
mod locked;
pub(crate) mod mount;
mod outage;
mod read_only;
mod unusable;
