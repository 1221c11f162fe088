//! Thousands of broken photos, the same in every run: cut off, with turned bits, with headers of others, with sizes that lie. None
//! may panic, take more memory than its limits allow, or come out with anything but pixels.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a broken test may panic")]

mod photo_way;

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
    io::Cursor,
};

use ermu_testkit::fixture;
use ermu_vision::{DecodeLimits, Photo, decode};
use image::{DynamicImage, ImageFormat};

/// Counts what a thread holds.
struct Counting;

thread_local! {
    static HELD: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

fn count(change: isize) {
    // A thread that is ending has no counters any more.
    let _ = HELD.try_with(|held| {
        held.set(held.get() + change);
        let _ = PEAK.try_with(|peak| peak.set(peak.get().max(held.get())));
    });
}

#[allow(unsafe_code, reason = "an allocator is unsafe by its nature; this one hands everything to the system's")]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size as isize - layout.size() as isize);
        unsafe { System.realloc(at, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Random numbers (SplitMix64), the same for the same seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ z >> 31) % end.max(1) as u64) as usize
    }
}

/// Bytes a pixel while a photo is decoded: coefficients of a progressive JPEG in four colours, its pixels, and those turned upright.
const BYTES_A_PIXEL: usize = 24;
/// Tables, buffers, and what is written of a photo.
const BYTES_BESIDE: usize = 6 << 20;

/// Goes the way with bytes, and looks at what memory it took.
fn go(name: &str, bytes: &[u8]) -> bool {
    let before = HELD.get();
    PEAK.set(before);
    let taken = photo_way::go(bytes);
    let (took, left) = ((PEAK.get() - before) as usize, HELD.get() - before);
    let most = BYTES_A_PIXEL * photo_way::limits().max_pixels as usize + 3 * bytes.len() + BYTES_BESIDE;
    assert!(took <= most, "{name}: {took} bytes of memory for {} bytes", bytes.len());
    assert!(left < 1 << 16, "{name}: {left} bytes were kept");
    taken
}

/// Photos of every kind that is taken, and some that are not.
fn seeds() -> Vec<(String, Vec<u8>)> {
    let mut seeds = Vec::new();
    for file in ["kettle-clean.jpg", "kettle-scratch.webp", "speaker-crack.png", "coffee-machine-scratch-turned.jpg"] {
        let bytes = std::fs::read(fixture(&format!("image-fixtures/{file}"))).unwrap();
        let photo = decode(&bytes, DecodeLimits::default()).unwrap();
        seeds.push((file.to_owned(), bytes));
        let small = DynamicImage::ImageRgb8(photo.resized(96, 72).rgb().clone());
        for (kind, picture) in [
            ("8-bit", small.clone()),
            ("grey", DynamicImage::ImageLuma8(small.to_luma8())),
            ("16-bit", DynamicImage::ImageRgba16(small.to_rgba16())),
            ("clear", DynamicImage::ImageRgba8(small.to_rgba8())),
        ] {
            for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
                let mut bytes = Cursor::new(Vec::new());
                if picture.write_to(&mut bytes, format).is_ok() {
                    seeds.push((format!("{file} {kind} {format:?}"), bytes.into_inner()));
                }
            }
        }
    }
    seeds.push(("progressive".to_owned(), progressive(96, 72, 12)));
    seeds.push(("four colours".to_owned(), four_colours()));
    seeds
}

