//! Where damage truly is, asked by rectangles.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;
use ermu_domain::Region;
use ermu_vision::{DecodeLimits, Photo, decode};

use super::set::Area;

/// How far a mask's channel must be from the ground's to count as damaged: scaling leaves grey rims.
const MARKED: u8 = 60;
/// Side of the grid on which polygons are drawn.
const DRAWN_PX: usize = 1024;

/// A mask that answers in constant time whether anything in a rectangle is damaged (summed areas; Crow 1984).
#[derive(Debug)]
pub(super) struct Marked {
    width: usize,
    height: usize,
    /// One row and one column more than pixels.
    sums: Vec<u32>,
}

impl Marked {
    /// `None` where only boxes are known.
    pub(super) fn of(area: &Area) -> anyhow::Result<Option<Self>> {
        Ok(match area {
            Area::Mask(path) => {
                let photo = read_photo(path)?;
                let rgb = photo.rgb();
                // Some sets mark on black, some on white; more than half of a picture is whole.
                let ground: [u8; 3] = std::array::from_fn(|c| median(rgb.pixels().map(|pixel| pixel.0[c])));
                let apart = |value: [u8; 3]| value.into_iter().zip(ground).any(|(a, b)| a.abs_diff(b) > MARKED);
                let hurt = rgb.pixels().map(|pixel| apart(pixel.0));
                Some(Self::new(rgb.width() as usize, rgb.height() as usize, hurt))
            }
            Area::Polygons(polygons) => Some(Self::drawn(polygons)),
            Area::Boxes(_) => None,
        })
    }

    /// Outlines run through the middles of marked pixels, so that they count as well as what they hold: of a crack one pixel wide
    /// there would be nothing left. OpenCV's `fillPoly` does the same.
    fn drawn(polygons: &[Vec<(f32, f32)>]) -> Self {
        let middle = |i: usize| (i as f32 + 0.5) / DRAWN_PX as f32;
        let at = |i: usize| (middle(i % DRAWN_PX), middle(i / DRAWN_PX));
        let inside = |i| polygons.iter().any(|corners| contains(corners, at(i)));
        let mut hurt: Vec<bool> = (0..DRAWN_PX * DRAWN_PX).map(inside).collect();
        for corners in polygons {
            for (&from, &to) in corners.iter().zip(corners.iter().cycle().skip(1)) {
                outline(from, to, &mut hurt);
            }
        }
        Self::new(DRAWN_PX, DRAWN_PX, hurt.into_iter())
    }

    fn new(width: usize, height: usize, hurt: impl Iterator<Item = bool>) -> Self {
        let mut sums = vec![0; (width + 1) * (height + 1)];
        let mut row = 0;
        for (i, hurt) in hurt.enumerate() {
            let (x, y) = (i % width, i / width);
            row = u32::from(hurt) + if x == 0 { 0 } else { row };
            sums[(y + 1) * (width + 1) + x + 1] = sums[y * (width + 1) + x + 1] + row;
        }
        Self { width, height, sums }
    }

    /// Whether anything in a rectangle (shares of the picture; it may reach beyond) is damaged. The smallest takes in a pixel.
    pub(super) fn any(&self, region: Region) -> bool {
        let span = |from: f32, length: f32, side: usize| {
            let first = (from * side as f32).floor().clamp(0.0, (side - 1) as f32) as usize;
            let end = ((from + length) * side as f32).ceil().clamp(0.0, side as f32) as usize;
            (first, end.max(first + 1))
        };
        let ((x0, x1), (y0, y1)) =
            (span(region.x, region.width, self.width), span(region.y, region.height, self.height));
        let sum = |x: usize, y: usize| self.sums[y * (self.width + 1) + x];
        sum(x1, y1) + sum(x0, y0) > sum(x1, y0) + sum(x0, y1)
    }
}

fn median(values: impl Iterator<Item = u8>) -> u8 {
    let mut counts = [0_usize; 256];
    values.for_each(|value| counts[usize::from(value)] += 1);
    let half = counts.iter().sum::<usize>() / 2;
    let mut below = 0;
    let reaches = |count: &usize| {
        below += count;
        below > half
    };
    counts.iter().position(reaches).unwrap_or(0) as u8
}

