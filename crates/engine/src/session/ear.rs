//! The caller's sound: 48 kHz frames in, voice edges out, and the last minute kept for the transcriber. It does nothing
//! by itself: windows are taken out, judged by the voice activity model, and told back.

use std::{collections::VecDeque, time::Duration};

use ermu_audio::{
    Frame, level,
    resample::{ResampleError, Resampler},
};
use ermu_dialogue::{Event, VoiceLevel};
use ermu_domain::{SampleRate, SessionTime, TimeSpan};
use ermu_speech::segmenter::{Edge, Segmenter, SegmenterConfig};

const RATE: SampleRate = SampleRate::HZ_16000;
/// Samples of one window of the voice activity model.
const WINDOW_SAMPLES: usize = 512;
/// How much of the caller's sound is kept: twice the longest turn.
const KEPT_SAMPLES: usize = 16_000 * 60;
/// Windows before the one in which a voice is believed that belong to it already.
const ONSET_WINDOWS: usize = 3;
/// A voice that has become louder by this is told again.
const RISE_DB: f32 = 2.0;
/// Frames of Ermu's own sound whose level counts: an echo comes within a second.
const OWN_FRAMES: usize = 50;
/// Sound that never goes above this is none: a microphone that is off, or a line that is dead.
const NO_SOUND: f32 = 1e-4;
/// For how long nothing has to come until the line counts as silent.
const SILENT_LINE: Duration = Duration::from_secs(8);

/// Hears one call.
pub struct Ear {
    resampler: Resampler,
    resampled: Vec<f32>,
    segmenter: Segmenter,
    noise: NoiseFloor,
    /// When the first sample was heard.
    began: Option<SessionTime>,
    /// The last samples, `kept[0]` being sample number `forgotten`.
    kept: VecDeque<f32>,
    forgotten: u64,
    /// How many samples the voice activity model has seen.
    examined: u64,
    /// Levels of the last windows.
    recent_dbfs: VecDeque<f32>,
    /// Loudest moment of the voice that sounds now, and what was told of it.
    loudest_dbfs: f32,
    told_dbfs: f32,
    /// Levels of the last frames that Ermu played.
    own_dbfs: VecDeque<f32>,
    /// When anything above digital silence last came.
    sounded: Option<SessionTime>,
    line_is_silent: bool,
}

impl std::fmt::Debug for Ear {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ear").field("segmenter", &self.segmenter).finish_non_exhaustive()
    }
}

impl Ear {
    /// Hears nothing yet.
    pub fn new() -> Result<Self, ResampleError> {
        Ok(Self {
            resampler: Resampler::new(SampleRate::HZ_48000, RATE)?,
            resampled: Vec::with_capacity(WINDOW_SAMPLES),
            segmenter: Segmenter::new(SegmenterConfig::default()),
            noise: NoiseFloor::default(),
            began: None,
            kept: VecDeque::with_capacity(KEPT_SAMPLES),
            forgotten: 0,
            examined: 0,
            recent_dbfs: VecDeque::from([level::SILENCE_DBFS; ONSET_WINDOWS]),
            loudest_dbfs: level::SILENCE_DBFS,
            told_dbfs: level::SILENCE_DBFS,
            own_dbfs: VecDeque::from([level::SILENCE_DBFS; OWN_FRAMES]),
            sounded: None,
            line_is_silent: false,
        })
    }

    /// Takes one frame of the caller's sound, 48 kHz.
    pub fn push(&mut self, frame: &[f32], now: SessionTime) {
        self.began.get_or_insert(now);
        if level::peak(frame) > NO_SOUND {
            self.sounded = Some(now);
        }
        let mut resampled = std::mem::take(&mut self.resampled);
        resampled.clear();
        // A resampler that breaks leaves a gap in what is heard; the call goes on.
        self.resampler.push(frame, &mut resampled).ok();
        self.kept.extend(&resampled);
        self.resampled = resampled;
        let excess = self.kept.len().saturating_sub(KEPT_SAMPLES);
        self.kept.drain(..excess);
        self.forgotten += excess as u64;
    }

