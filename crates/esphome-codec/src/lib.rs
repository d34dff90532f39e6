//! The ESPHome native API as a protocol without I/O: framing, Noise, messages, sessions.
