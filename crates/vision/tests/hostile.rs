//! Bytes from outside that are no honest photo.

#![allow(clippy::unwrap_used, reason = "a broken test may panic")]

use std::io::Cursor;
use std::time::Duration;

use ermu_vision::{DecodeError, DecodeLimits, Photo, TooSlow, decode};
use image::{DynamicImage, ExtendedColorType, ImageEncoder, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use proptest::prelude::*;

fn picture(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| Rgb([(x * 3) as u8, (y * 5) as u8, ((x ^ y) * 2) as u8]))
}

fn encoded(format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture(90, 60).write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn check(bytes: &[u8]) -> Result<Photo, DecodeError> {
    decode(bytes, DecodeLimits::default())
}

#[test]
fn the_three_formats_are_known_by_their_content() {
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
        let photo = check(&encoded(format)).unwrap();
        assert_eq!((photo.width_px(), photo.height_px()), (90, 60), "{format:?}");
    }
}

#[test]
fn nothing_is_empty_and_text_is_no_picture() {
    assert!(matches!(check(b""), Err(DecodeError::Empty)));
    for bytes in [&b"<html>photo.jpg</html>"[..], b"%PDF-1.7", b"\0", b"GIF89a\x01\0\x01\0\0\0\0;", b"BM______"] {
        assert!(matches!(check(bytes), Err(DecodeError::UnsupportedFormat(_))), "{bytes:?}");
    }
}

#[test]
fn too_many_bytes_are_not_looked_at() {
    let limits = DecodeLimits { max_bytes: 100, ..DecodeLimits::default() };
    assert!(matches!(decode(&[0; 101], limits), Err(DecodeError::TooManyBytes { bytes: 101, max_bytes: 100 })));
}

/// A picture's header that promises 50,000 × 50,000 pixels.
fn bomb(format: ImageFormat) -> Vec<u8> {
    let mut bytes = encoded(format);
    match format {
        ImageFormat::Png => {
            bytes[16..20].copy_from_slice(&50_000_u32.to_be_bytes());
            bytes[20..24].copy_from_slice(&50_000_u32.to_be_bytes());
            let crc = crc32(&bytes[12..29]);
            bytes[29..33].copy_from_slice(&crc.to_be_bytes());
        }
        _ => {
            let frame = bytes.windows(2).position(|marker| marker == [0xFF, 0xC0]).unwrap();
            bytes[frame + 5..frame + 7].copy_from_slice(&50_000_u16.to_be_bytes());
            bytes[frame + 7..frame + 9].copy_from_slice(&50_000_u16.to_be_bytes());
        }
    }
    bytes
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 })
    })
}

#[test]
fn a_header_of_50000_by_50000_is_refused_before_decoding() {
    for format in [ImageFormat::Png, ImageFormat::Jpeg] {
        let error = check(&bomb(format)).unwrap_err();
        assert!(
            matches!(error, DecodeError::TooManyPixels { width_px: 50_000, height_px: 50_000, max_pixels: 40_000_000 }),
            "{format:?}: {error}"
        );
    }
}

#[test]
fn a_cut_off_photo_is_malformed() {
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
        let bytes = encoded(format);
        for share in [0.3, 0.6, 0.9] {
            let end = (bytes.len() as f64 * share) as usize;
            let error = check(&bytes[..end]).unwrap_err();
            assert!(matches!(error, DecodeError::Malformed { .. }), "{format:?} {share}: {error}");
        }
    }
}

#[test]
fn a_jpeg_of_many_scans_is_refused_before_decoding() {
    // Each scan costs a pass over the whole picture: a few kilobytes of them would hold a thread for minutes.
    let whole = encoded(ImageFormat::Jpeg);
    let begin = whole.windows(2).position(|marker| marker == [0xFF, 0xDA]).unwrap();
    let (head, scan) = (&whole[..begin], &whole[begin..whole.len() - 2]);
    let error = check(&[head, &scan.repeat(60), &[0xFF, 0xD9]].concat()).unwrap_err();
    assert!(error.to_string().contains("60 scans, at most 50"), "{error}");
}

