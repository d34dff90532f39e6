//! CSV of irdb: `functionname,protocol,device,subdevice,function`.
//!
//! -1 is the default of the protocol (the complement of the device for NEC). Names may hold commas, so a
//! line is split from its end. Make and kind are in the path.
//!
//! Parameters beyond the three are lost in these files, or glued to the name of the protocol
//! (`Tivo unit=0`): a protocol that needs another one cannot be imported.

use snafu::ensure;

use crate::{Code, ParsedCode, Protocol};

use super::{
    Format, ImportError, NotThisFormatSnafu,
    names::shown,
    record::{Record, Records},
};

/// The first line of every file.
const HEADER: &str = "functionname,protocol,device,subdevice,function";

pub(super) fn read(text: &str, records: &mut Records) -> Result<(), ImportError> {
    let mut lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    let (line, header) = lines.next().unwrap_or((1, ""));
    let is_header = header.trim().eq_ignore_ascii_case(HEADER);
    let detail = format!("its first line is {HEADER}");
    ensure!(is_header, NotThisFormatSnafu { line, format: Format::Irdb, detail });
    for (line, text) in lines {
        let fields: Vec<&str> = text.rsplitn(5, ',').map(unquoted).collect();
        let &[function, subdevice, device, protocol, name] = fields.as_slice() else {
            records.drop_part(line, text, "it has not the five fields of the header");
            continue;
        };
        let (code, warning) = match code(protocol, device, subdevice, function) {
            Ok((code, warning)) => (Ok(code), warning),
            Err(why) => (Err(why), None),
        };
        records.push(Record::new(Some(line), name, code).warn(warning))?;
    }
    Ok(())
}

fn unquoted(text: &str) -> &str {
    let text = text.trim();
    let inner = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    inner.unwrap_or(text)
}

fn code(
    name: &str,
    device: &str,
    subdevice: &str,
    function: &str,
) -> Result<(Code, Option<String>), String> {
    let (protocol, unit) = protocol(name)?;
    let device = number("device", device)?.ok_or("it has no device")?;
    let function = number("function", function)?.ok_or("it has no function")?;
    let subdevice = number("subdevice", subdevice)?;
    let parameters = protocol.parameters();
    if let Some(extra) = parameters.extra.filter(|extra| extra.default.is_none() && unit.is_none())
    {
        return Err(format!(
            "{protocol} needs its {} as well, which these files do not have",
            extra.name
        ));
    }
    // Where the protocol has none, files say 0 or -1.
    let subdevice = subdevice.filter(|_| parameters.subdevice.is_some());
    let missing =
        parameters.subdevice.is_some_and(|sub| sub.default.is_none()) && subdevice.is_none();
    // IrpProtocols.xml: S is 255-D unless given for all of NEC's family, 0 for others.
    let of_nec = matches!(protocol, Protocol::Samsung32 | Protocol::Necx1);
    let subdevice = match (missing, of_nec) {
        (true, true) => Some(255_u32.saturating_sub(device)),
        (true, false) => Some(0),
        (false, _) => subdevice,
    };
    let code = ParsedCode::new(protocol, device, subdevice, function, unit);
    let warning = (name == "NEC").then(|| {
        "the file does not say how the key repeats (NEC1 or NEC2): nec1 is assumed".to_owned()
    });
    code.map(|code| (Code::Parsed(code), warning)).map_err(|error| error.to_string())
}

/// The protocol, and the number that is glued to some of its names.
fn protocol(name: &str) -> Result<(Protocol, Option<u32>), String> {
    let (bare, unit) = match name.split_once(" unit=") {
        Some((bare, unit)) => (bare, number("unit", unit)?),
        None => (name, None),
    };
    let unknown = || format!("the protocol {:?} is not known", shown(name));
    let protocol = match bare.to_ascii_lowercase().replace(' ', "_").as_str() {
        "gi_cable" | "g.i.cable" => Protocol::GiCable,
        "dish_network" => Protocol::Dish,
        "rc5-7f" | "rc5" => Protocol::Rc5,
        other => other.parse().map_err(|_| unknown())?,
    };
    Ok((protocol, unit))
}

/// A number; -1 is "the default".
fn number(field: &str, text: &str) -> Result<Option<u32>, String> {
    if text == "-1" {
        return Ok(None);
    }
    let number = text.parse::<u32>();
    number.map(Some).map_err(|_| format!("{field} must be a number or -1, not {:?}", shown(text)))
}

#[cfg(test)]
mod tests {
    use super::super::{Format, Import, ImportError, ImportSource};

    fn import(text: &str) -> Result<Import, ImportError> {
        ImportSource::new(Format::Irdb, text).at_path("codes/Acme/TV/4,-1.csv").read()
    }

    fn file(lines: &str) -> Import {
        import(&format!("functionname,protocol,device,subdevice,function\n{lines}")).unwrap()
    }

    fn keys(import: &Import) -> Vec<String> {
        import.keys.iter().map(|(key, code)| format!("{key} {code}")).collect()
    }

    #[test]
    fn rows_become_codes_with_their_defaults() {
        let import = file(
            "POWER,NEC1,4,-1,8\nVOLUME +,NECx2,7,7,7\nCHANNEL UP,Sony12,1,-1,16\n\
             PIP Swap,Sony20,26,73,21\n\"OK\",Panasonic,128,0,73\nINPUT HDMI 1,RC5,0,-1,64\n",
        );
        assert_eq!(
            keys(&import),
            [
                "channel_up sony12:1,16",
                "input_hdmi1 rc5:0,64",
                "ok panasonic:128,0,73",
                "other:PIP Swap sony20:26,73,21",
                "power nec1:4,8",
                "volume_up samsung32:7,7,7",
            ]
        );
        assert_eq!((import.dropped.len(), import.warnings.len()), (0, 0));
        assert_eq!(import.make.as_deref(), Some("Acme"));
    }

    #[test]
    fn a_name_may_hold_commas() {
        let import = file("\"INPUT A, B\",NEC1,4,-1,8\n");
        assert_eq!(keys(&import), ["other:INPUT A, B nec1:4,8"]);
    }

    #[test]
    fn every_row_that_cannot_be_used_is_reported_with_its_line() {
        let import = file(
            "POWER,Nokia32,33,160,12\nMUTE,Frobnicate,1,1,1\nINFO,NEC1,4\nMENU,NEC1,300,-1,4\n\
             EXIT,NEC1,x,-1,4\nHOME,Tivo unit=2,133,48,5\nBACK,NEC,4,-1,9\n",
        );
        let dropped: Vec<String> = import.dropped.iter().map(ToString::to_string).collect();
        assert_eq!(
            dropped,
            [
                "line 4, INFO,NEC1,4: it has not the five fields of the header",
                "line 2, POWER: rcmm32 needs its x as well, which these files do not have",
                "line 3, MUTE: the protocol \"Frobnicate\" is not known",
                "line 5, MENU: device of nec1 must be 0 to 255, not 300",
                "line 6, EXIT: device must be a number or -1, not \"x\"",
            ]
        );
        assert_eq!(keys(&import), ["back nec1:4,9", "home tivo:133,48,5,2"]);
        assert_eq!(
            import.warnings[0].to_string(),
            "line 8, BACK: the file does not say how the key repeats (NEC1 or NEC2): nec1 is assumed"
        );
    }

    #[test]
    fn another_text_is_no_such_file() {
        let error = import("name,code\npower,1\n").unwrap_err();
        assert_eq!(
            error.to_string(),
            "line 1: this is no irdb file: its first line is \
             functionname,protocol,device,subdevice,function"
        );
    }
}
