//! What happens in one case, and how such a story is made up and made shorter.

use std::fmt;

use venue_domain::Class;

use crate::chance::Chance;

mod bar;

pub(crate) use self::bar::{SCREENS, THE_BOX};

/// How many devices there are: two with two TVs and a screen each, and one with the box that both screens show.
pub(crate) const DEVICES: usize = 3;

/// One TV, or the box.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tv {
    pub(crate) device: usize,
    pub(crate) port: i64,
}

impl fmt::Debug for Tv {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ir-{}/{}", self.device, self.port)
    }
}

/// One thing that happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Somebody presses a button.
    Press(Tv, String),
    /// Somebody presses a button, and names its class.
    PressAs(Tv, String, Class),
    /// Somebody who may command locked TVs presses a button.
    PressByManager(Tv, String),
    /// Somebody sends a bulk command.
    Bulk(Vec<Tv>, String),
    /// Somebody runs a preset: what is done on each TV, in this order.
    Preset(Vec<(Tv, Vec<String>)>),
    /// A TV is locked, for so many milliseconds or until it is unlocked.
    Lock(Tv, Option<u64>),
    /// Its lock is removed.
    Unlock(Tv),
    /// Somebody, or several at once, try anew or take back a bulk command or a preset of before.
    Redo(Redo, usize, u32),
    /// The address of a device is edited: its session and the link of its lane are replaced.
    Edit(usize),
    /// Somebody wishes something for so many milliseconds later.
    Schedule(Tv, String, u64),
    /// Something happens to a device.
    Device(usize, Fault),
    /// The store cannot be used.
    StoreFails,
    /// It can be used again.
    StoreBack,
    /// The service ends and is started again, in order or by a kill.
    Restart(Stop),
    /// So many milliseconds pass.
    Pass(u64),
    /// What ended directly reaches the store.
    Flush,
    /// The wall clock is set by so many milliseconds, back or forth.
    SetClock(i64),
    /// The machine is killed and boots: its wall clock shows so many milliseconds more than it would if no
    /// time had passed.
    Reboot(i64),
    /// The service ends in order, and the machine boots likewise; what was kept of its clocks beside the
    /// store is lost.
    RebootLost(i64),
    /// A device is removed, with what waits for it.
    Remove(usize),
    /// It is registered again.
    AddAgain(usize),
}

/// What is done with a batch of before, counted from the newest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Redo {
    Retry,
    Undo,
}

/// How the service ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    InOrder,
    Killed,
}

/// What happens to a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Its session is lost.
    Leaves,
    /// It has a session again.
    Returns,
    /// It takes bytes and does nothing.
    Hangs,
    /// It does everything that it has taken.
    Wakes,
    /// Its power is cut for a moment: what it had taken is gone, and it has a new session.
    Reboots,
    /// The next answer is lost on its way.
    DropsReply,
    /// It says no to the next call, which it has carried out.
    Refuses,
    /// Its socket takes no byte of the next call.
    Stalls,
    /// The next call takes so many milliseconds until its first byte.
    Lags(u64),
}

/// What one story is about, so that its steps have to do with each other.
struct Theme {
    tv: Tv,
    words: &'static [&'static str],
    channel: u32,
    /// In percent of the steps.
    store: u64,
    restart: u64,
    /// The store holds, and what is kept of the clocks beside it does not.
    lost: bool,
    /// In percent of the steps.
    clocks: u64,
    registry: u64,
    locks: u64,
    /// It is about the box and its screens.
    is_bar: bool,
}

const CHANNELS: &[&str] = &["channel", "channel", "channel", "channel_up", "number"];
const POWER: &[&str] = &["power", "power_on", "power_off", "power"];
const MUTE: &[&str] = &["mute", "mute_on", "mute_off"];
const KEYS: &[&str] = &["up", "ok", "number", "number", "back"];
const STEPS: &[&str] = &["steps", "steps", "steps", "channel", "mute_on", "volume_up"];
const ALL: &[&str] = &[
    "channel",
    "channel",
    "power",
    "power_on",
    "power_off",
    "mute",
    "mute_on",
    "volume_up",
    "channel_up",
    "number",
    "ok",
    "input",
    "steps",
];

