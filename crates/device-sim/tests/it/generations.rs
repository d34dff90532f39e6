//! What each generation of the firmware announces and lists.

use device_sim::{Blaster, BlasterConfig, Generation};
use esphome_codec::{
    ClientEvent, Encryption, EntityKind, Message, ProtocolError, SupportsResponse, proto,
};

use crate::client::{Client, psk};

async fn board(generation: Generation) -> Blaster {
    let config = BlasterConfig { generation, ..BlasterConfig::new("ir-000001", 1) };
    Blaster::start(config).await.unwrap()
}

#[tokio::test]
async fn each_generation_is_what_it_says() {
    let expected = [
        (Generation::Current, (1, 19), "2026.10.0", true, 5),
        (Generation::Replies, (1, 14), "2026.6.5", true, 0),
        (Generation::Classic, (1, 12), "2025.10.1", false, 0),
        (Generation::Legacy, (1, 10), "2024.12.4", false, 0),
    ];
    for (generation, api_version, release, replies, infrared) in expected {
        let board = board(generation).await;
        let mut client = Client::connect(&board).await;
        let peer = client.listed().await.unwrap();
        assert_eq!(peer.api_version, api_version, "{generation:?}");
        assert_eq!(peer.device_info.esphome_version, release);
        assert_eq!((peer.name.as_str(), peer.mac), ("ir-000001", Some(board.config().mac)));
        let power = peer.listing.action("tv_power").unwrap();
        assert_eq!(power.supports_response == SupportsResponse::Status, replies, "{generation:?}");
        let port = if generation == Generation::Legacy { "box" } else { "port" };
        assert_eq!(power.args[0].name, port);
        let transmitters =
            peer.listing.entities.iter().filter(|e| matches!(e.kind, EntityKind::Infrared { .. }));
        assert_eq!(transmitters.count(), infrared, "{generation:?}");
    }
}

#[tokio::test]
async fn noise_wants_its_key() {
    let config = BlasterConfig { psk: Some(psk(1)), ..BlasterConfig::new("ir-000001", 1) };
    let board = Blaster::start(config).await.unwrap();
    Client::connect(&board).await.listed().await.unwrap();
    let mut wrong = Client::connect_with(&board, Encryption::Noise(psk(2))).await;
    assert_eq!(wrong.listed().await.unwrap_err(), ProtocolError::WrongKey);
    let mut plain = Client::connect_with(&board, Encryption::Plaintext).await;
    assert_eq!(plain.listed().await.unwrap_err(), ProtocolError::EncryptionRequired);
}

#[tokio::test]
async fn a_report_of_the_capabilities_reaches_subscribers() {
    let board = board(Generation::Current).await;
    let mut client = Client::ready(&board).await;
    client.message(proto::SubscribeStatesRequest {}.into()).await;
    client.call("report_capabilities", Vec::new()).await;
    loop {
        if let ClientEvent::Message(message) = client.event().await.unwrap()
            && let Message::TextSensorState(text) = *message
            && !text.missing_state
        {
            assert!(text.state.contains("\"schema\":1"), "{}", text.state);
            return;
        }
    }
}
