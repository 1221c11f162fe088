//! The numbers of an evaluation of photos of walls, as JSON and as a table.

use std::collections::BTreeMap;

use ermu_domain::{MarkSeen, WallRefusal, WallReport};
use serde::Serialize;

use super::truth;
use crate::bench::Machine;

/// Holes are counted by their distance from the nearest sheet, up to these, in mm.
const BANDS_MM: [u32; 7] = [50, 100, 150, 200, 300, 450, 600];

/// What came of a set.
#[derive(Debug, Default)]
pub(super) struct Tally {
    photos: usize,
    /// Those that should be measured.
    fit: usize,
    found: usize,
    measured: usize,
    /// Of those that should be refused, the ones that are for a right reason, and those that are measured.
    refused_right: usize,
    measured_wrongly: usize,
    refusals: BTreeMap<&'static str, usize>,
    /// Distance from the truth and what was promised, in mm, by band.
    errors: BTreeMap<u32, Vec<(f64, f64)>>,
    marks: Marks,
    cpu_ms: Vec<f64>,
}

#[derive(Debug, Default)]
struct Marks {
    drawn: usize,
    missed: usize,
    not_drawn: usize,
    invented: usize,
    unclear: usize,
    errors: Vec<f64>,
}

/// How a photo went, for the page of the worst.
#[derive(Debug)]
pub(super) struct Went {
    /// 0: well. Millimetres off; more than any of those where it should have been refused, or measured.
    pub(super) severity: f32,
    pub(super) told: String,
}

const REFUSED_WRONGLY: f32 = 1000.0;
const MEASURED_WRONGLY: f32 = 2000.0;

impl Tally {
    pub(super) fn add(&mut self, truth: &truth::Photo, result: &Result<WallReport, WallRefusal>, took_ms: f64) -> Went {
        self.photos += 1;
        self.cpu_ms.push(took_ms);
        let should_measure = truth.refuse.is_empty();
        self.fit += usize::from(should_measure);
        match result {
            Err(refusal) => {
                let name = truth::name(*refusal);
                *self.refusals.entry(name).or_default() += 1;
                let right = truth.refuse.iter().any(|reason| reason == name);
                self.refused_right += usize::from(right);
                let unseen =
                    matches!(refusal, WallRefusal::Quality(_) | WallRefusal::NoSheet | WallRefusal::SheetHidden);
                self.found += usize::from(should_measure && !unseen);
                let severity = if right { 0.0 } else { REFUSED_WRONGLY };
                Went { severity, told: format!("refused: {name}") }
            }
            Ok(_) if !should_measure => {
                self.measured_wrongly += 1;
                Went { severity: MEASURED_WRONGLY, told: format!("measured instead of {}", truth.refuse.join(", ")) }
            }
            Ok(report) => {
                self.found += 1;
                self.measured += 1;
                self.marks.add(truth, report);
                let worst = self.add_errors(truth, report);
                Went { severity: worst as f32, told: format!("{worst:.1} mm off") }
            }
        }
    }

    /// The largest distance of a hole from its truth, in mm.
    fn add_errors(&mut self, truth: &truth::Photo, report: &WallReport) -> f64 {
        let Some(map) = truth.map() else { return 0.0 };
        let mut worst = 0.0_f64;
        for told in &report.holes {
            let Some(hole) = truth.holes.get(told.hole) else { continue };
            let Some(at) = hole.on_photo() else { continue };
            let error = map.distance_mm(at, told.on_photo).unwrap_or(f64::MAX);
            worst = worst.max(error);
            let far = hole.from_sheet_mm.unwrap_or_default();
            let band = BANDS_MM.into_iter().find(|band| far <= *band as f32).unwrap_or(u32::MAX);
            self.errors.entry(band).or_default().push((error, f64::from(told.error_mm)));
        }
        worst
    }
}

impl Marks {
    fn add(&mut self, truth: &truth::Photo, report: &WallReport) {
        for mark in &report.marks {
            let drawn = truth.holes.get(mark.hole).and_then(truth::TrueHole::mark);
            match drawn {
                Some(_) => self.drawn += 1,
                None => self.not_drawn += 1,
            }
            match (mark.seen, drawn) {
                (MarkSeen::At(off), Some(drawn)) => self.errors.push(f64::from(off.distance_mm(drawn))),
                (MarkSeen::At(_), None) => self.invented += 1,
                (MarkSeen::Missing, Some(_)) => self.missed += 1,
                (MarkSeen::Missing, None) => {}
                (MarkSeen::Several | MarkSeen::Covered, _) => self.unclear += 1,
            }
        }
    }
}

