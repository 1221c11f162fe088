//! An upright photo, small enough to work on.

use std::sync::{Arc, OnceLock};

use ermu_domain::Region;
use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageEncoder, RgbImage};

use crate::align::Catalogued;
use crate::shrink::shrunk;

/// An upright RGB photo of at most [`Photo::LONG_SIDE_PX`] a side. It carries no metadata.
#[derive(Debug, Clone)]
pub struct Photo {
    pub(crate) rgb: RgbImage,
    original_px: (u32, u32),
    /// What alignment needs of a catalogue photo, worked out when it first serves as one.
    catalogued: OnceLock<Arc<Catalogued>>,
}

/// A photo could not be written as JPEG.
#[derive(Debug, thiserror::Error)]
#[error("the photo could not be encoded: {0}")]
pub struct EncodeError(#[from] image::ImageError);

impl Photo {
    /// Longer photos are scaled down to this right after decoding.
    pub const LONG_SIDE_PX: u32 = 1600;

    /// Takes an upright picture as it is, scaled down if it is too long.
    #[must_use]
    pub fn from_rgb(rgb: RgbImage) -> Self {
        let original_px = rgb.dimensions();
        let long = original_px.0.max(original_px.1);
        if long <= Self::LONG_SIDE_PX {
            return Self { rgb, original_px, catalogued: OnceLock::new() };
        }
        let scale = |v: u32| (u64::from(v) * u64::from(Self::LONG_SIDE_PX) / u64::from(long)).max(1) as u32;
        let (width, height) = (scale(original_px.0), scale(original_px.1));
        let rgb = shrunk(&rgb, width, height);
        Self { rgb, original_px, catalogued: OnceLock::new() }
    }

    /// The same with another size on record: where the picture was scaled down before.
    pub(crate) fn with_original_px(self, original_px: (u32, u32)) -> Self {
        Self { original_px, ..self }
    }

    /// This photo as one that others are compared with.
    pub(crate) fn catalogued(&self) -> &Catalogued {
        self.catalogued.get_or_init(|| Arc::new(Catalogued::new(&self.rgb)))
    }

    /// Width in pixels.
    #[must_use]
    pub fn width_px(&self) -> u32 {
        self.rgb.width()
    }

    /// Height in pixels.
    #[must_use]
    pub fn height_px(&self) -> u32 {
        self.rgb.height()
    }

    /// Width and height of the upright photo as it was sent.
    #[must_use]
    pub fn original_px(&self) -> (u32, u32) {
        self.original_px
    }

    /// This photo's pixels a pixel of the photo as it was sent, 0 to 1.
    #[must_use]
    pub fn scale(&self) -> f32 {
        self.rgb.width().max(self.rgb.height()) as f32 / self.original_px.0.max(self.original_px.1) as f32
    }

    /// The pixels.
    #[must_use]
    pub fn rgb(&self) -> &RgbImage {
        &self.rgb
    }

    /// The same at another size, which may be larger than [`Photo::LONG_SIDE_PX`].
    #[must_use]
    pub fn resized(&self, width_px: u32, height_px: u32) -> Self {
        let (width_px, height_px) = (width_px.max(1), height_px.max(1));
        let rgb = image::imageops::resize(&self.rgb, width_px, height_px, image::imageops::FilterType::Triangle);
        Self { original_px: rgb.dimensions(), rgb, catalogued: OnceLock::new() }
    }

    /// Paints a grey box over a part of it.
    pub(crate) fn paint_over(&mut self, region: Region) {
        const GREY: image::Rgb<u8> = image::Rgb([128; 3]);
        let (width, height) = (self.rgb.width(), self.rgb.height());
        let edge = |share: f32, side: u32| (share.clamp(0.0, 1.0) * side as f32).round() as u32;
        let (left, right) = (edge(region.x, width), edge(region.x + region.width, width));
        let (top, bottom) = (edge(region.y, height), edge(region.y + region.height, height));
        for y in top..bottom {
            for x in left..right {
                self.rgb.put_pixel(x, y, GREY);
            }
        }
        self.catalogued = OnceLock::new();
    }

    /// The photo as JPEG of quality 1 to 100, without any metadata.
    pub fn to_jpeg(&self, quality: u8) -> Result<Vec<u8>, EncodeError> {
        let mut bytes = Vec::new();
        JpegEncoder::new_with_quality(&mut bytes, quality.clamp(1, 100)).write_image(
            self.rgb.as_raw(),
            self.rgb.width(),
            self.rgb.height(),
            ExtendedColorType::Rgb8,
        )?;
        Ok(bytes)
    }
}
