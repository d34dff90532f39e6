//! What somebody wants of a TV, and the table of the law that says which wish outranks which. Written
//! down once more here: a judge does not ask the accused.

use std::fmt;

use serde_json::{Value, json};

/// One TV: a port of a board.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Tv {
    pub(crate) hostname: String,
    pub(crate) port: u8,
}

impl fmt::Display for Tv {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.hostname, self.port)
    }
}

/// One action for one TV, with its parameter.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Wish {
    pub(crate) tv: Tv,
    pub(crate) action: String,
    pub(crate) parameter: Option<String>,
}

impl fmt::Display for Wish {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.tv, self.action)?;
        self.parameter.iter().try_for_each(|parameter| write!(f, " {parameter}"))
    }
}

/// What may become of a command that may have acted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nature {
    /// The same again does no harm.
    Absolute,
    Toggle,
    Relative,
    Sequence,
}

/// The part of a TV that an action is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Group {
    Power,
    Input,
    Channel,
    Volume,
    Mute,
    Navigation,
}

/// The actions that can be repeated within a round, for they have a number that is used once.
pub(crate) const NUMBERED: [&str; 2] = ["channel", "input"];

/// The actions without a parameter; each is wished of a TV once a round.
pub(crate) const PLAIN: [&str; 21] = [
    "power",
    "power_on",
    "power_off",
    "mute",
    "mute_on",
    "mute_off",
    "volume_up",
    "volume_down",
    "channel_up",
    "channel_down",
    "up",
    "down",
    "left",
    "right",
    "ok",
    "back",
    "home",
    "menu",
    "guide",
    "info",
    "exit",
];

pub(crate) fn nature(action: &str) -> Nature {
    match action {
        "power_on" | "power_off" | "input" | "mute_on" | "mute_off" | "channel" => Nature::Absolute,
        "power" | "mute" => Nature::Toggle,
        "volume_up" | "volume_down" | "channel_up" | "channel_down" => Nature::Relative,
        _ => Nature::Sequence,
    }
}

pub(crate) fn group(action: &str) -> Group {
    match action {
        "power" | "power_on" | "power_off" => Group::Power,
        "input" => Group::Input,
        "channel" | "channel_up" | "channel_down" | "number" => Group::Channel,
        "volume_up" | "volume_down" => Group::Volume,
        "mute" | "mute_on" | "mute_off" => Group::Mute,
        _ => Group::Navigation,
    }
}

impl Wish {
    pub(crate) fn nature(&self) -> Nature {
        nature(&self.action)
    }

    pub(crate) fn group(&self) -> Group {
        group(&self.action)
    }

    fn sets_state(&self) -> bool {
        matches!(self.nature(), Nature::Absolute | Nature::Toggle)
    }

    /// Whether this one must not be sent after a newer `other`.
    pub(crate) fn is_outdated_by(&self, other: &Self) -> bool {
        let same_slot = self.group() == other.group();
        self.tv == other.tv
            && (other.action == "power_off"
                || (same_slot && (self.sets_state() || other.sets_state())))
    }

    /// What a request says of it, wherever it is to be carried out.
    pub(crate) fn body(&self) -> Value {
        let mut body = json!({"command": self.action});
        if let Some(parameter) = &self.parameter {
            match self.action.as_str() {
                "number" => body["digit"] = json!(parameter.parse::<i64>().unwrap()),
                name => body[name] = json!(parameter),
            }
        }
        body
    }

    pub(crate) fn target(&self) -> Value {
        json!({"hostname": self.tv.hostname, "port": self.tv.port})
    }

    /// The wish of a command as the daemon shows it.
    pub(crate) fn of_record(record: &Value) -> Option<Self> {
        let tv = Tv {
            hostname: record["hostname"].as_str()?.to_owned(),
            port: u8::try_from(record["port"].as_u64()?).ok()?,
        };
        let action = record["command"].as_str()?.to_owned();
        let parameter = match action.as_str() {
            "channel" | "input" => record[&action].as_str().map(str::to_owned),
            "number" => record["digit"].as_i64().map(|digit| digit.to_string()),
            _ => None,
        };
        Some(Self { tv, action, parameter })
    }

    /// The wish that a board has carried out.
    pub(crate) fn of_frame(board: &str, ran: &device_sim::ActionRecord) -> Option<Self> {
        let tv = Tv { hostname: board.to_owned(), port: ran.port()? };
        let action = ran.action.strip_prefix("tv_")?.to_owned();
        let parameter = match action.as_str() {
            "channel" | "input" => ran.args.get(&action).cloned(),
            "number" => ran.args.get("digit").cloned(),
            _ => None,
        };
        Some(Self { tv, action, parameter })
    }
}
