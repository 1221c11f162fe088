//! Hostile bytes to an upright photo. Limits are checked before any pixel is decoded; content decides the format, never a name.

use std::io::Cursor;
use std::time::Duration;

use image::codecs::{jpeg::JpegDecoder, png::PngDecoder, webp::WebPDecoder};
use image::error::ImageError;
use image::{DynamicImage, ImageDecoder, ImageFormat, Limits, RgbImage};

use crate::deadline::{Deadline, Timed};
use crate::{Photo, TooSlow, jpeg_end};

/// What a photo may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DecodeLimits {
    /// Longest file.
    pub max_bytes: usize,
    /// Most pixels, width times height, as the file's header states them.
    pub max_pixels: u64,
    /// Longest CPU time for a photo: decoding, and where it is inspected, that too. An honest one takes a tenth on a slow core.
    pub max_time: Duration,
}

impl Default for DecodeLimits {
    fn default() -> Self {
        Self { max_bytes: 12_000_000, max_pixels: 40_000_000, max_time: Duration::from_secs(8) }
    }
}

/// Scans of a JPEG. A progressive one of a camera has about ten; each is a pass over the whole picture for as little as a few
/// bytes of the file.
const MOST_SCANS: u32 = 50;

/// Why bytes do not become a photo.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// No bytes at all.
    #[error("the photo is empty: 0 bytes")]
    Empty,
    /// The file is too long.
    #[error("the photo has {bytes} bytes, at most {max_bytes} are taken")]
    TooManyBytes {
        /// The file's length.
        bytes: usize,
        /// The limit.
        max_bytes: usize,
    },
    /// The header states too large a picture.
    #[error("the photo has {width_px} × {height_px} pixels, at most {max_pixels} in all are taken")]
    TooManyPixels {
        /// Stated width.
        width_px: u32,
        /// Stated height.
        height_px: u32,
        /// The limit.
        max_pixels: u64,
    },
    /// A picture or a variant of one that is not taken.
    #[error("{0}: JPEG, PNG and WebP stills are taken")]
    UnsupportedFormat(&'static str),
    /// It begins like a picture and is none.
    #[error("the {format} is damaged or cut off: {reason}")]
    Malformed {
        /// JPEG, PNG or WebP.
        format: &'static str,
        /// What the decoder says.
        reason: String,
    },
    /// It took too long.
    #[error(transparent)]
    TooSlow(#[from] TooSlow),
}

/// Decodes a photo, turns it upright and scales it to at most [`Photo::LONG_SIDE_PX`]. Transparent parts become white.
pub fn decode(bytes: &[u8], limits: DecodeLimits) -> Result<Photo, DecodeError> {
    decode_by(bytes, limits, &Deadline::after(limits.max_time))
}

/// The same, with time that runs already.
pub(crate) fn decode_by(bytes: &[u8], limits: DecodeLimits, deadline: &Deadline) -> Result<Photo, DecodeError> {
    deadline.check()?;
    let decoded = decoded(bytes, limits, deadline);
    // What was stopped for time fails in some way or other, which is not the file's fault.
    deadline.check()?;
    decoded
}

fn decoded(bytes: &[u8], limits: DecodeLimits, deadline: &Deadline) -> Result<Photo, DecodeError> {
    if bytes.is_empty() {
        return Err(DecodeError::Empty);
    }
    if bytes.len() > limits.max_bytes {
        return Err(DecodeError::TooManyBytes { bytes: bytes.len(), max_bytes: limits.max_bytes });
    }
    let reader = Timed::new(bytes, deadline);
    match image::guess_format(bytes) {
        Ok(ImageFormat::Jpeg) => {
            let malformed = |e| malformed("JPEG", &e);
            let decoder = JpegDecoder::new(Cursor::new(bytes)).map_err(malformed)?;
            // The decoder fills up what is missing with grey: a cut-off photo has to be noticed here.
            let Some(scans) = jpeg_end::scans(bytes) else {
                let reason = "the end of the picture is missing".to_owned();
                return Err(DecodeError::Malformed { format: "JPEG", reason });
            };
            if scans > MOST_SCANS {
                let reason = format!("it has {scans} scans, at most {MOST_SCANS} are taken");
                return Err(DecodeError::Malformed { format: "JPEG", reason });
            }
            finish(decoder, "JPEG", limits)
        }
        Ok(ImageFormat::Png) => {
            let malformed = |e| malformed("PNG", &e);
            let decoder = PngDecoder::with_limits(reader, allocation(limits)).map_err(malformed)?;
            if decoder.is_apng().map_err(malformed)? {
                return Err(DecodeError::UnsupportedFormat("the PNG is animated"));
            }
            finish(decoder, "PNG", limits)
        }
        Ok(ImageFormat::WebP) => {
            let decoder = WebPDecoder::new(reader).map_err(|e| malformed("WebP", &e))?;
            if decoder.has_animation() {
                return Err(DecodeError::UnsupportedFormat("the WebP is animated"));
            }
            finish(decoder, "WebP", limits)
        }
        Ok(_) => Err(DecodeError::UnsupportedFormat("the photo is of another format")),
        Err(_) => Err(DecodeError::UnsupportedFormat("the file is no picture")),
    }
}

fn allocation(limits: DecodeLimits) -> Limits {
    let mut allocation = Limits::default();
    // Four channels of 16 bits are the widest pixel that the three formats have.
    allocation.max_alloc = Some(limits.max_pixels.saturating_mul(8));
    allocation
}

fn malformed(format: &'static str, error: &ImageError) -> DecodeError {
    DecodeError::Malformed { format, reason: error.to_string() }
}

fn finish<D: ImageDecoder>(mut decoder: D, format: &'static str, limits: DecodeLimits) -> Result<Photo, DecodeError> {
    let (width_px, height_px) = decoder.dimensions();
    if u64::from(width_px) * u64::from(height_px) > limits.max_pixels {
        return Err(DecodeError::TooManyPixels { width_px, height_px, max_pixels: limits.max_pixels });
    }
    decoder.set_limits(allocation(limits)).map_err(|e| malformed(format, &e))?;
    // A damaged EXIF block does not spoil the pixels.
    let orientation = decoder.orientation().unwrap_or(image::metadata::Orientation::NoTransforms);
    let picture = DynamicImage::from_decoder(decoder).map_err(|e| malformed(format, &e))?;
    let photo = Photo::from_rgb(flatten(picture));
    let (width, height) = photo.original_px();
    let turned = orientation.to_exif() >= 5;
    let mut upright = DynamicImage::ImageRgb8(photo.rgb);
    upright.apply_orientation(orientation);
    let original_px = if turned { (height, width) } else { (width, height) };
    Ok(Photo::from_rgb(upright.into_rgb8()).with_original_px(original_px))
}

/// Eight bits a channel, transparency over white.
fn flatten(picture: DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.into_rgb8();
    }
    let rgba = picture.into_rgba8();
    let over_white = |value: u8, alpha: u8| {
        let (value, alpha) = (u32::from(value), u32::from(alpha));
        ((value * alpha + 255 * (255 - alpha) + 127) / 255) as u8
    };
    RgbImage::from_fn(rgba.width(), rgba.height(), |x, y| {
        let [r, g, b, a] = rgba.get_pixel(x, y).0;
        image::Rgb([over_white(r, a), over_white(g, a), over_white(b, a)])
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deadline::ticking;

    #[test]
    fn a_png_is_given_up_in_the_middle_when_its_time_is_up() {
        // Noise does not shrink: some 200 kB, of which each 16 kB ask for the time.
        let mut state = 1_u32;
        let noise = RgbImage::from_fn(300, 230, |_, _| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            image::Rgb([(state >> 24) as u8, (state >> 16) as u8, (state >> 8) as u8])
        });
        let mut bytes = Cursor::new(Vec::new());
        noise.write_to(&mut bytes, ImageFormat::Png).unwrap();
        let within = |seconds| {
            let deadline = Deadline::on(ticking, Duration::from_secs(seconds));
            decode_by(bytes.get_ref(), DecodeLimits::default(), &deadline)
        };
        assert!(matches!(within(8), Err(DecodeError::TooSlow(_))));
        assert!(within(1000).is_ok());
    }
}
