//! Endpoints about logos of channels. A logo is no secret: a browser fetches it as it fetches the page.

use std::hash::{DefaultHasher, Hash, Hasher};

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use http::StatusCode;
use venue_api::{LogoBody, LogoChanged, LogoList};
use venue_auth::Need;
use venue_registry::{Kind, Label, Registry};

use crate::{
    api_error::ApiError,
    app::AppTypes,
    body,
    endpoint::{AnyQuery, Body, Endpoint, Header, Inspect, Request, SizeLimit, delete, get, put},
    handler::path::OfId,
    logos::{self, LogoError},
    reply::Reply,
};

pub(super) fn endpoints<S: AppTypes>() -> Vec<Endpoint<S>> {
    vec![
        get("/api/v1/channels/logos", Need::Read, "The channels that have a logo")
            .answers::<LogoList>(StatusCode::OK)
            .to(list),
        get("/api/v1/channels/{id}/logo", Need::Public, "The logo of a channel")
            .details(
                "Anybody may load it, as the page. The type of the answer is that of the picture.",
            )
            .path::<OfId>()
            .query::<AnyQuery>()
            .header(Header::IfNoneMatch)
            .answers_text("image/*")
            .answers_nothing(StatusCode::NOT_MODIFIED)
            .to(show),
        put(
            "/api/v1/channels/{id}/logo",
            Need::Plan,
            "Give a channel a logo, in place of the one before",
        )
        .details("It is kept beside the configuration: neither `apply` nor an import changes it.")
        .path::<OfId>()
        .body::<LogoBody>()
        .answers::<LogoChanged>(StatusCode::OK)
        .to(set),
        delete("/api/v1/channels/{id}/logo", Need::Plan, "Remove the logo of a channel")
            .path::<OfId>()
            .answers::<LogoChanged>(StatusCode::OK)
            .to(remove),
    ]
}

impl Body for LogoBody {
    // In base64 it is a third longer than the picture.
    const SIZE_LIMIT: SizeLimit = SizeLimit::Bulk;

    fn read(bytes: &[u8]) -> Result<Self, ApiError> {
        body::parse(bytes)
    }

    fn inspect(bytes: &[u8]) -> Option<Box<dyn Inspect>> {
        Some(Box::new(Self::read(bytes).ok()?))
    }
}

impl Inspect for LogoBody {
    fn summary(&self) -> String {
        format!("a logo of about {} bytes", self.image.len() / 4 * 3)
    }

    fn ports(&self, _of: &str, _registry: &Registry) -> Option<Vec<(String, Option<i64>)>> {
        None
    }
}

/// `GET /api/v1/channels/logos`.
///
/// # Cancel safety
/// Safe: it only reads.
async fn list<S: AppTypes>(request: Request<S>) -> Result<Reply, ApiError> {
    let mut channels = request.app.logos.channels().await.map_err(|error| unusable(&error))?;
    let registry = request.app.venue.registry();
    channels.retain(|channel| is_channel(channel, &registry));
    Ok(Reply::ok(&LogoList { channels: channels.iter().map(ToString::to_string).collect() }))
}

/// `GET /api/v1/channels/{id}/logo`.
///
/// # Cancel safety
/// Safe: it only reads.
async fn show<S: AppTypes>(request: Request<S, OfId, AnyQuery>) -> Result<Reply, ApiError> {
    let (app, id) = (&*request.app, &*request.path.id);
    let channel = id.parse::<Label>().map_err(|_| no_logo(id))?;
    if !is_channel(&channel, &app.venue.registry()) {
        return Err(no_logo(id));
    }
    let image = app.logos.read(channel).await.map_err(|error| unusable(&error))?;
    let image = image.ok_or_else(|| no_logo(id))?;
    // What somebody else put into the folder is not handed out as a picture.
    let format = logos::checked(&image).map_err(|_| no_logo(id))?;
    let mut tag = DefaultHasher::new();
    image.hash(&mut tag);
    Ok(Reply::picture(format.media_type(), image, tag.finish(), &request.context))
}

/// `PUT /api/v1/channels/{id}/logo`.
///
/// # Cancel safety
/// A change that was begun may or may not be made.
async fn set<S: AppTypes>(request: Request<S, OfId, (), LogoBody>) -> Result<Reply, ApiError> {
    let (app, id) = (&*request.app, &*request.path.id);
    let registry = app.venue.registry();
    let known = registry.channels().find(|one| one.value.id.as_str() == id);
    let unknown = || ApiError::NoSuchItem { kind: Kind::Channel.plural(), id: id.to_owned() };
    let channel = known.ok_or_else(unknown)?.value.id.clone();
    let wrong = |detail| ApiError::InvalidItem { field: "image".to_owned(), detail };
    let image = BASE64_STANDARD.decode(request.body()?.image);
    let image = image.map_err(|error| wrong(format!("give the picture in base64: {error}")))?;
    let format = logos::checked(&image).map_err(wrong)?;
    app.logos.write(channel, Bytes::from(image)).await.map_err(|error| unusable(&error))?;
    let media_type = Some(format.media_type().to_owned());
    Ok(Reply::ok(&LogoChanged { channel: id.to_owned(), media_type }))
}

/// `DELETE /api/v1/channels/{id}/logo`.
///
/// # Cancel safety
/// A change that was begun may or may not be made.
async fn remove<S: AppTypes>(request: Request<S, OfId>) -> Result<Reply, ApiError> {
    let (app, id) = (&*request.app, &*request.path.id);
    let channel = id.parse::<Label>().map_err(|_| no_logo(id))?;
    if app.logos.remove(channel).await.map_err(|error| unusable(&error))? {
        Ok(Reply::ok(&LogoChanged { channel: id.to_owned(), media_type: None }))
    } else {
        Err(no_logo(id))
    }
}

/// Whether there is such a channel: a logo goes with its channel, and may be a moment later.
fn is_channel(id: &Label, registry: &Registry) -> bool {
    registry.channels().any(|channel| channel.value.id == *id)
}

fn no_logo(id: &str) -> ApiError {
    ApiError::NoSuchItem { kind: "logos", id: id.to_owned() }
}

fn unusable(error: &LogoError) -> ApiError {
    ApiError::InvalidItem { field: "image".to_owned(), detail: error.to_string() }
}
