//! The configuration: one TOML file, a documented default for every key, unknown keys refused.

mod backend;
mod emotion;
mod http;
mod language_model;
mod limits;
mod media;
mod models;
mod shop;
mod voices;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use self::{
    backend::BackendConfig, emotion::EmotionConfig, http::HttpConfig, language_model::LanguageModelSection,
    limits::LimitsConfig, media::MediaSection, models::ModelsConfig, shop::ShopConfig, voices::VoicesConfig,
};

/// Everything that can be configured. `ermu serve --config FILE`; what the file leaves out has its default.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where web pages and the API are served.
    pub http: HttpConfig,
    /// How calls reach this machine.
    pub media: MediaSection,
    /// Models other than the built-in ones.
    pub models: ModelsConfig,
    /// Whether it is estimated how callers feel.
    pub emotion: EmotionConfig,
    /// The shop, and where its data is kept.
    pub shop: ShopConfig,
    /// The shop's own system.
    pub backend: BackendConfig,
    /// A language model that helps.
    pub language_model: LanguageModelSection,
    /// Who speaks.
    pub voices: VoicesConfig,
    /// How much is taken from strangers.
    pub limits: LimitsConfig,
}

/// A configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration {path}: {source}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is no TOML, or a key is unknown or of the wrong type.
    #[error("the configuration {path} is wrong: {source}")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Line, key and reason.
        source: Box<toml::de::Error>,
    },
    /// A value is outside of what makes sense.
    #[error("the configuration {path} is wrong: `{key}` {problem}")]
    OutOfRange {
        /// The file.
        path: PathBuf,
        /// The key, with its section.
        key: &'static str,
        /// What it should be.
        problem: &'static str,
    },
}

impl Config {
    /// Reads a configuration file.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
        let config: Self = toml::from_str(&text)
            .map_err(|source| ConfigError::Malformed { path: path.to_owned(), source: Box::new(source) })?;
        match config.out_of_range() {
            Some((key, problem)) => Err(ConfigError::OutOfRange { path: path.to_owned(), key, problem }),
            None => Ok(config),
        }
    }

    fn out_of_range(&self) -> Option<(&'static str, &'static str)> {
        let checks = [
            ("limits.calls", "must be 1 to 1000", (1..=1000).contains(&self.limits.calls)),
            ("limits.photos_a_call", "must be 1 to 1000", (1..=1000).contains(&self.limits.photos_a_call)),
            ("limits.call_minutes", "must be 1 to 1440", (1..=1440).contains(&self.limits.call_minutes)),
            ("models.transcribers", "must be 1 to 64", (1..=64).contains(&self.models.transcribers)),
            ("backend.timeout_ms", "must be 100 to 60000", (100..=60_000).contains(&self.backend.timeout_ms)),
            ("backend.attempts", "must be 1 to 1000", (1..=1000).contains(&self.backend.attempts)),
            (
                "language_model.understand_ms",
                "must be 0 to 10000",
                (0..=10_000).contains(&self.language_model.understand_ms),
            ),
            ("language_model.rephrase_ms", "must be 0 to 3000", (0..=3_000).contains(&self.language_model.rephrase_ms)),
            ("voices.speed", "must be 0.5 to 2.0", (0.5..=2.0).contains(&self.voices.speed)),
        ];
        checks.into_iter().find(|(_, _, holds)| !holds).map(|(key, problem, _)| (key, problem))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Config, String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        Config::read(file.path()).map_err(|error| error.to_string())
    }

    #[test]
    fn an_empty_file_is_the_default() {
        assert_eq!(read(""), Ok(Config::default()));
    }

    #[test]
    fn mistakes_are_named() {
        assert!(read("[http]\nlisten_on = 1").unwrap_err().contains("listen_on"));
        assert!(read("[limits]\ncalls = 0").unwrap_err().contains("`limits.calls` must be 1 to 1000"));
        assert!(read("[backend]\nattempts = 0").unwrap_err().contains("`backend.attempts` must be 1 to 1000"));
        assert!(read("[voices]\nspeed = 9.0").unwrap_err().contains("`voices.speed`"));
        assert!(Config::read(Path::new("nowhere.toml")).unwrap_err().to_string().contains("nowhere.toml"));
    }

    #[test]
    fn emotion_can_be_switched_off_and_replaced() {
        let config = read("[emotion]\nenabled = false\nweights = \"own.json\"").unwrap();
        assert_eq!(config.emotion, EmotionConfig { enabled: false, weights: Some("own.json".into()) });
        assert!(read("[emotion]\nenabled = 1").unwrap_err().contains("enabled"));
    }

    #[test]
    fn the_documented_configuration_is_the_default() {
        let documented = include_str!("../../../../docs/ermu.toml");
        assert_eq!(read(documented), Ok(Config::default()));
    }
}
