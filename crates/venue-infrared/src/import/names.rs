//! Which key a name in a file surely means.

use crate::KeyName;

/// Spellings, as [`plain`] leaves them, and the key that each means. Only what is the same on every
/// remote: `standby`, `display`, `tv` or `hdmi` are left to a person.
const SPELLINGS: &[(&str, &[&str])] = &[
    ("power", &["power", "pwr", "power_toggle", "toggle_power", "power_on_off", "on_off", "onoff"]),
    (
        "power_on",
        &["power_on", "poweron", "pwr_on", "discrete_on", "discrete_power_on", "discrete_poweron"],
    ),
    (
        "power_off",
        &[
            "power_off",
            "poweroff",
            "pwr_off",
            "discrete_off",
            "discrete_power_off",
            "discrete_poweroff",
        ],
    ),
    (
        "mute",
        &["mute", "muting", "mute_toggle", "toggle_mute", "volume_mute", "vol_mute", "mute_on_off"],
    ),
    ("mute_on", &["mute_on", "muteon", "discrete_mute_on"]),
    ("mute_off", &["mute_off", "muteoff", "unmute", "discrete_mute_off"]),
    ("volume_up", &["volume_up", "volumeup", "vol_up", "volup", "volume_plus", "vol_plus"]),
    (
        "volume_down",
        &[
            "volume_down",
            "volumedown",
            "vol_down",
            "voldown",
            "vol_dn",
            "voldn",
            "volume_minus",
            "vol_minus",
        ],
    ),
    (
        "channel_up",
        &[
            "channel_up",
            "channelup",
            "ch_up",
            "chup",
            "chan_up",
            "prog_up",
            "program_up",
            "programme_up",
            "ch_next",
            "next_channel",
            "nextchannel",
            "channel_next",
        ],
    ),
    (
        "channel_down",
        &[
            "channel_down",
            "channeldown",
            "ch_down",
            "chdown",
            "ch_dn",
            "chan_down",
            "prog_down",
            "program_down",
            "programme_down",
            "ch_prev",
        ],
    ),
    (
        "previous_channel",
        &[
            "last_channel",
            "prev_ch",
            "prech",
            "pre_ch",
            "channel_return",
            "flashback",
            "previous_channel",
            "ch_return",
            "jump",
        ],
    ),
    ("digit_0", &["0", "digit_0", "digit0", "num_0", "number_0", "numeric_0", "zero"]),
    ("digit_1", &["1", "digit_1", "digit1", "num_1", "number_1", "numeric_1", "one"]),
    ("digit_2", &["2", "digit_2", "digit2", "num_2", "number_2", "numeric_2", "two"]),
    ("digit_3", &["3", "digit_3", "digit3", "num_3", "number_3", "numeric_3", "three"]),
    ("digit_4", &["4", "digit_4", "digit4", "num_4", "number_4", "numeric_4", "four"]),
    ("digit_5", &["5", "digit_5", "digit5", "num_5", "number_5", "numeric_5", "five"]),
    ("digit_6", &["6", "digit_6", "digit6", "num_6", "number_6", "numeric_6", "six"]),
    ("digit_7", &["7", "digit_7", "digit7", "num_7", "number_7", "numeric_7", "seven"]),
    ("digit_8", &["8", "digit_8", "digit8", "num_8", "number_8", "numeric_8", "eight"]),
    ("digit_9", &["9", "digit_9", "digit9", "num_9", "number_9", "numeric_9", "nine"]),
    ("enter", &["enter", "ent", "enter_key"]),
    ("dash", &["dash", "hyphen"]),
    ("up", &["up", "cursor_up", "arrow_up", "up_arrow", "nav_up", "dpad_up"]),
    ("down", &["down", "cursor_down", "arrow_down", "down_arrow", "nav_down", "dpad_down"]),
    ("left", &["left", "cursor_left", "arrow_left", "left_arrow", "nav_left", "dpad_left"]),
    ("right", &["right", "cursor_right", "arrow_right", "right_arrow", "nav_right", "dpad_right"]),
    ("ok", &["ok", "select", "dpad_center", "nav_ok", "cursor_enter", "cursor_ok"]),
    ("back", &["back", "return", "go_back"]),
    ("home", &["home", "smart_hub", "smarthub"]),
    ("menu", &["menu", "main_menu"]),
    ("guide", &["guide", "epg", "tv_guide"]),
    ("info", &["info", "information"]),
    ("exit", &["exit"]),
    ("source", &["source", "input", "input_source", "source_input", "input_select", "tv_video"]),
    (
        "captions",
        &["captions", "caption", "cc", "closed_caption", "closed_captions", "closed_captioning"],
    ),
    ("sleep", &["sleep", "sleep_timer"]),
    ("red", &["red", "red_button", "color_red", "colour_red", "red_key"]),
    ("green", &["green", "green_button", "color_green", "colour_green", "green_key"]),
    ("yellow", &["yellow", "yellow_button", "color_yellow", "colour_yellow", "yellow_key"]),
    ("blue", &["blue", "blue_button", "color_blue", "colour_blue", "blue_key"]),
    ("netflix", &["netflix"]),
    ("youtube", &["youtube"]),
    ("prime_video", &["prime_video", "primevideo", "amazon_prime", "amazon_prime_video"]),
    ("disney", &["disney", "disney_plus", "disneyplus"]),
    ("play", &["play"]),
    ("pause", &["pause"]),
    ("stop", &["stop"]),
    ("rewind", &["rewind", "rew"]),
    ("fast_forward", &["fast_forward", "fastforward", "ffwd", "ff"]),
    ("record", &["record", "rec"]),
];

