//! Boards with nothing but infrared entities, as a venue uses them: through `venued` and `venuectl`.

use std::fs;

use esphome_pool::codec::Psk;

use super::board::{Board, BoardConfig};
use crate::support::{Daemon, venuectl};

#[tokio::test(flavor = "multi_thread")]
async fn a_board_with_infrared_entities_alone_is_adopted_with_its_key_and_found_by_its_light() {
    let psk = [7; 32];
    let config = BoardConfig { psk: Some(psk), ..BoardConfig::new("infrared", "ir-000001") };
    let Some(board) = Board::start(&config).await else { return };
    let daemon = Daemon::durable(tempfile::tempdir().unwrap(), "").await;
    let key_file = daemon.path("noise.key");
    fs::write(&key_file, Psk::from_bytes(psk).unwrap().to_base64()).unwrap();
    let (address, key_file) = (config.address.to_string(), key_file.to_str().unwrap());
    let adopt = ["device", "adopt", "ir-000001", "--address", &address, "--tvs", "5"];
    let adopt = [&adopt[..], &["--key-file", key_file]].concat();
    let said = venuectl(daemon.address, &adopt).await;
    assert_eq!(said.code, Some(0), "{said:?}");
    daemon.wait_for_session("ir-000001", 1).await;
    let said = venuectl(daemon.address, &["device", "identify", "ir-000001"]).await;
    assert_eq!(said.code, Some(0), "{said:?}");
    board.log.wait_for("lit").await;
    board.log.wait_for("dark").await;
}
