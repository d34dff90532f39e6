//! `sendir` lines of Global Caché: `sendir,module:port,id,carrier,count,offset,on,off,...`.
//!
//! The times are in periods of the carrier. The whole is sent once; of the other `count` - 1 times only what
//! stands from `offset` (odd) on.
//!
//! Source: the iTach API specification of Global Caché.

use crate::{Carrier, Code, MAX_TIMINGS, RawCode};

use super::{
    Format, ImportError, NotThisFormatSnafu,
    lines::named_lines,
    names::shown,
    record::{Record, Records, signed},
};

/// What a line begins with.
const COMMAND: &str = "sendir,";

/// The largest count that the units take.
const MOST_REPEATS: u32 = 50;

pub(super) fn read(text: &str, records: &mut Records) -> Result<(), ImportError> {
    let mut first_line = None;
    let mut any = false;
    for named in named_lines(text, |line| line.find(COMMAND)) {
        first_line = first_line.or(Some(named.line));
        let Some(rest) = named.code.strip_prefix(COMMAND) else {
            records.drop_part(
                named.line,
                named.code,
                "it is no line such as sendir,1:1,1,38000,1,1,342,171,...",
            );
            continue;
        };
        any = true;
        let record = match code(rest) {
            Ok((code, sends, warning)) => Record::new(Some(named.line), &named.key(), Ok(code))
                .sent(Some(sends))
                .warn(warning),
            Err(why) => Record::new(Some(named.line), &named.key(), Err(why)),
        };
        records.push(record)?;
    }
    if !any {
        let (line, format) = (first_line.unwrap_or(1), Format::GlobalCache);
        let detail = "a code is a line such as sendir,1:1,1,38000,1,1,342,171,...";
        return NotThisFormatSnafu { line, format, detail }.fail();
    }
    Ok(())
}

/// The code, how often it is sent, and what may be wrong with it.
fn code(text: &str) -> Result<(Code, u8, Option<String>), String> {
    let fields: Vec<&str> = text.split(',').map(str::trim).take(MAX_TIMINGS + 6).collect();
    let [_module, _id, carrier, count, offset, pairs @ ..] = fields.as_slice() else {
        return Err("it has not module, id, carrier, count and offset".to_owned());
    };
    if pairs.iter().any(|pair| pair.bytes().any(|byte| byte.is_ascii_uppercase())) {
        return Err("it is in the compressed form: give the times as numbers".to_owned());
    }
    let hz = number("carrier", carrier)?;
    let carrier = Carrier::from_hz(hz).map_err(|error| error.to_string())?;
    let count = number("count", count)?;
    let offset = number("offset", offset)?;
    if !(1..=MOST_REPEATS).contains(&count) {
        return Err(format!("count must be 1 to {MOST_REPEATS}, not {count}"));
    }
    if offset % 2 == 0 || offset as usize > pairs.len() {
        return Err(format!("offset must be odd and within the times, not {offset}"));
    }
    if hz == 0 || pairs.len() % 2 == 1 {
        return Err("it must have a carrier, and times in pairs of on and off".to_owned());
    }
    let times = pairs.iter().map(|periods| micros(number("a time", periods)?, hz));
    let times: Vec<u32> = times.collect::<Result<_, String>>()?;
    // The whole again and again is so many sends; a part is written out.
    let (times, sends, warning) = if offset == 1 {
        (times, count, None)
    } else {
        let (times, warning) = written_out(times, offset as usize - 1, count - 1);
        (times, 1, warning)
    };
    let code = RawCode::new(carrier, signed(times)).map_err(|error| error.to_string())?;
    let sends = u8::try_from(sends).unwrap_or(u8::MAX).min(crate::MAX_SENDS);
    Ok((Code::Raw(code), sends, warning))
}

