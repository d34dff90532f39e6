//! A sports bar on a game day: 40 TVs, 12 boxes of two platforms of which 3 are shared by 25 TVs, 9 TVs with a box
//! each, and 6 TVs with own tuners. Eight games are captured, previewed, recalled, half of it is put back; and the
//! daemon is killed in the middle of either.

use std::{collections::BTreeMap, time::Instant};

use device_sim::{Blaster, BlasterConfig, Power};
use serde_json::{Value, json};

use crate::support::{Daemon, until};

const TVS: usize = 40;
const TUNERS: usize = 6;
const BOXES: usize = 12;
const OWN_BOXES: usize = 9;
const GAMES: usize = 8;
const TOML: &str = "[timing]\nwarm_up_ms = 0\n";

/// The port of the `nth` thing on boards with five ports each.
fn place(kind: &str, nth: usize) -> (String, u8) {
    (format!("ir-{kind}{:02}", nth / 5 + 1), u8::try_from(nth % 5 + 1).unwrap())
}

/// Which box a TV shows; the first ones have own tuners.
fn box_of(tv: usize) -> Option<usize> {
    match tv {
        0..TUNERS => None,
        tv if tv < TUNERS + OWN_BOXES => Some(tv - TUNERS),
        tv => Some(OWN_BOXES + (tv - TUNERS - OWN_BOXES) * (BOXES - OWN_BOXES) / 25),
    }
}

fn zone(tv: usize) -> &'static str {
    if tv < TVS / 2 { "bar" } else { "patio" }
}

fn platform(of_box: Option<usize>) -> &'static str {
    match of_box {
        None => "air",
        Some(one) if one % 2 == 0 => "satellite",
        Some(_) => "cable",
    }
}

/// The number of a game where it is received.
fn number(game: usize, platform: &str) -> String {
    match platform {
        "air" => format!("{}", game + 2),
        "satellite" => format!("{}", 200 + game),
        _ => format!("{}", 30 + game),
    }
}

/// Which game a TV shows on a game day; those of one box show the same.
fn game_of(tv: usize) -> usize {
    box_of(tv).unwrap_or(tv) % GAMES
}

struct Bar {
    boards: BTreeMap<String, Blaster>,
    daemon: Daemon,
}

impl Bar {
    async fn start() -> Self {
        let mut boards = BTreeMap::new();
        let names =
            (0..TVS).map(|tv| place("tv", tv)).chain((0..BOXES).map(|nth| place("box", nth)));
        for (name, _) in names {
            if !boards.contains_key(&name) {
                let number = u16::try_from(boards.len() + 1).unwrap();
                let power = if name.starts_with("ir-box") { Power::On } else { Power::Off };
                let config = BlasterConfig { power, ..BlasterConfig::new(&*name, number) };
                boards.insert(name, Blaster::start(config).await.unwrap());
            }
        }
        let daemon = Daemon::durable(tempfile::tempdir().unwrap(), TOML).await;
        let applied = json!({"document": document(&boards)});
        let applied = daemon.post("/api/v1/config/apply", &applied).await;
        assert_eq!(applied.status, 200, "{applied:?}");
        let bar = Self { boards, daemon };
        bar.online(1).await;
        bar
    }

    async fn online(&self, nth: usize) {
        for name in self.boards.keys() {
            self.daemon.wait_for_session(name, nth).await;
        }
    }

    /// The daemon is killed and begins anew.
    async fn killed(self) -> Self {
        let Self { boards, daemon } = self;
        let daemon = Daemon::durable(daemon.killed().await, TOML).await;
        Self { boards, daemon }
    }

    async fn all(&self, command: &Value) {
        let batch = self.daemon.bulk(command).await;
        let ended = self.daemon.ended_batch(&batch).await;
        assert_eq!(ended.completed, ended.total, "{command}");
    }

    /// Before the games: all are on, and show the first game's channel.
    async fn before_the_games(&self) {
        self.all(&json!({"command": "power_on", "selectors": ["all"]})).await;
        self.all(&json!({"command": "channel", "channel": "game-0", "selectors": ["all"]})).await;
    }

    /// Captures the eight games as they are on, and goes back to what was before.
    async fn capture_games(&self) {
        self.before_the_games().await;
        for game in 1..GAMES {
            let tvs = (0..TVS).filter(|tv| game_of(*tv) == game);
            let targets: Vec<Value> = tvs.map(|tv| target(&place("tv", tv))).collect();
            let channel = format!("game-{game}");
            let tune = json!({"command": "channel", "channel": channel, "targets": targets});
            self.all(&tune).await;
        }
        let capture = json!({"id": "game-day", "name": "Game day", "selectors": ["all"],
            "apply": true});
        let captured = self.daemon.post("/api/v1/presets/capture", &capture).await;
        assert_eq!(captured.status, 200, "{captured:?}");
        let entries = captured.json["preset"]["entries"].as_array().unwrap().clone();
        assert_eq!(entries.len(), GAMES, "by the names of the games, on every platform");
        self.all(&json!({"command": "channel", "channel": "game-0", "selectors": ["all"]})).await;
    }

