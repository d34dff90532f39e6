//! What a command aims at, and the other arguments, from the words of the command line.
//!
//! Errors say all their causes in one line: clap prints only the outermost.

use std::time::Duration;

use serde::{Deserialize, de::IntoDeserializer};
use serde_json::Value;
use snafu::{OptionExt, ResultExt, Snafu, ensure};
use venue_api::UtcTime;
use venue_domain::{
    Action, BatchId, BatchIdError, ChannelNumber, CommandId, Digit, Hostname, InputName,
    NavigationKey, ParameterError, PortId, PortIdError, SignalCode, Step, one_line,
};
use venue_registry::{
    BlasterPortError, DeviceNameError, LabelError, MaintenanceTarget, Selector, SelectorError,
    blaster_port, device_name,
};

/// Why an argument is refused: what is wrong, and what would be right.
#[derive(Debug, Snafu)]
pub(crate) enum ArgumentError {
    #[snafu(display("{}", one_line(source)))]
    Device { source: DeviceNameError },
    #[snafu(display("{source}"))]
    Zone { source: LabelError },
    #[snafu(display("this is a TV; give only its device, such as {device}"))]
    PortNotTaken { device: Hostname },
    #[snafu(display("{}", one_line(source)))]
    Tv { source: PortIdError },
    #[snafu(display(
        "give a channel number, or what the line-up calls the channel: 1 to 80 characters"
    ))]
    ChannelName,
    #[snafu(display("{source}"))]
    Port { source: BlasterPortError },
    #[snafu(display(
        "give one TV as HOST/PORT or tv:NAME; `venuectl port list {text}` lists the TVs of {text}, and \
         `venuectl batch create` commands all of them"
    ))]
    Many { text: String },
    #[snafu(display("{}", one_line(source)))]
    Selector { source: SelectorError },
    #[snafu(display("port 0 is the board itself; a TV is at a port from 1 to 5"))]
    Board,
    #[snafu(display("{}", one_line(source)))]
    Parameter { source: ParameterError },
    #[snafu(display("a key is a digit from 0 to 9 or one of {}", keys()))]
    Key,
    #[snafu(display("give up, down, or 1 to 20 steps with their sign, such as +5 or -3"))]
    Volume,
    #[snafu(display("give 1 to 8 digits, such as 060"))]
    Digits,
    #[snafu(display("a diagnostic code is 1 (signal on) or 0 (signal off)"))]
    Code,
    #[snafu(display("{source}"))]
    Batch { source: BatchIdError },
    #[snafu(display(
        "give the id of a command, such as 0190a6b2-7c1e-7e52-9d58-2f6f1d7a9b11, or its number in the queue, such \
         as 17"
    ))]
    Command,
    #[snafu(display("give an id of lower-case letters, digits, - and _, such as main-bar"))]
    Item,
    #[snafu(display("give an actor: the name of a token, schedule:ID or local:UID"))]
    Actor,
    #[snafu(display(
        "give names of events such as batch.progress or device.*, separated by commas"
    ))]
    Events,
    #[snafu(display("give FIELD=VALUE, such as name=\"Main bar\""))]
    Field,
    #[snafu(display("give a whole number from {least} to {most}"))]
    Number { least: i64, most: i64 },
    #[snafu(display("give a date such as 2026-11-25"))]
    Date,
    #[snafu(display("give the cursor at the end of the previous page"))]
    Cursor,
    #[snafu(display(
        "give a date and a time with its offset from UTC, such as \
         2026-03-01T15:00:00+11:00 or 2026-03-01T04:00:00Z"
    ))]
    Instant,
    #[snafu(display("give a time such as 500ms, 10s or 5m, at most 60m"))]
    Time,
}

/// A device: `HOST`.
pub(crate) fn device(text: &str) -> Result<Hostname, ArgumentError> {
    if let Ok(PortId { device, .. }) = text.parse() {
        return PortNotTakenSnafu { device }.fail();
    }
    device_name(text).context(DeviceSnafu)
}

