//! Texts for people: not empty, not endless, nothing that a terminal would obey; names that there are not; and keys.

/// The longest name, in characters.
const NAME: usize = 80;

/// The longest note, in characters.
const NOTE: usize = 1_000;

/// What is wrong with a name, if something is.
pub(crate) fn name(text: &str) -> Option<String> {
    check(text, NAME)
}

/// What is wrong with a longer text, if something is.
pub(crate) fn note(text: &str) -> Option<String> {
    check(text, NOTE)
}

/// Whether `text` is 32 bytes in base64.
pub(crate) fn is_key(text: &str) -> bool {
    let digits = text.strip_suffix('=').unwrap_or_default();
    let is_digit = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    digits.len() == 43 && digits.bytes().all(is_digit)
}

fn check(text: &str, most: usize) -> Option<String> {
    let count = text.chars().count();
    if text.trim().is_empty() {
        return Some("is empty: leave it out, or give a text".to_owned());
    }
    if count > most {
        return Some(format!("has {count} characters: at most {most}"));
    }
    let control = text.chars().any(|c| c.is_control() && !(most == NOTE && c == '\n'));
    control.then(|| "has control characters: give plain text".to_owned())
}

/// Names what is missing, and the first few that there are.
pub(crate) fn unknown<T: ToString>(
    what: &str,
    wanted: &str,
    known: impl Iterator<Item = T>,
) -> String {
    let mut names: Vec<String> = known.take(6).map(|name| name.to_string()).collect();
    if names.is_empty() {
        return format!("there is no {what} {wanted}, nor any other");
    }
    if names.len() == 6 {
        names[5] = "...".to_owned();
    }
    format!("there is no {what} {wanted}: there are {}", names.join(", "))
}

/// The one of `known` that `wanted` was probably meant to be: a slip or two away.
pub(crate) fn closest<'k>(wanted: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    // In a short word two slips make another word.
    let most = if wanted.chars().count() < 5 { 1 } else { 2 };
    let near = known.map(|name| (slips(wanted, name), name)).filter(|(slips, _)| *slips <= most);
    near.min().map(|(_, name)| name)
}

/// How many characters have to be put in, left out, changed or swapped with their neighbour, but for upper and lower
/// case.
fn slips(one: &str, other: &str) -> usize {
    let [one, other] = [one, other].map(|text| text.to_lowercase().chars().collect::<Vec<char>>());
    let mut rows = vec![(0..=other.len()).collect::<Vec<usize>>()];
    for (place, from) in one.iter().enumerate() {
        let (before, earlier) = (&rows[place], place.checked_sub(1).map(|at| &rows[at]));
        let mut row = vec![place + 1];
        for (at, to) in other.iter().enumerate() {
            let changed = before[at] + usize::from(from != to);
            let mut least = changed.min(before[at + 1] + 1).min(row[at] + 1);
            let is_swapped = at > 0 && place > 0 && other[at - 1] == *from && one[place - 1] == *to;
            if let Some(earlier) = earlier.filter(|_| is_swapped) {
                least = least.min(earlier[at - 1] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows.last().and_then(|row| row.last()).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_plain_and_short() {
        assert_eq!(name("Bar, left of the door"), None);
        assert_eq!(name("Théâtre 📺"), None);
        for text in ["", "  ", "a\nb", "\u{1b}[31m", &"x".repeat(81)] {
            assert!(name(text).is_some(), "{text:?}");
        }
        assert_eq!(note("two\nlines"), None);
        assert!(note("\u{7}").is_some());
    }

    #[test]
    fn a_slip_or_two_are_guessed_and_another_word_is_not() {
        let known = ["satellite", "cable", "air"];
        let guessed = |wanted| closest(wanted, known.into_iter());
        for (wanted, meant) in [
            ("satelite", "satellite"),
            ("Satellite", "satellite"),
            ("calbe", "cable"),
            ("ar", "air"),
        ] {
            assert_eq!(guessed(wanted), Some(meant), "{wanted}");
        }
        for wanted in ["", "x", "fibre", "cabinet", "sat"] {
            assert_eq!(guessed(wanted), None, "{wanted}");
        }
    }
}
