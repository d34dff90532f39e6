//! How the ports of a board are driven: by its own actions, by infrared from here, or by a mapping.

use std::{borrow::Cow, collections::BTreeMap, sync::Arc};

use venue_domain::{Action, PortIndex, TimingProfile, TriedCode};
use venue_infrared::CodeSet;

/// How each port of a board is driven.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PortDrivings(pub BTreeMap<PortIndex, Driving>);

impl PortDrivings {
    /// How one port is driven; by actions, unless said otherwise.
    #[must_use]
    pub fn of(&self, port: PortIndex) -> &Driving {
        self.0.get(&port).unwrap_or(&Driving::Actions)
    }

    /// How `action` reaches this port: what is no infrared is the board's own business, and a code that is tried
    /// is sent whatever drives the port.
    pub(super) fn of_action(&self, action: &Action, port: PortIndex) -> Cow<'_, Driving> {
        if let Some(tried) = action.tried() {
            let driving = InfraredPort::trying(action, tried, self.of(port));
            return Cow::Owned(Driving::Infrared(driving));
        }
        Cow::Borrowed(if action.is_infrared() { self.of(port) } else { &Driving::Actions })
    }
}

/// How one port is driven.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Driving {
    /// By the actions that the board advertises for it (`tv_power_on`, ...).
    #[default]
    Actions,
    /// By infrared that is encoded here and sent by a transmitter of the board (message 136).
    Infrared(InfraredPort),
    /// By whatever the board has: actions of other names, buttons, switches.
    Mapping(Arc<Mapping>),
}

impl Driving {
    /// The timing profile of a port that is driven so, where it is paced by `profile`: what the codes themselves need
    /// counts where it is longer. Two commands of one key are two presses (the command gap), and a press is as long as
    /// its frames. What a board's own actions send nobody knows here: the profile says it.
    #[must_use]
    pub fn paced(&self, profile: TimingProfile) -> TimingProfile {
        match self {
            Self::Infrared(InfraredPort { codes, .. }) => TimingProfile {
                command_gap: profile.command_gap.max(codes.press_pause()),
                frame: profile.frame.max(codes.press_time()),
                ..profile
            },
            Self::Actions | Self::Mapping(_) => profile,
        }
    }
}

/// A port that is driven by infrared from here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InfraredPort {
    /// The name of the board's infrared entity; `None` for the transmitter whose name ends in the number of the
    /// port. It is looked up in each session, because the key of an entity changes with its name.
    pub emitter: Option<String>,
    /// The keys of the appliance's remote control, called as the actions that they do; `digit_0` to `digit_9`,
    /// `input_hdmi1`, and `dash` between a channel and its sub-channel. Ports with the same appliance share them.
    pub codes: Arc<CodeSet>,
    /// How the digits of a channel are sent.
    pub typing: Typing,
}

impl InfraredPort {
    /// The port with nothing but the key that is tried. A code that cannot be read is no key: the wire then
    /// refuses the action by its name.
    fn trying(action: &Action, tried: &TriedCode, port: &Driving) -> Self {
        let key = action.name().parse().ok().zip(tried.code.parse().ok());
        let codes = CodeSet::unnamed(key.into_iter().collect(), tried.sends);
        let (emitter, typing) = match port {
            Driving::Infrared(own) => (own.emitter.clone(), own.typing),
            Driving::Actions | Driving::Mapping(_) => (None, Typing::ByBoard),
        };
        let emitter = tried.emitter.clone().or(emitter);
        Self { emitter, codes: Arc::new(codes), typing }
    }
}

/// How several presses are sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Typing {
    /// In one message, where the board is known to time infrared by hardware and says when it has left;
    /// otherwise frame by frame.
    #[default]
    ByBoard,
    /// Frame by frame: a board that times infrared by software is deaf while it sends.
    Frames,
    /// In one message: the board times infrared by hardware.
    OneMessage,
}

/// What a board does for each action on a port, by the names of actions: `power_on`, `channel`, `number`,
/// `digit_5`, `input`, `input_hdmi1`. The more exact name goes first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mapping(pub BTreeMap<String, Mapped>);

/// What a board does for one action.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mapped {
    /// It runs an action of its own.
    Action {
        /// The name that it advertises.
        name: String,
        /// A value for each argument, by its name. `{port}`, `{channel}`, `{digit}`, `{input}` and `{code}` stand
        /// for those of the command.
        arguments: BTreeMap<String, String>,
    },
    /// It presses a button.
    Button {
        /// The name of the entity.
        name: String,
    },
    /// It turns a switch.
    Switch {
        /// The name of the entity.
        name: String,
        /// Whether on or off.
        on: bool,
    },
}
