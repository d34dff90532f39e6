//! What we send is what `irp` sends, and `irp` understands it.

use std::collections::HashMap;

use venue_infrared::{Code, encode};

use crate::oracle::{Oracle, ROUNDS};

/// How many codes of each protocol `irp` decodes: it builds its decoder each time.
const DECODED: usize = 20;

#[test]
fn our_timings_are_those_of_irp() {
    let mut rng = fastrand::Rng::with_seed(1);
    for oracle in Oracle::all() {
        for _ in 0..ROUNDS {
            let (code, press) = oracle.random(&mut rng);
            let expected = oracle.encode(&code, press);
            let sent = encode(&Code::Parsed(code), press).unwrap();
            assert_eq!(sent.timings().len(), expected.len(), "{code} {press:?}");
            for (at, (ours, theirs)) in sent.timings().iter().zip(&expected).enumerate() {
                let off = ours.unsigned_abs().abs_diff(*theirs);
                let is_near = off <= 40 && off * 20 <= *theirs;
                assert!(is_near, "{code} {press:?}, value {at}: {ours}, irp {theirs}");
            }
            let total: u64 = expected.iter().map(|us| u64::from(*us)).sum();
            let ours = u64::try_from(sent.air_time().as_micros()).unwrap();
            assert!(ours.abs_diff(total) * 100 <= total, "{code}: {ours} us, irp {total}");
            let carrier = i64::from(sent.carrier().hz());
            let theirs = oracle.irp.carrier();
            assert!((carrier - theirs).abs() * 50 <= theirs, "{code}: {carrier} Hz, irp {theirs}");
        }
    }
}

#[test]
fn irp_decodes_what_we_send() {
    let mut rng = fastrand::Rng::with_seed(2);
    for oracle in Oracle::all() {
        for _ in 0..DECODED {
            let (code, press) = oracle.random(&mut rng);
            let sent = encode(&Code::Parsed(code), press).unwrap();
            let wanted = oracle.variables(&code, press.toggle);
            let read = oracle.decode(sent.timings());
            let is_right = |event: &HashMap<String, i64>| {
                wanted.iter().all(|(name, value)| event.get(name) == Some(value))
            };
            assert!(read.iter().any(is_right), "{code} {press:?}: {read:?}, wanted {wanted:?}");
        }
    }
}
