//! The files of a crate use one another one way: no file uses itself by way of others.
//!
//! Compared are the files, and, more strictly, the modules of one parent, each with all that is below it. A
//! module and its own parent may use each other.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use crate::modules::{Crate, ModulePath, root_of};

/// Packages in which circles between modules are left, and how many modules are in one: these were there
/// before the check, and each is to be broken when its crate is worked on. The numbers only fall. Not listed
/// is none.
const MODULES_LEFT: [(&str, usize); 1] = [("venued", 15)];

/// Which file uses which other one, or which of the modules of one parent.
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

/// For each file that is in a circle the shortest one, such as `lane -> lanes::state -> lane`.
fn file_circles(found: &Crate) -> Vec<String> {
    let mut arrows = Arrows::new();
    for (from, to) in found.uses() {
        if !from.starts_with(&to) && !to.starts_with(&from) {
            arrows.entry(from.join("::")).or_default().insert(to.join("::"));
        }
    }
    let way = |start: &String| {
        let way = circle_through(start, &arrows)?;
        Some(format!("{} -> {start}", way.join(" -> ")))
    };
    arrows.keys().filter_map(way).collect()
}

/// For each module that is in a circle the shortest one, such as `commands: batch -> watch -> batch`.
fn module_circles(found: &Crate) -> Vec<String> {
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

/// What is wrong with the circles of each package: `left` is how many there still are.
fn wrong(circles: fn(&Crate) -> Vec<String>, left: &[(&str, usize)]) -> Vec<String> {
    let (mut wrong, packages) = (Vec::new(), packages());
    assert!(packages.len() > 15, "only {} packages were found", packages.len());
    for folder in packages {
        let root = root_of(&folder).unwrap_or_else(|| panic!("{} has no root", folder.display()));
        let name = folder.file_name().expect("a folder has a name").to_string_lossy().into_owned();
        let found = circles(&Crate::read(&root, &read));
        let left = left.iter().find(|(package, _)| *package == name).map_or(0, |(_, left)| *left);
        if found.len() > left {
            let all = found.join("\n  ");
            wrong.push(format!("{name}: {} are in circles, not {left}:\n  {all}", found.len()));
        } else if found.len() < left {
            wrong
                .push(format!("{name}: only {} are in circles now: lower its number", found.len()));
        }
    }
    wrong
}

#[test]
fn no_file_uses_itself_by_way_of_other_files() {
    let wrong = wrong(file_circles, &[]);
    assert!(wrong.is_empty(), "files use one another in circles:\n{}", wrong.join("\n"));
}

#[test]
fn no_module_uses_itself_by_way_of_others() {
    let wrong = wrong(module_circles, &MODULES_LEFT);
    assert!(wrong.is_empty(), "modules use one another in circles:\n{}", wrong.join("\n"));
}

/// A crate with these files.
fn planted_crate(files: &[(&str, &str)]) -> Crate {
    let read = |path: &Path| {
        let found = files.iter().find(|(name, _)| path == Path::new(name));
        found.map(|(_, text)| (*text).to_owned())
    };
    Crate::read(Path::new("lib.rs"), &read)
}

/// The circles between modules of a crate with these files.
fn planted(files: &[(&str, &str)]) -> Vec<String> {
    module_circles(&planted_crate(files))
}

#[test]
fn a_circle_of_files_counts_wherever_they_are_and_a_child_that_uses_its_parent_does_not() {
    let files = [
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "mod below; mod other; use below::Below; pub struct A;"),
        ("a/below.rs", "use super::{A, other::Other}; use crate::b::B; pub struct Below;"),
        ("a/other.rs", "use super::A; pub struct Other;"),
        ("b.rs", "use crate::a::A; pub struct B;"),
    ];
    // Between modules `a` and `b` are a circle: `a` has all that is below it.
    assert_eq!(planted(&files).len(), 2);
    assert_eq!(file_circles(&planted_crate(&files)), Vec::<String>::new());
    let mut circle = files;
    circle[4].1 = "use crate::a::below::Below; pub struct B;";
    let expected = ["a::below -> b -> a::below", "b -> a::below -> b"];
    assert_eq!(file_circles(&planted_crate(&circle)), expected);
    circle[3].1 = "use super::below::Below; pub struct Other;";
    assert_eq!(file_circles(&planted_crate(&circle)).len(), 3);
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
