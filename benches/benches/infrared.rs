//! One press of a key encoded into timings, against crate `irp`.
//!
//! Both get parameters and give timings: ours checks its limits besides, irp evaluates a notation that it has
//! parsed before. The figure is the 99th percentile, because a command waits for it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a benchmark that does not work fails by panicking"
)]

use std::{hint::black_box, time::Instant};

use irp::{Irp, Vartable};
use venue_benches::harness::{Goal, Run, Unit, percentile};
use venue_infrared::{Code, ParsedCode, Press, Protocol, encode};

/// What is encoded.
struct Case {
    name: &'static str,
    protocol: Protocol,
    device: u32,
    subdevice: Option<u32>,
    /// How often irp adds the repeated part, to send what one press needs.
    repeats: u64,
    /// For irp.
    notation: &'static str,
}

/// One protocol of each kind.
const CASES: [Case; 5] = [
    Case {
        name: "NEC1",
        protocol: Protocol::Nec1,
        device: 4,
        subdevice: None,
        repeats: 0,
        notation: "{38.4k,564}<1,-1|1,-3>(16,-8,D:8,S:8,F:8,~F:8,1,^108m,(16,-4,1,^108m)*)\
         [D:0..255,S:0..255=255-D,F:0..255]",
    },
    Case {
        name: "Sony 12, three times",
        protocol: Protocol::Sony12,
        device: 1,
        subdevice: None,
        repeats: 3,
        notation: "{40k,600}<1,-1|2,-1>(4,-1,F:7,D:5,^45m)*[D:0..31,F:0..127]",
    },
    Case {
        name: "Panasonic",
        protocol: Protocol::Panasonic,
        device: 128,
        subdevice: Some(0),
        repeats: 1,
        notation: "{37k,432}<1,-1|1,-3>(8,-4,2:8,32:8,D:8,S:8,F:8,(D^S^F):8,1,-173)*\
         [D:0..255,S:0..255,F:0..255]",
    },
    Case {
        name: "RC6",
        protocol: Protocol::Rc6,
        device: 0,
        subdevice: None,
        repeats: 1,
        notation: "{36k,444,msb}<-1,1|1,-1>((6,-2,1:1,0:3,<-2,2|2,-2>(T:1),D:8,F:8,^107m)*,T=1-T)\
         [D:0..255,F:0..255,T@:0..1=0]",
    },
    Case {
        name: "Dish, four times",
        protocol: Protocol::Dish,
        device: 0,
        subdevice: Some(0),
        repeats: 3,
        notation: "{57.6k,406}<1,-7|1,-4>(1,-15,(F:-6,S:5,D:5,1,-15)+)[F:0..63,S:0..31,D:0..31]",
    },
];

fn main() {
    let run = Run::start();
    let times = run.pick(20_000, 50);
    for Case { name, protocol, device, subdevice, repeats, notation } in CASES {
        let irp = Irp::parse(notation).unwrap();
        let pair = run.alternate(
            || {
                p99_us(times, |function| {
                    let code = ParsedCode::new(protocol, device, subdevice, function, None);
                    let code = Code::Parsed(code.unwrap());
                    drop(black_box(encode(black_box(&code), Press::default()).unwrap()));
                })
            },
            || {
                p99_us(times, |function| {
                    let mut variables = Vartable::new();
                    variables.set("D".to_owned(), i64::from(device));
                    if let Some(subdevice) = subdevice {
                        variables.set("S".to_owned(), i64::from(subdevice));
                    }
                    variables.set("F".to_owned(), i64::from(function));
                    drop(black_box(irp.encode_raw(variables, black_box(repeats)).unwrap()));
                })
            },
        );
        pair.print(&format!("encode {name}, p99"), Unit::Microseconds, Goal::AtMost(20.0));
    }
}

/// The 99th percentile of single runs, each with another function, in microseconds.
fn p99_us(times: u32, mut work: impl FnMut(u32)) -> f64 {
    let one = |number: u32| {
        let begun = Instant::now();
        work(number % 64);
        begun.elapsed().as_secs_f64() * 1e6
    };
    let figures: Vec<f64> = (0..times).map(one).collect();
    percentile(&figures, 0.99)
}