/// Makes up the story of `seed`.
pub(crate) fn story(seed: u64) -> Vec<Step> {
    let mut chance = Chance(seed);
    let is_bar = chance.percent(30);
    let mut theme = Theme {
        tv: if is_bar { bar::any(&mut chance) } else { any_tv(&mut chance) },
        words: chance.pick(&[CHANNELS, CHANNELS, POWER, MUTE, KEYS, STEPS, ALL, ALL]),
        // Its digits are presses of one key.
        channel: 109,
        store: chance.pick(&[0, 8, 15]),
        restart: chance.pick(&[0, 6, 12]),
        lost: chance.percent(10),
        clocks: chance.pick(&[0, 0, 6, 12]),
        registry: chance.pick(&[0, 0, 5]),
        locks: chance.pick(&[0, 0, 8]),
        is_bar,
    };
    if theme.lost {
        // What a killed service has sent and not stored is known to nobody then: its keys may be above
        // those of the next one, which says so. Nothing that is stored depends on them.
        (theme.store, theme.restart) = (0, 12);
    }
    let length = 8 + chance.below(32);
    let mut steps =
        if !theme.lost && chance.percent(15) { arc(theme.tv, &mut chance) } else { Vec::new() };
    for _ in 0..length {
        steps.push(theme.step(&mut chance));
    }
    steps
}

/// What chance alone brings together too rarely: an outage around a command that waits for its
/// device, and what follows it.
fn arc(tv: Tv, chance: &mut Chance) -> Vec<Step> {
    let wishes = [("channel 5", "channel 7"), ("power_on", "power_off"), ("mute_on", "mute_off")];
    let (older, newer) = chance.pick(&wishes);
    let press = |what: &str| Step::Press(tv, what.to_owned());
    let device = |fault| Step::Device(tv.device, fault);
    let begin = [device(Fault::Leaves), Step::Pass(1 + chance.below(50))];
    let fails = [Step::Pass(1 + chance.below(50)), Step::StoreFails];
    let back = [Step::Pass(1 + chance.below(400)), Step::StoreBack];
    let rest = match chance.below(7) {
        6 => return typed(chance),
        4 => return warm_up(tv, chance),
        5 => return redone(tv, newer, chance),
        // Its key waits for the next attempt, and a later one passes it while the store is down.
        2 => return passed_key(tv, chance),
        3 => return ghost(tv, older, newer, chance),
        // The store is back, the next attempt is still to come, and the service is killed.
        0 => [
            vec![press(older)],
            fails.to_vec(),
            vec![press(newer)],
            back.to_vec(),
            vec![Step::Pass(900 + chance.below(400)), Step::Restart(Stop::Killed)],
            vec![device(Fault::Returns)],
        ],
        // The device returns and the next attempt is due while the store is down.
        _ => [
            vec![press(chance.pick(&["power", "volume_up", "mute", "ok"]))],
            fails.to_vec(),
            vec![device(Fault::Returns), Step::Pass(1_500 + chance.below(3_000))],
            back.to_vec(),
            vec![Step::Pass(chance.below(2_000))],
            vec![],
        ],
    };
    [begin.to_vec(), rest.concat()].concat()
}

fn passed_key(tv: Tv, chance: &mut Chance) -> Vec<Step> {
    let mut key = || Step::Press(tv, chance.pick(&["ok", "up", "back"]).to_owned());
    let keys = [key(), key()];
    let [waits, passes] = keys;
    vec![
        Step::Device(tv.device, Fault::Stalls),
        waits,
        Step::Pass(2_960 + chance.below(50)),
        Step::StoreFails,
        passes,
        Step::Pass(20 + chance.below(100)),
        Step::StoreBack,
        Step::Pass(1_000 + chance.below(400)),
        Step::Restart(Stop::Killed),
        Step::Pass(5_000),
    ]
}

