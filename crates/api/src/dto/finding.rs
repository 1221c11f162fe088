//! Damage on photos.

use ermu_domain::{ImageFinding, PhotoId};
use serde::Serialize;

use super::code;

/// A rectangle on the upright photo.
#[derive(Debug, Clone, Serialize)]
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

/// One place that looks damaged.
#[derive(Debug, Clone, Serialize)]
pub struct Finding {
    /// `scratch`, `crack`, `dent`, `stain`, `chip` or `missing_part`.
    pub kind: &'static str,
    /// Where, as a box.
    pub region: Region,
    /// Where, in a three by three grid: `top_left` … `centre` … `bottom_right`.
    pub place: &'static str,
    /// Damaged share of the product's visible surface, 0 to 1.
    pub area: f32,
    /// How sure, 0 to 1.
    pub confidence: f32,
    /// `reference` (against a catalogue photo) or `photo_alone`.
    pub basis: &'static str,
}

impl From<ermu_domain::Region> for Region {
    fn from(region: ermu_domain::Region) -> Self {
        let ermu_domain::Region { x, y, width, height } = region;
        Self { x, y, width, height }
    }
}

impl From<&ImageFinding> for Finding {
    fn from(finding: &ImageFinding) -> Self {
        Self {
            kind: code::defect(finding.kind),
            region: finding.region.into(),
            place: code::place(finding.place),
            area: finding.area,
            confidence: finding.confidence,
            basis: code::basis(finding.basis),
        }
    }
}

/// Reads a photo's id as it is written: `p1`.
pub(crate) fn photo_id(text: &str) -> Option<PhotoId> {
    let digits = text.strip_prefix('p')?;
    let canonical = digits.bytes().all(|b| b.is_ascii_digit()) && (digits == "0" || !digits.starts_with('0'));
    canonical.then(|| digits.parse().ok()).flatten().map(PhotoId)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn photo_ids_round_trip_and_nothing_else_does() {
        assert_eq!(photo_id(&PhotoId(17).to_string()), Some(PhotoId(17)));
        for bad in ["", "p", "1", "p+1", "p01", "p-1", "p1 ", "p99999999999"] {
            assert_eq!(photo_id(bad), None, "{bad}");
        }
    }
}
