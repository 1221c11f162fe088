//! The caller's sound: 48 kHz frames in, voice edges out, and the last minute kept for the transcriber.

use std::collections::VecDeque;

use ermu_audio::resample::{ResampleError, Resampler};
use ermu_domain::{SampleRate, SessionTime, TimeSpan};
use ermu_speech::{
    segmenter::{Edge, Segmenter, SegmenterConfig},
    vad::VadState,
};

use crate::models::VadClient;

const RATE: SampleRate = SampleRate::HZ_16000;
/// Samples of one window of the voice activity model.
const WINDOW_SAMPLES: usize = 512;
/// How much of the caller's sound is kept: twice the longest turn.
const KEPT_SAMPLES: usize = 16_000 * 60;

/// A voice edge, in session time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum VoiceEdge {
    Started(SessionTime),
    Stopped(SessionTime),
}

pub(crate) struct Ear {
    resampler: Resampler,
    resampled: Vec<f32>,
    vad: VadClient,
    vad_state: Option<Box<VadState>>,
    segmenter: Segmenter,
    /// When the first sample was heard.
    began: Option<SessionTime>,
    /// The last samples, `kept[0]` being sample number `forgotten`.
    kept: VecDeque<f32>,
    forgotten: u64,
    /// How many samples the voice activity model has seen.
    examined: u64,
}

impl Ear {
    pub(crate) fn new(vad: VadClient) -> Result<Self, ResampleError> {
        Ok(Self {
            resampler: Resampler::new(SampleRate::HZ_48000, RATE)?,
            resampled: Vec::with_capacity(WINDOW_SAMPLES),
            vad,
            vad_state: Some(Box::default()),
            segmenter: Segmenter::new(SegmenterConfig::default()),
            began: None,
            kept: VecDeque::with_capacity(KEPT_SAMPLES),
            forgotten: 0,
            examined: 0,
        })
    }

    /// Takes one frame of sound, and says what it began or ended.
    pub(crate) async fn hear(&mut self, frame: &[f32], now: SessionTime) -> Option<VoiceEdge> {
        self.began.get_or_insert(now);
        let mut resampled = std::mem::take(&mut self.resampled);
        resampled.clear();
        // A resampler that breaks leaves a gap in what is heard; the call goes on.
        self.resampler.push(frame, &mut resampled).ok();
        self.kept.extend(&resampled);
        self.resampled = resampled;
        let excess = self.kept.len().saturating_sub(KEPT_SAMPLES);
        self.kept.drain(..excess);
        self.forgotten += excess as u64;
        let mut edge = None;
        while self.examined + WINDOW_SAMPLES as u64 <= self.heard() {
            edge = self.examine().await.or(edge);
        }
        edge
    }

    /// The caller's sound in `span`, 16 kHz; as much of it as is still (or already) there.
    pub(crate) fn sound(&self, span: TimeSpan) -> Vec<f32> {
        let index = |time: SessionTime| {
            let sample = time.since(self.began.unwrap_or_default());
            (RATE.samples_in(sample) as u64).saturating_sub(self.forgotten).min(self.kept.len() as u64) as usize
        };
        self.kept.range(index(span.start)..index(span.end).max(index(span.start))).copied().collect()
    }

    fn heard(&self) -> u64 {
        self.forgotten + self.kept.len() as u64
    }

    fn time_of(&self, sample: u64) -> SessionTime {
        self.began.unwrap_or_default() + SessionTime::from_samples(sample, RATE).since(SessionTime::ZERO)
    }

    async fn examine(&mut self) -> Option<VoiceEdge> {
        let start = self.examined.saturating_sub(self.forgotten) as usize;
        let mut window = [0.0; WINDOW_SAMPLES];
        for (to, from) in window.iter_mut().zip(self.kept.range(start..)) {
            *to = *from;
        }
        let window_start = self.examined;
        self.examined += WINDOW_SAMPLES as u64;
        // Overloaded or broken: this window counts as silence, and the call goes on.
        let state = self.vad_state.take().unwrap_or_default();
        let (state, probability) = self.vad.probability(state, window).await?;
        self.vad_state = Some(state);
        Some(match self.segmenter.push(probability, window_start)? {
            Edge::Started { at_sample } => VoiceEdge::Started(self.time_of(at_sample)),
            Edge::Stopped { at_sample } => VoiceEdge::Stopped(self.time_of(at_sample)),
        })
    }
}
