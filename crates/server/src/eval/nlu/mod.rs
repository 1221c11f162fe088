//! How well the pack understands lines whose intent is known.

mod labels;
mod lines;
mod noise;
mod report;
mod slots;

use std::{path::Path, time::Instant};

use ermu_dialogue::{ShopPack, Understood, Verdict};

use crate::sentences::Sentences;

use labels::Label;
use lines::Line;
use report::Outcome;
pub(crate) use report::Report;

/// How often the noise is drawn anew; its accuracies are averaged.
const DRAWS: u64 = 3;

/// Reads every line of a file and compares what is understood with what was meant; `noise` is the share of characters
/// that are disturbed in a second run.
pub(crate) fn run(path: &Path, pack: &ShopPack, sentences: Option<&Sentences>, noise: f64) -> anyhow::Result<Report> {
    let lines = lines::read(path)?;
    let outcome = |line: &Line, text: &str| {
        let sentence = sentences.map(|sentences| sentences.read(text));
        outcome(line, &pack.understand(text, sentence.as_ref()))
    };
    let start = Instant::now();
    let outcomes: Vec<Outcome> = lines.iter().map(|line| outcome(line, &line.text)).collect();
    let took = start.elapsed();
    let mut noisy = Vec::new();
    for draw in 0..DRAWS {
        let mut noise = noise::Noise::new(&lines, noise, draw);
        noisy.extend(lines.iter().map(|line| outcome(line, &noise.disturb(&line.text))));
    }
    Ok(Report::new(path, &lines, &outcomes, &noisy, noise, took))
}

fn outcome(line: &Line, understood: &Understood) -> Outcome {
    // Intents that share a label of the file do not compete.
    let mut labels: Vec<(Label, f32)> = Vec::new();
    for (intent, share) in &understood.intents {
        let label = labels::of(*intent, &line.label);
        match labels.iter_mut().find(|(known, _)| *known == label) {
            Some((_, sum)) => *sum += share,
            None => labels.push((label, *share)),
        }
    }
    labels.sort_by(|a, b| b.1.total_cmp(&a.1));
    let right = |at: usize| labels.get(at).is_some_and(|(label, _)| label.as_str() == line.label);
    let is = |intent| labels::of(intent, &line.label).as_str() == line.label;
    Outcome {
        right: right(0),
        second_right: right(1),
        taken_for: labels.first().map(|(label, _)| label.clone()).unwrap_or_default(),
        confidence: labels.first().map_or(0.0, |(_, share)| f64::from(*share)),
        actionable: labels::is_actionable(&line.label),
        verdict: match understood.verdict {
            Verdict::Answer(intent) => report::Verdict::Answered { right: is(intent) },
            Verdict::AskWhich(both) => report::Verdict::Asked { right: both.into_iter().any(is) },
            Verdict::FallBack => report::Verdict::FellBack,
        },
        language: understood.language,
        slots: line.slots.as_ref().map(|named| slots::count(named, &understood.slots)).unwrap_or_default(),
    }
}
