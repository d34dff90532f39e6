//! One lane per device: order, pacing, the last fence check, and the action as an ESPHome call.
