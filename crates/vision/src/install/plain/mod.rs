//! A plain sheet of A4 on a wall, without markers: four straight edges with the bright side inside, the sides of A4 in perspective,
//! and nothing on it.

mod edge;
mod quads;
mod segments;

use image::RgbImage;

use super::candidates::Levels;
use crate::homography::{Homography, Point};
use crate::shrink::shrunk;
use segments::Slopes;

/// Long side of the picture that edges are sought on.
const LONG_SIDE_PX: u32 = 800;
const MOST_EDGES: usize = 320;
const MOST_QUADS: usize = 400;
/// The lens's focal length as a share of the photo's long side: what main cameras of telephones have.
const FOCAL: [f64; 4] = [0.62, 0.72, 0.82, 0.95];
/// Height of A4 by its width (ISO 216).
const A4: f64 = std::f64::consts::SQRT_2;
/// Shortest side on the photo's picture of [`LONG_SIDE_PX`].
const LEAST_SIDE_PX: f64 = 26.0;
/// Grey levels by which the sheet is brighter than what is beside it, at the median of each side.
const LEAST_CONTRAST: f64 = 6.0;
/// Places of a side where it is brighter inside.
const LEAST_SUPPORT: f64 = 0.7;
/// What is drawn is at least so steep, in grey levels a pixel, and so many times steeper than the noise, which has a limit too.
const LEAST_DRAWN: f32 = 3.0;
const OVER_NOISE: f32 = 3.0;
const MOST_NOISE: f32 = 2.6;
/// Difference between its colours, as a share of its brightness: paper is white in any light of a room.
const MOST_COLOUR: f64 = 0.3;
/// What speaks against a sheet, each in this unit: how far it is off A4, the share of places inside where something is drawn (a shadow
/// across it is), the scatter of its edges, and the share of places of its worst side where it is not brighter inside. More than
/// [`MOST_DOUBT`] together is none. Set by renders and room photos of the half `choose` (docs/eval-install.md).
const OFF_A4: f64 = 0.05;
const BUSY: f64 = 0.2;
const SCATTER_PX: f64 = 0.8;
const UNSEEN: f64 = 0.3;
const MOST_DOUBT: f64 = 1.5;
/// Another place that is no more doubtful than this beyond the best leaves it open which is the sheet.
const RIVAL: f64 = 0.3;

/// A sheet on a photo.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct PlainSheet {
    /// Its corners in pixels, clockwise from the upper left.
    pub(super) corners: [Point; 4],
    /// How far its edges scatter about straight lines, in pixels.
    pub(super) scatter_px: f64,
}

/// The sheet of A4 that hangs upright on a photo; `None` if there is none, or if there are several: panes, drawers and pictures come
/// in rows.
pub(super) fn find(rgb: &RgbImage, levels: &Levels) -> Option<PlainSheet> {
    let long = rgb.width().max(rgb.height());
    let small;
    let (picture, scale) = if long > LONG_SIDE_PX {
        let side = |v: u32| ((u64::from(v) * u64::from(LONG_SIDE_PX) / u64::from(long)) as u32).max(1);
        small = shrunk(rgb, side(rgb.width()), side(rgb.height()));
        (&small, f64::from(LONG_SIDE_PX) / f64::from(long))
    } else {
        (rgb, 1.0)
    };
    let coarse = Levels::of(picture);
    let slopes = Slopes::of(&coarse);
    let edges = segments::segments(&slopes, MOST_EDGES);
    let mut found: Vec<(f64, PlainSheet)> = Vec::new();
    for quad in quads::quads(&edges, MOST_QUADS) {
        let Some(looks) = Looks::of(&quad, &coarse, &slopes, picture).filter(Looks::like_paper) else { continue };
        let full = quad.map(|(x, y)| ((x + 0.5) / scale - 0.5, (y + 0.5) / scale - 0.5));
        let Some((corners, scatter_px)) = edge::refined(levels, full) else { continue };
        let corners = upright(corners);
        let Some(off) = off_a4(&corners, (levels.width, levels.height)) else { continue };
        let doubt = off / OFF_A4 + looks.busy / BUSY + scatter_px / SCATTER_PX + (1.0 - looks.support()) / UNSEEN;
        if doubt <= MOST_DOUBT {
            found.push((doubt, PlainSheet { corners, scatter_px }));
        }
    }
    found.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (least, best) = found.first()?;
    let rivals = found.iter().filter(|(doubt, other)| doubt - least < RIVAL && !best.is_same(other));
    (rivals.count() == 0).then(|| best.clone())
}

impl PlainSheet {
    /// Whether the other is this one, found again by other edges.
    fn is_same(&self, other: &Self) -> bool {
        let middle = |of: &Self| of.corners.iter().fold((0.0, 0.0), |m, p| (m.0 + p.0 / 4.0, m.1 + p.1 / 4.0));
        let (a, b) = (middle(self), middle(other));
        let size = (self.corners[0].0 - self.corners[2].0).hypot(self.corners[0].1 - self.corners[2].1);
        (a.0 - b.0).hypot(a.1 - b.1) < 0.15 * size
    }
}

/// What a quadrilateral looks like.
#[derive(Debug, Clone, Copy)]
struct Looks {
    /// Of each side: the median by which it is brighter inside, and the share of its places where it is.
    sides: [(f64, f64); 4],
    /// How steep the middle of all places inside is, in grey levels a pixel.
    noise: f32,
    /// The share of places inside that have an edge.
    busy: f64,
    /// Difference between the colours as a share of the brightness.
    colour: f64,
}

