//! How something was said.

use serde::{Deserialize, Serialize};

/// An emotion that prosody tells apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Emotion {
    /// Angry.
    Angry,
    /// Happy.
    Happy,
    /// Neither.
    Neutral,
    /// Sad.
    Sad,
}

/// Probabilities of the emotions of one utterance, from its prosody alone; they sum to 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct EmotionEstimate {
    /// Angry.
    pub angry: f32,
    /// Happy.
    pub happy: f32,
    /// Neutral.
    pub neutral: f32,
    /// Sad.
    pub sad: f32,
}

impl EmotionEstimate {
    /// The likeliest emotion and its probability.
    pub fn likeliest(&self) -> (Emotion, f32) {
        [(Emotion::Angry, self.angry), (Emotion::Happy, self.happy), (Emotion::Sad, self.sad)]
            .into_iter()
            .fold((Emotion::Neutral, self.neutral), |best, next| if next.1 > best.1 { next } else { best })
    }
}
