//! Endpoints that learn infrared codes, and find the code set of an appliance.

use std::collections::BTreeSet;

use http::StatusCode;
use venue_api::{FindAnswer, FindBody, FindState, FindStep, FoundSet, LearnBody, LearnSession};
use venue_auth::Need;
use venue_infrared::{Code, CodeSet, HARMLESS_KEYS};
use venue_registry::Registry;

use crate::{
    api_error::ApiError,
    app::AppTypes,
    body,
    endpoint::{Body, Endpoint, Inspect, Request, delete, get, post},
    handler::{
        code_sets::{self, Candidate, wrong},
        path::OfId,
    },
    learning::{LearnRejection, LearnWanted},
    read,
    reply::Reply,
};

pub(super) fn endpoints<S: AppTypes>() -> Vec<Endpoint<S>> {
    vec![
        post("/api/v1/infrared/learn", Need::Configure, "Learn one key of a remote control from a receiver of a device")
            .without_store()
            .details(
                "Listens until three presses agree, for 20 s at most; one session per device at a time. What came of \
                 each press is told by the event `infrared.learning` and by the path in `Location`. Nothing is saved.",
            )
            .body::<LearnBody>()
            .located()
            .answers::<LearnSession>(StatusCode::CREATED)
            .to(begin),
        get("/api/v1/infrared/learn/{id}", Need::Read, "A key that is being learned, or was")
            .details("The last 32 are kept, in memory.")
            .path::<OfId>()
            .answers::<LearnSession>(StatusCode::OK)
            .to(show),
        delete("/api/v1/infrared/learn/{id}", Need::Configure, "End the learning of a key")
            .without_store()
            .path::<OfId>()
            .answers::<LearnSession>(StatusCode::OK)
            .to(end),
        post("/api/v1/infrared/find", Need::Configure, "What to try next to find the code set of an appliance")
            .without_store()
            .details(
                "Sends nothing and keeps nothing: send the code that it names (`POST /api/v1/ports/{hostname}/{port}/try`), \
                 ask a person whether the appliance reacted, and ask again with all answers. Keys that do harm, such \
                 as power, are never named. Looks at the code sets of the venue, those that come with the daemon, and \
                 the files of the library folder.",
            )
            .changes_nothing()
            .body::<FindBody>()
            .answers::<FindStep>(StatusCode::OK)
            .to(find),
    ]
}

impl Body for LearnBody {
    fn read(bytes: &[u8]) -> Result<Self, ApiError> {
        body::parse(bytes)
    }

    fn inspect(bytes: &[u8]) -> Option<Box<dyn Inspect>> {
        Some(Box::new(Self::read(bytes).ok()?))
    }
}

impl Inspect for LearnBody {
    fn summary(&self) -> String {
        let key = self.key.as_deref().unwrap_or("a key");
        format!("learn {key} at {}", self.device)
    }

    fn ports(&self, _hostname: &str, _registry: &Registry) -> Option<Vec<(String, Option<i64>)>> {
        None
    }
}

impl Body for FindBody {
    fn read(bytes: &[u8]) -> Result<Self, ApiError> {
        body::parse(bytes)
    }
}

/// `POST /api/v1/infrared/learn`.
///
/// # Cancel safety
/// It may have begun.
async fn begin<S: AppTypes>(request: Request<S, (), (), LearnBody>) -> Result<Reply, ApiError> {
    let app = &*request.app;
    let LearnBody { device, receiver, key } = request.body()?;
    if app.stop.begun.is_cancelled() {
        return Err(ApiError::Stopping);
    }
    let device = read::hostname(&device).map_err(|error| wrong("device", error.to_string()))?;
    if key.as_deref().is_some_and(|key| !is_short(key)) {
        return Err(wrong("key", "give a name of 1 to 64 characters".to_owned()));
    }
    let (hostname, asked_for) = (device.to_string(), receiver.clone());
    let begun = app.learning.begin(LearnWanted { device, receiver, key });
    let session = begun.map_err(|rejection| match rejection {
        LearnRejection::UnknownDevice => wrong("device", format!("there is no device {hostname}")),
        LearnRejection::Offline => ApiError::NotOnline { hostname },
        LearnRejection::NoReceiver => {
            wrong("device", format!("{hostname} has no infrared receiver"))
        }
        LearnRejection::WhichReceiver { names } => {
            let names = names.join(", ");
            let detail = match asked_for {
                Some(name) => format!("{hostname} has no receiver {name:?}: it has {names}"),
                None => format!("{hostname} has several receivers: name one of {names}"),
            };
            wrong("receiver", detail)
        }
        LearnRejection::Already { id } => ApiError::LearningAlready { hostname, id },
    })?;
    let path = format!("/api/v1/infrared/learn/{}", session.id);
    Ok(Reply::json(StatusCode::CREATED, &session).located(path))
}

