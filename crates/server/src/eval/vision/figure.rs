//! What a photo that went badly looks like on the page: findings drawn on it, and the true area over them.

use ermu_domain::Region;
use ermu_vision::{Photo, Sight, annotate};

use super::{
    marked::Marked,
    score::Verdict,
    set::{Area, Case},
};
use crate::eval::page::{Figure, shown};

/// Cells a side of the grid on which the truth is drawn.
const TRUTH_CELLS: usize = 96;

/// A photo that went badly.
pub(super) fn figure(
    case: &Case,
    photo: &Photo,
    sight: &Sight,
    verdict: Verdict,
    marked: Option<&Marked>,
) -> anyhow::Result<Figure> {
    let jpeg = annotate(&shown(photo), &sight.located)?;
    let name = case.photo.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let truth = match (marked, &case.truth.area) {
        (Some(marked), _) => cells(marked),
        (None, Some(Area::Boxes(boxes))) => boxes.iter().map(|&wanted| outline(wanted)).collect(),
        (None, Some(Area::Mask(_) | Area::Polygons(_)) | None) => String::new(),
    };
    Ok(Figure { severity: verdict.severity, name, told: verdict.told, jpeg, truth })
}

fn cells(marked: &Marked) -> String {
    let side = 1.0 / TRUTH_CELLS as f32;
    let cell = |i: usize| Region {
        x: (i % TRUTH_CELLS) as f32 * side,
        y: (i / TRUTH_CELLS) as f32 * side,
        width: side,
        height: side,
    };
    (0..TRUTH_CELLS * TRUTH_CELLS).map(cell).filter(|&cell| marked.any(cell)).map(outline).collect()
}

/// An SVG path about a region, in percent.
fn outline(region: Region) -> String {
    let [x, y, width, height] = [region.x, region.y, region.width, region.height].map(|v| v * 100.0);
    format!("M{x:.2} {y:.2}h{width:.2}v{height:.2}h-{width:.2}z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_area_is_outlined_in_percent() {
        let region = Region { x: 0.1, y: 0.2, width: 0.3, height: 0.4 };
        assert_eq!(outline(region), "M10.00 20.00h30.00v40.00h-30.00z");
    }
}
