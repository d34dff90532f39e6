//! No circles among the files of the daemon: whoever reads one file need not have read all of them.
//!
//! A file uses another one where it names something of it, by `use` or by a path. What a module only passes on
//! (`pub use`) is of the file that has it.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use crate::files::{all_rust_files, read};

const SOURCES: &str = "bins/venued/src";

/// A file of the crate, without comments and unit tests.
struct Source {
    /// Its place among the modules, such as `["durable", "handle"]`.
    module: Vec<String>,
    text: String,
    /// What it passes on: the name, and whose it is.
    passed_on: BTreeMap<String, Vec<String>>,
}

#[test]
fn no_file_of_the_daemon_uses_one_that_uses_it() {
    let sources = sources();
    let modules: BTreeSet<&[String]> =
        sources.iter().map(|source| source.module.as_slice()).collect();
    let mut uses: BTreeMap<&[String], BTreeSet<&[String]>> = BTreeMap::new();
    for source in &sources {
        let used = paths(&source.text, &source.module, &modules);
        let used = used.iter().filter_map(|path| owner(path, &sources, 0));
        let used = used.filter(|used| *used != source.module.as_slice());
        uses.insert(&source.module, used.collect());
    }
    assert!(uses.values().map(BTreeSet::len).sum::<usize>() > 50, "hardly a path was read");
    // What uses nothing that is left, or is used by nothing that is left, is in no circle.
    loop {
        let left: BTreeSet<&[String]> = uses.keys().copied().collect();
        let used_by_one: BTreeSet<&[String]> = uses.values().flatten().copied().collect();
        uses.retain(|file, used| {
            used_by_one.contains(file) && used.iter().any(|used| left.contains(used))
        });
        if uses.len() == left.len() {
            break;
        }
    }
    let circles: Vec<_> = uses
        .iter()
        .map(|(file, used)| {
            let used = used.iter().filter(|used| uses.contains_key(*used));
            (file.join("::"), used.map(|used| used.join("::")).collect::<Vec<_>>())
        })
        .collect();
    assert!(circles.is_empty(), "these files use one another in a circle: {circles:#?}");
}

fn sources() -> Vec<Source> {
    let mut sources = Vec::new();
    for path in all_rust_files() {
        let Ok(inside) = path.strip_prefix(SOURCES) else { continue };
        let module = module_of(inside);
        // The tests of a module, and the two files that name all of the crate.
        if module.last().is_some_and(|last| ["tests", "main", "lib"].contains(&last.as_str())) {
            continue;
        }
        let text = read(&path);
        let text = text.split("\n#[cfg(test)]\nmod tests").next().unwrap_or_default();
        let lines = text.lines().map(|line| line.split("//").next().unwrap_or_default());
        let text = lines.collect::<Vec<_>>().join("\n");
        sources.push(Source { module, text, passed_on: BTreeMap::new() });
    }
    let modules: BTreeSet<Vec<String>> = sources.iter().map(|one| one.module.clone()).collect();
    let modules: BTreeSet<&[String]> = modules.iter().map(Vec::as_slice).collect();
    for source in &mut sources {
        for tree in statements(&source.text).filter(|(public, _)| *public).map(|(_, tree)| tree) {
            for path in expand(tree) {
                if let Some(path) = absolute(&path, &source.module, &modules)
                    && let Some(name) = path.last()
                {
                    source.passed_on.insert(name.clone(), path.clone());
                }
            }
        }
    }
    // The crate's root passes on what the files name without a module.
    let root = read(&Path::new(SOURCES).join("lib.rs"));
    let mut passed_on = BTreeMap::new();
    for path in statements(&root).flat_map(|(_, tree)| expand(tree)) {
        if let Some(name) = path.last() {
            passed_on.insert(name.clone(), path.clone());
        }
    }
    sources.push(Source { module: Vec::new(), text: String::new(), passed_on });
    sources
}

fn module_of(file: &Path) -> Vec<String> {
    let parts = file.with_extension("");
    parts.iter().map(|part| part.to_string_lossy().into_owned()).collect()
}

