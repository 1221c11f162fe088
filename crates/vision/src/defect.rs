//! Where the damage is: the segmentation net over a photo and, if one matches, its catalogue photo.

use std::path::{Path, PathBuf};

use ermu_domain::{Basis, DefectKind, ImageFinding};
use ort::{environment::Environment, session::Session, value::TensorRef};

use crate::Photo;
use crate::align::{Catalogued, Shot, align_by_corners, align_by_search};
use crate::confidence::Calibration;
use crate::heat::Heat;
use crate::regions::{Mask, regions};
use crate::shape::Fit;
use crate::view::{Planes, View};

/// The net. Its kinds, in the order of its output channels, are [`DefectModel::KINDS`].
#[derive(Debug)]
pub struct DefectModel {
    session: Session,
    calibration: Calibration,
}

/// What a photo is compared with.
#[derive(Debug, Clone, Copy)]
pub enum Comparison<'a> {
    /// Catalogue photos of the product, of which there may be none: the one that agrees best is laid over the photo. With
    /// none, or where none can be matched, the photo alone is judged.
    Catalogue(&'a [Photo]),
    /// A picture of the same thing from the same place, pixel on pixel: a fixed camera, a drawing.
    Registered(&'a Photo),
}

/// What the net says of a photo.
#[derive(Debug, Clone)]
pub struct Sight {
    /// Places of damage, the surest first.
    pub located: Vec<Located>,
    /// What the net says of every point.
    pub heat: Heat,
    /// What it was judged against.
    pub basis: Basis,
}

/// A finding with its outline.
#[derive(Debug, Clone, PartialEq)]
pub struct Located {
    /// The fact.
    pub finding: ImageFinding,
    /// Its pixels.
    pub mask: Mask,
}

/// Why the model could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadDefectError {
    /// The file is missing or is no ONNX graph.
    #[error("defect model {path}: {source}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What ONNX Runtime says.
        source: ort::Error,
    },
    /// An ONNX graph, but not this one.
    #[error("defect model {path}: wants inputs `photo`, `reference`, `has_reference`, this graph has {found}")]
    Unsupported {
        /// The file.
        path: PathBuf,
        /// Names of the inputs that it has.
        found: String,
    },
    /// The graph does not say how sure its findings are.
    #[error("defect model {path}: {what} (models/recipes/defect/calibrate.py writes it)")]
    Uncalibrated {
        /// The file.
        path: PathBuf,
        /// What is missing or wrong.
        what: String,
    },
}

/// Why a photo could not be judged.
#[derive(Debug, thiserror::Error)]
pub enum LocateError {
    /// ONNX Runtime broke.
    #[error("defect model: {0}")]
    Model(#[from] ort::Error),
}

impl DefectModel {
    /// What the channels of the net's `kind` output stand for.
    pub const KINDS: [DefectKind; 6] = [
        DefectKind::Scratch,
        DefectKind::Crack,
        DefectKind::Dent,
        DefectKind::Stain,
        DefectKind::Chip,
        DefectKind::MissingPart,
    ];

    /// Loads the graph that `models/recipes/defect` writes: `photo` and `reference` f32 `[1,3,H,W]` (RGB, 0 to 255, sides
    /// multiples of 16), `has_reference` f32 `[1]` → `damage` f32 `[1,1,H/2,W/2]` (probability), `kind` f32 `[1,6,H/2,W/2]`;
    /// and in its metadata the weights of the confidence.
    pub fn load(onnx: &Environment, path: &Path) -> Result<Self, LoadDefectError> {
        let unreadable = |source| LoadDefectError::Unreadable { path: path.into(), source };
        let session = Session::builder(onnx)
            .map_err(unreadable)?
            .with_intra_threads(1)
            .map_err(|e| unreadable(e.into()))?
            .with_inter_threads(1)
            .map_err(|e| unreadable(e.into()))?
            .commit_from_file(path)
            .map_err(unreadable)?;
        let names: Vec<_> = session.inputs().iter().map(ort::value::Outlet::name).collect();
        if names != ["photo", "reference", "has_reference"] {
            return Err(LoadDefectError::Unsupported { path: path.into(), found: names.join(", ") });
        }
        let metadata = session.metadata().map_err(unreadable)?;
        let calibration = Calibration::read(|key| metadata.custom(key))
            .map_err(|what| LoadDefectError::Uncalibrated { path: path.into(), what })?;
        drop(metadata);
        Ok(Self { session, calibration })
    }

    /// Finds damage on a photo.
    pub fn look(&mut self, photo: &Photo, comparison: Comparison<'_>) -> Result<Sight, LocateError> {
        let (view, planes) = match comparison {
            Comparison::Catalogue(references) => best_view(photo, references),
            Comparison::Registered(reference) => View::registered(photo, reference),
        };
        let basis = if planes.reference.is_some() { Basis::Reference } else { Basis::PhotoAlone };
        let shape = [1, 3, view.input_px.1, view.input_px.0];
        let has_reference = [if planes.reference.is_some() { 1.0_f32 } else { 0.0 }];
        let reference = planes.reference.as_ref().unwrap_or(&planes.photo);
        let outputs = self.session.run(ort::inputs![
            "photo" => TensorRef::from_array_view((shape, &planes.photo[..]))?,
            "reference" => TensorRef::from_array_view((shape, &reference[..]))?,
            "has_reference" => TensorRef::from_array_view(([1_usize], &has_reference[..]))?,
        ])?;
        let (_, damage) = outputs["damage"].try_extract_tensor::<f32>()?;
        let (_, kind) = outputs["kind"].try_extract_tensor::<f32>()?;
        let area = view.product.len();
        if damage.len() != area || kind.len() != Self::KINDS.len() * area {
            let found = format!("damage has {} values, kind {}", damage.len(), kind.len());
            return Err(ort::Error::new(found).into());
        }
        let located = regions(damage, kind, &view, basis, &self.calibration);
        Ok(Sight { located, heat: Heat::new(damage, kind, view), basis })
    }
}

fn best_view(photo: &Photo, references: &[Photo]) -> (View, Planes) {
    if references.is_empty() {
        return View::alone(photo);
    }
    let shot = Shot::new(photo.rgb());
    let best = |align: fn(&Catalogued, &Shot) -> Option<Fit>| {
        let aligned =
            references.iter().filter_map(|reference| Some((reference, align(reference.catalogued(), &shot)?)));
        aligned.max_by(|a, b| a.1.agreement.total_cmp(&b.1.agreement))
    };
    best(align_by_corners)
        .or_else(|| best(align_by_search))
        .and_then(|(reference, fit)| View::against(photo, reference, reference.catalogued(), &fit))
        .unwrap_or_else(|| View::alone(photo))
}
