//! From a catalogue photo to a customer's photo of the same product: corners, consensus, then a dense refinement that
//! also tells whether the two agree.

use crate::features::{Feature, Lcg, features, matches};
use crate::gray::Gray;
use crate::homography::{Homography, Point, solve};
use crate::product::ProductMask;
use image::RgbImage;

/// A catalogue photo, prepared to be found again.
#[derive(Debug, Clone)]
pub(crate) struct Catalogued {
    /// Where the product is on it.
    pub(crate) product: ProductMask,
    corners: Vec<Feature>,
    /// Local contrast of the product's frame at [`DENSE_PX`].
    dense: Dense,
}

/// A customer's photo, prepared likewise.
#[derive(Debug, Clone)]
pub(crate) struct Shot {
    gray: Gray,
    /// Pixels of `gray` a pixel of the photo.
    scale: f64,
    corners: Vec<Feature>,
}

/// Where the catalogue photo lies on the customer's.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Alignment {
    /// Pixels of the catalogue photo to pixels of the customer's.
    pub(crate) map: Homography,
    /// Correlation of local contrast over the product, −1 to 1.
    pub(crate) agreement: f32,
}

/// Long side of the pictures that corners are sought on.
const SPARSE_PX: u32 = 560;
/// Long side of the product's frame in the dense refinement.
const DENSE_PX: f64 = 224.0;
const FEWEST_INLIERS: usize = 10;
const INLIER_PX: f64 = 5.0;
const TRIALS: usize = 1200;
/// Least agreement of an alignment that is believed.
pub(crate) const LEAST_AGREEMENT: f32 = 0.45;

/// Points of the product in pixels of the catalogue photo, with their local contrast.
#[derive(Debug, Clone)]
struct Dense {
    points: Vec<(Point, f32)>,
    /// Pixels of the dense grid a pixel of the catalogue photo.
    scale: f64,
}

impl Catalogued {
    pub(crate) fn new(rgb: &RgbImage) -> Self {
        let product = ProductMask::of(rgb);
        let (gray, scale) = Gray::of(rgb, SPARSE_PX);
        let scale = f64::from(scale);
        let mut corners = features(&gray);
        for corner in &mut corners {
            corner.at = up(corner.at, scale);
        }
        corners.retain(|corner| product.contains(corner.at));
        let dense = Dense::new(rgb, &product);
        Self { product, corners, dense }
    }
}

impl Shot {
    pub(crate) fn new(rgb: &RgbImage) -> Self {
        let (gray, scale) = Gray::of(rgb, SPARSE_PX);
        let scale = f64::from(scale);
        let mut corners = features(&gray);
        for corner in &mut corners {
            corner.at = up(corner.at, scale);
        }
        Self { gray, scale, corners }
    }
}

/// Pixel centres of a scaled-down picture in the full one.
fn up((x, y): Point, scale: f64) -> Point {
    ((x + 0.5) / scale - 0.5, (y + 0.5) / scale - 0.5)
}

fn down((x, y): Point, scale: f64) -> Point {
    ((x + 0.5) * scale - 0.5, (y + 0.5) * scale - 0.5)
}

/// Finds the catalogued product on the photo; `None` if it is not there or cannot be matched.
pub(crate) fn align(catalogued: &Catalogued, shot: &Shot) -> Option<Alignment> {
    let pairs = matches(&catalogued.corners, &shot.corners);
    let rough = consensus(&pairs, catalogued, INLIER_PX / shot.scale)?;
    let alignment = catalogued.dense.refine(&rough, shot);
    tracing::debug!(pairs = pairs.len(), agreement = alignment.agreement, "aligned");
    (alignment.agreement >= LEAST_AGREEMENT && plausible(&alignment.map, catalogued)).then_some(alignment)
}

