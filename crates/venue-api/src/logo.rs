//! Logos of channels as they travel.

use serde::{Deserialize, Serialize};

/// `GET /api/v1/channels/logos`.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogoList {
    /// Ids of the channels that have a logo, in order. A channel that was removed keeps its logo for the case that it
    /// comes back.
    pub channels: Vec<String>,
}

/// The body of `PUT /api/v1/channels/{id}/logo`.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogoBody {
    /// The picture in base64: PNG, JPEG or WebP, at most 64 KiB.
    pub image: String,
}

/// The answer to a change of a logo.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogoChanged {
    /// Id of the channel.
    pub channel: String,
    /// The type of the picture, such as `image/png`; `null` once there is none.
    pub media_type: Option<String>,
}
