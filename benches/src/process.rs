//! Processes that are measured from outside or by themselves: files, memory, time on a core.

use std::{
    fs,
    io::{BufRead, BufReader, Lines},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

/// How many files a process may have open, where the system lets it.
const FILES: u32 = 8_192;

/// A command that runs `program` with room for thousands of sockets.
///
/// The limit is raised by a shell in front of it, which is the only way without unsafe code; and
/// only as far as the hard limit goes.
#[must_use]
pub fn with_files(program: &Path) -> Command {
    let mut command = Command::new("sh");
    let raise = format!("ulimit -n {FILES} 2>/dev/null || ulimit -n \"$(ulimit -Hn)\"");
    command.arg("-c").arg(format!("{raise}; exec \"$0\" \"$@\"")).arg(program);
    command
}

/// Ends this process if it cannot open `wanted` files.
///
/// # Panics
/// If it cannot.
pub fn ensure_files(wanted: usize) {
    let limits = read("/proc/self/limits");
    let line = limits.lines().find(|line| line.starts_with("Max open files"));
    let soft = line.and_then(|line| line.split_whitespace().nth(3)).unwrap_or_default();
    let soft = soft.parse().unwrap_or(usize::MAX);
    assert!(
        soft >= wanted,
        "this takes {wanted} open files in one process and the hard limit allows {soft}: raise it \
         (LimitNOFILE=, /etc/security/limits.conf, docker --ulimit nofile=8192)"
    );
}

/// This program again, in another role. It ends when its input is closed, and so never outlives
/// the one that started it.
#[derive(Debug)]
pub struct Role {
    process: Child,
    input: Option<ChildStdin>,
    output: Lines<BufReader<ChildStdout>>,
}

impl Role {
    /// Starts it.
    ///
    /// # Panics
    /// If it cannot be started.
    #[must_use]
    pub fn start(args: &[&str]) -> Self {
        let program = std::env::current_exe().expect("a program has a path");
        let mut command = with_files(&program);
        command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().expect("there is a shell");
        let input = process.stdin.take();
        let output = BufReader::new(process.stdout.take().expect("it is piped")).lines();
        Self { process, input, output }
    }

    /// Its next line.
    ///
    /// # Panics
    /// If it has ended.
    pub fn line(&mut self) -> String {
        let line = self.output.next().expect("it has not ended; see what it said above");
        line.expect("it writes text")
    }
}

impl Drop for Role {
    fn drop(&mut self) {
        drop(self.input.take());
        // It ends by itself; a failure has been told by its last line.
        drop(self.process.wait());
    }
}

/// Bytes of memory of a process that are its own and no file's: heap and stacks.
#[must_use]
pub fn anonymous(pid: &str) -> u64 {
    rollup(pid, "Anonymous:")
}

/// Bytes of memory of a process that are in memory, its code included.
#[must_use]
pub fn resident(pid: &str) -> u64 {
    rollup(pid, "Rss:")
}

fn rollup(pid: &str, field: &str) -> u64 {
    let text = read(&format!("/proc/{pid}/smaps_rollup"));
    let line = text.lines().find(|line| line.starts_with(field));
    let kib = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
    kib.expect("the kernel tells it") * 1_024
}

/// Nanoseconds that all threads of a process have spent on a core.
///
/// # Panics
/// If there is no such process.
#[must_use]
pub fn on_core_ns(pid: &str) -> u64 {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).expect("the process is there");
    let of_thread = |thread: fs::DirEntry| {
        let text = fs::read_to_string(thread.path().join("schedstat")).ok()?;
        text.split_whitespace().next()?.parse::<u64>().ok()
    };
    threads.flatten().filter_map(of_thread).sum()
}

/// How often threads of a process have waited and were woken since they began.
///
/// # Panics
/// If there is no such process.
#[must_use]
pub fn wake_ups(pid: &str) -> u64 {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).expect("the process is there");
    let of_thread = |thread: fs::DirEntry| {
        let text = fs::read_to_string(thread.path().join("status")).ok()?;
        let line = text.lines().find(|line| line.starts_with("voluntary_ctxt_switches:"))?;
        line.split_whitespace().nth(1)?.parse::<u64>().ok()
    };
    threads.flatten().filter_map(of_thread).sum()
}

fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_knows_its_memory_and_its_time() {
        assert!(anonymous("self") > 0);
        assert!(resident("self") >= anonymous("self"));
        assert!(on_core_ns("self") > 0);
    }
}
