//! The files of a crate use one another one way: no file uses itself by way of others.
//!
//! Modules are compared among those of one parent, each with all that is below it. A module and its own
//! parent may use each other.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use crate::modules::{Crate, ModulePath, root_of};

/// Packages in which circles are left, and how many modules are in one: these were there before the check,
/// and each is to be broken when its crate is worked on. The numbers only fall. Not listed is none.
const LEFT: [(&str, usize); 14] = [
    ("chaos", 2),
    ("device-sim", 8),
    ("esphome-codec", 4),
    ("esphome-pool", 6),
    ("venue-auth", 3),
    ("venue-domain", 12),
    ("venue-http", 22),
    ("venue-infrared", 9),
    ("venue-lane", 4),
    ("venue-queue", 16),
    ("venue-registry", 2),
    ("venue-routing", 6),
    ("venue-scheduler", 5),
    ("venued", 15),
];

/// Which of the modules of one parent uses which other one.
type Arrows = BTreeMap<String, BTreeSet<String>>;

/// The arrows between the modules of each parent.
fn arrows(uses: &BTreeSet<(ModulePath, ModulePath)>) -> BTreeMap<ModulePath, Arrows> {
    let mut all: BTreeMap<ModulePath, Arrows> = BTreeMap::new();
    for (from, to) in uses {
        let shared = from.iter().zip(to).take_while(|(one, other)| one == other).count();
        // Otherwise one of the two is above the other.
        if let (Some(one), Some(other)) = (from.get(shared), to.get(shared)) {
            let arrows = all.entry(from[..shared].to_vec()).or_default();
            arrows.entry(one.clone()).or_default().insert(other.clone());
        }
    }
    all
}

/// The shortest way from `start` back to itself.
fn circle_through(start: &str, arrows: &Arrows) -> Option<Vec<String>> {
    let mut ways = vec![vec![start.to_owned()]];
    let mut seen = BTreeSet::new();
    while !ways.is_empty() {
        let mut longer = Vec::new();
        for way in ways {
            let last = way.last().and_then(|last| arrows.get(last));
            for next in last.into_iter().flatten() {
                if next == start {
                    return Some(way);
                }
                if seen.insert(next.clone()) {
                    longer.push([&way[..], std::slice::from_ref(next)].concat());
                }
            }
        }
        ways = longer;
    }
    None
}

/// For each module that is in a circle the shortest one, such as `commands: batch -> watch -> batch`.
fn circles(found: &Crate) -> Vec<String> {
    let mut circles = Vec::new();
    for (parent, arrows) in arrows(&found.uses()) {
        let parent = if parent.is_empty() { "crate".to_owned() } else { parent.join("::") };
        for start in arrows.keys() {
            if let Some(way) = circle_through(start, &arrows) {
                circles.push(format!("{parent}: {} -> {start}", way.join(" -> ")));
            }
        }
    }
    circles
}

/// The folders with a `Cargo.toml` below the root of the workspace.
fn packages() -> Vec<PathBuf> {
    let below = |folder: &str| {
        let entries = fs::read_dir(super::root().join(folder)).expect("a folder can be read");
        let folder = PathBuf::from(folder);
        entries.flatten().map(move |entry| folder.join(entry.file_name()))
    };
    let found = ["crates", "bins", "tests"].into_iter().flat_map(below);
    let is_package = |folder: &PathBuf| super::root().join(folder).join("Cargo.toml").is_file();
    let mut found: Vec<_> = found.filter(is_package).collect();
    found.sort();
    found
}

fn read(path: &Path) -> Option<String> {
    fs::read_to_string(super::root().join(path)).ok()
}

#[test]
fn no_file_uses_itself_by_way_of_others() {
    let (mut wrong, mut count) = (Vec::new(), 0);
    for folder in packages() {
        let root = root_of(&folder).unwrap_or_else(|| panic!("{} has no root", folder.display()));
        let name = folder.file_name().expect("a folder has a name").to_string_lossy().into_owned();
        count += 1;
        let found = circles(&Crate::read(&root, &read));
        let left = LEFT.iter().find(|(package, _)| *package == name).map_or(0, |(_, left)| *left);
        if found.len() > left {
            let all = found.join("\n  ");
            wrong.push(format!(
                "{name}: {} modules are in circles, not {left}:\n  {all}",
                found.len()
            ));
        } else if found.len() < left {
            wrong.push(format!(
                "{name}: only {} modules are in circles now: say so in LEFT",
                found.len()
            ));
        }
    }
    assert!(count > 15, "only {count} packages were found");
    assert!(wrong.is_empty(), "files use one another in circles:\n{}", wrong.join("\n"));
}

/// The circles of a crate with these files.
fn planted(files: &[(&str, &str)]) -> Vec<String> {
    let read = |path: &Path| {
        let found = files.iter().find(|(name, _)| path == Path::new(name));
        found.map(|(_, text)| (*text).to_owned())
    };
    circles(&Crate::read(Path::new("lib.rs"), &read))
}

#[test]
fn a_circle_of_two_files_is_found_and_told() {
    let files = [
        ("lib.rs", "mod a; mod b; mod c;"),
        ("a.rs", "use crate::{b::B, c::C}; pub struct A;"),
        ("b.rs", "pub struct B; fn f() { let x: super::a::A = todo(); }"),
        ("c.rs", "pub struct C;"),
    ];
    assert_eq!(planted(&files), ["crate: a -> b -> a", "crate: b -> a -> b"]);
}

#[test]
fn a_circle_through_a_child_and_through_a_reexport_is_found() {
    let files = [
        ("lib.rs", "mod cli; mod commands; pub use commands::tv::Tv;"),
        ("cli.rs", "use crate::Tv as Renamed; pub struct Cli;"),
        ("commands.rs", "pub mod tv;"),
        ("commands/tv.rs", "use crate::cli::Cli; pub struct Tv;"),
    ];
    let expected = ["crate: cli -> commands -> cli", "crate: commands -> cli -> commands"];
    assert_eq!(planted(&files), expected);
    let mut globs = files;
    globs[0].1 = "mod cli; mod commands; pub use commands::tv::*;";
    assert_eq!(planted(&globs), expected);
}

#[test]
fn a_path_in_a_macro_or_an_attribute_counts() {
    let files = [
        ("lib.rs", "mod a; mod b; mod c;"),
        ("a.rs", "fn f() { println!(\"{}\", crate::b::B); }"),
        ("b.rs", "use crate::c::C; pub const B: u8 = 1;"),
        ("c.rs", "#[derive(X)] pub struct C { #[arg(value = crate::a::f)] x: u8 }"),
    ];
    assert_eq!(
        planted(&files),
        ["crate: a -> b -> c -> a", "crate: b -> c -> a -> b", "crate: c -> a -> b -> c"]
    );
}

#[test]
fn a_parent_may_use_its_children_and_tests_may_use_everything() {
    let files = [
        ("lib.rs", "mod a; mod b; pub use a::A;"),
        (
            "a.rs",
            "mod below; pub struct A; use below::Below; #[cfg(test)] mod tests { use crate::b::B; }",
        ),
        ("a/below.rs", "use super::A; pub struct Below;"),
        (
            "b.rs",
            "use crate::A; pub struct B; #[cfg(test)] mod more; #[cfg(test)] use crate::a::A as Other;",
        ),
    ];
    assert_eq!(planted(&files), Vec::<String>::new());
}
