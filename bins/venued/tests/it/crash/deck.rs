//! Wishes of all natures, no two of them the same.

use device_sim::ActionRecord;
use fastrand::Rng;
use serde_json::{Value, json};
use venue_domain::{Action, EffectGroup, Parameters, PortId};

use super::infrared;

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
        let Parameters { channel, digit, input, .. } = self.action.parameters();
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
        ..Parameters::default()
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
    /// Channels of the TVs whose board has no actions, each of which is wished once.
    typed: Vec<Wish>,
    /// Where the most is wished at present.
    hot: PortId,
    serial: u32,
}

impl Deck {
    /// For the TVs of boards with actions, and of boards with infrared entities alone.
    pub(super) fn new(boards: &[String], without_actions: &[String], rng: &mut Rng) -> Self {
        let (ports, typed) = (ports_of(boards), ports_of(without_actions));
        let digits = (0..=9).map(|digit| {
            let parameters = Parameters { digit: Some(digit), ..Parameters::default() };
            Action::parse("number", &parameters).unwrap()
        });
        let plain: Vec<Action> = infrared::plain_actions().collect();
        let actions: Vec<Action> = plain.iter().cloned().chain(digits).collect();
        let mut once = wishes(&ports, &actions);
        // A digit alone could not be told from one of a channel.
        once.extend(wishes(&typed, &plain));
        let mut channels = wishes(&typed, &infrared::channels().collect::<Vec<_>>());
        rng.shuffle(&mut once);
        rng.shuffle(&mut channels);
        let all: Vec<&PortId> = ports.iter().chain(&typed).collect();
        let hot = PortId::clone(rng.choice(&all).unwrap());
        Self { ports, once, typed: channels, hot, serial: 10_000 }
    }

    /// Another port becomes the one that everybody wants something of.
    pub(super) fn heat_another(&mut self, rng: &mut Rng) {
        let left = self.typed.last().filter(|_| rng.bool());
        let port = left.map(|wish| &wish.target);
        self.hot = port.or_else(|| rng.choice(&self.ports)).unwrap().clone();
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
        let is_hot = |wish: &Wish| wish.target == self.hot;
        let typed = match rng.u8(..4) {
            0..=1 => self.typed.len().checked_sub(1),
            _ if choice >= 7 => self.typed.iter().rposition(is_hot),
            _ => None,
        };
        if let Some(index) = typed {
            return self.typed.remove(index);
        }
        let group = if choice == 9 { EffectGroup::Input } else { EffectGroup::Channel };
        let hot = Some(&self.hot).filter(|hot| choice >= 7 && self.ports.contains(hot));
        let target = hot.or_else(|| rng.choice(&self.ports)).unwrap();
        Wish { target: target.clone(), action: numbered(group, self.serial()) }
    }

    /// The same action for several ports: a number, or what is wished once of each of them.
    pub(super) fn next_for_many(&mut self, rng: &mut Rng) -> Vec<Wish> {
        let count = rng.usize(2..=MANY);
        let taken = match rng.u8(..8) {
            0..=3 => take_same(&mut self.once, count),
            4 => take_same(&mut self.typed, count),
            _ => Vec::new(),
        };
        if !taken.is_empty() {
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

/// Takes so many wishes for what the last one is for; nothing if there are none left.
fn take_same(wishes: &mut Vec<Wish>, count: usize) -> Vec<Wish> {
    let Some(first) = wishes.last().cloned() else { return Vec::new() };
    let (mut taken, mut left) = (Vec::new(), Vec::new());
    for wish in wishes.drain(..).rev() {
        let fits = wish.action == first.action && taken.len() < count;
        if fits { &mut taken } else { &mut left }.push(wish);
    }
    left.reverse();
    *wishes = left;
    taken
}

fn ports_of(boards: &[String]) -> Vec<PortId> {
    let ports = boards.iter().flat_map(|board| (1..=5).map(move |port| format!("{board}/{port}")));
    ports.map(|port| port.parse().unwrap()).collect()
}

/// Each action on each port.
fn wishes(ports: &[PortId], actions: &[Action]) -> Vec<Wish> {
    let of_port = |target: &PortId| {
        let wish = |action: &Action| Wish { target: target.clone(), action: action.clone() };
        actions.iter().map(wish).collect::<Vec<_>>()
    };
    ports.iter().flat_map(of_port).collect()
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
