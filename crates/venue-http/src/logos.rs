//! Logos of channels: what is accepted as one, and who keeps them, as HTTP sees it.

use std::fmt;

use bytes::Bytes;
use snafu::Snafu;
use venue_domain::BoxFuture;
use venue_registry::Label;

/// Larger than this no logo is.
pub const MAX_LOGO_BYTES: usize = 64 * 1024;

/// No logo is wider or higher, in pixels: a few bytes may say that they are a picture that fills the memory of a tablet.
const MAX_LOGO_SIDE: usize = 2_048;

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
    let format = PictureFormat::of(bytes).ok_or_else(|| {
        "give a picture in PNG, JPEG or WebP; other formats are not kept".to_owned()
    })?;
    let Ok(imagesize::ImageSize { width, height }) = imagesize::blob_size(bytes) else {
        return Err(
            "the picture is cut off or damaged: its head does not say how large it is".to_owned()
        );
    };
    if !(1..=MAX_LOGO_SIDE).contains(&width) || !(1..=MAX_LOGO_SIDE).contains(&height) {
        return Err(format!(
            "a logo has 1 to {MAX_LOGO_SIDE} pixels in width and height, and this one has {width} x {height}"
        ));
    }
    Ok(format)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The head of a PNG.
    fn png(width: u32, height: u32) -> Vec<u8> {
        let head: [&[u8]; 5] = [
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
            &width.to_be_bytes(),
            &height.to_be_bytes(),
            b"\x08\x06\0\0\0",
            b"\0\0\0\0",
        ];
        head.concat()
    }

    /// The heads of a JPEG and of a WebP.
    const JPEG: &[u8] = b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0\
        \xff\xc0\0\x11\x08\0\x10\0\x20\x03\x01\x22\0\x02\x11\x01\x03\x11\x01";
    const WEBP: &[u8] = b"RIFF\x1a\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\x1f\0\0\x0f\0\0";

    #[test]
    fn a_picture_is_known_by_its_first_bytes_and_nothing_else_is_one() {
        let png = png(32, 16);
        let known: [(&[u8], &str); 3] =
            [(&png, "image/png"), (JPEG, "image/jpeg"), (WEBP, "image/webp")];
        for (bytes, media_type) in known {
            assert_eq!(checked(bytes).map(PictureFormat::media_type), Ok(media_type));
            let cut = checked(&bytes[..16]).unwrap_err();
            assert!(cut.starts_with("the picture is cut off"), "{media_type}: {cut}");
        }
        for other in [&b""[..], b"<svg onload='x'/>", b"GIF89a", b"RIFF\0\0\0\0WAVE", b"%PNG"] {
            assert!(checked(other).unwrap_err().starts_with("give a picture in PNG"), "{other:?}");
        }
    }

    #[test]
    fn a_picture_that_would_fill_the_memory_of_a_tablet_is_no_logo() {
        assert!(checked(&png(2_048, 2_048)).is_ok());
        for (width, height) in [(2_049, 10), (10, 60_000), (0, 10)] {
            let words = format!(
                "a logo has 1 to 2048 pixels in width and height, and this one has {width} x {height}"
            );
            assert_eq!(checked(&png(width, height)).unwrap_err(), words);
        }
    }

    #[test]
    fn a_logo_is_small() {
        let mut large = png(32, 16);
        large.resize(MAX_LOGO_BYTES, 0);
        assert!(checked(&large).is_ok());
        large.push(0);
        let words = "a logo has at most 65536 bytes, and this one has 65537";
        assert_eq!(checked(&large).unwrap_err(), words);
    }
}
