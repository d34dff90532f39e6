//! Endpoints about what comes next: the agenda of all schedules, and what running one now would do.

use std::{collections::BTreeSet, time::Duration};

use http::StatusCode;
use venue_api::{
    Agenda, AgendaItem, OccurrenceKind, SchedulePreview, ScheduleTarget, UnchangedTarget, UtcTime,
};
use venue_auth::{Need, Principal};
use venue_domain::{Action, PortId, WallTime};
use venue_registry::Registry;
use venue_schedule::{AgendaEntry, AgendaKind};

use crate::{
    api_error::ApiError,
    app::AppTypes,
    endpoint::{Endpoint, Request, get},
    handler::{
        path::OfId,
        planned::{by_router, name_of, of_state, unmatched_selectors},
        schedule::{pending, refused, skip_reason, to_be_put_back, unknown, zone_name},
    },
    own,
    query::AgendaDays,
    reply::Reply,
    venue::SchedulePlan,
};

pub(super) fn endpoints<S: AppTypes>() -> Vec<Endpoint<S>> {
    vec![
        get("/api/v1/agenda", Need::Read, "What the schedules do next, day by day")
            .details("Runs and put backs of all schedules, also of those that are paused, in the order of time.")
            .query::<AgendaDays>()
            .answers::<Agenda>(StatusCode::OK)
            .to(agenda),
        get("/api/v1/schedules/{id}/preview", Need::Read, "What running a schedule now would send")
            .path::<OfId>()
            .answers::<SchedulePreview>(StatusCode::OK)
            .to(preview),
    ]
}

/// `GET /api/v1/agenda?days=`.
///
/// # Cancel safety
/// Safe: it only reads.
async fn agenda<S: AppTypes>(request: Request<S, (), AgendaDays>) -> Result<Reply, ApiError> {
    let (app, who) = (&*request.app, &request.context.who);
    let days = u64::from(request.query()?.days.get());
    let (schedules, registry, now) =
        (app.schedules.schedules(), app.venue.registry(), app.calendar());
    let end = now.plus(Duration::from_secs(days * 24 * 3_600));
    let entries = schedules.agenda(now, end, MOST_ITEMS);
    let is_cut = entries.len() == MOST_ITEMS;
    let until = entries.last().filter(|_| is_cut).map_or(end, |last| last.due.at);
    let mut seen = BTreeSet::new();
    let item = |one: &AgendaEntry<'_>| {
        let is_next = seen.insert(one.entry.definition.id.clone());
        told(who, one, is_next, &registry)
    };
    Ok(Reply::ok(&Agenda {
        zone: registry.time_zone().to_string(),
        until: UtcTime(WallTime::of_calendar(until)),
        items: entries.iter().map(item).collect(),
    }))
}

/// More than anybody reads.
const MOST_ITEMS: usize = 500;

fn told(who: &Principal, one: &AgendaEntry<'_>, is_next: bool, registry: &Registry) -> AgendaItem {
    let (entry, definition) = (one.entry, &one.entry.definition);
    let (kind, put_back) = match one.kind {
        AgendaKind::Run { put_back } => {
            (OccurrenceKind::Run, put_back.map(|due| to_be_put_back(one.due.local, due)))
        }
        AgendaKind::PutBack { .. } => {
            (OccurrenceKind::PutBack, entry.plan.put_back.as_ref().map(pending))
        }
    };
    let moved_to = entry.state.moved.get(&one.due.local).filter(|_| kind == OccurrenceKind::Run);
    AgendaItem {
        schedule: definition.id.to_string(),
        name: definition.name.clone(),
        kind,
        at: UtcTime(WallTime::of_calendar(one.due.at)),
        local: one.due.local.to_string(),
        zone: zone_name(entry),
        put_back,
        selectors: definition.selectors.iter().map(ToString::to_string).collect(),
        steps: definition.steps.clone(),
        paused: entry.state.paused,
        skipped: one.left_out.is_some(),
        skip_reason: one.left_out.map(skip_reason),
        moved_to: moved_to.cloned(),
        is_next,
        made_by: entry.plan.made_by.clone(),
        may_run: own::may_run(who, registry, entry),
        may_change: own::may_change(who, registry, entry),
    }
}

/// `GET /api/v1/schedules/{id}/preview`.
///
/// # Cancel safety
/// Safe: it only reads.
async fn preview<S: AppTypes>(request: Request<S, OfId>) -> Result<Reply, ApiError> {
    let (app, id) = (&*request.app, request.path.id.clone());
    let schedules = app.schedules.schedules();
    let lasts = schedules.get(&id).ok_or_else(|| unknown(&id))?.schedule.steps.lasts();
    let plan = match app.schedules.preview(id.clone()).await {
        Ok(plan) => plan,
        Err(refusal) => return Ok(refused(&refusal, &request.context)),
    };
    let SchedulePlan { targets, rejected, undecided, unchanged, unmatched } = plan;
    let registry = app.venue.registry();
    let ports: Vec<PortId> = targets.iter().map(|(port, _)| port.clone()).collect();
    let refused_places: BTreeSet<usize> = rejected.iter().map(|(place, _)| *place).collect();
    let target = |(port, actions): (PortId, Vec<Action>)| ScheduleTarget {
        hostname: port.device.to_string(),
        port: port.port.number(),
        name: name_of(&port, &registry),
        commands: actions.iter().map(ToString::to_string).collect(),
    };
    let planned = targets.into_iter().enumerate();
    let planned = planned.filter(|(place, _)| !refused_places.contains(place));
    let unchanged = unchanged.into_iter().map(|port| UnchangedTarget {
        hostname: port.device.to_string(),
        port: port.port.number(),
        name: name_of(&port, &registry),
    });
    let undecided = of_state(undecided, ports.len());
    Ok(Reply::ok(&SchedulePreview {
        id,
        targets: planned.map(|(_, planned)| target(planned)).collect(),
        rejected: [by_router(&rejected, &ports), undecided].concat(),
        unchanged: unchanged.collect(),
        unmatched: unmatched_selectors(unmatched),
        lasts_s: lasts.as_secs(),
    }))
}
