//! Warm, supervised sessions with ESPHome devices: one per device, never two.
