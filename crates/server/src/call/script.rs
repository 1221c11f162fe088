//! What a scripted caller does: says recordings and sends photos, in order.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use ermu_domain::Language;
use serde::Deserialize;

/// A scripted caller.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// The language that the caller's page is set to.
    #[serde(default)]
    pub language: Language,
    /// What the caller does.
    #[serde(rename = "step")]
    pub steps: Vec<Step>,
}

/// One thing that the caller does.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Step {
    /// Plays a WAV file, once the agent has answered and fallen silent.
    Say(PathBuf),
    /// Plays a WAV file into the agent's answer, 600 ms after it begins.
    Interrupt(PathBuf),
    /// Sends a photo while the agent may still be speaking.
    Photo(PathBuf),
}

impl Step {
    fn path_mut(&mut self) -> &mut PathBuf {
        match self {
            Self::Say(path) | Self::Interrupt(path) | Self::Photo(path) => path,
        }
    }
}

impl Script {
    /// Reads a script; its paths are relative to its own folder.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        let mut script: Self =
            toml::from_str(&text).with_context(|| format!("{} is no call script", path.display()))?;
        let folder = path.parent().unwrap_or(Path::new("."));
        for step in &mut script.steps {
            let step = step.path_mut();
            *step = folder.join(&step);
        }
        script.checked()
    }

    /// A script of recordings with photos sent after the first of them.
    pub fn of_files(audio: Vec<PathBuf>, photos: Vec<PathBuf>, language: Language) -> anyhow::Result<Self> {
        let mut audio = audio.into_iter();
        let first = audio.next().map(Step::Say);
        let steps = first.into_iter().chain(photos.into_iter().map(Step::Photo)).chain(audio.map(Step::Say)).collect();
        Self { language, steps }.checked()
    }

    fn checked(mut self) -> anyhow::Result<Self> {
        if self.steps.is_empty() {
            bail!("a call needs something to do: give --audio, --photo or --script");
        }
        for path in self.steps.iter_mut().map(Step::path_mut) {
            if !path.is_file() {
                bail!("{} is not there", path.display());
            }
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn photos_go_out_in_the_middle() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let path = || file.path().to_owned();
        let script = Script::of_files(vec![path(), path()], vec![path()], Language::Chinese).unwrap();
        assert_eq!(script.steps, [Step::Say(path()), Step::Photo(path()), Step::Say(path())]);
    }

    #[test]
    fn mistakes_are_named() {
        let missing = Script::of_files(vec!["nowhere.wav".into()], vec![], Language::Chinese).unwrap_err();
        assert!(missing.to_string().contains("nowhere.wav"));
        assert!(Script::of_files(vec![], vec![], Language::Chinese).unwrap_err().to_string().contains("--audio"));
    }
}
