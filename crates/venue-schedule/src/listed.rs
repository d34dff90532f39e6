//! Long lists in a sentence.

/// So many are named, and how many more there are.
const SHOWN: usize = 4;

/// `a, b, c, d and 3 more`: the first few of a list that may be long.
#[must_use]
pub fn listed<T: ToString>(all: impl ExactSizeIterator<Item = T>) -> String {
    let more = all.len().saturating_sub(SHOWN);
    let first: Vec<String> = all.take(SHOWN).map(|one| one.to_string()).collect();
    let first = first.join(", ");
    if more == 0 { first } else { format!("{first} and {more} more") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_list_says_how_many_it_does_not_name() {
        assert_eq!(listed([1, 2, 3, 4].iter()), "1, 2, 3, 4");
        assert_eq!(listed([1, 2, 3, 4, 5, 6].iter()), "1, 2, 3, 4 and 2 more");
    }
}
