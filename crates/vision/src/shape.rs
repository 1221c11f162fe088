//! A product known by its edges: where it lies on a photo, adjusted and judged by the directions of edges alone. Light,
//! reflections and the background change how bright things are, and even on which side; where edges run stays.

use image::RgbImage;

use crate::gray::Gray;
use crate::homography::{Homography, Point};
use crate::product::ProductMask;

/// The product's edges at two sizes.
#[derive(Debug, Clone)]
pub(crate) struct Shape {
    /// Left, top, right, bottom in pixels of the catalogue photo.
    frame: [f64; 4],
    coarse: Level,
    fine: Level,
}

/// A map from the catalogue photo to the photo, and how well edges agree under it: 0 (not at all) to 1.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fit {
    pub(crate) map: Homography,
    pub(crate) agreement: f32,
}

/// A grey photo and its scale: pixels of `gray` a pixel of the photo.
#[derive(Debug, Clone)]
pub(crate) struct Scaled {
    pub(crate) gray: Gray,
    pub(crate) scale: f64,
}

/// Long side of the product at each level, in pixels, and the most edge points that are used there.
const COARSE: (f64, usize) = (72.0, 240);
const FINE: (f64, usize) = (224.0, 1600);
/// Share of a product's pixels that count as edges.
const EDGE_SHARE: f64 = 0.12;
/// Slope, in grey values a pixel, at which an edge counts half.
const SLOPE: f32 = 0.03;

#[derive(Debug, Clone)]
struct Level {
    /// Points on edges and a point a little along the edge, in pixels of the catalogue photo.
    edges: Vec<(Point, Point)>,
    /// Pixels of this level a pixel of the catalogue photo.
    scale: f64,
}

/// A photo's slopes at a level's size; each vector is at most 1 long.
struct Field {
    dx: Gray,
    dy: Gray,
    scale: f64,
}

/// Pixel centres of a scaled-down picture in the full one.
pub(crate) fn up((x, y): Point, scale: f64) -> Point {
    ((x + 0.5) / scale - 0.5, (y + 0.5) / scale - 0.5)
}

fn down((x, y): Point, scale: f64) -> Point {
    ((x + 0.5) * scale - 0.5, (y + 0.5) * scale - 0.5)
}

impl Shape {
    pub(crate) fn new(rgb: &RgbImage, product: &ProductMask) -> Self {
        let level = |(size_px, most)| Level::new(rgb, product, size_px, most);
        Self { frame: product.frame, coarse: level(COARSE), fine: level(FINE) }
    }

    /// Moves the map until edges agree best.
    pub(crate) fn adjust(&self, rough: &Homography, shot: &Scaled) -> Option<Fit> {
        self.fine.climb(self.frame, rough, shot, &[2.0, 1.0, 0.5])
    }

    /// Looks for the product everywhere, upright within 12°, at 0.3 to 1 times the photo's size. For products that have too
    /// few corners.
    pub(crate) fn search(&self, shot: &Scaled) -> Option<Fit> {
        let photo_long = shot.gray.width.max(shot.gray.height) as f64 / shot.scale;
        let product_long = (self.frame[2] - self.frame[0]).max(self.frame[3] - self.frame[1]);
        let mut found: Vec<Fit> = Vec::new();
        for step in 0..15 {
            let magnification = 1.02 * 0.917_f64.powi(step) * photo_long / product_long;
            let field = Field::new(shot, self.coarse.scale / magnification);
            for turn in [-12.0_f64, -6.0, 0.0, 6.0, 12.0] {
                found.extend(self.coarse.slide(self.frame, magnification, turn.to_radians(), &field));
            }
        }
        found.sort_by(|a, b| b.agreement.total_cmp(&a.agreement));
        found.truncate(5);
        let adjusted = found.iter().filter_map(|fit| self.coarse.climb(self.frame, &fit.map, shot, &[3.0, 1.5, 0.7]));
        let best = adjusted.max_by(|a, b| a.agreement.total_cmp(&b.agreement))?;
        self.fine.climb(self.frame, &best.map, shot, &[3.0, 1.5, 0.7])
    }
}

