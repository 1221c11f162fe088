//! Training of a head: softmax regression on features relative to the calm voice of callers, known and unknown.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, bail};
use ermu_audio::prosody;
use ermu_speech::emotion::{Baseline, CLASSES, Head, HeadWeights};

use super::{
    channel::Channel,
    dice::Dice,
    regression::{Rows, Softmax},
};

/// Standard deviations from calm that count.
pub(super) const CLIP: f32 = 5.0;
/// Inverse strength of the regularisation.
const C: f64 = 0.003;
/// What one of the other corpora counts, the head's own being 1.
const FOREIGN: f32 = 0.1;
/// Calm utterances that are known of a known caller.
pub(super) const ENROLLED: usize = 3;
/// How often each speaker is a known caller.
const KNOWN_COPIES: usize = 2;
/// Lines that are trained on.
const LINES: [Channel; 2] = [Channel::Clean, Channel::Ulaw];
/// Parts of the speakers by which a head is calibrated.
const PARTS: usize = 3;

pub(super) const ANGRY: usize = 0;
pub(super) const NEUTRAL: usize = 2;
/// The first class that is none of the four named ones.
pub(super) const OTHER: usize = 4;

/// One utterance, measured.
pub(super) struct Utterance {
    pub(super) corpus: String,
    pub(super) speaker: String,
    pub(super) emotion: String,
    /// Index into [`CLASSES`].
    pub(super) class: usize,
    /// By [`Channel`]; none where too little voice arrives.
    pub(super) features: [Option<Box<prosody::Features>>; Channel::ALL.len()],
}

impl Utterance {
    /// The class that stands for an emotion of a corpus.
    pub(super) fn class_of(emotion: &str) -> usize {
        match emotion {
            "calm" => NEUTRAL,
            named => CLASSES.iter().position(|class| *class == named).unwrap_or(OTHER),
        }
    }

    pub(super) fn through(&self, channel: Channel) -> Option<&prosody::Features> {
        self.features[channel as usize].as_deref()
    }
}

/// A head for callers like those of the corpus `own`; the other corpora say with less weight what is common to all.
pub(super) fn train(own: &str, utterances: &[&Utterance]) -> anyhow::Result<HeadWeights> {
    if !utterances.iter().any(|utterance| utterance.corpus == own) {
        bail!("no utterances of the corpus `{own}`, which this head is for");
    }
    let mut weights = fit(own, utterances)?;
    // On speakers that were heard in training, angry lies further from calm than it will on others, and the middle
    // between both too high: where it is, speakers tell that are held out in turn. The heads for that heard fewer
    // speakers than this one, and err the more.
    let mut margins = Vec::new();
    let parts = parts(own, utterances, PARTS);
    for part in &parts {
        let (held_out, heard): (Vec<&Utterance>, Vec<&Utterance>) =
            utterances.iter().partition(|utterance| part.contains(&utterance.speaker));
        let head = prepared(fit(own, &heard)?)?;
        margins.extend(calm_margins(&head, &held_out));
    }
    let known = ENROLLED as f32 / (ENROLLED as f32 + 1.0);
    let heard = 1.0 - 1.0 / parts.len() as f32;
    weights.known_bias[ANGRY] = -heard * equal_error(&mut margins) / known;
    Ok(weights)
}

/// The head that judges with these weights.
pub(super) fn prepared(weights: HeadWeights) -> anyhow::Result<Head> {
    let names = prosody::NAMES.map(str::to_owned);
    Head::new(&names, CLIP, weights).context("the trained head is not usable")
}

/// The speakers of a corpus in at most `count` parts.
pub(super) fn parts(corpus: &str, utterances: &[&Utterance], count: usize) -> Vec<BTreeSet<String>> {
    let own = utterances.iter().filter(|utterance| utterance.corpus == corpus);
    let speakers: BTreeSet<&String> = own.map(|utterance| &utterance.speaker).collect();
    let mut parts = vec![BTreeSet::new(); count.min(speakers.len())];
    for (n, speaker) in speakers.into_iter().enumerate() {
        let at = n % parts.len();
        parts[at].insert(speaker.clone());
    }
    parts
}

