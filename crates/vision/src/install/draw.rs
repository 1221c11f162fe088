//! The photo with the holes on it: a ring and a cross with its number at each, and the edge of what has to stay free.

use ermu_domain::{MarkSeen, PhotoPoint, WallReport};

use crate::{
    EncodeError, Photo,
    draw::{INK, PAPER, badge, paint, to_segment},
};

/// Draws what was measured, the holes numbered from 1 in the template's order, and encodes the photo as JPEG without metadata.
pub fn annotate_wall(photo: &Photo, report: &WallReport) -> Result<Vec<u8>, EncodeError> {
    let mut canvas = photo.rgb().clone();
    let (width, height) = (canvas.width() as f32, canvas.height() as f32);
    let unit = (width.max(height) / 400.0).max(1.0);
    let px = |point: PhotoPoint| (point.x * width, point.y * height);
    if let Some(corners) = report.keep_free {
        for i in 0..4 {
            let (a, b) = (px(corners[i]), px(corners[(i + 1) % 4]));
            let around = around(&[a, b], 2.0 * unit);
            // Dashes of three and a half units.
            let dashed = |x: f32, y: f32| {
                let along = (x - a.0).hypot(y - a.1) / (7.0 * unit);
                if along.fract() < 0.5 { to_segment((x, y), a, b) - 0.6 * unit } else { f32::MAX }
            };
            paint(&mut canvas, around, INK, dashed);
        }
    }
    for point in &report.holes {
        let at = px(point.on_photo);
        let (ring, arm) = (4.0 * unit, 6.5 * unit);
        let shape = |x: f32, y: f32| {
            let (dx, dy) = (x - at.0, y - at.1);
            let cross = |u: f32, v: f32| if u.abs() < arm { v.abs() } else { f32::MAX };
            (dx.hypot(dy) - ring).abs().min(cross(dx, dy)).min(cross(dy, dx))
        };
        let around = around(&[at], 8.0 * unit);
        paint(&mut canvas, around, PAPER, |x, y| shape(x, y) - unit);
        paint(&mut canvas, around, INK, |x, y| shape(x, y) - 0.45 * unit);
        badge(&mut canvas, (at.0 - 11.0 * unit, at.1 - 11.0 * unit), unit, point.hole + 1);
    }
    let found = report.marks.iter().filter(|mark| matches!(mark.seen, MarkSeen::At(_)));
    // A mark that was found gets a second ring around its hole.
    for mark in found {
        if let Some(point) = report.holes.iter().find(|point| point.hole == mark.hole) {
            let at = px(point.on_photo);
            let around = around(&[at], 9.0 * unit);
            paint(&mut canvas, around, INK, |x, y| ((x - at.0).hypot(y - at.1) - 8.0 * unit).abs() - 0.4 * unit);
        }
    }
    Photo::from_rgb(canvas).to_jpeg(88)
}

fn around(points: &[(f32, f32)], air: f32) -> [f32; 4] {
    let start = [f32::MAX, f32::MAX, f32::MIN, f32::MIN];
    points.iter().fold(start, |[left, top, right, bottom], (x, y)| {
        [left.min(x - air), top.min(y - air), right.max(x + air), bottom.max(y + air)]
    })
}