/// The service ends in order while a TV warms up.
fn warm_up(tv: Tv, chance: &mut Chance) -> Vec<Step> {
    vec![
        Step::Pass(9_000),
        Step::Press(tv, "power_on".to_owned()),
        Step::Pass(50 + chance.below(1_000)),
        Step::Flush,
        Step::Restart(Stop::InOrder),
        Step::Pass(1 + chance.below(1_000)),
        Step::Press(tv, "channel 5".to_owned()),
        Step::Pass(10_000),
    ]
}

/// A board hangs for a while between two digits, and its TV stops waiting for the next one.
fn typed(chance: &mut Chance) -> Vec<Step> {
    let tv = chance.pick(&[Tv { device: 1, port: 2 }, THE_BOX]);
    let device = |fault| Step::Device(tv.device, fault);
    vec![
        Step::Pass(9_000),
        Step::Press(tv, chance.pick(&["channel 501", "channel 24"]).to_owned()),
        Step::Pass(1 + chance.below(900)),
        device(Fault::Hangs),
        Step::Pass(chance.below(2_500)),
        device(Fault::Wakes),
        Step::Pass(20_000),
    ]
}

/// A bulk command fails, and several try it anew at once.
fn redone(tv: Tv, what: &str, chance: &mut Chance) -> Vec<Step> {
    vec![
        Step::Device(tv.device, Fault::Leaves),
        Step::Bulk(vec![tv], what.to_owned()),
        Step::Pass(20_000),
        Step::Device(tv.device, chance.pick(&[Fault::Returns, Fault::Hangs])),
        Step::Redo(Redo::Retry, 0, 2 + chance.below(2) as u32),
        Step::Pass(100 + chance.below(5_000)),
    ]
}

/// A hung device loses its session, and does what it had taken after something newer was delivered. In
/// half of the stories the service ends before the quiet gap has passed, and in a quarter with a third press.
fn ghost(tv: Tv, older: &str, newer: &str, chance: &mut Chance) -> Vec<Step> {
    let device = |fault| Step::Device(tv.device, fault);
    let mut steps = vec![
        device(Fault::Hangs),
        Step::Press(tv, older.to_owned()),
        Step::Pass(3_000 + chance.below(500)),
        device(Fault::Leaves),
        Step::Pass(1 + chance.below(50)),
        device(Fault::Returns),
        Step::Pass(1 + chance.below(500)),
        Step::Press(tv, newer.to_owned()),
    ];
    match chance.below(4) {
        0 | 1 => {
            let stop = chance.pick(&[Stop::Killed, Stop::InOrder]);
            steps.extend([Step::Pass(100 + chance.below(2_500)), Step::Flush, Step::Restart(stop)]);
        }
        // What comes next is under way at a kill, and nobody knows of it.
        2 => {
            let third = Step::Press(tv, newer.replace('7', "101"));
            let kill = [Step::Pass(1 + chance.below(80)), Step::Restart(Stop::Killed)];
            steps.extend([Step::Pass(10_000), third].into_iter().chain(kill));
        }
        _ => {}
    }
    steps.push(Step::Pass(10_000));
    steps
}

/// One with a tuner of its own.
fn any_tv(chance: &mut Chance) -> Tv {
    Tv { device: chance.below(2) as usize, port: 1 + chance.below(2) as i64 }
}

