//! From a four-sided shape to a marker whose corners are known to a fraction of a pixel.

use super::{
    candidates::Levels,
    dictionary::{self, CELLS},
    line::Line,
};
use crate::homography::{Homography, Point};

/// A marker on a photo.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Seen {
    /// Its number in the dictionary.
    pub(super) id: usize,
    /// Its outer corners in pixels, clockwise from its own upper left.
    pub(super) corners: [Point; 4],
}

/// White is at least this much brighter than black, in grey levels.
const LEAST_CONTRAST: f64 = 24.0;
/// Cells of the black border that may look white: a reflection, a hair.
const MOST_WHITE_BORDER: usize = 1;

/// Reads a shape; `None` if it is no marker of ours.
pub(super) fn read(levels: &Levels, quad: [Point; 4]) -> Option<Seen> {
    // The shape's corners are middles of pixels that are dark already: its edge is half a pixel farther out.
    let quad = grown(quad, 0.5);
    let turned = identify(levels, quad)?;
    let mut corners = [0, 1, 2, 3].map(|i| quad[(i + 4 - turned.turns) % 4]);
    // The second time, the sides are looked for where the first found them.
    for _ in 0..2 {
        corners = refined(levels, corners)?;
    }
    Some(Seen { id: turned.id, corners })
}

/// A quadrilateral whose corners are moved away from its middle.
fn grown(quad: [Point; 4], by: f64) -> [Point; 4] {
    let (mx, my) = quad.iter().fold((0.0, 0.0), |(x, y), p| (x + p.0 / 4.0, y + p.1 / 4.0));
    quad.map(|(x, y)| {
        let far = (x - mx).hypot(y - my).max(1.0);
        let scale = 1.0 + by * std::f64::consts::SQRT_2 / far;
        (mx + (x - mx) * scale, my + (y - my) * scale)
    })
}

/// The marker in a quadrilateral.
fn identify(levels: &Levels, quad: [Point; 4]) -> Option<dictionary::Match> {
    let n = CELLS as f64;
    let cells = [(0.0, 0.0), (n, 0.0), (n, n), (0.0, n)];
    let to_photo = Homography::fit(&[0, 1, 2, 3].map(|i| (cells[i], quad[i])))?;
    // The mean of the middle of a cell.
    let level = |row: isize, column: isize| {
        let mut sum = 0.0;
        for i in 0..9_u8 {
            let (u, v) = (f64::from(i % 3), f64::from(i / 3));
            let at = (column as f64 + 0.3 + 0.2 * u, row as f64 + 0.3 + 0.2 * v);
            sum += levels.sample(to_photo.apply(at)?)?;
        }
        Some(sum / 9.0)
    };
    let (mut black, mut white) = (Plane::default(), Plane::default());
    let last = CELLS as isize - 1;
    for row in 0..=last {
        for column in 0..=last {
            if row == 0 || column == 0 || row == last || column == last {
                black.add(row, column, level(row, column)?);
            }
        }
    }
    for i in 0..=last {
        for (row, column) in [(-1, i), (last + 1, i), (i, -1), (i, last + 1)] {
            // Half a cell beside the marker the paper may end.
            if let Some(value) = level(row, column) {
                white.add(row, column, value);
            }
        }
    }
    let (black, white) = (black.fitted()?, white.fitted()?);
    if white(2.5, 2.5) - black(2.5, 2.5) < LEAST_CONTRAST {
        return None;
    }
    let is_white = |row: isize, column: isize| {
        let (y, x) = (row as f64, column as f64);
        Some(level(row, column)? > f64::midpoint(black(x, y), white(x, y)))
    };
    let (mut bits, mut white_border) = (0_u16, 0);
    for row in 0..=last {
        for column in 0..=last {
            let is_white = is_white(row, column)?;
            if row == 0 || column == 0 || row == last || column == last {
                white_border += usize::from(is_white);
            } else {
                bits = bits << 1 | u16::from(is_white);
            }
        }
    }
    if white_border > MOST_WHITE_BORDER {
        return None;
    }
    dictionary::identify(bits)
}

