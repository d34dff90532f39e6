//! People who sign in with a PIN, and sessions, as they travel.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

use crate::UtcTime;

/// The body of `POST /api/v1/people`.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonBody {
    /// What the person signs in with, and the name in history and audit log; 1 to 64 characters.
    pub name: String,
    /// `viewer`, `operator`, `manager` or `admin`.
    pub role: String,
    /// Zones that the person is limited to; all zones if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zones: Option<Vec<String>>,
    /// Address of the page for the link of the invitation, such as `http://192.168.1.10:8080`; without it there is a
    /// path only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
}

/// The body of `PATCH /api/v1/people/{id}`: what is left out stays.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonChange {
    /// `viewer`, `operator`, `manager` or `admin`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Zones that the person is limited to; `null` for all zones.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<Vec<String>>))]
    pub zones: Option<Option<Vec<String>>>,
}

/// What is there, `null` too.
fn given<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer).map(Some)
}

/// The body of `POST /api/v1/people/{id}/invitation`.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InvitationBody {
    /// Address of the page for the link, such as `http://192.168.1.10:8080`; without it there is a path only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
}

/// Somebody who signs in with a PIN or a password.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Id of the person.
    pub id: String,
    /// What the person signs in with, and the name in history and audit log.
    pub name: String,
    /// Role of the person.
    pub role: String,
    /// Zones that the person is limited to; all zones if absent.
    pub zones: Option<Vec<String>>,
    /// When the person was added.
    pub created_at: UtcTime,
    /// Whether the person has set a PIN or password.
    pub can_sign_in: bool,
    /// Until when the last invitation is good; `null` if it was taken.
    pub invited_until: Option<UtcTime>,
    /// On how many browsers the person is signed in.
    pub sessions: u64,
    /// When one of them was used last.
    pub last_used: Option<UtcTime>,
}

/// `GET /api/v1/people`.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonList {
    /// The people, by name.
    pub items: Vec<Person>,
}

/// A person with an invitation: the only time that it is shown.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonInvited {
    /// The invitation: whoever has it may set the person's PIN, once.
    pub invitation: String,
    /// The path of the page at which it is taken.
    pub path: String,
    /// The same with the address that was given.
    pub link: Option<String>,
    /// `link` as a QR code, in SVG.
    pub qr: Option<String>,
    /// What is known of the person.
    #[serde(flatten)]
    pub person: Person,
}

impl fmt::Debug for PersonInvited {
    /// Without the invitation.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PersonInvited").field("person", &self.person).finish_non_exhaustive()
    }
}

/// The body of `POST /api/v1/session`: a name with its PIN or password, or a token.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignInBody {
    /// Name of the person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Their PIN or password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pin: Option<String>,
    /// A token, in the place of both.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}

impl fmt::Debug for SignInBody {
    /// Without what is secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignInBody").field("name", &self.name).finish_non_exhaustive()
    }
}

/// The body of `POST /api/v1/invitation`.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AcceptBody {
    /// The invitation.
    pub invitation: String,
    /// The new PIN, 6 to 12 digits, or password, 8 to 128 characters.
    pub pin: String,
}

impl fmt::Debug for AcceptBody {
    /// Without what is secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AcceptBody(..)")
    }
}

/// A session that was begun; the browser keeps it in a cookie that no script reads.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Name in history and audit log.
    pub name: String,
    /// Role of the caller.
    pub role: String,
    /// Zones that the caller is limited to; all zones if absent.
    pub zones: Option<Vec<String>>,
    /// When it ends at the latest; without use it ends after a week.
    pub expires_at: Option<UtcTime>,
}

/// What ended, after signing out.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedOut {
    /// How many sessions ended.
    pub ended: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_that_are_left_out_are_not_all_zones() {
        let read = |text: &str| serde_json::from_str::<PersonChange>(text).unwrap();
        assert_eq!(read("{}"), PersonChange::default());
        assert_eq!(read(r#"{"zones":null}"#).zones, Some(None));
        assert_eq!(read(r#"{"zones":["bar"]}"#).zones, Some(Some(vec!["bar".to_owned()])));
        let all = PersonChange { role: None, zones: Some(None) };
        assert_eq!(serde_json::to_string(&all).unwrap(), r#"{"zones":null}"#);
    }
}
