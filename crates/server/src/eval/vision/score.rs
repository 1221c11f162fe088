//! How well findings agree with what is true, over the photos of a set.
//!
//! Pixels are the cells of the net's output grid; a cell is damaged if any of the truth's pixels in it is. Image and pixel
//! AUROC: areas under the curve of true against false alarms. AUPRO: mean share of each true place that is found, against
//! false alarms up to 30 %, normalised (Bergmann et al., CVPR 2019). IoU: pooled over all cells at a probability of .5.

use ermu_domain::{Basis, DefectKind, NineGrid, Region};
use ermu_vision::{DefectModel, Located, Sight};
use serde::{Deserialize, Serialize};

use super::{marked::Marked, set::Area, set::Truth};
use crate::bench::Distribution;

/// Probabilities are counted in so many steps.
const STEPS: usize = 2_000;
/// False alarms up to which AUPRO looks.
const AUPRO_LIMIT: f64 = 0.3;
/// At least this share of a found place must lie on damage, or within two cells of it.
const RIGHT_SHARE: f32 = 0.5;
const NEAR_CELLS: f32 = 2.0;
/// A finding meets a box if its middle lies in it or they overlap by this much (intersection over union).
const BOX_OVERLAP: f32 = 0.33;

/// What was found, and whether it is so.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Claim {
    pub(super) confidence: f32,
    pub(super) right: bool,
    pub(super) basis: Basis,
}

/// How one photo went.
#[derive(Debug)]
pub(super) struct Verdict {
    /// 0 (as it should be) to about 2.
    pub(super) severity: f32,
    pub(super) told: String,
}

/// Scores of a set while its photos come in.
#[derive(Debug)]
pub(super) struct Tally {
    scores: Vec<(f32, bool)>,
    hurt: Vec<u64>,
    whole: Vec<u64>,
    /// For each step of probability the sum, over true places, of the share that reaches it.
    places_found: Vec<f64>,
    places: usize,
    both: u64,
    either: u64,
    kinds: [[u32; DefectModel::KINDS.len()]; DefectModel::KINDS.len()],
    words: (u32, u32),
    boxes: (u32, u32),
    boxed: (u32, u32),
    silent: (u32, u32),
    compared: (u32, u32),
    refused: (u32, u32),
    claims: Vec<Claim>,
    cpu_ms: Vec<f64>,
}

/// Scores of a set; `None` where its truths do not say.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Scores {
    pub(super) photos: usize,
    pub(super) damaged: usize,
    /// Photos that were compared with a reference, of those that came with one.
    pub(super) compared: Option<f64>,
    pub(super) image_auroc: Option<f64>,
    pub(super) pixel_auroc: Option<f64>,
    pub(super) aupro: Option<f64>,
    pub(super) iou_at_50: Option<f64>,
    /// Given the true region.
    pub(super) kind_accuracy: Option<f64>,
    /// By kind, rows are true, in the order of `DefectModel::KINDS`.
    pub(super) kinds: [[u32; DefectModel::KINDS.len()]; DefectModel::KINDS.len()],
    /// The surest finding's word for its place.
    pub(super) words_right: Option<f64>,
    pub(super) boxes_recall: Option<f64>,
    pub(super) boxes_precision: Option<f64>,
    /// Undamaged photos on which nothing is reported.
    pub(super) silent: Option<f64>,
    /// Photos that cannot be judged whose faults were named; they are in no other number.
    pub(super) faults_named: Option<f64>,
    pub(super) confidence: Risk,
    /// Decoding to findings.
    pub(super) cpu_ms: Option<Distribution>,
}

/// Whether findings are as sure as they say.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Risk {
    pub(super) findings: usize,
    /// Mean distance between confidence and share of right ones, over ten bins.
    pub(super) calibration_error: Option<f64>,
    /// Accepting from a confidence on: share that is accepted, and share of those that is wrong.
    pub(super) curve: Vec<Accepted>,
}

