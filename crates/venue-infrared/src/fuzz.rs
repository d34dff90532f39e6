//! One entry per parser of foreign input, for fuzzers and for the property tests alike.

use crate::{Carrier, Code, Press, Recording, decode, encode, same_signal};

/// Any text is a code or is refused; a code prints as what it is read from, and can be sent.
pub fn fuzz_notation(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let Ok(code) = text.parse::<Code>() else {
        return;
    };
    assert_eq!(code.to_string().parse().as_ref(), Ok(&code), "{code}");
    let Ok(sent) = encode(&code, Press::default()) else {
        return;
    };
    let alternates = |(index, timing): (usize, &i32)| (*timing > 0) == (index % 2 == 0);
    assert!(sent.timings().iter().enumerate().all(alternates), "{code}");
    assert!(sent.timings().len().is_multiple_of(2), "{code}");
    assert!(same_signal(&code, &code), "{code}");
}

/// Any timings are read; what they are read as is sent as something that is read so again.
pub fn fuzz_decode(data: &[u8]) {
    let Some((first, rest)) = data.split_first() else {
        return;
    };
    let hz = u32::from(*first) * 250;
    let timings = timings_of(rest);
    for candidate in decode(&timings, Carrier::from_hz(hz).ok()) {
        let code = Code::Parsed(candidate.code);
        let press = Press { toggle: candidate.toggle.unwrap_or_default(), sends: 1 };
        let Ok(sent) = encode(&code, press) else {
            continue;
        };
        let again = decode(sent.timings(), Some(sent.carrier()));
        let is_same = |other: &crate::Candidate| other.code == candidate.code && other.is_complete;
        assert!(again.iter().any(is_same), "{code}");
    }
    if let Some(recording) = Recording::new(&timings) {
        assert!(!recording.is_empty());
        let _ = recording.to_raw(Carrier::UNMODULATED);
    }
}

/// Timings as a fuzzer writes them: two bytes each for up to 32,767 us, and a large one for the largest.
#[must_use]
pub fn timings_of(data: &[u8]) -> Vec<i32> {
    let values = data.chunks_exact(2).map(|pair| match *pair {
        [high, low] => i16::from_be_bytes([high, low]),
        _ => 0,
    });
    let large = |value: i16| match value {
        i16::MAX => i32::MAX,
        i16::MIN => i32::MIN,
        value => i32::from(value),
    };
    values.map(large).collect()
}

/// The bytes that [`timings_of`] reads these timings from, cut to what it can say.
#[must_use]
pub fn bytes_of(timings: &[i32]) -> Vec<u8> {
    let cut = |timing: &i32| {
        let largest = i32::from(i16::MAX) - 1;
        i16::try_from((*timing).clamp(-largest, largest)).unwrap_or_default()
    };
    timings.iter().flat_map(|timing| cut(timing).to_be_bytes()).collect()
}
