//! What was seen on a photo. Masks and pixels stay in `ermu-vision`; these are the facts that a dialogue needs.

use serde::{Deserialize, Serialize};

use crate::ReadField;

/// A rectangle on an upright photo, each value as a share (0 to 1) of the photo's width or height.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Region {
    /// Left edge.
    pub x: f32,
    /// Top edge.
    pub y: f32,
    /// Width.
    pub width: f32,
    /// Height.
    pub height: f32,
}

impl Region {
    /// The middle of the rectangle.
    pub fn centre(self) -> (f32, f32) {
        (self.x + self.width / 2.0, self.y + self.height / 2.0)
    }
}

/// Kinds of damage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DefectKind {
    /// A thin line in the surface.
    Scratch,
    /// A thin line through the material.
    Crack,
    /// A hollow without missing material.
    Dent,
    /// Something on the surface that does not belong there.
    Stain,
    /// Material broken off at an edge or a corner.
    Chip,
    /// A part that should be there is not.
    MissingPart,
}

impl DefectKind {
    /// Its name in the stored form.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Scratch => "scratch",
            Self::Crack => "crack",
            Self::Dent => "dent",
            Self::Stain => "stain",
            Self::Chip => "chip",
            Self::MissingPart => "missing_part",
        }
    }
}

/// Where on the product, in a three by three grid as the viewer sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum NineGrid {
    TopLeft,
    Top,
    TopRight,
    Left,
    Centre,
    Right,
    BottomLeft,
    Bottom,
    BottomRight,
}

impl NineGrid {
    /// The cell that holds a point given as shares (0 to 1) of width and height.
    pub fn containing(x: f32, y: f32) -> Self {
        let third = |v: f32| if v < 1.0 / 3.0 { 0 } else { usize::from(v >= 2.0 / 3.0) + 1 };
        const CELLS: [[NineGrid; 3]; 3] = [
            [NineGrid::TopLeft, NineGrid::Top, NineGrid::TopRight],
            [NineGrid::Left, NineGrid::Centre, NineGrid::Right],
            [NineGrid::BottomLeft, NineGrid::Bottom, NineGrid::BottomRight],
        ];
        CELLS[third(y)][third(x)]
    }
}

/// What a finding was judged against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// A catalogue photo of the same product: may carry a decision.
    Reference,
    /// The photo alone: a suspicion, never a decision by itself.
    PhotoAlone,
}

/// One place on a photo that looks damaged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImageFinding {
    /// What it is.
    pub kind: DefectKind,
    /// Where it is, as a box on the upright photo.
    pub region: Region,
    /// Where it is on the product, for words.
    pub place: NineGrid,
    /// Damaged share of the product's visible surface, 0 to 1.
    pub area: f32,
    /// How sure, 0 to 1.
    pub confidence: f32,
    /// What it was judged against.
    pub basis: Basis,
}

/// Why a photo cannot be judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QualityFault {
    /// Out of focus or shaken.
    Blurred,
    /// Too little light.
    Dark,
    /// Too much light, or a reflection that hides the surface.
    Glare,
    /// Too few pixels.
    Small,
    /// Nothing on it: one flat colour.
    Empty,
}

/// What was seen on one photo.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PhotoReport {
    /// Width of the upright photo.
    pub width_px: u32,
    /// Height of the upright photo.
    pub height_px: u32,
    /// Faults that forbid a judgement; findings are empty if there are any.
    pub faults: Vec<QualityFault>,
    /// Damage, the surest first.
    pub findings: Vec<ImageFinding>,
    /// What it says in writing, from top to bottom. Phone numbers come without their last digits, which prove who calls.
    #[serde(default)]
    pub fields: Vec<ReadField>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grid_is_as_the_viewer_sees_it() {
        assert_eq!(NineGrid::containing(0.1, 0.1), NineGrid::TopLeft);
        assert_eq!(NineGrid::containing(0.9, 0.1), NineGrid::TopRight);
        assert_eq!(NineGrid::containing(0.5, 0.5), NineGrid::Centre);
        assert_eq!(NineGrid::containing(1.0, 1.0), NineGrid::BottomRight);
        assert_eq!(NineGrid::containing(0.0, 0.5), NineGrid::Left);
    }
}
