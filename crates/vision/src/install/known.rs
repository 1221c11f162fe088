//! A wall of which some points are known: what the truth of an evaluation is measured by.

use ermu_domain::{PhotoPoint, WallPoint};

use super::in_mm;
use crate::homography::{Homography, Point};

/// A map from a photo to the plane of a wall.
#[derive(Debug, Clone)]
pub struct WallMap(Homography);

impl WallMap {
    /// The map through points that are known on both; `None` with fewer than four, or if they lie on a line.
    pub fn through(known: &[(WallPoint, PhotoPoint)]) -> Option<Self> {
        let pairs: Vec<(Point, Point)> = known.iter().map(|(wall, photo)| (of_photo(*photo), in_mm(*wall))).collect();
        Homography::fit(&pairs).map(Self)
    }

    /// How far two points of the photo are from each other on the wall, in mm; `None` beyond the horizon.
    pub fn distance_mm(&self, a: PhotoPoint, b: PhotoPoint) -> Option<f64> {
        let (a, b) = (self.on_wall(a)?, self.on_wall(b)?);
        Some((a.0 - b.0).hypot(a.1 - b.1)).filter(|distance| distance.is_finite())
    }

    fn on_wall(&self, point: PhotoPoint) -> Option<Point> {
        let [x, y, w] = self.0.0.map(|row| row[0] * f64::from(point.x) + row[1] * f64::from(point.y) + row[2]);
        (w.abs() > 1e-9).then(|| (x / w, y / w))
    }
}

fn of_photo(point: PhotoPoint) -> Point {
    (f64::from(point.x), f64::from(point.y))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_measured_on_the_wall() {
        let known = [(0.0, 0.0, 0.2, 0.8), (1000.0, 0.0, 0.8, 0.7), (1000.0, 500.0, 0.8, 0.3), (0.0, 500.0, 0.2, 0.2)];
        let known = known.map(|(x_mm, y_mm, x, y)| (WallPoint { x_mm, y_mm }, PhotoPoint { x, y }));
        let map = WallMap::through(&known).unwrap();
        let across = map.distance_mm(known[0].1, known[1].1).unwrap();
        let aslant = map.distance_mm(known[0].1, known[2].1).unwrap();
        assert!((across - 1000.0).abs() < 1e-2 && (aslant - 1_250_000_f64.sqrt()).abs() < 1e-2, "{across} {aslant}");
        assert!(WallMap::through(&known[..3]).is_none());
        assert!(WallMap::through(&[known[0]; 4]).is_none());
    }
}
