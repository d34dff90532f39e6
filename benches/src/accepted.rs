//! Counts that are accepted: they do not depend on how fast a machine is, so that each run can compare them.

use crate::harness::note;

/// The figures of the file `benches/counts`: a name, `=`, and what is accepted.
const ACCEPTED: &str = include_str!("../counts");

/// Compares what was found with what is accepted.
///
/// # Panics
/// If something has grown by more than a tenth: whoever makes it larger on purpose changes `benches/counts` in the same
/// commit, and says why.
pub fn compare(found: &[(&str, f64)]) {
    let grown: Vec<String> = found.iter().filter_map(|(name, found)| grown(name, *found)).collect();
    assert!(grown.is_empty(), "{} (benches/counts)", grown.join("; "));
}

fn grown(name: &str, found: f64) -> Option<String> {
    let accepted = accepted(name).unwrap_or_else(|| panic!("{name} is not in benches/counts"));
    note(format!("{name}: {found:.1}, accepted {accepted:.1}"));
    (found > accepted * 1.1).then(|| format!("{name}: {found:.1} in place of {accepted:.1}"))
}

fn accepted(name: &str) -> Option<f64> {
    let lines = ACCEPTED.lines().filter(|line| !line.starts_with('#'));
    let mut figures = lines.filter_map(|line| line.split_once(" = "));
    figures.find(|(known, _)| *known == name).and_then(|(_, figure)| figure.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_grew_by_more_than_a_tenth_is_told_and_nothing_else() {
        let name = "allocations of a direct command";
        let accepted = accepted(name).unwrap();
        assert_eq!(grown(name, accepted * 1.09), None);
        assert_eq!(grown(name, accepted * 0.5), None);
        assert!(grown(name, accepted * 1.11).unwrap().starts_with(name));
    }
}
