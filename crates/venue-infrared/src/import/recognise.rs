//! Timings of a file as the protocol that they are, so that its toggle bit flips, its carrier and its repeats are
//! right, and two recordings of one key are one code.

use crate::{Candidate, Code, MAX_SENDS, Press, decode, encode};

use super::{
    ASSUMED_CARRIER_HZ,
    record::{Record, assumed_carrier},
};

/// How far the timings may be from those of the protocol on average, in thousandths. What is farther off is kept:
/// an appliance that has a clock of its own may want it so.
const MAX_DEVIATION_PERMILLE: u32 = 100;

/// The record with its timings as a protocol, if they are one; else as it is.
///
/// Timings are kept where the protocol would not send the same: they have parts that it does not explain, are far
/// from its lengths, or have another carrier. Where a file says 38 kHz it is no other carrier: programs write it
/// without having measured it.
pub(super) fn recognised(record: Record) -> Record {
    let Ok(code) = &record.code else { return record };
    if let Some(parsed) = code.parsed() {
        return Record { code: Ok(Code::Parsed(parsed)), ..record };
    }
    let Some((best, frames)) = reading(code, record.sends.unwrap_or(1)) else { return record };
    let parsed = best.code;
    if let Some(why) = why_kept(code, &best) {
        let bit = if parsed.has_toggle_bit() { ", and its toggle bit does not flip" } else { "" };
        let warning = format!("it looks like {parsed}, but {why}: its timings are kept{bit}");
        return record.warn(Some(warning));
    }
    let least = parsed.protocol().min_sends();
    let mut warnings = record.warnings;
    // The carrier is the one of the protocol now.
    warnings.retain(|warning| *warning != assumed_carrier());
    let sends = Some(frames).filter(|frames| *frames > least);
    Record { code: Ok(Code::Parsed(parsed)), sends, warnings, ..record }
}

/// What the timings are read as, and how many frames one press has.
fn reading(code: &Code, sends: u8) -> Option<(Candidate, u8)> {
    let press = complete(code, sends);
    // What a Pronto code repeats tells protocols apart that differ in nothing else.
    let held = match code {
        Code::Pronto(_) => complete(code, sends.max(2)),
        Code::Raw(_) | Code::Parsed(_) => Vec::new(),
    };
    let is_of_press = |held: &&Candidate| press.iter().any(|one| one.code == held.code);
    let best = *held.iter().find(is_of_press).or_else(|| press.first())?;
    let frames = press.iter().find(|candidate| candidate.code == best.code)?.sends;
    // A recording ends before the pause of its last frame does: with it the press may be too long to be sent.
    let fits = frames <= MAX_SENDS
        && encode(&Code::Parsed(best.code), Press { toggle: false, sends: frames }).is_ok();
    fits.then_some((best, frames))
}

/// The readings that explain everything that is sent.
fn complete(code: &Code, sends: u8) -> Vec<Candidate> {
    let Ok(sent) = encode(code, Press { toggle: false, sends }) else { return Vec::new() };
    let measured = Some(sent.carrier()).filter(|carrier| carrier.hz() != ASSUMED_CARRIER_HZ);
    let mut candidates = decode(sent.timings(), measured);
    candidates.retain(|candidate| candidate.is_complete);
    candidates
}

/// Why the protocol would not send what the file has.
fn why_kept(code: &Code, best: &Candidate) -> Option<String> {
    let (own, of_protocol) = (code.carrier(), best.code.protocol().carrier());
    let is_assumed = own.hz() == ASSUMED_CARRIER_HZ;
    if !own.is_modulated() {
        return Some("it has no carrier".to_owned());
    }
    if !is_assumed && own.is_other(of_protocol) {
        return Some(format!("its carrier is {own} Hz and not {of_protocol} Hz"));
    }
    let off = best.deviation_permille;
    (off > MAX_DEVIATION_PERMILLE)
        .then(|| format!("its timings are off by {} % on average", off / 10))
}

#[cfg(test)]
mod tests {
    use super::super::{Format, Import, ImportSource};
    use crate::{Code, Press, encode};

    fn import(format: Format, text: &str) -> Import {
        ImportSource::new(format, text).read().unwrap()
    }

