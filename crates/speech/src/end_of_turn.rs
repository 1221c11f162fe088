//! End of turn: how probable it is that a caller who pauses has finished, by the sound of the last eight seconds (Smart
//! Turn 3.2: a small network on Whisper's encoder and Whisper's features).
//!
//! Intonation and drawn-out words tell more than the length of a pause, but not enough: the answer shortens or lengthens a
//! time of silence and never ends a turn by itself.

mod log_mel;

use std::path::{Path, PathBuf};

use ort::{environment::Environment, session::Session, value::TensorRef};

use self::log_mel::{BANDS, FRAMES, LogMel};

/// How much sound is looked at: 8 s at 16 kHz.
pub const WINDOW_SAMPLES: usize = 8 * 16_000;

/// The model and its features.
pub struct EndOfTurn {
    session: Session,
    log_mel: LogMel,
}

/// Why the end-of-turn model could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadEndOfTurnError {
    /// The file is missing or is no ONNX graph.
    #[error("end-of-turn model {path}: {source}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What ONNX Runtime says.
        source: ort::Error,
    },
    /// An ONNX graph, but not this one.
    #[error("end-of-turn model {path}: wants the input `input_features` [batch, 80, 800], this graph has {found}")]
    Unsupported {
        /// The file.
        path: PathBuf,
        /// Names of the inputs that it has.
        found: String,
    },
}

/// Why a pause could not be judged.
#[derive(Debug, thiserror::Error)]
pub enum JudgeError {
    /// A sample is NaN or infinite.
    #[error("sample {index} is not a finite number")]
    NotFinite {
        /// Its index.
        index: usize,
    },
    /// ONNX Runtime broke.
    #[error("end-of-turn model: {0}")]
    Model(#[from] ort::Error),
}

impl std::fmt::Debug for EndOfTurn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EndOfTurn").finish_non_exhaustive()
    }
}

impl EndOfTurn {
    /// Loads `smart-turn-v3.2-cpu.onnx`.
    pub fn load(onnx: &Environment, path: &Path) -> Result<Self, LoadEndOfTurnError> {
        let unreadable = |source| LoadEndOfTurnError::Unreadable { path: path.into(), source };
        let session = Session::builder(onnx)
            .map_err(unreadable)?
            .with_intra_threads(1)
            .map_err(|e| unreadable(e.into()))?
            .with_inter_threads(1)
            .map_err(|e| unreadable(e.into()))?
            .commit_from_file(path)
            .map_err(unreadable)?;
        let names: Vec<_> = session.inputs().iter().map(ort::value::Outlet::name).collect();
        if names != ["input_features"] {
            return Err(LoadEndOfTurnError::Unsupported { path: path.into(), found: names.join(", ") });
        }
        Ok(Self { session, log_mel: LogMel::new() })
    }

    /// Probability, 0 to 1, that the caller has finished where this 16 kHz sound ends. Of more than 8 s only the end counts.
    pub fn finished(&mut self, pcm_16k: &[f32]) -> Result<f32, JudgeError> {
        if let Some(index) = pcm_16k.iter().position(|x| !x.is_finite()) {
            return Err(JudgeError::NotFinite { index });
        }
        let features = self.log_mel.features(pcm_16k);
        let input = TensorRef::from_array_view(([1, BANDS, FRAMES], features))?;
        let outputs = self.session.run(ort::inputs!["input_features" => input])?;
        let (_, probability) = outputs[0].try_extract_tensor::<f32>()?;
        let finished = probability.first().copied().unwrap_or(0.5);
        Ok(if finished.is_finite() { finished.clamp(0.0, 1.0) } else { 0.5 })
    }
}
