//! Sound: frames, resampling, Opus, WAV, the playout queue, telephone companding, the machine's own devices,
//! voicing, and prosody features. Pure transforms of PCM; knows nothing of models, sessions or the network.
//!
//! PCM is mono `f32` in −1..1 at a [`SampleRate`]; other forms exist only at the edges. A
//! call frame is 20 ms at 48 kHz: [`FRAME_SAMPLES`] samples.

use std::time::Duration;

#[cfg(feature = "device")]
pub mod device;
pub mod g711;
pub mod level;
pub mod limiter;
pub mod opus;
pub mod playout;
pub mod prosody;
pub mod resample;
pub mod voicing;
pub mod wav;

pub use ermu_domain::SampleRate;

/// Samples of a call frame: 20 ms at 48 kHz.
pub const FRAME_SAMPLES: usize = 960;

/// Length of a call frame.
pub const FRAME_DURATION: Duration = Duration::from_millis(20);

/// A call frame: 20 ms of mono PCM at 48 kHz.
pub type Frame = [f32; FRAME_SAMPLES];
