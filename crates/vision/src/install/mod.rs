//! Install points: a photo of a wall with a printed sheet on it becomes a plane in millimetres, and a mounting template the points
//! on the photo where its holes belong.

mod candidates;
mod dictionary;
mod draw;
mod known;
mod line;
mod marker;
mod marks;
mod plain;
mod plane;
mod sheet;

use ermu_domain::{
    HolePoint, MeasuredBy, MountingTemplate, PhotoPoint, QualityFault, WallPoint, WallQuestion, WallRefusal, WallReport,
};

pub use draw::annotate_wall;
pub use known::WallMap;
pub use sheet::{Marker, Sheet};

use crate::deadline::Deadline;
use crate::decode::decode_by;
use crate::{DecodeLimits, InspectError, Photo, Quality};
use candidates::Levels;
use marker::Seen;
use plane::{Placed, Plane};

/// Holes farther from the middle of the only sheet are not told.
pub const REACH_OF_ONE_SHEET_MM: f32 = 300.0;
/// Holes farther from the middle of a plain sheet are not told.
pub const REACH_OF_PLAIN_SHEET_MM: f32 = 200.0;
/// Holes farther from the middle of the nearer of two sheets are not told.
pub const REACH_OF_TWO_SHEETS_MM: f32 = 600.0;

/// One marker of a sheet may be hidden.
const FEWEST_MARKERS: usize = 3;
/// The least ratio of a sheet's sides as they are seen, about the cosine of the angle: 60°.
const LEAST_COSINE: f64 = 0.5;
/// A hole is not told if one in ten may be farther off than this.
const MOST_ERROR_MM: f64 = 6.0;
/// What the corners may be off, in pixels, or in mm where the sheet is large on the photo.
const MOST_RESIDUAL_PX: f64 = 0.6;
const MOST_RESIDUAL_MM: f64 = 0.5;

/// What came of a photo of a wall. Both pictures are upright, at most [`Photo::LONG_SIDE_PX`] a side and without metadata.
#[derive(Debug, Clone)]
pub struct WallInspection {
    /// Where the holes belong, or why that cannot be told from this photo.
    pub result: Result<WallReport, WallRefusal>,
    /// The photo, as JPEG.
    pub upright_jpeg: Vec<u8>,
    /// The photo with the holes on it, as JPEG; `None` where it is not measured.
    pub annotated_jpeg: Option<Vec<u8>>,
}

/// Measures a photo of a wall from outside: see [`measure_wall`].
pub fn inspect_wall(
    bytes: &[u8],
    limits: DecodeLimits,
    template: &MountingTemplate,
    question: WallQuestion,
) -> Result<WallInspection, InspectError> {
    inspect_wall_by(bytes, limits, template, question, &Deadline::after(limits.max_time))
}

fn inspect_wall_by(
    bytes: &[u8],
    limits: DecodeLimits,
    template: &MountingTemplate,
    question: WallQuestion,
    deadline: &Deadline,
) -> Result<WallInspection, InspectError> {
    let photo = decode_by(bytes, limits, deadline)?;
    let result = measure_wall(&photo, template, question);
    deadline.check()?;
    let annotated_jpeg = result.as_ref().ok().map(|report| annotate_wall(&photo, report)).transpose()?;
    Ok(WallInspection { result, upright_jpeg: photo.to_jpeg(88)?, annotated_jpeg })
}

/// Where the holes of a template belong on a photo of the wall, and how far the drawn marks are from there if that is asked. The
/// first sheet's middle is the template's origin; a second sheet, if one is seen, makes far points surer.
pub fn measure_wall(
    photo: &Photo,
    template: &MountingTemplate,
    question: WallQuestion,
) -> Result<WallReport, WallRefusal> {
    let levels = Levels::of(photo.rgb());
    let plane = plane_of(&seen_markers(&levels), &levels, photo)?;
    for (_, placed) in &plane.sheets {
        let (most, least) = plane.scale(placed.middle).ok_or(WallRefusal::Oblique)?;
        if least < LEAST_COSINE * most {
            return Err(WallRefusal::Oblique);
        }
    }
    let holes = template.holes.iter().enumerate().map(|(index, hole)| hole_point(&plane, photo, index, hole.at));
    let holes = holes.collect::<Result<Vec<_>, _>>()?;
    let marks = match question {
        WallQuestion::Holes => Vec::new(),
        WallQuestion::Marks => marks::seen(&levels, &plane, template)?,
    };
    let keep_free = template.keep_free().map(|corner| on_photo(&plane, photo, corner));
    let keep_free = match keep_free {
        [Some(a), Some(b), Some(c), Some(d)] => Some([a, b, c, d]),
        [_, _, _, _] => None,
    };
    Ok(WallReport {
        width_px: photo.width_px(),
        height_px: photo.height_px(),
        sheets: plane.sheets.len() as u32,
        by: plane.by,
        holes,
        keep_free,
        marks,
    })
}

/// The markers on a photo, each once: of two that carry the same number, the larger.
fn seen_markers(levels: &Levels) -> Vec<Seen> {
    let mut found: Vec<Seen> = Vec::new();
    for seen in candidates::dark_quads(levels).into_iter().filter_map(|quad| marker::read(levels, quad)) {
        match found.iter_mut().find(|known| known.id == seen.id) {
            Some(known) if size(&seen) > 1.2 * size(known) => *known = seen,
            Some(_) => {}
            None => found.push(seen),
        }
    }
    found
}

