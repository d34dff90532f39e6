//! What a parser says of a value that it cannot take, in plain words.
//!
//! Serde's errors are texts: "invalid type: string \"2\", expected i64 at line 1 column 20". Whoever typed
//! the value knows neither the types of a programming language nor where in which buffer a parser stood; what
//! is right is said in place of them. Field, line and column are told beside the text, where they are known.

/// What serde says in `text`, in plain words.
#[must_use]
pub fn misread(text: &str) -> String {
    let text = without_field(without_place(text));
    let words = named(text).or_else(|| mismatch(text));
    words.unwrap_or_else(|| text.to_owned())
}

/// The field that an error is about, and what is wrong with it, in plain words: `path` is where the parser was
/// (`ports[2]`; `.` for the whole), `text` what it says.
#[must_use]
pub fn misplaced(path: &str, text: &str) -> (String, String) {
    let path = if path == "." { "" } else { path };
    let bare = without_place(text);
    // What is missing, unknown or there twice is told of what it is missing in.
    let named = bare.split_once("field `").and_then(|(_, rest)| rest.split_once('`'));
    let name = named.map(|(name, _)| name).filter(|name| {
        let last = path.rsplit('.').next().unwrap_or(path);
        last != *name && last.split('[').next() != Some(name)
    });
    let field = match name {
        Some(name) if path.is_empty() => name.to_owned(),
        Some(name) => format!("{path}.{name}"),
        None => path.to_owned(),
    };
    (field, misread(text))
}

/// Without " at line 1 column 20".
fn without_place(text: &str) -> &str {
    let Some((before, place)) = text.rsplit_once(" at line ") else { return text };
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    match place.split_once(" column ") {
        // An error within an error has its place twice.
        Some((line, column)) if is_number(line) && is_number(column) => without_place(before),
        Some(_) | None => text,
    }
}

/// Without the field that the text begins with: "field `port`: ...".
fn without_field(text: &str) -> &str {
    let rest = text.strip_prefix("field `").and_then(|rest| rest.split_once("`: "));
    rest.map_or(text, |(_, rest)| without_field(without_place(rest)))
}

/// A field or a word that is missing, unknown or there twice.
fn named(text: &str) -> Option<String> {
    let quoted = |rest: &str| rest.split('`').next().unwrap_or_default().to_owned();
    if let Some(rest) = text.strip_prefix("missing field `") {
        return Some(format!("{} is missing", quoted(rest)));
    }
    if let Some(rest) = text.strip_prefix("duplicate field `") {
        return Some(format!("{} is given twice", quoted(rest)));
    }
    let (what, rest) = ["field", "variant"].into_iter().find_map(|what| {
        let rest = text.strip_prefix("unknown ")?.strip_prefix(what)?.strip_prefix(" `")?;
        Some((what, rest))
    })?;
    let (name, known) = rest.split_once('`')?;
    let known = known.trim_start_matches(", expected ").trim_start_matches("one of ");
    let known = known.replace('`', "").replace(" or ", ", ");
    Some(match (what, known.is_empty() || known.contains("there are no")) {
        (_, true) => format!("{name} is an unknown field: no fields are taken here"),
        ("field", false) => format!("{name} is an unknown field: known are {known}"),
        (_, false) => format!("{name} is none of {known}"),
    })
}

/// A value of another kind than is right.
fn mismatch(text: &str) -> Option<String> {
    let kinds = ["invalid type: ", "invalid value: ", "invalid length "];
    let rest = kinds.into_iter().find_map(|kind| text.strip_prefix(kind))?;
    let (found, wanted) = rest.rsplit_once(", expected ")?;
    Some(format!("give {}, not {}", wanted_words(wanted), found_words(found)))
}

