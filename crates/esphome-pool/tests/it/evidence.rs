//! What a call reports, and that it is never the evidence of another one.

use std::time::Duration;

use esphome_codec::{EntityCommand, EntityId, Message, ProtocolError, proto};
use esphome_pool::{
    Call, CallEnd, CallReport, CallRequest, ConnectError, DeviceHandle, EvidenceWanted, PingError,
    Written,
};
use tokio::time::Instant;

use crate::{
    peer::{Order, Peer, SAY, SILENT, SUB_DEVICE, completion, completion_of, reply, text},
    rig::{
        Rig, infrared, infrared_of, is_reply, late, offline, say, silent, soon, telling, told,
        within,
    },
};

async fn made(
    device: &DeviceHandle,
    request: CallRequest,
    evidence: EvidenceWanted,
    deadline: Instant,
) -> CallReport {
    within(device.call(Call::new(request, evidence), deadline)).await
}

async fn saw_infrared(peer: &mut Peer, count: usize) {
    for _ in 0..count {
        peer.saw_message(|m| matches!(m, Message::InfraredTransmit(_)).then_some(())).await;
    }
}

fn is_nothing(report: &CallReport, expected: Written) -> bool {
    matches!(report.end, CallEnd::NothingInTime { written } if written == expected)
}

#[tokio::test]
async fn a_reply_is_reported_with_the_session_that_it_came_on() {
    let mut rig = Rig::new().await;
    let report = told(&rig.device, "hello", late()).await;
    assert!(is_reply(&report.end), "{report:?}");
    assert_eq!(report.epoch, Some(1));
    let call = rig.peer.saw_call().await;
    assert_eq!((call.key, text(&call)), (SAY, "hello".to_owned()));
}

#[tokio::test]
async fn a_reply_of_failure_is_reported_with_its_reason_and_data() {
    let mut rig = Rig::new().await;
    rig.peer.mind(|behaviour| behaviour.replies = false);
    let telling = telling(&rig.device, "hello", late());
    let call = rig.peer.saw_call().await;
    rig.peer.say(proto::ExecuteServiceResponse {
        call_id: call.call_id,
        success: false,
        error_message: "port out of range".into(),
        response_data: b"{}".to_vec(),
    });
    let CallEnd::Replied { success, error_message, data } = telling.await.unwrap().end else {
        panic!("it was replied to");
    };
    assert_eq!(
        (success, error_message.as_str(), &data[..]),
        (false, "port out of range", &b"{}"[..])
    );
}

#[tokio::test]
async fn a_barrier_proves_that_a_call_without_reply_was_consumed() {
    let mut rig = Rig::new().await;
    let report = made(&rig.device, silent(&rig.device), EvidenceWanted::Barrier, late()).await;
    assert!(matches!(report.end, CallEnd::Barrier), "{report:?}");
    let call = rig.peer.saw_call().await;
    assert_eq!((call.key, call.call_id), (SILENT, 0));
    // The ping came behind the call.
    rig.peer.saw_message(|m| matches!(m, Message::PingRequest(_)).then_some(())).await;
}

#[tokio::test]
async fn a_button_and_a_switch_are_taken_when_the_ping_behind_them_is_answered() {
    let mut rig = Rig::new().await;
    let entity = EntityId { device_id: SUB_DEVICE, key: 9 };
    for command in [EntityCommand::PressButton(entity), EntityCommand::SetSwitch(entity, true)] {
        let request = CallRequest::Entity(command);
        let report = made(&rig.device, request, EvidenceWanted::Barrier, late()).await;
        assert!(matches!(report.end, CallEnd::Barrier), "{report:?}");
    }
    let seen = |message| {
        if let Message::SwitchCommand(m) = &message {
            return Some((m.device_id, m.key, Some(m.state)));
        }
        let Message::ButtonCommand(m) = message else { return None };
        Some((m.device_id, m.key, None))
    };
    assert_eq!(rig.peer.saw_message(seen).await, (SUB_DEVICE, 9, None));
    assert_eq!(rig.peer.saw_message(seen).await, (SUB_DEVICE, 9, Some(true)));
}

