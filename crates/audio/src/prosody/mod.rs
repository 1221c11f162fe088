//! Prosody: how an utterance was spoken, as 171 numbers.
//!
//! Everything is measured at 8 kHz, so that a telephone and a browser give the same numbers for the same voice, and
//! nothing depends on gain, so that a turned-up microphone is not taken for a raised voice. Frames of 25 ms (Hamming)
//! every 10 ms, 512-point FFT; F0 by YIN with Viterbi smoothing.
//!
//! Units, by the ending of a feature's name: `_st` semitones above 55 Hz, `_db` decibels, `_hz`, `_s` seconds,
//! `_per_s` a second, `_fraction` 0..1, `_ratio` of two like quantities.

mod analysis;
mod contour;
mod pitch;
mod spectral;
mod statistics;
mod timing;
mod voice;

use ermu_domain::SampleRate;

use crate::resample::{ResampleError, resample};
use analysis::Analysis;

/// Number of features.
pub const COUNT: usize = contour::F0_NAMES.len()
    + contour::ENERGY_NAMES.len()
    + spectral::SPECTRAL_NAMES.len()
    + spectral::CEPSTRAL_NAMES.len()
    + voice::NAMES.len()
    + timing::NAMES.len();

/// The features of one utterance, in the order of [`NAMES`]. All are finite.
pub type Features = [f32; COUNT];

/// Name and unit of each feature.
pub const NAMES: [&str; COUNT] = names();

/// Only the end of a longer utterance is measured: 30 s.
const MAX_SAMPLES: usize = 240_000;
/// Less voice than 0.2 s tells nothing.
const MIN_VOICED_FRAMES: usize = 20;

/// The features of an utterance of mono PCM at 8 kHz; none if it holds less than 0.2 s of voice.
///
/// Any input is safe: samples that are no numbers count as silence.
pub fn features(pcm_8k: &[f32]) -> Option<Features> {
    let analysis = Analysis::new(&pcm_8k[pcm_8k.len().saturating_sub(MAX_SAMPLES)..])?;
    if analysis.voiced_frames() < MIN_VOICED_FRAMES {
        return None;
    }
    let mut all = [0.0; COUNT];
    let groups: [&[f32]; 6] = [
        &contour::f0_features(&analysis),
        &contour::energy_features(&analysis),
        &spectral::spectral_features(&analysis),
        &spectral::cepstral_features(&analysis),
        &voice::features(&analysis),
        &timing::features(&analysis),
    ];
    for (to, from) in all.iter_mut().zip(groups.into_iter().flatten()) {
        debug_assert!(from.is_finite());
        *to = *from;
    }
    Some(all)
}

/// [`features`] of an utterance at another rate.
pub fn features_at(pcm: &[f32], rate: SampleRate) -> Result<Option<Features>, ResampleError> {
    let longest = rate.hz() as usize * (MAX_SAMPLES / 8_000);
    let pcm_8k = resample(&pcm[pcm.len().saturating_sub(longest)..], rate, SampleRate::HZ_8000)?;
    Ok(features(&pcm_8k))
}

