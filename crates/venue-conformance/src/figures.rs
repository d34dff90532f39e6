//! The daily figures count what ended.

use venue_domain::{DailyFigures, FiguresBy, FiguresQuery, Reason, Status};

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
        FiguresQuery { first: day, last: day, device: None, by: FiguresBy::Everything, limit: 100 };
    let read = async |query: FiguresQuery| {
        let figures = store.figures(query).await.unwrap();
        let told = |one: &DailyFigures| {
            let counts = one.counts;
            (one.hostname.clone(), counts.of(Status::Completed), counts.of(Status::Unknown))
        };
        figures.iter().map(told).collect::<Vec<_>>()
    };
    let of = |hostname: &str| Some(hostname.to_owned());
    let all = read(everything.clone()).await;
    assert_eq!(all, [(of("ir-1"), 1, 0), (of("ir-1"), 1, 0), (of("ir-2"), 0, 1)]);
    let by = |by| FiguresQuery { by, ..everything.clone() };
    assert_eq!(read(by(FiguresBy::Device)).await, [(of("ir-1"), 2, 0), (of("ir-2"), 0, 1)]);
    assert_eq!(read(by(FiguresBy::Command)).await, [(None, 1, 1), (None, 1, 0)]);
    assert_eq!(read(by(FiguresBy::Day)).await, [(None, 2, 1)]);
    let one = FiguresQuery { device: "ir-2".parse().ok(), ..everything.clone() };
    assert_eq!(read(one).await, [(of("ir-2"), 0, 1)]);
    // Each status is a count of its own.
    let ends = [Reason::DeviceOffline, Reason::Refused, Reason::Superseded, Reason::NoEvidence];
    store.record(ends.map(|end| direct("menu", "ir-3/1", end)).into()).await.unwrap();
    let ends = FiguresQuery { device: "ir-3".parse().ok(), ..everything.clone() };
    let counts = store.figures(ends).await.unwrap()[0].counts;
    let expected = [Status::Failed, Status::Failed, Status::Superseded, Status::Unknown];
    assert_eq!(counts, expected.into_iter().collect());
    assert_eq!(read(FiguresQuery { limit: 1, ..everything.clone() }).await.len(), 1);
    let later = FiguresQuery { first: day + 1, last: day + 9, ..everything };
    assert_eq!(read(later).await, []);
}
