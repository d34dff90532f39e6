//! What somebody should look at, as it travels.

use serde::{Deserialize, Serialize};

use crate::UtcTime;

/// One alert.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// What it is about, such as `device_offline:ir-000001`.
    pub id: String,
    /// The kind: `device_offline`, `queue_deep`, `queue_overloaded`, `commands_stuck`, `store_down`.
    pub kind: String,
    /// `warning` or `critical`.
    pub severity: String,
    /// When the alert was raised.
    pub since: UtcTime,
    /// What is wrong, in one sentence.
    pub summary: String,
    /// What to do.
    pub advice: String,
}

/// `GET /api/v1/alerts`: the active alerts, the most severe first.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertList {
    /// The alerts.
    pub items: Vec<Alert>,
}
