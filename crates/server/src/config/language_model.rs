use serde::{Deserialize, Serialize};

/// `[language_model]`: a language model that helps with what is not understood. It proposes and never decides.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LanguageModelSection {
    /// The address of an OpenAI-compatible server, to which `/chat/completions` is added. Without it none is asked.
    pub url: Option<String>,
    /// The model's name there.
    pub model: String,
    /// The environment variable that holds the token to be shown to it. If the variable is not set, none is shown.
    pub token_env: String,
    /// How long it may think about an utterance that was not understood, in milliseconds; 0: it is not asked.
    pub understand_ms: u32,
    /// How long a finished answer may wait for its wording of it, in milliseconds; 0: answers are said as the shop wrote them.
    pub rephrase_ms: u32,
}

impl Default for LanguageModelSection {
    fn default() -> Self {
        Self {
            url: None,
            model: String::new(),
            token_env: "ERMU_LANGUAGE_MODEL_TOKEN".into(),
            understand_ms: 1500,
            rephrase_ms: 0,
        }
    }
}
