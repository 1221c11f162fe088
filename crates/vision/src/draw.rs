//! The photo with its findings on it: tinted pixels, a box with round corners, and a number.

use image::{Rgb, RgbImage};

use crate::photo::{EncodeError, Photo};
use crate::{Located, regions::Mask};

pub(crate) const INK: [f32; 3] = [255.0, 72.0, 48.0];
pub(crate) const PAPER: [f32; 3] = [255.0; 3];

/// Draws the findings, numbered from 1 in the given order, and encodes the photo as JPEG without metadata.
pub fn annotate(photo: &Photo, located: &[Located]) -> Result<Vec<u8>, EncodeError> {
    let mut canvas = photo.rgb.clone();
    let (width, height) = (canvas.width() as f32, canvas.height() as f32);
    // Everything grows with the photo, so that it looks alike on a telephone and on a desk.
    let unit = (width.max(height) / 400.0).max(1.0);
    for found in located {
        tint(&mut canvas, &found.mask);
    }
    for (index, found) in located.iter().enumerate() {
        let region = found.finding.region;
        let air = 3.0 * unit;
        let left = (region.x * width - air).max(unit);
        let top = (region.y * height - air).max(unit);
        let right = ((region.x + region.width) * width + air).min(width - unit);
        let bottom = ((region.y + region.height) * height + air).min(height - unit);
        let (cx, cy) = ((left + right) / 2.0, (top + bottom) / 2.0);
        let (hx, hy) = ((right - left) / 2.0, (bottom - top) / 2.0);
        let round = (3.0 * unit).min(hx).min(hy);
        let edge = |x: f32, y: f32| {
            let (qx, qy) = ((x - cx).abs() - hx + round, (y - cy).abs() - hy + round);
            qx.max(0.0).hypot(qy.max(0.0)) + qx.max(qy).min(0.0) - round
        };
        let around = [left - 3.0 * unit, top - 3.0 * unit, right + 3.0 * unit, bottom + 3.0 * unit];
        paint(&mut canvas, around, PAPER, |x, y| edge(x, y).abs() - 1.3 * unit);
        paint(&mut canvas, around, INK, |x, y| edge(x, y).abs() - 0.75 * unit);
        badge(&mut canvas, (left, top), unit, index + 1);
    }
    Photo::from_rgb(canvas).to_jpeg(88)
}

/// Colours where the shape (signed distance in pixels, negative inside) is, with soft edges.
pub(crate) fn paint(
    canvas: &mut RgbImage,
    [left, top, right, bottom]: [f32; 4],
    colour: [f32; 3],
    shape: impl Fn(f32, f32) -> f32,
) {
    let columns = (left.max(0.0) as u32)..(right.max(0.0).ceil() as u32).min(canvas.width());
    let rows = (top.max(0.0) as u32)..(bottom.max(0.0).ceil() as u32).min(canvas.height());
    for y in rows {
        for x in columns.clone() {
            let cover = (0.5 - shape(x as f32 + 0.5, y as f32 + 0.5)).clamp(0.0, 1.0);
            if cover > 0.0 {
                blend(canvas.get_pixel_mut(x, y), colour, cover);
            }
        }
    }
}

fn blend(pixel: &mut Rgb<u8>, colour: [f32; 3], cover: f32) {
    for (value, ink) in pixel.0.iter_mut().zip(colour) {
        *value = (f32::from(*value) * (1.0 - cover) + ink * cover).round() as u8;
    }
}

fn tint(canvas: &mut RgbImage, mask: &Mask) {
    let (width, height) = (canvas.width() as f32, canvas.height() as f32);
    let (left, top) = (mask.region.x * width, mask.region.y * height);
    let (wide, tall) = (mask.region.width * width, mask.region.height * height);
    let value = |x: isize, y: isize| {
        let inside = x >= 0 && y >= 0 && (x as usize) < mask.width && (y as usize) < mask.height;
        if inside { f32::from(mask.values[y as usize * mask.width + x as usize]) / 255.0 } else { 0.0 }
    };
    for y in (top as u32)..((top + tall).ceil() as u32).min(canvas.height()) {
        for x in (left as u32)..((left + wide).ceil() as u32).min(canvas.width()) {
            let u = (x as f32 + 0.5 - left) / wide * mask.width as f32 - 0.5;
            let v = (y as f32 + 0.5 - top) / tall * mask.height as f32 - 0.5;
            let (x0, y0) = (u.floor() as isize, v.floor() as isize);
            let (a, b) = (u - u.floor(), v - v.floor());
            let upper = value(x0, y0) * (1.0 - a) + value(x0 + 1, y0) * a;
            let lower = value(x0, y0 + 1) * (1.0 - a) + value(x0 + 1, y0 + 1) * a;
            let cover = 0.5 * (upper * (1.0 - b) + lower * b);
            blend(canvas.get_pixel_mut(x, y), INK, cover);
        }
    }
}