    /// A Flipper file of recordings: each a name, a carrier, and the durations.
    fn flipper(keys: &[(&str, u32, Vec<u32>)]) -> Import {
        let keys = keys.iter().map(|(name, hz, durations)| {
            let data: Vec<String> = durations.iter().map(ToString::to_string).collect();
            let data = data.join(" ");
            format!("name: {name}\ntype: raw\nfrequency: {hz}\nduty_cycle: 0.33\ndata: {data}\n")
        });
        let text = format!("Filetype: IR signals file\nVersion: 1\n{}", keys.collect::<String>());
        import(Format::Flipper, &text)
    }

    /// What a key sends, without its last pause, each value by so many percent.
    fn recorded(code: &str, toggle: bool, percent: u32) -> Vec<u32> {
        let code: Code = code.parse().unwrap();
        let sent = encode(&code, Press { toggle, sends: 1 }).unwrap();
        let mut durations: Vec<u32> =
            sent.timings().iter().map(|us| us.unsigned_abs() * percent / 100).collect();
        durations.pop();
        durations
    }

    fn keys(import: &Import) -> Vec<String> {
        import.keys.iter().map(|(key, code)| format!("{key} {code}")).collect()
    }

    #[test]
    fn recordings_of_one_toggle_are_one_code_whatever_they_are_called() {
        let import = flipper(&[
            ("Power_on", 38_000, recorded("nec1:4,8", false, 101)),
            ("Power_off", 38_000, recorded("nec1:4,8", false, 98)),
        ]);
        assert_eq!(keys(&import), ["power nec1:4,8"]);
    }

    #[test]
    fn a_recorded_toggle_bit_is_no_part_of_the_code() {
        let import = flipper(&[
            ("Mute", 38_000, recorded("rc5:5,13", false, 102)),
            ("Mute", 36_000, recorded("rc5:5,13", true, 99)),
        ]);
        assert_eq!(keys(&import), ["mute rc5:5,13"]);
        assert!(import.keys["mute"].has_toggle_bit());
        assert!(import.dropped[0].why.contains("with the same code"), "{:?}", import.dropped);
    }

    #[test]
    fn a_held_key_is_sent_as_often_as_it_was_recorded_and_no_less_than_needed() {
        let code: Code = "nec2:4,2".parse().unwrap();
        let held = encode(&code, Press { toggle: false, sends: 3 }).unwrap();
        let held: Vec<u32> = held.timings().iter().map(|us| us.unsigned_abs()).collect();
        let import = flipper(&[
            ("vol+", 38_000, held),
            ("vol-", 40_000, recorded("sony12:1,19", false, 100)),
        ]);
        assert_eq!(keys(&import), ["volume_down sony12:1,19", "volume_up nec2:4,2"]);
        let sends: Vec<_> =
            import.sends.iter().map(|(key, sends)| (key.as_str(), *sends)).collect();
        assert_eq!(sends, [("volume_up", 3)]);
    }

    #[test]
    fn what_the_protocol_would_send_otherwise_is_kept_and_told() {
        let import = flipper(&[
            ("mute", 40_000, recorded("rc5:5,13", false, 100)),
            ("power", 38_000, recorded("nec1:4,8", false, 121)),
            ("ok", 38_000, [recorded("nec1:4,9", false, 100), vec![900, 77, 77]].concat()),
        ]);
        assert!(import.keys.values().all(|code| matches!(code, Code::Raw(_))), "{import:?}");
        let warnings: Vec<String> = import.warnings.iter().map(ToString::to_string).collect();
        assert_eq!(
            warnings,
            [
                "line 3, mute: it looks like rc5:5,13, but its carrier is 40000 Hz and not 36000 Hz: its timings \
                 are kept, and its toggle bit does not flip",
                "line 8, power: it looks like nec1:4,8, but its timings are off by 20 % on average: its timings \
                 are kept",
            ]
        );
    }

    #[test]
    fn the_carrier_of_a_protocol_needs_no_warning() {
        let text = "Filetype: IR signals file\nname: mute\ntype: raw\ndata: ";
        let durations = recorded("rc5:5,13", false, 100);
        let data: Vec<String> = durations.iter().map(ToString::to_string).collect();
        let import = import(Format::Flipper, &format!("{text}{}\n", data.join(" ")));
        assert_eq!((keys(&import), import.warnings), (vec!["mute rc5:5,13".to_owned()], vec![]));
    }

    #[test]
    fn the_short_form_of_a_pronto_code_is_its_protocol() {
        let import = import(Format::Pronto, "Power: 900A 006C 0000 0001 04FB 08F7");
        assert_eq!(keys(&import), ["power nec1:4,8"]);
    }
}