/// A board: `HOST`, or `HOST/PORT` for the board of that TV.
pub(crate) fn board(text: &str) -> Result<Hostname, ArgumentError> {
    if text.contains('/') {
        Ok(blaster_port_id(text)?.device)
    } else {
        device_name(text).context(DeviceSnafu)
    }
}

/// A TV: `HOST/PORT`.
pub(crate) fn tv(text: &str) -> Result<PortId, ArgumentError> {
    let many = text == "all" || text.contains('=') || text.starts_with("tv:");
    ensure!(!many, ManySnafu { text });
    let target = blaster_port_id(text)?;
    ensure!(!target.port.is_board(), BoardSnafu);
    Ok(target)
}

/// A port of a blaster, of a device that may be called so.
fn blaster_port_id(text: &str) -> Result<PortId, ArgumentError> {
    let target: PortId = text.parse().context(TvSnafu)?;
    device_name(target.device.as_str()).context(DeviceSnafu)?;
    blaster_port(target.port.into()).context(PortSnafu)?;
    Ok(target)
}

/// One TV, by its place or by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum OneTv {
    /// `HOST/PORT`.
    Port(PortId),
    /// The selector of its name, `tv:NAME`.
    Named(Selector),
}

/// What `tv` is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TvTarget {
    /// One TV, however it is named.
    One(OneTv),
    /// As many as this selector names.
    Selected(Selector),
}

/// A TV, or a selector that may name several.
pub(crate) fn tv_target(text: &str) -> Result<TvTarget, ArgumentError> {
    // `all` is no slip of the finger: `batch create` takes it.
    if text.contains(['=', '(']) && !text.starts_with("tv:") {
        return Ok(TvTarget::Selected(text.parse().context(SelectorSnafu)?));
    }
    one_tv(text).map(TvTarget::One)
}

/// As many TVs as a selector names.
pub(crate) fn selected(text: &str) -> Result<TvTarget, ArgumentError> {
    selector(text).map(TvTarget::Selected)
}

/// A TV: `HOST/PORT`, `tv:NAME`, or a name that cannot be a host's.
pub(crate) fn one_tv(text: &str) -> Result<OneTv, ArgumentError> {
    let is_host = text.parse::<Hostname>().is_ok();
    let is_name = text.starts_with("tv:");
    let has_sign = text.contains(['/', '=', ',']) || text == "all";
    if is_name || (!is_host && !has_sign && text.contains(char::is_whitespace)) {
        let selector = if is_name { text.to_owned() } else { format!("tv:{text}") };
        return Ok(OneTv::Named(selector.parse().context(SelectorSnafu)?));
    }
    tv(text).map(OneTv::Port)
}

/// Digits to be pressed one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Digits(pub(crate) Vec<Digit>);

/// Digits: 1 to 8 of them.
pub(crate) fn digits(text: &str) -> Result<Digits, ArgumentError> {
    ensure!((1..=8).contains(&text.len()), DigitsSnafu);
    let digit = |c: char| {
        let value = c.to_digit(10).context(DigitsSnafu)?;
        Digit::try_from(i64::from(value)).context(ParameterSnafu)
    };
    text.chars().map(digit).collect::<Result<_, _>>().map(Digits)
}

/// A whole number from `least` to `most`.
pub(crate) fn number<T: TryFrom<i64>>(
    least: i64,
    most: i64,
) -> impl Fn(&str) -> Result<T, ArgumentError> + Clone + Send + Sync + 'static {
    move |text| {
        let number = text.parse().ok().filter(|number| (least..=most).contains(number));
        number.and_then(|number| T::try_from(number).ok()).context(NumberSnafu { least, most })
    }
}

/// A date, as a query has it; which day it is the daemon knows.
pub(crate) fn date(text: &str) -> Result<String, ArgumentError> {
    let fits = |(place, byte): (usize, u8)| match place {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    };
    ensure!(text.len() == 10 && text.bytes().enumerate().all(fits), DateSnafu);
    Ok(text.to_owned())
}

