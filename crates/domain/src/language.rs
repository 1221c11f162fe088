//! Languages that customers speak, and text that exists in Chinese and English.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A language of conversation. Serialised as its ISO 639-1 code.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Language {
    /// Mandarin, written in simplified characters.
    #[default]
    #[serde(rename = "zh")]
    Chinese,
    /// English.
    #[serde(rename = "en")]
    English,
    /// Spanish.
    #[serde(rename = "es")]
    Spanish,
    /// Portuguese.
    #[serde(rename = "pt")]
    Portuguese,
    /// Arabic.
    #[serde(rename = "ar")]
    Arabic,
}

impl Language {
    /// ISO 639-1 code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Chinese => "zh",
            Self::English => "en",
            Self::Spanish => "es",
            Self::Portuguese => "pt",
            Self::Arabic => "ar",
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// A code that names no language of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown language `{0}`: use zh, en, es, pt or ar")]
pub struct UnknownLanguage(String);

impl FromStr for Language {
    type Err = UnknownLanguage;

    fn from_str(code: &str) -> Result<Self, Self::Err> {
        [Self::Chinese, Self::English, Self::Spanish, Self::Portuguese, Self::Arabic]
            .into_iter()
            .find(|language| language.code() == code)
            .ok_or_else(|| UnknownLanguage(code.to_owned()))
    }
}

/// The same text in Chinese and English. Other languages read the English one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Localized {
    /// Simplified Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

impl Localized {
    /// The text for a reader of `language`.
    pub fn get(&self, language: Language) -> &str {
        match language {
            Language::Chinese => &self.zh,
            Language::English | Language::Spanish | Language::Portuguese | Language::Arabic => &self.en,
        }
    }
}