#[tokio::test]
async fn infrared_is_done_when_the_device_says_that_it_has_left() {
    let rig = Rig::new().await;
    let wanted = EvidenceWanted::InfraredComplete;
    let report = made(&rig.device, infrared(), wanted, late()).await;
    assert!(matches!(report.end, CallEnd::InfraredDone { success: true }), "{report:?}");
}

#[tokio::test]
async fn a_device_that_answers_nothing_leaves_a_call_unknown_at_its_deadline() {
    let mut rig = Rig::new().await;
    rig.peer.mind(|behaviour| behaviour.replies = false);
    let deadline = soon();
    let report = told(&rig.device, "hello", deadline).await;
    assert!(is_nothing(&report, Written::Started), "{report:?}");
    assert!(Instant::now() >= deadline);
    assert_eq!(rig.peer.texts(), ["hello"]);
    assert_eq!(rig.pool.stats().calls_unknown, 1);
    // The bytes had all left: the session is none the worse.
    rig.peer.mind(|behaviour| behaviour.replies = true);
    assert_eq!(told(&rig.device, "again", late()).await.epoch, Some(1));
}

#[tokio::test]
async fn a_late_reply_is_not_taken_for_that_of_the_next_call() {
    let mut rig = Rig::new().await;
    rig.peer.mind(|behaviour| behaviour.replies = false);
    told(&rig.device, "first", soon()).await;
    let first = rig.peer.saw_call().await;

    let second = telling(&rig.device, "second", late());
    let call = rig.peer.saw_call().await;
    let failure = proto::ExecuteServiceResponse { success: false, ..reply(&call) };
    rig.peer.order(Order::Say(vec![reply(&first).into(), failure.into()]));
    let report = second.await.unwrap();
    assert!(matches!(report.end, CallEnd::Replied { success: false, .. }), "{report:?}");
}

#[tokio::test]
async fn a_late_pong_is_not_taken_for_that_of_the_next_barrier() {
    let mut rig = Rig::new().await;
    rig.peer.mind(|behaviour| behaviour.pongs = false);
    let request = || say(&rig.device, "hello");
    let first = made(&rig.device, request(), EvidenceWanted::Barrier, soon()).await;
    assert!(is_nothing(&first, Written::Started), "{first:?}");
    rig.peer.say(proto::PingResponse {});
    let second = made(&rig.device, request(), EvidenceWanted::Barrier, soon()).await;
    assert!(is_nothing(&second, Written::Started), "{second:?}");
    assert_eq!(rig.peer.texts().len(), 2);
}

#[tokio::test]
async fn a_late_completion_is_not_taken_for_that_of_the_next_infrared() {
    let mut rig = Rig::new().await;
    rig.peer.mind(|behaviour| behaviour.completes = false);
    let wanted = EvidenceWanted::InfraredComplete;
    let first = made(&rig.device, infrared(), wanted, soon()).await;
    assert!(is_nothing(&first, Written::Started), "{first:?}");

    // The completion of the first names the transmitter, and so does that of the second.
    rig.peer.say(completion(true));
    rig.device.ping(late()).await.unwrap();
    let second = made(&rig.device, infrared(), wanted, soon()).await;
    assert!(is_nothing(&second, Written::Started), "{second:?}");
    let third = made(&rig.device, infrared(), wanted, late());
    let answers = async {
        saw_infrared(&mut rig.peer, 3).await;
        rig.peer.order(Order::Say(vec![completion(true).into(), completion(false).into()]));
    };
    let (third, ()) = tokio::join!(third, answers);
    assert!(matches!(third.end, CallEnd::InfraredDone { success: false }), "{third:?}");
}

#[tokio::test]
async fn a_completion_of_one_sub_device_is_not_taken_for_that_of_another_with_the_same_key() {
    let rig = Rig::new().await;
    rig.peer.mind(|behaviour| behaviour.completes = false);
    let wanted = EvidenceWanted::InfraredComplete;
    let (own, other, ()) = tokio::join!(
        made(&rig.device, infrared(), wanted, late()),
        made(&rig.device, infrared_of(SUB_DEVICE), wanted, late()),
        async {
            // Both have been written by the time that a ping behind them is answered.
            rig.device.ping(late()).await.unwrap();
            let (theirs, ours) = (completion_of(SUB_DEVICE, false), completion_of(0, true));
            rig.peer.order(Order::Say(vec![theirs.into(), ours.into()]));
        }
    );
    assert!(matches!(own.end, CallEnd::InfraredDone { success: true }), "{own:?}");
    assert!(matches!(other.end, CallEnd::InfraredDone { success: false }), "{other:?}");
}