/// Brightness that changes evenly over a marker: a plane through values that lie symmetrically about its middle.
#[derive(Debug, Default)]
struct Plane {
    values: Vec<(f64, f64, f64)>,
}

impl Plane {
    fn add(&mut self, row: isize, column: isize, value: f64) {
        self.values.push((column as f64, row as f64, value));
    }

    /// The plane as a function of column and row; `None` with too few values. One outlier in three does not move its height.
    fn fitted(mut self) -> Option<impl Fn(f64, f64) -> f64> {
        if self.values.len() < 8 {
            return None;
        }
        let n = self.values.len() as f64;
        let mean = |f: &dyn Fn(&(f64, f64, f64)) -> f64| self.values.iter().map(f).sum::<f64>() / n;
        let (mx, my, mv) = (mean(&|p| p.0), mean(&|p| p.1), mean(&|p| p.2));
        let slope = |axis: &dyn Fn(&(f64, f64, f64)) -> f64| {
            let (mut products, mut squares) = (0.0, 0.0);
            for p in &self.values {
                products += axis(p) * (p.2 - mv);
                squares += axis(p) * axis(p);
            }
            if squares > 0.0 { products / squares } else { 0.0 }
        };
        let (a, b) = (slope(&|p| p.0 - mx), slope(&|p| p.1 - my));
        self.values.sort_by(|p, q| (p.2 - a * p.0 - b * p.1).total_cmp(&(q.2 - a * q.0 - b * q.1)));
        let middle = self.values[self.values.len() / 2];
        let height = middle.2 - a * middle.0 - b * middle.1;
        Some(move |x: f64, y: f64| height + a * x + b * y)
    }
}

/// Corners as the crossings of the sides, each a line through the steepest brightening across it.
fn refined(levels: &Levels, corners: [Point; 4]) -> Option<[Point; 4]> {
    let sides: Vec<Line> = (0..4).map(|i| side(levels, corners[i], corners[(i + 1) % 4])).collect::<Option<_>>()?;
    let mut out = corners;
    for (i, corner) in out.iter_mut().enumerate() {
        let exact = sides[(i + 3) % 4].crossing(&sides[i])?;
        let cell = (corners[i].0 - corners[(i + 1) % 4].0).hypot(corners[i].1 - corners[(i + 1) % 4].1) / CELLS as f64;
        if (exact.0 - corner.0).hypot(exact.1 - corner.1) > cell.max(3.0) {
            return None;
        }
        *corner = exact;
    }
    Some(out)
}

/// The side from `a` to `b`, black to the right of it on the picture.
fn side(levels: &Levels, a: Point, b: Point) -> Option<Line> {
    let length = (b.0 - a.0).hypot(b.1 - a.1);
    if !length.is_finite() || length < CELLS as f64 {
        return None;
    }
    let along = ((b.0 - a.0) / length, (b.1 - a.1) / length);
    let out = (along.1, -along.0);
    let reach = (0.7 * length / CELLS as f64).clamp(2.0, 8.0);
    let samples = (length.round() as usize).clamp(12, 80);
    let mut points: Vec<Point> = (0..samples)
        .filter_map(|i| {
            // Near the corners the other side disturbs.
            let t = length * (0.08 + 0.84 * i as f64 / (samples - 1) as f64);
            let foot = (a.0 + along.0 * t, a.1 + along.1 * t);
            let off = brightening(levels, foot, out, reach)?;
            Some((foot.0 + out.0 * off, foot.1 + out.1 * off))
        })
        .collect();
    if points.len() * 2 < samples {
        return None;
    }
    // Twice: what lies off the line is no edge of the marker.
    for _ in 0..2 {
        let line = Line::through(&points)?;
        let off = |p: &Point| line.distance(*p);
        let mut sorted: Vec<f64> = points.iter().map(off).collect();
        sorted.sort_by(f64::total_cmp);
        let limit = (3.0 * sorted[sorted.len() / 2]).max(0.15);
        points.retain(|p| off(p) <= limit);
    }
    if points.len() * 2 < samples { None } else { Line::through(&points) }
}

