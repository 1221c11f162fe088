//! Scaling down by the mean of whole pixels: what `image::imageops::thumbnail` gives, in a fraction of its time. A telephone's photo
//! is scaled down right after decoding, and again wherever something is sought on a coarser picture.

use std::ops::Range;

use image::{RgbImage, imageops};

/// More pixels than this on one are summed in more than 16 bits.
const MOST_ON_ONE: usize = 256;

/// The picture at another size.
pub(crate) fn shrunk(rgb: &RgbImage, width: u32, height: u32) -> RgbImage {
    let (columns, rows) = (parts(rgb.width(), width), parts(rgb.height(), height));
    let on_one = |parts: &[Range<usize>]| parts.iter().map(ExactSizeIterator::len).max().unwrap_or(0);
    let grows = columns.iter().chain(&rows).any(Range::is_empty);
    if grows || on_one(&columns) > MOST_ON_ONE || on_one(&rows) > MOST_ON_ONE {
        return imageops::thumbnail(rgb, width, height);
    }
    let line = 3 * rgb.width() as usize;
    let source = rgb.as_raw();
    let mut out = Vec::with_capacity(3 * width as usize * height as usize);
    let mut sums = vec![0_u16; line];
    for row in rows {
        sums.fill(0);
        for source in source[row.start * line..row.end * line].chunks_exact(line) {
            for (sum, &value) in sums.iter_mut().zip(source) {
                *sum += u16::from(value);
            }
        }
        for column in &columns {
            let mut total = [0_u32; 3];
            for pixel in sums[3 * column.start..3 * column.end].chunks_exact(3) {
                for (total, &sum) in total.iter_mut().zip(pixel) {
                    *total += u32::from(sum);
                }
            }
            let count = (row.len() * column.len()) as u32;
            // Rounded division by a multiplication: exact below 2¹² pixels on one.
            let inverse = (1_u64 << 32).div_ceil(u64::from(count));
            let mean = |total: u32| {
                let total = total + count / 2;
                if count < 1 << 12 { ((u64::from(total) * inverse) >> 32) as u8 } else { (total / count) as u8 }
            };
            out.extend(total.map(mean));
        }
    }
    RgbImage::from_raw(width, height, out).unwrap_or_else(|| imageops::thumbnail(rgb, width, height))
}

/// The pixels of a side that fall on each of the new ones.
fn parts(from: u32, to: u32) -> Vec<Range<usize>> {
    // As `thumbnail` cuts them, in its arithmetic.
    let ratio = from as f32 / to as f32;
    let cut = |i: u32| {
        let low = i as f32 * ratio;
        let begin = (low.ceil() as u32).min(from.saturating_sub(1));
        begin as usize..((low + ratio).ceil() as u32).clamp(begin, from) as usize
    };
    (0..to).map(cut).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_gives_the_same_pixels_as_thumbnail() {
        let mut state = 5_u32;
        let mut noise = |width, height| {
            RgbImage::from_fn(width, height, |_, _| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                image::Rgb([(state >> 24) as u8, (state >> 16) as u8, 255 - (state >> 27) as u8])
            })
        };
        for (from, to) in [
            ((400, 300), (160, 120)),
            ((333, 217), (160, 104)),
            ((333, 217), (333, 217)),
            ((1000, 7), (3, 2)),
            ((700, 600), (1, 1)),
            ((5, 9), (4, 9)),
            ((4, 4), (9, 9)),
        ] {
            let picture = noise(from.0, from.1);
            assert!(shrunk(&picture, to.0, to.1) == imageops::thumbnail(&picture, to.0, to.1), "{from:?} to {to:?}");
        }
    }
}
