//! Texts with one code in a line: `NAME: CODE`, `NAME = CODE`, `NAME,CODE`, `NAME<tab>CODE`, `NAME CODE`,
//! or the code alone.

/// A line with something in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NamedLine<'t> {
    pub(super) line: usize,
    /// `None` where the line is a code alone.
    pub(super) name: Option<&'t str>,
    pub(super) code: &'t str,
}

impl NamedLine<'_> {
    /// The name of the key: `code 3` for one that has none in line 3.
    pub(super) fn key(&self) -> String {
        self.name.map_or_else(|| format!("code {}", self.line), ToOwned::to_owned)
    }
}

/// The lines of `text` that are not empty and no comments; `code_at` tells where in a line its code begins.
pub(super) fn named_lines<'t>(
    text: &'t str,
    code_at: impl Fn(&str) -> Option<usize> + 't,
) -> impl Iterator<Item = NamedLine<'t>> + 't {
    let lines = (1..).zip(text.lines().map(str::trim));
    let used = lines.filter(|(_, text)| !text.is_empty() && !text.starts_with(['#', ';']));
    used.map(move |(line, text)| {
        let at = code_at(text).or_else(|| last_word(text)).unwrap_or(0);
        let (name, code) = text.split_at_checked(at).unwrap_or(("", text));
        let name = name.trim_end_matches([' ', '\t', ':', '=', ',']).trim_matches(['"', '\'']);
        NamedLine {
            line,
            name: (!name.is_empty()).then_some(name),
            code: code.trim_matches(['"', '\'', ' ']),
        }
    })
}

/// Where the last word of a line begins, if there are several.
fn last_word(text: &str) -> Option<usize> {
    text.rfind([' ', '\t', ':', '=', ',']).map(|at| at + 1).filter(|at| *at < text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stands_before_its_code_however_they_are_divided() {
        let text = "# remote\n\nVol up: ABC\nMute=ABC\n\"Ch +\",ABC\nPower\tABC\nABC\n";
        let lines: Vec<_> = named_lines(text, |line| line.find("ABC")).collect();
        let names: Vec<_> = lines.iter().map(|line| (line.line, line.name)).collect();
        assert_eq!(
            names,
            [
                (3, Some("Vol up")),
                (4, Some("Mute")),
                (5, Some("Ch +")),
                (6, Some("Power")),
                (7, None)
            ]
        );
        assert!(lines.iter().all(|line| line.code == "ABC"));
        assert_eq!(lines[4].key(), "code 7");
    }
}
