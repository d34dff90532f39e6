//! Reads the files of a crate and finds which module uses which.
//!
//! A use counts where its item is defined: a name that a module re-exports belongs to the file that it comes
//! from. Code that is compiled for tests only is left out.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use syn::{
    Attribute, File, ImplItemFn, Item, ItemMod, ItemUse, Macro, MetaList, UseTree,
    visit::{self, Visit},
};

/// The names of a path from the root of the crate.
pub(crate) type ModulePath = Vec<String>;

/// One file of a crate.
#[derive(Debug, Default)]
struct Module {
    /// Paths as they are written, each with the inline modules around it.
    paths: Vec<(ModulePath, Vec<String>)>,
    /// What `use` brings in: the name here, and the path as it is written.
    imports: BTreeMap<String, Vec<String>>,
    /// Paths behind which everything is brought in.
    globs: Vec<Vec<String>>,
    /// What is defined here.
    items: BTreeSet<String>,
    /// The modules that are files of their own.
    children: Vec<String>,
}

/// The files of one crate, by their modules.
#[derive(Debug, Default)]
pub(crate) struct Crate {
    modules: BTreeMap<ModulePath, Module>,
}

/// Longer chains of re-exports are circles themselves.
const MAX_REEXPORTS: usize = 16;

impl Crate {
    /// Reads `root` and the files of its modules. `read` answers with the text of a file, if there is one.
    ///
    /// # Panics
    /// A file is missing or is no Rust.
    pub(crate) fn read(root: &Path, read: &impl Fn(&Path) -> Option<String>) -> Self {
        let mut found = Self::default();
        let folder = root.parent().unwrap_or_else(|| Path::new(""));
        found.add(Vec::new(), root, folder, read);
        found
    }

    fn add(
        &mut self,
        path: ModulePath,
        file: &Path,
        folder: &Path,
        read: &impl Fn(&Path) -> Option<String>,
    ) {
        let text = read(file).unwrap_or_else(|| panic!("there is no {}", file.display()));
        let parsed: File =
            syn::parse_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let mut reader = Reader::default();
        reader.visit_file(&parsed);
        for child in &reader.module.children {
            let below = folder.join(child);
            let child_path = [&path[..], std::slice::from_ref(child)].concat();
            self.add(child_path, &below.with_extension("rs"), &below, read);
        }
        self.modules.insert(path, reader.module);
    }

    /// Which module uses which other one.
    pub(crate) fn uses(&self) -> BTreeSet<(ModulePath, ModulePath)> {
        let mut uses = BTreeSet::new();
        for (path, module) in &self.modules {
            let imports = module.imports.values().map(|written| (Vec::new(), written.clone()));
            let globs = module.globs.iter().map(|written| (Vec::new(), written.clone()));
            for (inline, written) in imports.chain(globs).chain(module.paths.iter().cloned()) {
                let Some(absolute) = self.absolute(path, &inline, &written) else { continue };
                let target = self.home(&absolute, MAX_REEXPORTS);
                if target != *path {
                    uses.insert((path.clone(), target));
                }
            }
        }
        uses
    }

    /// A path as it is written in `module`, from the root of the crate; none if it leads to another crate.
    fn absolute(
        &self,
        module: &[String],
        inline: &[String],
        written: &[String],
    ) -> Option<Vec<String>> {
        let here = [module, inline].concat();
        let first = written.first()?;
        match first.as_str() {
            "crate" => Some(written[1..].to_vec()),
            "self" | "super" => {
                let ups = written.iter().filter(|word| *word == "super").count();
                let rest =
                    written.iter().skip_while(|word| matches!(word.as_str(), "self" | "super"));
                let base = here.len().checked_sub(ups)?;
                Some(here[..base].iter().chain(rest).cloned().collect())
            }
            name => {
                let file = self.modules.get(module)?;
                let is_child = inline.is_empty() && file.children.iter().any(|child| child == name);
                let is_imported =
                    file.imports.get(name).is_some_and(|path| path.first() != Some(first));
                (is_child || is_imported).then(|| [module, written].concat())
            }
        }
    }

    /// The module in which the item at `absolute` is defined.
    fn home(&self, absolute: &[String], reexports: usize) -> ModulePath {
        let most = (0..=absolute.len()).rev().find(|n| self.modules.contains_key(&absolute[..*n]));
        let (module, rest) = absolute.split_at(most.unwrap_or(0));
        let (Some(found), Some(name)) = (self.modules.get(module), rest.first()) else {
            return module.to_vec();
        };
        if found.items.contains(name) || reexports == 0 {
            return module.to_vec();
        }
        let follow = |written: &[String]| {
            let written = self.absolute(module, &[], written)?;
            Some(self.home(&[&written[..], &rest[1..]].concat(), reexports - 1))
        };
        if let Some(written) = found.imports.get(name) {
            return follow(written).unwrap_or_else(|| module.to_vec());
        }
        let globs = found.globs.iter().filter_map(|glob| {
            let target = self.absolute(module, &[], glob)?;
            let home = self.home(&[&target[..], &rest[..1]].concat(), reexports - 1);
            self.modules.get(&home)?.items.contains(name).then_some(home)
        });
        globs.into_iter().next().unwrap_or_else(|| module.to_vec())
    }
}

/// Collects what one file says.
#[derive(Default)]
struct Reader {
    module: Module,
    /// The inline modules around the place that is read.
    inline: ModulePath,
}

