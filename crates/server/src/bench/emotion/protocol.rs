//! The protocol: every speaker is judged by a head that never heard them.

use std::collections::BTreeMap;

use ermu_speech::emotion::Head;
use serde::Serialize;

use super::{
    channel::Channel,
    dice::Dice,
    score::{accuracy, auc, recall_at_false_alarms},
    train::{ANGRY, NEUTRAL, OTHER, Utterance, by_speaker, enrol},
};

/// Share of false alarms at which the recall is read.
const FALSE_ALARMS: f64 = 0.05;

/// What was measured of one corpus through one line.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Scores {
    /// Angry against calm: the likelier of both is right.
    pub(super) angry_calm_accuracy: f64,
    /// Angry against calm, all speakers on one scale.
    pub(super) angry_calm_auc: f64,
    /// The same within each speaker: mean of the speakers.
    pub(super) angry_calm_auc_within: f64,
    /// Angry against happy, neutral and sad.
    pub(super) angry_rest_auc: f64,
    /// The same within each speaker: mean of the speakers.
    pub(super) angry_rest_auc_within: f64,
    /// Share of the angry ones found while 5 % of happy, neutral and sad pass for angry.
    pub(super) angry_rest_recall: f64,
    /// Angry against everything in the corpus, fear, surprise and disgust included.
    pub(super) angry_all_auc: f64,
    /// Share of the angry ones found while 5 % of everything else passes.
    pub(super) angry_all_recall: f64,
    /// The likeliest of angry, happy, neutral and sad is right.
    pub(super) four_classes_accuracy: f64,
    /// Standard deviation of the first number over the choices of enrolled utterances.
    pub(super) angry_calm_accuracy_sd: f64,
}

impl Scores {
    /// For a table.
    pub(super) fn cells(&self) -> [String; 9] {
        let [accuracy, auc, within, rest, rest_within, rest_recall, all, all_recall, four] = [
            self.angry_calm_accuracy,
            self.angry_calm_auc,
            self.angry_calm_auc_within,
            self.angry_rest_auc,
            self.angry_rest_auc_within,
            self.angry_rest_recall,
            self.angry_all_auc,
            self.angry_all_recall,
            self.four_classes_accuracy,
        ]
        .map(|value| format!("{value:.3}"));
        let accuracy = format!("{accuracy} ± {:.3}", self.angry_calm_accuracy_sd);
        [accuracy, auc, within, rest, rest_within, rest_recall, all, all_recall, four]
    }
}

/// How an utterance, or two together, was judged.
#[derive(Clone)]
struct Judged<'a> {
    speaker: &'a str,
    class: usize,
    /// Logit of angry less that of neutral.
    against_calm: f64,
    /// Log odds of angry.
    against_rest: f64,
    /// Logits of the named classes.
    named: [f64; OTHER],
}

/// Scores of single utterances and of two of the same emotion together, as mean over the draws; the share of each emotion
/// that is given an even chance of anger, and that which reaches the dialogue's bar of 0.8.
pub(super) struct Outcome {
    pub(super) one: Scores,
    pub(super) two: Scores,
    pub(super) alarms: BTreeMap<String, Alarms>,
}

/// How often an acted emotion passes for anger.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(super) struct Alarms {
    /// P(angry) > 0.5.
    pub(super) over_50: f64,
    /// P(angry) ≥ 0.8: what the dialogue takes for anger.
    pub(super) over_80: f64,
    #[serde(skip)]
    count: f64,
}

/// Judges each group of speakers by its head, `draws` times with other enrolled utterances.
pub(super) fn measure(
    folds: &[(Head, Vec<&Utterance>)],
    channel: Channel,
    enrolled: usize,
    draws: usize,
) -> Option<Outcome> {
    let mut dice = Dice::new(3);
    let (mut ones, mut twos) = (Vec::new(), Vec::new());
    let mut alarms: BTreeMap<String, Alarms> = BTreeMap::new();
    for _ in 0..if enrolled == 0 { 1 } else { draws } {
        let (mut one, mut two) = (Vec::new(), Vec::new());
        for (head, tested) in folds {
            for (speaker, own) in by_speaker(tested) {
                let (baseline, rest) = enrol(&own, channel, enrolled, &mut dice);
                let mut by_emotion: BTreeMap<&str, Vec<Judged<'_>>> = BTreeMap::new();
                for utterance in rest {
                    let Some(features) = utterance.through(channel) else { continue };
                    let judged = Judged::new(speaker, utterance.class, head.logits(features, &baseline));
                    let counted = alarms.entry(utterance.emotion.clone()).or_default();
                    counted.count += 1.0;
                    counted.over_50 += f64::from(u8::from(judged.against_rest > 0.0));
                    counted.over_80 += f64::from(u8::from(judged.against_rest >= 4f64.ln()));
                    by_emotion.entry(&utterance.emotion).or_default().push(judged);
                }
                for judged in by_emotion.values_mut() {
                    dice.shuffle(judged);
                    two.extend(judged.chunks_exact(2).map(|pair| pair[0].and(&pair[1])));
                    one.append(judged);
                }
            }
        }
        ones.push(scores(&one)?);
        twos.push(scores(&two)?);
    }
    for share in alarms.values_mut() {
        share.over_50 /= share.count;
        share.over_80 /= share.count;
    }
    Some(Outcome { one: mean(&ones), two: mean(&twos), alarms })
}