/// `times` with what is repeated behind it, as often as there is room.
fn written_out(mut times: Vec<u32>, from: usize, repeats: u32) -> (Vec<u32>, Option<String>) {
    let repeated = times.get(from..).unwrap_or_default().to_vec();
    for done in 0..repeats {
        if times.len() + repeated.len() > MAX_TIMINGS {
            let warning =
                format!("only {done} of its {repeats} repeats have room in {MAX_TIMINGS} times");
            return (times, Some(warning));
        }
        times.extend_from_slice(&repeated);
    }
    (times, None)
}

/// So many periods in microseconds, rounded.
fn micros(periods: u32, hz: u32) -> Result<u32, String> {
    let us = (u64::from(periods) * 1_000_000 + u64::from(hz) / 2) / u64::from(hz);
    u32::try_from(us).map_err(|_| format!("a time of {periods} periods is too long"))
}

fn number(field: &str, text: &str) -> Result<u32, String> {
    text.parse().map_err(|_| format!("{field} must be a number, not {:?}", shown(text)))
}

#[cfg(test)]
mod tests {
    use super::super::{Import, ImportSource};
    use super::*;

    fn import(text: &str) -> Result<Import, ImportError> {
        ImportSource::new(Format::GlobalCache, text).read()
    }

    #[test]
    fn periods_become_microseconds_and_repeats_sends() {
        let import = import("Power: sendir,1:1,4,40000,3,1,96,24,48,24,24,24,24,1100\nsendir,1:1,1,38000,1,1,342,171,21,800\n").unwrap();
        let key = |name: &str| import.keys[name].to_string();
        assert_eq!(key("power"), "raw:40000:2400 -600 1200 -600 600 -600 600 -27500");
        assert_eq!(key("other:code 2"), "raw:38000:9000 -4500 553 -21053");
        let sends: Vec<_> =
            import.sends.iter().map(|(key, sends)| (key.as_str(), *sends)).collect();
        assert_eq!(sends, [("power", 3)]);
    }

    #[test]
    fn what_is_repeated_in_part_is_written_out() {
        let import = import("Power: sendir,1:1,1,40000,3,3,96,24,40,1000").unwrap();
        let code = import.keys["power"].to_string();
        assert_eq!(code, "raw:40000:2400 -600 1000 -25000 1000 -25000 1000 -25000");
        let (times, warning) = written_out([1, 2].repeat(200), 2, 9);
        assert_eq!(times.len(), 798);
        assert_eq!(warning.unwrap(), "only 1 of its 9 repeats have room in 1000 times");
    }

    #[test]
    fn every_line_that_cannot_be_used_is_reported() {
        let text = "A: sendir,1:1,1,38000,1,2,342,171\nB: sendir,1:1,1,38000,60,1,342,171\n\
                    C: sendir,1:1,1,38000,1,1,342,171A\nD: sendir,1:1\nE: sendir,1:1,1,0,1,1,342,171\n\
                    F: sendir,1:1,1,38000,1,1,342\nG: hello\nH: sendir,1:1,1,38000,1,1,34x,1\n\
                    I: sendir,1:1,1,38000,1,1,40000000,1\n";
        let import = import(text).unwrap();
        assert!(import.keys.is_empty());
        let dropped: Vec<String> = import.dropped.iter().map(ToString::to_string).collect();
        for expected in [
            "line 1, A: offset must be odd and within the times, not 2",
            "line 2, B: count must be 1 to 50, not 60",
            "line 3, C: it is in the compressed form: give the times as numbers",
            "line 4, D: it has not module, id, carrier, count and offset",
            "line 5, E: it must have a carrier, and times in pairs of on and off",
            "line 6, F: it must have a carrier, and times in pairs of on and off",
            "line 7, hello: it is no line such as sendir,1:1,1,38000,1,1,342,171,...",
            "line 8, H: a time must be a number, not \"34x\"",
        ] {
            assert!(dropped.iter().any(|found| found == expected), "{expected} in {dropped:#?}");
        }
        assert_eq!(dropped.len(), 9);
        let error = ImportSource::new(Format::GlobalCache, "\nhello").read().unwrap_err();
        assert!(error.to_string().starts_with("line 2: this is no global_cache file"), "{error}");
    }
}
