//! Why the arguments of an action on a board cannot carry a command, and what its YAML would need.

use std::fmt;

/// What is wrong with an action that a board advertises, for one command.
///
/// Its text follows the name of the action: "tv_power takes no argument for the port: ...".
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Misfit {
    /// No argument takes what the command needs.
    Missing {
        /// What is to be carried: the port, the channel, the digit, the code, the input.
        what: &'static str,
        /// The variable that the YAML would need, such as `port: int`.
        variable: &'static str,
    },
    /// The argument has a type that cannot hold the value.
    WrongType {
        /// The argument on the board.
        argument: String,
        /// Its type there, in ESPHome's words.
        found: &'static str,
        /// The type that it would need.
        wanted: &'static str,
    },
    /// The argument is a whole number, and the channel begins with a zero.
    LeadingZero {
        /// The argument on the board.
        argument: String,
        /// The channel, such as `060`.
        channel: String,
    },
    /// The argument is a whole number, and the channel has a sub-channel.
    SubChannel {
        /// The argument on the board.
        argument: String,
        /// The channel, such as `5.1`.
        channel: String,
    },
    /// The board takes the port in front of the channel and a `-` between them, which the channel has too.
    PortBeforeSubChannel {
        /// The argument on the board.
        argument: String,
        /// The channel, such as `5-1`.
        channel: String,
    },
    /// The action takes a whole number as channel and no port, so it can only mean port 1.
    OnlyPortOne {
        /// The argument on the board.
        argument: String,
        /// The port that was meant.
        port: u8,
    },
    /// The board wants an argument that this command has no value for.
    NoValue {
        /// The argument on the board.
        argument: String,
        /// Its type there, in ESPHome's words.
        found: &'static str,
    },
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { what, variable } => write!(
                f,
                "takes no argument for the {what}: the board's YAML needs `{variable}` among the \
                 variables of this action"
            ),
            Self::WrongType { argument, found, wanted } => write!(
                f,
                "takes {argument} as {found}, which cannot hold the value: the board's YAML needs \
                 `{argument}: {wanted}`"
            ),
            Self::LeadingZero { argument, channel } => write!(
                f,
                "takes {argument} as int, which would lose the zero in front of {channel}: the \
                 board's YAML needs `{argument}: string`"
            ),
            Self::SubChannel { argument, channel } => write!(
                f,
                "takes {argument} as int, which cannot hold the sub-channel of {channel}: the board's \
                 YAML needs `{argument}: string`"
            ),
            Self::PortBeforeSubChannel { argument, channel } => write!(
                f,
                "takes the port in front of {argument}, as in 2-501, so that the sub-channel of {channel} \
                 cannot be told from it: write it with a point, or the board's YAML needs `port: int` among \
                 the variables of this action"
            ),
            Self::OnlyPortOne { argument, port } => write!(
                f,
                "takes {argument} as int and no port, so it reaches port 1 only, not port {port}: \
                 the board's YAML needs `port: int` among the variables of this action"
            ),
            Self::NoValue { argument, found } => write!(
                f,
                "wants the argument {argument} ({found}), for which this command has no value: the \
                 board's YAML has to leave it out or to make it optional"
            ),
        }
    }
}
