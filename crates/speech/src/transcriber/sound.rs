//! The sound of an utterance on its way to the model: limits, level, length.

use super::TranscribeError;

/// Sampling rate that Whisper wants.
pub(super) const SAMPLE_RATE_HZ: usize = 16_000;
/// The longest utterance.
pub const MAX_SECONDS: usize = 300;
/// The longest piece for one decoding: Whisper's window is 30 s, and the last second is often lost.
const MAX_PIECE_SAMPLES: usize = 28 * SAMPLE_RATE_HZ;
/// whisper.cpp reads past the end of a sound of less than 201 samples, and hears nothing in less than 100 ms.
const MIN_SAMPLES: usize = SAMPLE_RATE_HZ;
/// Level is measured, and a long utterance is cut, on stretches of this length: 100 ms.
const STRETCH_SAMPLES: usize = SAMPLE_RATE_HZ / 10;

/// Checks and conditions an utterance: no offset, within −1..1, at least one second.
pub(super) fn condition(pcm_16k: &[f32], into: &mut Vec<f32>) -> Result<(), TranscribeError> {
    if pcm_16k.len() > MAX_SECONDS * SAMPLE_RATE_HZ {
        return Err(TranscribeError::TooLong { seconds: pcm_16k.len() / SAMPLE_RATE_HZ });
    }
    if let Some(index) = pcm_16k.iter().position(|x| !x.is_finite()) {
        return Err(TranscribeError::NotFinite { index });
    }
    let clamped = pcm_16k.iter().map(|x| x.clamp(-1.0, 1.0));
    let mean = (clamped.clone().map(f64::from).sum::<f64>() / pcm_16k.len().max(1) as f64) as f32;
    into.clear();
    into.extend(clamped.map(|x| x - mean));
    if into.len() < MIN_SAMPLES {
        into.resize(MIN_SAMPLES, 0.0);
    }
    Ok(())
}

/// Level of the loudest 100 ms, in dB below a full-scale square wave; −∞ for digital silence.
pub(super) fn loudest_dbfs(pcm: &[f32]) -> f32 {
    let loudest = pcm.chunks(STRETCH_SAMPLES).map(power).fold(0.0, f32::max);
    10.0 * loudest.log10()
}

/// Cuts a long utterance at its quietest places into pieces that the model can take.
pub(super) fn pieces(pcm: &[f32]) -> Vec<&[f32]> {
    let mut rest = pcm;
    let mut pieces = Vec::new();
    while rest.len() > MAX_PIECE_SAMPLES {
        // Not in the first half, so that no piece is short.
        let from = MAX_PIECE_SAMPLES / 2;
        let quietest = rest[from..MAX_PIECE_SAMPLES]
            .windows(STRETCH_SAMPLES)
            .step_by(STRETCH_SAMPLES / 10)
            .map(power)
            .enumerate()
            .min_by(|a, b| a.1.total_cmp(&b.1))
            .map_or(MAX_PIECE_SAMPLES, |(i, _)| from + i * (STRETCH_SAMPLES / 10) + STRETCH_SAMPLES / 2);
        let (piece, after) = rest.split_at(quietest);
        pieces.push(piece);
        rest = after;
    }
    // whisper.cpp wants its 100 ms; a shorter tail holds no word.
    if pieces.is_empty() || rest.len() >= STRETCH_SAMPLES {
        pieces.push(rest);
    }
    pieces
}

fn power(stretch: &[f32]) -> f32 {
    stretch.iter().map(|x| x * x).sum::<f32>() / stretch.len().max(1) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conditioned(pcm: &[f32]) -> Vec<f32> {
        let mut into = Vec::new();
        condition(pcm, &mut into).unwrap();
        into
    }

    #[test]
    fn an_offset_is_no_sound() {
        assert!(loudest_dbfs(&conditioned(&vec![0.7; 32_000])) < -100.0);
        assert!(loudest_dbfs(&conditioned(&vec![1e30; 32_000])) < -100.0);
        assert_eq!(loudest_dbfs(&[]), f32::NEG_INFINITY);
    }

    #[test]
    fn level_is_the_loudest_stretch() {
        let mut pcm = vec![0.0; 16_000];
        for (i, x) in pcm[8_000..9_600].iter_mut().enumerate() {
            *x = if i % 2 == 0 { 0.1 } else { -0.1 };
        }
        assert!((loudest_dbfs(&conditioned(&pcm)) + 20.0).abs() < 0.1);
    }

    #[test]
    fn short_sound_is_lengthened() {
        assert_eq!(conditioned(&[]).len(), MIN_SAMPLES);
        assert_eq!(conditioned(&[0.5]).len(), MIN_SAMPLES);
        assert_eq!(conditioned(&vec![0.5; 20_000]).len(), 20_000);
    }

    #[test]
    fn bad_sound_is_named() {
        let mut into = Vec::new();
        assert_eq!(condition(&[0.0, f32::NAN], &mut into), Err(TranscribeError::NotFinite { index: 1 }));
        assert_eq!(condition(&[f32::INFINITY], &mut into), Err(TranscribeError::NotFinite { index: 0 }));
        let long = vec![0.0; (MAX_SECONDS + 1) * SAMPLE_RATE_HZ];
        assert_eq!(condition(&long, &mut into), Err(TranscribeError::TooLong { seconds: MAX_SECONDS + 1 }));
    }

    #[test]
    fn a_long_utterance_is_cut_in_its_pauses() {
        let mut pcm = vec![0.3; 60 * SAMPLE_RATE_HZ];
        for second in [20, 44] {
            pcm[second * SAMPLE_RATE_HZ..][..3200].fill(0.0);
        }
        let lengths: Vec<_> = pieces(&pcm).iter().map(|piece| piece.len()).collect();
        assert_eq!(lengths.iter().sum::<usize>(), pcm.len());
        assert_eq!(lengths.len(), 3);
        assert!(lengths[0].abs_diff(20 * SAMPLE_RATE_HZ) < 3200, "{lengths:?}");
        assert!((lengths[0] + lengths[1]).abs_diff(44 * SAMPLE_RATE_HZ) < 3200, "{lengths:?}");
        assert!(lengths.iter().all(|&length| length <= MAX_PIECE_SAMPLES));
    }
}
