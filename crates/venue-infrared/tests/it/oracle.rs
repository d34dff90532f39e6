//! Crate `irp` as an independent encoder and decoder, one protocol at a time.

use std::collections::HashMap;

use irp::{Decoder, InfraredData, Irp, Options, Vartable};
use venue_infrared::{Code, Parameter, ParsedCode, Press, Protocol};

/// How many random codes each test tries for each protocol.
pub(crate) const ROUNDS: usize = 200;

/// A protocol as `irp` knows it.
pub(crate) struct Oracle {
    pub(crate) protocol: Protocol,
    pub(crate) irp: Irp,
}

impl Oracle {
    pub(crate) fn all() -> Vec<Self> {
        let rows = include_str!("irp-notation.tsv").lines().filter(|row| !row.starts_with('#'));
        let oracles: Vec<_> = rows.map(Self::of_row).collect();
        let known: Vec<_> = oracles.iter().map(|oracle| oracle.protocol).collect();
        assert_eq!(known, Protocol::ALL, "every protocol has its row");
        oracles
    }

    fn of_row(row: &str) -> Self {
        let (name, notation) = row.split_once('\t').unwrap();
        let irp = Irp::parse(notation).unwrap_or_else(|error| panic!("{name}: {error}"));
        Self { protocol: name.parse().unwrap(), irp }
    }

    /// A code and a press with parameters from all over their ranges.
    pub(crate) fn random(&self, rng: &mut fastrand::Rng) -> (ParsedCode, Press) {
        let parameters = self.protocol.parameters();
        let mut pick = |parameter: Parameter| match rng.u8(0..8) {
            0 => parameter.min,
            1 => parameter.max,
            _ => rng.u32(parameter.min..=parameter.max),
        };
        let device = pick(parameters.device);
        let subdevice = parameters.subdevice.map(&mut pick);
        let function = pick(parameters.function);
        let extra = parameters.extra.map(&mut pick);
        let code = ParsedCode::new(self.protocol, device, subdevice, function, extra).unwrap();
        (code, Press { toggle: rng.bool(), sends: rng.u8(1..4) })
    }

    /// The parameters under the names of the IRP notation.
    pub(crate) fn variables(&self, code: &ParsedCode, toggle: bool) -> HashMap<String, i64> {
        let (device, function, extra) = (code.device(), code.function(), code.effective_extra());
        let subdevice = code.effective_subdevice();
        let low = |value: u32| value & 255;
        let mut variables = vec![("D", device), ("F", function)];
        if self.protocol.parameters().subdevice.is_some() {
            variables.push(("S", subdevice));
        }
        match self.protocol {
            Protocol::NecExt => {
                variables = vec![
                    ("D", low(device)),
                    ("S", device >> 8),
                    ("F", low(function)),
                    ("E", function >> 8),
                ];
            }
            Protocol::Kaseikyo => {
                variables.extend([("E", extra & 15), ("M", low(extra >> 4)), ("N", extra >> 12)]);
            }
            Protocol::Samsung36 => variables.push(("E", extra)),
            Protocol::Rcmm32 => variables.push(("X", extra)),
            Protocol::Xmp => variables.push(("OEM", extra)),
            Protocol::Tivo => variables.push(("U", extra)),
            Protocol::Rc6Mode6Bits20 if extra < 2 => variables.push(("T", extra)),
            _ => {}
        }
        let has_toggle = Code::Parsed(*code).has_toggle_bit();
        if has_toggle {
            variables.push(("T", u32::from(toggle)));
        }
        variables.into_iter().map(|(name, value)| (name.to_owned(), i64::from(value))).collect()
    }

    /// What `irp` sends for this press.
    pub(crate) fn encode(&self, code: &ParsedCode, press: Press) -> Vec<u32> {
        let mut table = Vartable::new();
        for (name, value) in self.variables(code, press.toggle) {
            table.set(name, value);
        }
        let [down, repeat, up] = self.irp.encode(table).unwrap_or_else(|e| panic!("{code}: {e}"));
        assert!(up.is_empty(), "{code}: no notation here has an ending");
        let sends = usize::from(press.sends.max(self.protocol.min_sends()));
        let repeats = match self.protocol {
            // The first frame alone stands before the repeated part, and three frames are one send.
            Protocol::Sharp | Protocol::Denon => sends,
            _ if down.is_empty() => sends,
            _ => sends - 1,
        };
        [down, repeat.repeat(repeats)].concat()
    }

    /// What `irp` reads in these timings: the parameters of each event.
    ///
    /// Its tolerance is kept low: with a wide one its decoder cannot tell the nibbles of XMP, nor RC5X's break
    /// between two bits from the bits beside it.
    pub(crate) fn decode(&self, timings: &[i32]) -> Vec<HashMap<String, i64>> {
        let options = Options { aeps: 40, eps: 3, max_gap: 20_000, ..Options::default() };
        let dfa = self.irp.compile(&options).unwrap_or_else(|e| panic!("{}: {e}", self.protocol));
        let mut decoder = Decoder::new(options);
        let mut events = Vec::new();
        let durations: Vec<u32> = timings.iter().map(|timing| timing.unsigned_abs()).collect();
        for input in InfraredData::from_u32_slice(&durations) {
            decoder.dfa_input(input, &dfa, |_, variables| events.push(variables));
        }
        events
    }
}
