//! What a line of text says.

use image::RgbImage;
use ort::{session::Session, value::TensorRef};

use super::{
    ReadError,
    quad::{Quad, Way},
};
use crate::Photo;

const HEIGHT_PX: u32 = 48;
/// Width that shorter lines are filled up to, as in training; longer ones are squeezed into the second.
const WIDTHS_PX: (u32, u32) = (320, 1_600);
/// Below this a line is also read upside down.
const SURE: f32 = 0.85;
/// How much surer a line must be upside down: most photos are upright, and some words can be read both ways.
const CLEARLY: f32 = 0.15;
/// Below this there is no text.
const LEAST: f32 = 0.5;

#[derive(Debug)]
pub(super) struct Recogniser {
    session: Session,
    /// What the classes stand for; class 0 is "nothing new".
    characters: Vec<String>,
}

impl Recogniser {
    /// Takes the characters from the model's metadata, one a line.
    pub(super) fn new(session: Session) -> Result<Self, String> {
        let listed = session.metadata().map_err(|error| error.to_string())?.custom("character");
        let listed = listed.ok_or("its metadata has no `character` list, so it is no PP-OCR recogniser")?;
        let mut characters = vec![String::new()];
        characters.extend(listed.split('\n').map(str::to_owned));
        characters.push(" ".to_owned());
        Ok(Self { session, characters })
    }

    /// The text of a line and its confidence; none if there is no text.
    pub(super) fn recognise(&mut self, photo: &Photo, quad: &Quad) -> Result<Option<(String, f32)>, ReadError> {
        let width = (f64::from(HEIGHT_PX) * quad.length / quad.height).round() as u32;
        let width = width.clamp(HEIGHT_PX / 4, WIDTHS_PX.1);
        let mut read = |way| self.line(&quad.cut(photo.rgb(), width, HEIGHT_PX, way));
        let mut best = read(Way::Upright)?;
        if best.1 < SURE {
            let turned = read(Way::Turned)?;
            if turned.1 > best.1 + CLEARLY {
                best = turned;
            }
        }
        let (text, confidence) = best;
        let text = text.trim();
        Ok((confidence >= LEAST && !text.is_empty()).then(|| (text.to_owned(), confidence)))
    }

    fn line(&mut self, cut: &RgbImage) -> Result<(String, f32), ReadError> {
        let width = cut.width().max(WIDTHS_PX.0) as usize;
        let area = width * HEIGHT_PX as usize;
        let mut planes = vec![0.0; 3 * area];
        for (x, y, pixel) in cut.enumerate_pixels() {
            for c in 0..3 {
                planes[c * area + y as usize * width + x as usize] = f32::from(pixel.0[2 - c]) / 127.5 - 1.0;
            }
        }
        let shape = [1, 3, HEIGHT_PX as usize, width];
        let outputs = self.session.run(ort::inputs![TensorRef::from_array_view((shape, &planes[..]))?])?;
        let (_, classes) = outputs[0].try_extract_tensor::<f32>()?;
        if classes.is_empty() || classes.len() % self.characters.len() != 0 {
            let text = format!("the recogniser gave {} values for {} characters", classes.len(), self.characters.len());
            return Err(ort::Error::new(text).into());
        }
        Ok(decode(classes, &self.characters))
    }
}

/// The best path (greedy decoding of connectionist temporal classification): repetitions and blanks drop out.
fn decode(classes: &[f32], characters: &[String]) -> (String, f32) {
    let (mut text, mut total, mut kept, mut before) = (String::new(), 0.0, 0_u16, 0);
    for step in classes.chunks_exact(characters.len()) {
        let (class, p) = step.iter().copied().enumerate().fold((0, f32::MIN), |a, b| if b.1 > a.1 { b } else { a });
        if class != 0 && class != before {
            text.push_str(&characters[class]);
            total += p;
            kept += 1;
        }
        before = class;
    }
    (text, if kept == 0 { 0.0 } else { total / f32::from(kept) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repetitions_join_and_blanks_part() {
        let characters: Vec<String> = ["", "6", "5", " "].map(str::to_owned).to_vec();
        let step = |class: usize| {
            let mut row = [0.05_f32; 4];
            row[class] = 0.85;
            row
        };
        let path: Vec<f32> = [1, 1, 0, 1, 2, 2, 3, 2].into_iter().flat_map(step).collect();
        let (text, confidence) = decode(&path, &characters);
        assert_eq!(text, "665 5");
        assert!((confidence - 0.85).abs() < 1e-6);
        assert_eq!(decode(&[0.9, 0.1, 0.0, 0.0], &characters), (String::new(), 0.0));
    }
}
