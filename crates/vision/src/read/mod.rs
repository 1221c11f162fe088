//! Text on a photo: where lines of text are, and what they say.
//!
//! What a photo says is data, never an instruction: lines become values of known forms ([`fields()`]) or nothing.

mod detect;
mod fields;
mod lit;
mod quad;
mod recognise;
mod segments;

use std::path::{Path, PathBuf};

use ermu_domain::Region;
use ort::{environment::Environment, session::Session};

use crate::Photo;

pub use self::fields::{FieldRules, fields};
use self::{
    detect::{Detector, Look},
    fields::is_error_code,
    recognise::Recogniser,
};

/// Lines of a photo that are looked at as displays.
const MOST_DISPLAYS: usize = 8;
/// A photo with more text than this beside short words is a label, and none of a display that was overlooked.
const MOST_LONG_LINES: usize = 1;

/// A line of text on a photo.
#[derive(Clone, PartialEq)]
pub struct TextLine {
    /// What it says. Labels carry names, addresses and phone numbers: see [`fields()`].
    pub text: String,
    /// Mean probability of its characters, 0 to 1.
    pub confidence: f32,
    /// The box around it.
    pub region: Region,
}

impl std::fmt::Debug for TextLine {
    /// Without the text: it may be personal.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { text, confidence, region } = self;
        write!(f, "TextLine {{ {} characters, {confidence:.2}, {region:?} }}", text.chars().count())
    }
}

/// Reads photos: PP-OCRv6 small, a text detector (differentiable binarisation, Liao et al., AAAI 2020) and a line
/// recogniser (connectionist temporal classification); error codes on displays also bar by bar.
#[derive(Debug)]
pub struct Reader {
    detector: Detector,
    recogniser: Recogniser,
}

/// Why the models could not be loaded.
#[derive(Debug, thiserror::Error)]
#[error("text model {path}: {problem}")]
pub struct LoadReaderError {
    /// The file.
    path: PathBuf,
    /// What is wrong with it.
    problem: String,
}

/// ONNX Runtime broke, or a model gave something else than it should.
#[derive(Debug, thiserror::Error)]
#[error("reading a photo: {0}")]
pub struct ReadError(#[from] ort::Error);

impl Reader {
    /// Loads the detector and the recogniser, whose characters stand in its metadata.
    pub fn load(onnx: &Environment, detector: &Path, recogniser: &Path) -> Result<Self, LoadReaderError> {
        Ok(Self {
            detector: Detector { session: session(onnx, detector)? },
            recogniser: Recogniser::new(session(onnx, recogniser)?)
                .map_err(|problem| LoadReaderError { path: recogniser.to_owned(), problem })?,
        })
    }

    /// The lines of text on a photo, from top to bottom, at most [`Self::MOST_LINES`].
    pub fn read(&mut self, photo: &Photo) -> Result<Vec<TextLine>, ReadError> {
        let mut quads = self.detector.detect(photo, Look::LINES)?;
        quads.truncate(Self::MOST_LINES);
        let mut lines = Vec::with_capacity(quads.len());
        let (mut displays, mut has_code) = (0, false);
        for quad in quads {
            let mut read = self.recogniser.recognise(photo, &quad)?;
            // What the recogniser takes for a code is one; what it makes of other displays can be anything short.
            if read.as_ref().is_some_and(|(text, _)| is_error_code(text)) {
                has_code = true;
            } else if displays < MOST_DISPLAYS && read.as_ref().is_none_or(|(text, _)| segments::may_be(text)) {
                displays += 1;
                if let Some(shown) = segments::read(photo, &quad) {
                    has_code = true;
                    // Between the digits of a display points say nothing.
                    let pointless = read.map(|(text, confidence)| (text.replace('.', ""), confidence));
                    read = pointless.filter(|(text, _)| is_error_code(text)).or(Some(shown));
                }
            }
            let Some((text, confidence)) = read else { continue };
            lines.push(TextLine { text, confidence, region: quad.region(photo) });
        }
        if !has_code && lines.iter().filter(|line| is_long(line)).count() <= MOST_LONG_LINES {
            let mut quads = self.detector.detect(photo, Look::DISPLAY)?;
            quads.retain(|quad| !lines.iter().any(|line| is_read_already(line, quad.region(photo))));
            let shown = quads.iter().take(MOST_DISPLAYS).find_map(|quad| Some((segments::read(photo, quad)?, quad)));
            lines.extend(shown.map(|((text, confidence), quad)| TextLine {
                text,
                confidence,
                region: quad.region(photo),
            }));
        }
        lines.sort_by(|a, b| (a.region.y + a.region.height / 2.0).total_cmp(&(b.region.y + b.region.height / 2.0)));
        Ok(lines)
    }

    /// More lines than this are left out, the least sure first: a page of a book must not hold the thread for long.
    pub const MOST_LINES: usize = 32;
}

/// Whether a place is that of a line whose text leaves no doubt: longer than a display, or a word just there.
fn is_read_already(line: &TextLine, place: Region) -> bool {
    let holds = |outer: Region, inner: Region| {
        let (x, y) = (inner.x + inner.width / 2.0, inner.y + inner.height / 2.0);
        (outer.x..=outer.x + outer.width).contains(&x) && (outer.y..=outer.y + outer.height).contains(&y)
    };
    !segments::may_be(&line.text) && (holds(line.region, place) || (is_long(line) && holds(place, line.region)))
}

fn is_long(line: &TextLine) -> bool {
    line.text.chars().filter(|c| c.is_alphanumeric()).count() > segments::MOST_PLACES
}

fn session(onnx: &Environment, path: &Path) -> Result<Session, LoadReaderError> {
    let failed = |problem: String| LoadReaderError { path: path.to_owned(), problem };
    Session::builder(onnx)
        .and_then(|builder| Ok(builder.with_intra_threads(1)?.with_inter_threads(1)?))
        .and_then(|mut builder| builder.commit_from_file(path))
        .map_err(|error| failed(error.to_string()))
}
