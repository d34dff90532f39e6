//! The page for the staff behind the bar: its files, packed into the program when it is built.
//!
//! The page is plain JavaScript modules and needs no tool to build. What it uses of others is in
//! `page/vendor`, unchanged, with its sums and licences. It talks to the same API as everybody else: its
//! types are made of `docs/openapi.json`, and checked by `tests/page/check.sh`. They stand in comments,
//! which are left out when the page is packed, and in `types`.

use std::io::Read as _;

use flate2::read::GzDecoder;

/// One file of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asset {
    /// Its path from the root of the page, such as `vendor/preact.mjs`.
    pub name: &'static str,
    /// Its `Content-Type`.
    pub content_type: &'static str,
    /// Its `ETag`, in quotes: it changes with the content and with nothing else.
    pub etag: &'static str,
    /// The file, compressed with gzip.
    pub gzip: &'static [u8],
}

impl Asset {
    /// The file as it is, for the few that take no gzip.
    #[must_use]
    pub fn plain(&self) -> Vec<u8> {
        let mut plain = Vec::new();
        // Ours, packed when the program was built: a test unpacks each.
        let unpacked = GzDecoder::new(self.gzip).read_to_end(&mut plain);
        debug_assert!(unpacked.is_ok(), "{}: {unpacked:?}", self.name);
        plain
    }
}

#[cfg(test)]
#[path = "../comments.rs"]
mod comments;

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// The page itself, and what it may do: its `Content-Security-Policy`.
#[must_use]
pub fn page() -> Option<(&'static Asset, &'static str)> {
    asset("index.html").map(|page| (page, POLICY))
}

/// The file of this name.
#[must_use]
pub fn asset(name: &str) -> Option<&'static Asset> {
    ASSETS.binary_search_by_key(&name, |asset| asset.name).ok().map(|found| &ASSETS[found])
}

/// All files, ordered by name.
#[must_use]
pub const fn assets() -> &'static [Asset] {
    ASSETS
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use sha2::{Digest, Sha256};

    use super::*;

    fn sum_of(bytes: &[u8]) -> String {
        Sha256::digest(bytes).iter().fold(String::new(), |mut sum, byte| {
            write!(sum, "{byte:02x}").unwrap();
            sum
        })
    }

    const SUMS: &str = include_str!("../page/vendor/SHA256SUMS.txt");

    #[test]
    fn what_is_compressed_is_the_file_and_is_smaller() {
        for asset in assets() {
            let sum = sum_of(&asset.plain());
            assert_eq!(asset.etag, format!("\"{}\"", &sum[..32]), "{}", asset.name);
        }
        let (plain, gzip) = assets().iter().fold((0, 0), |(plain, gzip), asset| {
            (plain + asset.plain().len(), gzip + asset.gzip.len())
        });
        assert!(gzip * 2 < plain, "{gzip} of {plain}");
    }

    #[test]
    fn nothing_travels_that_is_for_readers_of_the_source_alone() {
        let of_ours = |asset: &&Asset| asset.name.ends_with(".js") && !asset.name.contains('/');
        for asset in assets().iter().filter(of_ours) {
            let text = String::from_utf8(asset.plain()).unwrap();
            let source = format!("{}/page/{}", env!("CARGO_MANIFEST_DIR"), asset.name);
            let source = std::fs::read_to_string(source).unwrap();
            assert!(!text.contains("/**") && source.contains("// "), "{}", asset.name);
            assert_eq!(text.lines().count(), source.lines().count(), "{}", asset.name);
        }
    }

    #[test]
    fn what_is_of_others_is_as_they_made_it() {
        let of_others = |asset: &&Asset| asset.name.starts_with("vendor/");
        for asset in assets().iter().filter(of_others) {
            let sum = sum_of(&asset.plain());
            let name = asset.name.trim_start_matches("vendor/");
            assert!(SUMS.contains(&format!("{sum}  {name}\n")), "{name}: {sum}");
        }
        assert_eq!(SUMS.lines().count(), assets().iter().filter(of_others).count());
    }

    #[test]
    fn every_file_that_a_file_names_is_there() {
        for one in assets() {
            // Icons name nothing.
            let Ok(text) = String::from_utf8(one.plain()) else { continue };
            let named = text.split(['"', '\'']).filter(|word| word.starts_with("./"));
            let folder = one.name.rsplit_once('/').map_or("", |(folder, _)| folder);
            for name in named.filter(|name| name.ends_with("js") || name.ends_with("css")) {
                // The page itself is served one folder above its files.
                let path = format!("{folder}/{}", &name[2..]);
                let path = path.trim_start_matches('/').trim_start_matches("assets/");
                assert!(asset(path).is_some(), "{} names {name}", one.name);
            }
        }
        assert!(asset("nothing.js").is_none());
    }

    #[test]
    fn nothing_may_be_written_into_the_page() {
        let (page, policy) = page().unwrap();
        let text = String::from_utf8(page.plain()).unwrap();
        assert_eq!(text.matches("<script").count(), 3, "the map, and ours");
        assert!(!text.contains(" style=") && !text.contains(" onclick"), "the policy forbids them");
        assert!(policy.contains("script-src 'self' 'sha256-") && !policy.contains("unsafe"));
    }
}
