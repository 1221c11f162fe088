//! A plain sheet of A4 on a wall, without markers: a smooth four-sided shape, brighter than all that is beside it, with the sides of A4
//! in perspective, and nothing on it. Sheets of the same shape and another size look the same: whoever measures by one has to be asked.

mod blank;
mod edge;
mod looks;
mod slopes;

use image::RgbImage;

use super::candidates::{self, Levels};
use crate::homography::{Homography, Point};
use crate::shrink::shrunk;
use slopes::Slopes;

/// Long side of the picture that shapes are sought on.
const LONG_SIDE_PX: u32 = 800;
/// What is less steep than this, in grey levels a pixel, is smooth: faint edges of paper on bright walls at first, the noise of dim rooms
/// at last.
const SMOOTH: [f32; 5] = [1.5, 2.5, 4.0, 7.0, 12.0];
/// How far inside its edges a smooth shape ends, in pixels.
const RIM_PX: f64 = 1.7;
/// The lens's focal length as a share of the photo's long side: what main cameras of telephones have.
const FOCAL: [f64; 4] = [0.62, 0.72, 0.82, 0.95];
/// Height of A4 by its width (ISO 216).
const A4: f64 = std::f64::consts::SQRT_2;
/// How far a sheet may be off A4, and its edges may scatter about straight lines, in pixels of the photo. These limits and those of the
/// modules beside were set by renders and room photos of the half `choose` (docs/eval-install.md).
const MOST_OFF_A4: f64 = 0.05;
const MOST_SCATTER_PX: f64 = 0.8;
/// Corners that are nearer than this, as a share of the sheet's size, are the same.
const SAME: f64 = 0.05;

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
    let shapes =
        SMOOTH.iter().flat_map(|most| candidates::quads_of(&coarse, |x, y| slopes.at(x, y) < *most)).map(widened);
    let sheets = shapes.filter(|quad| looks::stands_out(quad, &coarse, picture)).filter_map(|quad| {
        let full = quad.map(|(x, y)| ((x + 0.5) / scale - 0.5, (y + 0.5) / scale - 0.5));
        let (corners, scatter_px) = edge::refined(levels, full)?;
        let corners = upright(corners);
        let off = off_a4(&corners, (levels.width, levels.height))?;
        let is_sheet = off <= MOST_OFF_A4
            && scatter_px <= MOST_SCATTER_PX
            && looks::is_before_a_wall(&corners, levels)
            && blank::is_blank(levels, &corners);
        is_sheet.then_some((off / MOST_OFF_A4 + scatter_px / MOST_SCATTER_PX, PlainSheet { corners, scatter_px }))
    });
    let sheets: Vec<(f64, PlainSheet)> = sheets.collect();
    let (_, best) = sheets.iter().min_by(|a, b| a.0.total_cmp(&b.0))?;
    sheets.iter().all(|(_, other)| best.is_same(other)).then(|| best.clone())
}

/// A smooth shape with its rim.
fn widened(quad: [Point; 4]) -> [Point; 4] {
    let middle = quad.iter().fold((0.0, 0.0), |m, p| (m.0 + p.0 / 4.0, m.1 + p.1 / 4.0));
    quad.map(|(x, y)| (x + RIM_PX * (x - middle.0).signum(), y + RIM_PX * (y - middle.1).signum()))
}

impl PlainSheet {
    /// Whether the other is this one, found again.
    fn is_same(&self, other: &Self) -> bool {
        let apart = |a: &Point, b: &Point| (a.0 - b.0).hypot(a.1 - b.1);
        let size = apart(&self.corners[0], &self.corners[2]);
        self.corners.iter().zip(&other.corners).all(|(a, b)| apart(a, b) <= SAME * size)
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