/// A disc with a number on the box's corner.
pub(crate) fn badge(canvas: &mut RgbImage, (left, top): (f32, f32), unit: f32, number: usize) {
    let radius = 7.5 * unit;
    let cx = left.max(radius + unit);
    let cy = top.max(radius + unit);
    let around = [cx - radius - unit, cy - radius - unit, cx + radius + unit, cy + radius + unit];
    paint(canvas, around, PAPER, |x, y| (x - cx).hypot(y - cy) - radius);
    paint(canvas, around, INK, |x, y| (x - cx).hypot(y - cy) - radius + 1.1 * unit);
    let strokes = digit(number);
    let size = 4.2 * unit;
    paint(canvas, around, PAPER, |x, y| {
        let (x, y) = ((x - cx) / size, (y - cy) / size);
        let nearest = strokes.windows(2).map(|s| to_segment((x, y), s[0], s[1])).fold(f32::MAX, f32::min);
        (nearest - 0.19) * size
    });
}

/// A digit from 1 to 9 as one line, in a box from (−1, −1) to (1, 1); anything else is a dash.
fn digit(number: usize) -> &'static [(f32, f32)] {
    match number {
        1 => &[(-0.4, -0.6), (0.1, -1.0), (0.1, 1.0)],
        2 => &[(-0.55, -0.55), (-0.3, -0.95), (0.3, -0.95), (0.55, -0.55), (0.45, -0.1), (-0.6, 1.0), (0.6, 1.0)],
        3 => &[
            (-0.5, -0.95),
            (0.5, -0.95),
            (-0.05, -0.2),
            (0.4, 0.0),
            (0.55, 0.5),
            (0.2, 0.95),
            (-0.3, 0.95),
            (-0.55, 0.65),
        ],
        4 => &[(0.25, 1.0), (0.25, -1.0), (-0.6, 0.4), (0.65, 0.4)],
        5 => &[
            (0.5, -0.95),
            (-0.4, -0.95),
            (-0.5, -0.1),
            (0.2, -0.2),
            (0.55, 0.3),
            (0.35, 0.85),
            (-0.2, 0.98),
            (-0.55, 0.7),
        ],
        6 => &[
            (0.4, -0.9),
            (-0.2, -0.75),
            (-0.5, 0.2),
            (-0.35, 0.8),
            (0.1, 1.0),
            (0.5, 0.6),
            (0.4, 0.1),
            (0.0, -0.1),
            (-0.5, 0.3),
        ],
        7 => &[(-0.55, -0.95), (0.55, -0.95), (-0.15, 1.0)],
        8 => &[
            (0.0, -0.1),
            (-0.45, -0.5),
            (0.0, -0.98),
            (0.45, -0.5),
            (0.0, -0.1),
            (-0.5, 0.45),
            (0.0, 0.98),
            (0.5, 0.45),
            (0.0, -0.1),
        ],
        9 => &[
            (0.5, -0.3),
            (0.0, 0.1),
            (-0.45, -0.3),
            (-0.3, -0.85),
            (0.1, -1.0),
            (0.45, -0.7),
            (0.5, -0.2),
            (0.3, 0.6),
            (-0.2, 0.98),
        ],
        _ => &[(-0.5, 0.0), (0.5, 0.0)],
    }
}

pub(crate) fn to_segment(p: (f32, f32), a: (f32, f32), b: (f32, f32)) -> f32 {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let t = (((p.0 - a.0) * dx + (p.1 - a.1) * dy) / (dx * dx + dy * dy)).clamp(0.0, 1.0);
    (p.0 - a.0 - t * dx).hypot(p.1 - a.1 - t * dy)
}
