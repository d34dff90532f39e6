//! We understand what `irp` sends, as a receiver hears it.

use venue_infrared::{Code, Protocol, decode, same_signal};

use crate::oracle::{Oracle, ROUNDS};

/// How much a demodulator adds to a mark or takes from it, at most.
const STRETCH_US: i32 = 150;

/// Marks off by up to `stretch`, each by another amount. `compensated`: what a mark gains, the space behind
/// it loses, which is what a demodulator does.
fn heard(sent: &[u32], stretch: i32, compensated: bool, rng: &mut fastrand::Rng) -> Vec<i32> {
    let mut heard = Vec::with_capacity(sent.len());
    for pair in sent.chunks(2) {
        let by = rng.i32(-stretch..=stretch);
        let [mark, space] = [pair[0], pair[1]].map(|us| i32::try_from(us).unwrap());
        heard.extend([mark + by, -(space - if compensated { by } else { 0 })]);
    }
    heard
}

#[test]
fn we_decode_jittered_signals_of_irp() {
    let mut rng = fastrand::Rng::with_seed(3);
    for oracle in Oracle::all() {
        // Their symbols are 166 and 136 us apart: without the space nobody could tell them.
        let marks_alone = match oracle.protocol {
            Protocol::Rcmm32 => 80,
            Protocol::Xmp => 60,
            _ => STRETCH_US,
        };
        // What irp rounds of 6 periods is 1 us more.
        let both = if oracle.protocol == Protocol::Rcmm32 { STRETCH_US - 1 } else { STRETCH_US };
        for _ in 0..ROUNDS {
            let (code, press) = oracle.random(&mut rng);
            let sent = oracle.encode(&code, press);
            for (stretch, compensated) in [(0, true), (both, true), (marks_alone, false)] {
                let heard = heard(&sent, stretch, compensated, &mut rng);
                let read = decode(&heard, None);
                let right = read.iter().any(|candidate| {
                    candidate.is_complete
                        && candidate.sends == press.sends.max(oracle.protocol.min_sends())
                        && candidate.toggle.is_none_or(|toggle| {
                            oracle.variables(&code, press.toggle)["T"] == i64::from(toggle)
                        })
                        && same_signal(&Code::Parsed(candidate.code), &Code::Parsed(code))
                        && candidate.code.protocol() == oracle.protocol
                });
                assert!(right, "{code} {press:?} +-{stretch}: {read:?}\n{heard:?}");
                let best = Code::Parsed(read[0].code);
                assert!(same_signal(&best, &Code::Parsed(code)), "{code}: {best} is first");
            }
        }
    }
}
