//! Calls of which no byte leaves: they say so, and it stays so.

use std::{
    future::ready,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use esphome_codec::{CallError, Keepalive, Message, proto};
use esphome_pool::{
    Call, CallEnd, CallReport, ConnectError, DeviceConfig, DeviceState, EvidenceWanted, Pool,
    PoolConfig, SendError, Written,
};
use tokio::time::Instant;

use crate::{
    peer::{Order, Peer, PeerConfig, Seen, execution, text},
    rig::{
        Rig, device, is_reply, late, offline, online_at, say, soon, state, telling, told, within,
    },
};

/// Makes a call that is seen, and with it whatever was written before.
async fn only_this_is_seen(rig: &mut Rig) {
    assert!(is_reply(&told(&rig.device, "end", late()).await.end));
    assert_eq!(rig.peer.texts(), ["end"]);
}

fn call(rig: &Rig) -> Call {
    Call::new(say(&rig.device, "unwanted"), EvidenceWanted::Reply)
}

#[tokio::test]
async fn without_a_session_a_call_ends_at_once() {
    let mut rig = Rig::new().await;
    let request = say(&rig.device, "hello");
    rig.pool.shutdown(Duration::from_secs(20)).await;

    let pool = Pool::new(PoolConfig::default());
    let refused = DeviceConfig { address: "127.0.0.1:1".into(), ..device(&rig.peer) };
    let handle = pool.add(refused).unwrap();
    // In the first try, and between tries: it never waits for a connect.
    for _ in 0..2 {
        let call = Call::new(request.clone(), EvidenceWanted::Reply);
        let CallReport { end, epoch, took } = within(handle.call(call, late())).await;
        assert!(matches!(end, CallEnd::NotConnected { .. }), "{end:?}");
        assert_eq!(epoch, None);
        assert!(took < Duration::from_secs(20));
        let loss = offline(&handle).await;
        assert!(matches!(*loss.cause, ConnectError::Connect { .. }), "{}", loss.cause);
    }
    assert!(within(handle.ping(late())).await.is_err());
    let sent = within(handle.send(proto::SubscribeStatesRequest {}.into(), late())).await;
    assert!(matches!(sent, Err(SendError::NoSession)));
    assert!(rig.peer.texts().is_empty());
}

#[tokio::test]
async fn a_call_whose_caller_has_gone_is_not_written() {
    let mut rig = Rig::new().await;
    {
        let mut dropped = pin!(rig.device.call(call(&rig), late()));
        // Far enough to be in the mailbox; the session has had no chance to look there.
        tokio::select! {
            biased;
            _ = &mut dropped => panic!("nobody has served it"),
            () = ready(()) => {}
        }
    }
    only_this_is_seen(&mut rig).await;
    assert_eq!(rig.pool.stats().calls, 1);
}

#[tokio::test]
async fn a_call_whose_guard_says_no_is_not_written() {
    let mut rig = Rig::new().await;
    let refused = Call { guard: Some(Box::new(|| false)), ..call(&rig) };
    let report = within(rig.device.call(refused, late())).await;
    assert!(matches!(report.end, CallEnd::Withdrawn), "{report:?}");
    only_this_is_seen(&mut rig).await;
}

#[tokio::test]
async fn a_guard_is_asked_of_calls_that_can_be_written_only() {
    let mut rig = Rig::new().await;
    let asked = Arc::new(AtomicBool::new(false));
    let guard = || -> esphome_pool::Guard {
        let asked = Arc::clone(&asked);
        Box::new(move || {
            asked.store(true, Ordering::SeqCst);
            true
        })
    };
    let over = Call { guard: Some(guard()), ..call(&rig) };
    let report = within(rig.device.call(over, Instant::now())).await;
    assert!(matches!(report.end, CallEnd::NothingInTime { written: Written::Skipped }));
    let elsewhere = Call { guard: Some(guard()), epoch: Some(2), ..call(&rig) };
    let report = within(rig.device.call(elsewhere, late())).await;
    assert!(matches!(report.end, CallEnd::NotConnected { .. }));
    assert!(!asked.load(Ordering::SeqCst));

    let wanted = Call { guard: Some(guard()), epoch: Some(1), ..call(&rig) };
    assert!(is_reply(&within(rig.device.call(wanted, late())).await.end));
    assert!(asked.load(Ordering::SeqCst));
    assert_eq!(rig.peer.texts(), ["unwanted"]);
}

#[tokio::test]
async fn a_call_for_an_earlier_session_is_not_written_on_the_next() {
    let mut rig = Rig::new().await;
    let stale = Call { epoch: Some(1), ..call(&rig) };
    rig.peer.order(Order::Reset);
    online_at(&rig.device, 2).await;
    let report = within(rig.device.call(stale, late())).await;
    assert!(matches!(report.end, CallEnd::NotConnected { .. }), "{report:?}");
    only_this_is_seen(&mut rig).await;
}

#[tokio::test]
async fn a_call_that_no_board_takes_is_refused_here() {
    let mut rig = Rig::new().await;
    let report = told(&rig.device, &"x".repeat(9_000), late()).await;
    let CallEnd::Invalid(CallError::TooLarge { .. }) = report.end else { panic!("{report:?}") };
    only_this_is_seen(&mut rig).await;
}

/// More than all buffers between a pool and a peer that does not read.
const FLOOD: usize = 1_500;

/// Says more than a connection takes, in parts that are told apart.
async fn flood(rig: &Rig, deadline: Instant) -> Vec<(String, CallReport)> {
    let words = |number| format!("{number} {}", "x".repeat(8_000));
    let tasks: Vec<_> =
        (0..FLOOD).map(|number| telling(&rig.device, &words(number), deadline)).collect();
    let mut reports = Vec::new();
    for (number, task) in tasks.into_iter().enumerate() {
        reports.push((words(number), within(task).await.unwrap()));
    }
    reports
}

fn has_left(end: &CallEnd) -> bool {
    match end {
        CallEnd::NothingInTime { written } | CallEnd::SessionLost { written, .. } => {
            *written == Written::Started
        }
        CallEnd::NotConnected { .. } => false,
        CallEnd::Replied { .. }
        | CallEnd::InfraredDone { .. }
        | CallEnd::Barrier
        | CallEnd::Withdrawn
        | CallEnd::Invalid(_)
        | CallEnd::Stopped => panic!("{end:?}"),
    }
}

/// The texts of all calls that arrive on the first connection of a peer that reads again.
async fn all_that_arrives(peer: &mut Peer) -> Vec<String> {
    peer.mind(|behaviour| (behaviour.reads, behaviour.replies) = (true, false));
    let mut texts = Vec::new();
    within(async {
        loop {
            match peer.seen.recv().await.unwrap() {
                Seen::Message(message) => texts.extend(execution(*message).as_ref().map(text)),
                Seen::Closed => break,
                Seen::Opened => {}
            }
        }
    })
    .await;
    texts
}

#[tokio::test]
async fn what_a_stalled_socket_did_not_take_in_time_never_arrives() {
    let mut rig = Rig::new().await;
    rig.peer.mind(|behaviour| behaviour.reads = false);
    let reports = flood(&rig, Instant::now() + Duration::from_secs(1)).await;
    let loss = offline(&rig.device).await;
    assert!(matches!(*loss.cause, ConnectError::Stalled), "{}", loss.cause);

    let arrived = all_that_arrives(&mut rig.peer).await;
    let (left, stayed): (Vec<_>, Vec<_>) = reports.iter().partition(|(_, r)| has_left(&r.end));
    assert!(!left.is_empty() && !stayed.is_empty());
    for (words, report) in stayed {
        assert!(!arrived.contains(words), "{:?}", report.end);
    }
    assert_eq!(rig.pool.stats().calls_unknown, left.len() as u64);
}

#[tokio::test]
async fn a_stalled_session_that_dies_says_which_calls_stayed() {
    let keepalive =
        Keepalive { interval: Duration::from_millis(300), dead_after: Duration::from_millis(900) };
    let mut rig = Rig::with(PoolConfig { keepalive, ..PoolConfig::default() }).await;
    rig.peer.mind(|behaviour| behaviour.reads = false);
    let reports = flood(&rig, late()).await;
    let arrived = all_that_arrives(&mut rig.peer).await;
    let (left, stayed): (Vec<_>, Vec<_>) = reports.iter().partition(|(_, r)| has_left(&r.end));
    assert!(!left.is_empty() && !stayed.is_empty());
    assert!(left.iter().any(|(_, r)| matches!(r.end, CallEnd::SessionLost { .. })));
    assert!(stayed.iter().all(|(words, _)| !arrived.contains(words)));
}

/// Makes calls, a full write of them at a time, until a socket that nobody reads from takes no
/// more. Writes end in short calls, so that there are some of which no byte has left.
async fn stalled(rig: &Rig) -> Vec<tokio::task::JoinHandle<CallReport>> {
    let (long, short) = ("x".repeat(8_000), "x");
    let mut callers = Vec::new();
    while callers.len() < FLOOD {
        let words = (0..32).map(|number| if number < 24 { &long } else { short });
        callers.extend(words.map(|words| telling(&rig.device, words, late())));
        // Taken only once all before it has left.
        let message = proto::PingResponse {}.into();
        if within(rig.device.send(message, soon())).await.is_err() {
            return callers;
        }
    }
    panic!("nothing takes as much");
}

#[tokio::test]
async fn a_call_that_a_stalled_socket_holds_is_not_written_once_its_caller_has_gone() {
    let mut rig = Rig::new().await;
    rig.peer.mind(|behaviour| behaviour.reads = false);
    for caller in stalled(&rig).await {
        caller.abort();
        assert!(within(caller).await.unwrap_err().is_cancelled());
    }
    let arrived = all_that_arrives(&mut rig.peer).await.len() as u64;
    let loss = offline(&rig.device).await;
    assert!(matches!(*loss.cause, ConnectError::Stalled), "{}", loss.cause);
    assert!(arrived < rig.pool.stats().calls, "{arrived} calls arrived");
}

#[tokio::test]
async fn a_message_that_a_stalled_socket_does_not_take_ends_at_its_deadline() {
    let rig = Rig::new().await;
    rig.peer.mind(|behaviour| behaviour.reads = false);
    let message = proto::SelectCommandRequest { state: "x".repeat(8_000), ..Default::default() };
    let message = Message::from(message);
    for _ in 0..FLOOD {
        match within(rig.device.send(message.clone(), soon())).await {
            Ok(()) => {}
            Err(SendError::TimedOut) => return,
            Err(error) => panic!("{error}"),
        }
    }
    panic!("nothing takes as much");
}

#[tokio::test]
async fn calls_after_the_end_are_told_that_all_has_stopped() {
    let rig = Rig::new().await;
    let request = call(&rig);
    assert!(within(rig.pool.remove("ir-1")).await);
    state(&rig.device, |s| matches!(s, DeviceState::Stopped).then_some(())).await;
    let report = within(rig.device.call(request, late())).await;
    assert!(matches!(report.end, CallEnd::Stopped), "{report:?}");
    let fresh = Peer::start(PeerConfig::default()).await;
    assert!(rig.pool.add(device(&fresh)).is_ok(), "the name is free again");
}
