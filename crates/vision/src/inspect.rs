//! A photo's whole way: bytes in, report and pictures out.
//!
//! Labels are read as well, but only where no catalogue photo has shown damage: then the photo is the product, and reading
//! costs as much again as judging. What a photo without text costs is the detector alone.

use std::path::Path;

use ermu_domain::{Basis, FieldKind, PhotoReport, Pii, ReadField};
use ort::environment::Environment;

use crate::deadline::Deadline;
use crate::decode::decode_by;
use crate::{
    Comparison, DecodeError, DecodeLimits, DefectModel, EncodeError, FieldRules, LoadDefectError, LocateError, Photo,
    Quality, ReadError, Reader, TooSlow, annotate, fields,
};

/// Digits of a phone number that a report keeps: enough to see that it is one. The last ones prove who calls.
const PHONE_DIGITS_KEPT: usize = 3;

/// More places than this say that the photo was not understood, and nobody listens to them.
const MOST_FINDINGS: usize = 5;

/// Decodes, checks and judges photos. One serves many calls in turn.
#[derive(Debug)]
pub struct Inspector {
    model: DefectModel,
    limits: DecodeLimits,
    reader: Option<(Reader, FieldRules)>,
}

/// What came of a photo. Both pictures are upright, at most [`Photo::LONG_SIDE_PX`] a side and without metadata.
#[derive(Debug, Clone)]
pub struct Inspection {
    /// The facts.
    pub report: PhotoReport,
    /// The photo, as JPEG.
    pub upright_jpeg: Vec<u8>,
    /// The photo with the findings drawn on it, as JPEG; `None` where there are none.
    pub annotated_jpeg: Option<Vec<u8>>,
}

/// Why a photo could not be inspected.
#[derive(Debug, thiserror::Error)]
pub enum InspectError {
    /// It is no photo that is taken: the sender's to mend.
    #[error(transparent)]
    Decode(DecodeError),
    /// It took too long.
    #[error(transparent)]
    TooSlow(#[from] TooSlow),
    /// The model broke.
    #[error(transparent)]
    Locate(#[from] LocateError),
    /// The reader broke.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A picture could not be written.
    #[error(transparent)]
    Encode(#[from] EncodeError),
}

impl From<DecodeError> for InspectError {
    fn from(error: DecodeError) -> Self {
        match error {
            DecodeError::TooSlow(late) => Self::TooSlow(late),
            DecodeError::Empty
            | DecodeError::TooManyBytes { .. }
            | DecodeError::TooManyPixels { .. }
            | DecodeError::UnsupportedFormat(_)
            | DecodeError::Malformed { .. } => Self::Decode(error),
        }
    }
}

impl Inspector {
    /// Loads the defect model (see [`DefectModel::load`]).
    pub fn load(onnx: &Environment, defect_model: &Path, limits: DecodeLimits) -> Result<Self, LoadDefectError> {
        Ok(Self { model: DefectModel::load(onnx, defect_model)?, limits, reader: None })
    }

    /// Has labels read too: values of these forms.
    #[must_use]
    pub fn with_reader(self, reader: Reader, rules: FieldRules) -> Self {
        Self { reader: Some((reader, rules)), ..self }
    }

    /// Inspects a photo from outside against the product's catalogue photos, of which there may be none. A photo with
    /// quality faults is not judged: its report has no findings.
    pub fn inspect(&mut self, bytes: &[u8], references: &[Photo]) -> Result<Inspection, InspectError> {
        let deadline = Deadline::after(self.limits.max_time);
        let mut photo = decode_by(bytes, self.limits, &deadline)?;
        let faults = Quality::of(&photo).faults();
        deadline.check()?;
        let mut located = if faults.is_empty() {
            self.model.look(&photo, Comparison::Catalogue(references))?.located
        } else {
            Vec::new()
        };
        deadline.check()?;
        located.truncate(MOST_FINDINGS);
        let shows_the_product = located.iter().any(|found| found.finding.basis == Basis::Reference);
        let mut read = Vec::new();
        if let Some((reader, rules)) = &mut self.reader
            && faults.is_empty()
            && !shows_the_product
        {
            read = fields(&reader.read(&photo)?, rules);
            deadline.check()?;
            keep_phones_to_ourselves(&mut photo, &mut read);
        }
        let annotated_jpeg = if located.is_empty() { None } else { Some(annotate(&photo, &located)?) };
        let report = PhotoReport {
            width_px: photo.width_px(),
            height_px: photo.height_px(),
            faults,
            findings: located.into_iter().map(|found| found.finding).collect(),
            fields: read,
        };
        Ok(Inspection { report, upright_jpeg: photo.to_jpeg(88)?, annotated_jpeg })
    }
}

/// Nothing needs the phone number on a label, and whoever finds a parcel could show it: it is painted over on the photo and
/// cut short in the report before anything is stored.
fn keep_phones_to_ourselves(photo: &mut Photo, read: &mut [ReadField]) {
    for field in read.iter_mut().filter(|field| field.kind == FieldKind::Phone) {
        photo.paint_over(field.region);
        let digits = field.value.expose().chars().enumerate();
        let cut = digits.map(|(at, digit)| if at < PHONE_DIGITS_KEPT { digit } else { '*' });
        field.value = Pii::new(cut.collect());
    }
}