/// One or many TVs.
pub(crate) fn selector(text: &str) -> Result<Selector, ArgumentError> {
    // A port 0 is the board, and no TV.
    if text.parse::<PortId>().is_ok() {
        ensure!(!blaster_port_id(text)?.port.is_board(), BoardSnafu);
    }
    if is_bare_name(text) {
        return format!("tv:{text}").parse().context(SelectorSnafu);
    }
    text.parse().context(SelectorSnafu)
}

/// What somebody works on: a board, or the boards of a zone.
pub(crate) fn maintained(text: &str) -> Result<MaintenanceTarget, ArgumentError> {
    match text.strip_prefix("zone=") {
        Some(zone) => zone.parse().map(MaintenanceTarget::Zone).context(ZoneSnafu),
        None => device(text).map(MaintenanceTarget::Device),
    }
}

/// Whether this can only be the name of a TV, such as `TV 12`: several words without a sign, of which the first is not one
/// with which a selector begins.
fn is_bare_name(text: &str) -> bool {
    let mut words = text.split_whitespace();
    let is_key = |word: &str| KEYS.contains(&word.to_ascii_lowercase().as_str());
    let has_sign = text.contains(['=', '(', ')', ',', '!', '/', ':']);
    !has_sign && words.next().is_some_and(|first| !is_key(first)) && words.next().is_some()
}

/// The words with which selectors begin.
const KEYS: [&str; 5] = ["zone", "tag", "source", "host", "port"];

/// An item of the configuration, as a path has it.
pub(crate) fn item(text: &str) -> Result<String, ArgumentError> {
    let is_plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    ensure!(is_plain && !text.is_empty(), ItemSnafu);
    Ok(text.to_ascii_lowercase())
}

/// The name of an actor, as a query has it.
pub(crate) fn actor(text: &str) -> Result<String, ArgumentError> {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':');
    ensure!(!text.is_empty() && text.bytes().all(is_plain), ActorSnafu);
    Ok(text.to_owned())
}

/// Names of events, as a query has them.
pub(crate) fn events(text: &str) -> Result<String, ArgumentError> {
    let is_plain = |b: u8| b.is_ascii_lowercase() || matches!(b, b'.' | b'*' | b',');
    ensure!(!text.is_empty() && text.bytes().all(is_plain), EventsSnafu);
    Ok(text.to_owned())
}

/// A field with its value: JSON where it is JSON, text otherwise; null where nothing is given.
pub(crate) fn field(text: &str) -> Result<(String, Value), ArgumentError> {
    let (name, value) = text.split_once('=').context(FieldSnafu)?;
    ensure!(!name.trim().is_empty(), FieldSnafu);
    let value = match value.trim() {
        "" => Value::Null,
        // A channel is digits, and no number: 060 keeps its zero.
        digits if digits.bytes().all(|b| b.is_ascii_digit()) && is_text(name) => digits.into(),
        other => serde_json::from_str(other).unwrap_or_else(|_| other.into()),
    };
    Ok((name.trim().to_owned(), value))
}

fn is_text(field: &str) -> bool {
    !matches!(field.trim(), "order" | "index")
}

/// A channel: 1 to 5 digits.
pub(crate) fn channel(text: &str) -> Result<ChannelNumber, ArgumentError> {
    text.parse().context(ParameterSnafu)
}

/// A channel by its number, or by what the line-up calls it: which one that is, the daemon knows.
pub(crate) fn channel_or_name(text: &str) -> Result<String, ArgumentError> {
    // What begins like a number is meant as one, and a TV stands behind the channel.
    let is_number = text.starts_with(|first: char| first.is_ascii_digit()) && !text.contains(' ');
    if is_number || text.parse::<PortId>().is_ok() {
        channel(text)?;
    }
    let is_name = (1..=80).contains(&text.trim().chars().count());
    ensure!(is_name && !text.chars().any(char::is_control), ChannelNameSnafu);
    Ok(text.trim().to_owned())
}

/// An input of a TV.
pub(crate) fn input(text: &str) -> Result<InputName, ArgumentError> {
    text.parse().context(ParameterSnafu)
}

/// A batch.
pub(crate) fn batch(text: &str) -> Result<BatchId, ArgumentError> {
    text.parse().context(BatchSnafu)
}

