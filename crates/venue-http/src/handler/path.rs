//! What the paths of endpoints name. What is wrong with a name is told by its handler.

use serde::Deserialize;

use crate::endpoint::Parameters;

/// A device.
#[derive(Debug, Deserialize)]
pub(super) struct OfDevice {
    pub(super) hostname: String,
}

/// A port.
#[derive(Debug, Deserialize)]
pub(super) struct OfPort {
    pub(super) hostname: String,
    pub(super) port: String,
}

/// A batch, a command, a schedule or a token.
#[derive(Debug, Deserialize)]
pub(super) struct OfId {
    pub(super) id: String,
}

/// A kind of items of the configuration.
#[derive(Debug, Deserialize)]
pub(super) struct OfKind {
    pub(super) kind: String,
}

/// An item of the configuration.
#[derive(Debug, Deserialize)]
pub(super) struct OfItem {
    pub(super) kind: String,
    pub(super) id: String,
}

/// A system task.
#[derive(Debug, Deserialize)]
pub(super) struct OfTask {
    pub(super) task: String,
}

/// A file of the page.
#[derive(Debug, Deserialize)]
pub(super) struct OfFile {
    pub(super) name: String,
}

impl Parameters for OfDevice {}
impl Parameters for OfPort {}
impl Parameters for OfId {}
impl Parameters for OfKind {}
impl Parameters for OfItem {}
impl Parameters for OfTask {}
impl Parameters for OfFile {}
