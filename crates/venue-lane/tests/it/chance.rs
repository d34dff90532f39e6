//! Random commands, faults and pauses: what must hold whatever happens.

use std::collections::HashMap;

use venue_domain::{Class, Delivery, NotSent, Outcome};

use crate::{
    fake::{PingReaction, Reaction, Sent},
    floor::{Floor, Handed, ms, pass, settle},
};

/// Small and repeatable; a failure names its seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        // splitmix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }

    fn pick<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len() as u64) as usize].clone()
    }
}

/// What one run did.
struct Story {
    handed: Vec<(String, u64, Handed)>,
    epoch: u64,
    /// Accepted in this order, each once: what is sent must keep it.
    digits: std::ops::Range<u8>,
    channels: std::vec::IntoIter<&'static str>,
}

impl Story {
    async fn step(&mut self, floor: &Floor, chance: &mut Chance) {
        match chance.below(10) {
            0..=4 => self.send(floor, chance).await,
            5 | 6 => pass(ms(chance.below(3_000))).await,
            7 => {
                let takes = Reaction::Takes(ms(chance.below(800)));
                let choices = [takes, Reaction::Refuses("no"), Reaction::Hangs, Reaction::Stalls];
                floor.device.will([chance.pick(&choices)]);
            }
            8 => {
                let choices = [PingReaction::Answers, PingReaction::Hangs, PingReaction::Fails];
                floor.device.will_ping([chance.pick(&choices)]);
            }
            _ => {
                floor.device.disconnect();
                pass(ms(chance.below(2_000))).await;
                self.epoch += 1;
                floor.device.connect(self.epoch);
                settle().await;
            }
        }
    }

    async fn send(&mut self, floor: &Floor, chance: &mut Chance) {
        let port = 1 + chance.below(2);
        let what = match chance.below(8) {
            0 => self.digits.next().map(|digit| format!("number {digit}@1")),
            1 => self.channels.next().map(|channel| format!("channel {channel}@2")),
            2 => Some("diagnostic_signal 1@0".to_owned()),
            _ => {
                let names = ["power", "power_on", "mute_on", "volume_up", "ok", "mute_off"];
                Some(format!("{}@{port}", chance.pick(&names)))
            }
        };
        let Some(what) = what else { return };
        let budget = 500 + chance.below(9_500);
        let class = chance.pick(&[Class::Interactive, Class::Bulk]);
        let class = if what.starts_with("diagnostic") { Class::Immediate } else { class };
        let handed = floor.hand(&floor.accept(&what, class), ms(budget)).await;
        self.handed.push((what, budget, handed));
    }
}

/// One run to its end: how often each command must have been sent, and what was.
async fn run(seed: u64) -> (HashMap<String, usize>, Vec<Sent>, Floor) {
    let floor = Floor::new();
    let mut chance = Chance(seed);
    let channels = vec!["5", "7", "9", "501"].into_iter();
    let mut story = Story { handed: Vec::new(), epoch: 1, digits: 0..10, channels };
    for _ in 0..60 {
        story.step(&floor, &mut chance).await;
    }
    let mut told: HashMap<String, usize> = HashMap::new();
    for (what, budget, handed) in story.handed {
        match handed.delivery().await {
            Delivery::Ended { outcome: Outcome::NotSent(reason), took } => {
                assert!(took <= ms(budget), "seed {seed}: {what} took {took:?}");
                assert_ne!(reason, NotSent::Stopping, "seed {seed}: {what}");
            }
            Delivery::Ended { took, .. } => {
                assert!(took <= ms(budget), "seed {seed}: {what} took {took:?}");
                *told.entry(what).or_default() += 1;
            }
            Delivery::Superseded { .. } => {}
        }
    }
    pass(ms(60_000)).await;
    (told, floor.device.sent(), floor)
}

/// The parameters of what was sent as `name` to `port`, in order.
fn parameters<'s>(sent: &'s [Sent], name: &str, port: &str) -> Vec<&'s str> {
    sent.iter().filter_map(|sent| sent.what.strip_suffix(port)?.strip_prefix(name)).collect()
}

#[tokio::test(start_paused = true)]
async fn whatever_happens_nothing_overtakes_or_follows_an_unconfirmed_command_and_answers_are_true()
{
    let absolute = ["channel", "power_on", "mute_on", "mute_off"];
    let (mut unknown, mut again) = (0, 0);
    for seed in 0..400 {
        let (told, sent, floor) = run(seed).await;
        for pair in sent.windows(2) {
            let [one, next] = pair else { continue };
            let end = one.end.unwrap();
            assert!(end <= next.start, "seed {seed}: {pair:?} overlap");
            let answered = floor.device.answered();
            let cleared =
                next.epoch > one.epoch || answered.iter().any(|at| (end..=next.start).contains(at));
            assert!(
                one.evidence || cleared,
                "seed {seed}: {pair:?} was sent while one was unconfirmed"
            );
            unknown += usize::from(!one.evidence);
        }
        let mut times: HashMap<&str, usize> = HashMap::new();
        for sent in &sent {
            *times.entry(&sent.what).or_default() += 1;
        }
        for (what, count) in &told {
            assert!(times.contains_key(what.as_str()), "seed {seed}: {what} x{count} was not sent");
        }
        for (what, times) in times {
            let told = told.get(what).copied().unwrap_or(0);
            let repeatable = absolute.iter().any(|name| what.starts_with(name));
            // Each of them once more, and again for each that was lost or refused on its way.
            let in_vain =
                sent.iter().filter(|one| one.what == what && (!one.evidence || one.refused));
            let most = if repeatable { 2 * told + in_vain.count() } else { told };
            assert!((told..=most).contains(&times), "seed {seed}: {what} x{times}, told {told}");
            again += times - told;
        }
        let digits = parameters(&sent, "number ", "@1");
        assert!(digits.is_sorted(), "seed {seed}: {digits:?}");
        let order = |channel: &&str| ["5", "7", "9", "501"].iter().position(|c| c == channel);
        // What the device refused is not what is sent once more behind it.
        let taken: Vec<Sent> = sent.iter().filter(|sent| !sent.refused).cloned().collect();
        let channels = parameters(&taken, "channel ", "@2");
        assert!(channels.is_sorted_by_key(order), "seed {seed}: {channels:?}");
    }
    assert!(unknown > 100 && again > 0, "the runs were too tame: {unknown}, {again}");
}
