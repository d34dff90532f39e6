//! What this disk can do: an append of one page and `fdatasync`, again and again.

use std::{fs::File, io::Write, time::Instant};

use crate::place::Place;

/// A file that grows.
pub(crate) struct Disk {
    file: File,
    _place: Place,
}

impl Disk {
    pub(crate) fn new() -> Self {
        let place = Place::new();
        let file = File::create(place.file("raw")).unwrap();
        Self { file, _place: place }
    }

    /// How many appends of 4 KiB a second are durable, one after the other.
    pub(crate) fn syncs_per_second(&mut self, times: u32) -> f64 {
        let page = [0x5A; 4096];
        let begun = Instant::now();
        for _ in 0..times {
            self.file.write_all(&page).unwrap();
            self.file.sync_data().unwrap();
        }
        f64::from(times) / begun.elapsed().as_secs_f64()
    }
}
