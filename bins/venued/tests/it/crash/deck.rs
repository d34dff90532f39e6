//! Wishes of all natures, no two of them the same.

use device_sim::ActionRecord;
use fastrand::Rng;
use serde_json::{Value, json};
use venue_domain::{Action, EffectGroup, Parameters, PortId};

/// What somebody wants of a TV.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wish {
    pub(super) target: PortId,
    pub(super) action: Action,
}

impl Wish {
    /// The name of the wish, by which frames and rows are known.
    pub(super) fn name(&self) -> String {
        format!("{} {}", self.target, self.action)
    }

    /// The body of a request for it alone.
    pub(super) fn body(&self) -> Value {
        let mut body = self.action_body();
        body["port"] = json!(self.target.port.number());
        body
    }

    /// What a request says of the action, wherever it is to be carried out.
    pub(super) fn action_body(&self) -> Value {
        let Parameters { channel, digit, input } = self.action.parameters();
        let mut body = json!({"command": self.action.name()});
        let digit = digit.map(|digit| json!(digit));
        let fields = [("channel", channel.map(Value::from)), ("digit", digit)];
        for (name, value) in fields.into_iter().chain([("input", input.map(Value::from))]) {
            if let Some(value) = value {
                body[name] = value;
            }
        }
        body
    }

    /// Whether a newer `other` forbids that this one is sent after it (docs/semantics.md, rules 3.1,
    /// 3.2 and 3.3).
    pub(super) fn is_outdated_by(&self, other: &Self) -> bool {
        let sets_state = |wish: &Self| wish.action.nature().sets_state();
        let same_group = self.action.effect_group() == other.action.effect_group();
        self.target == other.target
            && (other.action == Action::PowerOff
                || (same_group && (sets_state(self) || sets_state(other))))
    }
}

/// The wish that a board has carried out.
pub(super) fn wish_of(board: &str, record: &ActionRecord) -> Option<Wish> {
    let target = format!("{board}/{}", record.port()?).parse().ok()?;
    let argument = |name: &str| record.args.get(name).cloned();
    let parameters = Parameters {
        channel: argument("channel"),
        digit: argument("digit").and_then(|digit| digit.parse().ok()),
        input: argument("input"),
    };
    let action = Action::parse(record.action.strip_prefix("tv_")?, &parameters).ok()?;
    Some(Wish { target, action })
}

/// The wishes of a story, in the order in which they are wished.
#[derive(Debug)]
pub(super) struct Deck {
    ports: Vec<PortId>,
    /// What has no parameter to tell one from the next, and is wished once.
    once: Vec<Wish>,
    /// Where the most is wished at present.
    hot: PortId,
    serial: u32,
}

impl Deck {
    pub(super) fn new(boards: &[String], rng: &mut Rng) -> Self {
        let ports: Vec<PortId> = boards
            .iter()
            .flat_map(|board| (1..=5).map(move |port| format!("{board}/{port}").parse().unwrap()))
            .collect();
        let plain = Action::NAMES
            .iter()
            .filter_map(|name| Action::parse(name, &Parameters::default()).ok());
        let digits = (0..=9).map(|digit| {
            let parameters = Parameters { digit: Some(digit), ..Parameters::default() };
            Action::parse("number", &parameters).unwrap()
        });
        let actions: Vec<Action> = plain
            .filter(|action| action.effect_group().is_some() && *action != Action::DefaultChannel)
            .chain(digits)
            .collect();
        let mut once: Vec<Wish> = ports
            .iter()
            .flat_map(|target| {
                let wish =
                    |action: &Action| Wish { target: target.clone(), action: action.clone() };
                actions.iter().map(wish)
            })
            .collect();
        rng.shuffle(&mut once);
        let hot = rng.choice(&ports).unwrap().clone();
        Self { ports, once, hot, serial: 10_000 }
    }

    /// Another port becomes the one that everybody wants something of.
    pub(super) fn heat_another(&mut self, rng: &mut Rng) {
        self.hot = rng.choice(&self.ports).unwrap().clone();
    }

    /// The next wish: of the hot port a channel or an input, or any that is left.
    pub(super) fn next(&mut self, rng: &mut Rng) -> Wish {
        let choice = rng.u8(..10);
        let once = match choice {
            0..=2 => self.once.iter().rposition(|wish| wish.target == self.hot),
            3..=6 => self.once.len().checked_sub(1),
            _ => None,
        };
        if let Some(index) = once {
            return self.once.remove(index);
        }
        let group = if choice == 9 { EffectGroup::Input } else { EffectGroup::Channel };
        let target = if choice < 7 { rng.choice(&self.ports).unwrap() } else { &self.hot };
        Wish { target: target.clone(), action: numbered(group, self.serial()) }
    }

    /// The same action for several ports: a number, or what is wished once of each of them.
    pub(super) fn next_for_many(&mut self, rng: &mut Rng) -> Vec<Wish> {
        let count = rng.usize(2..=MANY);
        if rng.bool()
            && let Some(first) = self.once.last().cloned()
        {
            let (mut taken, mut left) = (Vec::new(), Vec::new());
            for wish in self.once.drain(..).rev() {
                let fits = wish.action == first.action && taken.len() < count;
                if fits { &mut taken } else { &mut left }.push(wish);
            }
            left.reverse();
            self.once = left;
            return taken;
        }
        let group = if rng.u8(..4) == 0 { EffectGroup::Input } else { EffectGroup::Channel };
        let action = numbered(group, self.serial());
        let mut ports = self.ports.clone();
        rng.shuffle(&mut ports);
        ports.truncate(count);
        let wish = |target| Wish { target, action: action.clone() };
        ports.into_iter().map(wish).collect()
    }

    fn serial(&mut self) -> u32 {
        self.serial += 1;
        self.serial
    }
}

/// So many ports one request is for at most.
const MANY: usize = 12;

/// An absolute wish with a number of its own.
fn numbered(group: EffectGroup, serial: u32) -> Action {
    let text = Some(serial.to_string());
    let (name, parameters) = if group == EffectGroup::Input {
        ("input", Parameters { input: text, ..Parameters::default() })
    } else {
        ("channel", Parameters { channel: text, ..Parameters::default() })
    };
    Action::parse(name, &parameters).unwrap()
}