impl Theme {
    fn step(&mut self, chance: &mut Chance) -> Step {
        if chance.percent(self.store) {
            return chance.pick(&[Step::StoreFails, Step::StoreFails, Step::StoreBack]);
        }
        if chance.percent(self.restart) {
            if self.lost {
                let lost = Step::RebootLost(-(chance.below(20_000) as i64));
                return chance.pick(&[Step::Restart(Stop::InOrder), lost]);
            }
            return Step::Restart(chance.pick(&[Stop::Killed, Stop::Killed, Stop::InOrder]));
        }
        if chance.percent(self.clocks) {
            let by = chance.pick(&[3_000, 30_000, 600_000, 7_200_000]);
            let by = chance.below(2 * by) as i64 - by as i64;
            let set = Step::SetClock(by);
            return if self.lost {
                set
            } else {
                chance.pick(&[set.clone(), set, Step::Reboot(by)])
            };
        }
        if chance.percent(self.registry) {
            let device = self.device(chance);
            let again = Step::AddAgain(device);
            return chance.pick(&[Step::Remove(device), again.clone(), again]);
        }
        if chance.percent(self.locks) {
            return self.lock(chance);
        }
        match chance.below(20) {
            0 if chance.percent(40) => {
                let class = chance.pick(&[
                    Class::Immediate,
                    Class::System,
                    Class::Bulk,
                    Class::Interactive,
                ]);
                Step::PressAs(self.tv(chance), self.what(chance), class)
            }
            0 if self.locks > 0 => Step::PressByManager(self.tv(chance), self.what(chance)),
            0..=7 => Step::Press(self.tv(chance), self.what(chance)),
            8 if chance.percent(30) => {
                let redo = chance.pick(&[Redo::Retry, Redo::Undo]);
                Step::Redo(redo, chance.below(3) as usize, 1 + chance.below(3) as u32)
            }
            8 if chance.percent(if self.is_bar { 50 } else { 25 }) => self.preset(chance),
            8 => self.bulk(chance),
            9 => {
                let later = 200 + chance.below(6_000);
                Step::Schedule(self.tv(chance), self.what(chance), later)
            }
            10..=14 => Step::Device(self.device(chance), fault(chance)),
            15 if chance.percent(30) => Step::Edit(self.device(chance)),
            15 => Step::Flush,
            _ => Step::Pass(pause(chance)),
        }
    }

    fn tv(&self, chance: &mut Chance) -> Tv {
        if self.is_bar {
            bar::any(chance)
        } else if chance.percent(75) {
            self.tv
        } else {
            any_tv(chance)
        }
    }

    fn device(&self, chance: &mut Chance) -> usize {
        if self.is_bar && chance.percent(50) {
            THE_BOX.device
        } else if chance.percent(80) {
            self.tv.device
        } else {
            any_tv(chance).device
        }
    }

    fn what(&mut self, chance: &mut Chance) -> String {
        match chance.pick(self.words) {
            "channel" => {
                self.channel += 1;
                format!("channel {}", self.channel)
            }
            "number" => format!("number {}", chance.below(10)),
            "input" => format!("input hdmi{}", chance.below(4)),
            "steps" => bar::steps(chance),
            plain => plain.to_owned(),
        }
    }
}

fn pause(chance: &mut Chance) -> u64 {
    match chance.below(4) {
        0 => 1 + chance.below(50),
        1 => chance.below(1_000),
        2 => chance.below(3_500),
        _ => chance.below(12_000),
    }
}

fn fault(chance: &mut Chance) -> Fault {
    match chance.below(12) {
        0..=2 => Fault::Leaves,
        3..=5 => Fault::Returns,
        6 => Fault::Hangs,
        7 | 8 => Fault::Wakes,
        9 => chance.pick(&[Fault::DropsReply, Fault::Reboots]),
        10 => chance.pick(&[Fault::Refuses, Fault::Stalls]),
        _ => Fault::Lags(1 + chance.below(2_000)),
    }
}

/// The shortest story that still fails, by leaving out what can be left out.
pub(crate) fn shorten(steps: Vec<Step>, fails: impl Fn(&[Step]) -> bool) -> Vec<Step> {
    let mut steps = steps;
    let mut size = steps.len() / 2;
    while size > 0 {
        let mut start = 0;
        while start < steps.len() {
            let mut shorter = steps.clone();
            shorter.drain(start..(start + size).min(steps.len()));
            if fails(&shorter) {
                steps = shorter;
            } else {
                start += size;
            }
        }
        size /= 2;
    }
    steps
}