/// Marks the cells of a side.
fn outline(from: (f32, f32), to: (f32, f32), hurt: &mut [bool]) {
    let side = DRAWN_PX as f32;
    let cell = |v: f32| ((v * side) as usize).min(DRAWN_PX - 1);
    let steps =
        (2.0 * side * f32::max((to.0 - from.0).abs(), (to.1 - from.1).abs())).ceil().clamp(1.0, 4.0 * side) as u16;
    for step in 0..=steps {
        let t = f32::from(step) / f32::from(steps);
        let (x, y) = (from.0 + t * (to.0 - from.0), from.1 + t * (to.1 - from.1));
        if [x, y].iter().all(|v| (0.0..=1.0).contains(v)) {
            hurt[cell(y) * DRAWN_PX + cell(x)] = true;
        }
    }
}

/// Even-odd rule.
fn contains(corners: &[(f32, f32)], (x, y): (f32, f32)) -> bool {
    let mut inside = false;
    let mut previous = corners[corners.len() - 1];
    for &corner in corners {
        let crosses = (corner.1 > y) != (previous.1 > y);
        if crosses && x < (previous.0 - corner.0) * (y - corner.1) / (previous.1 - corner.1) + corner.0 {
            inside = !inside;
        }
        previous = corner;
    }
    inside
}

/// A picture of the set; the error names the file.
pub(super) fn read_photo(path: &Path) -> anyhow::Result<Photo> {
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    decode(&bytes, DecodeLimits::default()).with_context(|| path.display().to_string())
}

/// Pictures that several cases share, decoded once.
#[derive(Debug, Default)]
pub(super) struct Shared(HashMap<PathBuf, Photo>);

impl Shared {
    pub(super) fn photo(&mut self, path: &Path) -> anyhow::Result<Photo> {
        if let Some(photo) = self.0.get(path) {
            return Ok(photo.clone());
        }
        let photo = read_photo(path)?;
        self.0.insert(path.to_owned(), photo.clone());
        Ok(photo)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rectangle_knows_what_it_holds() {
        let marked = Marked::new(4, 4, (0..16).map(|i| i == 6));
        let region = |x: f32, y: f32, side: f32| Region { x, y, width: side, height: side };
        assert!(marked.any(region(0.5, 0.25, 0.25)) && marked.any(region(0.0, 0.0, 1.0)));
        assert!(marked.any(region(0.6, 0.3, 0.0)), "smaller than a pixel");
        assert!(!marked.any(region(0.0, 0.0, 0.25)) && !marked.any(region(0.75, 0.0, 0.25)));
    }

    #[test]
    fn a_polygon_is_filled() {
        let marked = Marked::drawn(&[vec![(0.25, 0.25), (0.75, 0.25), (0.5, 0.75)]]);
        let at = |x, y| marked.any(Region { x, y, width: 0.001, height: 0.001 });
        assert!(at(0.5, 0.4) && !at(0.3, 0.7) && !at(0.9, 0.3));
    }

    #[test]
    fn a_crack_as_narrow_as_a_line_is_marked_on_all_its_length() {
        // There and back again on the same pixels: it holds no area.
        let marked = Marked::drawn(&[vec![(0.2, 0.3), (0.5, 0.31), (0.9, 0.6), (0.5, 0.31)]]);
        let around = |x, y| marked.any(Region { x: x - 0.001, y: y - 0.001, width: 0.002, height: 0.002 });
        for i in 0..=20_u8 {
            let t = f32::from(i) / 20.0;
            assert!(around(0.2 + 0.3 * t, 0.3 + 0.01 * t) && around(0.5 + 0.4 * t, 0.31 + 0.29 * t), "{t}");
        }
        assert!(!around(0.55, 0.45) && !around(0.2, 0.6));
        // What lies beyond the picture is left out.
        let beyond = Marked::drawn(&[vec![(0.9, 0.5), (1.5, 0.5), (0.9, 0.5)]]);
        let at = |x, y| beyond.any(Region { x, y, width: 0.01, height: 0.01 });
        assert!(at(0.95, 0.495) && at(0.995, 0.495) && !at(0.995, 0.6) && !at(0.0, 0.495));
    }
}