/// A grey progressive JPEG whose scans say nothing, as cheaply as one can (ITU-T T.81, annex G).
fn progressive(width: u16, height: u16, scans: usize) -> Vec<u8> {
    let mut out = vec![0xFF, 0xD8, 0xFF, 0xDB, 0, 67, 0];
    out.extend([1; 64]);
    out.extend([0xFF, 0xC2, 0, 11, 8]);
    out.extend(height.to_be_bytes());
    out.extend(width.to_be_bytes());
    out.extend([1, 1, 0x11, 0]);
    // One code of one bit for each table: no difference; the end of 2¹⁴ blocks and more.
    for (class, symbol) in [(0x00, 0x00), (0x10, 0xE0)] {
        out.extend([0xFF, 0xC4, 0, 20, class, 1]);
        out.extend([0; 15]);
        out.push(symbol);
    }
    let blocks = usize::from(width).div_ceil(8) * usize::from(height).div_ceil(8);
    out.extend([0xFF, 0xDA, 0, 8, 1, 1, 0x00, 0, 0, 0]);
    out.extend(std::iter::repeat_n(0, blocks.div_ceil(8)));
    for _ in 1..scans {
        out.extend([0xFF, 0xDA, 0, 8, 1, 1, 0x00, 1, 63, 0]);
        // A bit 0 and fourteen bits 1: the end of 32767 blocks.
        let bits: Vec<bool> = (0..blocks.div_ceil(32767)).flat_map(|_| (0..15).map(|bit| bit > 0)).collect();
        for eight in bits.chunks(8) {
            let byte = (0..8).fold(0_u8, |byte, i| byte << 1 | u8::from(eight.get(i).copied().unwrap_or(true)));
            out.push(byte);
            if byte == 0xFF {
                out.push(0);
            }
        }
    }
    out.extend([0xFF, 0xD9]);
    out
}

/// A JPEG of four colours: the blocks of a grey one, dealt out to four components in turn.
fn four_colours() -> Vec<u8> {
    let mut grey = Cursor::new(Vec::new());
    let picture = image::GrayImage::from_fn(128, 128, |x, y| image::Luma([((x * 2) ^ y) as u8]));
    picture.write_to(&mut grey, ImageFormat::Jpeg).unwrap();
    let mut bytes = grey.into_inner();
    let frame = bytes.windows(2).position(|marker| marker == [0xFF, 0xC0]).unwrap();
    let components = (1..=4).flat_map(|id| [id, 0x11, 0]);
    let header: Vec<u8> = [0xFF, 0xC0, 0, 20, 8, 0, 64, 0, 64, 4].into_iter().chain(components).collect();
    bytes.splice(frame..frame + 13, header);
    let scan = bytes.windows(2).position(|marker| marker == [0xFF, 0xDA]).unwrap();
    let header = [0xFF, 0xDA, 0, 14, 4, 1, 0, 2, 0, 3, 0, 4, 0, 0, 63, 0];
    bytes.splice(scan..scan + 10, header);
    bytes
}

/// One broken photo out of good ones.
fn mutated(dice: &mut Dice, seeds: &[(String, Vec<u8>)]) -> (String, Vec<u8>) {
    let (name, seed) = &seeds[dice.below(seeds.len())];
    let mut bytes = seed.clone();
    // Most of what decides lies in the header.
    let place = |dice: &mut Dice, length: usize| {
        if dice.below(2) == 0 { dice.below(length.min(700)) } else { dice.below(length) }
    };
    let mut told = name.clone();
    for _ in 0..=dice.below(3) {
        let length = bytes.len();
        let how = ["cut", "bits", "bytes", "extreme", "splice", "repeat", "drop", "size"][dice.below(8)];
        told = format!("{told}, {how}");
        match how {
            "cut" => bytes.truncate(dice.below(length)),
            "bits" => {
                for _ in 0..=dice.below(6) {
                    let at = place(dice, length);
                    bytes.get_mut(at).into_iter().for_each(|byte| *byte ^= 1 << dice.below(8));
                }
            }
            "bytes" => {
                for _ in 0..=dice.below(6) {
                    let at = place(dice, length);
                    bytes.get_mut(at).into_iter().for_each(|byte| *byte = dice.below(256) as u8);
                }
            }
            "extreme" => {
                let (at, value) = (place(dice, length), [0x00, 0x7F, 0x80, 0xFF][dice.below(4)]);
                let end = (at + 1 + dice.below(4)).min(length);
                bytes.get_mut(at..end).into_iter().for_each(|part| part.fill(value));
            }
            // The beginning of one photo, the end of another.
            "splice" => {
                let other = &seeds[dice.below(seeds.len())].1;
                bytes.truncate(place(dice, length));
                bytes.extend_from_slice(&other[place(dice, other.len())..]);
            }
            "repeat" => {
                let from = place(dice, length);
                let part = bytes[from..(from + dice.below(3000)).min(length)].repeat(1 + dice.below(20));
                bytes.splice(from..from, part);
            }
            "drop" => {
                let from = place(dice, length);
                bytes.drain(from..(from + dice.below(64)).min(length));
            }
            // Width and height of a PNG, a JPEG's first frame, or a WebP.
            "size" => {
                let frame = bytes.windows(2).position(|two| two[0] == 0xFF && (0xC0..0xC3).contains(&two[1]));
                let at =
                    if bytes.starts_with(b"\xFF\xD8") { frame.map_or(0, |at| at + 5) } else { 16 + dice.below(14) };
                let size = [0_u32, 1, 0x7FFF_FFFF, 0xFFFF_FFFF, 0x0000_FFFF, 0x0400_0400, 0x0001_0000][dice.below(7)];
                let end = (at + 4).min(length);
                bytes
                    .get_mut(at..end)
                    .into_iter()
                    .for_each(|part| part.copy_from_slice(&size.to_be_bytes()[..part.len()]));
            }
            _ => unreachable!("eight ways"),
        }
        if bytes.is_empty() {
            bytes.push(0);
        }
    }
    if bytes.starts_with(b"\x89PNG") && dice.below(2) == 0 {
        mend_checksums(&mut bytes);
    }
    (told, bytes)
}

