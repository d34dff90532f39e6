//! The order proof: a stale retry never overrides a newer wish, whatever happens.
//!
//! Random stories of presses under classes of their own, commands of several presses, bulk and scheduled commands,
//! presets, a box that two screens share, TVs that are locked, retries and undos at the same time, device faults and reboots, edits of addresses, devices that are removed and added again,
//! clocks that are set, store outages, restarts and reboots of the machine run over the real router, store,
//! scheduler and lanes in virtual time, with a fake fleet: a board with actions, and one that is sent infrared, at
//! once or key by key. The ledger knows every accepted wish and judges every frame at the moment of its first byte; at rest
//! it compares what each TV shows with the newest wish. A flaw drops one rule of the order in the
//! harness, and the stories must find every one of them.

#[cfg(test)]
mod board;
#[cfg(test)]
mod cases;
#[cfg(test)]
mod chance;
#[cfg(test)]
mod clock;
#[cfg(test)]
mod flaw;
#[cfg(test)]
mod front;
#[cfg(test)]
mod generation;
#[cfg(test)]
mod history;
#[cfg(test)]
mod ledger;
#[cfg(test)]
mod line;
#[cfg(test)]
mod proof;
#[cfg(test)]
mod registry;
#[cfg(test)]
mod remote;
#[cfg(test)]
mod store;
#[cfg(test)]
mod story;
#[cfg(test)]
mod threads;
#[cfg(test)]
mod wire;
#[cfg(test)]
mod world;
