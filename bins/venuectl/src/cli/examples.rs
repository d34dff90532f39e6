//! The examples at the end of every `--help`.

use clap::Command;

use self::typed::EXAMPLES;

mod typed;

/// The arguments of each action, which `tv` and `batch create` share.
const ACTIONS: [(&str, &str); 16] = [
    ("on", ""),
    ("off", ""),
    ("power", ""),
    ("mute", ""),
    ("mute-on", ""),
    ("mute-off", ""),
    ("vol-up", ""),
    ("vol-down", ""),
    ("volume", "+5 "),
    ("ch-up", ""),
    ("ch-down", ""),
    ("default-channel", ""),
    ("channel", "501 "),
    ("input", "hdmi1 "),
    ("key", "guide "),
    ("digits", "060 "),
];

/// `command` with examples below its help and that of all its subcommands.
pub(super) fn added_to(command: Command) -> Command {
    add(command, "")
}

fn add(command: Command, path: &str) -> Command {
    let names: Vec<String> =
        command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    let command = names.into_iter().fold(command, |command, name| {
        let path = format!("{path} {name}");
        command.mut_subcommand(name, |sub| add(sub, path.trim_start()))
    });
    let examples = examples(path);
    if examples.is_empty() {
        return command;
    }
    let help = format!("Examples:\n  {}", examples.join("\n  "));
    // What is only in the long help comes behind them.
    match command.get_after_long_help().map(|more| format!("{help}\n\n{more}")) {
        Some(long) => {
            let short = format!("{help}\n\n--help explains more, such as the exit codes.");
            command.after_help(short).after_long_help(long)
        }
        None => command.after_help(help),
    }
}

fn examples(path: &str) -> Vec<String> {
    if let Some((_, lines)) = EXAMPLES.iter().find(|(of, _)| *of == path) {
        return lines.iter().map(|line| (*line).to_owned()).collect();
    }
    let of_action = |prefix: &str, target: &str| {
        let name = path.strip_prefix(prefix)?;
        let (_, arguments) = ACTIONS.iter().find(|(action, _)| *action == name)?;
        Some(vec![format!("venuectl {prefix}{name} {arguments}{target}")])
    };
    of_action("tv ", "ir-dc4516/2")
        .or_else(|| of_action("batch create ", "zone=bar"))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::cli::Cli;

    /// The words of a line, as a shell reads them: up to a comment or a redirection.
    fn words(line: &str) -> Vec<String> {
        let (mut words, mut word, mut quoted) = (Vec::new(), None::<String>, false);
        for c in line.chars() {
            match c {
                '\'' => {
                    quoted = !quoted;
                    word.get_or_insert_default();
                }
                ' ' if !quoted => words.extend(word.take()),
                '#' | '>' | '<' if !quoted && word.is_none() => break,
                _ => word.get_or_insert_default().push(c),
            }
        }
        assert!(!quoted, "a quote is left open: {line}");
        words.extend(word);
        words
    }

    /// Each command that can be run, with its path.
    fn leaves(command: &Command, path: &str, found: &mut Vec<(String, Command)>) {
        for sub in command.get_subcommands() {
            let path = format!("{path} {}", sub.get_name());
            leaves(sub, path.trim_start(), found);
        }
        if !command.has_subcommands() {
            found.push((path.to_owned(), command.clone()));
        }
    }

    /// The lines below "Examples:".
    fn shown(command: &Command) -> Vec<String> {
        let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        let lines = help.lines().skip_while(|line| *line != "Examples:").skip(1);
        lines.map_while(|line| line.strip_prefix("  ")).map(str::to_owned).collect()
    }

    #[test]
    fn every_command_has_examples_of_itself_in_its_help() {
        let mut all = Vec::new();
        leaves(&added_to(Cli::command()), "", &mut all);
        assert!(all.len() > 80, "only {} commands", all.len());
        for (path, command) in all {
            let shown = shown(&command);
            let start = format!("venuectl {path}");
            let is_of_it = |line: &String| line.starts_with(&start) || line.contains(path.as_str());
            assert!(shown.iter().any(is_of_it), "{path}: {shown:?}");
        }
    }

    #[test]
    fn every_example_is_a_command_line_that_parses() {
        let actions = ACTIONS.map(|(name, _)| format!("tv {name}"));
        let batches = ACTIONS.map(|(name, _)| format!("batch create {name}"));
        let batches = batches.into_iter().filter(|path| !path.ends_with("digits"));
        let paths = EXAMPLES.iter().map(|(path, _)| (*path).to_owned());
        for path in paths.chain(actions).chain(batches) {
            for line in examples(&path) {
                let parsed = Cli::described().try_get_matches_from(words(&line));
                assert!(parsed.is_ok(), "{path}: {line}: {}", parsed.unwrap_err());
            }
        }
    }

    #[test]
    fn no_example_belongs_to_a_command_that_does_not_exist() {
        let command = Cli::command();
        for (path, _) in EXAMPLES {
            let mut found = Some(&command);
            for name in path.split_whitespace() {
                found = found.and_then(|command| command.find_subcommand(name));
            }
            assert!(found.is_some(), "there is no command {path}");
        }
    }

    #[test]
    fn a_line_is_read_as_a_shell_reads_it() {
        let line = "venuectl config set a name='Main bar' b=  # sets both";
        assert_eq!(words(line), ["venuectl", "config", "set", "a", "name=Main bar", "b="]);
        assert_eq!(words("venuectl export > a.yaml"), ["venuectl", "export"]);
    }
}