/// Utterances by speaker.
pub(super) fn by_speaker<'a>(utterances: &[&'a Utterance]) -> BTreeMap<&'a str, Vec<&'a Utterance>> {
    let mut speakers: BTreeMap<&str, Vec<&Utterance>> = BTreeMap::new();
    for utterance in utterances {
        speakers.entry(&utterance.speaker).or_default().push(utterance);
    }
    speakers
}

struct Row<'a> {
    utterance: &'a Utterance,
    features: &'a prosody::Features,
}

fn fit<'a>(own: &str, utterances: &[&'a Utterance]) -> anyhow::Result<HeadWeights> {
    let row = |channel, utterance: &&'a Utterance| Some(Row { utterance, features: utterance.through(channel)? });
    let lines =
        LINES.map(|channel| utterances.iter().filter_map(|utterance| row(channel, utterance)).collect::<Vec<_>>());
    let mut weights = standard(&lines);
    let head = prepared(weights.clone())?;
    let mut dice = Dice::new(1);
    let mut rows = Rows { width: prosody::COUNT, features: Vec::new(), labels: Vec::new(), weights: Vec::new() };
    let mut corpora = Vec::new();
    let mut add = |row: &Row<'a>, baseline: &Baseline| {
        rows.features.extend(head.relative(row.features, baseline));
        rows.labels.push(row.utterance.class);
        corpora.push(row.utterance.corpus.as_str());
    };
    for line in &lines {
        let mut speakers: BTreeMap<&str, Vec<&Row<'_>>> = BTreeMap::new();
        for row in line {
            speakers.entry(&row.utterance.speaker).or_default().push(row);
        }
        for rows in speakers.values() {
            for row in rows {
                add(row, &Baseline::default());
            }
            for _ in 0..KNOWN_COPIES {
                let mut calm: Vec<usize> = (0..rows.len()).filter(|&n| rows[n].utterance.class == NEUTRAL).collect();
                dice.shuffle(&mut calm);
                calm.truncate(ENROLLED.min(calm.len().saturating_sub(1)));
                let mut baseline = Baseline::default();
                for &n in &calm {
                    baseline.add(rows[n].features);
                }
                for (_, row) in rows.iter().enumerate().filter(|(n, _)| !calm.contains(n)) {
                    add(row, &baseline);
                }
            }
        }
    }
    rows.weights = balanced(own, &corpora, &rows.labels);
    let softmax = Softmax::fit(&rows, CLASSES.len(), C);
    weights.weights = softmax.weights.try_into().ok().context("one list of weights for each class")?;
    weights.bias = softmax.bias.try_into().ok().context("one bias for each class")?;
    Ok(weights)
}

/// Every class of a corpus counts the same, and each other corpus `FOREIGN` of the head's own.
fn balanced(own: &str, corpora: &[&str], labels: &[usize]) -> Vec<f32> {
    let mut counts: BTreeMap<(&str, usize), usize> = BTreeMap::new();
    for (&corpus, &label) in corpora.iter().zip(labels) {
        *counts.entry((corpus, label)).or_default() += 1;
    }
    let total = corpora.iter().filter(|corpus| **corpus == own).count().max(1) as f32;
    let weight = |(&corpus, &label): (&&str, &usize)| {
        let corpus_weight = if corpus == own { 1.0 } else { FOREIGN };
        let count = counts.get(&(corpus, label)).copied().unwrap_or(1);
        corpus_weight * total / (CLASSES.len() * count) as f32
    };
    corpora.iter().zip(labels).map(weight).collect()
}

