//! Corners with rotated binary descriptors (Harris corners; ORB: Rublee et al., ICCV 2011), and their matches.

use crate::gray::Gray;
use crate::homography::Point;

/// A described corner, in pixels of the picture that was given.
#[derive(Debug, Clone)]
pub(crate) struct Feature {
    pub(crate) at: Point,
    descriptor: [u64; 4],
}

const LEVELS: usize = 6;
const LEVEL_FACTOR: f32 = 0.8;
/// Corners on the finest level; coarser ones get fewer, by area.
const MOST_CORNERS: f32 = 420.0;
const PATCH_RADIUS_PX: i32 = 15;

/// The corners of a picture over several scales.
pub(crate) fn features(picture: &Gray) -> Vec<Feature> {
    let pattern = pattern();
    let mut out = Vec::new();
    let mut level = picture.clone();
    let mut scale = 1.0;
    for index in 0..LEVELS {
        if index > 0 {
            scale *= LEVEL_FACTOR;
            level = picture.shrunk(scale);
        }
        let smooth = level.box_blur(2);
        let to_picture = picture.width as f64 / level.width as f64;
        for (x, y) in corners(&level, (MOST_CORNERS * scale) as usize) {
            let descriptor = describe(&smooth, x, y, &pattern);
            let at = ((f64::from(x) + 0.5) * to_picture - 0.5, (f64::from(y) + 0.5) * to_picture - 0.5);
            out.push(Feature { at, descriptor });
        }
    }
    out
}

/// Harris corners: local maxima, the best of every cell of a grid, so that a busy label does not take all.
fn corners(level: &Gray, most: usize) -> Vec<(i32, i32)> {
    let (dx, dy) = level.gradients();
    let product = |a: &Gray, b: &Gray| {
        let data = a.data.iter().zip(&b.data).map(|(x, y)| x * y).collect();
        Gray { width: a.width, height: a.height, data }.box_blur(2)
    };
    let (xx, yy, xy) = (product(&dx, &dx), product(&dy, &dy), product(&dx, &dy));
    let response: Vec<f32> = (0..level.data.len())
        .map(|i| {
            let (a, b, c) = (xx.data[i], yy.data[i], xy.data[i]);
            a * b - c * c - 0.05 * (a + b) * (a + b)
        })
        .collect();
    let margin = PATCH_RADIUS_PX as usize + 1;
    if level.width <= 2 * margin || level.height <= 2 * margin {
        return Vec::new();
    }
    const CELL_PX: usize = 24;
    let columns = level.width.div_ceil(CELL_PX);
    let cells = columns * level.height.div_ceil(CELL_PX);
    let mut found: Vec<Vec<(f32, i32, i32)>> = vec![Vec::new(); cells];
    for y in margin..level.height - margin {
        for x in margin..level.width - margin {
            let r = response[y * level.width + x];
            let beaten = |dx: usize, dy: usize| response[(y + dy - 2) * level.width + x + dx - 2] > r;
            if r > 1e-9 && !(0..25).any(|i| beaten(i % 5, i / 5)) {
                found[y / CELL_PX * columns + x / CELL_PX].push((r, x as i32, y as i32));
            }
        }
    }
    let mut ranked = Vec::new();
    for cell in &mut found {
        cell.sort_by(|a, b| b.0.total_cmp(&a.0));
        ranked.extend(cell.iter().enumerate().map(|(rank, c)| (rank, *c)));
    }
    ranked.sort_by(|a, b| a.0.cmp(&b.0).then(b.1.0.total_cmp(&a.1.0)));
    ranked.into_iter().take(most).map(|(_, (_, x, y))| (x, y)).collect()
}

/// 256 pairs of offsets, drawn once from a fixed sequence, denser about the middle.
fn pattern() -> Vec<[f32; 4]> {
    let mut random = Lcg(0x5EED);
    let mut offset = || {
        let sum: f32 = (0..3).map(|_| random.unit() - 0.5).sum();
        (sum * 18.0).clamp(-10.0, 10.0)
    };
    (0..256).map(|_| [offset(), offset(), offset(), offset()]).collect()
}

fn describe(smooth: &Gray, x: i32, y: i32, pattern: &[[f32; 4]]) -> [u64; 4] {
    let at = |dx: i32, dy: i32| smooth.at((x + dx) as usize, (y + dy) as usize);
    let (mut mx, mut my) = (0.0, 0.0);
    for dy in -PATCH_RADIUS_PX..=PATCH_RADIUS_PX {
        for dx in -PATCH_RADIUS_PX..=PATCH_RADIUS_PX {
            if dx * dx + dy * dy <= PATCH_RADIUS_PX * PATCH_RADIUS_PX {
                mx += dx as f32 * at(dx, dy);
                my += dy as f32 * at(dx, dy);
            }
        }
    }
    let (sin, cos) = my.atan2(mx).sin_cos();
    let turned = |dx: f32, dy: f32| at((dx * cos - dy * sin).round() as i32, (dx * sin + dy * cos).round() as i32);
    let mut bits = [0; 4];
    for (i, &[ax, ay, bx, by]) in pattern.iter().enumerate() {
        bits[i / 64] |= u64::from(turned(ax, ay) < turned(bx, by)) << (i % 64);
    }
    bits
}

/// Pairs of points whose descriptors are each other's nearest, clearly nearer than the second.
pub(crate) fn matches(from: &[Feature], to: &[Feature]) -> Vec<(Point, Point)> {
    const FARTHEST_BITS: u32 = 72;
    const RATIO: f32 = 0.88;
    let mut best_of_to = vec![(u32::MAX, usize::MAX); to.len()];
    let mut best_of_from = Vec::with_capacity(from.len());
    for (i, a) in from.iter().enumerate() {
        let (mut first, mut second) = ((u32::MAX, usize::MAX), u32::MAX);
        for (j, b) in to.iter().enumerate() {
            let bits = a.descriptor.iter().zip(&b.descriptor).map(|(x, y)| (x ^ y).count_ones()).sum();
            if bits < first.0 {
                second = if first.1 != usize::MAX && near(to[first.1].at, b.at) { second } else { first.0 };
                first = (bits, j);
            } else if bits < second && !near(to[first.1].at, b.at) {
                second = bits;
            }
            if bits < best_of_to[j].0 {
                best_of_to[j] = (bits, i);
            }
        }
        best_of_from.push((first, second));
    }
    let mutual = |(i, &((bits, j), second)): (usize, &((u32, usize), u32))| {
        let clear = bits <= FARTHEST_BITS && (bits as f32) < RATIO * second as f32;
        let returned = best_of_to.get(j).is_some_and(|&(_, back)| near(from[back].at, from[i].at));
        (clear && returned).then(|| (from[i].at, to[j].at))
    };
    best_of_from.iter().enumerate().filter_map(mutual).collect()
}

/// The same corner on another scale.
fn near(a: Point, b: Point) -> bool {
    (a.0 - b.0).abs().max((a.1 - b.1).abs()) < 4.0
}

/// A small linear congruential generator (Knuth's MMIX constants): the same draws every time.
pub(crate) struct Lcg(pub(crate) u64);

impl Lcg {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    /// 0 to 1.
    pub(crate) fn unit(&mut self) -> f32 {
        self.next() as f32 / (1u64 << 31) as f32
    }

    /// 0 to `n` − 1.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }
}
