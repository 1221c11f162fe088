//! The numbers of an evaluation of photos, as JSON and as a table.

use ermu_domain::Basis;
use serde::{Deserialize, Serialize};

use super::score::{Claim, Risk, Scores};
use crate::bench::Machine;

/// The confidence from which the demo shop's rules act (`min_confidence` in its rules.csv).
pub(super) const RULES_BAR: f32 = 0.6;

/// What came of every set.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Report {
    sets: Vec<SetReport>,
    /// Confidence over all sets, where a reference was compared: only those may decide anything.
    confidence_with_reference: Risk,
    /// The same of photos judged alone.
    confidence_alone: Risk,
    /// Of findings with a reference that the rules' bar accepts, the share that is wrong.
    wrong_at_rules_bar: Option<f64>,
    /// CPU milliseconds from the bytes of a 12-megapixel JPEG to findings, median.
    pub(super) large: Option<f64>,
    machine: Machine,
    #[serde(skip)]
    claims: Vec<Claim>,
}

#[derive(Debug, Serialize, Deserialize)]
struct SetReport {
    name: String,
    #[serde(flatten)]
    scores: Scores,
}

impl Default for Report {
    fn default() -> Self {
        Self {
            sets: Vec::new(),
            confidence_with_reference: Risk::of(&[]),
            confidence_alone: Risk::of(&[]),
            wrong_at_rules_bar: None,
            large: None,
            machine: Machine::before(),
            claims: Vec::new(),
        }
    }
}

impl Report {
    pub(super) fn add(&mut self, name: String, scores: Scores, claims: &[Claim]) {
        self.sets.push(SetReport { name, scores });
        self.claims.extend(claims);
        let of = |basis| self.claims.iter().copied().filter(|claim| claim.basis == basis).collect::<Vec<_>>();
        self.confidence_with_reference = Risk::of(&of(Basis::Reference));
        self.confidence_alone = Risk::of(&of(Basis::PhotoAlone));
        self.wrong_at_rules_bar = self.confidence_with_reference.wrong_from(RULES_BAR);
    }

    /// Lines for the terminal.
    pub(crate) fn table(&self) -> Vec<String> {
        let mut lines = vec![format!(
            "{:<18} {:>6} {:>7} {:>8} {:>7} {:>7} {:>6} {:>6} {:>6} {:>6} {:>7} {:>7} {:>7} {:>7}",
            "set",
            "photos",
            "damaged",
            "compared",
            "image",
            "pixel",
            "AUPRO",
            "IoU .5",
            "kind",
            "words",
            "recall",
            "precis.",
            "silent",
            "CPU ms"
        )];
        lines.extend(self.sets.iter().map(SetReport::line));
        for (what, risk) in [("with a reference", &self.confidence_with_reference), ("alone", &self.confidence_alone)] {
            lines.push(String::new());
            let error = number(risk.calibration_error);
            lines.push(format!("findings {what}: {}, calibration error {error}", risk.findings));
            let shown = risk.curve.iter().filter(|point| (point.from_confidence * 10.0).fract() < 1e-3);
            lines.extend(shown.map(|point| {
                let (coverage, wrong) = (point.coverage * 100.0, point.wrong * 100.0);
                format!("  from {:.1}: {coverage:5.1} % accepted, {wrong:5.1} % of them wrong", point.from_confidence)
            }));
        }
        lines.push(String::new());
        if let Some(large) = self.large {
            lines.push(format!("12-megapixel JPEG to findings: {large:.0} CPU ms"));
        }
        lines.push(self.machine.line());
        lines
    }
}

impl SetReport {
    fn line(&self) -> String {
        let Self { name, scores: s } = self;
        let cpu = s.cpu_ms.map_or_else(|| "–".to_owned(), |cpu| format!("{:.0}", cpu.p50));
        format!(
            "{name:<18} {:>6} {:>7} {:>8} {:>7} {:>7} {:>6} {:>6} {:>6} {:>6} {:>7} {:>7} {:>7} {cpu:>7}",
            s.photos,
            s.damaged,
            number(s.compared),
            number(s.image_auroc),
            number(s.pixel_auroc),
            number(s.aupro),
            number(s.iou_at_50),
            number(s.kind_accuracy),
            number(s.words_right),
            number(s.boxes_recall),
            number(s.boxes_precision),
            number(s.silent),
        )
    }
}

fn number(value: Option<f64>) -> String {
    value.map_or_else(|| "–".to_owned(), |value| format!("{value:.3}"))
}
