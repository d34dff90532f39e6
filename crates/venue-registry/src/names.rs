//! Texts for people: not empty, not endless, nothing that a terminal would obey; and names that there are not.

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
}
