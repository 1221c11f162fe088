//! The acoustic model: ids, style and speed → sound.

use std::{
    collections::HashMap,
    fmt, io,
    ops::RangeInclusive,
    path::PathBuf,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

use ermu_domain::Language;
use ort::{
    environment::Environment,
    session::{RunOptions, Session},
    value::TensorRef,
};

use super::{
    front_end::FrontEnd,
    level,
    vocabulary::Vocabulary,
    voice::{Style, VoiceName},
};

/// Samples a second of what the synthesizer makes.
pub const SAMPLE_RATE_HZ: u32 = 24_000;
/// Longest text of one call, in characters: about eight minutes of speech.
pub const MAX_TEXT_CHARACTERS: usize = 2_000;
/// Speeds that still sound like a person; 1 is the voice's own.
pub const SPEEDS: RangeInclusive<f32> = 0.5..=2.0;

/// Silence between two sentences, beside what is left at their ends.
const PAUSE_MS: usize = 180;
/// How soon a run of the model notices that it is no longer wanted.
const CANCEL_POLL: Duration = Duration::from_millis(10);

/// The files of the model.
#[derive(Debug, Clone)]
pub struct SynthesizerFiles {
    /// Kokoro-82M as ONNX: `tokens` i64 `[1, T]`, `style` f32 `[1, 256]`, `speed` f32 `[1]` → `audio` f32 `[N]`.
    pub model: PathBuf,
    /// JSON `{"vocab": {"a": 43, …}}`.
    pub vocab: PathBuf,
    /// Style vectors of each voice: little-endian f32 [510, 256].
    pub styles: Vec<(VoiceName, PathBuf)>,
}

/// Why a synthesizer could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadSynthesizerError {
    /// A file is missing or is not what it should be.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: io::Error,
    },
    /// The model is missing or is no ONNX graph.
    #[error("speech model {path}: {source}")]
    Model {
        /// The file.
        path: PathBuf,
        /// What ONNX Runtime says.
        source: ort::Error,
    },
    /// An ONNX graph, but not this one.
    #[error("speech model {path}: wants inputs `tokens`, `style` and `speed`, this graph has {found}")]
    Unsupported {
        /// The file.
        path: PathBuf,
        /// Names of the inputs that it has.
        found: String,
    },
}

/// Why a text was not spoken.
#[derive(Debug, thiserror::Error)]
pub enum SynthesisError {
    /// Over [`MAX_TEXT_CHARACTERS`].
    #[error("the text has {characters} characters, the limit is {MAX_TEXT_CHARACTERS}")]
    TooLong {
        /// Characters of the text.
        characters: usize,
    },
    /// Not in [`SPEEDS`].
    #[error("speed {0} is not between {min} and {max}", min = SPEEDS.start(), max = SPEEDS.end())]
    Speed(f32),
    /// No voice of this name was loaded.
    #[error("no voice `{0}`")]
    UnknownVoice(VoiceName),
    /// There is no pronunciation for this language.
    #[error("unsupported language `{0}`: zh, en, es and pt can be spoken")]
    UnsupportedLanguage(Language),
    /// The caller did not want it any more.
    #[error("cancelled")]
    Cancelled,
    /// The model failed.
    #[error("speech model: {0}")]
    Model(#[from] ort::Error),
}

/// Sound of a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Speech {
    /// Mono, 24 kHz, at most −1 dBFS; no samples if the text has nothing to say.
    pub pcm_24k: Vec<f32>,
}

impl Speech {
    /// How long it sounds.
    pub fn duration(&self) -> Duration {
        Duration::from_secs_f64(self.pcm_24k.len() as f64 / f64::from(SAMPLE_RATE_HZ))
    }
}

/// The model with its voices. Uses one thread.
pub struct Synthesizer {
    session: Session,
    vocabulary: Vocabulary,
    styles: HashMap<VoiceName, Style>,
    front_end: FrontEnd,
}

impl fmt::Debug for Synthesizer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Synthesizer").field("voices", &self.styles.keys()).finish_non_exhaustive()
    }
}