const fn names() -> [&'static str; COUNT] {
    let groups: [&[&'static str]; 6] = [
        &contour::F0_NAMES,
        &contour::ENERGY_NAMES,
        &spectral::SPECTRAL_NAMES,
        &spectral::CEPSTRAL_NAMES,
        &voice::NAMES,
        &timing::NAMES,
    ];
    let mut all = [""; COUNT];
    let (mut group, mut next) = (0, 0);
    while group < groups.len() {
        let mut n = 0;
        while n < groups[group].len() {
            all[next] = groups[group][n];
            next += 1;
            n += 1;
        }
        group += 1;
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A buzz of the given pitch contour, in syllables of 200 ms with 100 ms between.
    fn speechlike(seconds: f32, f0_hz: impl Fn(f32) -> f32) -> Vec<f32> {
        let mut phase = 0.0f32;
        let mut noise = 1u32;
        (0..(seconds * 8_000.0) as usize)
            .map(|n| {
                let t = n as f32 / 8_000.0;
                phase = (phase + f0_hz(t) / 8_000.0).fract();
                noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let buzz: f32 = (1..=12).map(|h| (std::f32::consts::TAU * phase * h as f32).sin() / h as f32).sum();
                let syllable = if t % 0.3 < 0.2 { (std::f32::consts::PI * (t % 0.3) / 0.2).sin() } else { 0.0 };
                0.2 * buzz * syllable + 1e-4 * (noise as f32 / u32::MAX as f32 - 0.5)
            })
            .collect()
    }

    fn value(features: &Features, name: &str) -> f32 {
        features[NAMES.iter().position(|n| *n == name).unwrap()]
    }

    #[test]
    fn all_features_have_names_of_their_own() {
        assert_eq!(COUNT, 171);
        let mut names = NAMES.to_vec();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), COUNT);
    }

    #[test]
    fn a_known_voice_gives_known_numbers() {
        let steady = features(&speechlike(2.1, |_| 110.0)).unwrap();
        assert!((value(&steady, "f0_mean_st") - 12.0).abs() < 0.2, "{}", value(&steady, "f0_mean_st"));
        assert!(value(&steady, "f0_sd_st") < 0.3);
        assert!((value(&steady, "nuclei_per_s") - 3.33).abs() < 0.7, "{}", value(&steady, "nuclei_per_s"));
        assert!(value(&steady, "hnr_mean_db") > 15.0);
        let rising = features(&speechlike(2.1, |t| 150.0 * 2f32.powf(t / 2.1))).unwrap();
        assert!((value(&rising, "f0_declination_st_per_s") - 5.7).abs() < 1.0);
        assert!(value(&rising, "f0_final_minus_mean_st") > 3.0);
    }

    #[test]
    fn gain_and_offset_change_nothing() {
        let loud = speechlike(1.5, |t| 180.0 + 40.0 * (t * 5.0).sin());
        let quiet: Vec<f32> = loud.iter().map(|x| x * 0.05 + 0.02).collect();
        let (a, b) = (features(&loud).unwrap(), features(&quiet).unwrap());
        for (n, name) in NAMES.iter().enumerate() {
            assert!((a[n] - b[n]).abs() < 0.02 * a[n].abs().max(1.0), "{name}: {} {}", a[n], b[n]);
        }
    }

    #[test]
    fn no_voice_no_features_and_no_panic() {
        let mut seed = 7u32;
        let mut noise = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            seed as f32 / u32::MAX as f32 - 0.5
        };
        let hiss: Vec<f32> = (0..16_000).map(|_| noise()).collect();
        let steady = |value: f32| vec![value; 16_000];
        for silent in [vec![], vec![0.3], steady(0.0), steady(0.7), steady(f32::NAN), hiss] {
            assert_eq!(features(&silent), None, "{} samples", silent.len());
        }
        let mut wild: Vec<f32> = speechlike(2.0, |_| 200.0).iter().map(|x| x * 1e30).collect();
        wild[100] = f32::NAN;
        wild[200] = f32::INFINITY;
        for hostile in [wild, vec![f32::MAX; 9_000], (0..9_000).map(|n| [1.0, -1.0][n / 40 % 2]).collect()] {
            if let Some(features) = features(&hostile) {
                assert!(features.iter().all(|x| x.is_finite()));
            }
        }
    }

    #[test]
    fn other_rates_are_brought_to_8_khz() {
        let at_8k = speechlike(1.5, |_| 150.0);
        let at_16k = resample(&at_8k, SampleRate::HZ_8000, SampleRate::HZ_16000).unwrap();
        let a = features(&at_8k).unwrap();
        let b = features_at(&at_16k, SampleRate::HZ_16000).unwrap().unwrap();
        assert!((value(&a, "f0_mean_st") - value(&b, "f0_mean_st")).abs() < 0.1);
    }
}
