//! Edges of speech: a hysteresis over voice probabilities.
//!
//! A voice that pauses for a moment is still speaking and a click is no voice: an edge is believed once the sound has
//! been on its other side for long enough, and is then dated back to where it was crossed. Whether a pause ends the
//! caller's turn is not decided here.

use crate::vad::{SAMPLE_RATE_HZ, WINDOW_SAMPLES};

/// Sound before [`Edge::Started`] that belongs to the utterance: a soft onset stays under the activation threshold.
pub const PREFIX_PADDING_SAMPLES: u64 = SAMPLE_RATE_HZ as u64 / 5;

/// Thresholds and durations of a [`Segmenter`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SegmenterConfig {
    /// A window at or above this probability is voice. Default 0.5.
    pub activation: f32,
    /// A window below this probability is silence; between the two it is what the window before was. Default 0.35.
    pub deactivation: f32,
    /// Voice of this length begins speech. Default 64 ms: two windows.
    pub min_speech_ms: u32,
    /// Silence of this length ends speech. Default 64 ms: two windows.
    pub min_silence_ms: u32,
}

impl Default for SegmenterConfig {
    fn default() -> Self {
        Self { activation: 0.5, deactivation: 0.35, min_speech_ms: 64, min_silence_ms: 64 }
    }
}

/// Speech began or ended. Positions are samples at 16 kHz, on the caller's count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    /// Speech began.
    Started {
        /// First sample of the first window of voice.
        at_sample: u64,
    },
    /// Speech ended.
    Stopped {
        /// First sample after the last window of voice.
        at_sample: u64,
    },
}

/// Turns a stream's probabilities into edges, which alternate and whose positions never go back.
#[derive(Debug, Clone)]
pub struct Segmenter {
    config: SegmenterConfig,
    /// The last window's side of the hysteresis.
    voiced: bool,
    /// The side that was last told.
    speaking: bool,
    /// Where `voiced` began to differ from `speaking`.
    since: Option<u64>,
}

impl Segmenter {
    /// Starts in silence.
    pub fn new(config: SegmenterConfig) -> Self {
        Self { config, voiced: false, speaking: false, since: None }
    }

    /// Takes the next window's probability; `window_start_sample` is the position of its first sample and must not go
    /// back.
    pub fn push(&mut self, probability: f32, window_start_sample: u64) -> Option<Edge> {
        if probability >= self.config.activation {
            self.voiced = true;
        } else if probability < self.config.deactivation {
            self.voiced = false;
        }
        if self.voiced == self.speaking {
            self.since = None;
            return None;
        }
        let since = *self.since.get_or_insert(window_start_sample);
        let needed_ms = if self.speaking { self.config.min_silence_ms } else { self.config.min_speech_ms };
        let needed = u64::from(needed_ms) * u64::from(SAMPLE_RATE_HZ) / 1000;
        let lasted = window_start_sample.saturating_add(WINDOW_SAMPLES as u64).saturating_sub(since);
        (lasted >= needed).then(|| self.turn(since))
    }

    /// The stream ended at `end_sample`: speech that goes on ends here.
    pub fn finish(&mut self, end_sample: u64) -> Option<Edge> {
        let at = self.since.unwrap_or(end_sample);
        self.voiced = false;
        self.since = None;
        self.speaking.then(|| self.turn(at))
    }

    /// True between [`Edge::Started`] and [`Edge::Stopped`].
    pub fn is_speaking(&self) -> bool {
        self.speaking
    }

    fn turn(&mut self, at_sample: u64) -> Edge {
        self.since = None;
        self.speaking = !self.speaking;
        if self.speaking { Edge::Started { at_sample } } else { Edge::Stopped { at_sample } }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const W: u64 = WINDOW_SAMPLES as u64;

    fn edges(probabilities: &[f32]) -> Vec<Edge> {
        let mut segmenter = Segmenter::new(SegmenterConfig::default());
        let mut edges: Vec<_> = probabilities.iter().zip(0..).filter_map(|(&p, i)| segmenter.push(p, i * W)).collect();
        edges.extend(segmenter.finish(probabilities.len() as u64 * W));
        edges
    }

    #[test]
    fn an_utterance_is_dated_back_to_its_first_and_last_voice() {
        let found = edges(&[0.1, 0.9, 0.9, 0.9, 0.1, 0.1, 0.1, 0.1]);
        assert_eq!(found, [Edge::Started { at_sample: W }, Edge::Stopped { at_sample: 4 * W }]);
    }

    #[test]
    fn a_click_is_no_speech_and_a_short_gap_is_no_pause() {
        assert_eq!(edges(&[0.1, 0.9, 0.1, 0.9, 0.1, 0.1]), []);
        assert_eq!(edges(&[0.9, 0.9, 0.1, 0.9, 0.9, 0.1, 0.1, 0.1])[1], Edge::Stopped { at_sample: 5 * W });
    }

    #[test]
    fn between_the_thresholds_nothing_changes() {
        assert_eq!(edges(&[0.4; 20]), []);
        let found = edges(&[0.9, 0.9, 0.4, 0.4, 0.4, 0.4, 0.4, 0.1, 0.1, 0.1]);
        assert_eq!(found, [Edge::Started { at_sample: 0 }, Edge::Stopped { at_sample: 7 * W }]);
    }

    #[test]
    fn the_end_of_the_stream_ends_speech() {
        assert_eq!(edges(&[0.9, 0.9, 0.9])[1], Edge::Stopped { at_sample: 3 * W });
        assert_eq!(edges(&[0.9, 0.9, 0.9, 0.1])[1], Edge::Stopped { at_sample: 3 * W });
        assert_eq!(edges(&[0.9]), []);
    }

    #[test]
    fn a_probability_that_is_no_number_changes_nothing() {
        assert_eq!(edges(&[f32::NAN; 9]), []);
        assert_eq!(edges(&[0.9, 0.9, f32::NAN, f32::NAN, f32::NAN, f32::NAN])[1], Edge::Stopped { at_sample: 6 * W });
    }

    proptest! {
        #[test]
        fn edges_alternate_and_never_go_back(probabilities in prop::collection::vec(0.0f32..1.0, 0..400), gap in 0u64..3) {
            let mut segmenter = Segmenter::new(SegmenterConfig::default());
            let mut end = 0;
            let mut found = Vec::new();
            for (i, &p) in probabilities.iter().enumerate() {
                let start = i as u64 * W * (gap + 1);
                end = start + W;
                found.extend(segmenter.push(p, start));
            }
            found.extend(segmenter.finish(end));
            let mut before = 0;
            for (i, edge) in found.iter().enumerate() {
                let (Edge::Started { at_sample } | Edge::Stopped { at_sample }) = *edge;
                prop_assert_eq!(i % 2 == 0, matches!(edge, Edge::Started { .. }));
                prop_assert!(at_sample >= before && at_sample <= end);
                before = at_sample;
            }
            prop_assert!(found.len().is_multiple_of(2));
        }
    }
}
