//! How exactly walls are measured, on photos whose truth is known: the whole way of a photo, from its bytes to holes.

mod report;
mod truth;

use std::{fmt::Write, path::Path};

use anyhow::Context;
use ermu_domain::{PhotoPoint, WallRefusal, WallReport};
use ermu_vision::{DecodeLimits, Photo, annotate_wall, decode, measure_wall};

use super::{
    cpu_ms,
    page::{self, Figure, shown},
};
pub(crate) use report::Report;
use report::Tally;

/// Photos of a set that the page shows.
const WORST: usize = 12;
/// From so many pixels on, a photo is one that a telephone sends.
const LARGE_PX: u64 = 10_000_000;

/// Measures every photo and compares; `progress` is told the photos done and all of them.
pub(crate) fn run(
    folder: &Path,
    page: Option<&Path>,
    mut progress: impl FnMut(usize, usize),
) -> anyhow::Result<Report> {
    let photos = truth::read(folder)?;
    let mut sets: Vec<(String, Tally, Vec<Figure>)> = Vec::new();
    let mut large = Vec::new();
    for (done, truth) in photos.iter().enumerate() {
        progress(done, photos.len());
        let path = folder.join(&truth.file);
        let bytes = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let template = truth.template();
        let before = cpu_ms();
        let photo = decode(&bytes, DecodeLimits::default()).with_context(|| path.display().to_string())?;
        let result = measure_wall(&photo, &template, truth.question());
        let took_ms = cpu_ms() - before;
        let (width, height) = photo.original_px();
        if u64::from(width) * u64::from(height) >= LARGE_PX {
            large.push(took_ms);
        }
        let at = sets.iter().position(|(name, ..)| *name == truth.set).unwrap_or_else(|| {
            sets.push((truth.set.clone(), Tally::default(), Vec::new()));
            sets.len() - 1
        });
        let (_, tally, worst) = &mut sets[at];
        let went = tally.add(truth, &result, took_ms);
        if went.severity > 0.0 && page.is_some() {
            worst.push(figure(truth, &photo, &result, went.severity, went.told)?);
            worst.sort_by(|a, b| b.severity.total_cmp(&a.severity));
            worst.truncate(WORST);
        }
    }
    progress(photos.len(), photos.len());
    let (tallies, worst): (Vec<_>, Vec<_>) =
        sets.into_iter().map(|(name, tally, worst)| ((name.clone(), tally), (name, worst))).unzip();
    let report = Report::of(&tallies, &large);
    if let Some(path) = page {
        crate::bench::write(path, page::page(&report.table(), &worst).as_bytes())?;
    }
    Ok(report)
}

fn figure(
    truth: &truth::Photo,
    photo: &Photo,
    result: &Result<WallReport, WallRefusal>,
    severity: f32,
    told: String,
) -> anyhow::Result<Figure> {
    let photo = shown(photo);
    let jpeg = match result {
        Ok(report) => annotate_wall(&photo, report)?,
        Err(_) => photo.to_jpeg(88)?,
    };
    let mut path = String::new();
    for PhotoPoint { x, y } in truth.holes.iter().filter_map(truth::TrueHole::on_photo) {
        let _ = write!(path, "M{:.2} {:.2}h1v1h-1z", x * 100.0 - 0.5, y * 100.0 - 0.5);
    }
    Ok(Figure { severity, name: truth.file.display().to_string(), told, jpeg, truth: path })
}
