//! One press, from the request to the report that it has left.

use std::time::{Duration, Instant};

use esphome_pool::{Call, CallEnd, CallRequest, EvidenceWanted, codec::InfraredTransmit};
use venue_benches::harness::{Goal, Pair, Run, Unit, note};
use venue_infrared::{Press, encode, starter_sets};
use venue_routing::{
    CommandOptions,
    domain::{Action, PortId, Status},
};

use crate::{
    boards,
    venue::{SET, Venue},
};

pub(crate) async fn measure(run: Run) {
    let boards = boards::start(1).await;
    let venue = Venue::start(&boards, "").await;
    let set = starter_sets().iter().find(|set| set.id.as_str() == SET).unwrap();
    let sends = set.sends_of("volume_up").unwrap_or(1);
    let sent = encode(set.code("volume_up").unwrap(), Press { toggle: false, sends }).unwrap();
    let air_time = sent.air_time().as_secs_f64() * 1e3;
    let handle = &venue.handles[0];
    let session = venue_benches::pool::online(handle).await;
    let emitter =
        session.peer.listing.entities.iter().find(|one| one.name == "IR Port 1").unwrap().id();
    let (carrier, timings) = (sent.carrier().hz(), sent.into_timings());
    let request = InfraredTransmit::new(emitter, carrier, 1, timings).unwrap();
    let mut pair = Pair::default();
    for _ in 0..run.pick(30, 2) {
        let port =
            PortId { device: boards[0].name().parse().unwrap(), port: 1.try_into().unwrap() };
        let begun = Instant::now();
        let answer =
            venue.router.submit(port, Action::VolumeUp, CommandOptions::default()).await.unwrap();
        pair.ours.push(begun.elapsed().as_secs_f64() * 1e3);
        assert_eq!(answer.status(), Status::Completed, "{answer:?}");
        let call =
            Call::new(CallRequest::Infrared(request.clone()), EvidenceWanted::InfraredComplete);
        let begun = Instant::now();
        let report = handle.call(call, tokio::time::Instant::now() + Duration::from_secs(5)).await;
        pair.baseline.push(begun.elapsed().as_secs_f64() * 1e3);
        assert!(matches!(report.end, CallEnd::InfraredDone { success: true }), "{report:?}");
    }
    pair.print("press to completion", Unit::Milliseconds, Goal::AtMost(air_time + 25.0));
    note(format!(
        "{air_time:.1} ms of it are on the air; baseline: the same array over a bare session"
    ));
    venue.stop().await;
}
