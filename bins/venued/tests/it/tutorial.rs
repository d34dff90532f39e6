//! docs/tutorial.md, word for word.

use std::path::Path;

use tokio::process::Command;

use crate::support::{Daemon, ctl_program, soon};

/// A command, and what must be in what it prints.
#[derive(Debug)]
struct Step {
    command: String,
    expected: Vec<String>,
}

/// The commands of the console blocks.
fn steps(text: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        if line.starts_with("```") {
            inside = line == "```console";
        } else if let Some(command) = line.strip_prefix("$ ").filter(|_| inside) {
            steps.push(Step { command: command.to_owned(), expected: Vec::new() });
        } else if inside && let Some(step) = steps.last_mut() {
            step.expected.push(line.to_owned());
        }
    }
    steps
}

/// Whether one line of `said` has the parts of `expected` in their order.
fn is_said(said: &str, expected: &str) -> bool {
    said.lines().any(|line| {
        let mut rest = line;
        expected.split("...").map(str::trim).all(|part| match rest.split_once(part) {
            Some((_, behind)) => {
                rest = behind;
                true
            }
            None => false,
        })
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_of_the_tutorial_does_what_stands_there() {
    let text = include_str!("../../../../docs/tutorial.md");
    let daemon = Daemon::demo().await;
    // On a slow disk the store comes after the sessions.
    daemon.wait_for_mode("normal").await;
    for number in (1..=10).chain([12, 13]) {
        daemon.log.wait_for(&format!("session with device device=\"ir-{number:06x}\"")).await;
    }
    let address = daemon.address.to_string();
    let programs = ctl_program().parent().map(Path::to_owned).unwrap();
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap_or_default());
    let all = steps(text);
    assert!(all.len() > 25, "the tutorial was read");
    for Step { command, expected } in all {
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(command.replace("localhost:8080", &address));
        shell.env("PATH", &path).env("VENUECTL_SERVER", format!("http://{address}"));
        shell.current_dir(daemon.path("x").parent().unwrap()).kill_on_drop(true);
        let output = soon(&command, shell.output()).await.unwrap();
        let said = format!(
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        assert!(output.status.success(), "$ {command}\n{said}");
        for expected in expected {
            assert!(is_said(&said, &expected), "$ {command}\nlacks {expected:?}:\n{said}");
        }
    }
    // Each TV of the board without codes obeyed, the fifth one only since it has a code set.
    for port in 1..=5 {
        daemon.log.wait_for(&format!("the TV shows channel 055 tv=ir-00000d/{port}")).await;
    }
    daemon.log.wait_for("the TV has volume 11 tv=ir-00000d/5").await;
}

#[test]
fn an_expectation_is_a_line_with_its_parts_in_order() {
    assert!(is_said("a\nb  x  c\n", "b ... c"));
    assert!(!is_said("b\nc\n", "b ... c"));
    assert!(!is_said("c b", "b ... c"));
}
