//! System tests: the real `venued` and `venuectl` against simulated boards, and against real
//! firmware where it was built.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod admin;
mod backup;
mod cli;
mod clock;
mod codes_cli;
mod codesets;
mod config;
mod crash;
mod database;
mod demo;
mod discovery;
mod exit_codes;
mod figures;
mod firmware;
mod game_day;
mod identity;
mod idle;
mod infrared_boards;
mod learning;
mod load;
mod locks;
mod logos;
mod maintenance;
mod many;
mod people;
mod plans;
mod presets;
mod programs;
mod queue;
mod recovery;
mod registry;
mod scenarios;
mod schedules;
mod security;
mod service;
mod setup;
mod share;
mod silence;
mod sources;
mod steps;
mod stop;
mod supervisor;
mod support;
mod system;
mod tls;
mod tokens;
mod turns;
mod tutorial;
mod venue_item;
mod wall;
mod watching;