/// What came of every set.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    sets: Vec<SetReport>,
    /// CPU milliseconds from the bytes of a photo of a telephone's size to holes, median.
    large: Option<f64>,
    machine: Machine,
}

#[derive(Debug, Serialize)]
struct SetReport {
    name: String,
    photos: usize,
    /// Photos that should be measured, and the share of them on which the sheet was seen; on which the holes were told.
    fit: usize,
    found: Option<f64>,
    measured: Option<f64>,
    /// Of those that should be refused, the share that is, for a right reason; the share that is measured all the same.
    refused_right: Option<f64>,
    measured_wrongly: Option<f64>,
    refusals: BTreeMap<&'static str, usize>,
    all: Option<Errors>,
    /// Of the holes that are farthest from the sheet.
    farthest: Option<Errors>,
    bands: Vec<Errors>,
    marks: Option<MarksReport>,
    cpu_ms: f64,
}

/// Distances from the truth.
#[derive(Debug, Serialize)]
struct Errors {
    /// Farthest distance from the sheet, in mm.
    up_to_mm: u32,
    holes: usize,
    median_mm: f64,
    p90_mm: f64,
    /// The share that is as near as nine of ten should be.
    within_promise: f64,
}

#[derive(Debug, Serialize)]
struct MarksReport {
    /// Of the drawn ones that were looked for: seen, and not told apart.
    seen: f64,
    unclear: usize,
    /// Seen where none was drawn.
    invented: usize,
    not_drawn: usize,
    median_mm: f64,
    p90_mm: f64,
}

impl Errors {
    fn of(up_to_mm: u32, errors: &[(f64, f64)]) -> Option<Self> {
        let off: Vec<f64> = errors.iter().map(|(error, _)| *error).collect();
        let within = errors.iter().filter(|(error, promised)| error <= promised).count();
        Some(Self {
            up_to_mm,
            holes: errors.len(),
            median_mm: quantile(&off, 0.5)?,
            p90_mm: quantile(&off, 0.9)?,
            within_promise: within as f64 / errors.len() as f64,
        })
    }
}

fn quantile(values: &[f64], share: f64) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(((sorted.len() as f64 - 1.0) * share).round().max(0.0) as usize).copied()
}

fn share(part: usize, of: usize) -> Option<f64> {
    (of > 0).then(|| part as f64 / of as f64)
}

impl SetReport {
    fn of(name: &str, tally: &Tally) -> Self {
        let all: Vec<_> = tally.errors.values().flatten().copied().collect();
        let up_to = tally.errors.keys().next_back().copied().unwrap_or_default();
        let unfit = tally.photos - tally.fit;
        let Marks { drawn, missed, not_drawn, invented, unclear, ref errors } = tally.marks;
        let marks = (drawn + not_drawn > 0).then(|| MarksReport {
            seen: 1.0 - share(missed, drawn).unwrap_or_default(),
            unclear,
            invented,
            not_drawn,
            median_mm: quantile(errors, 0.5).unwrap_or_default(),
            p90_mm: quantile(errors, 0.9).unwrap_or_default(),
        });
        Self {
            name: name.to_owned(),
            photos: tally.photos,
            fit: tally.fit,
            found: share(tally.found, tally.fit),
            measured: share(tally.measured, tally.fit),
            refused_right: share(tally.refused_right, unfit),
            measured_wrongly: share(tally.measured_wrongly, unfit),
            refusals: tally.refusals.clone(),
            all: Errors::of(up_to, &all),
            farthest: tally.errors.get(&up_to).and_then(|errors| Errors::of(up_to, errors)),
            bands: tally.errors.iter().filter_map(|(band, errors)| Errors::of(*band, errors)).collect(),
            marks,
            cpu_ms: quantile(&tally.cpu_ms, 0.5).unwrap_or_default(),
        }
    }

