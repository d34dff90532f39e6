//! Actions, and what the TVs make of them.

use std::time::Duration;

use device_sim::{Blaster, BlasterConfig, Direction, Generation, Key, Power};
use esphome_codec::{ArgValue, ClientEvent, EntityId, EntityKind, InfraredTransmit, proto};

use crate::client::Client;

async fn board() -> Blaster {
    let config = BlasterConfig {
        digit_gap: Duration::from_millis(20),
        digit_timeout: Duration::from_millis(200),
        ..BlasterConfig::new("ir-000001", 1)
    };
    Blaster::start(config).await.unwrap()
}

fn port(number: i32) -> Vec<ArgValue> {
    vec![ArgValue::Int(number)]
}

fn channel(port: i32, digits: &str) -> Vec<ArgValue> {
    vec![ArgValue::Int(port), ArgValue::Text(digits.to_owned())]
}

#[tokio::test]
async fn an_action_is_run_replied_to_and_seen_by_its_tv_alone() {
    let board = board().await;
    let mut client = Client::ready(&board).await;
    let id = client.call("tv_power", port(2)).await.unwrap();
    assert_eq!(client.reply(id).await, (true, String::new()));
    assert_eq!(board.tv(2).power, Power::Off);
    assert_eq!(board.tv(1).power, Power::On);
    let ran = board.actions();
    assert_eq!((ran[0].action.as_str(), ran[0].port()), ("tv_power", Some(2)));
}

#[tokio::test]
async fn a_port_that_is_not_there_is_refused_by_the_board() {
    let board = board().await;
    let mut client = Client::ready(&board).await;
    let id = client.call("tv_power", port(6)).await.unwrap();
    assert_eq!(client.reply(id).await, (false, "port out of range".to_owned()));
}

#[tokio::test]
async fn a_wrong_number_of_arguments_is_neither_run_nor_answered() {
    let board = board().await;
    let mut client = Client::ready(&board).await;
    let key = client.session.peer().unwrap().listing.action("tv_power").unwrap().key;
    let call = proto::ExecuteServiceRequest { key, call_id: 9, ..Default::default() };
    client.message(call.into()).await;
    let before = client.barrier().await;
    assert!(before.is_empty(), "{before:?}");
    assert!(board.actions().is_empty());
}

#[tokio::test]
async fn an_argument_of_the_wrong_type_is_read_as_nothing() {
    let board = board().await;
    let mut client = Client::ready(&board).await;
    let key = client.session.peer().unwrap().listing.action("tv_power").unwrap().key;
    let text = proto::ExecuteServiceArgument { string_: "2".to_owned(), ..Default::default() };
    let call = proto::ExecuteServiceRequest { key, args: vec![text], ..Default::default() };
    client.message(call.into()).await;
    client.barrier().await;
    assert_eq!(board.actions()[0].port(), Some(0), "port 0, which is no TV");
    assert!((1..=5).all(|port| board.tv(port).power == Power::On));
}

#[tokio::test]
async fn a_channel_is_typed_in_the_background_and_tuned_when_nothing_follows() {
    let board = board().await;
    let mut client = Client::ready(&board).await;
    client.call("tv_channel", channel(3, "501")).await;
    let tv = board.wait_for_tv(3, |tv| tv.channel == "501").await;
    assert_eq!(tv.keys, [Key::Digit(5), Key::Digit(0), Key::Digit(1)]);
}

#[tokio::test]
async fn a_second_channel_on_any_port_destroys_the_one_that_is_being_typed() {
    let board = board().await;
    let mut client = Client::ready(&board).await;
    client.call("tv_channel", channel(1, "501")).await;
    client.call("tv_channel", channel(2, "777")).await;
    board.wait_for_tv(2, |tv| tv.channel == "777").await;
    let first = board.tv(1);
    assert!(first.keys.len() < 3, "the shared globals were taken: {first:?}");
    assert_ne!(first.channel, "501");
}

#[tokio::test]
async fn a_board_of_the_oldest_kind_takes_the_port_from_the_channel() {
    let config = BlasterConfig {
        generation: Generation::Legacy,
        digit_timeout: Duration::from_millis(50),
        ..BlasterConfig::new("ir-000001", 1)
    };
    let board = Blaster::start(config).await.unwrap();
    let mut client = Client::ready(&board).await;
    let id = client.call("tv_channel", vec![ArgValue::Text("2-7".to_owned())]).await;
    assert_eq!(id, None, "it never replies");
    board.wait_for_tv(2, |tv| tv.channel == "7").await;
    assert_eq!(board.actions()[0].port(), Some(2));
}

#[tokio::test]
async fn infrared_completes_after_its_time_on_air_and_fails_while_another_is_sent() {
    let board = board().await;
    let mut client = Client::ready(&board).await;
    let peer = client.session.peer().unwrap();
    let is_infrared = |kind: &EntityKind| matches!(kind, EntityKind::Infrared { .. });
    let entity = peer.listing.entities.iter().find(|entity| is_infrared(&entity.kind)).unwrap();
    let entity = entity.id();
    let transmit =
        InfraredTransmit::new(entity, 38_000, 2, vec![9_000, -4_500, 560, -40_000]).unwrap();
    client.session.transmit_infrared(&transmit).unwrap();
    client.session.transmit_infrared(&transmit).unwrap();
    client.flush().await;
    let mut results = Vec::new();
    while results.len() < 2 {
        if let ClientEvent::InfraredComplete { entity: of, success } = client.event().await.unwrap()
        {
            assert_eq!(of, entity);
            results.push(success);
        }
    }
    assert_eq!(results, [false, true], "the busy one is told at once");
}

#[tokio::test]
async fn infrared_for_a_sub_device_that_is_not_there_is_not_sent_by_the_board_itself() {
    let board = board().await;
    let mut client = Client::ready(&board).await;
    let entities = &client.session.peer().unwrap().listing.entities;
    let own = entities.iter().find(|e| matches!(e.kind, EntityKind::Infrared { .. })).unwrap().id();
    let elsewhere = EntityId { device_id: 7, ..own };
    let transmit = InfraredTransmit::new(elsewhere, 38_000, 1, vec![9_000, -4_500, 560]).unwrap();
    client.session.transmit_infrared(&transmit).unwrap();
    let answers = client.barrier().await;
    assert_eq!(answers, [ClientEvent::InfraredComplete { entity: elsewhere, success: false }]);
}

#[tokio::test]
async fn every_frame_is_recorded_with_its_time() {
    let board = board().await;
    let mut live = board.watch_frames();
    let mut client = Client::ready(&board).await;
    let id = client.call("tv_mute", port(1)).await.unwrap();
    client.reply(id).await;
    let frames = board.frames();
    assert!(frames.is_sorted_by_key(|frame| frame.at));
    let call = frames.iter().position(|f| f.id == 42).unwrap();
    let reply = frames.iter().position(|f| f.id == 131).unwrap();
    assert!(call < reply);
    assert_eq!(frames[call].direction, Direction::Received);
    assert_eq!(frames[reply].direction, Direction::Sent);
    assert!(frames[call].size > 0);
    assert_eq!(live.recv().await.unwrap(), frames[0]);
    let (rest, total) = board.actions_since(0);
    assert_eq!((rest.len(), total), (1, 1));
    assert!(board.actions_since(1).0.is_empty());
}