impl Level {
    fn new(rgb: &RgbImage, product: &ProductMask, size_px: f64, most: usize) -> Self {
        let [x0, y0, x1, y1] = product.frame;
        let long = f64::from(rgb.width().max(rgb.height()));
        let wanted = (size_px / (x1 - x0).max(y1 - y0)).min(1.0);
        let (gray, scale) = Gray::of(rgb, (long * wanted).round().max(1.0) as u32);
        let scale = f64::from(scale);
        let (dx, dy) = gray.box_blur(1).gradients();
        // The outline belongs to the product: points a little outside it count.
        let around = [(0.0, 0.0), (2.0, 0.0), (-2.0, 0.0), (0.0, 2.0), (0.0, -2.0)];
        let mut slopes: Vec<(f32, usize)> = (0..gray.data.len())
            .filter(|i| {
                let (x, y) = ((i % gray.width) as f64, (i / gray.width) as f64);
                around.iter().any(|(ax, ay)| product.contains(up((x + ax, y + ay), scale)))
            })
            .map(|i| (dx.data[i].hypot(dy.data[i]), i))
            .collect();
        slopes.sort_by(|a, b| b.0.total_cmp(&a.0));
        slopes.truncate((slopes.len() as f64 * EDGE_SHARE) as usize);
        slopes.retain(|(slope, _)| *slope > SLOPE / 3.0);
        let every = slopes.len().div_ceil(most).max(1);
        let edges = (slopes.iter().step_by(every))
            .map(|&(slope, i)| {
                let (x, y) = ((i % gray.width) as f64, (i / gray.width) as f64);
                let along = (f64::from(-dy.data[i] / slope), f64::from(dx.data[i] / slope));
                (up((x, y), scale), up((x + along.0, y + along.1), scale))
            })
            .collect();
        Self { edges, scale }
    }

    /// The best place for the product at one size and turn.
    fn slide(&self, frame: [f64; 4], magnification: f64, turn: f64, field: &Field) -> Option<Fit> {
        /// Room around the photo, for a product that is cut off a little.
        const ROOM_PX: i32 = 5;
        let (sin, cos) = turn.sin_cos();
        let centre = ((frame[0] + frame[2]) / 2.0, (frame[1] + frame[3]) / 2.0);
        let reach = magnification * field.scale;
        let turned = |(x, y): Point| (x * cos - y * sin, x * sin + y * cos);
        let edges: Vec<(i32, i32, f32, f32)> = (self.edges.iter())
            .map(|&(p, q)| {
                let (x, y) = turned(((p.0 - centre.0) * reach, (p.1 - centre.1) * reach));
                let (ax, ay) = turned((q.0 - p.0, q.1 - p.1));
                let length = ax.hypot(ay);
                (x.round() as i32, y.round() as i32, (-ay / length) as f32, (ax / length) as f32)
            })
            .collect();
        let side = |pick: fn(&(i32, i32, f32, f32)) -> i32| {
            (edges.iter().map(pick).min().unwrap_or(0), edges.iter().map(pick).max().unwrap_or(0))
        };
        let ((left, right), (top, bottom)) = (side(|e| e.0), side(|e| e.1));
        let (width, height) = (field.dx.width as i32, field.dx.height as i32);
        let mut best: Option<(f32, i32, i32)> = None;
        // Every second pixel: the climb that follows finds the rest.
        for y in (-top - ROOM_PX..height - bottom + ROOM_PX).step_by(2) {
            for x in (-left - ROOM_PX..width - right + ROOM_PX).step_by(2) {
                let mut sum = 0.0;
                for &(dx, dy, nx, ny) in &edges {
                    let (u, v) = (x + dx, y + dy);
                    if u >= 0 && v >= 0 && u < width && v < height {
                        let (u, v) = (u as usize, v as usize);
                        sum += alike((nx, ny), (field.dx.at(u, v), field.dy.at(u, v)));
                    }
                }
                if best.is_none_or(|(most, ..)| sum > most) {
                    best = Some((sum, x, y));
                }
            }
        }
        let (sum, x, y) = best?;
        let (px, py) = up((f64::from(x), f64::from(y)), field.scale);
        let (a, b) = (magnification * cos, magnification * sin);
        let map =
            [[a, -b, px - a * centre.0 + b * centre.1], [b, a, py - b * centre.0 - a * centre.1], [0.0, 0.0, 1.0]];
        Some(Fit { map: Homography(map), agreement: sum / edges.len().max(1) as f32 })
    }

