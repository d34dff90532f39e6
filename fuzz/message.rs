//! Any payload under any id decodes or is refused.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| esphome_codec::fuzz::fuzz_message(data));