/// One point of the risk–coverage curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Accepted {
    pub(super) from_confidence: f32,
    pub(super) accepted: usize,
    pub(super) coverage: f64,
    pub(super) wrong: f64,
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            scores: Vec::new(),
            hurt: vec![0; STEPS + 1],
            whole: vec![0; STEPS + 1],
            places_found: vec![0.0; STEPS + 1],
            places: 0,
            both: 0,
            either: 0,
            kinds: Default::default(),
            words: (0, 0),
            boxes: (0, 0),
            boxed: (0, 0),
            silent: (0, 0),
            compared: (0, 0),
            refused: (0, 0),
            claims: Vec::new(),
            cpu_ms: Vec::new(),
        }
    }
}

impl Tally {
    /// Counts one photo. `marked` is the truth's area where it is known to the pixel.
    pub(super) fn add(&mut self, sight: &Sight, truth: &Truth, marked: Option<&Marked>, cpu_ms: f64) -> Verdict {
        self.cpu_ms.push(cpu_ms);
        self.scores.push((sight.heat.score(), truth.damaged));
        if let Some(marked) = marked {
            self.cells(sight, truth.kind, |cell| marked.any(cell));
        } else if !truth.damaged {
            self.cells(sight, None, |_| false);
        }
        let claim = |found: &Located| Claim {
            confidence: found.finding.confidence,
            right: is_right(found, truth, marked),
            basis: sight.basis,
        };
        let claims: Vec<Claim> = sight.located.iter().map(claim).collect();
        self.claims.extend(&claims);
        if let Some(place) = truth.place {
            self.words.1 += 1;
            self.words.0 += u32::from(first_place(sight) == Some(place));
        }
        if let Some(Area::Boxes(boxes)) = &truth.area {
            let meets = |found: &Located, wanted: &Region| meet(found.finding.region, *wanted);
            self.boxes.1 += boxes.len() as u32;
            self.boxes.0 += boxes.iter().filter(|b| sight.located.iter().any(|f| meets(f, b))).count() as u32;
            self.boxed.1 += sight.located.len() as u32;
            self.boxed.0 += sight.located.iter().filter(|f| boxes.iter().any(|b| meets(f, b))).count() as u32;
        }
        if !truth.damaged {
            self.silent.1 += 1;
            self.silent.0 += u32::from(sight.located.is_empty());
        }
        verdict(sight, truth, &claims)
    }

    /// Counts whether a photo that came with a reference was compared with it.
    pub(super) fn add_comparison(&mut self, basis: Basis) {
        self.compared.1 += 1;
        self.compared.0 += u32::from(basis == Basis::Reference);
    }

    /// Counts a photo that should be refused, and whether its faults were named.
    pub(super) fn add_refusal(&mut self, named: bool) {
        self.refused.1 += 1;
        self.refused.0 += u32::from(named);
    }

    fn cells(&mut self, sight: &Sight, kind: Option<DefectKind>, is_hurt: impl Fn(Region) -> bool) {
        let (columns, rows) = sight.heat.grid();
        let damage = sight.heat.damage();
        let mut truth = vec![false; columns * rows];
        for (i, cell) in sight.heat.cells().enumerate() {
            let (x, y) = cell.centre();
            if !(0.0..1.0).contains(&x) || !(0.0..1.0).contains(&y) {
                continue;
            }
            truth[i] = is_hurt(cell);
            let step = step(damage[i]);
            if truth[i] {
                self.hurt[step] += 1;
            } else {
                self.whole[step] += 1;
            }
            let said = damage[i] >= 0.5;
            self.both += u64::from(said && truth[i]);
            self.either += u64::from(said || truth[i]);
        }
        for place in connected(&truth, columns) {
            let mut counts = vec![0_usize; STEPS + 1];
            place.iter().for_each(|&i| counts[step(damage[i])] += 1);
            let mut reached = 0;
            for (step, count) in counts.into_iter().enumerate().rev() {
                reached += count;
                self.places_found[step] += reached as f64 / place.len() as f64;
            }
            self.places += 1;
        }
        let cells: Vec<usize> = (0..truth.len()).filter(|&i| truth[i]).collect();
        if let Some(kind) = kind.filter(|_| !cells.is_empty()) {
            let at = |kind| DefectModel::KINDS.iter().position(|&known| known == kind).unwrap_or(0);
            self.kinds[at(kind)][at(sight.heat.kind_of(&cells))] += 1;
        }
    }