#[tokio::test]
async fn completions_go_to_the_oldest_infrared_whatever_else_has_ended_before() {
    let mut rig = Rig::new().await;
    rig.peer.mind(|behaviour| (behaviour.completes, behaviour.replies) = (false, false));
    let wanted = EvidenceWanted::InfraredComplete;
    let telling = telling(&rig.device, "hello", late());
    let call = rig.peer.saw_call().await;
    let first = made(&rig.device, infrared(), wanted, late());
    let second = made(&rig.device, infrared(), wanted, late());
    let answers = async {
        saw_infrared(&mut rig.peer, 2).await;
        rig.peer.say(reply(&call));
        rig.peer.order(Order::Say(vec![completion(false).into(), completion(true).into()]));
    };
    let (first, second, ()) = tokio::join!(first, second, answers);
    assert!(is_reply(&telling.await.unwrap().end));
    assert!(matches!(first.end, CallEnd::InfraredDone { success: false }), "{first:?}");
    assert!(matches!(second.end, CallEnd::InfraredDone { success: true }), "{second:?}");
}

#[tokio::test]
async fn replies_find_their_calls_in_whatever_order_they_come() {
    let mut rig = Rig::new().await;
    rig.peer.mind(|behaviour| behaviour.replies = false);
    let first = telling(&rig.device, "first", late());
    let one = rig.peer.saw_call().await;
    let second = telling(&rig.device, "second", late());
    let two = rig.peer.saw_call().await;
    let failure = proto::ExecuteServiceResponse { success: false, ..reply(&two) };
    rig.peer.order(Order::Say(vec![failure.into(), reply(&one).into()]));
    assert!(is_reply(&first.await.unwrap().end));
    assert!(matches!(second.await.unwrap().end, CallEnd::Replied { success: false, .. }));
}

#[tokio::test]
async fn a_reply_counts_although_the_session_breaks_right_behind_it() {
    let mut rig = Rig::new().await;
    rig.peer.mind(|behaviour| behaviour.replies = false);
    let telling = telling(&rig.device, "hello", late());
    let call = rig.peer.saw_call().await;
    rig.peer.order(Order::SayAndGarble(vec![reply(&call).into()]));
    let report = telling.await.unwrap();
    assert!(is_reply(&report.end), "{report:?}");
    let cause = offline(&rig.device).await.cause;
    let ConnectError::Protocol { source } = &*cause else { panic!("{cause}") };
    assert_eq!(*source, ProtocolError::BadMarker { found: 0x7f });
}

#[tokio::test]
async fn a_session_that_is_lost_leaves_its_calls_unknown() {
    let mut rig = Rig::new().await;
    rig.peer.mind(|behaviour| behaviour.replies = false);
    let telling = telling(&rig.device, "hello", late());
    rig.peer.saw_call().await;
    rig.peer.order(Order::Close);
    let report = telling.await.unwrap();
    let CallEnd::SessionLost { written: Written::Started, cause } = &report.end else {
        panic!("{report:?}");
    };
    let ConnectError::Protocol { source } = &**cause else { panic!("{cause}") };
    assert_eq!(*source, ProtocolError::ClosedInSession);
    assert_eq!(report.epoch, Some(1));
    assert_eq!(rig.pool.stats().calls_unknown, 1);
}

#[tokio::test]
async fn a_ping_tells_its_round_trip_and_ends_at_its_deadline() {
    let rig = Rig::new().await;
    let pong = within(rig.device.ping(late())).await.unwrap();
    assert_eq!(pong.epoch, 1);
    assert!(pong.round_trip < Duration::from_secs(20));
    rig.peer.mind(|behaviour| behaviour.pongs = false);
    let error = within(rig.device.ping(soon())).await.unwrap_err();
    assert!(matches!(error, PingError::NothingInTime));
}
