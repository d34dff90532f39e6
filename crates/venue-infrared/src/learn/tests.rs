mod protocols;

use super::*;
use crate::RawCode;

/// The idle time with which the firmware of these tests ends an event.
const IDLE_US: i32 = 10_000;

/// Tells a learner about presses as firmware does, with a noise that is the same in each run.
struct Eye {
    learner: Learner,
    now: Duration,
    noise: u32,
    is_inverted: bool,
}

impl Eye {
    fn new(receiver_frequency: u32) -> Self {
        let learner = Learner::new(receiver_frequency);
        Self { learner, now: Duration::from_millis(500), noise: 1, is_inverted: false }
    }

    fn wait(&mut self, ms: u64) {
        self.now += Duration::from_millis(ms);
    }

    /// Up to 60 us longer marks and shorter spaces, as demodulators make them, and 20 us of jitter.
    fn heard_as(&mut self, timing: i32) -> i32 {
        self.noise = self.noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let jitter = i32::try_from(self.noise >> 16).unwrap() % 40 - 20;
        timing + 40 + jitter
    }

    /// What `timings` become, split at spaces that are longer than the idle time.
    fn bursts(timings: &[i32]) -> Vec<(u64, Vec<i32>)> {
        let mut bursts = vec![(0, Vec::new())];
        for timing in timings {
            let last = bursts.last_mut().unwrap();
            if *timing <= -IDLE_US {
                bursts.push((u64::from(timing.unsigned_abs()), Vec::new()));
            } else {
                last.1.push(*timing);
            }
        }
        bursts.retain(|(_, burst)| !burst.is_empty());
        bursts
    }

    /// One press; then half a second of nothing.
    fn press(&mut self, timings: &[i32]) -> Option<Progress> {
        let mut told = None;
        for (gap_us, burst) in Self::bursts(timings) {
            let air_us: u64 = burst.iter().map(|timing| u64::from(timing.unsigned_abs())).sum();
            self.now += Duration::from_micros(gap_us + air_us);
            let mut event: Vec<i32> = burst.iter().map(|timing| self.heard_as(*timing)).collect();
            event.push(-IDLE_US);
            if self.is_inverted {
                event.iter_mut().for_each(|timing| *timing = -*timing);
            }
            let progress = self.learner.heard(self.now, &event);
            assert_eq!(progress, None, "nothing is said before the press is over");
        }
        if let Some(press) = &self.learner.open {
            assert!(self.learner.due() > Some(press.over_at()));
            self.now = self.learner.due().unwrap();
            told = self.learner.tick(self.now);
        }
        self.wait(400);
        told
    }

    fn learns(&mut self, presses: [&[i32]; 3]) -> LearnedKey {
        let [first, second, third] = presses;
        for (number, timings) in [(1, first), (2, second)] {
            match self.press(timings) {
                Some(Progress::Press { number: told, .. }) => assert_eq!(told, number),
                other => panic!("{other:?} at press {number}"),
            }
        }
        match self.press(third) {
            Some(Progress::Learned(key)) => *key,
            other => panic!("{other:?} at press 3"),
        }
    }
}

/// A protocol that nobody has: a header, bits by the length of the space, a stop mark.
fn unknown(bits: u16) -> Vec<i32> {
    let mut timings = vec![6_200, -3_100];
    for bit in 0..16 {
        timings.extend([700, if bits >> bit & 1 == 1 { -2_300 } else { -1_000 }]);
    }
    timings.push(700);
    timings
}

/// The same with a pause and again, so often.
fn repeated(frame: &[i32], count: usize, gap_us: i32) -> Vec<i32> {
    [frame, &[-gap_us]].concat().repeat(count)
}

/// Bits as changes of level, each half of 600 us: the second one flips from press to press.
fn unknown_manchester(toggle: bool, bits: u16) -> Vec<i32> {
    let mut halves = vec![true, true, true, false];
    for bit in [true, toggle].into_iter().chain((0..12).map(|at| bits >> at & 1 == 1)) {
        halves.extend([bit, !bit]);
    }
    let mut timings: Vec<i32> = Vec::new();
    for level in halves {
        let timing: i32 = if level { 600 } else { -600 };
        match timings.last_mut() {
            Some(last) if last.signum() == timing.signum() => *last += timing,
            _ => timings.push(timing),
        }
    }
    timings.pop_if(|last| *last < 0);
    timings
}