/// A command, by its id or its number in the queue; as a path has it.
pub(crate) fn command(text: &str) -> Result<String, ArgumentError> {
    if let Ok(id) = text.parse::<CommandId>() {
        return Ok(id.to_string());
    }
    let number = text.parse::<i64>().ok().filter(|number| *number > 0);
    number.map(|number| number.to_string()).context(CommandSnafu)
}

/// A place in a long list, as the daemon gave it.
pub(crate) fn cursor(text: &str) -> Result<String, ArgumentError> {
    let is_plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    ensure!(is_plain && !text.is_empty(), CursorSnafu);
    Ok(text.to_owned())
}

/// An instant, with its offset from UTC.
pub(crate) fn instant(text: &str) -> Result<UtcTime, ArgumentError> {
    let time = UtcTime::deserialize(text.into_deserializer());
    time.map_err(|_: serde::de::value::Error| InstantSnafu.build())
}

/// A key of the remote control, as the action that it is.
pub(crate) fn key(text: &str) -> Result<Action, ArgumentError> {
    let name = text.to_ascii_lowercase();
    if let Some(key) = NavigationKey::ALL.into_iter().find(|key| key.name() == name) {
        return Ok(Action::Navigate(key));
    }
    let one_digit = name.len() == 1;
    let digit = name.parse::<i64>().ok().filter(|_| one_digit).context(KeySnafu)?;
    Ok(Action::Number(Digit::try_from(digit).context(ParameterSnafu)?))
}

/// Steps of the volume: `up`, `down`, `+5` or `-3`.
pub(crate) fn volume(text: &str) -> Result<Action, ArgumentError> {
    let steps = match text {
        "up" => 1,
        "down" => -1,
        _ if text.starts_with(['+', '-']) => text.parse::<i64>().ok().context(VolumeSnafu)?,
        _ => return VolumeSnafu.fail(),
    };
    let way = if steps > 0 { Step::VolumeUp } else { Step::VolumeDown };
    let count = steps.checked_abs().context(VolumeSnafu)?.try_into();
    count.map(|count| way.times(count)).map_err(|_| VolumeSnafu.build())
}

/// A diagnostic code: 0 or 1.
pub(crate) fn code(text: &str) -> Result<SignalCode, ArgumentError> {
    let number = text.parse::<i64>().ok().context(CodeSnafu)?;
    number.try_into().context(ParameterSnafu)
}

/// A time to wait, such as `10s`; a number alone is seconds.
pub(crate) fn time(text: &str) -> Result<Duration, ArgumentError> {
    let unit_at = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(unit_at);
    let number = number.parse::<u64>().ok().context(TimeSnafu)?;
    let ms_per_unit = match unit {
        "ms" => 1,
        "" | "s" => 1_000,
        "m" => 60_000,
        _ => return TimeSnafu.fail(),
    };
    let time = number.checked_mul(ms_per_unit).map(Duration::from_millis).context(TimeSnafu)?;
    ensure!(!time.is_zero() && time <= LONGEST, TimeSnafu);
    Ok(time)
}

fn keys() -> String {
    NavigationKey::ALL.map(NavigationKey::name).join(", ")
}

