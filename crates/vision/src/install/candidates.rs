//! Dark four-sided shapes on a brighter ground: what may be a marker.

use crate::homography::Point;

/// Grey levels of a photo, one byte a pixel, with sums over any rectangle.
#[derive(Debug)]
pub(super) struct Levels {
    pub(super) width: usize,
    pub(super) height: usize,
    data: Vec<u8>,
    /// Of all levels above and left of a pixel; one column and one row more than the picture.
    sums: Vec<u32>,
}

/// Half the side of the window whose mean a dark pixel is under: the small one for markers under uneven light, the large one for
/// soft edges.
const RADII_PX: [usize; 2] = [7, 24];
/// How far under it, in grey levels.
const DARKER: i64 = 7;
const LEAST_SIDE_PX: usize = 14;
/// A shape's side may be that many times longer than another.
const MOST_UNEVEN: f64 = 4.0;
/// A four-sided shape fills its hull; anything else leaves some of it over.
const LEAST_FILL: f64 = 0.86;
/// More shapes than this are a pattern, not a wall; the largest are looked at.
const MOST_SHAPES: usize = 2000;

impl Levels {
    /// Luma (Rec. 601) of a picture. Its pixels must number less than 2²⁴: their sum is kept in 32 bits.
    pub(super) fn of(rgb: &image::RgbImage) -> Self {
        let (width, height) = (rgb.width() as usize, rgb.height() as usize);
        let luma = |p: &[u8]| ((u32::from(p[0]) * 77 + u32::from(p[1]) * 150 + u32::from(p[2]) * 29) >> 8) as u8;
        let data: Vec<u8> = rgb.as_raw().chunks_exact(3).map(luma).collect();
        let mut sums = vec![0_u32; (width + 1) * (height + 1)];
        for y in 0..height {
            let mut row = 0_u32;
            for x in 0..width {
                row += u32::from(data[y * width + x]);
                sums[(y + 1) * (width + 1) + x + 1] = sums[y * (width + 1) + x + 1].wrapping_add(row);
            }
        }
        Self { width, height, data, sums }
    }

    /// The levels of a row.
    pub(super) fn row(&self, y: usize) -> &[u8] {
        &self.data[y * self.width..][..self.width]
    }

    /// Bilinear level; `None` outside.
    pub(super) fn sample(&self, (x, y): Point) -> Option<f64> {
        if !(x >= 0.0 && y >= 0.0 && x <= (self.width - 1) as f64 && y <= (self.height - 1) as f64) {
            return None;
        }
        let (x0, y0) = (x as usize, y as usize);
        let (x1, y1) = ((x0 + 1).min(self.width - 1), (y0 + 1).min(self.height - 1));
        let (u, v) = (x - x0 as f64, y - y0 as f64);
        let at = |x: usize, y: usize| f64::from(self.data[y * self.width + x]);
        let top = at(x0, y0) * (1.0 - u) + at(x1, y0) * u;
        let bottom = at(x0, y1) * (1.0 - u) + at(x1, y1) * u;
        Some(top * (1.0 - v) + bottom * v)
    }

    /// Runs of pixels that are darker than their surroundings, row by row.
    fn dark_runs(&self, radius: usize) -> Vec<Run> {
        let stride = self.width + 1;
        let mut runs = Vec::new();
        for y in 0..self.height {
            let (top, bottom) = (y.saturating_sub(radius), (y + radius + 1).min(self.height));
            let (upper, lower) = (&self.sums[top * stride..][..stride], &self.sums[bottom * stride..][..stride]);
            let row = &self.data[y * self.width..][..self.width];
            let mut begun = None;
            for (x, &level) in row.iter().enumerate() {
                let (left, right) = (x.saturating_sub(radius), (x + radius + 1).min(self.width));
                // Sums may have wrapped around; differences of neighbours have not.
                let sum = lower[right].wrapping_sub(lower[left]).wrapping_sub(upper[right].wrapping_sub(upper[left]));
                let count = ((right - left) * (bottom - top)) as i64;
                let dark = (i64::from(level) + DARKER) * count < i64::from(sum);
                match (dark, begun) {
                    (true, None) => begun = Some(x),
                    (false, Some(from)) => {
                        runs.push(Run { y, from, to: x });
                        begun = None;
                    }
                    (true, Some(_)) | (false, None) => {}
                }
            }
            if let Some(from) = begun {
                runs.push(Run { y, from, to: self.width });
            }
        }
        runs
    }
}

/// Pixels `from..to` of a row.
#[derive(Debug, Clone, Copy)]
struct Run {
    y: usize,
    from: usize,
    to: usize,
}

/// The four-sided dark shapes, as corners clockwise on the picture. The same shape may come twice.
pub(super) fn dark_quads(levels: &Levels) -> Vec<[Point; 4]> {
    RADII_PX.iter().flat_map(|radius| four_sided_of(&levels.dark_runs(*radius), levels)).collect()
}

