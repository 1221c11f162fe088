//! Languages that customers speak, and text that exists in several of them.

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

/// The same text in Chinese and English, and in further languages where there is a translation. Readers of the others read
/// the English one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Localized {
    /// Simplified Chinese.
    pub zh: String,
    /// English.
    pub en: String,
    /// Spanish; empty where there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub es: String,
    /// Portuguese; empty where there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub pt: String,
    /// Arabic; empty where there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub ar: String,
}

impl Localized {
    /// A text in Chinese and English alone.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { zh: zh.into(), en: en.into(), ..Self::default() }
    }

    /// The text for a reader of `language`.
    pub fn get(&self, language: Language) -> &str {
        if self.has(language) { self.own(language) } else { &self.en }
    }

    /// Whether a reader of `language` reads it in that language; always so for Chinese and English.
    pub const fn has(&self, language: Language) -> bool {
        match language {
            Language::Chinese | Language::English => true,
            Language::Spanish => !self.es.is_empty(),
            Language::Portuguese => !self.pt.is_empty(),
            Language::Arabic => !self.ar.is_empty(),
        }
    }

    /// Puts the text in one language in its place.
    pub fn set(&mut self, language: Language, text: impl Into<String>) {
        let place = match language {
            Language::Chinese => &mut self.zh,
            Language::English => &mut self.en,
            Language::Spanish => &mut self.es,
            Language::Portuguese => &mut self.pt,
            Language::Arabic => &mut self.ar,
        };
        *place = text.into();
    }

    /// The texts that there are, Chinese and English first.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        [&self.zh, &self.en, &self.es, &self.pt, &self.ar]
            .into_iter()
            .map(String::as_str)
            .filter(|text| !text.is_empty())
    }

    fn own(&self, language: Language) -> &str {
        match language {
            Language::Chinese => &self.zh,
            Language::English => &self.en,
            Language::Spanish => &self.es,
            Language::Portuguese => &self.pt,
            Language::Arabic => &self.ar,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_translation_is_read_in_english() {
        let mut text = Localized::new("退货", "return");
        assert_eq!((text.get(Language::Arabic), text.has(Language::Arabic)), ("return", false));
        text.set(Language::Arabic, "إرجاع");
        assert_eq!((text.get(Language::Arabic), text.get(Language::Spanish)), ("إرجاع", "return"));
        assert_eq!(text.all().collect::<Vec<_>>(), ["退货", "return", "إرجاع"]);
        let json = serde_json::to_string(&Localized::new("甲", "a")).unwrap();
        assert_eq!(json, r#"{"zh":"甲","en":"a"}"#, "as before there were others");
        assert_eq!(serde_json::from_str::<Localized>(&json).unwrap(), Localized::new("甲", "a"));
    }
}