/// `GET /api/v1/infrared/learn/{id}`.
///
/// # Cancel safety
/// Safe: it only reads.
async fn show<S: AppTypes>(request: Request<S, OfId>) -> Result<Reply, ApiError> {
    let id = &request.path.id;
    let session = request.app.learning.session(id).ok_or_else(|| no_such(id))?;
    Ok(Reply::ok(&session))
}

/// `DELETE /api/v1/infrared/learn/{id}`.
///
/// # Cancel safety
/// It may have ended.
async fn end<S: AppTypes>(request: Request<S, OfId>) -> Result<Reply, ApiError> {
    let id = &request.path.id;
    let session = request.app.learning.end(id).ok_or_else(|| no_such(id))?;
    Ok(Reply::ok(&session))
}

/// `POST /api/v1/infrared/find`.
///
/// # Cancel safety
/// Safe: it only reads.
async fn find<S: AppTypes>(request: Request<S, (), (), FindBody>) -> Result<Reply, ApiError> {
    /// More than any search takes.
    const MAX_ANSWERS: usize = 500;
    let FindBody { make, kind, answers } = request.body()?;
    if answers.len() > MAX_ANSWERS {
        return Err(wrong("answers", format!("there are at most {MAX_ANSWERS}")));
    }
    let kind = kind.as_deref().map(code_sets::kind).transpose()?;
    let answers = answers.iter().enumerate().map(|(at, answer)| read_answer(at, answer));
    let answers = answers.collect::<Result<Vec<_>, _>>()?;
    let (app, registry) = (&*request.app, request.app.venue.registry());
    let found = code_sets::candidates(app, &registry, make.as_deref(), kind).await?;
    let (candidates, files_left_out) = found;
    if candidates.is_empty() && answers.is_empty() {
        let makes: BTreeSet<&str> =
            code_sets::known(&registry).map(|(set, _)| set.make.as_str()).collect();
        let makes: Vec<&str> = makes.into_iter().collect();
        return Err(wrong(
            "make",
            format!(
                "there is no code set of it, and no file of the library: there are sets of {}",
                makes.join(", ")
            ),
        ));
    }
    let sets = candidates.iter().map(|candidate| &*candidate.set);
    let step = venue_infrared::next_step(sets, &answers);
    Ok(Reply::ok(&told(step, &candidates, files_left_out)))
}

fn told(
    step: venue_infrared::FindStep<'_>,
    candidates: &[Candidate<'_>],
    files_left_out: u64,
) -> FindStep {
    let shown = |sets: &[&CodeSet]| {
        let of = |set: &&CodeSet| candidates.iter().find(|one| std::ptr::eq(&*one.set, *set));
        sets.iter().filter_map(of).map(found).collect::<Vec<_>>()
    };
    let (state, key, code, sets, left) = match step {
        venue_infrared::FindStep::Try { key, code, sets, left } => {
            (FindState::Try, Some(key), Some(code), sets, left)
        }
        venue_infrared::FindStep::Found { sets } => {
            let left = sets.len();
            (FindState::Found, None, None, sets, left)
        }
        venue_infrared::FindStep::NotFound => (FindState::NotFound, None, None, Vec::new(), 0),
    };
    FindStep {
        state,
        key: key.map(ToOwned::to_owned),
        code: code.map(ToString::to_string),
        sets: shown(&sets),
        left: left as u64,
        files_left_out,
    }
}

fn found(candidate: &Candidate<'_>) -> FoundSet {
    let Candidate { set, from, file } = candidate;
    FoundSet {
        id: set.id.to_string(),
        from: *from,
        file: file.clone(),
        make: set.make.clone(),
        models: set.models.clone(),
        kind: set.kind.to_string(),
    }
}

fn read_answer(at: usize, answer: &FindAnswer) -> Result<venue_infrared::FindAnswer, ApiError> {
    let FindAnswer { key, code, reacted } = answer;
    if !HARMLESS_KEYS.contains(&key.as_str()) {
        let keys = HARMLESS_KEYS.join(", ");
        return Err(wrong(&format!("answers[{at}].key"), format!("is one of {keys}, not {key:?}")));
    }
    let code: Code = code.parse().map_err(|error: venue_infrared::CodeError| {
        wrong(&format!("answers[{at}].code"), error.to_string())
    })?;
    Ok(venue_infrared::FindAnswer { key: key.clone(), code, reacted: *reacted })
}

fn is_short(text: &str) -> bool {
    (1..=64).contains(&text.chars().count()) && !text.chars().any(char::is_control)
}

fn no_such(id: &str) -> ApiError {
    ApiError::NoSuchItem { kind: "learning", id: id.to_owned() }
}
