//! What a scripted caller does: says recordings and sends photos, in order.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, bail};
use ermu_domain::Language;
use ermu_media::Codec;
use serde::{Deserialize, Deserializer, de::Error};

/// How long an answer has sounded when it is interrupted, unless the script says otherwise.
const INTERRUPT_AFTER: Duration = Duration::from_millis(600);

/// A scripted caller.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// The language that the caller's page is set to.
    #[serde(default)]
    pub language: Language,
    /// How the caller's sound is coded: `opus`, or for a telephone `pcmu` or `pcma`. All are offered if none is named.
    #[serde(default, deserialize_with = "codec")]
    pub codec: Option<Codec>,
    /// What the caller does.
    #[serde(rename = "step")]
    pub steps: Vec<Step>,
}

fn codec<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Codec>, D::Error> {
    let name = String::deserialize(deserializer)?;
    name.parse().map(Some).map_err(|_| D::Error::custom(format!("`{name}` is none of opus, pcmu, pcma")))
}

/// One thing that the caller does.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "RawStep")]
pub enum Step {
    /// Plays a WAV file, once the agent has answered and fallen silent. `say = "FILE"`
    Say(PathBuf),
    /// Plays a WAV file into the agent's answer. `interrupt = "FILE"`, and if wanted `after_ms = 900`
    Interrupt {
        /// What is said.
        file: PathBuf,
        /// How long the answer has sounded by then.
        after: Duration,
    },
    /// Plays a WAV file in which nobody speaks to the agent: no answer is the right answer. `noise = "FILE"`
    Noise(PathBuf),
    /// Sends a photo while the agent may still be speaking. `photo = "FILE"`
    Photo(PathBuf),
}

/// A step as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawStep {
    say: Option<PathBuf>,
    interrupt: Option<PathBuf>,
    noise: Option<PathBuf>,
    photo: Option<PathBuf>,
    after_ms: Option<u64>,
}

impl TryFrom<RawStep> for Step {
    type Error = &'static str;

    fn try_from(raw: RawStep) -> Result<Self, Self::Error> {
        Ok(match raw {
            RawStep { say: Some(file), interrupt: None, noise: None, photo: None, after_ms: None } => Self::Say(file),
            RawStep { say: None, interrupt: Some(file), noise: None, photo: None, after_ms } => {
                Self::Interrupt { file, after: after_ms.map_or(INTERRUPT_AFTER, Duration::from_millis) }
            }
            RawStep { say: None, interrupt: None, noise: Some(file), photo: None, after_ms: None } => Self::Noise(file),
            RawStep { say: None, interrupt: None, noise: None, photo: Some(file), after_ms: None } => Self::Photo(file),
            _ => return Err("a step is one of `say`, `interrupt` (with or without `after_ms`), `noise` and `photo`"),
        })
    }
}

impl Step {
    /// The file that is played or sent.
    pub fn file(&self) -> &Path {
        match self {
            Self::Say(file) | Self::Interrupt { file, .. } | Self::Noise(file) | Self::Photo(file) => file,
        }
    }

    fn file_mut(&mut self) -> &mut PathBuf {
        match self {
            Self::Say(file) | Self::Interrupt { file, .. } | Self::Noise(file) | Self::Photo(file) => file,
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
            let file = step.file_mut();
            *file = folder.join(&file);
        }
        script.checked()
    }

    /// A script of recordings with photos sent after the first of them.
    pub fn of_files(audio: Vec<PathBuf>, photos: Vec<PathBuf>, language: Language) -> anyhow::Result<Self> {
        let mut audio = audio.into_iter();
        let first = audio.next().map(Step::Say);
        let steps = first.into_iter().chain(photos.into_iter().map(Step::Photo)).chain(audio.map(Step::Say)).collect();
        Self { language, codec: None, steps }.checked()
    }

    fn checked(self) -> anyhow::Result<Self> {
        if self.steps.is_empty() {
            bail!("a call needs something to do: give --audio, --photo or --script");
        }
        if let Some(missing) = self.steps.iter().map(Step::file).find(|file| !file.is_file()) {
            bail!("{} is not there", missing.display());
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
    fn a_step_is_one_thing() {
        let step = |text: &str| toml::from_str::<Step>(text);
        let interrupt = |ms| Step::Interrupt { file: "a.wav".into(), after: Duration::from_millis(ms) };
        assert_eq!(step("interrupt = 'a.wav'").unwrap(), interrupt(600));
        assert_eq!(step("interrupt = 'a.wav'\nafter_ms = 900").unwrap(), interrupt(900));
        assert_eq!(step("noise = 'a.wav'").unwrap(), Step::Noise("a.wav".into()));
        for wrong in ["", "say = 'a.wav'\nphoto = 'b.jpg'", "say = 'a.wav'\nafter_ms = 9", "sing = 'a.wav'"] {
            assert!(step(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn mistakes_are_named() {
        let missing = Script::of_files(vec!["nowhere.wav".into()], vec![], Language::Chinese).unwrap_err();
        assert!(missing.to_string().contains("nowhere.wav"));
        assert!(Script::of_files(vec![], vec![], Language::Chinese).unwrap_err().to_string().contains("--audio"));
    }
}