/// Makes the checksums of a PNG right again, or the decoder would look at nothing behind the first wrong one.
fn mend_checksums(bytes: &mut [u8]) {
    let mut at = 8;
    while let Some(four) = bytes.get(at..at + 4) {
        let length = u32::from_be_bytes([four[0], four[1], four[2], four[3]]) as usize;
        let Some(chunk) = at.checked_add(length).and_then(|end| bytes.get(at + 4..end.checked_add(8)?)) else { return };
        let crc = crc32(chunk).to_be_bytes();
        let end = at + 8 + length;
        let Some(stored) = bytes.get_mut(end..end + 4) else { return };
        stored.copy_from_slice(&crc);
        at = end + 4;
    }
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 })
    })
}

#[test]
fn whole_photos_are_taken() {
    for (name, bytes) in seeds() {
        assert!(go(&name, &bytes), "{name} is refused: {:?}", decode(&bytes, photo_way::limits()).err());
    }
    let four = decode(&four_colours(), photo_way::limits()).unwrap();
    assert_eq!((four.width_px(), four.height_px()), (64, 64));
}

#[test]
fn broken_photos_do_no_harm() {
    let seeds = seeds();
    let dice = &mut Dice(20_261_122);
    let mut taken = 0;
    for _ in 0..4000 {
        let (name, bytes) = mutated(dice, &seeds);
        let done = std::panic::catch_unwind(|| go(&name, &bytes));
        taken += usize::from(done.unwrap_or_else(|_| panic!("{name}: {} bytes", bytes.len())));
    }
    // If nearly all or nearly none came through, the mutations would test little.
    assert!((200..3600).contains(&taken), "{taken} of 4000 were taken");
}

#[test]
fn a_photo_that_is_another_file_too_keeps_nothing_of_it() {
    let photo = Photo::from_rgb(image::RgbImage::new(40, 30)).to_jpeg(90).unwrap();
    for foreign in [&b"PK\x03\x04 zip"[..], b"%PDF-1.7", b"<html><script>", b"GIF89a", b"\x7fELF", b"RIFF\0\0\0\0WEBP"]
    {
        assert!(go("foreign first", &photo), "the photo itself");
        assert!(!go("foreign first", &[foreign, &photo].concat()), "{foreign:?}");
        assert!(go("foreign behind", &[&photo, foreign].concat()), "{foreign:?}");
        // In a comment: 0xFFFE, its length, its text.
        let comment = [&[0xFF, 0xFE, 0, foreign.len() as u8 + 2], foreign].concat();
        let within = [&photo[..2], &comment, &photo[2..]].concat();
        assert!(go("foreign within", &within), "{foreign:?}");
        let kept = decode(&within, photo_way::limits()).unwrap().to_jpeg(90).unwrap();
        assert!(!kept.windows(foreign.len()).any(|part| part == foreign));
    }
}
