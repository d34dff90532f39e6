//! The pool against a bare client: bytes per session, time on a core while nothing happens.

use venue_benches::{
    harness::{Goal, Pair, Run, Unit, median, note},
    process::Role,
};

/// What a bare client takes with all its sessions, for the daemon to be compared with.
pub(crate) struct Floor {
    /// Bytes that are resident.
    pub(crate) resident: f64,
    /// Per cent of a core.
    pub(crate) core: f64,
}

/// One client process.
struct Figures {
    bytes_per_session: f64,
    resident: f64,
    core: f64,
}

/// Clients of both kinds in turns, one process each.
pub(crate) fn measure(run: Run, count: u32) -> Floor {
    let seconds = run.pick(20, 1);
    let (mut memory, mut core) = (Pair::default(), Pair::default());
    let mut resident = Vec::new();
    let mut boards = boards("long", count);
    let address = boards.line();
    for _ in 0..run.pick(3, 1) {
        let ours = client("pool", &address, count, seconds);
        let bare = client("bare", &address, count, seconds);
        memory.ours.push(ours.bytes_per_session);
        memory.baseline.push(bare.bytes_per_session);
        core.ours.push(ours.core);
        core.baseline.push(bare.core);
        resident.push(bare.resident);
    }
    drop(boards);
    let floor = Floor { resident: median(&resident), core: median(&core.baseline) };
    memory.print(&format!("memory per session, {count} open"), Unit::Bytes, Goal::AtMost(4_096.0));
    without_listing(run, count);
    core.print(&format!("time on a core, {count} idle"), Unit::Core, Goal::Above(0.1));
    note(format!("idle for {seconds} s each, a ping per session after 10 s of silence"));
    floor
}

/// The same with boards that list two actions: what is left is the session itself.
fn without_listing(run: Run, count: u32) {
    let mut boards = boards("short", count);
    let address = boards.line();
    let mut memory = Pair::default();
    for _ in 0..run.pick(3, 1) {
        memory.ours.push(client("pool", &address, count, 0).bytes_per_session);
        memory.baseline.push(client("bare", &address, count, 0).bytes_per_session);
    }
    memory.print("  of boards that list two actions only", Unit::Bytes, Goal::None);
}

/// One more session than are counted: the client's first.
fn boards(listing: &str, count: u32) -> Role {
    Role::start(&["boards", listing, &(count + 1).to_string()])
}

fn client(kind: &str, address: &str, count: u32, seconds: u32) -> Figures {
    let (count_text, idle) = (count.to_string(), seconds.to_string());
    let line = Role::start(&["client", kind, address, &count_text, &idle]).line();
    let figures: Vec<f64> = line.split(' ').map(|figure| figure.parse().unwrap()).collect();
    let [before, after, resident, spent] = figures[..] else { panic!("four figures: {line}") };
    let bytes_per_session = (after - before) / f64::from(count);
    let core = spent / (f64::from(seconds.max(1)) * 1e9) * 100.0;
    Figures { bytes_per_session, resident, core }
}
