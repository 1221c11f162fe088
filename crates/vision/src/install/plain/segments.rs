//! Straight edges of a picture: pixels whose gradients point one way, grown together and fitted with a line (after von Gioi et al.,
//! LSD, IPOL 2012, without its statistics: what is no sheet is sorted out later).

use super::super::candidates::Levels;
use crate::homography::Point;

/// A straight edge; the brighter side is to the right of the way from `a` to `b` on the picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Segment {
    pub(super) a: Point,
    pub(super) b: Point,
}

impl Segment {
    pub(super) fn length(&self) -> f64 {
        (self.b.0 - self.a.0).hypot(self.b.1 - self.a.1)
    }

    /// Of length 1, from `a` to `b`.
    pub(super) fn direction(&self) -> Point {
        let length = self.length().max(1e-9);
        ((self.b.0 - self.a.0) / length, (self.b.1 - self.a.1) / length)
    }
}

/// How levels change at each pixel, in levels a pixel.
#[derive(Debug)]
pub(super) struct Slopes {
    pub(super) width: usize,
    pub(super) height: usize,
    x: Vec<f32>,
    y: Vec<f32>,
}

/// An edge of pixels is at least this steep.
const LEAST_SLOPE: f32 = 2.0;
/// Cosine of the angle that a pixel's gradient may be off its edge's.
const LEAST_COSINE: f32 = 0.924;
const LEAST_LENGTH_PX: f64 = 14.0;
/// How far an edge's pixels scatter about its line, root mean square.
const MOST_SCATTER_PX: f64 = 1.8;

impl Slopes {
    /// By Sobel's operator; 0 at the border.
    pub(super) fn of(levels: &Levels) -> Self {
        let (width, height) = (levels.width, levels.height);
        let (mut x, mut y) = (vec![0.0; width * height], vec![0.0; width * height]);
        for row in 1..height.saturating_sub(1) {
            let [up, here, down] = [row - 1, row, row + 1].map(|row| levels.row(row));
            for column in 1..width.saturating_sub(1) {
                let v = |line: &[u8], at: usize| i32::from(line[at]);
                let (l, r) = (column - 1, column + 1);
                let gx = v(up, r) + 2 * v(here, r) + v(down, r) - v(up, l) - 2 * v(here, l) - v(down, l);
                let gy = v(down, l) + 2 * v(down, column) + v(down, r) - v(up, l) - 2 * v(up, column) - v(up, r);
                x[row * width + column] = gx as f32 / 8.0;
                y[row * width + column] = gy as f32 / 8.0;
            }
        }
        Self { width, height, x, y }
    }

    pub(super) fn steepness(&self, i: usize) -> f32 {
        (self.x[i] * self.x[i] + self.y[i] * self.y[i]).sqrt()
    }
}

/// The straight edges, the longest first, at most `most`.
pub(super) fn segments(slopes: &Slopes, most: usize) -> Vec<Segment> {
    let steep: Vec<f32> = (0..slopes.x.len()).map(|i| slopes.steepness(i)).collect();
    let mut seeds: Vec<u32> = (0..steep.len() as u32).filter(|&i| steep[i as usize] >= LEAST_SLOPE).collect();
    // Steepest first, roughly: a step of the order is one grey level a pixel.
    seeds.sort_by_key(|&i| std::cmp::Reverse(steep[i as usize] as u32));
    let mut taken = vec![false; steep.len()];
    let mut found = Vec::new();
    let mut region: Vec<u32> = Vec::new();
    for seed in seeds {
        if taken[seed as usize] {
            continue;
        }
        region.clear();
        region.push(seed);
        taken[seed as usize] = true;
        let (mut sum_x, mut sum_y) = (slopes.x[seed as usize], slopes.y[seed as usize]);
        let mut next = 0;
        while let Some(&at) = region.get(next) {
            next += 1;
            let (column, row) = (at as usize % slopes.width, at as usize / slopes.width);
            let limit = LEAST_COSINE * (sum_x * sum_x + sum_y * sum_y).sqrt();
            // Border pixels have no slope, so there is a pixel on every side.
            for i in
                [row - 1, row, row + 1].iter().flat_map(|row| (0..3).map(move |c| row * slopes.width + column + c - 1))
            {
                if taken[i] || steep[i] < LEAST_SLOPE {
                    continue;
                }
                let along = slopes.x[i] * sum_x + slopes.y[i] * sum_y;
                if along >= limit * steep[i] {
                    taken[i] = true;
                    region.push(i as u32);
                    sum_x += slopes.x[i];
                    sum_y += slopes.y[i];
                }
            }
        }
        if region.len() as f64 >= LEAST_LENGTH_PX {
            found.extend(fitted(&region, &steep, slopes.width, (f64::from(sum_x), f64::from(sum_y))));
        }
    }
    found.sort_by(|a, b| b.length().total_cmp(&a.length()));
    found.truncate(most);
    found
}