    pub(super) fn claims(&self) -> &[Claim] {
        &self.claims
    }

    pub(super) fn scores(&self) -> Scores {
        let share = |(some, all): (u32, u32)| (all > 0).then(|| f64::from(some) / f64::from(all));
        let known = self.hurt.iter().any(|&count| count > 0);
        let of_cells = |value: f64| known.then_some(value);
        let told: u32 = self.kinds.iter().flatten().sum();
        Scores {
            photos: self.scores.len(),
            damaged: self.scores.iter().filter(|(_, damaged)| *damaged).count(),
            compared: share(self.compared),
            image_auroc: auroc(&self.scores),
            pixel_auroc: of_cells(area(&self.hurt, &self.whole)),
            aupro: of_cells(self.aupro()),
            iou_at_50: of_cells(self.both as f64 / self.either.max(1) as f64),
            kind_accuracy: share(((0..self.kinds.len()).map(|i| self.kinds[i][i]).sum(), told)),
            kinds: self.kinds,
            words_right: share(self.words),
            boxes_recall: share(self.boxes),
            boxes_precision: share(self.boxed),
            silent: share(self.silent),
            faults_named: share(self.refused),
            confidence: Risk::of(&self.claims),
            cpu_ms: Distribution::of(self.cpu_ms.iter().copied()),
        }
    }

    fn aupro(&self) -> f64 {
        let whole: u64 = self.whole.iter().sum();
        let (mut alarms, mut before, mut sum) = (0, (0.0, 0.0), 0.0);
        for step in (0..=STEPS).rev() {
            alarms += self.whole[step];
            let here = (alarms as f64 / whole.max(1) as f64, self.places_found[step] / self.places.max(1) as f64);
            let end = here.0.min(AUPRO_LIMIT);
            if end > before.0 {
                let at_end = before.1 + (here.1 - before.1) * (end - before.0) / (here.0 - before.0);
                sum += (end - before.0) * (before.1 + at_end) / 2.0;
            }
            before = here;
            if here.0 >= AUPRO_LIMIT {
                break;
            }
        }
        sum / AUPRO_LIMIT
    }
}

impl Risk {
    pub(super) fn of(claims: &[Claim]) -> Self {
        const BINS: usize = 10;
        let mut bins = [0.0_f64; BINS];
        for claim in claims {
            let bin = ((claim.confidence * BINS as f32) as usize).min(BINS - 1);
            bins[bin] += f64::from(claim.confidence) - f64::from(u8::from(claim.right));
        }
        let count = claims.len() as f64;
        let curve = (0..=19).map(|i| i as f32 * 0.05).filter_map(|from_confidence| {
            let accepted: Vec<&Claim> = claims.iter().filter(|claim| claim.confidence >= from_confidence).collect();
            let wrong = accepted.iter().filter(|claim| !claim.right).count();
            (!accepted.is_empty()).then(|| Accepted {
                from_confidence,
                accepted: accepted.len(),
                coverage: accepted.len() as f64 / count,
                wrong: wrong as f64 / accepted.len() as f64,
            })
        });
        Self {
            findings: claims.len(),
            calibration_error: (!claims.is_empty()).then(|| bins.iter().map(|gap| gap.abs()).sum::<f64>() / count),
            curve: curve.collect(),
        }
    }

    /// Share of wrong ones among those that are accepted from a confidence on.
    pub(super) fn wrong_from(&self, confidence: f32) -> Option<f64> {
        self.curve.iter().find(|point| (point.from_confidence - confidence).abs() < 1e-3).map(|point| point.wrong)
    }
}

fn step(probability: f32) -> usize {
    ((probability * STEPS as f32) as usize).min(STEPS)
}

