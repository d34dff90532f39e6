use std::{fs, os::unix::fs::PermissionsExt};

use clap::Parser;

use super::*;
use crate::config::Config;

#[derive(Debug, Parser)]
struct Cli {
    #[command(flatten)]
    args: SetupArgs,
}

const NOW: Timestamp = Timestamp::from_unix_ms(1_790_000_000_000);

struct Place(tempfile::TempDir);

impl Place {
    /// A machine on which the package has put its file.
    fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        fs::write(
            place.config(),
            "[discovery]\nenabled = true\n[store]\npath = \"lib/venue.db\"\n",
        )
        .unwrap();
        fs::create_dir(place.0.path().join("lib")).unwrap();
        place
    }

    fn config(&self) -> PathBuf {
        self.0.path().join("venued.toml")
    }

    fn text(&self) -> String {
        fs::read_to_string(self.config()).unwrap()
    }

    fn store(&self) -> PathBuf {
        self.0.path().join("lib/venue.db")
    }

    fn run(&self, words: &str, answers: &str) -> (Result<String, SetupError>, String) {
        let config = self.config().display().to_string();
        let words = ["setup", "--config", &config].into_iter().chain(words.split_whitespace());
        let args = Cli::try_parse_from(words).unwrap().args;
        let mut shown = Vec::new();
        let mut input = Input::of(answers, &mut shown, !args.non_interactive);
        let ended = carry_out(&args, NOW, &mut input);
        drop(input);
        (ended, String::from_utf8(shown).unwrap())
    }
}

#[test]
fn a_new_venue_is_asked_for_and_written_and_a_second_run_says_what_is_there() {
    let place = Place::new();
    let answers = "127.0.0.1:0\nThe Oak\nAustralia/Sydney\nRosa\n123456\nlong enough\nnot the same\nlong enough\n\
                   long enough\nBar\n273951\n273951\n";
    let (told, shown) = place.run("", answers);
    let told = told.unwrap();
    for part in [
        "The Oak, Australia/Sydney",
        "admin          Rosa",
        "staff          Bar",
        &format!("venued --config {}", place.config().display()),
        "No tablet gets in: this machine alone is served.",
        "iPad",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert!(shown.contains("6 to 12 digits") && shown.contains("They are not the same"), "{shown}");
    let prepared = files::read_prepared(&place.store()).unwrap().unwrap();
    assert!(prepared.admin.secret.matches("long enough"));
    assert!(prepared.staff.unwrap().secret.matches("273951"));
    let path = files::prepared_of(&place.store());
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(!fs::read_to_string(path).unwrap().contains("long enough"));
    // What it wrote is a configuration, and what was there is in it.
    let config = Config::load(&place.config()).unwrap();
    assert!(config.require_tokens && config.tls.is_some() && config.discovery.is_some());
    let written = place.text();
    // The daemon has been started, and was claimed.
    files::forget_prepared(&place.store()).unwrap();
    fs::write(place.store(), "x").unwrap();
    let (again, asked) = place.run("", "");
    let again = again.unwrap();
    assert!(again.contains("set up already") && again.contains("stays as it is"), "{again}");
    assert_eq!((asked.as_str(), place.text()), ("", written));
}

#[test]
fn a_script_gives_everything_and_is_told_what_it_left_out() {
    let place = Place::new();
    let (missing, asked) = place.run("--non-interactive", "");
    assert_eq!(
        (missing.unwrap_err().to_string().as_str(), asked.as_str()),
        ("--name: give it; without a terminal, or with --non-interactive, nothing is asked", "")
    );
    assert_eq!(place.text().matches("[http]").count(), 0, "nothing is half done");
    let words = "--non-interactive --listen none --name Oak --admin Rosa --admin-password-file -";
    let weak = place.run(words, "111111\n").0.unwrap_err().to_string();
    assert!(weak.starts_with("--admin-password-file: give a PIN"), "{weak}");
    for (more, flag) in [
        ("--tz Mars/Base", "--tz: "),
        ("--staff rosa --staff-password-file -", "--staff: "),
        ("--staff ven_x --staff-password-file -", "--staff: "),
    ] {
        let refused = place.run(&format!("{words} {more}"), "273951\n273951\n").0;
        let refused = refused.unwrap_err().to_string();
        assert!(refused.starts_with(flag), "{more}: {refused}");
    }
    let told = place.run(words, "273951\n").0.unwrap();
    assert!(told.contains("http://127.0.0.1:8080/ on this machine"), "{told}");
    let config = Config::load(&place.config()).unwrap();
    assert!(config.require_tokens && config.tls.is_none());
    assert!(files::read_prepared(&place.store()).unwrap().unwrap().admin.secret.matches("273951"));
}

#[test]
fn a_file_that_says_how_the_page_is_served_is_written_anew_only_when_told() {
    let place = Place::new();
    let own = "[http]\nlisten = \"127.0.0.1:9\"\n[store]\npath = \"lib/venue.db\"\n";
    fs::write(place.config(), own).unwrap();
    let words = "--non-interactive --listen none --name Oak --admin Rosa --admin-password-file -";
    place.run(words, "273951\n").0.unwrap();
    assert_eq!(place.text(), own);
    let served = "[http.tls]\nlisten = \"10.1.2.3:8443\"\n[store]\npath = \"lib/venue.db\"\n";
    fs::write(place.config(), served).unwrap();
    let told = place.run(words, "273951\n").0.unwrap();
    assert!(told.contains("Tablets open https://10.1.2.3:8443/ and sign in."), "{told}");
    fs::write(place.config(), own).unwrap();
    place.run(&format!("{words} --overwrite"), "273951\n").0.unwrap();
    assert_ne!(place.text(), own);
    assert_eq!(fs::read_to_string(place.config().with_extension("toml.old")).unwrap(), own);
    fs::write(place.config(), "[http\n").unwrap();
    let wrong = place.run(words, "273951\n").0.unwrap_err().to_string();
    assert!(wrong.contains("venued.toml: "), "{wrong}");
}
