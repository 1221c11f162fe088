//! The numbers of an evaluation of lines.

use std::{collections::BTreeMap, path::Path, time::Duration};

use ermu_domain::Language;
use serde::Serialize;

use super::{
    lines::Line,
    slots::{self, Values},
};

/// What became of one line.
pub(super) struct Outcome {
    pub(super) right: bool,
    pub(super) second_right: bool,
    pub(super) taken_for: String,
    pub(super) confidence: f64,
    pub(super) actionable: bool,
    pub(super) verdict: Verdict,
    pub(super) language: Option<Language>,
    pub(super) slots: BTreeMap<String, Values>,
}

/// What the dialogue would do with it.
#[derive(Clone, Copy)]
pub(super) enum Verdict {
    Answered { right: bool },
    Asked { right: bool },
    FellBack,
}

/// Everything that was measured.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    file: String,
    lines: usize,
    /// Wall time a line, microseconds.
    us_a_line: f64,
    clean: Scores,
    /// The same with simulated errors of a transcriber.
    noisy: Scores,
    /// Share of the characters that were disturbed.
    noise_share: f64,
    /// Points of accuracy that the noise costs.
    noise_costs_points: f64,
    /// What the dialogue would do.
    verdicts: Verdicts,
    /// By the language that was detected.
    languages: BTreeMap<String, Counted>,
    intents: BTreeMap<String, Counted>,
    /// Confused most often first.
    confusion: Vec<Confused>,
    /// What the lines name, by slot, where the file says so.
    slots: Option<Slots>,
}

/// Accuracy, and how it grows when unsure lines are left out.
#[derive(Debug, Serialize)]
pub(crate) struct Scores {
    accuracy: f64,
    /// The right intent is among the likeliest two.
    top_two: f64,
    /// Largest share of the lines that can be answered with 97 % right.
    coverage_at_97: f64,
    actionable: Actionable,
    curve: Vec<Point>,
}

/// The same for lines that ask for an action: no chit-chat, no fragments.
#[derive(Debug, Serialize)]
pub(crate) struct Actionable {
    lines: usize,
    accuracy: f64,
    coverage_at_97: f64,
}

/// How many lines are at least so sure, and how many of them are right.
#[derive(Debug, Serialize)]
pub(crate) struct Point {
    confidence: f64,
    coverage: f64,
    accuracy: f64,
}

#[derive(Debug, Default, Serialize)]
struct Verdicts {
    answered: Counted,
    asked_which_of_two: Counted,
    fell_back: usize,
}

/// What lines name.
#[derive(Debug, Serialize)]
struct Slots {
    all: Rates,
    each: BTreeMap<String, Rates>,
}

/// How much of what is named was found, and how much of what was found is named; with noise the same.
#[derive(Debug, Serialize)]
struct Rates {
    named: usize,
    precision: f64,
    recall: f64,
    noisy_precision: f64,
    noisy_recall: f64,
}

impl Slots {
    fn of(clean: &[Outcome], noisy: &[Outcome]) -> Self {
        let [clean, noisy] = [clean, noisy].map(|outcomes| slots::sum(outcomes.iter().map(|outcome| &outcome.slots)));
        let all = |counts: &BTreeMap<String, Values>| counts.values().copied().fold(Values::default(), Values::add);
        let each = clean.iter().map(|(slot, values)| {
            let with_noise = noisy.get(slot).copied().unwrap_or_default();
            (slot.clone(), Rates::of(*values, with_noise))
        });
        Self { all: Rates::of(all(&clean), all(&noisy)), each: each.collect() }
    }
}

impl Rates {
    fn of(clean: Values, noisy: Values) -> Self {
        Self {
            named: clean.named,
            precision: clean.precision(),
            recall: clean.recall(),
            noisy_precision: noisy.precision(),
            noisy_recall: noisy.recall(),
        }
    }
}

/// Right among all.
#[derive(Debug, Default, Clone, Copy, Serialize)]
pub(crate) struct Counted {
    lines: usize,
    right: usize,
}

