//! PINs and passwords: which are taken, and what is kept of one.

use std::{fmt, str::FromStr};

use argon2::{Algorithm, Argon2, Params, Version};
use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use snafu::{ResultExt, Snafu, ensure};
use subtle::ConstantTimeEq;

/// What one hashing takes: 19 MiB and two passes, which a Raspberry Pi has within a few tenths of a second.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;

/// More than anybody types.
const MOST_CHARS: usize = 128;

/// A PIN or password that somebody chose. `Debug` does not show it.
pub struct NewPin(SecretString);

/// The text is no PIN or password. It is not repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Snafu)]
#[snafu(display(
    "give a PIN of 6 to 12 digits, or a password of 8 to 128 characters; not one digit again and again, and no digits \
     in a row such as 123456"
))]
pub struct NewPinError;

impl FromStr for NewPin {
    type Err = NewPinError;

    fn from_str(text: &str) -> Result<Self, NewPinError> {
        let (count, bytes) = (text.chars().count(), text.as_bytes());
        let is_pin = bytes.iter().all(u8::is_ascii_digit);
        let fits =
            if is_pin { (6..=12).contains(&count) } else { (8..=MOST_CHARS).contains(&count) };
        ensure!(fits && !text.chars().any(char::is_control), NewPinSnafu);
        let steps: Vec<i16> =
            bytes.windows(2).map(|pair| i16::from(pair[1]) - i16::from(pair[0])).collect();
        let in_a_row = [-1, 0, 1].into_iter().any(|step| steps.iter().all(|one| *one == step));
        ensure!(!in_a_row, NewPinSnafu);
        Ok(Self(text.to_owned().into()))
    }
}

impl fmt::Debug for NewPin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NewPin(..)")
    }
}

/// What is kept of a PIN or password: its Argon2id hash with salt and costs.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretHash {
    memory_kib: u32,
    passes: u32,
    salt: String,
    hash: String,
}

/// Why nothing can be kept.
#[derive(Clone, Debug, PartialEq, Eq, Snafu)]
#[non_exhaustive]
pub enum SecretHashError {
    /// A salt that can be guessed is none.
    #[snafu(display("the system provided no random bits"))]
    Randomness {
        /// What it said.
        source: getrandom::Error,
    },
    /// The hashing failed.
    #[snafu(display("the PIN could not be hashed"))]
    Hashing,
}

impl SecretHash {
    /// Hashes `pin`. Slow on purpose, and it takes 19 MiB: a few at a time, never on a thread that serves others.
    ///
    /// # Errors
    /// [`SecretHashError`].
    pub fn of(pin: &NewPin) -> Result<Self, SecretHashError> {
        let mut salt = [0; 16];
        getrandom::fill(&mut salt).context(RandomnessSnafu)?;
        let hash = hashed(pin.0.expose_secret(), &salt, MEMORY_KIB, PASSES);
        let hash = hash.ok_or(SecretHashError::Hashing)?;
        let (salt, hash) = (STANDARD_NO_PAD.encode(salt), STANDARD_NO_PAD.encode(hash));
        Ok(Self { memory_kib: MEMORY_KIB, passes: PASSES, salt, hash })
    }

    /// That of nobody, which no text matches: to compare with it takes as long as with anybody's.
    #[must_use]
    pub fn nobodys() -> Self {
        let (salt, hash) = (STANDARD_NO_PAD.encode([0; 16]), String::new());
        Self { memory_kib: MEMORY_KIB, passes: PASSES, salt, hash }
    }

    /// Whether `text` is what was hashed. As slow as [`SecretHash::of`].
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        if text.chars().count() > MOST_CHARS {
            return false;
        }
        let Ok(salt) = STANDARD_NO_PAD.decode(&self.salt) else { return false };
        let Some(hash) = hashed(text, &salt, self.memory_kib, self.passes) else { return false };
        let kept = STANDARD_NO_PAD.decode(&self.hash).unwrap_or_default();
        hash[..].ct_eq(&kept).into()
    }
}

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHash(..)")
    }
}

fn hashed(text: &str, salt: &[u8], memory_kib: u32, passes: u32) -> Option<[u8; 32]> {
    // What is read from a store must not make this take the machine's memory.
    let costs = memory_kib.min(4 * MEMORY_KIB);
    let params = Params::new(costs, passes.min(8), 1, Some(32)).ok()?;
    let mut hash = [0; 32];
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    argon2.hash_password_into(text.as_bytes(), salt, &mut hash).ok()?;
    Some(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_has_six_digits_and_is_not_the_first_that_anybody_would_try() {
        for text in ["273951", "000001", "112233", "correct horse", "pässwörd"] {
            assert!(text.parse::<NewPin>().is_ok(), "{text}");
        }
        let long = "x1".repeat(65);
        for text in [
            "",
            "27395",
            "1234567890123",
            "111111",
            "123456",
            "987654",
            "short77",
            "tab\there",
            &long,
        ] {
            let told = text.parse::<NewPin>().unwrap_err().to_string();
            assert!(told.contains("6 to 12 digits"), "{text:?}: {told}");
        }
    }

    #[test]
    fn only_what_was_hashed_matches_and_nothing_of_it_is_shown_or_kept() {
        let hash = SecretHash::of(&"273951".parse().unwrap()).unwrap();
        assert!(hash.matches("273951") && !hash.matches("273952") && !hash.matches(""));
        assert!(!SecretHash::nobodys().matches("273951") && !SecretHash::nobodys().matches(""));
        let kept = serde_json::to_string(&hash).unwrap();
        assert!(!kept.contains("273951") && !format!("{hash:?}").contains("salt"));
        let again: SecretHash = serde_json::from_str(&kept).unwrap();
        assert!(again.matches("273951"));
        let other = SecretHash::of(&"273951".parse().unwrap()).unwrap();
        assert_ne!(hash, other, "each has a salt of its own");
    }
}
