//! Whether two codes send the same signal.

use crate::{Code, ParsedCode, Press, Protocol, decode, encode, tolerance::is_near};

/// Whether an appliance cannot tell these codes apart: `power_on` that equals `power` is a toggle, whatever
/// its name says.
///
/// Recorded timings are decoded if they can be, so that two recordings of one key are equal though they
/// differ in every value or in the toggle bit. What cannot be decoded is compared value by value, with the
/// tolerance of receivers, as far as the shorter one goes.
#[must_use]
pub fn same_signal(a: &Code, b: &Code) -> bool {
    if a == b {
        return true;
    }
    if let (Some(a), Some(b)) = (decoded(a), decoded(b)) {
        // Other protocols can have the same frame: NEC1, NEC2 and Pioneer.
        return a == b
            || alike(&timings(&Code::Parsed(a)), &timings(&Code::Parsed(b)), is_same_value);
    }
    alike(&timings(a), &timings(b), is_near)
}

/// The code as parameters, with no toggle bit in it.
fn decoded(code: &Code) -> Option<ParsedCode> {
    let parsed = code.parsed().or_else(|| {
        let sent = encode(code, Press::default()).ok()?;
        let best = decode(sent.timings(), Some(sent.carrier())).into_iter().next()?;
        best.is_complete.then_some(best.code)
    })?;
    if parsed.protocol() != Protocol::Rc6Mode6Bits20 {
        return Some(parsed);
    }
    let subdevice = Some(parsed.effective_subdevice());
    ParsedCode::new(parsed.protocol(), parsed.device(), subdevice, parsed.function(), None).ok()
}

/// The durations of one press.
fn timings(code: &Code) -> Vec<u32> {
    let sent = encode(code, Press::default());
    let timings = sent.map(crate::Transmission::into_timings).unwrap_or_default();
    timings.into_iter().map(i32::unsigned_abs).collect()
}

/// Between protocols the nominal values differ by little: NEC's 564 us, 560 elsewhere.
fn is_same_value(a: u32, b: u32) -> bool {
    a.abs_diff(b) * 20 <= b
}

/// Whether the shorter one is the beginning of the longer one and ends where that has a silence.
fn alike(a: &[u32], b: &[u32], is_near: impl Fn(u32, u32) -> bool) -> bool {
    /// No mark and no space inside a frame is longer, but for header marks, which are equal anyway.
    const SILENCE_US: u32 = 5_000;
    let are_silences = |a: u32, b: u32| a >= SILENCE_US && b >= SILENCE_US;
    let length = a.len().min(b.len());
    let mut pairs = a.iter().zip(b).take(length).enumerate();
    let ends = length.checked_sub(1).and_then(|last| Some((*a.get(last)?, *b.get(last)?)));
    ends.is_some_and(|(a, b)| are_silences(a, b))
        && pairs.all(|(index, (a, b))| {
            is_near(*a, *b) || is_near(*b, *a) || index % 2 == 1 && are_silences(*a, *b)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(a: &str, b: &str) -> bool {
        let (a, b): (Code, Code) = (a.parse().unwrap(), b.parse().unwrap());
        assert_eq!(same_signal(&a, &b), same_signal(&b, &a), "{a} and {b}");
        same_signal(&a, &b)
    }

    /// What a receiver makes of a code.
    fn recorded(code: &str, toggle: bool, stretch: i32) -> String {
        let code: Code = code.parse().unwrap();
        let sent = encode(&code, Press { toggle, sends: 1 }).unwrap();
        let texts: Vec<_> =
            sent.timings().iter().map(|timing| (timing + stretch).to_string()).collect();
        format!("raw:38000:{}", texts.join(" "))
    }

    #[test]
    fn equal_signals_are_equal_however_they_are_written() {
        assert!(same("nec1:4,8", "nec1:4,251,8"));
        assert!(same("nec1:4,8", "necext:0xFB04,0xF708"));
        assert!(same("nec1:165,28", "pioneer:165,28"));
        assert!(same("samsung32:7,7,2", "necx1:7,7,2"));
        assert!(same("panasonic:128,0,61", "kaseikyo:8,0,61,0x2002D"));
        assert!(same("rc5:1,2", "pronto:5000 0073 0000 0001 0001 0002"));
        assert!(same("nec1:4,8", &recorded("nec1:4,8", false, 100)));
        assert!(same("sony12:1,21", &recorded("sony12:1,21", false, -80)));
        // The toggle bit is not part of the key.
        assert!(same("rc6:4,12", &recorded("rc6:4,12", true, 60)));
        assert!(same(&recorded("rc5:4,12", true, 60), &recorded("rc5:4,12", false, -60)));
        assert!(same("rc6-6-20:0,12,204,1", "rc6-6-20:0,12,204"));
    }

    #[test]
    fn other_keys_are_not() {
        assert!(!same("nec1:4,8", "nec1:4,9"));
        assert!(!same("nec1:4,8", "samsung32:4,251,8"));
        assert!(!same("xmp:62,16,15", "xmp:62,16,14"));
        assert!(!same("rcmm32:33,160,12,38", "rcmm32:33,160,13,38"));
        assert!(!same("nec1:4,8", &recorded("nec1:4,9", false, 100)));
        assert!(!same("sony12:1,21", "sony15:1,21"));
    }

    #[test]
    fn what_cannot_be_decoded_is_compared_value_by_value() {
        let unknown = "raw:38000:1000 -1000 1000 -3000 1000";
        assert!(same(unknown, "raw:36000:1100 -900 1100 -2900 1100"));
        // Recorded twice as long.
        assert!(same(unknown, "raw:38000:1100 -900 1100 -2900 1100 -30000 1000 -1000"));
        assert!(!same(unknown, "raw:38000:1000 -3000 1000 -1000 1000"));
        assert!(!same(unknown, "raw:38000:1000 -1000 1000 -3000 1000 -1000 1000"));
        assert!(!same(unknown, "nec1:4,8"));
    }
}