#[derive(Debug, Serialize)]
struct Confused {
    meant: String,
    taken_for: String,
    lines: usize,
}

impl Counted {
    fn add(&mut self, right: bool) {
        self.lines += 1;
        self.right += usize::from(right);
    }

    fn share(self) -> f64 {
        share(self.right, self.lines)
    }
}

fn share(part: usize, all: usize) -> f64 {
    if all == 0 { 0.0 } else { part as f64 / all as f64 }
}

impl Scores {
    pub(super) fn of(outcomes: &[Outcome]) -> Self {
        let all: Vec<&Outcome> = outcomes.iter().collect();
        let actionable: Vec<&Outcome> = outcomes.iter().filter(|outcome| outcome.actionable).collect();
        let curve = (1..10).map(|tenth| f64::from(tenth) / 10.0).map(|confidence| {
            let sure: Vec<_> = all.iter().filter(|outcome| outcome.confidence >= confidence).copied().collect();
            Point { confidence, coverage: share(sure.len(), all.len()), accuracy: accuracy(&sure) }
        });
        Self {
            accuracy: accuracy(&all),
            top_two: share(all.iter().filter(|outcome| outcome.right || outcome.second_right).count(), all.len()),
            coverage_at_97: coverage(&all),
            actionable: Actionable {
                lines: actionable.len(),
                accuracy: accuracy(&actionable),
                coverage_at_97: coverage(&actionable),
            },
            curve: curve.collect(),
        }
    }
}

fn accuracy(outcomes: &[&Outcome]) -> f64 {
    share(outcomes.iter().filter(|outcome| outcome.right).count(), outcomes.len())
}

/// Largest share of the lines, the surest first, of which 97 % are right.
fn coverage(outcomes: &[&Outcome]) -> f64 {
    let mut surest: Vec<&&Outcome> = outcomes.iter().collect();
    surest.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
    let (mut right, mut covered) = (0, 0);
    for (at, outcome) in surest.iter().enumerate() {
        right += usize::from(outcome.right);
        if share(right, at + 1) >= 0.97 {
            covered = at + 1;
        }
    }
    share(covered, outcomes.len())
}

impl Report {
    pub(super) fn new(
        file: &Path,
        lines: &[Line],
        outcomes: &[Outcome],
        noisy_outcomes: &[Outcome],
        noise_share: f64,
        took: Duration,
    ) -> Self {
        let (clean, noisy) = (Scores::of(outcomes), Scores::of(noisy_outcomes));
        let mut verdicts = Verdicts::default();
        let mut languages: BTreeMap<String, Counted> = BTreeMap::new();
        let mut intents: BTreeMap<String, Counted> = BTreeMap::new();
        let mut confused: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for (line, outcome) in lines.iter().zip(outcomes) {
            match outcome.verdict {
                Verdict::Answered { right } => verdicts.answered.add(right),
                Verdict::Asked { right } => verdicts.asked_which_of_two.add(right),
                Verdict::FellBack => verdicts.fell_back += 1,
            }
            let language = outcome.language.map_or("unclear", Language::code);
            languages.entry(language.to_owned()).or_default().add(outcome.right);
            intents.entry(line.label.clone()).or_default().add(outcome.right);
            if !outcome.right {
                *confused.entry((&line.label, &outcome.taken_for)).or_default() += 1;
            }
        }
        let mut confusion: Vec<Confused> = confused
            .into_iter()
            .map(|((meant, taken_for), lines)| Confused { meant: meant.into(), taken_for: taken_for.into(), lines })
            .collect();
        confusion.sort_by_key(|confused| std::cmp::Reverse(confused.lines));
        Self {
            file: file.display().to_string(),
            lines: lines.len(),
            us_a_line: took.as_secs_f64() * 1e6 / lines.len().max(1) as f64,
            noise_costs_points: 100.0 * (clean.accuracy - noisy.accuracy),
            clean,
            noisy,
            noise_share,
            verdicts,
            languages,
            intents,
            confusion,
            slots: lines.iter().any(|line| line.slots.is_some()).then(|| Slots::of(outcomes, noisy_outcomes)),
        }
    }