    async fn run(&self, selectors: &[&str]) -> Value {
        let run = json!({"selectors": selectors});
        let run = self.daemon.post("/api/v1/presets/game-day/run", &run).await;
        assert_eq!(run.status, 202, "{run:?}");
        run.json
    }

    async fn finished(&self, batch: &str) -> Value {
        let path = format!("/api/v1/batches/{batch}?limit=500");
        until("the end of the batch", async || {
            let shown = self.daemon.get(&path).await.json;
            (shown["finished"] == json!(true)).then_some(shown)
        })
        .await
    }

    /// What a TV shows: its own channel, or that of its box.
    fn shown(&self, tv: usize) -> String {
        let (board, port) = box_of(tv).map_or_else(|| place("tv", tv), |one| place("box", one));
        self.boards[&board].tv(port).channel
    }

    /// Waits until each TV shows what it should.
    async fn shows(&self, games: impl Fn(usize) -> usize) {
        until("the games", async || {
            let right = |tv| self.shown(tv) == number(games(tv), platform(box_of(tv)));
            (0..TVS).all(right).then_some(())
        })
        .await;
    }

    fn frames(&self) -> usize {
        self.boards.values().map(|board| board.frames().len()).sum()
    }

    /// How many channels each port was asked for.
    fn channels(&self) -> BTreeMap<(String, u8), usize> {
        let mut all = BTreeMap::new();
        for (name, board) in &self.boards {
            for action in board.actions().iter().filter(|action| action.action == "tv_channel") {
                *all.entry((name.clone(), action.port().unwrap())).or_default() += 1;
            }
        }
        all
    }
}

fn target((hostname, port): &(String, u8)) -> Value {
    json!({"hostname": hostname, "port": port})
}

fn document(boards: &BTreeMap<String, Blaster>) -> Value {
    let mut ports: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for tv in 0..TVS {
        let (board, index) = place("tv", tv);
        let mut port = json!({"index": index, "name": format!("TV {tv}"), "zone": zone(tv)});
        match box_of(tv) {
            Some(one) => port["source"] = json!(format!("box-{one}")),
            None => port["platform"] = json!("air"),
        }
        ports.entry(board).or_default().push(port);
    }
    let mut sources = Vec::new();
    for one in 0..BOXES {
        let (hostname, index) = place("box", one);
        let port = json!({"index": index, "platform": platform(Some(one))});
        ports.entry(hostname.clone()).or_default().push(port);
        let port = json!({"hostname": hostname, "port": index});
        sources.push(json!({"id": format!("box-{one}"), "port": port}));
    }
    let device = |(name, ports): (String, Vec<Value>)| json!({"hostname": name, "address": boards[&name].address().to_string(), "ports": ports});
    let channel = |game: usize| {
        let numbers =
            json!({"satellite": number(game, "satellite"), "cable": number(game, "cable")});
        json!({"id": format!("game-{game}"), "name": format!("Game {game}"),
            "number": number(game, "air"), "platform": "air", "numbers": numbers})
    };
    json!({
        "zones": [{"id": "bar"}, {"id": "patio"}],
        "channels": (0..GAMES).map(channel).collect::<Vec<_>>(),
        "sources": sources,
        "devices": ports.into_iter().map(device).collect::<Vec<_>>(),
    })
}

/// The commands of an answer by TV, those that another TV shares too.
fn of_each_tv(answer: &Value) -> BTreeMap<String, Vec<String>> {
    let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for list in ["accepted", "shared"] {
        for one in answer[list].as_array().into_iter().flatten() {
            let tv = format!("{}/{}", one["hostname"].as_str().unwrap(), one["port"]);
            let channel = one["channel"].as_str().unwrap_or_default();
            let to = one["sent_to"]["source"].as_str().unwrap_or("the TV");
            let what = format!("{} {channel} to {to} ({list})", one["command"].as_str().unwrap());
            all.entry(tv).or_default().push(what);
        }
    }
    all
}

