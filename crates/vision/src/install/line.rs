//! Straight lines on a photo.

use crate::homography::Point;

/// All points p with normal · p = offset; the normal has length 1.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line {
    normal: Point,
    offset: f64,
}

impl Line {
    /// The line with the least square distances to points.
    pub(super) fn through(points: &[Point]) -> Option<Self> {
        let n = points.len() as f64;
        let (mx, my) = points.iter().fold((0.0, 0.0), |(x, y), p| (x + p.0 / n, y + p.1 / n));
        let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
        for p in points {
            let (dx, dy) = (p.0 - mx, p.1 - my);
            xx += dx * dx;
            xy += dx * dy;
            yy += dy * dy;
        }
        let angle = 0.5 * (2.0 * xy).atan2(xx - yy);
        let normal = (-angle.sin(), angle.cos());
        let offset = normal.0 * mx + normal.1 * my;
        offset.is_finite().then_some(Self { normal, offset })
    }

    /// How far a point is from it.
    pub(super) fn distance(&self, point: Point) -> f64 {
        (self.normal.0 * point.0 + self.normal.1 * point.1 - self.offset).abs()
    }

    /// Where two meet; `None` if they are nearly parallel, which is anywhere.
    pub(super) fn crossing(&self, other: &Self) -> Option<Point> {
        let determinant = self.normal.0 * other.normal.1 - self.normal.1 * other.normal.0;
        let x = (self.offset * other.normal.1 - self.normal.1 * other.offset) / determinant;
        let y = (self.normal.0 * other.offset - self.offset * other.normal.0) / determinant;
        (determinant.abs() > 0.1 && x.is_finite() && y.is_finite()).then_some((x, y))
    }
}
