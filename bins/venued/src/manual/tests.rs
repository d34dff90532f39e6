use super::*;
use crate::config::Config;

/// The names that the reader of the file knows at the end of `text`, as it lists them where it is given another.
fn known(text: &str) -> Vec<String> {
    let wrong = format!("{text}\nno_such_key = 1\n");
    let error = Config::parse(&wrong, "venued.toml", Path::new(".")).unwrap_err();
    let told = snafu::Report::from_error(error).to_string();
    let (_, names) = told.split_once("known are ").unwrap_or_else(|| panic!("{told}"));
    let line = names.lines().next().unwrap_or_default();
    line.split(", ").map(str::to_owned).collect()
}

#[test]
fn every_key_that_the_daemon_reads_is_in_the_page_with_what_it_means() {
    let lists = "[[device]]\nhostname = \"ir-1\"\naddress = \"a\"\n[[device.port]]\nindex = 1";
    let mut heads: Vec<(String, String)> = Vec::new();
    for name in known("") {
        let is_list = ["system_task", "webhook", "device"].contains(&name.as_str());
        let head = if is_list { format!("[[{name}]]") } else { format!("[{name}]") };
        heads.push((head.clone(), head));
    }
    heads.push(("[[device.port]]".to_owned(), lists.to_owned()));
    let entries = entries(EXAMPLE);
    for (head, text) in heads {
        // What a list has inside has a heading of its own.
        let keys = known(&text)
            .into_iter()
            .filter(|key| (head.as_str(), key.as_str()) != ("[[device]]", "port"));
        let inside = of_table(&entries, &head);
        for name in keys {
            let mut above = "";
            let told = inside.iter().any(|entry| {
                // What stands above a heading may tell of the first keys below it as well.
                let explained = !entry.told.is_empty() || above == head;
                above = entry.table.filter(|_| !entry.told.is_empty()).unwrap_or_default();
                explained && entry.keys.iter().any(|key| key.name == name)
            });
            assert!(told, "{head} {name} is not explained in docs/venued.example.toml");
        }
    }
}

/// What belongs to the table with this heading.
fn of_table<'a, 'b>(entries: &'b [Entry<'a>], head: &str) -> Vec<&'b Entry<'a>> {
    let mut table = None;
    let inside = entries.iter().filter(|entry| {
        table = entry.table.or(table);
        table == Some(head)
    });
    inside.collect()
}

#[test]
fn the_keys_of_https_are_named() {
    let text = "[http]\nlisten = \"127.0.0.1:8080\"\n[http.tls]";
    let page = configuration();
    for name in known(text) {
        assert!(page.contains(&name), "http.tls.{name} is not named in docs/venued.example.toml");
    }
}

#[test]
fn the_page_has_defaults_examples_and_each_heading_once() {
    let page = configuration();
    let told = |text: &str| assert!(page.contains(text), "{text} is missing:\n{page}");
    told(".TH venued.toml 5 \"\" \"venued ");
    told("\\fBlisten\\fR = \"127.0.0.1:8080\"\n");
    told("\\fBallowed_hosts\\fR = []\n");
    told("\\fBhostname\\fR = \"ir\\-dc4516\"    (example)\n");
    // Two keys that are explained together.
    told(
        ".TP\n\\fBframe_ms\\fR = 68\n.TQ\n\\fBdigit_gap_ms\\fR = 300\nHow long one infrared frame",
    );
    let headings: Vec<&str> = page.lines().filter(|line| line.starts_with(".SH ")).collect();
    let once: HashSet<&&str> = headings.iter().collect();
    assert_eq!(headings.len(), once.len(), "{headings:?}");
    assert!(headings.contains(&".SH [[device.port]]") && headings.contains(&".SH [retention]"));
}

#[test]
fn what_is_explained_is_what_stands_above() {
    let example = "# About the file.\n\n# A table.\n[a]\n# One.\none = 1\n# Two and\n# three.\ntwo = 2\nthree = 3\n\n# Alone.\n";
    let key = |name, value| Key { name, value, example: false };
    let expected = vec![
        Entry { told: vec!["A table."], table: Some("[a]"), keys: Vec::new() },
        Entry { told: vec!["One."], table: None, keys: vec![key("one", "1")] },
        Entry {
            told: vec!["Two and", "three."],
            table: None,
            keys: vec![key("two", "2"), key("three", "3")],
        },
        Entry { told: vec!["Alone."], table: None, keys: Vec::new() },
    ];
    assert_eq!(entries(example), expected);
}

#[test]
fn the_pages_are_written_into_a_folder_that_is_made() {
    use clap::CommandFactory;

    let folder = tempfile::tempdir().unwrap();
    let inside = folder.path().join("new/man");
    write(crate::cli::Cli::command(), &inside).unwrap();
    for page in ["venued.1", "venued-demo.1", "venued.toml.5"] {
        let text = fs::read_to_string(inside.join(page)).unwrap();
        assert!(text.contains(".TH "), "{page}: {text}");
    }
}
