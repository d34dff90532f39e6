//! Frames for these tests, written out from the protocols' published timings. They are a second
//! opinion beside the encoders of the product, and share nothing with them.

/// What a pulse distance protocol is made of, in microseconds: mark and space of its header and of
/// its bits, the mark at its end, and from the start of a frame to that of the next one.
pub(super) struct Distance {
    pub(super) header: [i32; 2],
    pub(super) zero: [i32; 2],
    pub(super) one: [i32; 2],
    pub(super) stop: i32,
    pub(super) period: i32,
}

pub(super) const NEC: Distance = Distance {
    header: [9_000, -4_500],
    zero: [564, -564],
    one: [564, -1_692],
    stop: 564,
    period: 108_000,
};

pub(super) const SAMSUNG: Distance = Distance {
    header: [4_500, -4_500],
    zero: [560, -560],
    one: [560, -1_680],
    stop: 560,
    period: 108_000,
};

pub(super) const PANASONIC: Distance = Distance {
    header: [3_456, -1_728],
    zero: [432, -432],
    one: [432, -1_296],
    stop: 432,
    period: 133_920,
};

pub(super) const JVC: Distance = Distance {
    header: [8_432, -4_216],
    zero: [527, -527],
    one: [527, -1_581],
    stop: 527,
    period: 59_080,
};

/// The 28 bits of LG's appliances; its TVs speak NEC.
pub(super) const LG: Distance = Distance {
    header: [8_500, -4_250],
    zero: [550, -550],
    one: [550, -1_600],
    stop: 550,
    period: 108_000,
};

impl Distance {
    /// A frame whose bits are the lowest `count` of `word`, the highest of them first.
    pub(super) fn frame(&self, word: u64, count: u32) -> Vec<i32> {
        let mut timings = self.header.to_vec();
        timings.extend(self.bits(word, count));
        timings.push(self.stop);
        filled(timings, self.period)
    }

    pub(super) fn bits(&self, word: u64, count: u32) -> Vec<i32> {
        let bit = |at: u32| if word >> at & 1 == 1 { self.one } else { self.zero };
        (0..count).rev().flat_map(bit).collect()
    }
}

/// NEC for a key that is held for a moment: the frame, and one ditto.
pub(super) fn nec_held(word: u64) -> Vec<i32> {
    let mut timings = NEC.frame(word, 32);
    timings.extend(filled(vec![9_000, -2_250, 564], NEC.period));
    timings
}

/// Samsung's 36 bits: a longer space after the first 16.
pub(super) fn samsung36(first: u64, second: u64) -> Vec<i32> {
    let mut timings = SAMSUNG.header.to_vec();
    timings.extend(SAMSUNG.bits(first, 16));
    timings.extend([560, -5_040]);
    timings.extend(SAMSUNG.bits(second, 20));
    timings.push(SAMSUNG.stop);
    filled(timings, SAMSUNG.period)
}

/// Sony's frames are told apart by their marks; each is sent three times, or it is ignored.
pub(super) fn sony(word: u64, count: u32) -> Vec<i32> {
    let mut timings = vec![2_400, -600];
    for at in (0..count).rev() {
        timings.extend([if word >> at & 1 == 1 { 1_200 } else { 600 }, -600]);
    }
    timings.pop();
    filled(timings, 45_000).repeat(3)
}

/// RC5, address 0, command 12.
pub(super) fn rc5(toggle: bool) -> Vec<i32> {
    let head: &[i32] = if toggle {
        &[889, -889, 889, -889, 1_778, -889]
    } else {
        &[889, -889, 1_778, -889, 889, -889]
    };
    let mut timings = head.to_vec();
    timings.extend([889, -889].repeat(5));
    timings.extend([889, -1_778, 889, -889, 1_778, -889, 889]);
    filled(timings, 113_778)
}

/// RC6, mode 0, address 0, command 12.
pub(super) fn rc6(toggle: bool) -> Vec<i32> {
    let mut timings = vec![2_664, -888, 444, -888, 444, -444, 444, -444];
    if toggle {
        timings.extend([1_332, -1_332, 444]);
        timings.extend([-444, 444].repeat(10));
    } else {
        timings.extend([444, -888, 888]);
        timings.extend([-444, 444].repeat(11));
    }
    timings.extend([-444, 888, -444, 444, -888, 444, -444, 444]);
    filled(timings, 107_000)
}

/// With the space that fills `period`.
fn filled(mut timings: Vec<i32>, period: i32) -> Vec<i32> {
    let so_far: i32 = timings.iter().map(|timing| timing.abs()).sum();
    timings.push(so_far - period);
    timings
}
