//! Handlers, and beside them the endpoints that they handle: parse, one call of the router or of the queue's
//! view, render.

mod agenda;
mod backup;
mod batch;
mod code_sets;
mod command;
mod config;
mod device;
mod discovered;
mod document;
mod exceptions;
mod infrared;
mod learn;
mod lock;
mod logo;
mod maintenance;
mod page;
mod path;
mod people;
pub(crate) mod planned;
mod port;
mod preset;
mod queue;
mod schedule;
mod service;
mod session;
mod setup;
mod source;
mod stored;
mod system;
mod targets;
mod token;
mod try_code;
mod venue;
mod watch;

use crate::{app::AppTypes, endpoint::Endpoint};

/// Every endpoint, in the order in which they are described.
pub(crate) fn endpoints<S: AppTypes>() -> Vec<Endpoint<S>> {
    let groups = [
        ("Commands", command::endpoints()),
        ("Bulk commands and batches", batch::endpoints()),
        ("Commands that were accepted", stored::endpoints()),
        ("Queue and history", queue::endpoints()),
        ("Devices", device::endpoints()),
        ("Ports", port::endpoints()),
        ("Sources", source::endpoints()),
        ("Presets", preset::endpoints()),
        ("Locks", lock::endpoints()),
        ("Maintenance", maintenance::endpoints()),
        ("Logos of channels", logo::endpoints()),
        ("Trying infrared codes", try_code::endpoints()),
        ("Schedules", schedule::endpoints()),
        ("Schedules", exceptions::endpoints()),
        ("Schedules", agenda::endpoints()),
        ("The venue", venue::endpoints()),
        ("Configuration as a document", document::endpoints()),
        ("Items of the configuration", config::endpoints()),
        ("Learning infrared codes", learn::endpoints()),
        ("Infrared codes", infrared::endpoints()),
        ("Boards", discovered::endpoints()),
        ("Events, alerts and metrics", watch::endpoints()),
        ("System tasks and figures", system::endpoints()),
        ("Backups", backup::endpoints()),
        ("People", people::endpoints()),
        ("Sessions", session::endpoints()),
        ("Set-up", setup::endpoints()),
        ("Tokens and audit log", token::endpoints()),
        ("The daemon", service::endpoints()),
        ("The page", page::endpoints()),
    ];
    let grouped = groups.into_iter().flat_map(|(group, endpoints)| {
        endpoints.into_iter().map(move |mut endpoint| {
            endpoint.spec.group = group;
            endpoint
        })
    });
    grouped.collect()
}
