use std::time::{Duration, Instant};

use super::*;

fn write(folder: &Path, path: &str, text: &str) {
    let file = folder.join(path);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, text).unwrap();
}

fn paths(index: &Index, wanted: Wanted<'_>) -> Vec<String> {
    index.find(wanted, None, 100).0.into_iter().map(|found| found.path).collect()
}

fn small() -> (tempfile::TempDir, Index) {
    let folder = tempfile::tempdir().unwrap();
    for path in [
        "TVs/Acme/Acme_T1000.ir",
        "TVs/Acme/Acme_T2000.ir",
        "Projectors/Zenit/Zenit_P1.ir",
        "codes/Acme/Cable Box/0,-1.csv",
        "remotes/zenit/RC-7.lircd.conf",
        "README.md",
        ".git/config.ir",
    ] {
        write(folder.path(), path, "");
    }
    let media = r#"{"manufacturer": "Zenit", "supportedModels": ["X"], "commands": {"mute": "a"}}"#;
    write(folder.path(), "media_player/1000.json", media);
    let climate = r#"{"manufacturer": "Zenit", "commands": {"cool": {"16": "a"}}}"#;
    write(folder.path(), "climate/1000.json", climate);
    write(folder.path(), "broken.json", "{");
    let index = Index::build(folder.path()).unwrap();
    (folder, index)
}

#[test]
fn files_are_found_by_make_model_and_kind() {
    let (_folder, index) = small();
    assert_eq!(index.len(), 6);
    let acme = Wanted { make: "ACME", ..Wanted::default() };
    assert_eq!(
        paths(&index, acme),
        ["TVs/Acme/Acme_T1000.ir", "TVs/Acme/Acme_T2000.ir", "codes/Acme/Cable Box/0,-1.csv"]
    );
    assert_eq!(paths(&index, Wanted { model: "t2000", ..acme }), ["TVs/Acme/Acme_T2000.ir"]);
    let boxes = Wanted { kind: Some(ApplianceKind::Box), ..Wanted::default() };
    assert_eq!(paths(&index, boxes), ["codes/Acme/Cable Box/0,-1.csv"]);
    let zenit = Wanted { make: "zenit", ..Wanted::default() };
    assert_eq!(
        paths(&index, zenit),
        ["Projectors/Zenit/Zenit_P1.ir", "media_player/1000.json", "remotes/zenit/RC-7.lircd.conf"]
    );
    let found = index.file("TVs/Acme/Acme_T1000.ir").unwrap();
    assert_eq!((found.make.as_deref(), found.model.as_deref()), (Some("Acme"), Some("T1000")));
    assert_eq!((found.kind, found.format), (Some(ApplianceKind::Tv), Format::Flipper));
}

#[test]
fn pages_follow_one_another() {
    let (_folder, index) = small();
    let (first, more) = index.find(Wanted::default(), None, 4);
    assert_eq!((first.len(), more), (4, true));
    let (rest, more) = index.find(Wanted::default(), Some(&first[3].path), 4);
    assert_eq!((rest.len(), more), (2, false));
}

#[test]
fn nothing_outside_of_the_folder_is_listed() {
    let (folder, index) = small();
    assert!(index.file("../secret.ir").is_none() && index.file("/etc/passwd").is_none());
    let other = tempfile::tempdir().unwrap();
    write(other.path(), "secret.ir", "");
    std::os::unix::fs::symlink(other.path(), folder.path().join("linked")).unwrap();
    std::os::unix::fs::symlink(other.path().join("secret.ir"), folder.path().join("link.ir"))
        .unwrap();
    assert_eq!(Index::build(folder.path()).unwrap().len(), 6);
    let error = Index::build(&folder.path().join("nothing")).unwrap_err();
    assert!(error.to_string().ends_with("nothing cannot be read"), "{error}");
}

/// Sheet of the largest public database: 9,000 files.
#[test]
fn nine_thousand_files_are_indexed_within_three_seconds_and_twenty_megabytes() {
    const FILES: usize = 9_000;
    let folder = tempfile::tempdir().unwrap();
    let key =
        "name: Power\ntype: parsed\nprotocol: NEC\naddress: 04 00 00 00\ncommand: 08 00 00 00\n";
    let text = format!("Filetype: IR signals file\nVersion: 1\n{}", key.repeat(30));
    for number in 0..FILES {
        let make = number % 600;
        let path =
            format!("TVs/Make_{make}/Make_{make}_Model_{number}/Make_{make}_Model_{number}.ir");
        write(folder.path(), &path, &text);
    }
    let before = Instant::now();
    let index = Index::build(folder.path()).unwrap();
    let took = before.elapsed();
    let searching = Instant::now();
    let (found, _) = index.find(Wanted { make: "make 7", ..Wanted::default() }, None, 200);
    let searched = searching.elapsed();
    println!(
        "{FILES} files: indexed in {took:?}, {} kB, one search {searched:?}",
        index.bytes() / 1_024
    );
    assert_eq!((index.len(), found.len(), index.is_cut), (FILES, 165, false));
    assert!(took < Duration::from_secs(3), "{took:?}");
    assert!(index.bytes() < 20 * 1_024 * 1_024, "{} bytes", index.bytes());
}
