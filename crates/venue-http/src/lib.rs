//! The HTTP surface: routes, limits, timeouts, problem answers.