    /// Pattern search over the corners of the product's frame: all together, then each by itself, in ever smaller steps
    /// (pixels of this level).
    fn climb(&self, frame: [f64; 4], rough: &Homography, shot: &Scaled, steps_px: &[f64]) -> Option<Fit> {
        let [x0, y0, x1, y1] = frame;
        let from = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)];
        let mut corners = [(0.0, 0.0); 4];
        for (corner, p) in corners.iter_mut().zip(from) {
            *corner = rough.apply(p)?;
        }
        let size = (corners[2].0 - corners[0].0).hypot(corners[2].1 - corners[0].1);
        let magnification = size / (x1 - x0).hypot(y1 - y0);
        let field = Field::new(shot, self.scale / magnification);
        let fit = |corners: &[Point; 4]| {
            let map = Homography::fit(&std::array::from_fn::<_, 4, _>(|i| (from[i], corners[i])))?;
            Some(Fit { map, agreement: self.agreement(&map, &field) })
        };
        let mut best = fit(&corners)?;
        for step in steps_px.iter().map(|px| px / field.scale) {
            for _ in 0..3 {
                let before = best.agreement;
                for direction in 0..DIRECTIONS {
                    for sign in [step, -step] {
                        let moved = std::array::from_fn(|i| shifted(corners[i], direction, i, sign));
                        if let Some(better) = fit(&moved).filter(|new| new.agreement > best.agreement) {
                            (best, corners) = (better, moved);
                            break;
                        }
                    }
                }
                if best.agreement < before + 1e-3 {
                    break;
                }
            }
        }
        Some(best)
    }

    /// The mean likeness of edges under a map; edges that fall outside the photo are not alike.
    fn agreement(&self, map: &Homography, field: &Field) -> f32 {
        let likeness = |&(p, q): &(Point, Point)| {
            let (p, q) = (down(map.apply(p)?, field.scale), down(map.apply(q)?, field.scale));
            let (ax, ay) = ((q.0 - p.0) as f32, (q.1 - p.1) as f32);
            let length = ax.hypot(ay);
            let slope = (field.dx.sample(p.0 as f32, p.1 as f32)?, field.dy.sample(p.0 as f32, p.1 as f32)?);
            Some(alike((-ay / length, ax / length), slope))
        };
        self.edges.iter().filter_map(likeness).sum::<f32>() / self.edges.len().max(1) as f32
    }
}

/// Both coordinates of all corners, growing, turning, and both coordinates of each corner.
const DIRECTIONS: usize = 12;

/// Corner `i` (clockwise from the top left) after a step in one direction.
fn shifted((x, y): Point, direction: usize, i: usize, step: f64) -> Point {
    let outward = [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)][i];
    match direction {
        0 => (x + step, y),
        1 => (x, y + step),
        2 => (x + outward.0 * step, y + outward.1 * step),
        3 => (x - outward.1 * step, y + outward.0 * step),
        _ if (direction - 4) / 2 != i => (x, y),
        _ if direction.is_multiple_of(2) => (x + step, y),
        _ => (x, y + step),
    }
}

/// How much a slope runs across an edge with this normal: 1 for a strong slope along the normal or against it, 0 at 45° and
/// beyond.
fn alike((nx, ny): (f32, f32), (dx, dy): (f32, f32)) -> f32 {
    let squared = dx * dx + dy * dy;
    if squared < 1e-6 {
        return 0.0;
    }
    let along = nx * dx + ny * dy;
    (2.0 * along * along / squared - 1.0).max(0.0) * squared.sqrt()
}

impl Field {
    /// The photo's slopes at `scale` pixels a pixel of the photo.
    fn new(shot: &Scaled, scale: f64) -> Self {
        let factor = (scale / shot.scale).clamp(0.02, 1.0);
        let gray = if factor < 0.98 { shot.gray.shrunk(factor as f32) } else { shot.gray.clone() };
        let (mut dx, mut dy) = gray.box_blur(1).gradients();
        for (x, y) in dx.data.iter_mut().zip(&mut dy.data) {
            let whole = x.hypot(*y) + SLOPE;
            (*x, *y) = (*x / whole, *y / whole);
        }
        Self { dx, dy, scale: shot.scale * gray.width as f64 / shot.gray.width as f64 }
    }
}
