use ermu_domain::Language;
use serde::{Deserialize, Serialize};

/// `[voices]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct VoicesConfig {
    /// Voice for Chinese; one of the `kokoro-style-…` of `cargo xtask models list`.
    pub chinese: String,
    /// Voice for English, which Arabic callers hear too: no voice speaks Arabic.
    pub english: String,
    /// Voice for Spanish.
    pub spanish: String,
    /// Voice for Portuguese.
    pub portuguese: String,
    /// Speed; 1 is the voice's own.
    pub speed: f32,
    /// Whether fixed sentences are synthesised before and beside the calls that need them, and kept for later starts.
    pub speak_ahead: bool,
}

impl Default for VoicesConfig {
    fn default() -> Self {
        Self {
            chinese: "zf_xiaoxiao".into(),
            english: "af_heart".into(),
            spanish: "ef_dora".into(),
            portuguese: "pf_dora".into(),
            speed: 1.0,
            speak_ahead: true,
        }
    }
}

impl VoicesConfig {
    /// Who speaks a language.
    pub(crate) fn of(&self, language: Language) -> &str {
        match language {
            Language::Chinese => &self.chinese,
            Language::English | Language::Arabic => &self.english,
            Language::Spanish => &self.spanish,
            Language::Portuguese => &self.portuguese,
        }
    }

    /// All who speak.
    pub(crate) fn names(&self) -> [&str; 4] {
        [&self.chinese, &self.english, &self.spanish, &self.portuguese]
    }
}
