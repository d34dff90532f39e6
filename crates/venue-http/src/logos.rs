//! Logos of channels: what is accepted as one, and who keeps them, as HTTP sees it.

use std::fmt;

use bytes::Bytes;
use snafu::Snafu;
use venue_domain::BoxFuture;
use venue_registry::Label;

/// Larger than this no logo is.
pub const MAX_LOGO_BYTES: usize = 64 * 1024;

/// Who keeps the logos of the channels.
pub trait LogoControl: fmt::Debug + Send + Sync {
    /// The channels that have one, in order.
    ///
    /// # Cancel safety
    /// Safe: it only reads.
    fn channels(&self) -> BoxFuture<'_, Result<Vec<Label>, LogoError>>;

    /// The logo of a channel, if it has one.
    ///
    /// # Cancel safety
    /// Safe: it only reads.
    fn read(&self, channel: Label) -> BoxFuture<'_, Result<Option<Bytes>, LogoError>>;

    /// Keeps a logo in the place of the one before, durably.
    ///
    /// # Cancel safety
    /// A dropped future may or may not have kept it.
    fn write(&self, channel: Label, image: Bytes) -> BoxFuture<'_, Result<(), LogoError>>;

    /// Forgets the logo of a channel; whether it had one.
    ///
    /// # Cancel safety
    /// A dropped future may or may not have removed it.
    fn remove(&self, channel: Label) -> BoxFuture<'_, Result<bool, LogoError>>;
}

/// Why a logo cannot be read or kept.
#[derive(Clone, Debug, PartialEq, Eq, Snafu)]
pub enum LogoError {
    /// There are as many as there may be.
    #[snafu(display("there are {most} logos already: remove one first"))]
    Full {
        /// So many there may be.
        most: usize,
    },
    /// The folder cannot be used.
    #[snafu(display("the logos cannot be used: {reason}"))]
    Unusable {
        /// Why.
        reason: String,
    },
}

/// The formats that a logo may have. None of them can do anything where it is shown, as SVG could.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PictureFormat {
    Png,
    Jpeg,
    WebP,
}

impl PictureFormat {
    /// By the first bytes of a file, whatever its name says.
    pub(crate) fn of(bytes: &[u8]) -> Option<Self> {
        let is_webp = bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP");
        match bytes {
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => Some(Self::Png),
            [0xFF, 0xD8, 0xFF, ..] => Some(Self::Jpeg),
            _ => is_webp.then_some(Self::WebP),
        }
    }

    pub(crate) const fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::WebP => "image/webp",
        }
    }
}

/// The picture in `bytes`; what is wrong with it, if it is none that is accepted.
pub(crate) fn checked(bytes: &[u8]) -> Result<PictureFormat, String> {
    if bytes.len() > MAX_LOGO_BYTES {
        let size = bytes.len();
        return Err(format!("a logo has at most {MAX_LOGO_BYTES} bytes, and this one has {size}"));
    }
    let format = PictureFormat::of(bytes);
    format
        .ok_or_else(|| "give a picture in PNG, JPEG or WebP; other formats are not kept".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_known_by_its_first_bytes_and_nothing_else_is_one() {
        let webp = b"RIFF\x10\0\0\0WEBPVP8 ";
        let known: [(&[u8], &str); 3] = [
            (b"\x89PNG\r\n\x1a\n\0\0", "image/png"),
            (b"\xff\xd8\xff\xe0", "image/jpeg"),
            (webp, "image/webp"),
        ];
        for (bytes, media_type) in known {
            assert_eq!(checked(bytes).map(PictureFormat::media_type), Ok(media_type));
            assert!(checked(&bytes[..bytes.len().min(2)]).is_err(), "cut off");
        }
        for other in [&b""[..], b"<svg onload='x'/>", b"GIF89a", b"RIFF\0\0\0\0WAVE", b"%PNG"] {
            assert!(checked(other).unwrap_err().starts_with("give a picture in PNG"), "{other:?}");
        }
    }

    #[test]
    fn a_logo_is_small() {
        let mut large = b"\x89PNG\r\n\x1a\n".to_vec();
        large.resize(MAX_LOGO_BYTES, 0);
        assert!(checked(&large).is_ok());
        large.push(0);
        let words = "a logo has at most 65536 bytes, and this one has 65537";
        assert_eq!(checked(&large).unwrap_err(), words);
    }
}