/// Standard scores, the corpora's calm voice, and how much calm voices vary within and between speakers.
fn standard(lines: &[Vec<Row<'_>>]) -> HeadWeights {
    let all: Vec<&Row<'_>> = lines.iter().flatten().collect();
    let mut speakers: BTreeMap<&str, Vec<&Row<'_>>> = BTreeMap::new();
    for row in all.iter().filter(|row| row.utterance.class == NEUTRAL) {
        speakers.entry(&row.utterance.speaker).or_default().push(row);
    }
    let mut weights = HeadWeights {
        mean: Vec::new(),
        scale: Vec::new(),
        neutral: Vec::new(),
        doubt: Vec::new(),
        weights: std::array::from_fn(|_| vec![0.0; prosody::COUNT]),
        bias: [0.0; CLASSES.len()],
        known_bias: [0.0; CLASSES.len()],
    };
    for column in 0..prosody::COUNT {
        let (mean, variance) = moments(all.iter().map(|row| f64::from(row.features[column])));
        let scale = variance.sqrt() + 1e-6;
        let (mut means, mut within) = (Vec::new(), 0.0);
        for rows in speakers.values() {
            let (mean, variance) = moments(rows.iter().map(|row| (f64::from(row.features[column]) - mean) / scale));
            means.push(mean);
            within += variance / speakers.len() as f64;
        }
        let (neutral, spread) = moments(means.iter().copied());
        let between = spread * means.len() as f64 / (means.len() as f64 - 1.0).max(1.0);
        weights.mean.push(mean as f32);
        weights.scale.push(scale as f32);
        weights.neutral.push(neutral as f32);
        weights.doubt.push((within / between.max(1e-3)) as f32);
    }
    weights
}

/// Mean and variance.
fn moments(values: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
    let count = values.clone().count().max(1) as f64;
    let mean = values.clone().sum::<f64>() / count;
    (mean, values.map(|value| (value - mean) * (value - mean)).sum::<f64>() / count)
}

/// Logit of angry less that of neutral, and whether it was acted angrily, of known callers.
fn calm_margins(head: &Head, held_out: &[&Utterance]) -> Vec<(f32, bool)> {
    let mut dice = Dice::new(2);
    let mut margins = Vec::new();
    for own in by_speaker(held_out).values() {
        for _ in 0..5 {
            let (baseline, rest) = enrol(own, Channel::Clean, ENROLLED, &mut dice);
            for utterance in rest.iter().filter(|utterance| [ANGRY, NEUTRAL].contains(&utterance.class)) {
                let Some(features) = utterance.through(Channel::Clean) else { continue };
                let logits = head.logits(features, &baseline);
                margins.push((logits[ANGRY] - logits[NEUTRAL], utterance.class == ANGRY));
            }
        }
    }
    margins
}

/// The baseline of some of a speaker's calm utterances, and the utterances that are not among them.
pub(super) fn enrol<'a>(
    own: &[&'a Utterance],
    channel: Channel,
    count: usize,
    dice: &mut Dice,
) -> (Baseline, Vec<&'a Utterance>) {
    let calm = |n: &usize| own[*n].class == NEUTRAL && own[*n].through(channel).is_some();
    let mut chosen: Vec<usize> = (0..own.len()).filter(calm).collect();
    dice.shuffle(&mut chosen);
    chosen.truncate(count);
    let mut baseline = Baseline::default();
    for &n in &chosen {
        if let Some(features) = own[n].through(channel) {
            baseline.add(features);
        }
    }
    let rest = (0..own.len()).filter(|n| !chosen.contains(n)).map(|n| own[n]).collect();
    (baseline, rest)
}

/// The threshold at which as large a share of the positive ones is missed as of the others passes; 0 if one kind is missing.
fn equal_error(scored: &mut [(f32, bool)]) -> f32 {
    scored.sort_by(|a, b| a.0.total_cmp(&b.0));
    let positives = scored.iter().filter(|(_, positive)| *positive).count();
    let others = scored.len() - positives;
    if positives == 0 || others == 0 {
        return 0.0;
    }
    let (mut missed, mut passing) = (0, others);
    for pair in scored.windows(2) {
        if pair[0].1 {
            missed += 1;
        } else {
            passing -= 1;
        }
        if missed * others >= passing * positives {
            return f32::midpoint(pair[0].0, pair[1].0);
        }
    }
    0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_equal_error_lies_between_the_kinds() {
        let mut apart = [(-2.0, false), (-1.0, false), (3.0, true), (4.0, true)];
        assert_eq!(equal_error(&mut apart), 1.0);
        let mut mixed = [(0.0, false), (1.0, true), (2.0, false), (3.0, true)];
        assert_eq!(equal_error(&mut mixed), 1.5);
        assert_eq!(equal_error(&mut [(1.0, true)]), 0.0);
    }

    #[test]
    fn classes_of_a_corpus_weigh_the_same() {
        let weights = balanced("own", &["own", "own", "own", "other"], &[0, 0, 1, 0]);
        assert!((weights[0] + weights[1] - weights[2]).abs() < 1e-6, "{weights:?}");
        assert!((weights[3] - FOREIGN * weights[2]).abs() < 1e-6, "{weights:?}");
    }
}
