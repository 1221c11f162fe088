//! A photo's whole way: bytes in, report and pictures out.

use std::path::Path;

use ermu_domain::PhotoReport;
use ort::environment::Environment;

use crate::{
    Comparison, DecodeError, DecodeLimits, DefectModel, EncodeError, LoadDefectError, LocateError, Photo, Quality,
    annotate, decode,
};

/// Decodes, checks and judges photos. One serves many calls in turn.
#[derive(Debug)]
pub struct Inspector {
    model: DefectModel,
    limits: DecodeLimits,
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
    Decode(#[from] DecodeError),
    /// The model broke.
    #[error(transparent)]
    Locate(#[from] LocateError),
    /// A picture could not be written.
    #[error(transparent)]
    Encode(#[from] EncodeError),
}

impl Inspector {
    /// Loads the defect model (see [`DefectModel::load`]).
    pub fn load(onnx: &Environment, defect_model: &Path, limits: DecodeLimits) -> Result<Self, LoadDefectError> {
        Ok(Self { model: DefectModel::load(onnx, defect_model)?, limits })
    }

    /// Inspects a photo from outside against the product's catalogue photos, of which there may be none. A photo with
    /// quality faults is not judged: its report has no findings.
    pub fn inspect(&mut self, bytes: &[u8], references: &[Photo]) -> Result<Inspection, InspectError> {
        let photo = decode(bytes, self.limits)?;
        let faults = Quality::of(&photo).faults();
        let located = if faults.is_empty() {
            self.model.look(&photo, Comparison::Catalogue(references))?.located
        } else {
            Vec::new()
        };
        let annotated_jpeg = if located.is_empty() { None } else { Some(annotate(&photo, &located)?) };
        let report = PhotoReport {
            width_px: photo.width_px(),
            height_px: photo.height_px(),
            faults,
            findings: located.into_iter().map(|found| found.finding).collect(),
        };
        Ok(Inspection { report, upright_jpeg: photo.to_jpeg(88)?, annotated_jpeg })
    }
}
