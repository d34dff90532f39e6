//! The code of set-up: who can read the log of a new daemon, or is an admin of its machine, claims the venue with it.

use std::fmt;

use secrecy::{ExposeSecret, SecretString, zeroize::Zeroize};
use subtle::ConstantTimeEq;

/// Without I, L, O and U: none of them is taken for another one when it is copied by hand.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// 60 bits, which nobody guesses.
const CHARS: usize = 12;

/// A code, as `4GKT-9XQ2-M7WP` is one. `Debug` does not show it.
pub struct SetupCode(SecretString);

impl SetupCode {
    /// A new one, from the system's source of randomness.
    ///
    /// # Errors
    /// The system has no random bits.
    pub fn generate() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; CHARS];
        getrandom::fill(&mut bytes)?;
        let text: String =
            bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte & 31)])).collect();
        bytes.zeroize();
        Ok(Self(text.into()))
    }

    /// The code that somebody typed or copied: in upper or lower case, with or without what sets its parts apart.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let plain: Option<String> =
            text.chars().filter(|c| *c != '-' && !c.is_whitespace()).map(digit).collect();
        let plain = plain.filter(|plain| plain.len() == CHARS)?;
        Some(Self(plain.into()))
    }

    /// Its text, in parts, for the person who is to type it.
    #[must_use]
    pub fn reveal(&self) -> String {
        let (text, mut shown) = (self.0.expose_secret(), String::with_capacity(CHARS + 2));
        for (place, c) in text.chars().enumerate() {
            if place > 0 && place % 4 == 0 {
                shown.push('-');
            }
            shown.push(c);
        }
        shown
    }
}

/// What is meant by `c`; some letters are read as the digits that they look like.
fn digit(c: char) -> Option<char> {
    let c = match c.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        c => c,
    };
    ALPHABET.iter().any(|known| char::from(*known) == c).then_some(c)
}

impl PartialEq for SetupCode {
    fn eq(&self, other: &Self) -> bool {
        self.0.expose_secret().as_bytes().ct_eq(other.0.expose_secret().as_bytes()).into()
    }
}

impl Eq for SetupCode {}

impl fmt::Debug for SetupCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SetupCode(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_as_it_is_typed_and_printed_nowhere_else() {
        let code = SetupCode::generate().unwrap();
        let shown = code.reveal();
        assert_eq!((shown.len(), shown.matches('-').count()), (14, 2), "{shown}");
        for typed in
            [shown.clone(), shown.to_lowercase(), shown.replace('-', " "), format!(" {shown}\n")]
        {
            assert_eq!(
                SetupCode::parse(&typed),
                Some(SetupCode(shown.replace('-', "").into())),
                "{typed}"
            );
        }
        assert_eq!(format!("{code:?}"), "SetupCode(..)");
        assert_ne!(SetupCode::generate().unwrap(), code);
        let look_alike = SetupCode::parse("0il1-0000-0000").unwrap();
        assert_eq!(look_alike.reveal(), "0111-0000-0000");
    }

    #[test]
    fn what_is_no_code_is_none() {
        for text in [
            "",
            "0000-0000-000",
            "0000-0000-00000",
            "0000-0000-000U",
            "0000_0000_0000",
            "ÄÄÄÄ-0000-0000",
        ] {
            assert_eq!(SetupCode::parse(text), None, "{text}");
        }
    }
}