    fn lines(&self) -> Vec<String> {
        let percent = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |v| format!("{:.1} %", v * 100.0));
        let mut lines = vec![format!(
            "{:<10} {:>6} {:>8} {:>9} {:>14} {:>17} {:>7.0}",
            self.name,
            self.photos,
            percent(self.found),
            percent(self.measured),
            percent(self.refused_right),
            percent(self.measured_wrongly),
            self.cpu_ms
        )];
        for Errors { up_to_mm, holes, median_mm, p90_mm, within_promise } in &self.bands {
            lines.push(format!(
                "  holes up to {up_to_mm:>3} mm from a sheet: {holes:>4}, off by {median_mm:.2} mm median, {p90_mm:.2} p90; \
                 within the promise {:.1} %",
                within_promise * 100.0
            ));
        }
        if let Some(marks) = &self.marks {
            lines.push(format!(
                "  marks: seen {:.1} %, {} left open, {} seen of {} that were not drawn; off by {:.2} mm median, {:.2} p90",
                marks.seen * 100.0,
                marks.unclear,
                marks.invented,
                marks.not_drawn,
                marks.median_mm,
                marks.p90_mm
            ));
        }
        if !self.refusals.is_empty() {
            let refusals = self.refusals.iter().map(|(name, count)| format!("{name} {count}"));
            lines.push(format!("  refused: {}", refusals.collect::<Vec<_>>().join(", ")));
        }
        lines
    }
}

impl Report {
    pub(super) fn of(sets: &[(String, Tally)], large: &[f64]) -> Self {
        let sets = sets.iter().map(|(name, tally)| SetReport::of(name, tally)).collect();
        Self { sets, large: quantile(large, 0.5), machine: Machine::before() }
    }

    /// Lines for the terminal.
    pub(crate) fn table(&self) -> Vec<String> {
        let mut lines = vec![format!(
            "{:<10} {:>6} {:>8} {:>9} {:>14} {:>17} {:>7}",
            "set", "photos", "found", "measured", "refusals right", "measured wrongly", "CPU ms"
        )];
        lines.extend(self.sets.iter().flat_map(SetReport::lines));
        if let Some(large) = self.large {
            lines.push(format!("10 megapixels and more, JPEG to holes: {large:.0} CPU ms"));
        }
        lines.push(self.machine.line());
        lines
    }
}

#[cfg(test)]
mod tests {
    use ermu_domain::{HolePoint, MeasuredBy, PhotoPoint, WallPoint};

    use super::*;

    const MANIFEST: &str = "
        [[photo]]
        file = 'a.jpg'
        holes = [{ at_mm = [0, 0], on_photo = [0.5, 0.5], from_sheet_mm = 120 }]
        known = [
          { at_mm = [-500, 500], on_photo = [0, 0] }, { at_mm = [500, 500], on_photo = [1, 0] },
          { at_mm = [500, -500], on_photo = [1, 1] }, { at_mm = [-500, -500], on_photo = [0, 1] },
        ]
        [[photo]]
        file = 'b.jpg'
        refuse = ['oblique']
        holes = []";

    #[test]
    fn distances_promises_and_refusals_are_counted() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("manifest.toml"), MANIFEST).unwrap();
        let photos = truth::read(folder.path()).unwrap();
        let report = |x, error_mm| {
            let (on_photo, on_wall) = (PhotoPoint { x, y: 0.5 }, WallPoint::default());
            let holes = vec![HolePoint { hole: 0, on_photo, on_wall, error_mm }];
            Ok(WallReport {
                width_px: 100,
                height_px: 100,
                sheets: 1,
                by: MeasuredBy::Markers,
                holes,
                keep_free: None,
                marks: Vec::new(),
            })
        };
        let mut tally = Tally::default();
        // Two millimetres off where one was promised, and where three were.
        for promised in [1.0, 3.0] {
            assert!((tally.add(&photos[0], &report(0.502, promised), 5.0).severity - 2.0).abs() < 1e-3);
        }
        assert!(tally.add(&photos[0], &Err(WallRefusal::Vague), 5.0).severity > 100.0);
        assert!(tally.add(&photos[0], &Err(WallRefusal::NoSheet), 5.0).severity > 100.0);
        assert!(tally.add(&photos[1], &Err(WallRefusal::Oblique), 5.0).severity < 0.1);
        assert!(tally.add(&photos[1], &report(0.5, 1.0), 5.0).severity > 100.0);
        let set = SetReport::of("photos", &tally);
        assert_eq!((set.photos, set.fit, set.found, set.measured), (6, 4, Some(0.75), Some(0.5)));
        assert_eq!((set.refused_right, set.measured_wrongly), (Some(0.5), Some(0.5)));
        let [band] = &set.bands[..] else { panic!("{:?}", set.bands) };
        assert_eq!((band.up_to_mm, band.holes, band.within_promise), (150, 2, 0.5));
        assert!((band.median_mm - 2.0).abs() < 1e-3);
    }
}
