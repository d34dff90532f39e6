//! Simulated SmartVenue blasters with real TVs behind them, and scriptable faults.
