//! The figures as JSON, a line for each, for whoever compares builds: `VENUE_BENCH_JSON` names the file.

use std::{
    env, fs, io::Write, path::Path, process::Command, sync::OnceLock, thread::available_parallelism,
};

use serde_json::{Value, json};

/// What all figures of this process have in common.
static ORIGIN: OnceLock<Value> = OnceLock::new();

/// Notes what is measured, where, and how thoroughly.
pub(crate) fn begin(smoke: bool) {
    let program = env::args().next().unwrap_or_default();
    let name = Path::new(&program).file_stem().map(|name| name.to_string_lossy().into_owned());
    // Cargo writes a hash behind the name.
    let bench = name.map(|name| name.split('-').next().unwrap_or_default().to_owned());
    let cores = available_parallelism().map_or(0, usize::from);
    ORIGIN.get_or_init(|| {
        json!({
            "commit": commit(),
            "bench": bench,
            "smoke": smoke,
            "cores": cores,
            "processor": processor(&read("/proc/cpuinfo")),
            "system": read("/proc/sys/kernel/osrelease").trim(),
        })
    });
}

/// Adds one measure to the file, if one is named.
///
/// # Panics
/// If the file cannot be written.
pub(crate) fn append(
    measure: &str,
    unit: &str,
    ours: f64,
    baseline: Option<f64>,
    is_met: Option<bool>,
) {
    let Some(path) = env::var_os("VENUE_BENCH_JSON") else { return };
    let line = line(ORIGIN.get(), measure, unit, ours, baseline, is_met);
    let mut file = fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .expect("VENUE_BENCH_JSON names a file that can be written");
    writeln!(file, "{line}").expect("VENUE_BENCH_JSON names a file that can be written");
}

fn line(
    origin: Option<&Value>,
    measure: &str,
    unit: &str,
    ours: f64,
    baseline: Option<f64>,
    is_met: Option<bool>,
) -> Value {
    let mut line = json!({
        "measure": measure,
        "unit": unit,
        "ours": ours,
        "baseline": baseline,
        "ratio": baseline.map(|baseline| ours / baseline),
        "goal_met": is_met,
    });
    if let (Some(line), Some(Value::Object(origin))) = (line.as_object_mut(), origin) {
        line.extend(origin.clone());
    }
    line
}

/// The commit, marked if there are changes that it does not have; `None` outside of a repository.
fn commit() -> Option<String> {
    let git = |args: &[&str]| {
        let answer = Command::new("git").args(args).output().ok()?;
        let text = String::from_utf8_lossy(&answer.stdout).trim().to_owned();
        answer.status.success().then_some(text)
    };
    let commit = git(&["rev-parse", "--short=12", "HEAD"])?;
    let is_clean = git(&["status", "--porcelain"])?.is_empty();
    Some(if is_clean { commit } else { format!("{commit}+changes") })
}

/// The name of the processor, from `/proc/cpuinfo`.
fn processor(cpuinfo: &str) -> Option<String> {
    let line = cpuinfo.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_the_figures_and_where_they_come_from() {
        let origin = json!({"commit": "abc", "cores": 2});
        let line = line(Some(&origin), "call", "us", 11.0, Some(10.0), Some(true));
        let expected = json!({
            "measure": "call", "unit": "us", "ours": 11.0, "baseline": 10.0, "ratio": 1.1,
            "goal_met": true, "commit": "abc", "cores": 2,
        });
        assert_eq!(line, expected);
    }

    #[test]
    fn the_processor_is_named_where_the_system_names_it() {
        let named = "processor\t: 0\nmodel name\t: Cortex-A72\n";
        assert_eq!(processor(named).as_deref(), Some("Cortex-A72"));
        assert_eq!(processor("Hardware : BCM2835"), None);
    }
}