impl Synthesizer {
    /// Loads the model, the voices and the dictionaries.
    pub fn load(onnx: &Environment, files: &SynthesizerFiles) -> Result<Self, LoadSynthesizerError> {
        let broken = |path: &PathBuf| {
            let path = path.clone();
            move |source| LoadSynthesizerError::File { path, source }
        };
        let vocabulary = Vocabulary::load(&files.vocab).map_err(broken(&files.vocab))?;
        let mut styles = HashMap::with_capacity(files.styles.len());
        for (voice, path) in &files.styles {
            styles.insert(voice.clone(), Style::load(path).map_err(broken(path))?);
        }
        let unreadable = |source| LoadSynthesizerError::Model { path: files.model.clone(), source };
        let session = Session::builder(onnx)
            .map_err(unreadable)?
            .with_intra_threads(1)
            .map_err(|error| unreadable(error.into()))?
            .with_inter_threads(1)
            .map_err(|error| unreadable(error.into()))?
            .commit_from_file(&files.model)
            .map_err(unreadable)?;
        let names: Vec<_> = session.inputs().iter().map(ort::value::Outlet::name).collect();
        if !["tokens", "style", "speed"].iter().all(|wanted| names.contains(wanted)) {
            return Err(LoadSynthesizerError::Unsupported { path: files.model.clone(), found: names.join(", ") });
        }
        Ok(Self { session, vocabulary, styles, front_end: FrontEnd::new() })
    }

    /// The voices that were loaded.
    pub fn voices(&self) -> impl Iterator<Item = &VoiceName> {
        self.styles.keys()
    }

    /// Speaks `text`. The same input gives the same sound.
    pub fn synthesize(
        &mut self,
        text: &str,
        language: Language,
        voice: &VoiceName,
        speed: f32,
    ) -> Result<Speech, SynthesisError> {
        self.speak(text, language, voice, speed, None)
    }

    /// As [`synthesize`](Self::synthesize), until another thread sets `cancel`: the model then stops within some 20 ms.
    pub fn synthesize_unless(
        &mut self,
        cancel: &AtomicBool,
        text: &str,
        language: Language,
        voice: &VoiceName,
        speed: f32,
    ) -> Result<Speech, SynthesisError> {
        self.speak(text, language, voice, speed, Some(cancel))
    }

    fn speak(
        &mut self,
        text: &str,
        language: Language,
        voice: &VoiceName,
        speed: f32,
        cancel: Option<&AtomicBool>,
    ) -> Result<Speech, SynthesisError> {
        match language {
            Language::Chinese | Language::English | Language::Spanish | Language::Portuguese => {}
            Language::Arabic => return Err(SynthesisError::UnsupportedLanguage(language)),
        }
        let characters = text.chars().count();
        if characters > MAX_TEXT_CHARACTERS {
            return Err(SynthesisError::TooLong { characters });
        }
        if !SPEEDS.contains(&speed) {
            return Err(SynthesisError::Speed(speed));
        }
        let style = self.styles.get(voice).ok_or_else(|| SynthesisError::UnknownVoice(voice.clone()))?;
        let mut pcm_24k = Vec::new();
        for sentence in self.front_end.phonemes(text, language) {
            for ids in self.vocabulary.encode_in_pieces(&sentence) {
                if !pcm_24k.is_empty() {
                    pcm_24k.resize(pcm_24k.len() + SAMPLE_RATE_HZ as usize * PAUSE_MS / 1_000, 0.0);
                }
                let raw = run(&mut self.session, &ids, style, speed, cancel)?;
                pcm_24k.extend(level::finish(&raw));
            }
        }
        Ok(Speech { pcm_24k })
    }
}

/// One run of the model over at most [`MAX_IDS`](super::vocabulary::MAX_IDS) ids.
fn run(
    session: &mut Session,
    ids: &[i64],
    style: &Style,
    speed: f32,
    cancel: Option<&AtomicBool>,
) -> Result<Vec<f32>, SynthesisError> {
    let mut tokens = Vec::with_capacity(ids.len() + 2);
    tokens.push(0);
    tokens.extend_from_slice(ids);
    tokens.push(0);
    let speed = [speed];
    let inputs = ort::inputs![
        "tokens" => TensorRef::from_array_view(([1, tokens.len()], tokens.as_slice()))?,
        "style" => TensorRef::from_array_view(([1, 256], style.row(ids.len()).as_slice()))?,
        "speed" => TensorRef::from_array_view(([1], speed.as_slice()))?,
    ];
    let cancelled = || cancel.is_some_and(|cancel| cancel.load(Ordering::Relaxed));
    if cancelled() {
        return Err(SynthesisError::Cancelled);
    }
    let options = RunOptions::new()?;
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let watcher = cancel.map(|cancel| {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    if cancel.load(Ordering::Relaxed) && options.terminate().is_ok() {
                        break;
                    }
                    thread::park_timeout(CANCEL_POLL);
                }
            })
        });
        let result = session.run_with_options(inputs, &options).and_then(|outputs| {
            let (_, audio) = outputs["audio"].try_extract_tensor::<f32>()?;
            Ok(audio.to_vec())
        });
        done.store(true, Ordering::Relaxed);
        if let Some(watcher) = watcher {
            watcher.thread().unpark();
        }
        result.map_err(|error| if cancelled() { SynthesisError::Cancelled } else { error.into() })
    })
}
