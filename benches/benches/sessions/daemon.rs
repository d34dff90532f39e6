//! The real `venued` with simulated boards: memory, idle time, size of the program.

use std::{
    env,
    fmt::Write as _,
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc,
    time::{Duration, Instant},
};

use esphome_codec::Psk;
use venue_benches::{
    harness::{Goal, Pair, Run, Unit, note},
    process::{Role, on_core_ns, resident, with_files},
    wire::PSK,
};

use crate::warm::Floor;

/// Starts it with `count` boards and leaves it alone.
pub(crate) fn measure(run: Run, count: u32, floor: &Floor) {
    let program = build();
    let folder = tempfile::tempdir().unwrap();
    let mut fleet = Role::start(&["fleet", &count.to_string()]);
    let config = folder.path().join("venued.toml");
    fs::write(&config, configuration(&mut fleet)).unwrap();
    let daemon = Daemon::start(&program, &config);
    daemon.wait_for_sessions(count);

    let idle = Duration::from_secs(run.pick(20, 1));
    let mut core = Pair { ours: Vec::new(), baseline: vec![floor.core] };
    core.ours.extend((0..run.pick(3, 1)).map(|_| time_on_core(&daemon.pid, idle)));
    let memory = resident(&daemon.pid) as f64;
    daemon.assert_nothing_lost();

    let one = |ours, baseline| Pair { ours: vec![ours], baseline: vec![baseline] };
    let goal = Goal::AtMost(20.0 * 1_048_576.0);
    one(memory, floor.resident).print(
        &format!("venued, resident, {count} devices"),
        Unit::Bytes,
        goal,
    );
    core.print(&format!("venued, time on a core, {count} idle"), Unit::Core, Goal::Above(0.1));
    let size = Pair { ours: vec![stripped(&program, folder.path())], baseline: Vec::new() };
    size.print("venued, program without symbols", Unit::Bytes, Goal::AtMost(8e6));
    note(format!("baseline: the bare client with as many sessions; idle for {} s", idle.as_secs()));
}

/// Per cent of a core over the time of `idle`.
fn time_on_core(pid: &str, idle: Duration) -> f64 {
    let (begun, at) = (on_core_ns(pid), Instant::now());
    std::thread::sleep(idle);
    let spent = on_core_ns(pid) - begun;
    spent as f64 / at.elapsed().as_nanos() as f64 * 100.0
}

/// Builds `venued` as it is shipped; beside a benchmark that is built for a look alone, as that is. Does
/// nothing if it is fresh.
fn build() -> PathBuf {
    // This program is target/release/deps/sessions-*, or target/debug/deps/sessions-*.
    let here = env::current_exe().unwrap();
    let folder = here.ancestors().nth(2).unwrap();
    let profile = if folder.ends_with("debug") { "dev" } else { "release" };
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["build", "--quiet", "--profile", profile, "--package", "venued"]);
    let built = command.current_dir(env!("CARGO_MANIFEST_DIR")).status().unwrap();
    assert!(built.success(), "venued does not build");
    folder.join("venued")
}

/// One device per line of the fleet.
fn configuration(fleet: &mut Role) -> String {
    let psk = Psk::from_bytes(PSK).unwrap().to_base64();
    let mut text = "[http]\nlisten = \"127.0.0.1:0\"\n[log]\nformat = \"json\"\n[store]\npath = \"venue.db\"\n".to_owned();
    loop {
        let line = fleet.line();
        let Some((name, address)) = line.split_once(' ') else { return text };
        let head = format!("[[device]]\nhostname = \"{name}\"\naddress = \"{address}\"");
        writeln!(text, "{head}\nnoise_psk = \"{psk}\"").unwrap();
        for port in 1..=5 {
            writeln!(text, "[[device.port]]\nindex = {port}\nname = \"TV {name}-{port}\"").unwrap();
        }
    }
}

/// A running `venued`; it is killed when it is dropped.
struct Daemon {
    process: Child,
    pid: String,
    log: mpsc::Receiver<String>,
}

impl Daemon {
    fn start(program: &Path, config: &Path) -> Self {
        let mut command = with_files(program);
        command
            .arg("--config")
            .arg(config)
            .env_remove("VENUED_CONFIG")
            .env_remove("JOURNAL_STREAM");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let (tell, log) = mpsc::channel();
        std::thread::spawn(move || {
            lines.map_while(Result::ok).try_for_each(|line| tell.send(line))
        });
        // The shell has become the program: the process is the same.
        let pid = process.id().to_string();
        Self { process, pid, log }
    }

    fn wait_for_sessions(&self, count: u32) {
        let mut open = 0;
        while open < count {
            let line = self.log.recv_timeout(Duration::from_secs(60));
            let line = line.expect("venued opens its sessions");
            assert!(!line.contains("ERROR"), "{line}");
            open += u32::from(line.contains("session with device"));
        }
    }

    fn assert_nothing_lost(&self) {
        let said = self.log.try_iter().find(|line| line.contains("no session"));
        assert_eq!(said, None, "a session was lost");
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// The size of the program without symbols; as it is, where there is no `strip`.
fn stripped(program: &Path, folder: &Path) -> f64 {
    let copy = folder.join("venued");
    fs::copy(program, &copy).unwrap();
    let has_stripped =
        Command::new("strip").arg(&copy).status().is_ok_and(|status| status.success());
    if !has_stripped {
        note("there is no `strip` here: the size is with symbols");
    }
    fs::metadata(&copy).unwrap().len() as f64
}
