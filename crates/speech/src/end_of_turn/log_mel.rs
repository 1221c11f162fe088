//! Whisper's features of the last eight seconds: 80 mel bands (Slaney's scale), 25 ms windows every 10 ms, on sound of mean
//! 0 and variance 1, padded on the left.

use std::sync::Arc;

use realfft::{RealFftPlanner, RealToComplex, num_complex::Complex};

use super::WINDOW_SAMPLES;

/// Mel bands.
pub(super) const BANDS: usize = 80;
/// Frames of 10 ms.
pub(super) const FRAMES: usize = WINDOW_SAMPLES / HOP;
const HOP: usize = 160;
const FFT: usize = 400;
const BINS: usize = FFT / 2 + 1;
const NYQUIST_HZ: f64 = 8_000.0;

pub(super) struct LogMel {
    fft: Arc<dyn RealToComplex<f32>>,
    window: Vec<f32>,
    /// Of each band: its first bin and its weights.
    bands: Vec<(usize, Vec<f32>)>,
    sound: Vec<f32>,
    frame: Vec<f32>,
    spectrum: Vec<Complex<f32>>,
    scratch: Vec<Complex<f32>>,
    features: Vec<f32>,
}

impl LogMel {
    pub(super) fn new() -> Self {
        let fft = RealFftPlanner::<f32>::new().plan_fft_forward(FFT);
        let hann = |n: usize| 0.5 - 0.5 * (std::f64::consts::TAU * n as f64 / FFT as f64).cos();
        Self {
            window: (0..FFT).map(|n| hann(n) as f32).collect(),
            bands: bands(),
            sound: Vec::with_capacity(WINDOW_SAMPLES + FFT),
            frame: fft.make_input_vec(),
            spectrum: fft.make_output_vec(),
            scratch: fft.make_scratch_vec(),
            features: vec![0.0; BANDS * FRAMES],
            fft,
        }
    }

    /// `BANDS` rows of `FRAMES`. Sound that is not finite gives features that are not either.
    pub(super) fn features(&mut self, pcm_16k: &[f32]) -> &[f32] {
        self.condition(&pcm_16k[pcm_16k.len().saturating_sub(WINDOW_SAMPLES)..]);
        for at in 0..FRAMES {
            let sound = &self.sound[at * HOP..at * HOP + FFT];
            for ((to, from), weight) in self.frame.iter_mut().zip(sound).zip(&self.window) {
                *to = from * weight;
            }
            // It fails only for buffers of a wrong length.
            let _ = self.fft.process_with_scratch(&mut self.frame, &mut self.spectrum, &mut self.scratch);
            for (band, (first, weights)) in self.bands.iter().enumerate() {
                let power: f32 = self.spectrum[*first..].iter().zip(weights).map(|(x, w)| x.norm_sqr() * w).sum();
                self.features[band * FRAMES + at] = power.max(1e-10).log10();
            }
        }
        let loudest = self.features.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        for value in &mut self.features {
            *value = (value.max(loudest - 8.0) + 4.0) / 4.0;
        }
        &self.features
    }

    /// Pads to eight seconds, normalises, and reflects half a window at both ends.
    fn condition(&mut self, pcm: &[f32]) {
        const EDGE: usize = FFT / 2;
        let count = WINDOW_SAMPLES as f64;
        let mean = pcm.iter().map(|&x| f64::from(x)).sum::<f64>() / count;
        let silent = (WINDOW_SAMPLES - pcm.len()) as f64 * mean * mean;
        let variance = (pcm.iter().map(|&x| (f64::from(x) - mean).powi(2)).sum::<f64>() + silent) / count;
        let scale = 1.0 / (variance + 1e-7).sqrt();
        self.sound.clear();
        self.sound.resize(EDGE + WINDOW_SAMPLES - pcm.len(), (-mean * scale) as f32);
        self.sound.extend(pcm.iter().map(|&x| ((f64::from(x) - mean) * scale) as f32));
        for n in 0..EDGE {
            self.sound[n] = self.sound[2 * EDGE - n];
            self.sound.push(self.sound[EDGE + WINDOW_SAMPLES - 2 - n]);
        }
    }
}

/// Triangles of unit area on Slaney's mel scale (Auditory Toolbox, 1998: linear below 1 kHz, logarithmic above).
fn bands() -> Vec<(usize, Vec<f32>)> {
    let step = 6.4_f64.ln() / 27.0;
    let to_mel = |hz: f64| if hz < 1_000.0 { hz * 3.0 / 200.0 } else { 15.0 + (hz / 1_000.0).ln() / step };
    let to_hz = |mel: f64| if mel < 15.0 { mel * 200.0 / 3.0 } else { 1_000.0 * ((mel - 15.0) * step).exp() };
    let edge = |n: usize| to_hz(to_mel(NYQUIST_HZ) * n as f64 / (BANDS + 1) as f64);
    let band = |band: usize| {
        let (low, centre, high) = (edge(band), edge(band + 1), edge(band + 2));
        let weight = |bin: usize| {
            let hz = NYQUIST_HZ * bin as f64 / (BINS - 1) as f64;
            ((hz - low) / (centre - low)).min((high - hz) / (high - centre)).max(0.0) * 2.0 / (high - low)
        };
        let first = (0..BINS).find(|&bin| weight(bin) > 0.0).unwrap_or(0);
        let weights = (first..BINS).map(weight).take_while(|&weight| weight > 0.0).map(|weight| weight as f32);
        (first, weights.collect())
    };
    (0..BANDS).map(band).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tone_sounds_in_its_band_and_at_its_time() {
        let tone: Vec<f32> =
            (0..16_000).map(|n| 0.1 * (n as f32 * std::f32::consts::TAU * 1_000.0 / 16_000.0).sin()).collect();
        let mut log_mel = LogMel::new();
        let features = log_mel.features(&tone);
        let at = |band: usize, frame: usize| features[band * FRAMES + frame];
        let loudest = (0..BANDS).max_by(|&a, &b| at(a, 750).total_cmp(&at(b, 750))).unwrap();
        // 1 kHz is 15 mel of 45.2 at 8 kHz: between the centres of the bands 25 and 26.
        assert!((25..=26).contains(&loudest), "{loudest}");
        let floor = at(loudest, 750) - 2.0;
        assert!((at(loudest, 600) - floor).abs() < 0.01, "before the tone there is nothing but the floor, 80 dB below");
        assert!(features.iter().all(|x| x.is_finite()));
    }

    #[test]
    fn every_length_is_taken() {
        let mut log_mel = LogMel::new();
        for length in [0, 1, WINDOW_SAMPLES - 1, WINDOW_SAMPLES, WINDOW_SAMPLES + 5] {
            assert_eq!(log_mel.features(&vec![0.1; length]).len(), BANDS * FRAMES);
        }
    }
}
