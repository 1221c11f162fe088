//! The way of a photo from foreign bytes to upright pixels without metadata, and what has to be true at its end. The fuzz target
//! `fuzz/fuzz_targets/photo.rs` and the test of mutations `photo_mutations.rs` both go it.

use ermu_vision::{DecodeLimits, Photo, decode};

/// Small enough that each of many thousand tries is over in a moment.
pub(crate) fn limits() -> DecodeLimits {
    DecodeLimits { max_bytes: 1 << 20, max_pixels: 1_500_000, ..DecodeLimits::default() }
}

/// Takes bytes for a photo; says whether they were one.
///
/// # Panics
/// If a photo comes out that breaks a promise: too large, not as it was sent, or with metadata in the file that is kept.
pub(crate) fn go(bytes: &[u8]) -> bool {
    let limits = limits();
    let Ok(photo) = decode(bytes, limits) else { return false };
    let (width, height) = (photo.width_px(), photo.height_px());
    assert!(width >= 1 && height >= 1 && width.max(height) <= Photo::LONG_SIDE_PX, "{width} × {height}");
    let (sent_width, sent_height) = photo.original_px();
    assert!(u64::from(sent_width) * u64::from(sent_height) <= limits.max_pixels, "{sent_width} × {sent_height}");
    assert!(bytes.len() <= limits.max_bytes);
    let kept = photo.to_jpeg(88).unwrap_or_else(|error| panic!("{width} × {height}: {error}"));
    assert_eq!(segments(&kept), [0xE0, 0xC0, 0xDB, 0xDB, 0xC4, 0xC4, 0xC4, 0xC4, 0xDA], "more than pixels was kept");
    let again = decode(&kept, DecodeLimits::default()).unwrap_or_else(|error| panic!("what is kept: {error}"));
    assert_eq!((again.width_px(), again.height_px()), (width, height));
    true
}

/// The markers of a JPEG up to its first scan.
fn segments(jpeg: &[u8]) -> Vec<u8> {
    let (mut at, mut markers) = (2, Vec::new());
    while let Some(&[0xFF, marker, high, low]) = jpeg.get(at..at + 4).and_then(|four| four.first_chunk::<4>()) {
        markers.push(marker);
        if marker == 0xDA {
            break;
        }
        at += 2 + usize::from(u16::from_be_bytes([high, low]));
    }
    markers
}
