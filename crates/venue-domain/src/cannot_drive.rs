//! Why a port that is driven by remote codes, or by a mapping, cannot carry out a command.

use std::fmt;

/// What is missing on the port or on its board, for one command.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CannotDrive {
    /// The remote codes of the port have no such key.
    NoKey {
        /// The key, such as `digit_3`.
        key: String,
    },
    /// The code of the key cannot be sent.
    Unsendable {
        /// The key.
        key: String,
        /// Why not.
        cause: String,
    },
    /// The board lists no infrared transmitter of this name.
    NoEmitter {
        /// The name; `None` if it was to be found by the number of the port.
        emitter: Option<String>,
    },
    /// The board lists several of them.
    SeveralEmitters {
        /// The name; `None` if it was to be found by the number of the port.
        emitter: Option<String>,
    },
    /// The infrared entity of this name only receives.
    OnlyReceives {
        /// The name.
        emitter: String,
    },
    /// The mapping of the port has nothing for the action.
    NotMapped {
        /// The name of the action.
        action: String,
    },
    /// The mapping has nothing that takes the parameter of the action.
    ParameterLost {
        /// The name of the action.
        action: String,
    },
    /// The board lists no such entity, or several.
    NoEntity {
        /// Its kind: `button` or `switch`.
        kind: &'static str,
        /// Its name.
        name: String,
    },
    /// The action on the board has no such argument.
    NoArgument {
        /// The action on the board.
        service: String,
        /// The argument that the mapping names.
        argument: String,
    },
    /// The mapping gives no value for an argument of the action on the board, or one that its type cannot
    /// hold.
    WrongValue {
        /// The action on the board.
        service: String,
        /// The argument.
        argument: String,
        /// Its type there, in ESPHome's words.
        wanted: &'static str,
        /// The value; `None` if there is none.
        value: Option<String>,
    },
}

impl fmt::Display for CannotDrive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoKey { key } => write!(f, "the code set of the port has no key {key}"),
            Self::Unsendable { key, cause } => write!(f, "the key {key} cannot be sent: {cause}"),
            Self::NoEmitter { emitter: Some(name) } => {
                write!(f, "the board has no infrared transmitter called {name:?}")
            }
            Self::NoEmitter { emitter: None } => f.write_str(
                "the board has no infrared transmitter whose name ends in the number of the port: \
                 name the emitter of the port",
            ),
            Self::SeveralEmitters { emitter: Some(name) } => write!(
                f,
                "the board has several infrared transmitters called {name:?}: its YAML needs a name of \
                 its own for each"
            ),
            Self::SeveralEmitters { emitter: None } => f.write_str(
                "the board has several infrared transmitters whose names end in the number of the port: \
                 name the emitter of the port",
            ),
            Self::OnlyReceives { emitter } => {
                write!(f, "the infrared entity {emitter:?} of the board only receives")
            }
            Self::NotMapped { action } => {
                write!(f, "the mapping of the port has nothing for {action}")
            }
            Self::ParameterLost { action } => write!(
                f,
                "nothing in the mapping of the port takes the parameter of {action}: an argument needs \
                 {{channel}}, {{digit}}, {{input}} or {{code}}"
            ),
            Self::NoEntity { kind, name } => {
                write!(f, "the board has no {kind} that is alone called {name:?}")
            }
            Self::NoArgument { service, argument } => write!(
                f,
                "{service} of the board has no argument {argument}, which the mapping of the port names"
            ),
            Self::WrongValue { service, argument, wanted, value: Some(value) } => write!(
                f,
                "the argument {argument} of {service} is {wanted} on the board, and the mapping of the port \
                 gives {value:?}"
            ),
            Self::WrongValue { service, argument, wanted, value: None } => write!(
                f,
                "the mapping of the port gives no value for the argument {argument} ({wanted}) of {service}"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_names_what_is_missing_and_where() {
        let words = |cannot: CannotDrive| cannot.to_string();
        let key = "digit_3".to_owned();
        assert_eq!(
            words(CannotDrive::NoKey { key }),
            "the code set of the port has no key digit_3"
        );
        let emitter = Some("Port 1".to_owned());
        assert_eq!(
            words(CannotDrive::NoEmitter { emitter }),
            "the board has no infrared transmitter called \"Port 1\""
        );
        let wrong = |value: Option<&str>| CannotDrive::WrongValue {
            service: "send_ir".to_owned(),
            argument: "code".to_owned(),
            wanted: "int",
            value: value.map(str::to_owned),
        };
        assert_eq!(
            words(wrong(Some("060"))),
            "the argument code of send_ir is int on the board, and the mapping of the port gives \"060\""
        );
        assert_eq!(
            words(wrong(None)),
            "the mapping of the port gives no value for the argument code (int) of send_ir"
        );
    }
}
