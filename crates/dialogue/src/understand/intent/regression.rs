//! Multinomial logistic regression over TF-IDF features, trained on the spot.
//!
//! Every text is a vector of length 1. Training is stochastic gradient descent with a step for each feature (AdaGrad:
//! Duchi, Hazan and Singer, 2011) and an L2 penalty; the order of the texts comes from a fixed seed, so that the same
//! examples always give the same weights.

use crate::pack::Intent;

use super::random::Random;

/// One weight an intent.
pub(super) type Row = [f32; Intent::ALL.len()];

/// Strength of the data against the penalty (`C` of the literature).
const C: f32 = 10.0;
const STEP: f32 = 1.0;
const EPOCHS: usize = 8;

/// A text as its features, each once, sorted.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sample {
    pub(super) features: Vec<u64>,
    pub(super) intent: Intent,
    /// Whether it is only a copy of an example: what stands in copies alone is chance and not counted.
    pub(super) copied: bool,
}

/// Trained weights.
#[derive(Debug, Clone)]
pub(super) struct Regression {
    /// The features that it knows, sorted.
    vocabulary: Vec<u64>,
    /// How much a feature tells: inverse document frequency.
    rarity: Vec<f32>,
    unseen_rarity: f32,
    weights: Vec<Row>,
    bias: Row,
}

/// Features by their index in the vocabulary, with their weight in the text.
type Vector = Vec<(u32, f32)>;

impl Regression {
    pub(super) fn train(samples: &[Sample]) -> Self {
        let (vocabulary, counts) = count(samples);
        let total = samples.iter().filter(|sample| !sample.copied).count() as f32;
        let rarity = counts.iter().map(|count| ((1.0 + total) / (1.0 + count)).ln() + 1.0).collect();
        let weights = vec![[0.0; Intent::ALL.len()]; vocabulary.len()];
        let unseen_rarity = (1.0 + total).ln() + 1.0;
        let mut model = Self { vocabulary, rarity, unseen_rarity, weights, bias: [0.0; Intent::ALL.len()] };
        let vectors: Vec<(Vector, Intent)> =
            samples.iter().map(|sample| (model.vector(&sample.features), sample.intent)).collect();
        // What a feature has moved so far makes its next steps smaller.
        let mut moved = vec![1.0_f32; model.vocabulary.len()];
        let mut bias_moved = 1.0_f32;
        let mut order: Vec<usize> = (0..vectors.len()).collect();
        let mut random = Random::new(7);
        for _ in 0..EPOCHS {
            random.shuffle(&mut order);
            for &at in &order {
                let (vector, intent) = &vectors[at];
                let mut error = softmax(model.logits(vector), 1.0);
                error[*intent as usize] -= 1.0;
                let size: f32 = error.iter().map(|error| error * error).sum();
                if size < 1e-6 {
                    continue;
                }
                bias_moved += size;
                descend(&mut model.bias, &error, STEP / bias_moved.sqrt(), 0.0);
                for &(feature, value) in vector {
                    let feature = feature as usize;
                    moved[feature] += size * value * value;
                    let step = STEP / moved[feature].sqrt();
                    let penalty = 1.0 / (C * counts[feature]);
                    descend(&mut model.weights[feature], &error, step * value, step * penalty);
                }
            }
        }
        model
    }

    /// The log-odds of each intent, up to a constant.
    pub(super) fn score(&self, features: &[u64]) -> Row {
        self.logits(&self.vector(features))
    }

    fn logits(&self, vector: &Vector) -> Row {
        let mut logits = self.bias;
        for &(feature, value) in vector {
            for (logit, weight) in logits.iter_mut().zip(&self.weights[feature as usize]) {
                *logit += value * weight;
            }
        }
        logits
    }

    fn vector(&self, features: &[u64]) -> Vector {
        let known = features.iter().filter_map(|feature| self.vocabulary.binary_search(feature).ok());
        let mut vector: Vector = known.map(|at| (at as u32, self.rarity[at])).collect();
        // What it has never seen counts too: a text of which it knows little is not judged surely.
        let unseen = (features.len() - vector.len()) as f32 * UNSEEN * self.unseen_rarity * self.unseen_rarity;
        let length = (vector.iter().map(|(_, value)| value * value).sum::<f32>() + unseen).sqrt();
        if length > 0.0 {
            vector.iter_mut().for_each(|(_, value)| *value *= SCALE / length);
        }
        vector
    }
}

/// How much an unknown feature counts against a known one as rare.
const UNSEEN: f32 = 0.3;
/// The length of every text's vector.
const SCALE: f32 = 2.0;

/// Probabilities of logits divided by a temperature.
pub(super) fn softmax(logits: Row, temperature: f32) -> Row {
    let most = logits.iter().copied().fold(f32::MIN, f32::max);
    let mut shares = logits.map(|logit| ((logit - most) / temperature).exp());
    let sum: f32 = shares.iter().sum();
    shares.iter_mut().for_each(|share| *share /= sum);
    shares
}

fn descend(row: &mut Row, error: &Row, step: f32, decay: f32) {
    let keep = (1.0 - decay).max(0.0);
    for (weight, error) in row.iter_mut().zip(error) {
        *weight = *weight * keep - step * error;
    }
}

/// All features of the examples, sorted, and in how many of them each stands.
fn count(samples: &[Sample]) -> (Vec<u64>, Vec<f32>) {
    let mut all: Vec<u64> =
        samples.iter().filter(|sample| !sample.copied).flat_map(|sample| sample.features.iter().copied()).collect();
    all.sort_unstable();
    let mut counts: Vec<f32> = Vec::new();
    let mut vocabulary: Vec<u64> = Vec::new();
    for feature in all {
        if vocabulary.last() == Some(&feature) {
            if let Some(count) = counts.last_mut() {
                *count += 1.0;
            }
        } else {
            vocabulary.push(feature);
            counts.push(1.0);
        }
    }
    (vocabulary, counts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(features: &[u64], intent: Intent) -> Sample {
        Sample { features: features.to_vec(), intent, copied: false }
    }

    #[test]
    fn it_learns_what_tells_and_forgets_nothing_by_chance() {
        let samples: Vec<Sample> = (0..40)
            .map(|i| match i % 2 {
                0 => sample(&[1, 2, 100 + i], Intent::Invoice),
                _ => sample(&[1, 3, 100 + i], Intent::Refund),
            })
            .collect();
        let model = Regression::train(&samples);
        let likeliest = |features: &[u64]| softmax(model.score(features), 1.0)[Intent::Invoice as usize];
        assert!(likeliest(&[2]) > 0.8 && likeliest(&[3]) < 0.2);
        assert!((likeliest(&[1]) - 0.5).abs() < 0.2, "what stands everywhere tells nothing");
        assert_eq!(model.score(&[1, 2, 3]), Regression::train(&samples).score(&[1, 2, 3]));
    }
}
