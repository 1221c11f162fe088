//! What is hung on a wall: where its holes are, and what a photo of the wall with a printed sheet on it tells.

use serde::{Deserialize, Serialize};

use crate::{Localized, QualityFault};

/// A point on a wall in millimetres from the middle of the first sheet, as one faces the wall.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct WallPoint {
    /// To the right.
    pub x_mm: f32,
    /// Upwards.
    pub y_mm: f32,
}

impl WallPoint {
    /// How far it is to another point, in mm.
    pub fn distance_mm(self, other: Self) -> f32 {
        (self.x_mm - other.x_mm).hypot(self.y_mm - other.y_mm)
    }
}

/// A hole to drill.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hole {
    /// What it is called (`左上孔`).
    pub name: Localized,
    /// Where its middle is.
    pub at: WallPoint,
}

/// How an article is hung.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MountingTemplate {
    /// The holes, in the order in which they are drilled; 1 to [`Self::MOST_HOLES`].
    pub holes: Vec<Hole>,
    /// Diameter of the drill, in mm.
    pub drill_mm: u32,
    /// Depth of the holes, in mm.
    pub depth_mm: u32,
    /// Two holes, by index, that have to be on one level.
    pub level: Option<(usize, usize)>,
    /// How high above the floor the lowest hole is at least, in mm; 0 where it does not matter.
    pub least_height_mm: u32,
    /// The wall that the article covers, and what has to stay free around it.
    pub outline: Outline,
}

impl MountingTemplate {
    /// More holes have no number on the photo.
    pub const MOST_HOLES: usize = 9;

    /// The lowest hole; the middle of the sheet if there is none.
    pub fn lowest(&self) -> WallPoint {
        let lowest = self.holes.iter().map(|hole| hole.at).min_by(|a, b| a.y_mm.total_cmp(&b.y_mm));
        lowest.unwrap_or_default()
    }

    /// The corners of what has to be free: the article and its clearance, clockwise from the upper left.
    pub fn keep_free(&self) -> [WallPoint; 4] {
        let Outline { left_mm, right_mm, above_mm, below_mm, clearance_mm } = self.outline;
        let side = |of: u32| (of.saturating_add(clearance_mm)) as f32;
        let (left, right, above, below) = (-side(left_mm), side(right_mm), side(above_mm), -side(below_mm));
        [(left, above), (right, above), (right, below), (left, below)].map(|(x_mm, y_mm)| WallPoint { x_mm, y_mm })
    }
}

/// The edges of an article on the wall, each in mm from the middle of the first sheet.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outline {
    /// To its left edge.
    pub left_mm: u32,
    /// To its right edge.
    pub right_mm: u32,
    /// To its upper edge.
    pub above_mm: u32,
    /// To its lower edge.
    pub below_mm: u32,
    /// What has to be free around it.
    pub clearance_mm: u32,
}

/// What a photo of a wall is looked at for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WallQuestion {
    /// Where the holes belong.
    Holes,
    /// How far the drawn marks are from where the holes belong.
    Marks,
}

/// A photo of a wall with the sheet on it, measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WallReport {
    /// Width of the upright photo.
    pub width_px: u32,
    /// Height of the upright photo.
    pub height_px: u32,
    /// Sheets that were found: 1 or 2.
    pub sheets: u32,
    /// What they are.
    #[serde(default)]
    pub by: MeasuredBy,
    /// The holes, in the template's order.
    pub holes: Vec<HolePoint>,
    /// The corners of [`MountingTemplate::keep_free`] on the photo; none if they are not all on it.
    pub keep_free: Option<[PhotoPoint; 4]>,
    /// What was found of the marks; empty unless they were asked for.
    pub marks: Vec<Mark>,
}

/// What a wall was measured by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MeasuredBy {
    /// The markers of printed sheets.
    #[default]
    Markers,
    /// The edges of a plain sheet of A4: less exact, and it may be something else that is white and of that shape.
    PlainPaper,
}

/// A point on an upright photo, each value as a share (0 to 1) of its width or height.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PhotoPoint {
    /// From the left.
    pub x: f32,
    /// From the top.
    pub y: f32,
}

/// Where a hole belongs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct HolePoint {
    /// Its index in the template.
    pub hole: usize,
    /// On the photo.
    pub on_photo: PhotoPoint,
    /// On the wall.
    pub on_wall: WallPoint,
    /// Nine of ten such points are nearer to the truth than this, in mm.
    pub error_mm: f32,
}

/// A mark near a hole's place.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Mark {
    /// The hole's index in the template.
    pub hole: usize,
    /// What was seen.
    pub seen: MarkSeen,
}

/// What was seen where a mark should be.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MarkSeen {
    /// A mark, this far from where it should be.
    At(WallPoint),
    /// None within reach.
    Missing,
    /// Several that could be it.
    Several,
    /// A sheet covers the place.
    Covered,
}

/// Why a photo of a wall is not measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WallRefusal {
    /// The photo itself.
    Quality(QualityFault),
    /// No sheet on it.
    NoSheet,
    /// A part of the sheet is covered or cut off.
    SheetHidden,
    /// The wall is seen from too far aside.
    Oblique,
    /// The corners of the sheet are too soft, or the sheet too small, to measure from them.
    Vague,
    /// The sheet is not flat on the wall.
    NotFlat,
    /// This hole is too far from the sheet: a second sheet has to hang nearer to it.
    FarFromSheet {
        /// Its index in the template.
        hole: usize,
    },
    /// This hole is not on the photo.
    OffPhoto {
        /// Its index in the template.
        hole: usize,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_to_be_free_is_the_article_and_its_clearance() {
        let hole = |x_mm, y_mm| Hole { name: Localized::default(), at: WallPoint { x_mm, y_mm } };
        let template = MountingTemplate {
            holes: vec![hole(-150.0, 20.0), hole(150.0, -10.0)],
            drill_mm: 8,
            depth_mm: 50,
            level: None,
            least_height_mm: 0,
            outline: Outline { left_mm: 200, right_mm: 210, above_mm: 30, below_mm: 40, clearance_mm: 100 },
        };
        let [upper_left, _, lower_right, _] = template.keep_free();
        assert_eq!(upper_left, WallPoint { x_mm: -300.0, y_mm: 130.0 });
        assert_eq!(lower_right, WallPoint { x_mm: 310.0, y_mm: -140.0 });
        assert_eq!(template.lowest(), WallPoint { x_mm: 150.0, y_mm: -10.0 });
        assert!((template.holes[0].at.distance_mm(template.holes[1].at) - 301.496).abs() < 1e-2);
    }
}
