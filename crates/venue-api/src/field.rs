//! Which field of a body an error is about.
//!
//! Serde names the field of an unknown, a missing and a duplicate one, in backticks, but not the
//! field whose value has a wrong type. [`named`] adds it there in the same words, so that
//! [`field_of`] has one form to read.

use serde::{Deserialize, Deserializer, de::Error};

/// The field that a refused body was refused for.
///
/// `None` where the error is about no field (bad syntax), or not about a body of this crate.
#[must_use]
pub fn field_of(error: &serde_json::Error) -> Option<String> {
    let text = error.to_string();
    let (_, rest) = text.split_once("field `")?;
    let (field, _) = rest.split_once('`')?;
    Some(field.to_owned())
}

macro_rules! named {
    ($($field:ident: $name:literal,)+) => {
        $(
            pub(crate) fn $field<'de, D, T>(deserializer: D) -> Result<T, D::Error>
            where
                D: Deserializer<'de>,
                T: Deserialize<'de>,
            {
                T::deserialize(deserializer).map_err(|error: D::Error| name($name, &error))
            }
        )+
    };
}

/// Reads a body (`serde(remote = "Self")`) whose `port` and `box` are two names of one thing: that they
/// differ is a contradiction, and it is not guessed which was meant.
macro_rules! one_port {
    ($body:ident) => {
        impl<'de> serde::Deserialize<'de> for $body {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let body = Self::deserialize(deserializer)?;
                match (body.port, body.r#box) {
                    (Some(port), Some(other)) if port != other => {
                        Err(crate::field::contradiction(port, other))
                    }
                    _ => Ok(body),
                }
            }
        }

        impl serde::Serialize for $body {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                Self::serialize(self, serializer)
            }
        }
    };
}

pub(crate) use one_port;

pub(crate) fn contradiction<E: Error>(port: i64, other: i64) -> E {
    let reason = format!("box is {other} and port is {port}: both name the port, give one of them");
    name("box", &reason)
}

/// Deserializers, one per field, whose errors name it.
pub(crate) mod named {
    use super::{Deserialize, Deserializer, name};

    named! {
        command: "command",
        port: "port",
        r#box: "box",
        channel: "channel",
        digit: "digit",
        input: "input",
        steps: "steps",
        class: "class",
        hostname: "hostname",
        targets: "targets",
        selectors: "selectors",
        dry_run: "dry_run",
        batch_id: "batch_id",
        priority: "priority",
        max_attempts: "max_attempts",
        scheduled_at: "scheduled_at",
        wait_for_device_s: "wait_for_device_s",
        notes: "notes",
    }
}

fn name<E: Error>(field: &str, error: &impl std::fmt::Display) -> E {
    // serde_json reads the position back from the end of the text.
    E::custom(format_args!("field `{field}`: {error}"))
}

/// The name of an action: one of the table, or one that ports have of their own.
#[cfg(feature = "schema")]
pub(crate) fn action_name() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
    use utoipa::openapi::{ObjectBuilder, Type, schema::AnyOfBuilder};
    let named = ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(venue_domain::Action::NAMES));
    let own = ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some("^[a-z0-9_]{1,32}$"))
        .description(Some(
            "An action that the code set or the mapping of a port has, such as `netflix`.",
        ));
    AnyOfBuilder::new()
        .item(named)
        .item(own)
        .description(Some(
            "The name of the action, such as `power_on`, or of one that the port has of its own.",
        ))
        .into()
}
