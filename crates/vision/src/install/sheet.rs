//! The printed sheet: A4 upright with a marker in each corner.

use ermu_domain::WallPoint;

use super::dictionary;
use crate::homography::Point;

/// One of the two sheets that can hang on a wall. They carry different markers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Sheet {
    /// Its middle is the origin of the template.
    First,
    /// Hangs anywhere on the same wall, where the holes are that the first is too far from.
    Second,
}

impl Sheet {
    /// Width of the paper (ISO 216 A4), in mm.
    pub const WIDTH_MM: f32 = 210.0;
    /// Height of the paper, in mm.
    pub const HEIGHT_MM: f32 = 297.0;
    /// A marker's side, its black border included, in mm.
    pub const MARKER_MM: f32 = 60.0;
    /// From a marker to the nearest edges of the paper, in mm: printers leave 5 mm white, and a marker needs white around it.
    pub const MARGIN_MM: f32 = 12.0;
    /// Cells of a marker a side.
    pub const CELLS: usize = dictionary::CELLS;

    /// The markers: upper left, upper right, lower right, lower left.
    pub fn markers(self) -> [Marker; 4] {
        let x = Self::WIDTH_MM / 2.0 - Self::MARGIN_MM - Self::MARKER_MM / 2.0;
        let y = Self::HEIGHT_MM / 2.0 - Self::MARGIN_MM - Self::MARKER_MM / 2.0;
        let first = match self {
            Self::First => 0,
            Self::Second => 4,
        };
        let mut id = first;
        [(-x, y), (x, y), (x, -y), (-x, -y)].map(|(x_mm, y_mm)| {
            let marker = Marker { id, centre: WallPoint { x_mm, y_mm } };
            id += 1;
            marker
        })
    }

    /// Whether a point, in mm from the sheet's middle, is on the paper.
    pub fn covers(point: WallPoint) -> bool {
        point.x_mm.abs() <= Self::WIDTH_MM / 2.0 && point.y_mm.abs() <= Self::HEIGHT_MM / 2.0
    }

    /// The sheet that carries a marker.
    pub(super) fn of_marker(id: usize) -> (Self, Marker) {
        let sheet = if id < 4 { Self::First } else { Self::Second };
        (sheet, sheet.markers()[id % 4])
    }
}

/// A marker on a sheet.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Marker {
    id: usize,
    /// Its middle, in mm from the sheet's.
    pub centre: WallPoint,
}

impl Marker {
    /// Its number in the dictionary.
    pub fn id(&self) -> usize {
        self.id
    }

    /// Whether a cell is white, by row and column from the upper left.
    pub fn is_white(&self, row: usize, column: usize) -> bool {
        dictionary::is_white(self.id, row, column)
    }

    /// Its outer corners in mm from the sheet's middle, clockwise from the upper left.
    pub(super) fn corners(&self) -> [Point; 4] {
        let (x, y, half) =
            (f64::from(self.centre.x_mm), f64::from(self.centre.y_mm), f64::from(Sheet::MARKER_MM) / 2.0);
        [(x - half, y + half), (x + half, y + half), (x + half, y - half), (x - half, y - half)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_markers_lie_on_the_paper_with_their_margin() {
        let mut ids = Vec::new();
        for sheet in [Sheet::First, Sheet::Second] {
            for marker in sheet.markers() {
                ids.push(marker.id());
                assert_eq!(Sheet::of_marker(marker.id()), (sheet, marker));
                for (x, y) in marker.corners() {
                    let margin = |edge: f32, v: f64| f64::from(edge / 2.0) - v.abs();
                    assert!(margin(Sheet::WIDTH_MM, x) >= 12.0 && margin(Sheet::HEIGHT_MM, y) >= 12.0);
                }
            }
        }
        assert_eq!(ids, (0..8).collect::<Vec<_>>());
    }
}
