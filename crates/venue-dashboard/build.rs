//! Packs the page: every file compressed, with what HTTP says of it. What is of others goes as it is, and our own
//! modules without their comments.

mod comments;

use std::{
    env,
    error::Error,
    fmt::Write as _,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use flate2::{Compression, write::GzEncoder};
use sha2::{Digest, Sha256};

fn main() -> Result<(), Box<dyn Error>> {
    let page = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("page");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    println!("cargo::rerun-if-changed={}", page.display());
    let mut names = Vec::new();
    list(&page, &page, &mut names)?;
    names.sort();
    let mut code = String::from("const ASSETS: &[Asset] = &[\n");
    for name in &names {
        let mut bytes = fs::read(page.join(name))?;
        if name.ends_with(".js") && !name.starts_with("vendor/") {
            let code = comments::without_comments(std::str::from_utf8(&bytes)?);
            bytes = code.ok_or_else(|| format!("a comment of {name} does not end"))?.into_bytes();
        }
        let packed = out.join(name.replace('/', "_") + ".gz");
        fs::write(&packed, compressed(&bytes)?)?;
        let etag = &hex(&Sha256::digest(&bytes))[..32];
        writeln!(
            code,
            "Asset {{ name: {name:?}, content_type: {:?}, etag: \"\\\"{etag}\\\"\", \
             gzip: include_bytes!({packed:?}) }},",
            content_type(name)?
        )?;
    }
    code.push_str("];\n");
    let hash = script_hash(&fs::read_to_string(page.join("index.html"))?)?;
    writeln!(code, "const POLICY: &str = {:?};", policy(&hash))?;
    fs::write(out.join("assets.rs"), code)?;
    Ok(())
}

/// The files below `folder`, by their paths from the root of the page. Those without a type are texts for
/// people.
fn list(root: &Path, folder: &Path, names: &mut Vec<String>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            list(root, &path, names)?;
        } else if path.extension().is_some_and(|kind| kind != "txt") {
            names.push(
                path.strip_prefix(root)?.to_str().ok_or("a name that is no text")?.to_owned(),
            );
        }
    }
    Ok(())
}

fn content_type(name: &str) -> Result<&'static str, Box<dyn Error>> {
    match name.rsplit_once('.').map(|(_, kind)| kind) {
        Some("html") => Ok("text/html; charset=utf-8"),
        Some("js" | "mjs") => Ok("text/javascript; charset=utf-8"),
        Some("css") => Ok("text/css; charset=utf-8"),
        Some("png") => Ok("image/png"),
        Some("svg") => Ok("image/svg+xml"),
        Some("webmanifest") => Ok("application/manifest+json"),
        _ => Err(format!("{name} is of no kind that is served").into()),
    }
}

fn compressed(bytes: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}

/// The hash of the only script that stands in the page itself: the map of imports.
fn script_hash(page: &str) -> Result<String, Box<dyn Error>> {
    let open = "<script type=\"importmap\">";
    let (_, rest) = page.split_once(open).ok_or("index.html has no import map")?;
    let (script, _) = rest.split_once("</script>").ok_or("the import map does not end")?;
    Ok(STANDARD.encode(Sha256::digest(script)))
}

/// Nothing but what is ours, and nothing that is written into the page.
fn policy(hash: &str) -> String {
    format!(
        "default-src 'none'; script-src 'self' 'sha256-{hash}'; style-src 'self'; img-src 'self'; \
         connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'"
    )
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a text does not fail.
        let _written = write!(text, "{byte:02x}");
        text
    })
}
