//! The utterance in frames: energy, spectrum, activity, F0.

use realfft::{RealFftPlanner, num_complex::Complex};

use super::{
    pitch::{self, Pitch},
    statistics::Sorted,
};
use crate::level;

/// 10 ms.
pub(super) const HOP: usize = 80;
/// Frames a second.
pub(super) const FRAMES_PER_S: f32 = 100.0;
/// 25 ms.
const WINDOW: usize = 200;
const FFT: usize = 512;
/// Bins of the power spectrum, 0 to 4 kHz.
pub(super) const BINS: usize = FFT / 2 + 1;
/// Width of a bin.
pub(super) const BIN_HZ: f32 = 8_000.0 / FFT as f32;
/// The whole utterance is brought to this level: −20 dBFS.
const LEVEL: f32 = 0.1;
/// An utterance below this level (−70 dBFS) is silence.
const MIN_LEVEL: f32 = 3e-4;
/// Added to powers before a logarithm: 80 dB below the utterance's level.
pub(super) const POWER_FLOOR: f32 = 1e-10;

/// An utterance, measured frame by frame.
pub(super) struct Analysis {
    /// The samples, without offset, at a fixed level.
    pub(super) pcm: Vec<f32>,
    pub(super) frames: Vec<FrameAnalysis>,
}

/// One frame of 25 ms.
pub(super) struct FrameAnalysis {
    /// Mean power, in dB.
    pub(super) energy_db: f32,
    /// Power spectrum of the windowed frame, scaled so that its sum is about the mean power.
    pub(super) power: Box<[f32; BINS]>,
    /// Speech, to judge by its energy.
    pub(super) active: bool,
    /// Its pitch, if it is voiced.
    pub(super) pitch: Option<Pitch>,
}

impl Analysis {
    /// None if there is no whole frame or only silence.
    pub(super) fn new(samples: &[f32]) -> Option<Self> {
        let pcm = normalized(samples)?;
        let window: Vec<f32> =
            (0..WINDOW).map(|n| 0.54 - 0.46 * (std::f32::consts::TAU * n as f32 / (WINDOW - 1) as f32).cos()).collect();
        let window_power: f32 = window.iter().map(|w| w * w).sum();
        let scale = 2.0 / (FFT as f32 * window_power);
        let fft = RealFftPlanner::<f32>::new().plan_fft_forward(FFT);
        let (mut input, mut output) = (fft.make_input_vec(), fft.make_output_vec());
        let mut scratch = fft.make_scratch_vec();
        let mut frames = Vec::with_capacity(pcm.len() / HOP);
        for start in (0..(pcm.len() + 1).saturating_sub(WINDOW)).step_by(HOP) {
            let frame = &pcm[start..start + WINDOW];
            input.fill(0.0);
            for ((to, x), w) in input.iter_mut().zip(frame).zip(&window) {
                *to = x * w;
            }
            output.fill(Complex::default());
            // Fails only for buffers of a wrong length, and these are the plan's own.
            let _ = fft.process_with_scratch(&mut input, &mut output, &mut scratch);
            let mut power = Box::new([0.0; BINS]);
            for (to, from) in power.iter_mut().zip(&output) {
                *to = from.norm_sqr() * scale;
            }
            let mean_power = frame.iter().map(|x| x * x).sum::<f32>() / WINDOW as f32;
            let energy_db = 10.0 * (mean_power + POWER_FLOOR).log10();
            frames.push(FrameAnalysis { energy_db, power, active: false, pitch: None });
        }
        if frames.is_empty() {
            return None;
        }
        mark_active(&mut frames);
        let centres = (0..frames.len()).map(|n| n * HOP + WINDOW / 2);
        let track = pitch::track(&pcm, centres.zip(frames.iter().map(|frame| frame.active)));
        for (frame, pitch) in frames.iter_mut().zip(track) {
            frame.pitch = pitch;
        }
        Some(Self { pcm, frames })
    }

    pub(super) fn voiced_frames(&self) -> usize {
        self.frames.iter().filter(|frame| frame.pitch.is_some()).count()
    }

    pub(super) fn active(&self) -> impl Iterator<Item = &FrameAnalysis> + Clone {
        self.frames.iter().filter(|frame| frame.active)
    }

    /// The voiced frames, with their pitch and time in seconds.
    pub(super) fn voiced(&self) -> impl Iterator<Item = (f32, &FrameAnalysis, Pitch)> + Clone {
        let timed = self.frames.iter().enumerate();
        timed.filter_map(|(n, frame)| frame.pitch.map(|pitch| (n as f32 / FRAMES_PER_S, frame, pitch)))
    }
}

/// Without offset and at a fixed level; none for silence.
fn normalized(samples: &[f32]) -> Option<Vec<f32>> {
    let mut pcm: Vec<f32> = samples.iter().map(|x| if x.is_finite() { x.clamp(-1.0, 1.0) } else { 0.0 }).collect();
    let offset = (pcm.iter().map(|&x| f64::from(x)).sum::<f64>() / pcm.len().max(1) as f64) as f32;
    for x in &mut pcm {
        *x -= offset;
    }
    let level = level::rms(&pcm);
    if level < MIN_LEVEL {
        return None;
    }
    for x in &mut pcm {
        *x *= LEVEL / level;
    }
    Some(pcm)
}

/// Speech is what stands out of the quietest frames and is not far below the loudest.
fn mark_active(frames: &mut [FrameAnalysis]) {
    let sorted = Sorted::new(&frames.iter().map(|frame| frame.energy_db).collect::<Vec<_>>());
    let (quiet, loud) = (sorted.percentile(5.0), sorted.percentile(95.0));
    let threshold = (loud - 30.0).max((quiet + 6.0).min(loud - 10.0));
    for frame in frames {
        frame.active = frame.energy_db > threshold;
    }
}
