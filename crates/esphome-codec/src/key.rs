//! The pre-shared key of a device.

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use snafu::{Snafu, ensure};

/// A Noise pre-shared key, 32 bytes. It never shows itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Psk([u8; 32]);

/// Why a text or bytes are no pre-shared key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Snafu)]
#[non_exhaustive]
pub enum PskError {
    /// The text is not base64.
    #[snafu(display("a key is 32 bytes in base64, this is not base64"))]
    NotBase64,
    /// The text encodes another number of bytes.
    #[snafu(display("a key is 32 bytes in base64, this encodes {size} bytes"))]
    Size {
        /// How many.
        size: usize,
    },
    /// All zero: the key of an unprovisioned device, which authenticates nobody.
    #[snafu(display("a key of zeros authenticates nobody"))]
    Zero,
}

impl Psk {
    /// Reads the base64 text of an ESPHome configuration.
    ///
    /// # Errors
    /// [`PskError`]; the text itself is not part of it.
    pub fn from_base64(text: &str) -> Result<Self, PskError> {
        let bytes = STANDARD.decode(text).map_err(|_| PskError::NotBase64)?;
        let size = bytes.len();
        let bytes = bytes.try_into().map_err(|_| PskError::Size { size })?;
        Self::from_bytes(bytes)
    }

    /// Takes the bytes of a key.
    ///
    /// # Errors
    /// [`PskError::Zero`].
    pub fn from_bytes(bytes: [u8; 32]) -> Result<Self, PskError> {
        ensure!(bytes != [0; 32], ZeroSnafu);
        Ok(Self(bytes))
    }

    /// The key as base64, for a configuration file.
    #[must_use]
    pub fn to_base64(&self) -> String {
        STANDARD.encode(self.0)
    }

    pub(crate) const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Psk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Psk(..)")
    }
}

/// How the frames of a session travel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Encryption {
    /// In the clear.
    Plaintext,
    /// Through `Noise_NNpsk0_25519_ChaChaPoly_SHA256` with this key.
    Noise(Psk),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_reads_back_and_never_shows_itself() {
        let text = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
        let key = Psk::from_base64(text).unwrap();
        assert_eq!(key.to_base64(), text);
        assert_eq!(format!("{key:?}"), "Psk(..)");
    }

    #[test]
    fn what_is_no_key_is_refused() {
        assert_eq!(Psk::from_base64("&"), Err(PskError::NotBase64));
        assert_eq!(Psk::from_base64("AAEC"), Err(PskError::Size { size: 3 }));
        assert_eq!(Psk::from_bytes([0; 32]), Err(PskError::Zero));
    }
}
