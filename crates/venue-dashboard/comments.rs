//! What of a file of the page is for whoever reads its source, and does not travel.

/// `text`, a JavaScript module of ours, without its comments: whatever stands in `/** */`, and every line that
/// begins with `//`. Its lines keep their numbers. `None` if a comment does not end.
pub(crate) fn without_comments(text: &str) -> Option<String> {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, from)) = rest.split_once("/**") {
        let (comment, behind) = from.split_once("*/")?;
        code.push_str(before);
        code.extend(comment.matches('\n'));
        rest = behind;
    }
    code.push_str(rest);
    let lines = code
        .lines()
        .map(|line| if line.trim_start().starts_with("//") { "" } else { line.trim_end() });
    Some(lines.fold(String::with_capacity(code.len()), |kept, line| kept + line + "\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_go_and_lines_stay_where_they_are() {
        let text = "// What it is.\n/** @import { A } from \"b\" */\nconst a = \"//c\";\n\n/**\n * Says.\n */\n\
                    const f = (/** @type {A} */ b) => html`<${A}>${b}<//>`;\n  // Why.\nf(a);\n";
        let code =
            "\n\nconst a = \"//c\";\n\n\n\n\nconst f = ( b) => html`<${A}>${b}<//>`;\n\nf(a);\n";
        assert_eq!(without_comments(text).as_deref(), Some(code));
        assert_eq!(without_comments("a /** b"), None);
    }
}
