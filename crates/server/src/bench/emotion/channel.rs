//! What a line does to a voice.

use std::f32::consts::TAU;

use anyhow::Context;
use ermu_audio::{
    FRAME_SAMPLES, Frame, g711, level,
    opus::{OpusDecoder, OpusEncoder, OpusOptions},
    resample::resample,
};
use ermu_domain::SampleRate;
use serde::Serialize;

/// The ways that a voice comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Channel {
    /// As recorded.
    Clean,
    /// 300 to 3,400 Hz, 8 kHz, G.711 μ-law.
    Ulaw,
    /// Opus at 13 kbit/s, without loss.
    Opus,
    /// Six other voices at once, 10 dB below this one.
    Babble,
}

impl Channel {
    pub(super) const ALL: [Self; 4] = [Self::Clean, Self::Ulaw, Self::Opus, Self::Babble];

    /// For a table.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::Ulaw => "μ-law",
            Self::Opus => "Opus 13 kbit/s",
            Self::Babble => "babble 10 dB",
        }
    }

    /// What arrives of an utterance (16 kHz), at 8 kHz. `others` are the voices that babble.
    pub(super) fn carry(self, pcm_16k: &[f32], others: &[&[f32]]) -> anyhow::Result<Vec<f32>> {
        let to_8k = |pcm: &[f32]| resample(pcm, SampleRate::HZ_16000, SampleRate::HZ_8000);
        Ok(match self {
            Self::Clean => to_8k(pcm_16k)?,
            Self::Ulaw => {
                let mut pcm_8k = to_8k(&telephone_band(pcm_16k))?;
                g711::through_ulaw(&mut pcm_8k);
                pcm_8k
            }
            Self::Opus => to_8k(&through_opus(pcm_16k)?)?,
            Self::Babble => to_8k(&with_babble(pcm_16k, others))?,
        })
    }
}

/// 300 to 3,400 Hz: Butterworth filters of fourth order, each as two biquads.
fn telephone_band(pcm_16k: &[f32]) -> Vec<f32> {
    let mut pcm = pcm_16k.to_vec();
    for q in [0.541_2, 1.306_6] {
        biquad(&mut pcm, Pass::Above(300.0), q);
        biquad(&mut pcm, Pass::Below(3_400.0), q);
    }
    pcm
}

#[derive(Clone, Copy)]
enum Pass {
    Above(f32),
    Below(f32),
}

/// A filter of second order for 16 kHz (Bristow-Johnson's cookbook).
fn biquad(pcm: &mut [f32], pass: Pass, q: f32) {
    let (Pass::Above(hz) | Pass::Below(hz)) = pass;
    let (sin, cos) = (TAU * hz / 16_000.0).sin_cos();
    let alpha = sin / (2.0 * q);
    let (outer, middle) = match pass {
        Pass::Above(_) => ((1.0 + cos) / 2.0, -(1.0 + cos)),
        Pass::Below(_) => ((1.0 - cos) / 2.0, 1.0 - cos),
    };
    let (mut x1, mut x2, mut y1, mut y2) = (0.0, 0.0, 0.0, 0.0);
    for sample in pcm {
        let x0 = *sample;
        let y0 = (outer * (x0 + x2) + middle * x1 + 2.0 * cos * y1 - (1.0 - alpha) * y2) / (1.0 + alpha);
        (x2, x1, y2, y1) = (x1, x0, y1, y0);
        *sample = y0;
    }
}

fn through_opus(pcm_16k: &[f32]) -> anyhow::Result<Vec<f32>> {
    let options = OpusOptions { bitrate_bps: 13_000, expected_loss_percent: 0, ..OpusOptions::default() };
    let (mut encoder, mut decoder) = (OpusEncoder::new(options)?, OpusDecoder::new()?);
    let mut pcm_48k = resample(pcm_16k, SampleRate::HZ_16000, SampleRate::HZ_48000)?;
    pcm_48k.resize(pcm_48k.len().div_ceil(FRAME_SAMPLES) * FRAME_SAMPLES, 0.0);
    let mut carried = Vec::with_capacity(pcm_48k.len());
    for frame in pcm_48k.chunks_exact(FRAME_SAMPLES) {
        let frame: &Frame = frame.try_into().context("a frame of another length")?;
        decoder.decode(Some(&encoder.encode(frame)?), &mut carried)?;
    }
    Ok(resample(&carried, SampleRate::HZ_48000, SampleRate::HZ_16000)?)
}

fn with_babble(pcm: &[f32], others: &[&[f32]]) -> Vec<f32> {
    let mut babble = vec![0.0; pcm.len()];
    for other in others.iter().filter(|other| !other.is_empty()) {
        let gain = 1.0 / level::rms(other).max(1e-6);
        for (sum, sample) in babble.iter_mut().zip(other.iter().cycle()) {
            *sum += gain * sample;
        }
    }
    let gain = level::from_dbfs(-10.0) * level::rms(pcm) / level::rms(&babble).max(1e-6);
    pcm.iter().zip(&babble).map(|(sample, noise)| sample + gain * noise).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sine(hz: f32) -> Vec<f32> {
        (0..16_000).map(|n| 0.3 * (TAU * hz * n as f32 / 16_000.0).sin()).collect()
    }

    #[test]
    fn a_telephone_keeps_the_middle_of_the_voice_only() {
        let kept = |hz| level::rms_dbfs(&Channel::Ulaw.carry(&sine(hz), &[]).unwrap()) - level::rms_dbfs(&sine(hz));
        assert!(kept(1_000.0).abs() < 0.5, "{}", kept(1_000.0));
        assert!(kept(100.0) < -30.0, "{}", kept(100.0));
        assert!(kept(3_900.0) < -3.0, "{}", kept(3_900.0));
    }

    #[test]
    fn babble_is_ten_decibels_below() {
        let (voice, other) = (sine(500.0), sine(1_500.0));
        let mixed = with_babble(&voice, &[&other, &[]]);
        let noise: Vec<f32> = mixed.iter().zip(&voice).map(|(m, v)| m - v).collect();
        let snr_db = level::rms_dbfs(&voice) - level::rms_dbfs(&noise);
        assert!((snr_db - 10.0).abs() < 0.1, "{snr_db}");
    }

    #[test]
    fn opus_keeps_length_and_level() {
        let carried = Channel::Opus.carry(&sine(400.0), &[]).unwrap();
        assert_eq!(carried.len(), 8_000);
        assert!((level::rms(&carried) / level::rms(&sine(400.0)) - 1.0).abs() < 0.2);
    }
}