const DITTO: [i32; 3] = [9_000, -2_250, 564];

/// How far `one` is from `other` at most, in microseconds.
fn distance(one: &RawCode, other: &[i32]) -> u32 {
    assert_eq!(one.timings().len(), other.len());
    let pairs = one.timings().iter().zip(other);
    pairs.map(|(one, other)| one.abs_diff(*other)).max().unwrap()
}

#[test]
fn three_presses_that_agree_are_a_key_whose_timings_are_their_mean() {
    let mut eye = Eye::new(36_000);
    let frame = unknown(0x5A17);
    let key = eye.learns([&frame, &frame, &frame]);
    assert_eq!((key.decoded, key.toggled.clone(), key.sends), (None, None, 1));
    assert_eq!((key.raw.carrier().hz(), key.carrier_from), (36_000, CarrierSource::Receiver));
    assert!(distance(&key.raw, &frame) <= 60, "{:?}", key.raw);
    let lengths: std::collections::BTreeSet<i32> = key.raw.timings().iter().copied().collect();
    assert_eq!(lengths.len(), 5, "two of the header, a mark, two spaces: {lengths:?}");
    assert_eq!(key.code(), Code::Raw(key.raw.clone()));
    assert_eq!(eye.learner.due(), None);
    assert_eq!(eye.learner.tick(LEARN_TIME), None, "it ends once");
    assert_eq!(eye.press(&frame), None);
}

#[test]
fn a_carrier_that_nobody_says_is_assumed() {
    let frame = unknown(1);
    let key = Eye::new(0).learns([&frame, &frame, &frame]);
    assert_eq!((key.raw.carrier().hz(), key.carrier_from), (38_000, CarrierSource::Assumed));
}

#[test]
fn an_inverted_receiver_is_understood() {
    let frame = unknown(0xBEEF);
    let mut eye = Eye::new(38_000);
    eye.is_inverted = true;
    let key = eye.learns([&frame, &frame, &frame]);
    assert!(key.raw.timings()[0] > 6_000, "a mark first");
    assert_eq!(key.raw.timings().len(), frame.len(), "without the filler");
}

#[test]
fn frames_in_every_press_are_the_hint_how_often_to_send_it() {
    let frame = unknown(0x1234);
    let [two, three] = [2, 3].map(|count| repeated(&frame, count, 40_000));
    let key = Eye::new(0).learns([&three, &two, &three]);
    assert_eq!(key.sends, 2);
    assert_eq!(key.raw.timings().len(), frame.len(), "one frame is kept");
}

#[test]
fn a_key_of_two_frames_keeps_both_and_the_pause_between_them() {
    let pair = [unknown(0x1234), vec![-30_000], unknown(0x4321)].concat();
    let key = Eye::new(0).learns([&repeated(&pair, 2, 50_000), &pair, &pair]);
    assert_eq!(key.raw.timings().len(), pair.len());
    let pause = key.raw.timings()[unknown(0).len()];
    assert!((-31_500..=-28_500).contains(&pause), "{pause}");
    assert_eq!(key.sends, 1);
}

#[test]
fn another_key_is_said_and_does_not_end_it() {
    let (key, other) = (unknown(7), unknown(8));
    let mut eye = Eye::new(0);
    assert_eq!(eye.press(&key), Some(Progress::Press { number: 1, decoded: None }));
    let differs = eye.press(&other).unwrap();
    assert_eq!(differs, Progress::Differs { decoded: None });
    assert_eq!(differs.to_string(), "this press differs from the first: press the same key again");
    assert_eq!(eye.press(&key).unwrap().to_string(), "press 2 of 3");
    let Some(Progress::Learned(learned)) = eye.press(&key) else { panic!("not learned") };
    assert!(distance(&learned.raw, &key) <= 60);
}

#[test]
fn a_first_press_of_somebody_else_is_outvoted() {
    let mut eye = Eye::new(0);
    for stranger in 100..110 {
        assert!(eye.press(&unknown(stranger)).is_some());
    }
    let frame = unknown(7);
    assert_eq!(eye.press(&frame), Some(Progress::Differs { decoded: None }));
    assert_eq!(eye.press(&frame), Some(Progress::Press { number: 2, decoded: None }));
    assert!(matches!(eye.press(&frame), Some(Progress::Learned(_))));
}

