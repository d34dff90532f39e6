//! The HTTP surface: routes, limits, timeouts, problem answers.
//!
//! [`serve`] runs one listener over one router until it is told to stop. Handlers parse, call the
//! router once, and render; they hold no state and make no decision about a command.
//!
//! * A request runs on a task of its own: a client that hangs up does not cancel the command that
//!   it sent, a graceful stop waits for it, and a panic becomes a problem answer.
//! * Every limit and timeout is in [`Config`]; what exceeds one gets its status, never silence,
//!   wherever HTTP still has a way to say it.
//! * A web page in a browser of the venue cannot command the TVs: the `Host` header is checked
//!   against DNS rebinding, `Origin` and `Sec-Fetch-Site` against cross-site requests, and bodies
//!   are JSON only.

mod app;
mod body;
mod config;
mod connection;
mod error;
mod fault;
mod gate;
mod handler;
mod reply;
mod respond;
mod route;
mod server;
mod service;
mod stream;
mod wire;
mod words;

pub use config::Config;
pub use error::ServeError;
pub use server::serve;
