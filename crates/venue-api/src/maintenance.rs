//! Maintenance of zones and boards as it travels.

use serde::{Deserialize, Serialize};

use crate::UtcTime;

/// `GET /api/v1/maintenance`.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MaintenanceList {
    /// What is under maintenance now, ordered by id.
    pub items: Vec<Maintenance>,
}

/// The maintenance of a zone or of a board: that its boards do not answer is no alert meanwhile.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Maintenance {
    /// What is worked on: `zone:ZONE` or `device:HOST`.
    pub id: String,
    /// The zone, for the maintenance of a zone.
    pub zone: Option<String>,
    /// The device, for the maintenance of a board.
    pub hostname: Option<String>,
    /// Who began it; `null` where nobody signs in.
    pub by: Option<String>,
    /// When it began.
    pub since: UtcTime,
    /// When it ends by itself; `null` if somebody has to end it.
    pub until: Option<UtcTime>,
    /// Why.
    pub reason: Option<String>,
}

/// The body of `PUT /api/v1/maintenance/{id}`; it may be left out.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MaintenanceBody {
    /// When it ends by itself; somebody has to end it unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<UtcTime>,
    /// Why, at most 80 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The answer to `PUT /api/v1/maintenance/{id}`.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MaintenanceSet {
    /// The maintenance.
    pub maintenance: Maintenance,
    /// The boards of which it is no alert now that they do not answer, ordered by name.
    pub boards: Vec<String>,
    /// The revision of the configuration now.
    pub revision: u64,
}

/// The answer to `DELETE /api/v1/maintenance/{id}`.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MaintenanceEnded {
    /// Id of the maintenance.
    pub id: String,
    /// The revision of the configuration now.
    pub revision: u64,
}
