//! Dependencies point one way.

use std::{collections::BTreeSet, process::Command};

use serde_json::Value;

/// Which of our crates each of ours may use (tests aside). A new arrow is a decision: it goes in
/// here and into docs/architecture.md.
const ARROWS: [(&str, &[&str]); 25] = [
    ("venue-backoff", &[]),
    ("esphome-mac", &[]),
    ("venue-domain", &["venue-backoff"]),
    ("venue-infrared", &[]),
    ("venue-dashboard", &[]),
    ("venue-tls", &[]),
    ("esphome-codec", &["esphome-mac"]),
    ("esphome-pool", &["esphome-codec", "venue-backoff"]),
    ("device-sim", &["esphome-codec"]),
    ("venue-routing", &["venue-domain"]),
    ("venue-api", &["venue-domain"]),
    ("venue-auth", &["venue-domain"]),
    ("venue-conformance", &["venue-domain"]),
    ("venue-queue", &["venue-domain"]),
    ("venue-registry", &["venue-domain", "venue-infrared", "esphome-mac"]),
    ("venue-schedule", &["venue-domain", "venue-registry"]),
    ("venue-scheduler", &["venue-domain", "venue-backoff"]),
    ("venue-lane", &["venue-domain", "esphome-pool", "venue-infrared"]),
    (
        "venue-http",
        &[
            "venue-domain",
            "venue-routing",
            "venue-api",
            "venue-infrared",
            "venue-registry",
            "venue-schedule",
            "venue-auth",
            "venue-dashboard",
            "venue-tls",
        ],
    ),
    (
        "venued",
        &[
            "venue-domain",
            "venue-infrared",
            "esphome-pool",
            "venue-routing",
            "venue-lane",
            "venue-queue",
            "venue-registry",
            "venue-auth",
            "venue-schedule",
            "venue-scheduler",
            "venue-http",
            "device-sim",
            "venue-api",
            "venue-backoff",
            "venue-tls",
        ],
    ),
    ("venuectl", &["venue-domain", "venue-api", "venue-registry", "venue-tls"]),
    (
        "venue-benches",
        &[
            "venue-domain",
            "venue-infrared",
            "esphome-codec",
            "esphome-pool",
            "device-sim",
            "venue-queue",
            "venue-routing",
            "venue-tls",
            "venued",
        ],
    ),
    (
        "venue-order",
        &["venue-domain", "venue-routing", "venue-queue", "venue-scheduler", "venue-lane"],
    ),
    ("venue-chaos", &["device-sim", "venue-queue"]),
    ("venue-tidy", &[]),
];

/// What must not be anywhere below these crates.
const FREE_OF: [(&str, &[&str]); 11] = [
    ("venue-tls", &["tokio", "rusqlite", "hyper", "aws-lc-rs"]),
    ("venue-conformance", &["tokio", "rusqlite", "hyper"]),
    ("venue-infrared", &["tokio", "rusqlite", "hyper", "irp"]),
    ("venue-domain", &["tokio", "rusqlite", "hyper"]),
    ("esphome-codec", &["tokio", "rusqlite", "hyper"]),
    ("venue-routing", &["tokio", "rusqlite", "hyper"]),
    ("venue-auth", &["tokio", "rusqlite", "hyper", "http", "quanta"]),
    ("venue-schedule", &["tokio", "rusqlite", "hyper", "chrono"]),
    ("esphome-pool", &["rusqlite", "hyper", "venue-domain"]),
    // The judge of our encoders is for tests alone.
    ("venued", &["irp"]),
    ("venuectl", &["rusqlite", "venue-queue"]),
];

fn cargo(args: &[&str]) -> String {
    let output = Command::new(env!("CARGO")).args(args).current_dir(super::root()).output();
    let output = output.expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("cargo speaks UTF-8")
}

#[test]
fn our_crates_use_each_other_only_along_the_arrows() {
    let text = cargo(&["metadata", "--format-version", "1", "--no-deps", "--offline"]);
    let metadata: Value = serde_json::from_str(&text).expect("metadata is JSON");
    let packages = metadata["packages"].as_array().expect("there are packages");
    let names: BTreeSet<&str> = packages.iter().filter_map(|p| p["name"].as_str()).collect();
    for package in packages {
        let name = package["name"].as_str().expect("a package has a name");
        let allowed = ARROWS.iter().find(|(from, _)| *from == name).map(|(_, to)| *to);
        let allowed = allowed.unwrap_or_else(|| panic!("{name} has no line in ARROWS"));
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let to = dependency["name"].as_str().expect("a dependency has a name");
            let normal = dependency["kind"].is_null();
            if normal && names.contains(to) {
                assert!(allowed.contains(&to), "{name} must not use {to}");
            }
        }
    }
}

#[test]
fn what_others_embed_stays_free_of_runtimes_databases_and_servers() {
    for (package, banned) in FREE_OF {
        let tree = cargo(&["tree", "-p", package, "-e", "normal", "--prefix", "none", "--offline"]);
        for line in tree.lines() {
            let dependency = line.split(' ').next().unwrap_or_default();
            assert!(!banned.contains(&dependency), "{package} pulls {dependency}");
        }
    }
}

#[test]
fn the_lane_goes_without_esphome() {
    let args = ["tree", "-p", "venue-lane", "--no-default-features", "-e", "normal"];
    let tree = cargo(&[&args[..], &["--prefix", "none", "--offline"]].concat());
    assert!(tree.contains("venue-domain"), "{tree}");
    assert!(
        !tree.contains("esphome"),
        "a wire of one's own must not pull in that of ESPHome: {tree}"
    );
}
