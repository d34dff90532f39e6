//! Any text is an infrared code or is refused.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| venue_infrared::fuzz::fuzz_notation(data));