#[test]
fn a_photo_that_takes_too_long_is_given_up() {
    let limits = DecodeLimits { max_time: Duration::ZERO, ..DecodeLimits::default() };
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
        let error = decode(&encoded(format), limits).unwrap_err();
        assert!(matches!(error, DecodeError::TooSlow(TooSlow { max_time: Duration::ZERO })), "{format:?}: {error}");
    }
}

#[test]
fn what_hides_behind_a_photo_is_dropped() {
    let mut bytes = encoded(ImageFormat::Jpeg);
    bytes.extend_from_slice(b"PK\x03\x04<script>alert(1)</script>");
    let clean = check(&bytes).unwrap().to_jpeg(90).unwrap();
    assert!(!clean.windows(8).any(|window| window == b"<script>"));
}

#[test]
fn sixteen_bits_grey_and_alpha_become_eight_bit_colour() {
    let grey16 = DynamicImage::ImageLuma16(image::ImageBuffer::from_fn(20, 10, |x, _| image::Luma([x as u16 * 3000])));
    let clear = DynamicImage::ImageRgba8(RgbaImage::from_pixel(20, 10, Rgba([10, 20, 30, 0])));
    let write = |image: &DynamicImage| {
        let mut bytes = Cursor::new(Vec::new());
        image.write_to(&mut bytes, ImageFormat::Png).unwrap();
        check(&bytes.into_inner()).unwrap()
    };
    let grey = write(&grey16);
    let [r, g, b] = grey.rgb().get_pixel(10, 5).0;
    assert!(r == g && g == b && (i32::from(r) - 30000 / 257).abs() <= 1);
    assert_eq!(write(&clear).rgb().get_pixel(3, 3).0, [255, 255, 255]);
}

#[test]
fn a_grey_jpeg_and_a_cmyk_one_are_handled_or_refused() {
    let mut grey = Vec::new();
    let pixels = vec![90_u8; 40 * 30];
    image::codecs::jpeg::JpegEncoder::new(&mut grey).write_image(&pixels, 40, 30, ExtendedColorType::L8).unwrap();
    assert_eq!(check(&grey).unwrap().rgb().get_pixel(5, 5).0, [90, 90, 90]);
    // A frame of four components without the tables for it: an error, never a panic.
    let mut cmyk = encoded(ImageFormat::Jpeg);
    let frame = cmyk.windows(2).position(|marker| marker == [0xFF, 0xC0]).unwrap();
    cmyk[frame + 9] = 4;
    assert!(check(&cmyk).is_err());
}

#[test]
fn moving_pictures_are_refused() {
    let mut png = encoded(ImageFormat::Png);
    let mut control = b"acTL\0\0\0\x02\0\0\0\0".to_vec();
    let crc = crc32(&control);
    control.splice(0..0, 8_u32.to_be_bytes());
    control.extend(crc.to_be_bytes());
    png.splice(33..33, control);
    let still = encoded(ImageFormat::WebP);
    let mut webp = b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\x02\0\0\0\x59\0\0\x3b\0\0ANIM\x06\0\0\0\0\0\0\0\0\0".to_vec();
    webp.extend_from_slice(&frame_of(&still[12..]));
    let length = (webp.len() - 8) as u32;
    webp[4..8].copy_from_slice(&length.to_le_bytes());
    for bytes in [png, webp] {
        let error = check(&bytes).unwrap_err();
        assert!(matches!(error, DecodeError::UnsupportedFormat(what) if what.contains("animated")), "{error}");
    }
}