impl Looks {
    fn of(quad: &[Point; 4], levels: &Levels, slopes: &Slopes, rgb: &RgbImage) -> Option<Self> {
        let mut sides = [(0.0, 0.0); 4];
        for (i, side) in sides.iter_mut().enumerate() {
            let (a, b) = (quad[i], quad[(i + 1) % 4]);
            let length = (b.0 - a.0).hypot(b.1 - a.1);
            if length < LEAST_SIDE_PX {
                return None;
            }
            let inwards = (-(b.1 - a.1) / length, (b.0 - a.0) / length);
            let mut steps: Vec<f64> = (0..40_u8)
                .filter_map(|k| {
                    let t = 0.06 + 0.88 * f64::from(k) / 39.0;
                    let foot = (a.0 + t * (b.0 - a.0), a.1 + t * (b.1 - a.1));
                    let level = |off: f64| levels.sample((foot.0 + off * inwards.0, foot.1 + off * inwards.1));
                    Some((level(2.5)? + level(3.5)? - level(-2.5)? - level(-3.5)?) / 2.0)
                })
                .collect();
            if steps.len() < 36 {
                return None;
            }
            steps.sort_by(f64::total_cmp);
            let median = steps[steps.len() / 2];
            let brighter = steps.iter().filter(|step| **step >= (0.3 * median).max(2.0)).count();
            *side = (median, brighter as f64 / steps.len() as f64);
        }
        let onto =
            Homography::fit(&[0, 1, 2, 3].map(|i| ([(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)][i], quad[i])))?;
        let (mut steeps, mut colours) = (Vec::with_capacity(900), [0.0; 3]);
        for i in 0..900_u16 {
            let (u, v) = (f64::from(i % 30), f64::from(i / 30));
            let (x, y) = onto.apply((0.08 + 0.84 * u / 29.0, 0.08 + 0.84 * v / 29.0))?;
            let (x, y) = (x.round(), y.round());
            if x < 0.0 || y < 0.0 || x >= slopes.width as f64 || y >= slopes.height as f64 {
                return None;
            }
            let (x, y) = (x as usize, y as usize);
            steeps.push(slopes.steepness(y * slopes.width + x));
            let pixel = rgb.get_pixel(x as u32, y as u32).0;
            colours.iter_mut().zip(pixel).for_each(|(sum, v)| *sum += f64::from(v));
        }
        steeps.sort_by(f32::total_cmp);
        // Noise is everywhere; what is drawn is not.
        let noise = steeps[steeps.len() / 2];
        let busy = steeps.iter().filter(|steep| **steep >= LEAST_DRAWN.max(OVER_NOISE * noise)).count();
        let (least, most) = colours.iter().fold((f64::MAX, 0.0_f64), |(l, m), &v| (l.min(v), m.max(v)));
        Some(Self { sides, noise, busy: busy as f64 / steeps.len() as f64, colour: (most - least) / most.max(1.0) })
    }

    fn contrast(&self) -> f64 {
        self.sides.iter().map(|(median, _)| *median).fold(f64::MAX, f64::min)
    }

    fn support(&self) -> f64 {
        self.sides.iter().map(|(_, support)| *support).fold(1.0, f64::min)
    }

    fn like_paper(&self) -> bool {
        self.contrast() >= LEAST_CONTRAST
            && self.support() >= LEAST_SUPPORT
            && self.noise <= MOST_NOISE
            && self.colour <= MOST_COLOUR
    }
}

/// How far a quadrilateral is off A4 upright, as a share: in the ratio of its sides or the angle between them, whichever is more, at the
/// focal length that suits it best (Zhang, A flexible new technique for camera calibration, 2000).
fn off_a4(quad: &[Point; 4], (width, height): (usize, usize)) -> Option<f64> {
    let (cx, cy) = ((width as f64 - 1.0) / 2.0, (height as f64 - 1.0) / 2.0);
    let long = width.max(height) as f64;
    let square = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)];
    let map =
        Homography::fit(&[0, 1, 2, 3].map(|i| (square[i], ((quad[i].0 - cx) / long, (quad[i].1 - cy) / long))))?.0;
    let off = FOCAL.map(|focal| {
        let column = |c: usize| [map[0][c] / focal, map[1][c] / focal, map[2][c]];
        let (across, down) = (column(0), column(1));
        let dot = |a: [f64; 3], b: [f64; 3]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let (wide, tall) = (dot(across, across).sqrt(), dot(down, down).sqrt());
        let aslant = dot(across, down).abs() / (wide * tall);
        (tall / wide / A4).ln().abs().max(aslant)
    });
    off.into_iter().filter(|off| off.is_finite()).min_by(f64::total_cmp)
}

/// Corners beginning with the one that is upper left on the photo: the side after it is the one that lies above the others.
fn upright(corners: [Point; 4]) -> [Point; 4] {
    let above = |i: usize| corners[i].1 + corners[(i + 1) % 4].1;
    let first = (0..4).min_by(|&i, &j| above(i).total_cmp(&above(j))).unwrap_or(0);
    [0, 1, 2, 3].map(|i| corners[(first + i) % 4])
}
