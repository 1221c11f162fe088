//! A recording cut into utterances by voice activity, as a call cuts what it hears.

use ermu_speech::{
    segmenter::{Edge, PREFIX_PADDING_SAMPLES, Segmenter, SegmenterConfig},
    vad::{VadError, VadState, VoiceActivity, WINDOW_SAMPLES},
};

/// A voice that pauses for less than this goes on: 500 ms.
const PAUSE_SAMPLES: u64 = 8_000;
/// Sound behind the voice that belongs to it: 100 ms.
const SUFFIX_SAMPLES: usize = 1_600;
/// A call ends longer turns by force: 28 s.
const LONGEST_SAMPLES: usize = 448_000;

/// The utterances of a recording at 16 kHz.
pub(super) fn utterances<'a>(vad: &mut VoiceActivity, pcm_16k: &'a [f32]) -> Result<Vec<&'a [f32]>, VadError> {
    let (mut state, mut segmenter) = (VadState::default(), Segmenter::new(SegmenterConfig::default()));
    let mut spans: Vec<(u64, u64)> = Vec::new();
    let mut take = |edge| match edge {
        Some(Edge::Started { at_sample }) => match spans.last_mut() {
            Some(last) if at_sample.saturating_sub(last.1) < PAUSE_SAMPLES => {}
            _ => spans.push((at_sample, at_sample)),
        },
        Some(Edge::Stopped { at_sample }) => {
            if let Some(last) = spans.last_mut() {
                last.1 = at_sample;
            }
        }
        None => {}
    };
    for (i, window) in pcm_16k.as_chunks::<WINDOW_SAMPLES>().0.iter().enumerate() {
        take(segmenter.push(vad.probability(&mut state, window)?, (i * WINDOW_SAMPLES) as u64));
    }
    take(segmenter.finish(pcm_16k.len() as u64));
    let cut = |(from, to): &(u64, u64)| {
        let from = from.saturating_sub(PREFIX_PADDING_SAMPLES) as usize;
        let to = (*to as usize + SUFFIX_SAMPLES).min(pcm_16k.len());
        &pcm_16k[from.min(to)..to]
    };
    Ok(spans.iter().map(cut).flat_map(|utterance| utterance.chunks(LONGEST_SAMPLES)).collect())
}