    /// Takes one frame that Ermu plays, or silence, and the moment: both are needed every 20 ms. Says when the line falls
    /// silent or sounds again.
    pub fn played(&mut self, frame: &Frame, now: SessionTime) -> Option<Event> {
        self.own_dbfs.pop_front();
        self.own_dbfs.push_back(level::rms_dbfs(frame));
        let is_silent = now.since(self.sounded.unwrap_or_default()) >= SILENT_LINE;
        let event = if is_silent { Event::LineSilent } else { Event::LineSounds };
        (std::mem::replace(&mut self.line_is_silent, is_silent) != is_silent).then_some(event)
    }

    /// The next window that waits to be judged, 16 kHz; each is answered by [`judged`](Self::judged).
    pub fn next_window(&mut self) -> Option<[f32; WINDOW_SAMPLES]> {
        if self.examined + WINDOW_SAMPLES as u64 > self.forgotten + self.kept.len() as u64 {
            return None;
        }
        let start = self.examined.saturating_sub(self.forgotten) as usize;
        let mut window = [0.0; WINDOW_SAMPLES];
        for (to, from) in window.iter_mut().zip(self.kept.range(start..)) {
            *to = *from;
        }
        self.examined += WINDOW_SAMPLES as u64;
        self.recent_dbfs.pop_front();
        self.recent_dbfs.push_back(level::rms_dbfs(&window));
        Some(window)
    }

    /// Takes the probability of voice in the window that was taken last, and says what it began, raised or ended. Without
    /// one, because the model is broken or has no time, level decides: hearing badly is better than not at all.
    pub fn judged(&mut self, probability: Option<f32>) -> Option<Event> {
        let window_dbfs = self.recent_dbfs.back().copied().unwrap_or(level::SILENCE_DBFS);
        let by_level = self.noise.probability(window_dbfs);
        let edge = self.segmenter.push(probability.unwrap_or(by_level), self.examined - WINDOW_SAMPLES as u64);
        match edge {
            Some(Edge::Started { at_sample }) => {
                self.loudest_dbfs = self.recent_dbfs.iter().copied().fold(level::SILENCE_DBFS, f32::max);
                self.told_dbfs = self.loudest_dbfs;
                Some(Event::VoiceStarted { at: self.time_of(at_sample), level: self.voice_level() })
            }
            Some(Edge::Stopped { at_sample }) => Some(Event::VoiceStopped { at: self.time_of(at_sample) }),
            None if self.segmenter.is_speaking() => {
                self.loudest_dbfs = self.loudest_dbfs.max(window_dbfs);
                let rose = self.loudest_dbfs >= self.told_dbfs + RISE_DB;
                rose.then(|| {
                    self.told_dbfs = self.loudest_dbfs;
                    Event::VoiceRose { level: self.voice_level() }
                })
            }
            None => None,
        }
    }

    /// The caller's sound in `span`, 16 kHz; as much of it as is still (or already) there.
    pub fn sound(&self, span: TimeSpan) -> Vec<f32> {
        let index = |time: SessionTime| {
            let sample = time.since(self.began.unwrap_or_default());
            (RATE.samples_in(sample) as u64).saturating_sub(self.forgotten).min(self.kept.len() as u64) as usize
        };
        self.kept.range(index(span.start)..index(span.end).max(index(span.start))).copied().collect()
    }

    fn voice_level(&self) -> VoiceLevel {
        let own_dbfs = self.own_dbfs.iter().copied().fold(level::SILENCE_DBFS, f32::max);
        VoiceLevel { loudest_dbfs: self.loudest_dbfs, own_dbfs }
    }

    fn time_of(&self, sample: u64) -> SessionTime {
        self.began.unwrap_or_default() + SessionTime::from_samples(sample, RATE).since(SessionTime::ZERO)
    }
}

/// Voice activity from level alone: what is much louder than the noise is voice.
#[derive(Debug)]
struct NoiseFloor {
    floor_dbfs: f32,
}

impl Default for NoiseFloor {
    fn default() -> Self {
        Self { floor_dbfs: -60.0 }
    }
}

