//! Scenario 4: the network is congested: what is sent gets lost, or takes long.

use std::{sync::Arc, time::Duration};

use device_sim::{Blaster, Fault};
use tokio::task::JoinSet;
use venue_api::CommandStatus;

use super::boards;
use crate::support::{Daemon, Response, bulk, sim_toml};

/// What is pressed on the ports 1 to 5 of a board, and whether once more would be once too often.
const PRESSED: [(&str, bool); 5] =
    [("power", true), ("volume_up", true), ("mute", true), ("power_on", false), ("mute_on", false)];

/// A venue whose boards have `fault` from now on.
async fn congested(count: u16, fault: &Fault) -> (Vec<Blaster>, Arc<Daemon>) {
    let boards = boards(count).await;
    let daemon = Daemon::durable(tempfile::tempdir().unwrap(), &sim_toml(&boards)).await;
    for board in &boards {
        daemon.wait_for_session(board.name(), 1).await;
        board.set_fault(fault.clone());
    }
    (boards, Arc::new(daemon))
}

/// Presses on all ports of all boards at once, and tells the answers by board.
async fn press_everything(
    boards: &[Blaster],
    daemon: &Arc<Daemon>,
) -> Vec<(usize, usize, Response)> {
    let mut pressing = JoinSet::new();
    for (index, board) in boards.iter().enumerate() {
        for (place, (command, _)) in PRESSED.into_iter().enumerate() {
            let (daemon, name) = (Arc::clone(daemon), board.name().to_owned());
            let port = u8::try_from(place + 1).unwrap();
            pressing.spawn(async move { (index, place, daemon.press(&name, port, command).await) });
        }
    }
    pressing.join_all().await
}

/// That an answer came in time, and that what it and the store tell agrees with what the board ran.
async fn assert_honest(daemon: &Daemon, board: &Blaster, place: usize, answer: &Response) {
    let (command, once_at_most) = PRESSED[place];
    let allowed = match answer.status {
        // That it is stored comes on top.
        202 => 3_200,
        200 | 503 | 504 => 3_000,
        _ => panic!("not expected: {answer:?}"),
    };
    assert!(answer.json["execution_time_ms"].as_u64().unwrap() <= allowed, "{answer:?}");
    let id = answer.json["command_id"].as_str().unwrap();
    let status = if answer.status == 202 {
        daemon.ended_command(id).await.record.status
    } else {
        let word = if answer.status == 200 { "status" } else { "command_status" };
        serde_json::from_value(answer.json[word].clone()).unwrap()
    };
    let name = format!("tv_{command}");
    let port = Some(u8::try_from(place + 1).unwrap());
    let ran = board.actions();
    let count = ran.iter().filter(|one| one.action == name && one.port() == port).count();
    let told = match status {
        CommandStatus::Completed => count >= 1,
        CommandStatus::Unknown => true,
        // An absolute one may have been tried before.
        CommandStatus::Failed | CommandStatus::Expired => count == 0 || !once_at_most,
        CommandStatus::Pending
        | CommandStatus::Processing
        | CommandStatus::Superseded
        | CommandStatus::Cancelled => false,
    };
    assert!(told, "{command} is {status}, and ran {count} times: {answer:?}");
    assert!(!once_at_most || count <= 1, "{command} ran {count} times: {answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn with_30_percent_of_the_calls_lost_nothing_is_doubled_and_everybody_is_told_the_truth() {
    let (boards, daemon) = congested(8, &Fault::Lossy(30)).await;
    let answers = press_everything(&boards, &daemon).await;
    assert_eq!(answers.len(), 40);
    for (index, place, answer) in &answers {
        assert_honest(&daemon, &boards[*index], *place, answer).await;
    }
    let delivered = answers.iter().filter(|(_, _, answer)| answer.status == 200).count();
    assert!(delivered > 0 && delivered < 40, "{delivered} of 40: nothing was lost");
}

#[tokio::test(flavor = "multi_thread")]
async fn with_2_seconds_of_latency_people_are_answered_within_3_and_a_batch_is_delivered() {
    let (boards, daemon) = congested(4, &Fault::Delay(Duration::from_secs(2))).await;
    let answers = press_everything(&boards, &daemon).await;
    let targets: Vec<_> = boards.iter().map(|board| (board.name(), 2)).collect();
    let batch = daemon.bulk(&bulk("mute_off", &targets)).await;
    for (index, place, answer) in &answers {
        assert_honest(&daemon, &boards[*index], *place, answer).await;
    }
    let status = daemon.ended_batch(&batch).await;
    assert_eq!((status.total, status.completed), (4, 4), "{status:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn when_nobody_replies_fewer_are_in_flight_and_what_may_be_repeated_is_delivered_later() {
    let (boards, daemon) = congested(12, &Fault::DropReplies).await;
    let targets: Vec<_> = boards.iter().map(|board| (board.name(), 1)).collect();
    let batch = daemon.bulk(&bulk("mute_on", &targets)).await;
    let cut = daemon.log.wait_for("many attempts end unknown").await;
    assert!(cut.contains("\"limit\":512"), "half of the 1024 workers: {cut}");
    boards.iter().for_each(Blaster::clear_fault);
    let status = daemon.ended_batch(&batch).await;
    assert_eq!((status.total, status.completed), (12, 12), "{status:?}");
    assert!(status.commands.iter().all(|one| one.attempts == 2), "{status:?}");
    assert!(boards.iter().all(|board| board.tv(1).muted));
}
