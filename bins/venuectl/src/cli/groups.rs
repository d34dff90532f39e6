//! The help of the program: its commands in groups, and the lists that can be watched.

use clap::{Arg, ArgAction, Command, builder::Styles};

/// The commands, by what somebody wants to do. A test knows that each is in one group.
const GROUPS: [(&str, &[&str]); 6] = [
    ("Use the TVs", &["tv", "batch", "preset", "lock"]),
    (
        "See what happens",
        &[
            "status", "doctor", "alerts", "agenda", "queue", "history", "command", "why", "events",
            "stats",
        ],
    ),
    (
        "Set up the venue",
        &[
            "venue",
            "device",
            "port",
            "maintenance",
            "source",
            "codes",
            "schedule",
            "config",
            "import",
            "export",
            "diff",
            "apply",
        ],
    ),
    ("People and rights", &["login", "logout", "person", "token", "whoami", "audit", "setup"]),
    ("The daemon", &["backup", "system"]),
    ("This command line", &["context", "explain", "api", "completion"]),
];

/// What can be shown anew whenever it changes.
const WATCHED: [&str; 15] = [
    "status",
    "alerts",
    "history",
    "device list",
    "device commands",
    "port list",
    "queue stats",
    "queue list",
    "batch list",
    "preset list",
    "lock list",
    "source list",
    "maintenance list",
    "schedule list",
    "system tasks",
];

/// The flag of what is watched, by its id.
pub(super) const REDRAW: &str = "redraw";

/// `command` with its subcommands in groups, and `--watch` for lists.
pub(super) fn added_to(command: Command) -> Command {
    let mut command = command;
    for path in WATCHED {
        let names: Vec<&str> = path.split(' ').collect();
        command = with_redraw(command, &names);
    }
    let template = template(&command);
    command.help_template(template)
}

fn with_redraw(command: Command, names: &[&str]) -> Command {
    match names.split_first() {
        Some((name, rest)) => command.mut_subcommand(*name, |sub| with_redraw(sub, rest)),
        None => command.arg(
            Arg::new(REDRAW)
                .short('w')
                .long("watch")
                .action(ArgAction::SetTrue)
                .help("Show it anew whenever it has changed, until interrupted"),
        ),
    }
}

fn template(command: &Command) -> String {
    let styles = Styles::styled();
    let (title, name) = (styles.get_header(), styles.get_literal());
    let line = |one: &&str| {
        let about = command.find_subcommand(one).and_then(Command::get_about);
        let about = about.map(ToString::to_string).unwrap_or_default();
        format!("  {name}{one:<12}{name:#}{about}\n")
    };
    let group = |(group, names): &(&str, &[&str])| {
        let lines: String = names.iter().map(line).collect();
        format!("{title}{group}:{title:#}\n{lines}\n")
    };
    let groups: String = GROUPS.iter().map(group).collect();
    format!(
        "{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n{groups}{title}Options:{title:#}\n{{options}}{{after-help}}"
    )
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::cli::Cli;

    #[test]
    fn every_command_is_in_one_group_of_the_help() {
        let command = Cli::command();
        let listed: Vec<&str> =
            GROUPS.iter().flat_map(|(_, names)| names.iter().copied()).collect();
        for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
            let times = listed.iter().filter(|name| **name == sub.get_name()).count();
            assert_eq!(times, 1, "{}", sub.get_name());
        }
        assert!(listed.iter().all(|name| command.find_subcommand(name).is_some()), "{listed:?}");
    }

    #[test]
    fn the_short_help_is_grouped_and_fits_and_the_long_one_has_the_exit_codes() {
        let mut command = Cli::described();
        let short = command.render_help().to_string();
        assert!(
            short.contains("Use the TVs:\n  tv ") && short.contains("venuectl doctor"),
            "{short}"
        );
        assert!(short.lines().count() < 90 && !short.contains("130"), "{short}");
        assert!(command.render_long_help().to_string().contains("130"));
    }

    #[test]
    fn lists_can_be_watched() {
        for path in WATCHED {
            let words = ["venuectl"].into_iter().chain(path.split(' '));
            let words = words.chain((path == "device commands").then_some("ir-1"));
            let matches = Cli::described().try_get_matches_from(words.chain(["--watch"]));
            assert!(matches.is_ok(), "{path}: {}", matches.unwrap_err());
        }
    }
}
