//! Where lines of text are.

use image::imageops::{self, FilterType};
use ort::{session::Session, value::TensorRef};

use super::{ReadError, quad::Quad};
use crate::Photo;

/// How a photo is looked at for text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    /// Long side that text is sought on; a multiple of [`STRIDE_PX`].
    pub(super) long_side_px: u32,
    /// Mean probability of a line that is believed.
    pub(super) least: f32,
}

impl Look {
    /// For lines of text.
    pub(super) const LINES: Self = Self { long_side_px: 736, least: 0.6 };
    /// For the digits of a display, which are large: seen smaller they look more like text, though seldom sure.
    pub(super) const DISPLAY: Self = Self { long_side_px: 256, least: 0.3 };
}

/// The net halves its picture five times.
const STRIDE_PX: u32 = 32;
/// A pixel of text.
const PIXEL: f32 = 0.3;
/// The net marks the core of a line only: how far its frame is moved outwards, as a share of area over perimeter.
const GROWTH: f64 = 1.5;
/// Thinner cores are specks.
const THINNEST_PX: f64 = 3.0;
/// ImageNet's mean and deviation, in the order of the channels that the net was trained with (blue, green, red).
const MEAN: [f32; 3] = [0.485, 0.456, 0.406];
const DEVIATION: [f32; 3] = [0.229, 0.224, 0.225];

#[derive(Debug)]
pub(super) struct Detector {
    pub(super) session: Session,
}

impl Detector {
    /// Lines in pixels of the photo, the surest first.
    pub(super) fn detect(&mut self, photo: &Photo, look: Look) -> Result<Vec<Quad>, ReadError> {
        let long = photo.width_px().max(photo.height_px()).max(1);
        let scale = f64::from(look.long_side_px.min(long)) / f64::from(long);
        let side = |px: u32| ((f64::from(px) * scale / f64::from(STRIDE_PX)).round() as u32).max(1) * STRIDE_PX;
        let (width, height) = (side(photo.width_px()), side(photo.height_px()));
        let small = imageops::resize(photo.rgb(), width, height, FilterType::Triangle);
        let area = (width * height) as usize;
        let mut planes = vec![0.0; 3 * area];
        for (i, pixel) in small.pixels().enumerate() {
            for c in 0..3 {
                planes[c * area + i] = (f32::from(pixel.0[2 - c]) / 255.0 - MEAN[c]) / DEVIATION[c];
            }
        }
        let shape = [1, 3, height as usize, width as usize];
        let outputs = self.session.run(ort::inputs![TensorRef::from_array_view((shape, &planes[..]))?])?;
        let (_, text) = outputs[0].try_extract_tensor::<f32>()?;
        if text.len() != area {
            return Err(ort::Error::new(format!("the detector gave {} values for {area} pixels", text.len())).into());
        }
        let (x, y) = (f64::from(photo.width_px()) / f64::from(width), f64::from(photo.height_px()) / f64::from(height));
        let mut found = lines(text, width as usize, look.least);
        found.sort_by(|a, b| b.0.total_cmp(&a.0));
        Ok(found.into_iter().map(|(_, quad)| quad.scaled(x, y)).collect())
    }
}

/// Connected pixels of text, framed; with their mean probability, which is `least` or more.
fn lines(text: &[f32], width: usize, least: f32) -> Vec<(f32, Quad)> {
    let height = text.len() / width;
    let mut seen = vec![false; text.len()];
    let mut found = Vec::new();
    for start in 0..text.len() {
        if seen[start] || text[start] < PIXEL {
            continue;
        }
        seen[start] = true;
        let (mut pixels, mut next) = (vec![start], 0);
        while let Some(&i) = pixels.get(next) {
            next += 1;
            let (x, y) = (i % width, i / width);
            for v in y.saturating_sub(1)..(y + 2).min(height) {
                for u in x.saturating_sub(1)..(x + 2).min(width) {
                    let j = v * width + u;
                    if !seen[j] && text[j] >= PIXEL {
                        seen[j] = true;
                        pixels.push(j);
                    }
                }
            }
        }
        let mean = pixels.iter().map(|&i| text[i]).sum::<f32>() / pixels.len() as f32;
        let points: Vec<_> = pixels.iter().map(|&i| ((i % width) as f64, (i / width) as f64)).collect();
        let Some(core) = Quad::around(&points).map(|quad| quad.grown(0.5)) else { continue };
        if mean < least || core.height < THINNEST_PX {
            continue;
        }
        let growth = GROWTH * core.length * core.height / (2.0 * (core.length + core.height));
        found.push((mean, core.grown(growth)));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_of_text_become_lines_and_faint_or_thin_ones_do_not() {
        let (width, height) = (96, 64);
        let mut text = vec![0.0; width * height];
        let mut bar = |x0: usize, y0: usize, w: usize, h: usize, p: f32| {
            for y in y0..y0 + h {
                text[y * width + x0..y * width + x0 + w].fill(p);
            }
        };
        bar(10, 10, 60, 8, 0.9);
        bar(10, 40, 60, 8, 0.5);
        bar(80, 10, 2, 2, 0.9);
        let found = lines(&text, width, Look::LINES.least);
        assert_eq!(found.len(), 1);
        let (mean, quad) = found[0];
        assert!((mean - 0.9).abs() < 1e-3);
        assert!((quad.centre.0 - 39.5).abs() < 1e-6 && (quad.centre.1 - 13.5).abs() < 1e-6);
        // 60 × 8, moved outwards by 1.5 · 480 / 136 on every side.
        assert!((quad.height - (8.0 + 2.0 * 5.294)).abs() < 0.01, "{quad:?}");
    }
}
