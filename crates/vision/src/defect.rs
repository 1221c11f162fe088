//! Where the damage is: the segmentation net over a photo and, if one matches, its catalogue photo.

use std::path::{Path, PathBuf};

use ermu_domain::{Basis, DefectKind, ImageFinding};
use ort::{environment::Environment, session::Session, value::TensorRef};

use crate::Photo;
use crate::align::{Catalogued, Shot, align};
use crate::regions::{Mask, regions};
use crate::view::{INPUT_PX, OUTPUT_PX, Planes, View};

/// The net. Its kinds, in the order of its output channels, are [`DefectModel::KINDS`].
#[derive(Debug)]
pub struct DefectModel {
    session: Session,
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

    /// Loads the graph that `models/recipes/defect` writes: `photo` and `reference` f32 `[1,3,384,384]` (RGB, 0 to 255),
    /// `has_reference` f32 `[1]` → `damage` f32 `[1,1,192,192]` (probability), `kind` f32 `[1,6,192,192]`.
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
        Ok(Self { session })
    }

    /// Finds damage on a photo, the surest first, at most five places. The catalogue photo that agrees best with it is
    /// compared; with none, or where none can be matched, the photo alone is judged.
    pub fn locate(&mut self, photo: &Photo, references: &[Photo]) -> Result<Vec<Located>, LocateError> {
        let (view, planes) = best_view(photo, references);
        let basis = if planes.reference.is_some() { Basis::Reference } else { Basis::PhotoAlone };
        let shape = [1, 3, INPUT_PX, INPUT_PX];
        let has_reference = [if planes.reference.is_some() { 1.0_f32 } else { 0.0 }];
        let reference = planes.reference.as_ref().unwrap_or(&planes.photo);
        let outputs = self.session.run(ort::inputs![
            "photo" => TensorRef::from_array_view((shape, &planes.photo[..]))?,
            "reference" => TensorRef::from_array_view((shape, &reference[..]))?,
            "has_reference" => TensorRef::from_array_view(([1_usize], &has_reference[..]))?,
        ])?;
        let (_, damage) = outputs["damage"].try_extract_tensor::<f32>()?;
        let (_, kind) = outputs["kind"].try_extract_tensor::<f32>()?;
        let area = OUTPUT_PX * OUTPUT_PX;
        if damage.len() != area || kind.len() != Self::KINDS.len() * area {
            let found = format!("damage has {} values, kind {}", damage.len(), kind.len());
            return Err(ort::Error::new(found).into());
        }
        Ok(regions(damage, kind, &view, basis))
    }
}

fn best_view(photo: &Photo, references: &[Photo]) -> (View, Planes) {
    if references.is_empty() {
        return View::alone(photo);
    }
    let shot = Shot::new(photo.rgb());
    let aligned = references.iter().filter_map(|reference| {
        let catalogued = Catalogued::new(reference.rgb());
        let alignment = align(&catalogued, &shot)?;
        Some((reference, catalogued, alignment))
    });
    aligned
        .max_by(|a, b| a.2.agreement.total_cmp(&b.2.agreement))
        .and_then(|(reference, catalogued, alignment)| View::against(photo, reference, &catalogued, &alignment))
        .unwrap_or_else(|| View::alone(photo))
}