/// Every command of a batch has an end that says whether it was sent.
fn assert_accounted(batch: &Value, total: usize) {
    assert_eq!(batch["total"], json!(total), "{batch}");
    let sum: u64 = batch["statuses"].as_object().unwrap().values().filter_map(Value::as_u64).sum();
    assert_eq!(sum, total as u64);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_game_day_is_captured_previewed_recalled_and_half_of_it_put_back() {
    let bar = Bar::start().await;
    bar.capture_games().await;
    let preview = bar.daemon.get("/api/v1/presets/game-day").await.json;
    assert_eq!(preview["targets"].as_array().unwrap().len(), TVS);
    assert!(preview.get("rejected").is_none(), "{}", preview["rejected"]);
    // 25 TVs show 3 boxes: 22 of them need no channel of their own.
    assert_eq!(preview["shared"].as_array().unwrap().len(), 22);
    let (frames, channels, began) = (bar.frames(), bar.channels(), Instant::now());
    let run = bar.run(&[]).await;
    let ended = bar.finished(run["batch_id"].as_str().unwrap()).await;
    bar.shows(game_of).await;
    println!(
        "40 TVs recalled in {:.1} s with {} frames: {}",
        began.elapsed().as_secs_f64(),
        bar.frames() - frames,
        ended["statuses"]
    );
    let each = of_each_tv(&run);
    for (tv, commands) in &each {
        println!("  {tv}: {}", commands.join(", "));
    }
    assert_eq!(each.len(), TVS, "every TV is accounted for");
    assert!(each.values().all(|commands| commands.len() == 2), "power and channel of each");
    // 40 times power, and one channel for each tuner and each box.
    assert_accounted(&ended, TVS + TUNERS + BOXES);
    for (port, count) in bar.channels() {
        let before = channels.get(&port).copied().unwrap_or_default();
        assert_eq!(count - before, 1, "{port:?} was tuned once");
    }
    // Half of it is put back: the patio, with the boxes that it shows, whoever else shows them.
    bar.all(&json!({"command": "channel", "channel": "game-0", "selectors": ["all"]})).await;
    let whole = bar.run(&[]).await;
    let whole = whole["batch_id"].as_str().unwrap();
    bar.finished(whole).await;
    let undo = async |part: Value| {
        let undone = bar.daemon.post(&format!("/api/v1/batches/{whole}/undo"), &part).await;
        assert_eq!(undone.status, 202, "{undone:?}");
        bar.finished(undone.json["batch"]["batch_id"].as_str().unwrap()).await;
        undone.json
    };
    let half = undo(json!({"selectors": ["zone=patio"]})).await;
    assert_eq!(half["skipped"], json!([]), "{half}");
    let on_patio = |one: usize| (0..TVS).any(|tv| zone(tv) == "patio" && box_of(tv) == Some(one));
    let is_back = |tv: usize| zone(tv) == "patio" || box_of(tv).is_some_and(on_patio);
    bar.shows(|tv| if is_back(tv) { 0 } else { game_of(tv) }).await;
    // The other half later: what is back already is left alone, and told.
    let rest = undo(json!({})).await;
    let skipped = rest["skipped"].as_array().unwrap();
    assert!(skipped.iter().all(|one| one["code"] == "commanded_since"), "{rest}");
    assert!((0..TVS).filter(|tv| zone(*tv) == "patio").count() <= skipped.len(), "{rest}");
    bar.shows(|_| 0).await;
    let elsewhere = json!({"selectors": ["zone=cellar"]});
    let refused = bar.daemon.post(&format!("/api/v1/batches/{whole}/undo"), &elsewhere).await;
    assert_eq!(refused.status, 422, "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_in_the_middle_of_a_recall_and_of_putting_back_leaves_nothing_stale_and_nothing_doubled()
 {
    let bar = Bar::start().await;
    bar.capture_games().await;
    let before = bar.channels();
    let run = bar.run(&[]).await;
    assert_eq!(of_each_tv(&run).len(), TVS);
    let batch = run["batch_id"].as_str().unwrap().to_owned();
    tuned_since(&bar, &before).await;
    let bar = bar.killed().await;
    let ended = bar.finished(&batch).await;
    assert_accounted(&ended, TVS + TUNERS + BOXES);
    bar.shows(game_of).await;
    // At most what was on its way at the kill was sent twice: one command of each board.
    assert_not_doubled(&bar, &before);
    let before = bar.channels();
    let undo = bar.daemon.post(&format!("/api/v1/batches/{batch}/undo"), &json!({})).await;
    assert_eq!(undo.status, 202, "{undo:?}");
    let undone = undo.json["batch"]["batch_id"].as_str().unwrap().to_owned();
    let restored = undo.json["batch"]["accepted"].as_array().unwrap().len();
    tuned_since(&bar, &before).await;
    let bar = bar.killed().await;
    let ended = bar.finished(&undone).await;
    assert_accounted(&ended, restored);
    bar.shows(|_| 0).await;
    assert_not_doubled(&bar, &before);
    println!("put back over a kill: {}", ended["statuses"]);
}

/// In the middle: some box or tuner has its new channel, and others wait.
async fn tuned_since(bar: &Bar, before: &BTreeMap<(String, u8), usize>) {
    let sum = |all: &BTreeMap<(String, u8), usize>| all.values().sum::<usize>();
    let before = sum(before);
    until("the first channels", async || (sum(&bar.channels()) > before + 2).then_some(())).await;
    assert!(sum(&bar.channels()) < before + TUNERS + BOXES, "not the end yet");
}

fn assert_not_doubled(bar: &Bar, before: &BTreeMap<(String, u8), usize>) {
    let mut twice: BTreeMap<String, usize> = BTreeMap::new();
    for ((board, port), count) in bar.channels() {
        let more = count - before.get(&(board.clone(), port)).copied().unwrap_or_default();
        assert!(more <= 2, "{board}/{port} was tuned {more} times");
        *twice.entry(board).or_default() += more.saturating_sub(1);
    }
    assert!(twice.values().all(|count| *count <= 1), "one command of a board at most: {twice:?}");
}