impl<'a> Judged<'a> {
    fn new(speaker: &'a str, class: usize, logits: [f32; 5]) -> Self {
        let logits = logits.map(f64::from);
        let others = logits.iter().enumerate().filter(|(class, _)| *class != ANGRY).map(|(_, logit)| *logit);
        let largest = others.clone().fold(f64::NEG_INFINITY, f64::max);
        let against_rest = logits[ANGRY] - largest - others.map(|logit| (logit - largest).exp()).sum::<f64>().ln();
        let [a, b, c, d, _] = logits;
        Self { speaker, class, against_calm: logits[ANGRY] - logits[NEUTRAL], against_rest, named: [a, b, c, d] }
    }

    /// Both together: the mean of their log odds.
    fn and(&self, other: &Self) -> Self {
        Self {
            speaker: self.speaker,
            class: self.class,
            against_calm: f64::midpoint(self.against_calm, other.against_calm),
            against_rest: f64::midpoint(self.against_rest, other.against_rest),
            named: std::array::from_fn(|class| self.named[class] + other.named[class]),
        }
    }

    fn likeliest(&self) -> usize {
        (0..OTHER).max_by(|&a, &b| self.named[a].total_cmp(&self.named[b])).unwrap_or(NEUTRAL)
    }
}

fn scores(judged: &[Judged<'_>]) -> Option<Scores> {
    let calm = |j: &&Judged<'_>| [ANGRY, NEUTRAL].contains(&j.class);
    let named = |j: &&Judged<'_>| j.class < OTHER;
    let against_calm = |j: &Judged<'_>| (j.against_calm, j.class == ANGRY);
    let against_rest = |j: &Judged<'_>| (j.against_rest, j.class == ANGRY);
    let two: Vec<_> = judged.iter().filter(calm).map(against_calm).collect();
    let rest: Vec<_> = judged.iter().filter(named).map(against_rest).collect();
    let all: Vec<_> = judged.iter().map(against_rest).collect();
    let mut speakers: Vec<&str> = judged.iter().map(|j| j.speaker).collect();
    speakers.dedup();
    let within = |take: &dyn Fn(&str) -> Vec<(f64, bool)>| {
        let aucs: Vec<f64> = speakers.iter().filter_map(|speaker| auc(&take(speaker))).collect();
        aucs.iter().sum::<f64>() / aucs.len().max(1) as f64
    };
    let right = judged.iter().filter(named).filter(|j| j.likeliest() == j.class).count();
    Some(Scores {
        angry_calm_accuracy: accuracy(&two)?,
        angry_calm_auc: auc(&two)?,
        angry_calm_auc_within: within(&|speaker| {
            judged.iter().filter(|j| j.speaker == speaker).filter(calm).map(against_calm).collect()
        }),
        angry_rest_auc: auc(&rest)?,
        angry_rest_auc_within: within(&|speaker| {
            judged.iter().filter(|j| j.speaker == speaker).filter(named).map(against_rest).collect()
        }),
        angry_rest_recall: recall_at_false_alarms(&rest, FALSE_ALARMS)?,
        angry_all_auc: auc(&all)?,
        angry_all_recall: recall_at_false_alarms(&all, FALSE_ALARMS)?,
        four_classes_accuracy: right as f64 / rest.len() as f64,
        angry_calm_accuracy_sd: 0.0,
    })
}

fn mean(draws: &[Scores]) -> Scores {
    let mean = |value: fn(&Scores) -> f64| draws.iter().map(value).sum::<f64>() / draws.len().max(1) as f64;
    let accuracy = mean(|s| s.angry_calm_accuracy);
    let squares = draws.iter().map(|s| (s.angry_calm_accuracy - accuracy).powi(2)).sum::<f64>();
    Scores {
        angry_calm_accuracy: accuracy,
        angry_calm_auc: mean(|s| s.angry_calm_auc),
        angry_calm_auc_within: mean(|s| s.angry_calm_auc_within),
        angry_rest_auc: mean(|s| s.angry_rest_auc),
        angry_rest_auc_within: mean(|s| s.angry_rest_auc_within),
        angry_rest_recall: mean(|s| s.angry_rest_recall),
        angry_all_auc: mean(|s| s.angry_all_auc),
        angry_all_recall: mean(|s| s.angry_all_recall),
        four_classes_accuracy: mean(|s| s.four_classes_accuracy),
        angry_calm_accuracy_sd: (squares / draws.len().max(1) as f64).sqrt(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_odds_are_those_of_the_probability() {
        let judged = Judged::new("x", ANGRY, [2.0, 0.0, 1.0, -1.0, 0.5]);
        let others: f64 = [0.0, 1.0, -1.0, 0.5f64].iter().map(|l: &f64| l.exp()).sum();
        assert!((judged.against_rest - (2f64.exp() / others).ln()).abs() < 1e-9);
        assert!((judged.against_calm - 1.0).abs() < 1e-9);
        let both = judged.and(&Judged::new("x", ANGRY, [0.0, 0.0, 1.0, 4.0, 0.0]));
        assert!(both.against_calm.abs() < 1e-9);
        assert_eq!((judged.likeliest(), both.likeliest()), (ANGRY, 3));
    }
}
