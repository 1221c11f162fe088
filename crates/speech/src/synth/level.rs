//! Finishing: silence off both ends, peaks limited.

use ermu_audio::limiter;
use ermu_domain::SampleRate;

/// Quieter than this is silence.
const AUDIBLE: f32 = 0.01;
/// Silence kept before the first sound, for which the caller waits, and after the last, in milliseconds.
const BEFORE_MS: usize = 20;
const AFTER_MS: usize = 130;
/// No sample is above −1 dBFS.
const CEILING: f32 = 0.89;

/// The audible part of `pcm` (24 kHz) with a little silence around it, its peaks limited. Silence gives nothing.
pub(super) fn finish(pcm: &[f32]) -> Vec<f32> {
    let audible = |sample: &f32| sample.abs() > AUDIBLE;
    let (Some(first), Some(last)) = (pcm.iter().position(audible), pcm.iter().rposition(audible)) else {
        return Vec::new();
    };
    let samples = |ms: usize| SampleRate::HZ_24000.hz() as usize * ms / 1_000;
    let start = first.saturating_sub(samples(BEFORE_MS));
    let end = (last + 1 + samples(AFTER_MS)).min(pcm.len());
    let mut kept = pcm[start..end].to_vec();
    limiter::limit(&mut kept, SampleRate::HZ_24000, CEILING);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_goes_and_peaks_are_limited() {
        let mut pcm = vec![0.005; 24_000];
        pcm[10_000..11_000].fill(1.5);
        let kept = finish(&pcm);
        assert_eq!(kept.len(), 480 + 1_000 + 3_120);
        assert!(kept.iter().all(|sample| sample.abs() <= 0.89 + 1e-6));
        assert!(finish(&[0.0; 500]).is_empty());
        assert_eq!(finish(&[0.5]).len(), 1);
        assert!(finish(&[f32::NAN]).is_empty());
    }
}