impl NoiseFloor {
    /// How far above the noise a voice is.
    const VOICE_DB: f32 = 15.0;
    /// Nothing below this is a voice.
    const QUIETEST_DBFS: f32 = -50.0;
    /// The floor follows quieter sound at once and louder sound by 2 dB a second.
    const RISE_DB: f32 = 0.064;

    fn probability(&mut self, window_dbfs: f32) -> f32 {
        self.floor_dbfs = window_dbfs.min(self.floor_dbfs + Self::RISE_DB).max(-90.0);
        let voice = window_dbfs > (self.floor_dbfs + Self::VOICE_DB).max(Self::QUIETEST_DBFS);
        if voice { 0.9 } else { 0.1 }
    }
}

#[cfg(test)]
mod tests {
    use ermu_audio::FRAME_SAMPLES;

    use super::*;

    /// A second of frames: a tone of this amplitude.
    fn tone(amplitude: f32) -> Vec<Frame> {
        let sample = |n: usize| amplitude * (n as f32 * 0.05).sin();
        (0..50).map(|frame| std::array::from_fn(|n| sample(frame * FRAME_SAMPLES + n))).collect()
    }

    struct Rig {
        ear: Ear,
        now: SessionTime,
        events: Vec<Event>,
    }

    impl Rig {
        fn new() -> Self {
            Self { ear: Ear::new().unwrap(), now: SessionTime::ZERO, events: Vec::new() }
        }

        fn hear(&mut self, frames: &[Frame], probability: Option<f32>) -> &mut Self {
            for frame in frames {
                self.now = self.now + Duration::from_millis(20);
                self.ear.push(frame, self.now);
                while self.ear.next_window().is_some() {
                    self.events.extend(self.ear.judged(probability));
                }
                self.events.extend(self.ear.played(&[0.0; FRAME_SAMPLES], self.now));
            }
            self
        }
    }

    #[test]
    fn a_voice_that_rises_is_told_again() {
        let mut rig = Rig::new();
        rig.hear(&tone(0.01), Some(0.9)).hear(&tone(0.1), Some(0.9)).hear(&tone(0.0), Some(0.1));
        let [
            Event::VoiceStarted { level: quiet, .. },
            ..,
            Event::VoiceRose { level: loud },
            Event::VoiceStopped { .. },
        ] = rig.events[..]
        else {
            panic!("{:?}", rig.events)
        };
        assert!(
            (quiet.loudest_dbfs + 43.0).abs() < 2.0 && (loud.loudest_dbfs + 23.0).abs() < 2.5,
            "{quiet:?} {loud:?}"
        );
        assert_eq!(loud.own_dbfs, level::SILENCE_DBFS);
    }

    #[test]
    fn without_the_model_level_decides() {
        let mut rig = Rig::new();
        let seconds = |amplitude: f32, count: usize| tone(amplitude).repeat(count);
        rig.hear(&seconds(0.003, 3), None).hear(&tone(0.1), None).hear(&tone(0.003), None);
        let [Event::VoiceStarted { at, .. }, Event::VoiceStopped { at: end }] = rig.events[..] else {
            panic!("{:?}", rig.events)
        };
        assert!(at.as_micros().abs_diff(3_000_000) < 100_000 && end.as_micros().abs_diff(4_000_000) < 150_000);
    }

    #[test]
    fn a_dead_line_is_noticed_and_forgiven() {
        let mut rig = Rig::new();
        rig.hear(&tone(0.01), Some(0.1)).hear(&tone(0.0).repeat(9), Some(0.0));
        assert_eq!(rig.events, [Event::LineSilent], "no frame has any sound in it");
        rig.hear(&tone(0.001), Some(0.1));
        assert_eq!(rig.events[1..], [Event::LineSounds]);
        // No frames at all: only Ermu's side of the line goes on.
        for _ in 0..450 {
            rig.now = rig.now + Duration::from_millis(20);
            rig.events.extend(rig.ear.played(&[0.0; FRAME_SAMPLES], rig.now));
        }
        assert_eq!(rig.events[2..], [Event::LineSilent]);
    }
}
