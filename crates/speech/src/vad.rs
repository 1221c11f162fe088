//! Voice activity: how probable it is that 32 ms of sound hold a human voice (Silero VAD 6.2, the fixed 16 kHz graph).

use std::path::{Path, PathBuf};

use ort::{environment::Environment, session::Session, value::TensorRef};

/// Sampling rate of the sound that voice activity is measured on.
pub const SAMPLE_RATE_HZ: u32 = 16_000;
/// Samples of one window: 32 ms.
pub const WINDOW_SAMPLES: usize = 512;
/// Samples of the window before that the model looks back on.
const CONTEXT_SAMPLES: usize = 64;
const INPUT_SAMPLES: usize = CONTEXT_SAMPLES + WINDOW_SAMPLES;
const STATE_SHAPE: [usize; 3] = [2, 1, 128];
const STATE_LEN: usize = 2 * 128;

/// The model. One serves many calls in turn: what it remembers of a call is in that call's [`VadState`].
#[derive(Debug)]
pub struct VoiceActivity {
    session: Session,
}

/// What the model remembers of one stream of sound (about 1.3 kB).
#[derive(Debug, Clone, PartialEq)]
pub struct VadState {
    /// The last samples of the window before.
    context: [f32; CONTEXT_SAMPLES],
    /// Hidden and cell state of the recurrent layer, shape [`STATE_SHAPE`].
    recurrent: [f32; STATE_LEN],
}

impl Default for VadState {
    fn default() -> Self {
        Self { context: [0.0; CONTEXT_SAMPLES], recurrent: [0.0; STATE_LEN] }
    }
}

impl VadState {
    /// Forgets the stream: the next window is the first of a new one.
    pub fn reset(&mut self) {
        *self = Self::default();
    }
}

/// Why the voice activity model could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadVadError {
    /// The file is missing or is no ONNX graph.
    #[error("voice activity model {path}: {source}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What ONNX Runtime says.
        source: ort::Error,
    },
    /// An ONNX graph, but not this one.
    #[error(
        "voice activity model {path}: wants inputs `input` [1, 576] and `state` [2, 1, 128], this graph has {found}"
    )]
    Unsupported {
        /// The file.
        path: PathBuf,
        /// Names of the inputs that it has.
        found: String,
    },
}

/// Why a window could not be judged.
#[derive(Debug, thiserror::Error)]
pub enum VadError {
    /// A sample is NaN or infinite.
    #[error("sample {index} of the window is not a finite number")]
    NotFinite {
        /// Its index in the window.
        index: usize,
    },
    /// ONNX Runtime broke.
    #[error("voice activity model: {0}")]
    Model(#[from] ort::Error),
}

impl VoiceActivity {
    /// Loads `silero_vad_openvino_16k.onnx` (the same weights as `silero_vad.onnx` and the same probabilities to the
    /// bit, without the branch on the sampling rate: 30 % less CPU).
    pub fn load(onnx: &Environment, path: &Path) -> Result<Self, LoadVadError> {
        let unreadable = |source| LoadVadError::Unreadable { path: path.into(), source };
        let session = Session::builder(onnx)
            .map_err(unreadable)?
            .with_intra_threads(1)
            .map_err(|e| unreadable(e.into()))?
            .with_inter_threads(1)
            .map_err(|e| unreadable(e.into()))?
            .commit_from_file(path)
            .map_err(unreadable)?;
        let names: Vec<_> = session.inputs().iter().map(ort::value::Outlet::name).collect();
        if names != ["input", "state"] {
            return Err(LoadVadError::Unsupported { path: path.into(), found: names.join(", ") });
        }
        Ok(Self { session })
    }

    /// Probability of voice, 0 to 1, in the window of 16 kHz sound that follows what `state` has seen. After an error
    /// `state` is as it was.
    pub fn probability(&mut self, state: &mut VadState, window: &[f32; WINDOW_SAMPLES]) -> Result<f32, VadError> {
        if let Some(index) = window.iter().position(|x| !x.is_finite()) {
            return Err(VadError::NotFinite { index });
        }
        let mut input = [0.0; INPUT_SAMPLES];
        input[..CONTEXT_SAMPLES].copy_from_slice(&state.context);
        for (to, from) in input[CONTEXT_SAMPLES..].iter_mut().zip(window) {
            *to = from.clamp(-1.0, 1.0);
        }
        let outputs = self.session.run(ort::inputs![
            "input" => TensorRef::from_array_view(([1, INPUT_SAMPLES], &input[..]))?,
            "state" => TensorRef::from_array_view((STATE_SHAPE, &state.recurrent[..]))?,
        ])?;
        let probability = outputs["output"].try_extract_scalar::<f32>()?;
        let (_, recurrent) = outputs["stateN"].try_extract_tensor::<f32>()?;
        if recurrent.len() != STATE_LEN {
            return Err(ort::Error::new(format!("stateN has {} values instead of {STATE_LEN}", recurrent.len())).into());
        }
        state.recurrent.copy_from_slice(recurrent);
        state.context.copy_from_slice(&input[WINDOW_SAMPLES..]);
        Ok(probability)
    }
}
