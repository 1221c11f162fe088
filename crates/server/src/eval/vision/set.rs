//! Photos with what is true about them: from a manifest, or from the layout of a set that is known.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use ermu_domain::{DefectKind, NineGrid, QualityFault, Region};
use serde::Deserialize;

/// Photos that are scored together.
#[derive(Debug)]
pub(super) struct Set {
    pub(super) name: String,
    pub(super) cases: Vec<Case>,
}

/// One photo.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) photo: PathBuf,
    pub(super) beside: Beside,
    pub(super) truth: Truth,
}

/// What it is compared with.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Beside {
    Nothing,
    /// Photos of the product, which have to be matched.
    Catalogue(Vec<PathBuf>),
    /// A picture from the same place.
    Registered(PathBuf),
}

#[derive(Debug, Default)]
pub(super) struct Truth {
    pub(super) damaged: bool,
    /// Where; `None` if only known to be somewhere, or nowhere.
    pub(super) area: Option<Area>,
    pub(super) kind: Option<DefectKind>,
    /// The word for it in the product's own frame.
    pub(super) place: Option<NineGrid>,
    /// Why the photo should be refused.
    pub(super) faults: Vec<QualityFault>,
}

/// Where damage is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Area {
    /// A picture that is of another colour where damaged.
    Mask(PathBuf),
    /// Corners, as shares of width and height.
    Polygons(Vec<Vec<(f32, f32)>>),
    Boxes(Vec<Region>),
}

#[derive(Debug, Deserialize)]
struct Manifest {
    photo: Vec<Entry>,
}

/// `image-fixtures/manifest.toml` shows one. Fields that are not listed are for people.
#[derive(Debug, Deserialize)]
struct Entry {
    file: PathBuf,
    /// Its catalogue photos in the shop pack are the references.
    product: Option<String>,
    /// References that have to be matched, beside the manifest.
    #[serde(default)]
    references: Vec<PathBuf>,
    /// A reference from the same place, beside the manifest.
    registered: Option<PathBuf>,
    kind: Option<DefectKind>,
    place: Option<NineGrid>,
    mask: Option<PathBuf>,
    #[serde(rename = "box")]
    region: Option<[f32; 4]>,
    /// For damage of which neither kind nor place is known.
    #[serde(default)]
    damaged: bool,
    #[serde(default)]
    faults: Vec<QualityFault>,
}

impl Set {
    /// A folder with `manifest.toml`; `catalogue` holds a folder of photos for each product.
    pub(super) fn of_manifest(folder: &Path, catalogue: &Path) -> anyhow::Result<Self> {
        let path = folder.join("manifest.toml");
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let manifest: Manifest = toml::from_str(&text).with_context(|| path.display().to_string())?;
        let name =
            folder.canonicalize().ok().and_then(|folder| Some(folder.file_name()?.to_string_lossy().into_owned()));
        let case = |entry: Entry| entry.case(folder, catalogue);
        let cases = manifest.photo.into_iter().map(case).collect::<anyhow::Result<_>>()?;
        Ok(Self { name: name.unwrap_or_default(), cases })
    }
}

impl Entry {
    fn case(self, folder: &Path, catalogue: &Path) -> anyhow::Result<Case> {
        let here = |file: &PathBuf| folder.join(file);
        let photo = here(&self.file);
        let beside = match (&self.product, &self.references[..], &self.registered) {
            (None, [], None) => Beside::Nothing,
            (Some(product), [], None) => {
                let photos = pictures(&catalogue.join(product));
                Beside::Catalogue(photos.with_context(|| format!("{}: product {product}", photo.display()))?)
            }
            (None, references, None) => Beside::Catalogue(references.iter().map(here).collect()),
            (None, [], Some(reference)) => Beside::Registered(here(reference)),
            _ => bail!("{}: give one of `product`, `references`, `registered`", photo.display()),
        };
        let boxes = self.region.map(|[x, y, width, height]| Area::Boxes(vec![Region { x, y, width, height }]));
        let area = self.mask.as_ref().map(|mask| Area::Mask(here(mask))).or(boxes);
        let damaged = self.damaged || self.kind.is_some() || area.is_some();
        Ok(Case {
            photo,
            beside,
            truth: Truth { damaged, area, kind: self.kind, place: self.place, faults: self.faults },
        })
    }
}

/// The pictures of a folder by name; an error if there is no such folder.
pub(super) fn pictures(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let read = || format!("cannot read {}", folder.display());
    let files = fs::read_dir(folder).with_context(read)?.map(|entry| Ok(entry?.path()));
    let mut files: Vec<PathBuf> = files.collect::<std::io::Result<_>>().with_context(read)?;
    let picture = |file: &PathBuf| {
        let end = file.extension().and_then(|end| end.to_str()).map(str::to_ascii_lowercase);
        end.is_some_and(|end| ["jpg", "jpeg", "png", "webp"].contains(&&*end))
    };
    files.retain(picture);
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(text: &str) -> anyhow::Result<Case> {
        toml::from_str::<Entry>(text)?.case(Path::new("set"), Path::new("nowhere"))
    }

    #[test]
    fn an_entry_tells_what_is_compared_and_what_is_true() {
        let case =
            entry("file = 'a.jpg'\nreferences = ['b.jpg']\nkind = 'scratch'\nplace = 'top_right'\nmask = 'm.png'");
        let case = case.unwrap();
        assert_eq!(case.beside, Beside::Catalogue(vec!["set/b.jpg".into()]));
        assert_eq!(case.truth.area, Some(Area::Mask("set/m.png".into())));
        assert!(case.truth.damaged && case.truth.place == Some(NineGrid::TopRight));
        let clean = entry("file = 'a.jpg'").unwrap();
        assert!(!clean.truth.damaged && clean.beside == Beside::Nothing);
    }

    #[test]
    fn two_ways_of_comparing_and_missing_products_are_refused_by_name() {
        let both = entry("file = 'a.jpg'\nregistered = 'b.jpg'\nproduct = 'x'").unwrap_err();
        assert!(both.to_string().contains("set/a.jpg") && both.to_string().contains("`registered`"));
        let missing = entry("file = 'a.jpg'\nproduct = 'x'").unwrap_err();
        assert!(missing.to_string().contains("product x"));
    }
}