fn size(seen: &Seen) -> f64 {
    let [a, _, c, _] = seen.corners;
    (a.0 - c.0).hypot(a.1 - c.1)
}

fn plane_of(seen: &[Seen], levels: &Levels, photo: &Photo) -> Result<Plane, WallRefusal> {
    let of = |sheet: Sheet| -> Vec<Seen> {
        let seen: Vec<Seen> = seen.iter().filter(|seen| Sheet::of_marker(seen.id).0 == sheet).cloned().collect();
        if seen.len() < FEWEST_MARKERS { Vec::new() } else { seen }
    };
    let (first, second) = (of(Sheet::First), of(Sheet::Second));
    if seen.is_empty()
        && let Some(sheet) = plain::find(photo.rgb(), levels)
    {
        return Plane::of_plain(&sheet).ok_or(WallRefusal::Vague);
    }
    if first.is_empty() {
        let fault = Quality::of(photo).faults().first().copied();
        return Err(match (seen.is_empty(), fault) {
            (true, Some(fault @ (QualityFault::Blurred | QualityFault::Dark | QualityFault::Small))) => {
                WallRefusal::Quality(fault)
            }
            (true, _) => WallRefusal::NoSheet,
            (false, _) => WallRefusal::SheetHidden,
        });
    }
    let markers = [first, second].concat();
    let plane = Plane::of(&markers).ok_or(WallRefusal::Vague)?;
    if is_flat(&plane) {
        return Ok(plane);
    }
    // A finger on one corner, a reflection on a side: without that marker the others may agree.
    let others = (0..markers.len()).filter_map(|left_out| {
        let mut rest = markers.clone();
        let gone = Sheet::of_marker(rest.remove(left_out).id).0;
        let left = rest.iter().filter(|seen| Sheet::of_marker(seen.id).0 == gone).count();
        if left < FEWEST_MARKERS { None } else { Plane::of(&rest) }
    });
    let best = others.min_by(|a, b| a.residual_px.total_cmp(&b.residual_px));
    best.filter(is_flat).ok_or(WallRefusal::NotFlat)
}

fn is_flat(plane: &Plane) -> bool {
    let scale = plane.scale((0.0, 0.0)).map_or(0.0, |(most, _)| most);
    plane.residual_px <= MOST_RESIDUAL_PX.max(MOST_RESIDUAL_MM * scale)
}

fn hole_point(plane: &Plane, photo: &Photo, hole: usize, at: WallPoint) -> Result<HolePoint, WallRefusal> {
    let from = |placed: &Placed| (f64::from(at.x_mm) - placed.middle.0).hypot(f64::from(at.y_mm) - placed.middle.1);
    let distance = plane.sheets.iter().map(|(_, placed)| from(placed)).fold(f64::MAX, f64::min);
    let reach = match (plane.by, plane.sheets.len()) {
        (MeasuredBy::PlainPaper, _) => REACH_OF_PLAIN_SHEET_MM,
        (MeasuredBy::Markers, 0 | 1) => REACH_OF_ONE_SHEET_MM,
        (MeasuredBy::Markers, _) => REACH_OF_TWO_SHEETS_MM,
    };
    // `min` passes over NaN: what is no number is beyond every reach.
    if distance > f64::from(reach) {
        return Err(WallRefusal::FarFromSheet { hole });
    }
    let on_photo = on_photo(plane, photo, at).ok_or(WallRefusal::OffPhoto { hole })?;
    let error = plane.error_mm(in_mm(at)).filter(|error| *error <= MOST_ERROR_MM).ok_or(WallRefusal::Vague)?;
    Ok(HolePoint { hole, on_photo, on_wall: at, error_mm: error as f32 })
}

/// A point of the wall on the photo; `None` beside it.
fn on_photo(plane: &Plane, photo: &Photo, point: WallPoint) -> Option<PhotoPoint> {
    let (x, y) = plane.on_photo(in_mm(point))?;
    let share = |v: f64, of: u32| ((v + 0.5) / f64::from(of)) as f32;
    let point = PhotoPoint { x: share(x, photo.width_px()), y: share(y, photo.height_px()) };
    let inside = |v: f32| (0.0..=1.0).contains(&v);
    (inside(point.x) && inside(point.y)).then_some(point)
}

fn in_mm(point: WallPoint) -> (f64, f64) {
    (f64::from(point.x_mm), f64::from(point.y_mm))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use ermu_domain::Outline;

    use super::*;
    use crate::deadline::ticking;

    #[test]
    fn a_wall_that_takes_too_long_is_given_up_after_decoding_too() {
        let template = MountingTemplate {
            holes: Vec::new(),
            drill_mm: 8,
            depth_mm: 50,
            level: None,
            least_height_mm: 0,
            outline: Outline::default(),
        };
        let bytes = Photo::from_rgb(image::RgbImage::new(40, 30)).to_jpeg(90).unwrap();
        let within = |seconds| {
            let deadline = Deadline::on(ticking, Duration::from_secs(seconds));
            inspect_wall_by(&bytes, DecodeLimits::default(), &template, WallQuestion::Holes, &deadline)
        };
        // Two looks at the clock while decoding, one after measuring.
        assert!(matches!(within(2), Err(InspectError::TooSlow(_))));
        assert!(matches!(within(3), Err(InspectError::TooSlow(_))));
        assert!(within(4).is_ok());
    }
}
