use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// `[models]`: paths of models that replace the built-in ones.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ModelsConfig {
    /// A ggml Whisper model (multilingual), larger than the built-in base.
    pub whisper: Option<PathBuf>,
    /// A defect model with the same inputs and outputs as models/cards/defect.md says.
    pub defect: Option<PathBuf>,
    /// Utterances that are transcribed at the same time, each on one core.
    pub transcribers: usize,
}

impl Default for ModelsConfig {
    fn default() -> Self {
        Self { whisper: None, defect: None, transcribers: 2 }
    }
}
