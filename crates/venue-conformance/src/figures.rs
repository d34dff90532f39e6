//! The daily figures count what ended.

use venue_domain::{DailyStats, Reason, StatsBy, StatsQuery, Status};

use crate::{Factory, given::at, sides::*};

/// See its name.
pub async fn figures_count_what_ended(factory: &impl Factory<Store: SystemStore + CommandQueue>) {
    let store = factory.fresh().await;
    let direct = |name, target, reason| {
        crate::given::direct(crate::given::command(name, target, 10), reason)
    };
    let records = vec![
        direct("mute", "ir-1/2", Reason::Delivered),
        direct("power_on", "ir-1/2", Reason::Delivered),
        direct("mute", "ir-2/1", Reason::NoEvidence),
    ];
    store.record(records).await.unwrap();
    let day = at(0).unix_ms().div_euclid(86_400_000);
    let everything =
        StatsQuery { first: day, last: day, device: None, by: StatsBy::Everything, limit: 100 };
    let read = async |query: StatsQuery| {
        let figures = store.daily_stats(query).await.unwrap();
        let told = |one: &DailyStats| {
            let counts = one.counts;
            (one.hostname.clone(), counts.of(Status::Completed), counts.of(Status::Unknown))
        };
        figures.iter().map(told).collect::<Vec<_>>()
    };
    let of = |hostname: &str| Some(hostname.to_owned());
    let all = read(everything.clone()).await;
    assert_eq!(all, [(of("ir-1"), 1, 0), (of("ir-1"), 1, 0), (of("ir-2"), 0, 1)]);
    let by = |by| StatsQuery { by, ..everything.clone() };
    assert_eq!(read(by(StatsBy::Device)).await, [(of("ir-1"), 2, 0), (of("ir-2"), 0, 1)]);
    assert_eq!(read(by(StatsBy::Command)).await, [(None, 1, 1), (None, 1, 0)]);
    assert_eq!(read(by(StatsBy::Day)).await, [(None, 2, 1)]);
    let one = StatsQuery { device: "ir-2".parse().ok(), ..everything.clone() };
    assert_eq!(read(one).await, [(of("ir-2"), 0, 1)]);
    // Each status is a count of its own.
    let ends = [Reason::DeviceOffline, Reason::Refused, Reason::Superseded, Reason::NoEvidence];
    store.record(ends.map(|end| direct("menu", "ir-3/1", end)).into()).await.unwrap();
    let ends = StatsQuery { device: "ir-3".parse().ok(), ..everything.clone() };
    let counts = store.daily_stats(ends).await.unwrap()[0].counts;
    let expected = [Status::Failed, Status::Failed, Status::Superseded, Status::Unknown];
    assert_eq!(counts, expected.into_iter().collect());
    assert_eq!(read(StatsQuery { limit: 1, ..everything.clone() }).await.len(), 1);
    let later = StatsQuery { first: day + 1, last: day + 9, ..everything };
    assert_eq!(read(later).await, []);
}
