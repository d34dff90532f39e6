//! Files that are encrypted with a passphrase, as `age` does it.

use std::{fs::File, io::Read, path::Path};

/// Whether the file is one that needs a passphrase.
pub(crate) fn is_sealed(path: &Path) -> bool {
    let mut begin = [0; MARK.len()];
    File::open(path).and_then(|mut file| file.read_exact(&mut begin)).is_ok() && begin == *MARK
}

/// How each such file begins.
const MARK: &[u8; 21] = b"age-encryption.org/v1";