fn first_place(sight: &Sight) -> Option<NineGrid> {
    sight.located.first().map(|found| found.finding.place)
}

fn is_right(found: &Located, truth: &Truth, marked: Option<&Marked>) -> bool {
    let Some(marked) = marked else {
        return match &truth.area {
            Some(Area::Boxes(boxes)) => boxes.iter().any(|&wanted| meet(found.finding.region, wanted)),
            Some(Area::Mask(_) | Area::Polygons(_)) | None => truth.damaged,
        };
    };
    let mask = &found.mask;
    let (wide, tall) = (mask.region.width / mask.width as f32, mask.region.height / mask.height as f32);
    let near = |i: usize| {
        let (x, y) = ((i % mask.width) as f32 - NEAR_CELLS, (i / mask.width) as f32 - NEAR_CELLS);
        marked.any(Region {
            x: mask.region.x + x * wide,
            y: mask.region.y + y * tall,
            width: wide * (1.0 + 2.0 * NEAR_CELLS),
            height: tall * (1.0 + 2.0 * NEAR_CELLS),
        })
    };
    let pixels: Vec<usize> = (0..mask.values.len()).filter(|&i| mask.values[i] > 0).collect();
    let right = pixels.iter().filter(|&&i| near(i)).count();
    right as f32 >= RIGHT_SHARE * pixels.len() as f32
}

/// Whether a found place and a true box are the same place.
fn meet(found: Region, wanted: Region) -> bool {
    let across = (found.x + found.width).min(wanted.x + wanted.width) - found.x.max(wanted.x);
    let down = (found.y + found.height).min(wanted.y + wanted.height) - found.y.max(wanted.y);
    let both = across.max(0.0) * down.max(0.0);
    let (x, y) = found.centre();
    let inside = x >= wanted.x && x <= wanted.x + wanted.width && y >= wanted.y && y <= wanted.y + wanted.height;
    inside || both >= BOX_OVERLAP * (found.width * found.height + wanted.width * wanted.height - both)
}

/// What went wrong on a photo, in words, and how badly.
fn verdict(sight: &Sight, truth: &Truth, claims: &[Claim]) -> Verdict {
    let wrong = claims.iter().filter(|claim| !claim.right).map(|claim| claim.confidence).fold(0.0, f32::max);
    let missed = truth.damaged && !claims.iter().any(|claim| claim.right);
    let mut told = Vec::new();
    if missed {
        told.push(format!("missed: at most {:.2} anywhere", sight.heat.score()));
    }
    if wrong > 0.0 {
        told.push(format!("wrong finding at {wrong:.2}"));
    }
    let mut severity = wrong + f32::from(u8::from(missed));
    if let (Some(kind), Some(found)) = (truth.kind, sight.located.first().filter(|_| !missed))
        && found.finding.kind != kind
    {
        told.push(format!("a {kind:?}, called {:?}", found.finding.kind));
        severity += 0.3;
    }
    if let (Some(place), Some(found)) = (truth.place, first_place(sight))
        && place != found
    {
        told.push(format!("at {place:?}, said {found:?}"));
        severity += 0.2;
    }
    Verdict { severity, told: told.join("; ") }
}

/// Connected sets of true cells, diagonals included.
fn connected(cells: &[bool], columns: usize) -> Vec<Vec<usize>> {
    let mut seen = vec![false; cells.len()];
    let mut places = Vec::new();
    for start in 0..cells.len() {
        if !cells[start] || seen[start] {
            continue;
        }
        seen[start] = true;
        let (mut place, mut next) = (vec![start], 0);
        while let Some(&i) = place.get(next) {
            next += 1;
            let (x, y) = (i % columns, i / columns);
            let rows = cells.len() / columns;
            for v in y.saturating_sub(1)..(y + 2).min(rows) {
                for u in x.saturating_sub(1)..(x + 2).min(columns) {
                    let j = v * columns + u;
                    if cells[j] && !seen[j] {
                        seen[j] = true;
                        place.push(j);
                    }
                }
            }
        }
        places.push(place);
    }
    places
}

