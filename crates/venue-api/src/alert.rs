//! What somebody should look at, as it travels.

use serde::{Deserialize, Serialize};

use crate::UtcTime;

/// One alert.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// Kind and `about`, such as `device_offline:ir-000001`.
    pub id: String,
    /// The kind: `device_offline`, `devices_offline`, `queue_deep`, `commands_stuck`, `store_down` and others.
    pub kind: String,
    /// What it is about, where several of the kind can be active: a board, a part of the network, a schedule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub about: Option<String>,
    /// `warning` or `critical`.
    pub severity: String,
    /// When the alert was raised.
    pub since: UtcTime,
    /// What is wrong, in one sentence.
    pub summary: String,
    /// What to do.
    pub advice: String,
    /// How many there are of what `summary` counts: boards or commands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub count: Option<u64>,
    /// The boards of `devices_offline` that are still away, ordered by name; the first 200 of more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub boards: Vec<String>,
}

/// `GET /api/v1/alerts`: the active alerts, the most severe first.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertList {
    /// The alerts.
    pub items: Vec<Alert>,
}
