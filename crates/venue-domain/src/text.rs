//! Errors as people read them.

use std::error::Error;

/// An error and its causes in one line, the outermost first, without what was said already.
///
/// For whatever a person reads: an answer, a table, an alert. `snafu::Report` has a line for each cause.
#[must_use]
pub fn one_line(error: &dyn Error) -> String {
    let mut text = plain(&error.to_string());
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = plain(&error.to_string());
        if !text.contains(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        cause = error.source();
    }
    text
}

/// Without line breaks and other control characters.
fn plain(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use std::fmt;

    use super::*;

    #[derive(Debug)]
    struct Link(&'static str, Option<Box<Self>>);

    impl fmt::Display for Link {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }
    }

    impl Error for Link {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            self.1.as_deref().map(|link| link as _)
        }
    }

    #[test]
    fn causes_follow_in_the_same_line_and_nothing_is_said_twice() {
        let cause = Link("no\nsuch\tzone", None);
        let middle = Link("the zone is wrong: no such zone", Some(Box::new(cause)));
        let error = Link("cannot use it", Some(Box::new(middle)));
        assert_eq!(one_line(&error), "cannot use it: the zone is wrong: no such zone");
        assert_eq!(one_line(&Link("a\u{1b}b", None)), "a b");
    }
}