/// Inputs that stand for themselves: the name without separators, and perhaps a number behind it.
const INPUTS: [&str; 9] =
    ["hdmi", "av", "video", "component", "composite", "vga", "dvi", "displayport", "pc"];

/// Of these there is only one, so they need no number.
const SINGLE_INPUTS: [&str; 4] = ["vga", "dvi", "displayport", "pc"];

/// The key that `name` surely means, or `other:` and the name.
pub(super) fn key(name: &str) -> KeyName {
    let plain = plain(name);
    let known = SPELLINGS.iter().find(|(_, spellings)| spellings.contains(&plain.as_str()));
    let action = known.map(|(key, _)| (*key).to_owned()).or_else(|| input(&plain));
    action.and_then(|action| action.parse().ok()).unwrap_or_else(|| KeyName::other(name))
}

/// `hdmi_1` and `input_hdmi1` as `input_hdmi1`.
fn input(plain: &str) -> Option<String> {
    let bare = plain.strip_prefix("input_").or_else(|| plain.strip_prefix("source_"));
    let joined: String = bare.unwrap_or(plain).chars().filter(|c| *c != '_').collect();
    let word = joined.trim_end_matches(|c: char| c.is_ascii_digit());
    let number = joined.strip_prefix(word)?;
    let is_known = INPUTS.contains(&word) && number.len() <= 1;
    let is_one = !number.is_empty() && number != "0" || SINGLE_INPUTS.contains(&word);
    (is_known && is_one).then(|| format!("input_{joined}"))
}

/// A name in small letters, with one `_` between its words: `Vol+` is `vol_up`, `KEY_VOLUMEUP` is
/// `volumeup`.
fn plain(name: &str) -> String {
    let name = name.trim().to_lowercase();
    let named = match name.as_bytes() {
        [.., _, b'+'] => format!("{}_up", &name[..name.len() - 1]),
        // "-/--" and the like are no "down".
        [.., before, b'-'] if before.is_ascii_alphabetic() || *before == b' ' => {
            format!("{}_down", &name[..name.len() - 1])
        }
        _ => name,
    };
    let words = named.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let joined = words.collect::<Vec<_>>().join("_");
    let bare = ["key_", "btn_", "button_"].iter().find_map(|prefix| joined.strip_prefix(prefix));
    bare.unwrap_or(&joined).to_owned()
}

/// A text of a file as it can be shown: without control characters, and not endless.
pub(super) fn shown(text: &str) -> String {
    /// In characters.
    const LONGEST: usize = 64;
    text.trim().chars().filter(|c| !c.is_control()).take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_surely_an_action_is_mapped() {
        for (name, expected) in [
            ("Power", "power"),
            ("POWER ON", "power_on"),
            ("KEY_POWER", "power"),
            ("Vol+", "volume_up"),
            ("VOL -", "volume_down"),
            ("KEY_VOLUMEUP", "volume_up"),
            ("Ch+", "channel_up"),
            ("ch_prev", "channel_down"),
            ("KEY_NUMERIC_7", "digit_7"),
            ("5", "digit_5"),
            ("Hdmi 1", "input_hdmi1"),
            ("INPUT_HDMI_4", "input_hdmi4"),
            ("VGA", "input_vga"),
            ("Input", "source"),
            ("Cursor Enter", "ok"),
            ("Return", "back"),
            ("Color-Red", "red"),
        ] {
            assert_eq!(key(name).as_str(), expected, "{name}");
        }
    }

    #[test]
    fn a_name_that_may_mean_something_else_is_left_to_a_person() {
        for name in [
            "Standby", "on", "TV", "HDMI", "-/--", "-", "+", "Display", "hdmi12", "11", "AV",
            "ÉCRAN",
        ] {
            assert_eq!(key(name).as_str(), format!("other:{name}"), "{name}");
        }
    }

    #[test]
    fn every_spelling_is_listed_once_and_is_plain() {
        let all: Vec<&str> = SPELLINGS.iter().flat_map(|(_, list)| list.iter().copied()).collect();
        for (place, spelling) in all.iter().enumerate() {
            assert_eq!(plain(spelling), *spelling);
            assert!(!all[..place].contains(spelling), "{spelling} is listed twice");
        }
        for (key, _) in SPELLINGS {
            assert!(key.parse::<KeyName>().is_ok(), "{key}");
        }
    }

    #[test]
    fn a_shown_text_has_no_control_characters() {
        assert_eq!(shown(" a\u{1b}[31mb\n "), "a[31mb");
        assert_eq!(shown(&"x".repeat(100)).len(), 64);
    }
}