/// The map that most pairs agree on (random sample consensus, Fischler & Bolles 1981, with a fixed sequence).
fn consensus(pairs: &[(Point, Point)], catalogued: &Catalogued, within_px: f64) -> Option<Homography> {
    if pairs.len() < FEWEST_INLIERS {
        return None;
    }
    let mut random = Lcg(42);
    let agreeing = |map: &Homography, within: f64| -> Vec<(Point, Point)> {
        let hits = |&(p, q): &(Point, Point)| map.apply(p).is_some_and(|(x, y)| (x - q.0).hypot(y - q.1) < within);
        pairs.iter().copied().filter(hits).collect()
    };
    let mut best: (usize, Option<Homography>) = (0, None);
    for _ in 0..TRIALS {
        let sample: [(Point, Point); 4] = std::array::from_fn(|_| pairs[random.below(pairs.len())]);
        let Some(map) = Homography::fit(&sample).filter(|map| plausible(map, catalogued)) else {
            continue;
        };
        let count = agreeing(&map, within_px).len();
        if count > best.0 {
            best = (count, Some(map));
        }
    }
    let mut map = best.1.filter(|_| best.0 >= FEWEST_INLIERS)?;
    for factor in [1.5, 1.0, 1.0] {
        let refitted = Homography::fit(&agreeing(&map, within_px * factor));
        map = refitted.filter(|map| plausible(map, catalogued)).unwrap_or(map);
    }
    Some(map)
}

/// A product seen from somewhere in front: its frame stays a convex quadrilateral, not mirrored, not squeezed.
fn plausible(map: &Homography, catalogued: &Catalogued) -> bool {
    let [x0, y0, x1, y1] = catalogued.product.frame;
    let corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)].map(|p| map.apply(p));
    let [Some(a), Some(b), Some(c), Some(d)] = corners else {
        return false;
    };
    let turn = |p: Point, q: Point, r: Point| (q.0 - p.0) * (r.1 - q.1) - (q.1 - p.1) * (r.0 - q.0);
    let turns = [turn(a, b, c), turn(b, c, d), turn(c, d, a), turn(d, a, b)];
    let (least, most) = turns.iter().fold((f64::MAX, f64::MIN), |(l, m), t| (l.min(*t), m.max(*t)));
    let length = |p: Point, q: Point| (q.0 - p.0).hypot(q.1 - p.1);
    let even = |p: f64, q: f64| p < 2.2 * q && q < 2.2 * p;
    let stretch = (length(a, b) + length(c, d)) / (x1 - x0) / ((length(b, c) + length(d, a)) / (y1 - y0));
    let size = (length(a, b) * length(b, c)) / ((x1 - x0) * (y1 - y0));
    least > 0.0
        && most < 6.0 * least
        && even(length(a, b), length(c, d))
        && even(length(b, c), length(d, a))
        && (0.5..2.0).contains(&stretch)
        && (0.003..100.0).contains(&size)
}

/// Grey value above its surroundings, over their spread: what remains of a surface under another light.
fn local_contrast(gray: &Gray, radius: usize) -> Gray {
    let mean = gray.box_blur(radius);
    let squares = Gray { data: gray.data.iter().map(|v| v * v).collect(), ..*gray }.box_blur(radius);
    let data = (0..gray.data.len())
        .map(|i| {
            let spread = (squares.data[i] - mean.data[i] * mean.data[i]).max(0.0).sqrt();
            (gray.data[i] - mean.data[i]) / (spread + 0.02)
        })
        .collect();
    Gray { data, ..*gray }
}

impl Dense {
    fn new(rgb: &RgbImage, product: &ProductMask) -> Self {
        let [x0, y0, x1, y1] = product.frame;
        let long = f64::from(rgb.width().max(rgb.height()));
        let wanted = (DENSE_PX / (x1 - x0).max(y1 - y0)).min(1.0);
        let (gray, scale) = Gray::of(rgb, (long * wanted).round().max(1.0) as u32);
        let scale = f64::from(scale);
        let contrast = local_contrast(&gray.box_blur(1), 9);
        let points = (0..gray.data.len())
            .map(|i| (up(((i % gray.width) as f64, (i / gray.width) as f64), scale), contrast.data[i]))
            .filter(|(p, _)| product.contains(*p))
            .collect();
        Self { points, scale }
    }