/// The four-sided shapes of connected pixels that are `taken` (by column and row), as corners clockwise on the picture.
pub(super) fn quads_of(levels: &Levels, taken: impl Fn(usize, usize) -> bool) -> Vec<[Point; 4]> {
    let mut runs = Vec::new();
    for y in 0..levels.height {
        let mut x = 0;
        while x < levels.width {
            let from = x;
            while x < levels.width && taken(x, y) {
                x += 1;
            }
            if x > from {
                runs.push(Run { y, from, to: x });
            }
            x += 1;
        }
    }
    four_sided_of(&runs, levels)
}

fn four_sided_of(runs: &[Run], levels: &Levels) -> Vec<[Point; 4]> {
    let mut shapes: Vec<Vec<Point>> = connected(runs, levels);
    shapes.sort_by_key(|outline| std::cmp::Reverse(outline.len()));
    shapes.truncate(MOST_SHAPES);
    shapes.iter().filter_map(|outline| four_sided(&hull(outline))).collect()
}

/// Groups runs that touch; gives the ends of the rows of each group that may be a marker by its size.
fn connected(runs: &[Run], levels: &Levels) -> Vec<Vec<Point>> {
    let mut parent: Vec<u32> = (0..runs.len() as u32).collect();
    let (mut above, mut row_begin) = (0, 0);
    for (i, run) in runs.iter().enumerate() {
        if i > 0 && runs[i - 1].y != run.y {
            above = row_begin;
            row_begin = i;
        }
        if above < row_begin && runs[above].y + 1 == run.y {
            while above + 1 < row_begin && runs[above].to <= run.from {
                above += 1;
            }
            let mut j = above;
            while j < row_begin && runs[j].from < run.to {
                if runs[j].to > run.from {
                    let (a, b) = (root(&mut parent, j as u32), root(&mut parent, i as u32));
                    parent[a.max(b) as usize] = a.min(b);
                }
                j += 1;
            }
        }
    }
    // The box around each group, to sort out most of them before their rows are gathered.
    let mut boxes: Vec<Option<Bounds>> = vec![None; runs.len()];
    for (i, run) in runs.iter().enumerate() {
        let group = root(&mut parent, i as u32) as usize;
        let grown = boxes[group].get_or_insert(Bounds { left: run.from, right: run.to, top: run.y, bottom: run.y });
        grown.left = grown.left.min(run.from);
        grown.right = grown.right.max(run.to);
        grown.bottom = run.y;
    }
    let mut outlines: Vec<Vec<Point>> = Vec::new();
    let index: Vec<Option<usize>> = boxes
        .iter()
        .map(|found| {
            found.filter(|found| found.may_be_marker(levels)).map(|_| {
                outlines.push(Vec::new());
                outlines.len() - 1
            })
        })
        .collect();
    for (i, run) in runs.iter().enumerate() {
        let group = root(&mut parent, i as u32) as usize;
        if let Some(at) = index[group] {
            let y = run.y as f64;
            outlines[at].extend([(run.from as f64, y), ((run.to - 1) as f64, y)]);
        }
    }
    outlines
}

/// The first run of a run's group; shortens the way to it.
fn root(parent: &mut [u32], mut i: u32) -> u32 {
    while parent[i as usize] != i {
        let above = parent[parent[i as usize] as usize];
        parent[i as usize] = above;
        i = above;
    }
    i
}

#[derive(Debug, Clone, Copy)]
struct Bounds {
    left: usize,
    /// One more than the last column.
    right: usize,
    top: usize,
    bottom: usize,
}

impl Bounds {
    fn may_be_marker(&self, levels: &Levels) -> bool {
        let (width, height) = (self.right - self.left, self.bottom + 1 - self.top);
        let inside = self.left > 0 && self.top > 0 && self.right < levels.width && self.bottom + 1 < levels.height;
        inside
            && width.min(height) >= LEAST_SIDE_PX
            && width.max(height) as f64 <= MOST_UNEVEN * width.min(height) as f64
    }
}

/// The convex hull (Andrew's monotone chain), counter-clockwise with y upwards: clockwise on the picture.
fn hull(points: &[Point]) -> Vec<Point> {
    let mut sorted = points.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    sorted.dedup();
    let mut chain: Vec<Point> = Vec::new();
    let mut floor = 1;
    let rightwards = 0..sorted.len();
    let leftwards = (0..sorted.len().saturating_sub(1)).rev();
    for (turn, i) in rightwards.map(|i| (false, i)).chain(leftwards.map(|i| (true, i))) {
        if turn && floor == 1 {
            floor = chain.len();
        }
        while chain.len() > floor && cross(chain[chain.len() - 2], chain[chain.len() - 1], sorted[i]) <= 0.0 {
            chain.pop();
        }
        chain.push(sorted[i]);
    }
    chain.pop();
    chain
}

