//! What is on a wall: sheets of paper, and a pencil's crosses.

use std::f64::consts::TAU;
use std::sync::Arc;

use super::{Camera, Point};

/// Width and height of A4 (ISO 216).
pub const A4_MM: (f64, f64) = (210.0, 297.0);
/// Light that paper and ink give back.
const WHITE: f64 = 0.82;
const BLACK: f64 = 0.05;
const TEXT: f64 = 0.3;

/// What is on a sheet of A4.
#[derive(Debug, Clone)]
pub enum Paper {
    /// Nothing.
    Blank,
    /// Markers, and some lines of text in the middle.
    Printed(Arc<Print>),
}

/// Square markers of black and white cells.
#[derive(Debug, Clone)]
pub struct Print {
    /// A marker's side.
    pub marker_mm: f64,
    /// Cells of a marker a side.
    pub cells: usize,
    /// Each marker's middle, in mm from the sheet's, and whether its cells are white, row by row from the upper left.
    pub markers: Vec<(Point, Vec<bool>)>,
}

impl Print {
    fn albedo(&self, at: Point) -> f64 {
        for ((x, y), white) in &self.markers {
            let half = self.marker_mm / 2.0;
            let (u, v) = (at.0 - x + half, y + half - at.1);
            if u >= 0.0 && v >= 0.0 && u < self.marker_mm && v < self.marker_mm {
                let cell = |v: f64| (v / self.marker_mm * self.cells as f64) as usize;
                return if white[cell(v) * self.cells + cell(u)] { WHITE } else { BLACK };
            }
        }
        // Lines of text, a ruler.
        let text = at.0.abs() < 70.0 && at.1.abs() < 40.0 && at.1.rem_euclid(8.0) < 2.5 && at.0.rem_euclid(5.0) < 3.0;
        if text { TEXT } else { WHITE }
    }
}

/// A sheet of A4 upright on the wall.
#[derive(Debug, Clone)]
pub struct Hung {
    /// What is on it.
    pub paper: Paper,
    /// How it is turned, in radians, counter-clockwise.
    pub turn: f64,
    /// Where its middle is on the wall, in mm.
    pub middle: Point,
    /// How far the paper bulges from the wall, in mm.
    pub bulge_mm: f64,
    /// Where along its height it does, in radians of half a wave.
    pub bulge_at: f64,
    /// The shadow beside its edges: light that it takes, as a share.
    pub shadow: f64,
}

impl Hung {
    /// A sheet that lies on the wall without a shadow.
    #[must_use]
    pub fn flat(paper: Paper, turn: f64, middle: Point) -> Self {
        Self { paper, turn, middle, bulge_mm: 0.0, bulge_at: 0.0, shadow: 0.0 }
    }

    fn on_sheet(&self, (x, y): Point) -> Point {
        let (sin, cos) = self.turn.sin_cos();
        let (dx, dy) = (x - self.middle.0, y - self.middle.1);
        (cos * dx + sin * dy, cos * dy - sin * dx)
    }

    /// Its corners on the wall: upper left, upper right, lower right, lower left.
    #[must_use]
    pub fn corners(&self) -> [Point; 4] {
        let (w, h) = (A4_MM.0 / 2.0, A4_MM.1 / 2.0);
        let (sin, cos) = self.turn.sin_cos();
        [(-w, h), (w, h), (w, -h), (-w, -h)]
            .map(|(x, y)| (self.middle.0 + cos * x - sin * y, self.middle.1 + sin * x + cos * y))
    }

    /// How much light the paper gives back at a point of the wall; none beside it.
    pub(super) fn albedo(&self, wall: Point, camera: &Camera) -> Option<f64> {
        let mut at = self.on_sheet(wall);
        if self.bulge_mm > 0.0 {
            // Paper that stands off the wall is seen shifted by the tangent of the angle that it is seen under.
            let off = self.bulge_mm * (TAU / 2.0 * (at.1 / A4_MM.1 + 0.5) + self.bulge_at).sin().abs();
            at = self.on_sheet(camera.behind(wall, off));
        }
        if at.0.abs() > A4_MM.0 / 2.0 || at.1.abs() > A4_MM.1 / 2.0 {
            return None;
        }
        Some(match &self.paper {
            Paper::Blank => WHITE,
            Paper::Printed(print) => print.albedo(at),
        })
    }

    /// What its shadow leaves of the light at a point of the wall beside it: light comes from above, and a sheet stands off a little.
    pub(super) fn shade_at(&self, wall: Point) -> f64 {
        let at = self.on_sheet(wall);
        let out = f64::max(at.0.abs() - A4_MM.0 / 2.0, -A4_MM.1 / 2.0 - at.1).max(at.1 - A4_MM.1 / 2.0);
        let below = if at.1 > A4_MM.1 / 2.0 { 0.3 } else { 1.0 };
        1.0 - self.shadow * below * (1.0 - out / SHADOW_MM).clamp(0.0, 1.0)
    }
}

/// How far the shadow of a sheet reaches.
const SHADOW_MM: f64 = 2.5;

/// A pencil's cross, in mm.
#[derive(Debug, Clone, Copy)]
pub struct Cross {
    /// Its middle on the wall.
    pub at: Point,
    /// Half of a line's length.
    pub arm_mm: f64,
    /// A line's width.
    pub thick_mm: f64,
    /// How it is turned, in radians.
    pub turn: f64,
    /// Light that it gives back, as a share of the wall's.
    pub shade: f64,
}

impl Cross {
    /// What it leaves of the wall's light at a point.
    pub(super) fn shade_at(&self, (x, y): Point) -> f64 {
        let (sin, cos) = self.turn.sin_cos();
        let (dx, dy) = (x - self.at.0, y - self.at.1);
        let (u, v) = ((cos * dx + sin * dy).abs(), (cos * dy - sin * dx).abs());
        let on = (u < self.arm_mm && v < self.thick_mm / 2.0) || (v < self.arm_mm && u < self.thick_mm / 2.0);
        if on { self.shade } else { 1.0 }
    }
}
