//! What a receiver heard: bursts of timings, put together into presses.

use std::time::Duration;

use crate::{
    Candidate, Carrier, CodeError, MAX_TIMINGS, RawCode, candidate::candidates,
    tolerance::UNKNOWN_GAP,
};

/// Bursts that arrive within this time of each other belong to one press: a held key repeats every 45 to
/// 134 ms.
pub const PRESS_GAP: Duration = Duration::from_millis(150);

/// What one press of a key put on the air, as far as a receiver heard it.
///
/// Receivers send one event per burst and end it in a filler instead of the real silence; both signs occur
/// for a mark. Here marks and spaces are in turn, and what is behind the last mark is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recording {
    /// From a mark to a mark; a silence between two bursts is [`UNKNOWN_GAP`].
    durations: Vec<u32>,
}

impl Recording {
    /// The timings of one event, or of a whole array with its silences; `None` if there is no mark in it.
    ///
    /// Timings are microseconds. What has the sign of the first one is a mark. Zeros are left out, and what is
    /// beyond [`MAX_TIMINGS`] too.
    #[must_use]
    pub fn new(timings: &[i32]) -> Option<Self> {
        let mut durations: Vec<u32> = Vec::with_capacity(timings.len().min(MAX_TIMINGS));
        let mut last_sign = 0;
        for timing in timings.iter().copied().filter(|timing| *timing != 0) {
            let us = timing.unsigned_abs();
            let (is_same, is_full) = (timing.signum() == last_sign, durations.len() >= MAX_TIMINGS);
            match durations.last_mut().filter(|_| is_same) {
                // One short of what says that a silence is unknown.
                Some(last) => *last = last.saturating_add(us).min(UNKNOWN_GAP - 1),
                None if is_full => break,
                None => durations.push(us),
            }
            last_sign = timing.signum();
        }
        // The filler, or the silence that ends an array.
        if durations.len().is_multiple_of(2) {
            durations.pop();
        }
        (!durations.is_empty()).then_some(Self { durations })
    }

    /// Adds a burst that came after this one, in the same press.
    pub fn extend(&mut self, burst: &Self) {
        let fits = self.durations.len() + 1 + burst.durations.len() <= MAX_TIMINGS;
        if fits {
            self.durations.push(UNKNOWN_GAP);
            self.durations.extend(&burst.durations);
        }
    }

    /// What it may be, the best first; empty if it is no protocol that is known. `carrier` is what the
    /// receiver knows of it: receivers of ESPHome know nothing.
    #[must_use]
    pub fn decode(&self, carrier: Option<Carrier>) -> Vec<Candidate> {
        candidates(&self.durations, carrier)
    }

    /// The timings as a code, with 40 ms for each silence of unknown length.
    ///
    /// # Errors
    /// A [`CodeError`] if a silence or the whole is longer than a code may be.
    pub fn to_raw(&self, carrier: Carrier) -> Result<RawCode, CodeError> {
        let known = |duration: &u32| if *duration == UNKNOWN_GAP { 40_000 } else { *duration };
        RawCode::from_durations(carrier, self.durations.iter().map(known))
    }

    /// How many marks and spaces it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.durations.len()
    }

    /// Never: a recording has a mark.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.durations.is_empty()
    }
}

/// Puts bursts together into presses, by the time at which they arrive.
#[derive(Debug, Default)]
pub struct PressCollector {
    open: Option<(Duration, Recording)>,
}

impl PressCollector {
    /// Takes the timings of an event that arrived at `now` (since any fixed instant), and gives the press
    /// before it if that is over.
    pub fn push(&mut self, now: Duration, timings: &[i32]) -> Option<Recording> {
        let burst = Recording::new(timings)?;
        match &mut self.open {
            Some((last, press)) if now.saturating_sub(*last) <= PRESS_GAP => {
                press.extend(&burst);
                *last = now;
                None
            }
            _ => self.open.replace((now, burst)).map(|(_, press)| press),
        }
    }

    /// When the press that is open is over if nothing more arrives.
    #[must_use]
    pub fn deadline(&self) -> Option<Duration> {
        self.open.as_ref().map(|(last, _)| last.saturating_add(PRESS_GAP))
    }

    /// The press that is open, over or not.
    pub fn take(&mut self) -> Option<Recording> {
        self.open.take().map(|(_, press)| press)
    }
}

/// What these timings may be, the best first; empty if they are no protocol that is known.
///
/// `timings` are the values of one received event, or a whole array with its silences ([`Recording::new`]);
/// marks and spaces may be off by a quarter, and by 150 us at least. `carrier` is the measured carrier,
/// if there is one.
///
/// One signal can be several protocols: a single NEC frame is the same for NEC1, NEC2 and Pioneer, which
/// differ in how they repeat and in the carrier. A repeat frame alone, and JVC without its header, is none:
/// ask for another press.
#[must_use]
pub fn decode(timings: &[i32], carrier: Option<Carrier>) -> Vec<Candidate> {
    Recording::new(timings).map(|recording| recording.decode(carrier)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recording(durations: &[u32]) -> Option<Recording> {
        Some(Recording { durations: durations.to_vec() })
    }

    #[test]
    fn a_recording_begins_and_ends_with_a_mark_whatever_the_signs() {
        let expected = recording(&[900, 450, 560]);
        assert_eq!(Recording::new(&[900, -450, 560, -10_000]), expected);
        assert_eq!(Recording::new(&[-900, 450, -560, 10_000]), expected);
        assert_eq!(Recording::new(&[400, 500, -450, 0, 560]), expected);
        assert_eq!(Recording::new(&[0, 0]), None);
        assert_eq!(Recording::new(&[]), None);
        assert_eq!(Recording::new(&[i32::MIN]), recording(&[1 << 31]));
        assert_eq!(Recording::new(&[i32::MIN, -1, i32::MIN]), recording(&[u32::MAX - 1]));
        let long = [1, -1].repeat(2_000);
        assert_eq!(Recording::new(&long).unwrap().len(), MAX_TIMINGS - 1);
    }

    #[test]
    fn bursts_within_150_ms_are_one_press() {
        let ms = Duration::from_millis;
        let mut collector = PressCollector::default();
        assert_eq!(collector.deadline(), None);
        assert_eq!(collector.push(ms(1_000), &[900, -450, 560, -10_000]), None);
        assert_eq!(collector.push(ms(1_150), &[900, -10_000]), None);
        // Nothing but noise: no burst.
        assert_eq!(collector.push(ms(1_200), &[]), None);
        assert_eq!(collector.deadline(), Some(ms(1_300)));
        let first = collector.push(ms(1_301), &[70]);
        assert_eq!(first, recording(&[900, 450, 560, UNKNOWN_GAP, 900]));
        assert_eq!(collector.take(), recording(&[70]));
        assert_eq!(collector.take(), None);
    }

    #[test]
    fn a_silence_of_unknown_length_is_40_ms_of_a_raw_code() {
        let mut press = Recording::new(&[900, -450, 560]).unwrap();
        press.extend(&Recording::new(&[900]).unwrap());
        let raw = press.to_raw(Carrier::from_hz(38_000).unwrap()).unwrap();
        assert_eq!(raw.timings(), [900, -450, 560, -40_000, 900]);
        let silence = Recording::new(&[900, -600_000, 900]).unwrap();
        assert_eq!(
            silence.to_raw(Carrier::UNMODULATED).unwrap_err(),
            CodeError::Timing { position: 2, value: -600_000 }
        );
    }
}
