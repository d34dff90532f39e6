//! The venue daemon.

fn main() {}
