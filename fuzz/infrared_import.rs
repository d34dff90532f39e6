//! Any bytes, in any format, are imported or refused within the limits.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| venue_infrared::import::fuzz_import(data));