    /// The report as lines of a table.
    pub(crate) fn table(&self) -> Vec<String> {
        let percent = |share: f64| format!("{:.1} %", 100.0 * share);
        let mut lines = vec![
            format!("{} lines of {}, {:.0} µs a line", self.lines, self.file, self.us_a_line),
            format!("{:<44} {:>9} {:>12}", "", "clean", format!("{:.0} % noise", 100.0 * self.noise_share)),
        ];
        let rows = [
            ("intent right", self.clean.accuracy, self.noisy.accuracy),
            (
                "intent right, lines that ask for an action",
                self.clean.actionable.accuracy,
                self.noisy.actionable.accuracy,
            ),
            ("right among the likeliest two", self.clean.top_two, self.noisy.top_two),
            ("coverage at 97 % right", self.clean.coverage_at_97, self.noisy.coverage_at_97),
            (
                "coverage at 97 % right, action",
                self.clean.actionable.coverage_at_97,
                self.noisy.actionable.coverage_at_97,
            ),
        ];
        lines.extend(
            rows.iter()
                .map(|(name, clean, noisy)| format!("{name:<44} {:>9} {:>12}", percent(*clean), percent(*noisy))),
        );
        lines.push("sure at least   lines   right".to_owned());
        lines.extend(self.clean.curve.iter().map(|point| {
            format!("{:>13.1} {:>7} {:>7}", point.confidence, percent(point.coverage), percent(point.accuracy))
        }));
        let Verdicts { answered, asked_which_of_two: asked, fell_back } = &self.verdicts;
        lines.push(format!(
            "answered {} ({} right), asked which of two {} ({} with the right one), not understood {fell_back}",
            answered.lines,
            percent(answered.share()),
            asked.lines,
            percent(asked.share()),
        ));
        for (kind, counted) in [("language", &self.languages), ("meant", &self.intents)] {
            lines.extend(
                counted.iter().map(|(name, of)| format!("{kind} {name:<22} {:>4} of {:>4} right", of.right, of.lines)),
            );
        }
        lines.extend(
            self.confusion
                .iter()
                .take(12)
                .map(|confused| format!("{:>4} × {} taken for {}", confused.lines, confused.meant, confused.taken_for)),
        );
        if let Some(slots) = &self.slots {
            let row = |name: &str, rates: &Rates| {
                let percents = [rates.precision, rates.recall, rates.noisy_precision, rates.noisy_recall].map(percent);
                let [precision, recall, noisy_precision, noisy_recall] = percents;
                format!(
                    "{name:<12} {:>5} {precision:>9} {recall:>8} {noisy_precision:>17} {noisy_recall:>12}",
                    rates.named
                )
            };
            lines.push("slot         named precision   recall   noisy precision noisy recall".to_owned());
            lines.extend(slots.each.iter().map(|(name, rates)| row(name, rates)));
            lines.push(row("all", &slots.all));
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(confidence: f64, right: bool) -> Outcome {
        Outcome {
            right,
            second_right: false,
            taken_for: String::new(),
            confidence,
            actionable: true,
            verdict: Verdict::FellBack,
            language: None,
            slots: BTreeMap::new(),
        }
    }

    #[test]
    fn coverage_counts_the_surest_lines() {
        let outcomes = [outcome(0.2, false), outcome(0.9, true), outcome(0.8, true), outcome(0.1, false)];
        let scores = Scores::of(&outcomes);
        assert!((scores.coverage_at_97 - 0.5).abs() < 1e-9);
        assert!((scores.accuracy - 0.5).abs() < 1e-9);
        let half = scores.curve.iter().find(|point| point.confidence == 0.5).unwrap();
        assert!((half.coverage - 0.5).abs() < 1e-9 && (half.accuracy - 1.0).abs() < 1e-9);
        assert!(Scores::of(&[]).accuracy.abs() < 1e-9);
    }
}