    /// Moves the map until local contrast agrees best (Gauss-Newton on eight parameters with robust weights, after Lucas &
    /// Kanade), and measures how well it then agrees.
    fn refine(&self, rough: &Homography, shot: &Shot) -> Alignment {
        // The photo at the scale of the dense grid, so that both are blurred alike.
        let magnification = self.magnification(rough);
        let factor = (self.scale / magnification / shot.scale).clamp(0.05, 1.0);
        let gray = if factor < 0.98 { shot.gray.shrunk(factor as f32) } else { shot.gray.clone() };
        let scale = shot.scale * gray.width as f64 / shot.gray.width as f64;
        let contrast = local_contrast(&gray.box_blur(1), 9);
        let (dx, dy) = contrast.gradients();
        let mut map = *rough;
        let mut best = Alignment { map, agreement: self.agreement(&map, &contrast, scale) };
        for _ in 0..14 {
            let Some(next) = self.step(&map, &contrast, (&dx, &dy), scale) else {
                break;
            };
            map = next;
            let agreement = self.agreement(&map, &contrast, scale);
            if agreement < best.agreement + 1e-4 {
                break;
            }
            best = Alignment { map, agreement };
        }
        best
    }

    /// Photo pixels a catalogue pixel about the product's middle.
    fn magnification(&self, map: &Homography) -> f64 {
        let n = self.points.len().max(1) as f64;
        let (sx, sy) = self.points.iter().fold((0.0, 0.0), |s, (p, _)| (s.0 + p.0, s.1 + p.1));
        let (x, y) = (sx / n, sy / n);
        let reach = 10.0;
        match (map.apply((x - reach, y - reach)), map.apply((x + reach, y + reach))) {
            (Some(a), Some(b)) => ((b.0 - a.0).hypot(b.1 - a.1) / (reach * 8.0_f64.sqrt())).max(1e-3),
            _ => 1.0,
        }
    }

    fn step(&self, map: &Homography, contrast: &Gray, (dx, dy): (&Gray, &Gray), scale: f64) -> Option<Homography> {
        // Parameters are taken about the product's own size, so that all eight weigh alike.
        let unit = Homography::scale_and_shift(1.0 / 400.0, 0.0, 0.0);
        let from_unit = unit.inverse()?.then(map);
        let mut system = [[0.0; 9]; 8];
        for &(p, wanted) in &self.points {
            let (u, v) = unit.apply(p)?;
            let m = from_unit.0;
            let w = m[2][0] * u + m[2][1] * v + m[2][2];
            let Some(q) = map.apply(p) else { continue };
            let (x, y) = down(q, scale);
            let (Some(value), Some(gx), Some(gy)) =
                (contrast.sample(x as f32, y as f32), dx.sample(x as f32, y as f32), dy.sample(x as f32, y as f32))
            else {
                continue;
            };
            let residual = f64::from(wanted - value);
            let weight = 1.0 / (1.0 + residual * residual);
            let (gx, gy) = (f64::from(gx) * scale / w, f64::from(gy) * scale / w);
            let along = -(gx * q.0 + gy * q.1);
            let row = [gx * u, gx * v, gx, gy * u, gy * v, gy, along * u, along * v];
            for (r, line) in system.iter_mut().enumerate() {
                for c in r..8 {
                    line[c] += weight * row[r] * row[c];
                }
                line[8] += weight * row[r] * residual;
            }
        }
        for r in 0..8 {
            for c in 0..r {
                system[r][c] = system[c][r];
            }
            system[r][r] *= 1.0 + 1e-3;
        }
        let d = solve(&mut system)?;
        let mut m = from_unit.0;
        for (i, change) in d.into_iter().enumerate() {
            m[i / 3][i % 3] += change;
        }
        Some(unit.then(&Homography(m)))
    }

    /// Correlation of local contrast over the product's points; points outside the photo count as no agreement.
    fn agreement(&self, map: &Homography, contrast: &Gray, scale: f64) -> f32 {
        let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
        for &(p, a) in &self.points {
            aa += a * a;
            let seen = map.apply(p).map(|q| down(q, scale)).and_then(|(x, y)| contrast.sample(x as f32, y as f32));
            if let Some(b) = seen {
                ab += a * b;
                bb += b * b;
            }
        }
        let agreement = ab / (aa * bb).sqrt();
        if agreement.is_finite() { agreement } else { 0.0 }
    }
}
