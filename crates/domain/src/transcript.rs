//! What was heard.

use serde::{Deserialize, Serialize};

use crate::{Language, Sentence, TimeSpan};

/// The final words of one utterance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Transcript {
    /// The words; Chinese in simplified characters.
    pub text: String,
    /// The language that the words are in.
    pub language: Language,
    /// Mean probability of the tokens, 0 to 1.
    pub confidence: f32,
    /// Where in the caller's audio it was said.
    pub span: TimeSpan,
    /// What the words are about; none where nothing reads them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sentence: Option<Sentence>,
}
