//! The wishes of a round, no two of them the same: so each frame tells which wish it was for.

use fastrand::Rng;

use crate::wish::{Group, NUMBERED, PLAIN, Tv, Wish, group};

/// From this port on, the TVs of a board are never switched on or off: what they show at the end is
/// what they were told.
pub(crate) const ALWAYS_ON: u8 = 4;

#[derive(Debug)]
pub(crate) struct Deck {
    tvs: Vec<Tv>,
    once: Vec<Wish>,
    /// The TV of which the most is wished at present.
    hot: Tv,
    serial: u32,
}

impl Deck {
    /// The wishes of round `round` for `tvs`.
    pub(crate) fn new(tvs: Vec<Tv>, round: u64, rng: &mut Rng) -> Self {
        let mut once = Vec::new();
        for tv in &tvs {
            let wish = |action: &str, parameter| Wish {
                tv: tv.clone(),
                action: action.to_owned(),
                parameter,
            };
            let fits = |action: &str| tv.port < ALWAYS_ON || group(action) != Group::Power;
            once.extend(PLAIN.iter().filter(|name| fits(name)).map(|name| wish(name, None)));
            once.extend((0..=9).map(|digit| wish("number", Some(digit.to_string()))));
        }
        rng.shuffle(&mut once);
        let hot = rng.choice(&tvs).unwrap().clone();
        let serial = 10_000 + u32::try_from(round % 60).unwrap() * 1_500;
        Self { tvs, once, hot, serial }
    }

    /// Another TV becomes the one that everybody wants something of.
    pub(crate) fn heat_another(&mut self, rng: &mut Rng) {
        self.hot = rng.choice(&self.tvs).unwrap().clone();
    }

    pub(crate) fn any_tv(&self, rng: &mut Rng) -> Tv {
        rng.choice(&self.tvs).unwrap().clone()
    }

    pub(crate) fn next(&mut self, rng: &mut Rng) -> Wish {
        let choice = rng.u8(..10);
        let once = match choice {
            0..=2 => self.once.iter().rposition(|wish| wish.tv == self.hot),
            3..=5 => self.once.len().checked_sub(1),
            _ => None,
        };
        if let Some(index) = once {
            return self.once.remove(index);
        }
        let tv = if choice < 8 { self.hot.clone() } else { rng.choice(&self.tvs).unwrap().clone() };
        self.numbered(vec![tv], rng).remove(0)
    }

    /// The same action for several TVs.
    pub(crate) fn next_for_many(&mut self, rng: &mut Rng) -> Vec<Wish> {
        let count = rng.usize(2..=MANY);
        if rng.bool()
            && let Some(first) = self.once.last().cloned()
        {
            let fits =
                |wish: &Wish| (&wish.action, &wish.parameter) == (&first.action, &first.parameter);
            let mut taken = Vec::new();
            self.once.retain(|wish| {
                let take = fits(wish) && taken.len() < count;
                if take {
                    taken.push(wish.clone());
                }
                !take
            });
            return taken;
        }
        let mut tvs = self.tvs.clone();
        rng.shuffle(&mut tvs);
        tvs.truncate(count);
        self.numbered(tvs, rng)
    }

    fn numbered(&mut self, tvs: Vec<Tv>, rng: &mut Rng) -> Vec<Wish> {
        self.serial += 1;
        let action = if rng.u8(..4) == 0 { NUMBERED[1] } else { NUMBERED[0] };
        let serial = self.serial;
        let wish = |tv| Wish { tv, action: action.to_owned(), parameter: Some(serial.to_string()) };
        tvs.into_iter().map(wish).collect()
    }
}

/// So many TVs one request is for at most.
const MANY: usize = 10;