/// Twice the area of a triangle; positive if the turn from `a` over `b` to `c` is to the right on the picture (y downwards).
fn cross(a: Point, b: Point, c: Point) -> f64 {
    (b.0 - a.0) * (c.1 - a.1) - (b.1 - a.1) * (c.0 - a.0)
}

fn area(polygon: &[Point]) -> f64 {
    let next = polygon.iter().cycle().skip(1);
    polygon.iter().zip(next).map(|(a, b)| a.0 * b.1 - a.1 * b.0).sum::<f64>() / 2.0
}

/// The largest quadrilateral with corners on a hull, if it fills the hull and its sides are like those of a marker.
fn four_sided(hull: &[Point]) -> Option<[Point; 4]> {
    let whole = area(hull);
    if hull.len() < 4 || whole <= 0.0 {
        return None;
    }
    let farthest = |from: Point| {
        let far = |p: &Point| (p.0 - from.0).powi(2) + (p.1 - from.1).powi(2);
        (0..hull.len()).max_by(|&i, &j| far(&hull[i]).total_cmp(&far(&hull[j])))
    };
    let a = farthest(hull[0])?;
    let c = farthest(hull[a])?;
    let aside = |sign: f64| {
        let off = |i: usize| sign * cross(hull[a], hull[c], hull[i]);
        (0..hull.len()).max_by(|&i, &j| off(i).total_cmp(&off(j)))
    };
    let (b, d) = (aside(-1.0)?, aside(1.0)?);
    // Clockwise on the picture, as the hull goes.
    let mut corners = [a, b, c, d].map(|i| hull[i]);
    if area(&corners) < 0.0 {
        corners.reverse();
    }
    // Each corner moves to where the area is largest while the others stay.
    for step in 0..12 {
        let i = step % 4;
        let (before, after) = (corners[(i + 3) % 4], corners[(i + 1) % 4]);
        let gain = |p: &Point| cross(before, *p, after);
        if let Some(best) = hull.iter().max_by(|p, q| gain(p).total_cmp(&gain(q))) {
            corners[i] = *best;
        }
    }
    let sides: Vec<f64> =
        (0..4).map(|i| (corners[i].0 - corners[(i + 1) % 4].0).hypot(corners[i].1 - corners[(i + 1) % 4].1)).collect();
    let (short, long) = sides.iter().fold((f64::MAX, 0.0_f64), |(s, l), &v| (s.min(v), l.max(v)));
    let fits =
        short >= 0.8 * LEAST_SIDE_PX as f64 && long <= MOST_UNEVEN * short && area(&corners) >= LEAST_FILL * whole;
    fits.then_some(corners)
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{Rgb, RgbImage};

    fn picture(inside: impl Fn(f64, f64) -> bool) -> Levels {
        Levels::of(&RgbImage::from_fn(200, 160, |x, y| {
            Rgb([if inside(f64::from(x), f64::from(y)) { 30 } else { 210 }; 3])
        }))
    }

    #[test]
    fn a_turned_square_is_found_with_its_corners_clockwise() {
        let turned = |x: f64, y: f64| {
            let (u, v) = (x - 90.0, y - 80.0);
            let (sin, cos) = 0.4_f64.sin_cos();
            (u * cos + v * sin).abs() <= 30.0 && (v * cos - u * sin).abs() <= 30.0
        };
        let quads = dark_quads(&picture(turned));
        assert!(!quads.is_empty());
        for quad in quads {
            assert!(area(&quad) > 0.95 * 3600.0 && area(&quad) < 1.05 * 3600.0, "{quad:?}");
            for corner in quad {
                let off = ((corner.0 - 90.0).hypot(corner.1 - 80.0) - 30.0 * 2.0_f64.sqrt()).abs();
                assert!(off < 2.0, "{corner:?}");
            }
        }
    }

    #[test]
    fn discs_triangles_and_what_the_edge_cuts_are_not_four_sided() {
        assert!(dark_quads(&picture(|x, y| (x - 90.0).hypot(y - 80.0) < 30.0)).is_empty());
        assert!(dark_quads(&picture(|x, y| y > 40.0 && y < 100.0 && (x - 90.0).abs() < (y - 40.0) / 2.0)).is_empty());
        assert!(dark_quads(&picture(|x, y| x < 50.0 && (y - 80.0).abs() < 25.0)).is_empty());
        assert!(dark_quads(&picture(|_, _| false)).is_empty());
    }

    #[test]
    fn tiny_pictures_do_no_harm() {
        for (width, height) in [(1, 1), (1, 50), (50, 1), (3, 3)] {
            assert!(dark_quads(&Levels::of(&RgbImage::new(width, height))).is_empty());
        }
    }
}
