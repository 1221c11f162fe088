use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// `[emotion]`: estimating from the sound of the voice how a caller feels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EmotionConfig {
    /// Switched off, no sound is analysed for it and tickets hold no emotion.
    pub enabled: bool,
    /// Weights of your own. The built-in ones are for research only (models/cards/emotion.md).
    pub weights: Option<PathBuf>,
}

impl Default for EmotionConfig {
    fn default() -> Self {
        Self { enabled: true, weights: None }
    }
}
