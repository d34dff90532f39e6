//! An administrator sets up a venue with `venuectl` alone.

use std::fs;

use device_sim::{Blaster, BlasterConfig, Power};
use esphome_pool::codec::Psk;
use serde_json::Value;

use crate::support::{Daemon, Said, soon, venuectl};

const SECRET: &[u8; 32] = b"a key that nobody may ever see!!";

/// Runs `venuectl` with `words`, which have no spaces within.
async fn run(daemon: &Daemon, words: &str) -> Said {
    venuectl(daemon.address, &words.split_whitespace().collect::<Vec<_>>()).await
}

async fn good(daemon: &Daemon, words: &str) -> String {
    let said = run(daemon, words).await;
    assert_eq!((said.code, said.stderr.as_str()), (Some(0), ""), "{words}: {said:?}");
    said.stdout
}

async fn board() -> Blaster {
    let psk = Some(Psk::from_bytes(*SECRET).unwrap());
    let config = BlasterConfig { psk, power: Power::Off, ..BlasterConfig::new("ir-000001", 1) };
    Blaster::start(config).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_venue_is_set_up_and_a_zone_is_switched() {
    let board = board().await;
    let daemon = Daemon::durable(tempfile::tempdir().unwrap(), "").await;
    let key = daemon.path("ir.key");
    fs::write(&key, Psk::from_bytes(*SECRET).unwrap().to_base64()).unwrap();
    good(&daemon, "config add zones bar name=Main").await;
    good(&daemon, "config add tags sports").await;
    let words = format!(
        "device adopt ir-000001 --address {} --zone bar --tvs 3 --key-file {}",
        board.address(),
        key.display()
    );
    assert_eq!(good(&daemon, &words).await, "ir-000001 has a key\n");
    daemon.wait_for_session("ir-000001", 1).await;
    good(&daemon, "port set ir-000001/2 --name Left --tag sports --default-channel 501").await;
    good(&daemon, "config set zones bar order=3").await;
    let listed = good(&daemon, "port list tag=sports").await;
    let row: Vec<&str> = listed.lines().nth(1).unwrap().split_whitespace().collect();
    assert_eq!(
        row,
        [
            "ir-000001/2",
            "Left",
            "bar",
            "sports",
            "-",
            "501",
            "-",
            "-",
            "actions",
            "of",
            "the",
            "board"
        ]
    );
    let plan = good(&daemon, "batch create channel 060 zone=bar --dry-run").await;
    assert!(plan.contains("tv_channel(channel=060, port=2)"), "{plan}");
    assert!(plan.contains("3 TVs, done 2.412 s after"), "{plan}");
    let done = run(&daemon, "batch create on zone=bar --watch").await;
    assert_eq!(done.code, Some(0), "{done:?}");
    soon("all are on", board.wait_for_tv(3, |tv| tv.power == Power::On)).await;
    assert!((1..=3).all(|port| board.tv(port).power == Power::On));
    let wrong = run(&daemon, "batch create on zone=bra").await;
    assert!(wrong.stderr.contains("there is no zone bra: there are bar"), "{wrong:?}");
    assert_eq!(wrong.code, Some(3), "{wrong:?}");
    good(&daemon, "device remove ir-000001").await;
    assert_eq!(run(&daemon, "tv on ir-000001/1").await.code, Some(3));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_goes_out_and_comes_in_and_changes_nothing_twice() {
    let daemon = Daemon::durable(tempfile::tempdir().unwrap(), "").await;
    let text = "zones: [{id: bar, name: Main bar}]\ntags: [{id: vip}]\n\
        devices:\n- hostname: ir-000001\n  address: 127.0.0.1:1\n  ports:\n  \
        - {index: 1, zone: bar, tags: [vip], default_channel: '060'}\n";
    let file = daemon.path("venue.yaml");
    fs::write(&file, text).unwrap();
    let file = file.display();
    let differs = run(&daemon, &format!("diff -f {file}")).await;
    assert_eq!(differs.code, Some(1), "{differs:?}");
    assert!(differs.stdout.contains("+  devices/ir-000001"), "{differs:?}");
    let tried = good(&daemon, &format!("apply -f {file} --dry-run")).await;
    assert!(tried.contains("nothing was changed"), "{tried}");
    let applied = good(&daemon, &format!("apply -f {file}")).await;
    assert!(applied.contains("applied, revision 1"), "{applied}");
    assert_eq!(good(&daemon, &format!("apply -f {file}")).await, "no difference\n");
    let exported = good(&daemon, "export").await;
    assert!(exported.contains("060"), "{exported}");
    fs::write(daemon.path("out.yaml"), &exported).unwrap();
    let out = daemon.path("out.yaml");
    assert_eq!(good(&daemon, &format!("diff -f {}", out.display())).await, "no difference\n");
    fs::write(&out, "zones: []\n").unwrap();
    let unsure = run(&daemon, &format!("apply -f {} --prune", out.display())).await;
    assert!(unsure.stderr.contains("--yes"), "{unsure:?}");
    let pruned = good(&daemon, &format!("apply -f {} --prune --yes", out.display())).await;
    assert!(pruned.contains("-  devices/ir-000001") && pruned.contains("-  zones/bar"), "{pruned}");
    fs::write(&out, "zones: [{id: Main Bar}]\n").unwrap();
    let wrong = run(&daemon, &format!("apply -f {}", out.display())).await;
    assert!(wrong.stderr.contains("document.zones[0].id"), "{wrong:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn spreadsheets_of_ports_and_channels_are_taken_over() {
    let daemon = Daemon::durable(tempfile::tempdir().unwrap(), "").await;
    good(&daemon, "device adopt ir-000001 --address 127.0.0.1:1 --tvs 0").await;
    let ports = daemon.path("ports.csv");
    let text = "hostname,port,name,zone,tags,default_channel\n\
        ir-000001,1,Bar 1,bar,sports vip,060\nir-000001,2,\"Bar, left\",bar,,\n";
    fs::write(&ports, text).unwrap();
    let taken = good(&daemon, &format!("import ports {}", ports.display())).await;
    assert!(taken.contains("+  zones/bar") && taken.contains("~  devices/ir-000001"), "{taken}");
    let device = good(&daemon, "config get devices ir-000001 -o json").await;
    let device: Value = serde_json::from_str(&device).unwrap();
    assert_eq!(device["item"]["ports"][0]["default_channel"], "060");
    assert_eq!(device["item"]["ports"][1]["name"], "Bar, left");
    let channels = daemon.path("channels.csv");
    fs::write(&channels, "name,number,favourite\nFox Sports 1,501,yes\nNews,24,\n").unwrap();
    good(&daemon, &format!("import channels {}", channels.display())).await;
    let listed = good(&daemon, "config list channels").await;
    assert!(listed.contains("fox-sports-1") && listed.contains("favourite=true"), "{listed}");
    let again = good(&daemon, &format!("import channels {}", channels.display())).await;
    assert_eq!(again, "no difference\n");
    fs::write(&ports, "hostname,port\nir-000001,7\n").unwrap();
    let wrong = run(&daemon, &format!("import ports {}", ports.display())).await;
    assert!(wrong.stderr.contains("line 2: port \"7\": a TV has a port from 1 to 5"), "{wrong:?}");
    fs::write(&ports, "hostname,port\nir-000009,1\n").unwrap();
    let unknown = run(&daemon, &format!("import ports {}", ports.display())).await;
    assert!(
        unknown.stderr.contains("line 2: hostname \"ir-000009\": it is not registered"),
        "{unknown:?}"
    );
    // What goes out as CSV comes in again without a difference.
    let sheet = good(&daemon, "export ports").await;
    fs::write(&ports, sheet).unwrap();
    let same = good(&daemon, &format!("import ports {}", ports.display())).await;
    assert_eq!(same, "no difference\n");
}
