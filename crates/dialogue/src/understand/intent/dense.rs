//! Multinomial logistic regression over the places of sentences ([`Sentence`](ermu_domain::Sentence)), trained on the spot.
//!
//! As for words, the step of each dimension shrinks with what it has moved (AdaGrad), and the order of the examples comes from
//! a fixed seed.

use crate::pack::Intent;

use super::{
    random::Random,
    regression::{Row, softmax},
};

/// Strength of the data against the penalty (`C` of the literature). With this and half of the log-odds from words, examples that
/// were kept back in blocks are likeliest, the mean of three: as written, in a longer sentence, and misheard in one.
const C: f32 = 3.0;
const STEP: f32 = 0.5;
const EPOCHS: usize = 8;
/// The length of every vector.
const SCALE: f32 = 2.0;

/// Trained weights, a row for each dimension.
#[derive(Debug, Clone)]
pub(super) struct Dense {
    weights: Vec<Row>,
    bias: Row,
}

impl Dense {
    /// Learns from vectors of length 1, all of the same width.
    pub(super) fn train(samples: &[(&[f32], Intent)]) -> Self {
        let width = samples.first().map_or(0, |(vector, _)| vector.len());
        let mut model = Self { weights: vec![[0.0; Intent::ALL.len()]; width], bias: [0.0; Intent::ALL.len()] };
        let mut moved = vec![1.0_f32; width];
        let mut bias_moved = 1.0_f32;
        let decay = 1.0 / (C * samples.len().max(1) as f32);
        let mut order: Vec<usize> = (0..samples.len()).collect();
        let mut random = Random::new(17);
        for _ in 0..EPOCHS {
            random.shuffle(&mut order);
            for &at in &order {
                let (vector, intent) = samples[at];
                let mut error = softmax(model.score(vector), 1.0);
                error[intent as usize] -= 1.0;
                let size: f32 = error.iter().map(|error| error * error).sum();
                if size < 1e-6 {
                    continue;
                }
                bias_moved += size;
                let step = STEP / bias_moved.sqrt();
                model.bias.iter_mut().zip(&error).for_each(|(bias, error)| *bias -= step * error);
                for ((row, moved), value) in model.weights.iter_mut().zip(&mut moved).zip(vector) {
                    let value = SCALE * value;
                    *moved += size * value * value;
                    let step = STEP / moved.sqrt();
                    let (keep, step) = (1.0 - step * decay, step * value);
                    row.iter_mut().zip(&error).for_each(|(weight, error)| *weight = *weight * keep - step * error);
                }
            }
        }
        model
    }

    /// The log-odds of each intent, up to a constant.
    pub(super) fn score(&self, vector: &[f32]) -> Row {
        let mut logits = self.bias;
        for (row, value) in self.weights.iter().zip(vector) {
            let value = SCALE * value;
            logits.iter_mut().zip(row).for_each(|(logit, weight)| *logit += value * weight);
        }
        logits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_learns_directions() {
        let vectors: Vec<[f32; 3]> =
            (0..60).map(|i| [0.8, if i % 2 == 0 { 0.6 } else { -0.6 }, (i % 7) as f32 / 40.0]).collect();
        let intents = [Intent::Invoice, Intent::Refund];
        let samples: Vec<(&[f32], Intent)> =
            vectors.iter().zip(intents.into_iter().cycle()).map(|(vector, intent)| (&vector[..], intent)).collect();
        let model = Dense::train(&samples);
        let invoice = |vector: &[f32]| softmax(model.score(vector), 1.0)[Intent::Invoice as usize];
        assert!(invoice(&[0.8, 0.6, 0.0]) > 0.9 && invoice(&[0.8, -0.6, 0.0]) < 0.1);
        assert!((invoice(&[1.0, 0.0, 0.0]) - 0.5).abs() < 0.2);
        assert_eq!(model.score(&vectors[0]), Dense::train(&samples).score(&vectors[0]));
    }
}