/// A WebP animation frame of 90 × 60 around the chunks of a still.
fn frame_of(chunks: &[u8]) -> Vec<u8> {
    let mut out = b"ANMF".to_vec();
    out.extend(((16 + chunks.len()) as u32).to_le_bytes());
    out.extend_from_slice(&[0, 0, 0, 0, 0, 0, 89, 0, 0, 59, 0, 0, 10, 0, 0, 0]);
    out.extend_from_slice(chunks);
    out
}

/// A JPEG with an EXIF block that says `orientation`.
fn with_orientation(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let mut tiff = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    tiff.extend_from_slice(&[orientation, 0, 0, 0, 0, 0, 0]);
    let mut out = jpeg[..2].to_vec();
    out.extend_from_slice(&[0xFF, 0xE1]);
    out.extend_from_slice(&(tiff.len() as u16 + 2).to_be_bytes());
    out.extend_from_slice(&tiff);
    out.extend_from_slice(&jpeg[2..]);
    out
}

#[test]
fn all_eight_orientations_come_out_upright() {
    // Red above left, green above right, blue below left, white below right.
    let upright = RgbImage::from_fn(64, 48, |x, y| match (x < 32, y < 24) {
        (true, true) => Rgb([220, 20, 20]),
        (false, true) => Rgb([20, 220, 20]),
        (true, false) => Rgb([20, 20, 220]),
        (false, false) => Rgb([240, 240, 240]),
    });
    use image::imageops::{flip_horizontal, flip_vertical, rotate90, rotate180, rotate270};
    // How the pixels must lie in the file for each orientation (EXIF 2.3, tag 274).
    let stored = [
        upright.clone(),
        flip_horizontal(&upright),
        rotate180(&upright),
        flip_vertical(&upright),
        rotate270(&flip_horizontal(&upright)),
        rotate270(&upright),
        rotate90(&flip_horizontal(&upright)),
        rotate90(&upright),
    ];
    for (i, pixels) in stored.into_iter().enumerate() {
        let jpeg = Photo::from_rgb(pixels).to_jpeg(95).unwrap();
        let photo = check(&with_orientation(&jpeg, i as u8 + 1)).unwrap();
        assert_eq!((photo.width_px(), photo.height_px()), (64, 48), "orientation {}", i + 1);
        for (x, y) in [(8, 8), (56, 8), (8, 40), (56, 40)] {
            let (seen, wanted) = (photo.rgb().get_pixel(x, y).0, upright.get_pixel(x, y).0);
            assert!(
                seen.iter().zip(wanted).all(|(&a, b)| a.abs_diff(b) < 40),
                "orientation {} at {x}, {y}: {seen:?}",
                i + 1
            );
        }
    }
}

#[test]
fn a_nonsense_orientation_is_ignored() {
    let jpeg = encoded(ImageFormat::Jpeg);
    assert_eq!(check(&with_orientation(&jpeg, 77)).unwrap().width_px(), 90);
}

#[test]
fn a_large_photo_is_scaled_down_and_says_so() {
    let mut bytes = Cursor::new(Vec::new());
    picture(3200, 1000).write_to(&mut bytes, ImageFormat::Jpeg).unwrap();
    let photo = check(&bytes.into_inner()).unwrap();
    assert_eq!((photo.width_px(), photo.height_px(), photo.original_px()), (1600, 500, (3200, 1000)));
    assert!((photo.scale() - 0.5).abs() < 1e-6);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn mutated_photos_never_panic(
        format in prop::sample::select(vec![ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP]),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        cut in any::<prop::sample::Index>(),
        keep_whole in any::<bool>(),
    ) {
        let mut bytes = encoded(format);
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if !keep_whole {
            bytes.truncate(cut.index(bytes.len()));
        }
        if let Ok(photo) = check(&bytes) {
            prop_assert!(photo.width_px() <= Photo::LONG_SIDE_PX && photo.height_px() <= Photo::LONG_SIDE_PX);
        }
    }

    #[test]
    fn noise_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let _ = check(&bytes);
    }
}
