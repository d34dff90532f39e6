//! Reading a request's body: only JSON, only so much, only so long; a file while it arrives.

use std::{collections::HashMap, sync::Arc};

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::{HeaderMap, header::CONTENT_TYPE};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::{Body, Incoming};
use serde::de::{DeserializeOwned, IgnoredAny};
use tokio::time::timeout;
use venue_domain::misplaced;

use crate::{
    api_error::ApiError,
    backups::{BINARY, BackupUpload, UploadError},
    config::Config,
    stream::Traffic,
};

/// Reads the whole body, of `limit` bytes at most; empty where there is none.
///
/// # Cancel safety
/// What was read is lost; the connection cannot carry another request.
pub(crate) async fn read(
    headers: &HeaderMap,
    body: Incoming,
    limit: usize,
    config: &Config,
    traffic: &Traffic,
) -> Result<Bytes, ApiError> {
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    // Refused by its announced length: the client is not even asked to go on (100 Continue).
    let announced = body.size_hint().lower();
    if usize::try_from(announced).map_or(true, |announced| announced > limit) {
        return Err(ApiError::BodyTooLarge { limit });
    }
    if !is_json(headers) {
        return Err(ApiError::ContentType);
    }
    let collected = timeout(config.body_read_timeout, Limited::new(body, limit).collect()).await;
    match collected {
        Ok(Ok(whole)) => {
            traffic.request_was_read();
            Ok(whole.to_bytes())
        }
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(ApiError::BodyTooLarge { limit }),
        Ok(Err(_)) => Err(ApiError::BodyBroken),
        Err(_) => Err(ApiError::BodyTimeout { limit: config.body_read_timeout }),
    }
}

/// What arrives of a file, of `limit` bytes at most, while its endpoint reads it.
pub(crate) fn upload(
    headers: &HeaderMap,
    body: Incoming,
    limit: usize,
    config: &Config,
    traffic: &Arc<Traffic>,
) -> Result<BackupUpload, ApiError> {
    let (announced, at_most) = (body.size_hint().lower(), body.size_hint().upper());
    if usize::try_from(announced).map_or(true, |announced| announced > limit) {
        return Err(ApiError::BodyTooLarge { limit });
    }
    if essence(headers).is_none_or(|kind| !kind.eq_ignore_ascii_case(BINARY)) {
        return Err(ApiError::UploadType);
    }
    let (stall, traffic) = (config.upload_stall_timeout, Arc::clone(traffic));
    let limited = Limited::new(body, limit).into_data_stream();
    let content = stream::unfold(Some(limited), move |unread| {
        let traffic = Arc::clone(&traffic);
        async move {
            let mut unread = unread?;
            match timeout(stall, unread.next()).await {
                Ok(Some(Ok(bytes))) => Some((Ok(bytes), Some(unread))),
                Ok(Some(Err(error))) if error.is::<LengthLimitError>() => {
                    Some((Err(UploadError::TooLarge { limit }), None))
                }
                Ok(Some(Err(_))) => Some((Err(UploadError::Cut), None)),
                Ok(None) => {
                    traffic.request_was_read();
                    None
                }
                Err(_) => Some((Err(UploadError::Stalled { limit: stall }), None)),
            }
        }
    });
    Ok(BackupUpload { announced: at_most, content: Box::pin(content) })
}

/// Reads `bytes` as a body of its endpoint.
pub(crate) fn parse<B: DeserializeOwned>(bytes: &[u8]) -> Result<B, ApiError> {
    let body = serde_json::from_slice(bytes).map_err(|_| parse_error::<B>(bytes))?;
    // Serde takes an array as the values of the fields in their order.
    if is_object(bytes) { Ok(body) } else { Err(no_object()) }
}

/// Reads `bytes` as a body that may be left out: then every field of it is.
pub(crate) fn parse_optional<B: DeserializeOwned + Default>(bytes: &[u8]) -> Result<B, ApiError> {
    if bytes.is_empty() { Ok(B::default()) } else { parse(bytes) }
}

/// Reads `bytes` as any JSON object.
pub(crate) fn parse_value(bytes: &[u8]) -> Result<serde_json::Value, ApiError> {
    parse(bytes)
}

/// Refuses everything but no body, or one that says nothing.
pub(crate) fn nothing(bytes: &[u8]) -> Result<(), ApiError> {
    if bytes.trim_ascii().is_empty() {
        return Ok(());
    }
    let body: serde_json::Map<String, serde_json::Value> = parse(bytes)?;
    body.keys().next().map_or(Ok(()), |name| {
        let reason = format!("{name} is an unknown field: no fields are taken here");
        Err(ApiError::InvalidBody { field: Some(name.clone()), reason, place: None })
    })
}

