//! Both ends of a plaintext session take any bytes.
#![no_main]

use std::time::Instant;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    esphome_codec::fuzz::fuzz_plain_client(data, Instant::now());
    esphome_codec::fuzz::fuzz_plain_device(data, Instant::now());
});