const LONGEST: Duration = Duration::from_secs(60 * 60);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_names_the_part_that_is_wrong_and_what_would_be_right() {
        assert_eq!(tv("IR-1/2").unwrap().to_string(), "ir-1/2");
        let table = [
            ("ir-1", "HOST/PORT such as ir-dc4516/2"),
            ("ir+1/2", "a hostname has only a-z, 0-9, '_', '-' and '.'"),
            ("ir-1/6", "a TV has a port from 1 to 5"),
            ("ir-1/x", "a number such as 2"),
            ("ir-1/0", "port 0 is the board itself"),
            ("queue/1", "reserved"),
        ];
        for (text, expected) in table {
            let told = tv(text).unwrap_err().to_string();
            assert!(told.contains(expected), "{text}: {told}");
        }
    }

    #[test]
    fn a_device_is_no_tv_and_a_board_may_be_named_by_one() {
        assert_eq!(device("ir-1").unwrap().as_str(), "ir-1");
        assert!(device("ir-1/2").unwrap_err().to_string().contains("such as ir-1"));
        assert!(device("").unwrap_err().to_string().contains("1 to 63 characters"));
        for text in ["ir-1", "ir-1/0", "ir-1/5"] {
            assert_eq!(board(text).unwrap().as_str(), "ir-1");
        }
        assert!(board("ir-1/9").is_err());
    }

    #[test]
    fn several_words_are_the_name_of_a_tv_unless_they_begin_like_a_selector() {
        for text in ["TV 12", "Bar left", "tv:TV 12"] {
            let named = format!("tv:{}", text.trim_start_matches("tv:"));
            assert_eq!(selector(text).unwrap(), named.parse().unwrap(), "{text}");
        }
        for text in ["zone bar", "tag vip", "TV 12, TV 13"] {
            assert!(selector(text).is_err(), "{text}");
        }
        assert_eq!(selector("zone in (bar,patio)").unwrap().to_string(), "zone in (bar,patio)");
        assert_eq!(selector("ir-1").unwrap().to_string(), "ir-1");
    }

    #[test]
    fn a_key_is_a_digit_or_a_navigation_key() {
        for number in 0..=9 {
            assert_eq!(key(&number.to_string()).unwrap().name(), "number");
        }
        for name in NavigationKey::ALL.map(NavigationKey::name) {
            assert_eq!(key(name).unwrap().name(), name);
        }
        assert_eq!(key("OK").unwrap().name(), "ok");
        for text in ["10", "-1", "+1", "", "mute", "05", "٣"] {
            let told = key(text).unwrap_err().to_string();
            assert!(told.contains("0 to 9") && told.contains("guide"), "{text}: {told}");
        }
    }

    #[test]
    fn a_channel_keeps_its_zeros_and_a_target_is_no_channel() {
        assert_eq!(channel("060").unwrap().as_str(), "060");
        assert_eq!(channel("5.1").unwrap().as_str(), "5.1", "a sub-channel");
        for text in ["ir-1/2", "", "123456", "-5", "5.1.1", "5."] {
            let told = channel(text).unwrap_err().to_string();
            assert!(told.contains("1 to 5 digits"), "{told}");
        }
    }

    #[test]
    fn a_command_is_named_by_its_id_or_its_number() {
        let id = CommandId::generate().to_string();
        for (text, path) in [(id.as_str(), id.as_str()), ("17", "17"), ("+017", "17")] {
            assert_eq!(command(text).unwrap(), path);
        }
        for text in ["", "0", "-1", "a/b", "../status", "1?x", "batch_1"] {
            assert!(command(text).unwrap_err().to_string().contains("such as 17"), "{text}");
        }
        assert!(batch("a/b").unwrap_err().to_string().contains("1 to 64 characters"));
    }

    #[test]
    fn an_instant_needs_its_offset() {
        let summer = instant("2026-03-01T15:00:00+11:00").unwrap();
        assert_eq!(summer, instant("2026-03-01T04:00:00Z").unwrap());
        for text in ["2026-03-01T15:00:00", "15:00", "tomorrow", ""] {
            assert!(instant(text).unwrap_err().to_string().contains("offset"), "{text}");
        }
    }

    #[test]
    fn a_code_is_on_or_off() {
        assert_eq!((code("1").unwrap().value(), code("0").unwrap().value()), (1, 0));
        for text in ["2", "on", ""] {
            assert!(code(text).unwrap_err().to_string().contains("1 (signal on)"), "{text}");
        }
    }

    #[test]
    fn a_time_has_a_unit_and_bounds() {
        let table =
            [("10s", 10_000), ("500ms", 500), ("2m", 120_000), ("7", 7_000), ("60m", 3_600_000)];
        for (text, ms) in table {
            assert_eq!(time(text).unwrap().as_millis(), ms, "{text}");
        }
        for text in ["", "s", "0", "0ms", "61m", "-1s", "1.5s", "10h", "99999999999999999999s"] {
            assert!(time(text).is_err(), "{text}");
        }
        assert!(time("18446744073709551615m").is_err());
    }
}
