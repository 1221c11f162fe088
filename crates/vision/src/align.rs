//! From a catalogue photo to a customer's photo of the same product: corners and their consensus, or a search where there
//! are too few; then an adjustment by edges, which also tells whether the two agree.

use crate::features::{Feature, Lcg, features, matches};
use crate::gray::Gray;
use crate::homography::{Homography, Point};
use crate::product::ProductMask;
use crate::shape::{Fit, Scaled, Shape, up};
use image::RgbImage;

/// A catalogue photo, prepared to be found again.
#[derive(Debug, Clone)]
pub(crate) struct Catalogued {
    /// Where the product is on it.
    pub(crate) product: ProductMask,
    corners: Vec<Feature>,
    shape: Shape,
}

/// A customer's photo, prepared likewise.
#[derive(Debug, Clone)]
pub(crate) struct Shot {
    small: Scaled,
    corners: Vec<Feature>,
}

/// Long side of the pictures that corners are sought on.
const SPARSE_PX: u32 = 560;
const FEWEST_INLIERS: usize = 10;
const INLIER_PX: f64 = 5.0;
const TRIALS: usize = 1200;
/// Least agreement of an alignment that is believed: right ones had 0.5 to 0.8, the best fits of wrong products and of room
/// photos 0.17 to 0.35.
const LEAST_AGREEMENT: f32 = 0.42;

impl Catalogued {
    pub(crate) fn new(rgb: &RgbImage) -> Self {
        let product = ProductMask::of(rgb);
        tracing::debug!(frame = ?product.frame, "product");
        let (_, mut corners) = small_with_corners(rgb);
        corners.retain(|corner| product.contains(corner.at));
        let shape = Shape::new(rgb, &product);
        Self { product, corners, shape }
    }
}

impl Shot {
    pub(crate) fn new(rgb: &RgbImage) -> Self {
        let (small, corners) = small_with_corners(rgb);
        Self { small, corners }
    }
}

/// The photo at [`SPARSE_PX`] and its corners in pixels of the photo.
fn small_with_corners(rgb: &RgbImage) -> (Scaled, Vec<Feature>) {
    let (gray, scale) = Gray::of(rgb, SPARSE_PX);
    let scale = f64::from(scale);
    let mut corners = features(&gray);
    for corner in &mut corners {
        corner.at = up(corner.at, scale);
    }
    (Scaled { gray, scale }, corners)
}

/// Finds the catalogued product on the photo by corners and maps the catalogue photo's pixels to the photo's; `None` if too few
/// corners agree, or its edges do not.
pub(crate) fn align_by_corners(catalogued: &Catalogued, shot: &Shot) -> Option<Fit> {
    let pairs = matches(&catalogued.corners, &shot.corners);
    let rough = consensus(&pairs, catalogued, INLIER_PX / shot.small.scale);
    let fit = rough.and_then(|map| catalogued.shape.adjust(&map, &shot.small));
    tracing::debug!(pairs = pairs.len(), agreement = fit.map(|fit| fit.agreement), "corners");
    fit.filter(|fit| is_believed(fit, catalogued))
}

/// The same by looking for its outline everywhere: for products without corners, and much dearer.
pub(crate) fn align_by_search(catalogued: &Catalogued, shot: &Shot) -> Option<Fit> {
    let fit = catalogued.shape.search(&shot.small);
    tracing::debug!(agreement = fit.map(|fit| fit.agreement), "search");
    fit.filter(|fit| is_believed(fit, catalogued))
}

fn is_believed(fit: &Fit, catalogued: &Catalogued) -> bool {
    fit.agreement >= LEAST_AGREEMENT && plausible(&fit.map, catalogued)
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
