//! Files that are encrypted with a passphrase, as `age` does it, so that `age --decrypt` opens them as well.

use std::{
    fmt,
    fs::{self, File},
    io::{self, BufReader, BufWriter, Read, Write},
    iter,
    path::{Path, PathBuf},
};

use age::{
    DecryptError, Decryptor, EncryptError, Encryptor,
    scrypt::{Identity, Recipient},
    secrecy::{ExposeSecret, SecretString},
};
use snafu::{ResultExt, Snafu, ensure};

/// What a file is encrypted with.
#[derive(Clone)]
pub struct Passphrase(SecretString);

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase(..)")
    }
}

impl PartialEq for Passphrase {
    fn eq(&self, other: &Self) -> bool {
        self.0.expose_secret() == other.0.expose_secret()
    }
}

impl Eq for Passphrase {}

/// Why a file is not encrypted or decrypted. Nothing shows the passphrase.
#[derive(Debug, Snafu)]
#[non_exhaustive]
pub enum SealError {
    /// The passphrase cannot be read.
    #[snafu(display("cannot read the passphrase from {}", path.display()))]
    ReadPassphrase {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The passphrase is guessed in no time.
    #[snafu(display(
        "the passphrase in {} is too short: give at least {SHORTEST} characters, such as five words", path.display()
    ))]
    Short {
        /// The file.
        path: PathBuf,
    },
    /// A file cannot be read.
    #[snafu(display("cannot read {}", path.display()))]
    Reading {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file cannot be written.
    #[snafu(display("cannot write {}", path.display()))]
    Writing {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It cannot be encrypted.
    #[snafu(display("cannot encrypt"))]
    Encrypt {
        /// Why.
        source: EncryptError,
    },
    /// It was cut off or changed, or cannot be read.
    #[snafu(display("{} is not whole", path.display()))]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Whoever made it asks for more memory and time than a small machine has.
    #[snafu(display(
        "{} was encrypted with a work factor over {MOST_WORK}: open it with `age --decrypt` on another machine",
        path.display()
    ))]
    ExcessiveWork {
        /// The file.
        path: PathBuf,
    },
    /// The passphrase is another one, or the file is damaged.
    #[snafu(display("cannot decrypt {}: is it the passphrase that it was made with?", path.display()))]
    Decrypt {
        /// The file.
        path: PathBuf,
        /// Why.
        source: DecryptError,
    },
}

impl Passphrase {
    /// Reads the first line of a file.
    ///
    /// # Errors
    /// [`SealError::ReadPassphrase`], [`SealError::Short`].
    pub fn read(path: &Path) -> Result<Self, SealError> {
        let text = fs::read_to_string(path).context(ReadPassphraseSnafu { path })?;
        let line = text.lines().next().unwrap_or_default().trim();
        ensure!(line.chars().count() >= SHORTEST, ShortSnafu { path });
        Ok(Self(SecretString::from(line)))
    }
}

/// Whether the file is one that needs a passphrase.
pub(crate) fn is_sealed(path: &Path) -> bool {
    let mut begin = [0; MARK.len()];
    File::open(path).and_then(|mut file| file.read_exact(&mut begin)).is_ok() && begin == *MARK
}

/// Encrypts the file `from` into `to`, which is at `path`; it is on the disk when this returns.
pub(crate) fn seal(
    from: &Path,
    to: &File,
    path: &Path,
    passphrase: &Passphrase,
) -> Result<(), SealError> {
    let mut source = File::open(from).context(ReadingSnafu { path: from })?;
    let mut recipient = Recipient::new(passphrase.0.clone());
    recipient.set_work_factor(WORK);
    let recipients = iter::once(&recipient as &dyn age::Recipient);
    let encryptor = Encryptor::with_recipients(recipients).context(EncryptSnafu)?;
    let written = (|| {
        let mut sealing = encryptor.wrap_output(BufWriter::new(to))?;
        io::copy(&mut source, &mut sealing)?;
        sealing.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
    })();
    written.context(WritingSnafu { path })
}

/// Decrypts the file `from` into the new file `to`, which is at `path`.
pub(crate) fn open(
    from: &Path,
    to: &File,
    path: &Path,
    passphrase: &Passphrase,
) -> Result<(), SealError> {
    let source = BufReader::new(File::open(from).context(ReadingSnafu { path: from })?);
    let mut identity = Identity::new(passphrase.0.clone());
    identity.set_max_work_factor(MOST_WORK);
    let decryptor = Decryptor::new_buffered(source).map_err(|why| undecrypted(from, why))?;
    let identities = iter::once(&identity as &dyn age::Identity);
    let mut opened = decryptor.decrypt(identities).map_err(|why| undecrypted(from, why))?;
    let mut target = BufWriter::new(to);
    let mut part = vec![0; PART];
    loop {
        // What was changed or cut off on the way is found by reading.
        let count = opened.read(&mut part).context(DamagedSnafu { path: from })?;
        if count == 0 {
            return target.flush().context(WritingSnafu { path });
        }
        target.write_all(&part[..count]).context(WritingSnafu { path })?;
    }
}

