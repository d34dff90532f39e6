//! The table of actions in docs/semantics.md says what the table in the code says.

use std::{collections::BTreeMap, time::Duration};

use venue_domain::{
    Action, Class, Delivery, Nature, NotSent, Outcome, RetryDecision, Unknown, testing::action,
};
use venue_routing::{Fallback, fallback};

/// One row of the table in the document, cell by cell.
fn rows(text: &str) -> Vec<Vec<String>> {
    let table = text.lines().skip_while(|line| !line.starts_with("| nature | actions |")).skip(2);
    let rows = table.take_while(|line| line.starts_with('|'));
    rows.map(|row| row.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect())
        .collect()
}

fn name(nature: Nature) -> &'static str {
    match nature {
        Nature::Absolute => "absolute",
        Nature::AbsoluteFrames => "absolute, several frames",
        Nature::Toggle => "toggle",
        Nature::Relative => "relative",
        Nature::Sequence => "sequence",
        Nature::Immediate => "immediate",
        Nature::Read => "read",
    }
}

fn words(duration: Duration) -> String {
    match duration.as_secs() {
        seconds if seconds % 3_600 == 0 => format!("{} h", seconds / 3_600),
        seconds if seconds % 60 == 0 => format!("{} min", seconds / 60),
        seconds => format!("{seconds} s"),
    }
}

/// What the document says of commands of this nature after this outcome.
fn again(nature: Nature, outcome: &Outcome) -> &'static str {
    if nature == Nature::Immediate {
        // Never queued: whoever asked is answered what it came to.
        return "end with that answer";
    }
    match RetryDecision::after(nature, outcome) {
        RetryDecision::Finish => "never",
        RetryDecision::Retry => "retry",
        RetryDecision::RetryAfterQuietGap => "retry the whole channel, after the quiet gap",
        RetryDecision::Release { .. } => "release",
    }
}

fn lives(action: &Action) -> String {
    let life = |class| words(action.spec().classes.of(class).unwrap().life);
    match action.nature() {
        Nature::Immediate => format!("the request ({})", life(Class::Immediate)),
        Nature::Read => life(Class::System),
        Nature::Absolute
        | Nature::AbsoluteFrames
        | Nature::Toggle
        | Nature::Relative
        | Nature::Sequence => format!("{} / {}", life(Class::Interactive), life(Class::Bulk)),
    }
}

#[test]
fn the_documented_table_of_actions_is_that_of_the_code() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/semantics.md");
    // Packed for others, the crate comes without it.
    let Ok(text) = std::fs::read_to_string(path) else { return };
    let mut expected = BTreeMap::<&str, Vec<&str>>::new();
    for name in Action::NAMES {
        expected.entry(self::name(action(name).nature())).or_default().push(name);
    }
    let rows = rows(&text);
    assert_eq!(rows.len(), expected.len());
    for row in rows {
        let [nature, actions, not_sent, unknown, life] = &row[..] else { panic!("{row:?}") };
        let listed: Vec<&str> =
            actions.split(", ").map(|action| action.split(' ').next().unwrap()).collect();
        let mut sorted = (listed.clone(), expected[nature.as_str()].clone());
        sorted.0.sort_unstable();
        sorted.1.sort_unstable();
        assert_eq!(sorted.0, sorted.1, "{nature}");
        for listed in listed {
            let action = action(listed);
            let offline = Outcome::NotSent(NotSent::Offline);
            assert_eq!(again(action.nature(), &offline), not_sent, "{listed}");
            let lost = Outcome::Unknown(Unknown::NoEvidence);
            assert_eq!(again(action.nature(), &lost), unknown, "{listed}");
            assert_eq!(&lives(&action), life, "{listed}");
        }
    }
}

#[test]
fn the_router_falls_back_exactly_where_an_attempt_may_be_repeated() {
    for name in Action::NAMES {
        let action = action(name);
        for outcome in [Outcome::NotSent(NotSent::Offline), Outcome::Unknown(Unknown::NoEvidence)] {
            let decision = RetryDecision::after(action.nature(), &outcome);
            let delivery = Delivery::Ended { outcome, took: Duration::ZERO };
            let falls_back = fallback(&action, &delivery) != Fallback::Answer;
            assert_eq!(falls_back, decision != RetryDecision::Finish, "{name}");
        }
    }
}
