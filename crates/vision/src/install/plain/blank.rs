//! Whether a quadrilateral holds nothing but paper: a page with print on it, a picture and a poster are no blank sheets, of whatever
//! size. Light that falls off across it, and a shadow on one side, are no print.

use super::super::candidates::Levels;
use crate::homography::{Homography, Point};

/// Blocks that its inside is parted in, across and down.
const ACROSS: usize = 8;
const DOWN: usize = 11;
/// Places of a block that are looked at, a side.
const PLACES: std::ops::RangeInclusive<usize> = 3..=12;
/// Its rim, as a share of its sides, which edges that curl and their shadows fall on.
const RIM: f64 = 0.05;
/// Of what is as bright as this share of the brightest tenth, and darker, no more than this share of all places may be: ink is darker
/// than any shadow in a room.
const INK: f64 = 0.6;
const MOST_INK: f64 = 0.01;
/// How much darker than blocks to its left and right, and above and below, a block may be, as a share of the brightness. What lies
/// between margins is print; a shadow is open to one side at least.
const MOST_ISLAND: f64 = 0.02;
/// How far levels scatter in the middle one of the blocks, in levels: noise of a dim room.
const MOST_SCATTER: f64 = 6.0;

/// Whether a quadrilateral (corners clockwise from the upper left) is blank.
pub(super) fn is_blank(levels: &Levels, quad: &[Point; 4]) -> bool {
    let side = |i: usize| (quad[i].0 - quad[(i + 1) % 4].0).hypot(quad[i].1 - quad[(i + 1) % 4].1);
    let places = |length: f64, blocks: usize| {
        let most = length / blocks as f64;
        PLACES.rev().find(|places| *places as f64 <= most).unwrap_or(*PLACES.start())
    };
    let (wide, tall) = (places((side(0) + side(2)) / 2.0, ACROSS), places((side(1) + side(3)) / 2.0, DOWN));
    let Some(inside) = rectified(levels, quad, wide * ACROSS, tall * DOWN) else { return false };
    let mut sorted = inside.clone();
    sorted.sort_by(f64::total_cmp);
    let bright = sorted[sorted.len() * 9 / 10].max(1.0);
    let ink = sorted.partition_point(|level| *level < INK * bright);
    let mut means = [[0.0; ACROSS]; DOWN];
    let mut scatters = Vec::with_capacity(ACROSS * DOWN);
    for (y, row) in means.iter_mut().enumerate() {
        for (x, mean) in row.iter_mut().enumerate() {
            let block = (0..wide * tall).map(|i| inside[(y * tall + i / wide) * wide * ACROSS + x * wide + i % wide]);
            let n = (wide * tall) as f64;
            *mean = block.clone().sum::<f64>() / n;
            scatters.push((block.map(|level| (level - *mean).powi(2)).sum::<f64>() / n).sqrt());
        }
    }
    scatters.sort_by(f64::total_cmp);
    ink as f64 <= MOST_INK * inside.len() as f64
        && scatters[scatters.len() / 2] <= MOST_SCATTER
        && island(&means) <= MOST_ISLAND * bright
}

/// The levels inside, row by row.
fn rectified(levels: &Levels, quad: &[Point; 4], across: usize, down: usize) -> Option<Vec<f64>> {
    let square = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)];
    let onto = Homography::fit(&[0, 1, 2, 3].map(|i| (square[i], quad[i])))?;
    let share = |i: usize, of: usize| RIM + (1.0 - 2.0 * RIM) * (i as f64 + 0.5) / of as f64;
    let places = (0..down).flat_map(|y| (0..across).map(move |x| (x, y)));
    places.map(|(x, y)| levels.sample(onto.apply((share(x, across), share(y, down)))?)).collect()
}

/// By how much the darkest island is darker than the brightest blocks to its left, to its right, above and below, whichever is darkest.
fn island(means: &[[f64; ACROSS]; DOWN]) -> f64 {
    let brightest = |blocks: &mut dyn Iterator<Item = f64>| blocks.fold(f64::MIN, f64::max);
    let mut deepest = 0.0_f64;
    for (y, row) in means.iter().enumerate() {
        for (x, &mean) in row.iter().enumerate() {
            let around = [
                brightest(&mut row[..x].iter().copied()),
                brightest(&mut row[x + 1..].iter().copied()),
                brightest(&mut means[..y].iter().map(|row| row[x])),
                brightest(&mut means[y + 1..].iter().map(|row| row[x])),
            ];
            deepest = deepest.max(around.into_iter().fold(f64::MAX, f64::min) - mean);
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{Rgb, RgbImage};

    /// A sheet of 160 × 226 pixels with levels by its shares.
    fn is_blank_with(level: impl Fn(f64, f64) -> f64) -> bool {
        let picture = RgbImage::from_fn(200, 260, |x, y| {
            let (u, v) = ((f64::from(x) - 20.0) / 160.0, (f64::from(y) - 17.0) / 226.0);
            let inside = (0.0..=1.0).contains(&u) && (0.0..=1.0).contains(&v);
            Rgb([if inside { level(u, v) as u8 } else { 120 }; 3])
        });
        is_blank(&Levels::of(&picture), &[(20.0, 17.0), (180.0, 17.0), (180.0, 243.0), (20.0, 243.0)])
    }

    #[test]
    fn light_and_shadow_are_not_print() {
        assert!(is_blank_with(|_, _| 210.0));
        assert!(is_blank_with(|u, v| 140.0 + 60.0 * u + 40.0 * v));
        assert!(is_blank_with(|u, v| if u + 0.6 * v < 0.7 { 150.0 } else { 220.0 }));
    }

    #[test]
    fn text_pictures_and_grain_are() {
        // Lines of text, too small to be told apart, in the middle or on all of the page but its margins.
        let middle = |u: f64, from: f64| (from..1.0 - from).contains(&u);
        assert!(!is_blank_with(|u, v| if middle(u, 0.2) && middle(v, 0.35) { 203.0 } else { 215.0 }));
        assert!(!is_blank_with(|u, v| if middle(u, 0.1) && middle(v, 0.1) { 203.0 } else { 215.0 }));
        // A dark picture on all of it, and at its edge.
        assert!(!is_blank_with(|u, v| if middle(u, 0.15) && middle(v, 0.2) { 60.0 } else { 215.0 }));
        assert!(!is_blank_with(|_, v| if v < 0.3 { 60.0 } else { 215.0 }));
        assert!(!is_blank_with(|u, v| if ((u * 160.0) as i32 + (v * 226.0) as i32) % 4 < 2 { 190.0 } else { 215.0 }));
    }

    #[test]
    fn what_reaches_beyond_the_photo_is_not_blank() {
        let levels = Levels::of(&RgbImage::from_pixel(50, 50, Rgb([200; 3])));
        assert!(!is_blank(&levels, &[(10.0, 10.0), (70.0, 10.0), (70.0, 95.0), (10.0, 95.0)]));
        assert!(!is_blank(&levels, &[(f64::NAN, 10.0), (40.0, 10.0), (40.0, 45.0), (10.0, 45.0)]));
        assert!(is_blank(&levels, &[(10.0, 10.0), (40.0, 10.0), (40.0, 45.0), (10.0, 45.0)]));
    }
}
