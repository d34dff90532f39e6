//! Tests of the workspace itself: which crate may use which, which file may use which, and what every file
//! must have.

#[cfg(test)]
mod circles;
#[cfg(test)]
mod conformance;
#[cfg(test)]
mod files;
#[cfg(test)]
mod functions;
#[cfg(test)]
mod layers;
#[cfg(test)]
mod module_circles;
#[cfg(test)]
mod modules;
#[cfg(test)]
mod semantics;

/// The root of the workspace.
#[cfg(test)]
fn root() -> std::path::PathBuf {
    // This package is two folders down.
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