/// Reads `bytes` as a body whose one field, `name`, is a secret: what is wrong is told without quoting it.
pub(crate) fn parse_secret<B: DeserializeOwned>(bytes: &[u8], name: &str) -> Result<B, ApiError> {
    parse(bytes).map_err(|error| {
        let ApiError::InvalidBody { place, .. } = error else { return error };
        let reason = format!("give {name}, as text, and nothing else");
        ApiError::InvalidBody { field: Some(name.to_owned()), reason, place }
    })
}

fn is_object(bytes: &[u8]) -> bool {
    bytes.trim_ascii_start().first() == Some(&b'{')
}

fn no_object() -> ApiError {
    let reason = "it must be one JSON object".to_owned();
    ApiError::InvalidBody { field: None, reason, place: None }
}

/// A body that is no JSON anywhere is told so first: what it says about fields means nothing.
fn parse_error<B: DeserializeOwned>(bytes: &[u8]) -> ApiError {
    if let Err(syntax) = serde_json::from_slice::<IgnoredAny>(bytes) {
        let (line, column) = (syntax.line(), syntax.column());
        return ApiError::InvalidJson { reason: syntax.to_string(), line, column };
    }
    if !is_object(bytes) {
        return no_object();
    }
    // Read once more, by a reader that knows where it is.
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let Err(error) = serde_path_to_error::deserialize::<_, B>(&mut reader) else {
        return no_object();
    };
    let inner = error.inner();
    let (field, reason) = misplaced(&error.path().to_string(), &inner.to_string());
    let twice = TWO_NAMES.into_iter().find(|(name, other)| {
        reason == format!("{name} is given twice") && has_field(bytes, other)
    });
    let reason = match twice {
        Some((name, other)) => {
            format!("{name} and {other} are two names of one thing: give one of them")
        }
        None => reason,
    };
    // What is decided when all of it was read has no place of its own.
    let place = (inner.line() > 0).then(|| (inner.line(), inner.column()));
    ApiError::InvalidBody { field: Some(field).filter(|field| !field.is_empty()), reason, place }
}

/// Fields that have another name, too.
const TWO_NAMES: [(&str, &str); 1] = [("targets", "devices")];

fn has_field(bytes: &[u8], name: &str) -> bool {
    let fields = serde_json::from_slice::<HashMap<String, IgnoredAny>>(bytes);
    fields.is_ok_and(|fields| fields.contains_key(name))
}

fn is_json(headers: &HeaderMap) -> bool {
    let is = |kind: &str| essence(headers).is_some_and(|own| own.eq_ignore_ascii_case(kind));
    is("application/json") || is("application/merge-patch+json")
}

/// The media type without its parameters.
fn essence(headers: &HeaderMap) -> Option<&str> {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    kind.and_then(|kind| kind.split(';').next()).map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;
    use venue_api::CommandBody;

    #[test]
    fn only_json_is_json() {
        let table = [
            (Some("application/json"), true),
            (Some("Application/JSON; charset=utf-8"), true),
            (Some("text/plain"), false),
            (Some("application/x-www-form-urlencoded"), false),
            (Some("text/plain; application/json"), false),
            (None, false),
        ];
        for (kind, expected) in table {
            let mut headers = HeaderMap::new();
            if let Some(kind) = kind {
                headers.insert(CONTENT_TYPE, kind.parse().unwrap());
            }
            assert_eq!(is_json(&headers), expected, "{kind:?}");
        }
    }

    #[test]
    fn bad_syntax_and_a_wrong_field_are_told_apart() {
        let syntax = parse::<CommandBody>(b"{\"command\":}").unwrap_err();
        assert!(matches!(syntax, ApiError::InvalidJson { line: 1, column: 12, .. }), "{syntax:?}");
        let field = parse::<CommandBody>(b"{\"command\":\"power\",\"port\":true}").unwrap_err();
        assert!(
            matches!(&field, ApiError::InvalidBody { field: Some(name), place: Some((1, _)), .. } if name == "port"),
            "{field:?}"
        );
    }

    #[test]
    fn a_body_is_an_object_and_never_its_values_in_a_row() {
        let row = br#"["power",2,null,null,null,null,null]"#;
        for body in [&row[..], b"[]", b" null", b"\n7", b"\"power\""] {
            let error = parse::<CommandBody>(body).unwrap_err();
            assert!(matches!(error, ApiError::InvalidBody { field: None, .. }), "{error:?}");
            assert!(error.to_string().contains("one JSON object"), "{error}");
        }
        for broken in [&b"[1,"[..], b"", b"nul"] {
            let error = parse::<CommandBody>(broken).unwrap_err();
            assert!(matches!(error, ApiError::InvalidJson { .. }), "{error:?}");
        }
        assert!(parse::<CommandBody>(b" \r\n{\"command\":\"power\"}\t").is_ok());
    }
}
