//! Photos of walls with what is true about them: `manifest.toml` of a folder. docs/eval-install.md explains the fields.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use ermu_domain::{
    Hole, Localized, MountingTemplate, Outline, PhotoPoint, QualityFault, WallPoint, WallQuestion, WallRefusal,
};
use ermu_vision::WallMap;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    photo: Vec<Photo>,
}

/// One photo.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Photo {
    /// Beside the manifest.
    pub(super) file: PathBuf,
    /// Photos of one name are counted together.
    #[serde(default = "photos")]
    pub(super) set: String,
    #[serde(default = "asks_for_holes")]
    ask: WallQuestion,
    pub(super) holes: Vec<TrueHole>,
    /// More points that are known: with the holes at least four.
    #[serde(default)]
    known: Vec<Known>,
    /// Why it should be refused, any of these; it should be measured if there is none.
    #[serde(default)]
    pub(super) refuse: Vec<String>,
}

/// A hole that is asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TrueHole {
    at_mm: [f32; 2],
    on_photo: Option<[f32; 2]>,
    pub(super) from_sheet_mm: Option<f32>,
    mark_off_mm: Option<[f32; 2]>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Known {
    at_mm: [f32; 2],
    on_photo: [f32; 2],
}

fn photos() -> String {
    "photos".to_owned()
}

const fn asks_for_holes() -> WallQuestion {
    WallQuestion::Holes
}

const fn wall([x_mm, y_mm]: [f32; 2]) -> WallPoint {
    WallPoint { x_mm, y_mm }
}

const fn photo([x, y]: [f32; 2]) -> PhotoPoint {
    PhotoPoint { x, y }
}

/// The photos of a folder.
pub(super) fn read(folder: &Path) -> anyhow::Result<Vec<Photo>> {
    let path = folder.join("manifest.toml");
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let manifest: Manifest = toml::from_str(&text).with_context(|| path.display().to_string())?;
    for photo in &manifest.photo {
        if let Some(name) = photo.refuse.iter().find(|name| !REFUSALS.contains(&name.as_str())) {
            bail!("{}: `refuse` knows no {name}, but {}", photo.file.display(), REFUSALS.join(", "));
        }
        if photo.refuse.is_empty() && photo.map().is_none() {
            bail!("{}: `holes` and `known` need four points with `on_photo`, not on one line", photo.file.display());
        }
    }
    Ok(manifest.photo)
}

impl Photo {
    /// What is looked for.
    pub(super) fn question(&self) -> WallQuestion {
        self.ask
    }

    /// An article with these holes.
    pub(super) fn template(&self) -> MountingTemplate {
        let hole = |hole: &TrueHole| Hole { name: Localized::default(), at: wall(hole.at_mm) };
        MountingTemplate {
            holes: self.holes.iter().map(hole).collect(),
            drill_mm: 8,
            depth_mm: 50,
            level: None,
            least_height_mm: 0,
            outline: Outline::default(),
        }
    }

    /// The wall, by all that is known of it.
    pub(super) fn map(&self) -> Option<WallMap> {
        let holes = self.holes.iter().filter_map(|hole| Some((wall(hole.at_mm), hole.on_photo()?)));
        let known = self.known.iter().map(|known| (wall(known.at_mm), photo(known.on_photo)));
        WallMap::through(&holes.chain(known).collect::<Vec<_>>())
    }
}

impl TrueHole {
    pub(super) fn on_photo(&self) -> Option<PhotoPoint> {
        self.on_photo.map(photo)
    }

    /// How far the drawn mark is off; none where none was drawn.
    pub(super) fn mark(&self) -> Option<WallPoint> {
        self.mark_off_mm.map(wall)
    }
}

const REFUSALS: [&str; 12] = [
    "blurred",
    "dark",
    "glare",
    "small",
    "empty",
    "no_sheet",
    "sheet_hidden",
    "oblique",
    "vague",
    "not_flat",
    "far_from_sheet",
    "off_photo",
];

/// The name of a refusal in manifests and reports.
pub(super) const fn name(refusal: WallRefusal) -> &'static str {
    match refusal {
        WallRefusal::Quality(QualityFault::Blurred) => "blurred",
        WallRefusal::Quality(QualityFault::Dark) => "dark",
        WallRefusal::Quality(QualityFault::Glare) => "glare",
        WallRefusal::Quality(QualityFault::Small) => "small",
        WallRefusal::Quality(QualityFault::Empty) => "empty",
        WallRefusal::NoSheet => "no_sheet",
        WallRefusal::SheetHidden => "sheet_hidden",
        WallRefusal::Oblique => "oblique",
        WallRefusal::Vague => "vague",
        WallRefusal::NotFlat => "not_flat",
        WallRefusal::FarFromSheet { .. } => "far_from_sheet",
        WallRefusal::OffPhoto { .. } => "off_photo",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(manifest: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("manifest.toml"), manifest).unwrap();
        folder
    }

    #[test]
    fn mistakes_of_a_manifest_are_named() {
        for (manifest, told) in [
            ("[[photo]]\nfile = 'a.jpg'\nrefuse = ['late']\nholes = []", "no late"),
            ("[[photo]]\nfile = 'a.jpg'\nholes = [{ at_mm = [0, 0], on_photo = [0.5, 0.5] }]", "four points"),
            ("[[photo]]\nfile = 'a.jpg'\nholse = []", "holse"),
        ] {
            let error = format!("{:#}", read(folder(manifest).path()).unwrap_err());
            assert!(error.contains(told), "{error}");
        }
        assert!(format!("{:#}", read(Path::new("/nowhere")).unwrap_err()).contains("manifest.toml"));
    }

    #[test]
    fn every_refusal_has_a_name_that_a_manifest_may_use() {
        let all = [
            WallRefusal::Quality(QualityFault::Blurred),
            WallRefusal::Quality(QualityFault::Dark),
            WallRefusal::Quality(QualityFault::Glare),
            WallRefusal::Quality(QualityFault::Small),
            WallRefusal::Quality(QualityFault::Empty),
            WallRefusal::NoSheet,
            WallRefusal::SheetHidden,
            WallRefusal::Oblique,
            WallRefusal::Vague,
            WallRefusal::NotFlat,
            WallRefusal::FarFromSheet { hole: 0 },
            WallRefusal::OffPhoto { hole: 0 },
        ];
        assert_eq!(all.map(name), REFUSALS);
    }
}