/// The line through pixels, weighted by their steepness.
fn fitted(region: &[u32], steep: &[f32], width: usize, brighter: Point) -> Option<Segment> {
    let points = || {
        region.iter().map(|&i| {
            let i = i as usize;
            ((i % width) as f64, (i / width) as f64, f64::from(steep[i]))
        })
    };
    let (mut sum, mut mx, mut my) = (0.0, 0.0, 0.0);
    for (x, y, w) in points() {
        sum += w;
        mx += w * x;
        my += w * y;
    }
    (mx, my) = (mx / sum, my / sum);
    let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
    for (x, y, w) in points() {
        xx += w * (x - mx) * (x - mx) / sum;
        xy += w * (x - mx) * (y - my) / sum;
        yy += w * (y - my) * (y - my) / sum;
    }
    let angle = 0.5 * (2.0 * xy).atan2(xx - yy);
    let mut along = (angle.cos(), angle.sin());
    let scatter = (xx * along.1 * along.1 - 2.0 * xy * along.0 * along.1 + yy * along.0 * along.0).max(0.0).sqrt();
    // Brighter to the right: the gradient is the direction turned by a quarter, clockwise on the picture.
    if along.0 * brighter.1 - along.1 * brighter.0 < 0.0 {
        along = (-along.0, -along.1);
    }
    let (mut from, mut to) = (f64::MAX, f64::MIN);
    for (x, y, _) in points() {
        let t = (x - mx) * along.0 + (y - my) * along.1;
        (from, to) = (from.min(t), to.max(t));
    }
    let segment = Segment { a: (mx + from * along.0, my + from * along.1), b: (mx + to * along.0, my + to * along.1) };
    (scatter <= MOST_SCATTER_PX && segment.length() >= LEAST_LENGTH_PX).then_some(segment)
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{Rgb, RgbImage};

    #[test]
    fn a_bright_box_has_four_edges_clockwise_with_the_bright_side_to_the_right() {
        let picture = RgbImage::from_fn(160, 120, |x, y| {
            Rgb([if (40..110).contains(&x) && (30..90).contains(&y) { 200 } else { 100 }; 3])
        });
        let found = segments(&Slopes::of(&Levels::of(&picture)), 10);
        assert_eq!(found.len(), 4, "{found:?}");
        for segment in &found {
            let (dx, dy) = segment.direction();
            let middle = (f64::midpoint(segment.a.0, segment.b.0), f64::midpoint(segment.a.1, segment.b.1));
            let right = (middle.0 - 5.0 * dy, middle.1 + 5.0 * dx);
            assert!(right.0 > 40.0 && right.0 < 110.0 && right.1 > 30.0 && right.1 < 90.0, "{segment:?}");
        }
        assert!(found[0].length() > 60.0 && found[3].length() > 50.0);
    }

    #[test]
    fn pictures_without_edges_or_of_a_pixel_have_none() {
        for (width, height) in [(1, 1), (2, 2), (1, 40), (60, 60)] {
            assert!(segments(&Slopes::of(&Levels::of(&RgbImage::new(width, height))), 9).is_empty());
        }
        let disc = RgbImage::from_fn(160, 160, |x, y| {
            Rgb([if (f64::from(x) - 80.0).hypot(f64::from(y) - 80.0) < 50.0 { 200 } else { 90 }; 3])
        });
        assert!(segments(&Slopes::of(&Levels::of(&disc)), 90).iter().all(|edge| edge.length() < 60.0));
    }
}
