//! What the eye of a board reports, unasked, to every client.

use esphome_pool::{EvidenceWanted::Barrier, Received, codec::Message};

use super::{Client, board_with_client, frames::nec_held};
use crate::support::soon;

/// What a receiver puts at the end of each burst: the time after which it takes it as ended.
const IDLE: i32 = -10_000;

async fn next_burst(client: &mut esphome_pool::Messages) -> (u32, Vec<i32>) {
    loop {
        match soon("a burst", client.recv()).await {
            Some(Received::Message(message)) => {
                if let Message::InfraredReceive(event) = &*message {
                    return (event.key, event.timings.clone());
                }
            }
            other => panic!("no message: {other:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_held_is_one_burst_and_its_dittos() {
    for kind in ["infrared", "infrared-edge"] {
        let Some((_board, config, client)) = board_with_client(kind).await else { continue };
        let eye = client.entity("Eye");
        let listener = Client::connect(&config).await;
        let (mut own, mut foreign) = (client.device.messages(), listener.device.messages());
        let held = nec_held(0x20DF_10EF);
        client.send(3, 1, &held, Barrier).await;
        for messages in [&mut own, &mut foreign] {
            let (key, frame) = next_burst(messages).await;
            assert_eq!(key, eye.key);
            assert_eq!((frame.len(), frame.last()), (68, Some(&IDLE)), "{frame:?}");
            assert_eq!(frame[..67], held[..67], "as it was sent");
            let (_, ditto) = next_burst(messages).await;
            assert_eq!(ditto, [9_000, -2_250, 564, IDLE]);
        }
    }
}
