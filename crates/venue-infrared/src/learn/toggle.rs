//! Whether two frames of an unknown protocol differ in the bit that flips from press to press.

use std::ops::Range;

/// How far a duration may be from a whole number of halves of a bit, in parts of a half.
const LARGEST_REST: f64 = 0.35;

/// The most halves of bits of a frame: 64 bits.
const MAX_HALVES: usize = 128;

/// Whether two frames that code bits as changes of level (Manchester, as RC5 and RC6 do) differ in exactly
/// one bit. That bit may be wider than the others.
///
/// Nothing is said of frames that code bits as lengths: there, one bit that differs is another key as likely
/// as a toggle.
pub(super) fn differ_in_one_bit(one: &[i32], other: &[i32]) -> bool {
    let shortest = |timings: &[i32]| timings.iter().map(|timing| timing.unsigned_abs()).min();
    let (Some(a), Some(b)) = (shortest(one), shortest(other)) else { return false };
    let half = f64::from(a + b) / 2.0;
    let (Some(mut one), Some(mut other)) = (halves(one, half), halves(other, half)) else {
        return false;
    };
    // A space at the end is not heard.
    let length = one.len().max(other.len());
    if length - one.len().min(other.len()) > 2 {
        return false;
    }
    one.resize(length, false);
    other.resize(length, false);
    let differing: Vec<usize> =
        one.iter().zip(&other).enumerate().filter(|(_, (a, b))| a != b).map(|(at, _)| at).collect();
    match differing[..] {
        [first, second] => is_flipped_bit(&one, first..second + 1, 1),
        [first, _, _, last] => is_flipped_bit(&one, first..last + 1, 2),
        _ => false,
    }
}

/// Whether the halves in `range` are one bit, each half of it so wide.
fn is_flipped_bit(halves: &[bool], range: Range<usize>, width: usize) -> bool {
    let Some(bit) = halves.get(range) else { return false };
    let is_level = |half: &[bool]| half.windows(2).all(|pair| matches!(pair, [a, b] if a == b));
    let (first, second) = bit.split_at(width.min(bit.len()));
    bit.len() == 2 * width && is_level(first) && is_level(second) && first.first() != second.first()
}

/// The levels of a frame, each for half a bit; `None` if a duration does not fit.
fn halves(timings: &[i32], half: f64) -> Option<Vec<bool>> {
    let mut levels = Vec::new();
    for timing in timings {
        let count = f64::from(timing.unsigned_abs()) / half;
        let whole = count.round();
        let fits = (count - whole).abs() <= LARGEST_REST && whole >= 1.0;
        // Whole and not negative.
        let whole = whole as usize;
        if !fits || levels.len() + whole > MAX_HALVES {
            return None;
        }
        levels.extend(std::iter::repeat_n(*timing > 0, whole));
    }
    Some(levels)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RC5_0: [i32; 10] = [889, -889, 1_778, -889, 889, -889, 889, -889, 889, -1_778];
    const RC5_1: [i32; 10] = [889, -889, 889, -889, 1_778, -889, 889, -889, 889, -1_778];

    #[test]
    fn a_flipped_bit_is_found_whatever_its_width() {
        assert!(differ_in_one_bit(&RC5_0, &RC5_1));
        let jittered = RC5_1.map(|timing| if timing > 0 { timing + 90 } else { timing + 80 });
        assert!(differ_in_one_bit(&RC5_0, &jittered));
        let rc6_0 = [2_664, -888, 444, -888, 444, -444, 444, -444, 444, -888, 888, -444, 444];
        let rc6_1 = [2_664, -888, 444, -888, 444, -444, 444, -444, 1_332, -1_332, 444];
        assert!(differ_in_one_bit(&rc6_0, &rc6_1));
    }

    #[test]
    fn other_differences_are_another_key() {
        assert!(!differ_in_one_bit(&RC5_0, &RC5_0));
        let two_bits = [889, -889, 889, -889, 1_778, -1_778, 1_778, -889, 889, -1_778];
        assert!(!differ_in_one_bit(&RC5_0, &two_bits));
        let nec = |space: i32| [9_000, -4_500, 564, -564, 564, space, 564, -564, 564];
        assert!(!differ_in_one_bit(&nec(-564), &nec(-1_692)));
        assert!(!differ_in_one_bit(&[], &RC5_0));
        assert!(!differ_in_one_bit(&[1], &[500_000, -1]));
    }
}