/// Every `use` statement: whether it is public, and what it names.
fn statements(text: &str) -> impl Iterator<Item = (bool, &str)> {
    text.split(';').filter_map(|statement| {
        let (visibility, tree) = used(statement)?;
        Some((visibility.starts_with("pub"), tree.trim()))
    })
}

/// The visibility and the tree of a `use` statement, whatever stands before it; `None` if it is another one.
fn used(statement: &str) -> Option<(&str, &str)> {
    let mut begins = statement.match_indices('\n').map(|(at, _)| at + 1);
    let begin = begins.find(|begin| split_use(&statement[*begin..]).is_some()).unwrap_or(0);
    split_use(&statement[begin..])
}

fn split_use(line: &str) -> Option<(&str, &str)> {
    let (before, tree) = line.trim_start().split_once("use ")?;
    let visibility = before.trim();
    (visibility.is_empty() || (visibility.starts_with("pub") && !visibility.contains(' ')))
        .then_some((visibility, tree))
}

/// The paths of a tree such as `crate::{a::B, c}`.
fn expand(tree: &str) -> Vec<Vec<String>> {
    let tree = tree.trim();
    let Some((first, rest)) = tree.split_once('{') else {
        let path = tree.split(" as ").next().unwrap_or_default();
        return vec![path.split("::").map(|part| part.trim().to_owned()).collect()];
    };
    let prefix: Vec<String> = first
        .split("::")
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect();
    let inside = rest.trim_end().strip_suffix('}').unwrap_or(rest);
    let (mut depth, mut begin, mut paths) = (0, 0, Vec::new());
    let ends = inside.char_indices().chain([(inside.len(), ',')]);
    for (at, character) in ends {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                if !inside[begin..at].trim().is_empty() {
                    let parts = expand(&inside[begin..at]).into_iter();
                    paths.extend(parts.map(|part| prefix.iter().cloned().chain(part).collect()));
                }
                begin = at + 1;
            }
            _ => {}
        }
    }
    paths
}

/// What the file names, from the root of the crate; what it only passes on is left out.
fn paths(text: &str, module: &[String], modules: &BTreeSet<&[String]>) -> Vec<Vec<String>> {
    let private = statements(text).filter(|(public, _)| !public);
    let mut named: Vec<Vec<String>> = private.flat_map(|(_, tree)| expand(tree)).collect();
    let is_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let code = text.split_inclusive(';').filter(|statement| used(statement).is_none());
    let words = code.flat_map(|code| code.split(|c: char| !is_path(c)));
    let words = words.filter(|word| word.contains("::") && !word.ends_with(':'));
    named.extend(words.map(|word| word.split("::").map(str::to_owned).collect()));
    named.iter().filter_map(|path| absolute(path, module, modules)).collect()
}

/// `path` from the root of the crate; `None` where it is of another crate.
fn absolute(
    path: &[String],
    module: &[String],
    modules: &BTreeSet<&[String]>,
) -> Option<Vec<String>> {
    let first = path.first()?;
    match first.as_str() {
        "crate" => Some(path[1..].to_vec()),
        "self" => Some(module.iter().chain(&path[1..]).cloned().collect()),
        "super" => {
            let ups = path.iter().take_while(|part| *part == "super").count();
            let base = module.get(..module.len().checked_sub(ups)?)?;
            Some(base.iter().chain(&path[ups..]).cloned().collect())
        }
        _ => {
            let child: Vec<String> = module.iter().chain([first]).cloned().collect();
            let known = modules.contains(child.as_slice());
            known.then(|| module.iter().chain(path).cloned().collect())
        }
    }
}

/// The file that has what `path` names.
fn owner<'s>(path: &[String], sources: &'s [Source], depth: usize) -> Option<&'s [String]> {
    let holds = |source: &&Source| path.starts_with(&source.module);
    let source = sources.iter().filter(holds).max_by_key(|source| source.module.len())?;
    let rest = &path[source.module.len()..];
    match rest.first().and_then(|name| source.passed_on.get(name)) {
        Some(passed_on) if depth < 8 => {
            let path: Vec<String> = passed_on.iter().chain(&rest[1..]).cloned().collect();
            owner(&path, sources, depth + 1)
        }
        _ => Some(&source.module),
    }
}
