//! What happened to a slot, one line each, in the order in which it happened.

use crate::{
    http::Reply,
    ledger::{Kind, Ledger, NEVER, Whom},
    wish::{Group, Tv, Wish},
};

/// The story of what concerns `group` of `tv`.
pub(crate) fn story(ledger: &Ledger, tv: &Tv, group: Group) -> Vec<String> {
    let concerns =
        |wish: &Wish| wish.tv == *tv && (wish.group() == group || wish.action == "power_off");
    let mut lines = Vec::<(u64, String)>::new();
    for (index, asked) in ledger.asked.iter().enumerate() {
        let of_command = |command: &crate::ledger::Command| {
            command.asked == index && command.wish.as_ref().is_some_and(concerns)
        };
        let concerned = asked.wishes.iter().any(concerns)
            || ledger.commands.values().any(of_command)
            || (matches!(asked.kind, Kind::Edit) && asked.line.contains(&tv.hostname));
        if concerned {
            lines.push((asked.at, format!("[{index}] {}", asked.line)));
            let reply = asked.reply.as_ref().map_or_else(String::new, Reply::line);
            lines.push((asked.ended.unwrap_or(NEVER), format!("[{index}] -> {reply}")));
        }
    }
    for (id, command) in &ledger.commands {
        if !command.wish.as_ref().is_some_and(concerns) {
            continue;
        }
        let mut last = String::new();
        for read in &command.reads {
            let shown = match read.record() {
                Some(record) => format!(
                    "{} ({}), attempts {}, unknown_seen {}, superseded_by {}",
                    record["status"],
                    record["reason"],
                    record["attempts"],
                    record["unknown_seen"],
                    record["superseded_by"]
                ),
                None => read.reply.line(),
            };
            if shown != last {
                lines.push((read.ended, format!("    {id} reads {shown}")));
                last = shown;
            }
        }
    }
    for frame in ledger.frames.iter().filter(|frame| concerns(&frame.wish)) {
        lines.push((frame.at, format!("  * FRAME {}", frame.wish)));
    }
    for event in &ledger.events {
        let line = match &event.whom {
            Whom::Board(name) if *name == tv.hostname => format!("  - board {}", event.what),
            Whom::Board(_) => continue,
            whom @ (Whom::Daemon | Whom::Store | Whom::Clock) => {
                format!("  - {whom:?} {}", event.what)
            }
        };
        lines.push((event.at, line));
    }
    lines.sort_by_key(|(at, _)| *at);
    let line = |(at, line): (u64, String)| {
        let line: String = line.chars().take(WIDTH).collect();
        format!("{at:>7} {line}")
    };
    lines.into_iter().map(line).collect()
}

/// What a line of a story has room for.
const WIDTH: usize = 360;