fn wanted_words(wanted: &str) -> String {
    let words = match wanted {
        "i8" | "i16" | "i32" | "i64" | "i128" | "isize" => "a whole number",
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "u32" => "a whole number from 0 to 4294967295",
        "u64" | "u128" | "usize" => "a whole number, 0 or more",
        "f32" | "f64" => "a number",
        "a string" | "string" | "a borrowed string" | "a character" => "text",
        "a boolean" | "bool" => "true or false",
        "a sequence" => "a list",
        "a map" => "an object with fields",
        "any valid JSON value" => "a value",
        "socket address" => "an address with its port, such as 127.0.0.1:8080",
        "path string" => "a path",
        "string or table" | "string or map" => "text",
        other if other.starts_with("struct ") => "an object with fields",
        other if other.starts_with("tuple ") || other.starts_with("a tuple") => "a list",
        other => return other.replace('`', ""),
    };
    words.to_owned()
}

fn found_words(found: &str) -> String {
    let words = match found {
        "sequence" => "a list",
        "map" => "an object with fields",
        "null" | "unit value" | "Option value" => "null",
        other => {
            let bare = ["integer ", "floating point ", "boolean ", "character ", "number "];
            let value = bare.into_iter().find_map(|kind| other.strip_prefix(kind));
            let text = other.strip_prefix("string ").map(|text| format!("the text {text}"));
            return text.unwrap_or_else(|| value.unwrap_or(other).replace('`', ""));
        }
    };
    words.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_parser_says_becomes_what_would_be_right() {
        let table = [
            (
                "field `port`: invalid type: string \"2\", expected i64 at line 1 column 20",
                "give a whole number, not the text \"2\"",
            ),
            ("invalid value: integer `-1`, expected u64", "give a whole number, 0 or more, not -1"),
            (
                "invalid type: floating point `1.5`, expected u64",
                "give a whole number, 0 or more, not 1.5",
            ),
            ("invalid type: null, expected a string", "give text, not null"),
            (
                "invalid type: map, expected a sequence at line 3 column 4",
                "give a list, not an object with fields",
            ),
            (
                "invalid type: sequence, expected struct Zone",
                "give an object with fields, not a list",
            ),
            ("invalid type: boolean `true`, expected a string", "give text, not true"),
            ("missing field `command` at line 1 column 2", "command is missing"),
            ("duplicate field `port` at line 1 column 2", "port is given twice"),
            (
                "unknown field `prot`, expected `port` or `box`",
                "prot is an unknown field: known are port, box",
            ),
            (
                "unknown field `prot`, expected one of `port`, `box`",
                "prot is an unknown field: known are port, box",
            ),
            (
                "unknown field `x`, there are no fields",
                "x is an unknown field: no fields are taken here",
            ),
            (
                "unknown variant `boss`, expected one of `viewer`, `admin`",
                "boss is none of viewer, admin",
            ),
            (
                "invalid type: string \"a, expected b\", expected u8",
                "give a whole number from 0 to 255, not the text \"a, expected b\"",
            ),
            (
                "box is 2 and port is 1: give one of them at line 0 column 0",
                "box is 2 and port is 1: give one of them",
            ),
        ];
        for (text, words) in table {
            assert_eq!(misread(text), words, "{text}");
        }
    }

    #[test]
    fn an_error_is_told_at_its_field() {
        let table = [
            (".", "missing field `id`", "id"),
            ("zones[0]", "missing field `id`", "zones[0].id"),
            ("ports[0].indx", "unknown field `indx`, expected `index`", "ports[0].indx"),
            ("ports[0]", "unknown field `indx`, expected `index`", "ports[0].indx"),
            (".", "field `box`: box is 2 and port is 1", "box"),
            (
                "targets",
                "field `targets`: invalid type: string \"all\", expected a sequence",
                "targets",
            ),
            ("targets[1]", "field `targets`: missing field `hostname`", "targets[1]"),
            ("zones", "invalid type: string \"bar\", expected a sequence", "zones"),
            (".", "invalid type: sequence, expected struct Document", ""),
        ];
        for (path, text, field) in table {
            assert_eq!(misplaced(path, text).0, field, "{path}: {text}");
        }
    }

    #[test]
    fn what_is_no_words_of_a_parser_stays_as_it_is() {
        for text in ["", "an id is 1 to 64 characters", "look at line five", "at line 3 column x"] {
            assert_eq!(misread(text), text);
        }
    }
}