/// Area under the curve from counts by step; steps that both share count half.
fn area(hurt: &[u64], whole: &[u64]) -> f64 {
    let (mut below, mut sum) = (0.0, 0.0);
    for (&hurt, &whole) in hurt.iter().zip(whole) {
        sum += hurt as f64 * (below + whole as f64 / 2.0);
        below += whole as f64;
    }
    sum / (hurt.iter().sum::<u64>() as f64 * below).max(1.0)
}

/// Share of pairs of a damaged and a whole photo that the score puts in order; equal ones count half.
fn auroc(scores: &[(f32, bool)]) -> Option<f64> {
    let of = |wanted: bool| scores.iter().filter(move |(_, damaged)| *damaged == wanted).map(|(score, _)| *score);
    let pairs = of(true).count() * of(false).count();
    let order = |a: f32, b: f32| if a > b { 1.0 } else { f64::from(u8::from(a == b)) / 2.0 };
    let sum: f64 = of(true).map(|a| of(false).map(|b| order(a, b)).sum::<f64>()).sum();
    (pairs > 0).then(|| sum / pairs as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn areas_are_shares_of_ordered_pairs() {
        assert_eq!(auroc(&[(0.9, true), (0.4, true), (0.4, false), (0.1, false)]), Some(0.875));
        assert_eq!(auroc(&[(0.9, true)]), None);
        let (mut hurt, mut whole) = (vec![0; STEPS + 1], vec![0; STEPS + 1]);
        (hurt[10], hurt[4], whole[4], whole[1]) = (1, 1, 1, 1);
        assert_eq!(area(&hurt, &whole), 0.875);
    }

    #[test]
    fn aupro_is_one_for_a_perfect_map_and_a_place_counts_whatever_its_size() {
        let mut tally = Tally { places: 2, ..Tally::default() };
        tally.whole[0] = 100;
        tally.places_found.fill(2.0);
        assert!((tally.aupro() - 1.0).abs() < 1e-9);
        // One of two places is only found where everything is.
        tally.places_found = (0..=STEPS).map(|step| if step == 0 { 2.0 } else { 1.0 }).collect();
        assert!((tally.aupro() - (0.5 + 0.5 * AUPRO_LIMIT / 2.0)).abs() < 1e-9, "{}", tally.aupro());
    }

    #[test]
    fn risk_is_read_at_a_confidence() {
        let claim = |confidence, right| Claim { confidence, right, basis: Basis::Reference };
        let risk = Risk::of(&[claim(0.95, true), claim(0.7, false), claim(0.3, true)]);
        assert_eq!((risk.wrong_from(0.6), risk.wrong_from(0.8)), (Some(0.5), Some(0.0)));
        assert!((risk.calibration_error.unwrap() - (0.05 + 0.7 + 0.7) / 3.0).abs() < 1e-6);
        assert_eq!(Risk::of(&[]).wrong_from(0.6), None);
    }

    #[test]
    fn cells_that_touch_are_one_place() {
        let cells = [true, false, false, false, true, false, false, false, false, false, false, true];
        let sizes: Vec<usize> = connected(&cells, 4).iter().map(Vec::len).collect();
        assert_eq!(sizes, [2, 1]);
        let cells = [true, false, false, false, false, true, false, false, false, false, false, true];
        assert_eq!(connected(&cells, 4).len(), 2);
    }

    #[test]
    fn a_finding_meets_a_box_by_its_middle_or_by_overlap() {
        let region = |x: f32, y: f32, side: f32| Region { x, y, width: side, height: side };
        assert!(meet(region(0.4, 0.4, 0.1), region(0.3, 0.3, 0.4)));
        assert!(meet(region(0.0, 0.0, 0.5), region(0.3, 0.0, 0.5)) == (0.1 / 0.4 >= BOX_OVERLAP));
        assert!(!meet(region(0.0, 0.0, 0.1), region(0.5, 0.5, 0.1)));
    }
}
