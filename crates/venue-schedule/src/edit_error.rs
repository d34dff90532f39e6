//! Why an edit of the schedules is refused.

use snafu::Snafu;
use venue_domain::one_line;
use venue_registry::NoMatch;

use crate::{LocalTime, SpecError};

/// Why an edit is refused. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, Snafu)]
#[snafu(visibility(pub(crate)))]
pub enum ScheduleEditError {
    /// There is no such schedule.
    #[snafu(display("there is no schedule {id}"))]
    NotFound {
        /// Its id.
        id: String,
    },
    /// There is one of the same id.
    #[snafu(display("there is already a schedule {id}"))]
    Exists {
        /// Its id.
        id: String,
    },
    /// It was changed since.
    #[snafu(display("it was changed in the meantime: it has revision {found}, not {expected}"))]
    Stale {
        /// Its revision.
        found: u64,
        /// What was expected.
        expected: u64,
    },
    /// It has another id than its path.
    #[snafu(display(
        "the schedule has the id {found}, but its path the id {id}: an id cannot be changed"
    ))]
    Renamed {
        /// Its id in the path.
        id: String,
        /// Its id in itself.
        found: String,
    },
    /// A field is missing, unknown or of the wrong shape.
    #[snafu(display("{field}: {detail}"))]
    Shape {
        /// The field.
        field: String,
        /// What is wrong, and what would be right.
        detail: String,
    },
    /// A selector of it matches nothing.
    #[snafu(display("{field}: {detail}"))]
    NoMatch {
        /// The field.
        field: String,
        /// Why, and what would match.
        detail: String,
        /// Why, as one of few kinds.
        kind: NoMatch,
    },
    /// When or what it does is wrong.
    #[snafu(display("{}", one_line(source)))]
    Form {
        /// What is wrong.
        source: SpecError,
    },
    /// It would never fire.
    #[snafu(display("at: this time is in the past; give a future time"))]
    Over,
    /// The run that is to be put back began after this time of day.
    #[snafu(display("put_back: {time} is past for the run of {run}; give a later time"))]
    PutBackOver {
        /// When it would be put back.
        time: LocalTime,
        /// The run.
        run: LocalTime,
    },
    /// Somebody else made it.
    #[snafu(display(
        "{made_by} made this schedule: you change only schedules that you made yourself, and whose TVs are all in \
         your zones"
    ))]
    NotOwn {
        /// Who made it.
        made_by: String,
    },
    /// Nobody knows who made it, so that it is not theirs.
    #[snafu(display(
        "it is not known who made this schedule: you change only schedules that you made yourself; a manager can change it"
    ))]
    MakerNotKnown,
    /// They made it, and now it has TVs that are not in their zones.
    #[snafu(display(
        "you made this schedule, but it changes TVs outside of your zones now ({ports}): a manager can change it, or make \
         one of your own for your TVs"
    ))]
    Widened {
        /// The TVs.
        ports: String,
    },
    /// It would command TVs outside of the planner's zones.
    #[snafu(display("selectors: this would change {ports} outside of your zones"))]
    OutsideZones {
        /// The TVs.
        ports: String,
    },
    /// It does not run then.
    #[snafu(display("{field}: it does not run on {on} (a {weekday}); {next}"))]
    NotThen {
        /// The field.
        field: String,
        /// The day, or the local date and time.
        on: String,
        /// Which day of the week that is.
        weekday: String,
        /// When it runs instead.
        next: String,
    },
    /// The run that is meant is over.
    #[snafu(display("{field}: the run of {run} is past; give one that is to come"))]
    PastRun {
        /// The field.
        field: String,
        /// The run.
        run: String,
    },
    /// One run is wanted, and the day has several.
    #[snafu(display("on: it runs {count} times on that day; name one, such as {first}"))]
    SeveralRuns {
        /// How many.
        count: usize,
        /// The first of them.
        first: LocalTime,
    },
    /// There is no holiday to come on which alone it would run.
    #[snafu(display(
        "holidays: the venue has no holiday to come on which it would run; add one with `venuectl venue holidays add DATE`"
    ))]
    NoHoliday,
    /// Nothing of it was skipped.
    #[snafu(display("nothing of {id} is skipped then"))]
    NothingToUnskip {
        /// Its id.
        id: String,
    },
    /// Nothing of it is to come that could be left out.
    #[snafu(display("{id} has no next run: it is paused, or has no further run"))]
    NothingToSkip {
        /// Its id.
        id: String,
    },
}

/// The header that says which revision is changed.
const IF_MATCH: &str = "If-Match";

impl ScheduleEditError {
    /// The field that is wrong, where one is.
    #[must_use]
    pub fn field(&self) -> Option<&str> {
        match self {
            Self::Shape { field, .. }
            | Self::NoMatch { field, .. }
            | Self::NotThen { field, .. }
            | Self::PastRun { field, .. } => Some(field),
            Self::SeveralRuns { .. } => Some("on"),
            Self::NoHoliday => Some("holidays"),
            Self::Form { source } => Some(source.field()),
            Self::Over => Some("at"),
            Self::PutBackOver { .. } => Some("put_back"),
            Self::OutsideZones { .. } => Some("selectors"),
            Self::Renamed { .. } | Self::Exists { .. } => Some("id"),
            Self::Stale { .. } => Some(IF_MATCH),
            Self::NotFound { .. }
            | Self::NotOwn { .. }
            | Self::MakerNotKnown
            | Self::Widened { .. }
            | Self::NothingToUnskip { .. }
            | Self::NothingToSkip { .. } => None,
        }
    }

    /// Why a selector of it matches nothing, where that is what is wrong.
    #[must_use]
    pub const fn no_match(&self) -> Option<NoMatch> {
        if let Self::NoMatch { kind, .. } = self { Some(*kind) } else { None }
    }
}
