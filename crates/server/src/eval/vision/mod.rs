//! How well damage is found on photos whose truth is known: the whole way of a photo, from its bytes to findings.

mod figure;
mod known;
mod marked;
mod report;
mod score;
mod set;

use std::path::PathBuf;

use anyhow::bail;
use ermu_vision::{Comparison, DecodeLimits, DefectModel, Photo, Quality, decode};

use self::{
    figure::figure,
    marked::{Marked, Shared, read_photo},
    score::Tally,
    set::{Beside, Set},
};
use super::{
    cpu_ms,
    page::{self, Figure},
};
pub(crate) use report::Report;

/// What is evaluated.
#[derive(Debug)]
pub(crate) struct Selection {
    /// Photos with a `manifest.toml`, or a folder of known public sets.
    pub(crate) folder: PathBuf,
    /// Only the set of this name.
    pub(crate) only: Option<String>,
    /// Catalogue photos: a folder for each product.
    pub(crate) catalogue: PathBuf,
    /// A page with the photos that went worst.
    pub(crate) page: Option<PathBuf>,
}

/// Long side of the photo whose cost is taken: what a telephone sends.
const LARGE_PX: (u32, u32) = (4_000, 3_000);
/// How often it is looked at.
const LARGE_TIMES: usize = 7;
/// Photos of a set that its page shows.
const WORST: usize = 12;

/// Looks at every photo and compares; `progress` is told the set, the photos done and all of them.
pub(crate) fn run(
    model: &mut DefectModel,
    selection: &Selection,
    mut progress: impl FnMut(&str, usize, usize),
) -> anyhow::Result<Report> {
    let mut sets = if selection.folder.join("manifest.toml").is_file() {
        vec![Set::of_manifest(&selection.folder, &selection.catalogue)?]
    } else {
        known::sets(&selection.folder)?
    };
    sets.retain(|set| selection.only.as_ref().is_none_or(|only| *only == set.name));
    if sets.is_empty() {
        bail!("{} has no manifest.toml and none of the known sets", selection.folder.display());
    }
    let mut report = Report::default();
    let mut worst = Vec::new();
    for set in sets {
        let (scores, claims, mut shown) = look_at(model, &set, |done| progress(&set.name, done, set.cases.len()))?;
        report.add(set.name.clone(), scores, &claims);
        shown.sort_by(|a, b| b.severity.total_cmp(&a.severity));
        shown.truncate(WORST);
        worst.push((set.name, shown));
        if report.large.is_none() {
            report.large = large(model, &set.cases)?;
        }
    }
    if let Some(path) = &selection.page {
        crate::bench::write(path, page::page(&report.table(), &worst).as_bytes())?;
    }
    Ok(report)
}

fn look_at(
    model: &mut DefectModel,
    set: &Set,
    mut progress: impl FnMut(usize),
) -> anyhow::Result<(score::Scores, Vec<score::Claim>, Vec<Figure>)> {
    let (mut tally, mut worst, mut shared) = (Tally::default(), Vec::new(), Shared::default());
    for (done, case) in set.cases.iter().enumerate() {
        progress(done);
        let references = references(&case.beside, &mut shared)?;
        let bytes = std::fs::read(&case.photo)?;
        let before = cpu_ms();
        let photo = decode(&bytes, DecodeLimits::default())
            .map_err(|error| anyhow::anyhow!("{}: {error}", case.photo.display()))?;
        let faults = Quality::of(&photo).faults();
        if !case.truth.faults.is_empty() {
            tally.add_refusal(faults == case.truth.faults);
            continue;
        }
        let sight = model.look(&photo, comparison(&case.beside, &references))?;
        let cpu_ms = cpu_ms() - before;
        let marked = case.truth.area.as_ref().map(Marked::of).transpose()?.flatten();
        if case.beside != Beside::Nothing {
            tally.add_comparison(sight.basis);
        }
        let verdict = tally.add(&sight, &case.truth, marked.as_ref(), cpu_ms);
        if verdict.severity > 0.0 {
            worst.push(figure(case, &photo, &sight, verdict, marked.as_ref())?);
            worst.sort_by(|a, b| b.severity.total_cmp(&a.severity));
            worst.truncate(WORST);
        }
    }
    Ok((tally.scores(), tally.claims().to_vec(), worst))
}

fn references(beside: &Beside, shared: &mut Shared) -> anyhow::Result<Vec<Photo>> {
    match beside {
        Beside::Nothing => Ok(Vec::new()),
        Beside::Catalogue(paths) => paths.iter().map(|path| shared.photo(path)).collect(),
        Beside::Registered(path) => Ok(vec![read_photo(path)?]),
    }
}

fn comparison<'a>(beside: &Beside, references: &'a [Photo]) -> Comparison<'a> {
    match (beside, references) {
        (Beside::Registered(_), [reference]) => Comparison::Registered(reference),
        (Beside::Registered(_) | Beside::Catalogue(_) | Beside::Nothing, references) => {
            Comparison::Catalogue(references)
        }
    }
}

/// CPU milliseconds from the bytes of a 12-megapixel JPEG to findings, median: the first photo with catalogue photos, scaled up.
fn large(model: &mut DefectModel, cases: &[set::Case]) -> anyhow::Result<Option<f64>> {
    let with_references = |case: &&set::Case| matches!(&case.beside, Beside::Catalogue(paths) if !paths.is_empty());
    let Some(case) = cases.iter().filter(with_references).find(|case| case.truth.faults.is_empty()) else {
        return Ok(None);
    };
    let references = references(&case.beside, &mut Shared::default())?;
    let bytes = read_photo(&case.photo)?.resized(LARGE_PX.0, LARGE_PX.1).to_jpeg(90)?;
    let mut took = Vec::new();
    for _ in 0..LARGE_TIMES {
        let before = cpu_ms();
        let photo = decode(&bytes, DecodeLimits::default())?;
        let _faults = Quality::of(&photo).faults();
        model.look(&photo, Comparison::Catalogue(&references))?;
        took.push(cpu_ms() - before);
    }
    took.sort_by(f64::total_cmp);
    Ok(took.get(LARGE_TIMES / 2).copied())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn a_folder_without_sets_has_none_and_a_missing_manifest_is_named() {
        let folder = tempfile::tempdir().unwrap();
        assert!(known::sets(folder.path()).unwrap().is_empty());
        let missing = Set::of_manifest(folder.path(), Path::new(".")).unwrap_err();
        assert!(missing.to_string().contains("manifest.toml"));
    }
}
