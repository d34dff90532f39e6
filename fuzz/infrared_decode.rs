//! Any timings are read, and what they are read as is sent as something that is read so again.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| venue_infrared::fuzz::fuzz_decode(data));