impl Reader {
    fn import(&mut self, before: &[String], tree: &UseTree) {
        let with = |name: String| [before, &[name]].concat();
        match tree {
            UseTree::Path(path) => self.import(&with(path.ident.to_string()), &path.tree),
            UseTree::Name(name) if name.ident == "self" => {
                self.imported(before.last().cloned(), before.to_vec());
            }
            UseTree::Name(name) => {
                self.imported(Some(name.ident.to_string()), with(name.ident.to_string()));
            }
            UseTree::Rename(rename) => {
                let path = if rename.ident == "self" {
                    before.to_vec()
                } else {
                    with(rename.ident.to_string())
                };
                self.imported(Some(rename.rename.to_string()), path);
            }
            UseTree::Glob(_) if self.inline.is_empty() => self.module.globs.push(before.to_vec()),
            UseTree::Glob(_) => self.module.paths.push((self.inline.clone(), before.to_vec())),
            UseTree::Group(group) => group.items.iter().for_each(|item| self.import(before, item)),
        }
    }

    fn imported(&mut self, name: Option<String>, path: Vec<String>) {
        match name {
            // Two imports as `_` are two imports.
            Some(name) if self.inline.is_empty() && name != "_" => {
                self.module.imports.insert(name, path);
            }
            _ => self.module.paths.push((self.inline.clone(), path)),
        }
    }

    /// Paths in text that is not parsed: the arguments of macros and attributes.
    fn tokens(&mut self, text: &str) {
        let text = text.replace(" :: ", "::");
        for word in text.split(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | ':'))) {
            if ["crate::", "self::", "super::"].iter().any(|start| word.starts_with(start)) {
                let path = word.split("::").filter(|part| !part.is_empty()).map(str::to_owned);
                self.module.paths.push((self.inline.clone(), path.collect()));
            }
        }
    }
}

impl Visit<'_> for Reader {
    fn visit_item(&mut self, item: &Item) {
        let Some((attributes, name)) = attributes_and_name(item) else { return };
        if is_for_tests(attributes) {
            return;
        }
        if self.inline.is_empty() {
            self.module.items.extend(name);
        }
        visit::visit_item(self, item);
    }

    fn visit_item_mod(&mut self, item: &ItemMod) {
        let name = item.ident.to_string();
        if item.content.is_some() {
            self.inline.push(name);
            visit::visit_item_mod(self, item);
            self.inline.pop();
        } else {
            self.module.children.push(name);
        }
    }

    fn visit_impl_item_fn(&mut self, item: &ImplItemFn) {
        if !is_for_tests(&item.attrs) {
            visit::visit_impl_item_fn(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &ItemUse) {
        self.import(&[], &item.tree);
    }

    fn visit_path(&mut self, path: &syn::Path) {
        let segments = path.segments.iter().map(|segment| segment.ident.to_string());
        self.module.paths.push((self.inline.clone(), segments.collect()));
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, found: &Macro) {
        self.tokens(&found.tokens.to_string());
        visit::visit_macro(self, found);
    }

    fn visit_meta_list(&mut self, list: &MetaList) {
        self.tokens(&list.tokens.to_string());
        visit::visit_meta_list(self, list);
    }
}

/// What stands above an item, and what it defines; nothing for what holds no code.
fn attributes_and_name(item: &Item) -> Option<(&[Attribute], Option<String>)> {
    let named = |attributes, name: &syn::Ident| Some((attributes, Some(name.to_string())));
    match item {
        Item::Const(item) => named(&item.attrs[..], &item.ident),
        Item::Enum(item) => named(&item.attrs, &item.ident),
        Item::Fn(item) => named(&item.attrs, &item.sig.ident),
        Item::Static(item) => named(&item.attrs, &item.ident),
        Item::Struct(item) => named(&item.attrs, &item.ident),
        Item::Trait(item) => named(&item.attrs, &item.ident),
        Item::TraitAlias(item) => named(&item.attrs, &item.ident),
        Item::Type(item) => named(&item.attrs, &item.ident),
        Item::Union(item) => named(&item.attrs, &item.ident),
        Item::ExternCrate(item) => Some((&item.attrs, None)),
        Item::ForeignMod(item) => Some((&item.attrs, None)),
        Item::Impl(item) => Some((&item.attrs, None)),
        Item::Macro(item) => Some((&item.attrs, item.ident.as_ref().map(ToString::to_string))),
        Item::Mod(item) => {
            Some((&item.attrs, item.content.as_ref().map(|_| item.ident.to_string())))
        }
        Item::Use(item) => Some((&item.attrs, None)),
        Item::Verbatim(_) | _ => None,
    }
}

/// `#[cfg(test)]`, alone or with further conditions.
fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().filter(|attribute| attribute.path().is_ident("cfg")).any(|attribute| {
        let condition = attribute.meta.require_list().map(|list| list.tokens.to_string());
        condition.is_ok_and(|text| text == "test" || text.starts_with("all (test"))
    })
}

/// The root of a package in `folder`: of its library, or else of its program.
pub(crate) fn root_of(folder: &Path) -> Option<PathBuf> {
    let roots = ["src/lib.rs", "src/main.rs", "lib.rs"].map(|root| folder.join(root));
    roots.into_iter().find(|root| super::root().join(root).is_file())
}