/// A wrong passphrase is the one that people can mend.
fn undecrypted(path: &Path, why: DecryptError) -> SealError {
    let path = path.to_owned();
    match why {
        DecryptError::ExcessiveWork { .. } => SealError::ExcessiveWork { path },
        DecryptError::Io(source) => SealError::Damaged { path, source },
        source @ (DecryptError::DecryptionFailed
        | DecryptError::InvalidHeader
        | DecryptError::InvalidMac
        | DecryptError::KeyDecryptionFailed
        | DecryptError::NoMatchingKeys
        | DecryptError::UnknownFormat) => SealError::Decrypt { path, source },
    }
}

/// Read at once.
const PART: usize = 64 * 1024;

/// How each such file begins.
const MARK: &[u8; 21] = b"age-encryption.org/v1";

const SHORTEST: usize = 12;

/// Making the key takes 32 MiB of memory, which a small machine has, and a tenth of a second or a second.
const WORK: u8 = 15;

/// What `age` itself makes: 256 MiB. A file that asks for more could stop a small machine.
const MOST_WORK: u8 = 18;

#[cfg(test)]
mod tests {
    use super::*;

    fn passphrase(folder: &Path, text: &str) -> Result<Passphrase, SealError> {
        let path = folder.join("passphrase");
        fs::write(&path, text).unwrap();
        Passphrase::read(&path)
    }

    fn sealed(from: &Path, to: &Path, passphrase: &Passphrase) {
        seal(from, &File::create(to).unwrap(), to, passphrase).unwrap();
    }

    fn opened(from: &Path, to: &Path, passphrase: &Passphrase) -> Result<(), SealError> {
        open(from, &File::create(to).unwrap(), to, passphrase)
    }

    #[test]
    fn what_is_sealed_opens_with_its_passphrase_alone() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let content: Vec<u8> = (0..200_000_u32).flat_map(u32::to_le_bytes).collect();
        fs::write(at("plain"), &content).unwrap();
        let right = passphrase(folder.path(), "five words make it long\nsecond line\n").unwrap();
        sealed(&at("plain"), &at("sealed"), &right);
        assert!(is_sealed(&at("sealed")) && !is_sealed(&at("plain")) && !is_sealed(&at("none")));
        assert!(!fs::read(at("sealed")).unwrap().windows(400).any(|part| part == &content[..400]));
        opened(&at("sealed"), &at("opened"), &right).unwrap();
        assert_eq!(fs::read(at("opened")).unwrap(), content);
        let wrong = passphrase(folder.path(), "other words make it long").unwrap();
        let error = opened(&at("sealed"), &at("other"), &wrong).unwrap_err();
        assert!(error.to_string().contains("is it the passphrase"), "{error}");
        assert_eq!(fs::read(at("other")).unwrap(), b"", "nothing of it was written");
        assert!(!format!("{right:?}").contains("words"));
    }

    #[test]
    fn what_was_cut_off_or_changed_does_not_open() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("plain"), vec![7; 200_000]).unwrap();
        let right = passphrase(folder.path(), "five words make it long").unwrap();
        sealed(&at("plain"), &at("sealed"), &right);
        let whole = fs::read(at("sealed")).unwrap();
        let mut changed = whole.clone();
        changed[whole.len() / 2] ^= 1;
        for wrong in [&whole[..whole.len() - 1], &whole[..whole.len() / 2], &changed, &whole[..30]]
        {
            fs::write(at("wrong"), wrong).unwrap();
            opened(&at("wrong"), &at("opened"), &right).unwrap_err();
        }
    }

    #[test]
    fn a_file_that_asks_for_much_memory_is_refused_before_any_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("plain"), "plain").unwrap();
        let right = passphrase(folder.path(), "five words make it long").unwrap();
        sealed(&at("plain"), &at("sealed"), &right);
        let whole = fs::read(at("sealed")).unwrap();
        let end_of_line = whole.iter().skip(22).position(|byte| *byte == b'\n').unwrap() + 22;
        let line = String::from_utf8(whole[..end_of_line].to_vec()).unwrap();
        // The work factor is the last word of the second line.
        let greedy = format!("{} 30", line.rsplit_once(' ').unwrap().0);
        fs::write(at("greedy"), [greedy.as_bytes(), &whole[end_of_line..]].concat()).unwrap();
        let error = opened(&at("greedy"), &at("opened"), &right).unwrap_err();
        assert!(matches!(error, SealError::ExcessiveWork { .. }), "{error:?}");
    }

    #[test]
    fn a_short_passphrase_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let error = passphrase(folder.path(), "  secret \n").unwrap_err().to_string();
        assert!(error.contains("at least 12 characters") && !error.contains("secret "), "{error}");
    }
}