/// Where brightness rises most steeply within `reach` pixels along a direction: the middle of the rise.
fn brightening(levels: &Levels, foot: Point, out: Point, reach: f64) -> Option<f64> {
    const STEP: f64 = 0.5;
    let steps = (2.0 * reach / STEP) as usize + 1;
    let mut values = [0.0; 36];
    let values = values.get_mut(..steps)?;
    for (i, value) in values.iter_mut().enumerate() {
        let s = i as f64 * STEP - reach;
        *value = levels.sample((foot.0 + out.0 * s, foot.1 + out.1 * s))?;
    }
    // Rises over one pixel.
    let rise = |i: usize| values[i + 1] - values[i - 1];
    let steepest = (1..steps - 1).max_by(|&i, &j| rise(i).total_cmp(&rise(j)))?;
    let most = rise(steepest);
    if most < 4.0 {
        return None;
    }
    // The mean place of the rise, as far as it belongs to this edge.
    let (mut weight, mut place) = (0.0, 0.0);
    let mut take = |i: usize| {
        let more = rise(i) - 0.15 * most;
        if more > 0.0 {
            weight += more;
            place += more * (i as f64 * STEP - reach);
        }
        more > 0.0
    };
    take(steepest);
    for i in (1..steepest).rev() {
        if !take(i) {
            break;
        }
    }
    for i in steepest + 1..steps - 1 {
        if !take(i) {
            break;
        }
    }
    Some(place / weight)
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{Rgb, RgbImage};

    /// Marker `id` on white, seen through `to_photo` (cells to pixels), each pixel the mean of 8 × 8 points.
    fn picture(id: usize, to_photo: &Homography) -> Levels {
        let back = to_photo.inverse().unwrap();
        Levels::of(&RgbImage::from_fn(160, 140, |x, y| {
            let white = (0..64).filter(|i| {
                let at = (
                    f64::from(x) - 0.5 + (f64::from(i % 8) + 0.5) / 8.0,
                    f64::from(y) - 0.5 + (f64::from(i / 8) + 0.5) / 8.0,
                );
                let (u, v) = back.apply(at).unwrap();
                let inside = u >= 0.0 && v >= 0.0 && u < 6.0 && v < 6.0;
                !inside || dictionary::is_white(id, v as usize, u as usize)
            });
            Rgb([(40.0 + 170.0 * white.count() as f64 / 64.0) as u8; 3])
        }))
    }

    #[test]
    fn every_marker_is_read_in_perspective_to_a_tenth_of_a_pixel() {
        let corners = [(41.3, 22.8), (118.6, 35.1), (109.7, 117.4), (30.2, 98.9)];
        for id in 0..8 {
            for turn in 0..4 {
                let cells = [(0.0, 0.0), (6.0, 0.0), (6.0, 6.0), (0.0, 6.0)];
                let pairs = [0, 1, 2, 3].map(|i| (cells[i], corners[(i + turn) % 4]));
                let levels = picture(id, &Homography::fit(&pairs).unwrap());
                let seen: Vec<Seen> = super::super::candidates::dark_quads(&levels)
                    .into_iter()
                    .filter_map(|q| read(&levels, q))
                    .collect();
                assert!(!seen.is_empty(), "marker {id} turned {turn}");
                for seen in seen {
                    assert_eq!(seen.id, id);
                    for (found, true_corner) in seen.corners.iter().zip(pairs.map(|p| p.1)) {
                        let off = (found.0 - true_corner.0).hypot(found.1 - true_corner.1);
                        assert!(off < 0.12, "marker {id} turned {turn}: {found:?} for {true_corner:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn degenerate_shapes_are_no_markers() {
        let levels = picture(0, &Homography([[10.0, 0.0, 30.0], [0.0, 10.0, 30.0], [0.0, 0.0, 1.0]]));
        for quad in [
            [(f64::NAN, 0.0); 4],
            [(10.0, 10.0); 4],
            [(0.0, 0.0), (50.0, 0.0), (100.0, 0.0), (150.0, 0.0)],
            [(-1e9, 0.0), (1e9, 0.0), (1e9, 1e9), (-1e9, 1e9)],
            [(f64::INFINITY, 0.0), (0.0, f64::INFINITY), (1.0, 1.0), (2.0, 2.0)],
        ] {
            assert_eq!(read(&levels, quad), None);
        }
    }
}