#[test]
fn a_lone_repeat_asks_for_another_press_and_noise_says_nothing() {
    let mut eye = Eye::new(0);
    let told = eye.press(&repeated(&DITTO, 3, 96_000));
    assert_eq!(told, Some(Progress::RepeatsOnly));
    let jvc = [[527, -527, 527, -1_581].repeat(8), vec![527]].concat();
    assert_eq!(eye.press(&jvc), Some(Progress::RepeatsOnly));
    assert_eq!(eye.press(&[400]), None);
    let frame = unknown(7);
    let held = [frame.clone(), vec![-40_000], repeated(&DITTO, 2, 96_000)].concat();
    let key = eye.learns([&held, &frame, &held]);
    assert_eq!((key.raw.timings().len(), key.sends), (frame.len(), 1), "without its repeats");
}

#[test]
fn one_bit_that_flips_from_press_to_press_is_a_toggle_and_both_variants_are_kept() {
    let [off, on] = [false, true].map(|toggle| unknown_manchester(toggle, 0x2B5));
    let key = Eye::new(0).learns([&off, &on, &off]);
    assert!(distance(&key.raw, &off) <= 60);
    assert!(distance(&key.toggled.unwrap(), &on) <= 60);
    let other_key = unknown_manchester(true, 0x2B4);
    let mut eye = Eye::new(0);
    assert!(eye.press(&off).is_some());
    assert_eq!(eye.press(&other_key), Some(Progress::Differs { decoded: None }), "two bits differ");
}

#[test]
fn what_a_board_of_ours_sends_is_left_out_even_if_it_is_told_late() {
    let frame = unknown(7);
    let mut eye = Eye::new(0);
    eye.learner.sent(eye.now, Duration::from_millis(60));
    assert_eq!(eye.press(&frame), None);
    let began = eye.now;
    let heard = began + Duration::from_millis(80);
    let event = [&frame[..], &[-IDLE_US]].concat();
    assert_eq!(eye.learner.heard(heard, &event), None);
    eye.learner.sent(began, Duration::from_millis(60));
    assert_eq!(eye.learner.due(), Some(LEARN_TIME), "no press is open");
    eye.wait(500);
    let own_is_over = eye.press(&frame);
    assert_eq!(own_is_over, Some(Progress::Press { number: 1, decoded: None }));
}

#[test]
fn it_ends_after_20_s_and_says_why() {
    let silent = Learner::new(0).tick(LEARN_TIME).unwrap();
    assert!(silent.is_end());
    assert!(silent.to_string().starts_with("nothing was heard in 20 s"), "{silent}");
    let mut eye = Eye::new(0);
    assert!(eye.press(&unknown(7)).is_some());
    assert!(eye.press(&unknown(7)).is_some());
    assert_eq!(eye.learner.tick(LEARN_TIME - Duration::from_millis(1)), None);
    let over = eye.learner.tick(LEARN_TIME).unwrap();
    assert_eq!(over.to_string(), "only 2 of 3 presses agreed in 20 s: begin again");
    assert_eq!(eye.learner.tick(LEARN_TIME), None);
    assert_eq!(eye.learner.heard(LEARN_TIME, &unknown(7)), None);
}

#[test]
fn events_without_end_are_bounded() {
    let mut eye = Eye::new(0);
    let event = [&unknown(7)[..], &[-IDLE_US]].concat();
    for _ in 0..10_000 {
        eye.wait(1);
        assert_eq!(eye.learner.heard(eye.now, &event), None, "one press that never ends");
        eye.learner.sent(Duration::ZERO, Duration::ZERO);
    }
    let Some(Progress::Press { number: 1, .. }) = eye.learner.tick(eye.learner.due().unwrap())
    else {
        panic!("one press")
    };
    assert!(eye.learner.own.len() <= MAX_OWN);
}

#[test]
fn a_signal_that_cannot_be_sent_is_said() {
    let long: Vec<i32> = [&[8_000, -8_000].repeat(150)[..], &[8_000]].concat();
    let mut eye = Eye::new(0);
    for number in 1..=2 {
        assert_eq!(eye.press(&long), Some(Progress::Press { number, decoded: None }));
    }
    assert_eq!(eye.press(&long), Some(Progress::TooLong));
    let next = eye.press(&unknown(7));
    assert_eq!(next, Some(Progress::Press { number: 1, decoded: None }));
}
