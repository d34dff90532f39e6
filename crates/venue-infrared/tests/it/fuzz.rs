//! The entries of the fuzz targets, with input that is almost right.

use venue_infrared::{
    Code, encode,
    fuzz::{bytes_of, fuzz_decode, fuzz_notation},
};

use crate::oracle::Oracle;

const ROUNDS: usize = 200;

fn mutated(data: &[u8], rng: &mut fastrand::Rng) -> Vec<u8> {
    let mut data = data.to_vec();
    for _ in 0..rng.usize(0..6) {
        let at = rng.usize(0..=data.len());
        match rng.u8(0..4) {
            0 => data.insert(at, rng.u8(..)),
            1 if at < data.len() => drop(data.remove(at)),
            2 => data.truncate(data.len().max(4) - rng.usize(0..4)),
            _ if at < data.len() => data[at] = data[at].wrapping_add(rng.u8(..)),
            _ => {}
        }
    }
    data
}

#[test]
fn spoilt_notations_and_timings_are_read_or_refused() {
    let mut rng = fastrand::Rng::with_seed(4);
    for oracle in Oracle::all() {
        for _ in 0..ROUNDS {
            let (code, press) = oracle.random(&mut rng);
            let code = Code::Parsed(code);
            let sent = encode(&code, press).unwrap();
            let notation = code.to_string().into_bytes();
            fuzz_notation(&mutated(&notation, &mut rng));
            let texts: Vec<_> = sent.timings().iter().map(ToString::to_string).collect();
            let raw = format!("raw:{}:{}", sent.carrier(), texts.join(" "));
            fuzz_notation(&mutated(raw.as_bytes(), &mut rng));
            let mut timings = vec![rng.u8(..)];
            timings.extend(bytes_of(sent.timings()));
            fuzz_decode(&timings);
            fuzz_decode(&mutated(&timings, &mut rng));
        }
    }
    for text in [
        "pronto:0000 006D 0001 0001 000A 0014 001E 0028",
        "pronto:900A 006C 0000 0001 0CF3 38C7",
        "pronto:5001 0073 0000 0002 0001 0002 0003 0000",
    ] {
        for _ in 0..ROUNDS {
            fuzz_notation(&mutated(text.as_bytes(), &mut rng));
        }
    }
}

#[test]
fn noise_is_read_or_refused() {
    let mut rng = fastrand::Rng::with_seed(5);
    for _ in 0..2_000 {
        let noise: Vec<u8> = std::iter::repeat_with(|| rng.u8(..)).take(400).collect();
        fuzz_decode(&noise);
        fuzz_notation(&noise);
    }
}
