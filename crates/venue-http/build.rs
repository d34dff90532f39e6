//! Packs the description of the API, which is large and seldom asked for.

use std::{env, error::Error, fmt::Write as _, fs, io::Write as _, path::PathBuf};

use flate2::{Compression, write::GzEncoder};
use sha2::{Digest, Sha256};

fn main() -> Result<(), Box<dyn Error>> {
    let file = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("openapi.json");
    println!("cargo::rerun-if-changed={}", file.display());
    let bytes = fs::read(file)?;
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&bytes)?;
    let packed = PathBuf::from(env::var("OUT_DIR")?).join("openapi.json.gz");
    fs::write(packed, encoder.finish()?)?;
    let mut etag = String::new();
    for byte in Sha256::digest(&bytes).iter().take(16) {
        write!(etag, "{byte:02x}")?;
    }
    println!("cargo::rustc-env=OPENAPI_ETAG=\"{etag}\"");
    Ok(())
}
