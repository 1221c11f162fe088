//! The caller's sound: 48 kHz frames in, voice edges out, and the last minute kept for the transcriber. It does nothing
//! by itself: windows are taken out, judged by the voice activity model, and told back.

use std::{collections::VecDeque, time::Duration};

use ermu_audio::{
    Frame, level,
    resample::{ResampleError, Resampler},
    voicing::{VOICING_SAMPLES, is_voiced},
};
use ermu_dialogue::{Event, Expecting, VoiceLevel};
use ermu_domain::{SampleRate, SessionTime, TimeSpan};
use ermu_speech::segmenter::{Edge, Segmenter, SegmenterConfig};

use super::monotone::{Monotone, Opinion};

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

/// The model of voice activity calls a window below this nothing.
const NOTHING: f32 = 0.35;
/// What a window counts for that is voice for another reason.
const VOICE: f32 = 0.9;

/// Whether the caller has the word, which lets a voice count that the model of voice activity does not know for one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Awaited {
    /// A number, yes or no, while Ermu is silent.
    Answer,
    /// Nothing in particular, or Ermu speaks.
    Nothing,
}

impl Awaited {
    /// What is awaited of a caller who was asked for this; Ermu `speaks` while something of its own sounds or waits to.
    pub fn of(asked: Expecting, speaks: bool) -> Self {
        match asked {
            Expecting::Digits | Expecting::YesNo if !speaks => Self::Answer,
            Expecting::Digits | Expecting::YesNo | Expecting::Anything => Self::Nothing,
        }
    }
}

/// Hears one call.
pub struct Ear {
    resampler: Resampler,
    resampled: Vec<f32>,
    segmenter: Segmenter,
    monotone: Monotone,
    noise: NoiseFloor,
    /// When the first sample was heard.
    began: Option<SessionTime>,
    /// The last samples, `kept[0]` being sample number `forgotten`.
    kept: VecDeque<f32>,
    forgotten: u64,
    /// How many samples the voice activity model has seen.
    examined: u64,
    /// Where the last voice ended.
    stopped: u64,
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
            monotone: Monotone::default(),
            noise: NoiseFloor::default(),
            began: None,
            kept: VecDeque::with_capacity(KEPT_SAMPLES),
            forgotten: 0,
            examined: 0,
            stopped: 0,
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
    /// one, because the model is broken or has no time, level decides: hearing badly is better than not at all. Where an
    /// answer is awaited, what is loud and voiced for long enough is voice whatever the model says.
    pub fn judged(&mut self, probability: Option<f32>, awaited: Awaited) -> Option<Event> {
        let window_dbfs = self.recent_dbfs.back().copied().unwrap_or(level::SILENCE_DBFS);
        let by_level = self.noise.probability(window_dbfs);
        let opinion = match awaited {
            Awaited::Answer => {
                let is_unknown = probability.is_some_and(|probability| probability < NOTHING) && by_level >= VOICE;
                let is_voiced = is_unknown && is_voiced(&self.last_samples());
                self.monotone.push(is_voiced)
            }
            Awaited::Nothing => {
                self.monotone.forget();
                Opinion::Nothing
            }
        };
        let start = self.examined - WINDOW_SAMPLES as u64;
        let probability = match opinion {
            Opinion::Nothing => probability.unwrap_or(by_level),
            Opinion::GoesOn => VOICE,
            Opinion::Began { windows_ago } => {
                if !self.segmenter.is_speaking() {
                    // Dated back: what has sounded since then is part of the answer.
                    let began = start.saturating_sub(u64::from(windows_ago) * WINDOW_SAMPLES as u64);
                    let _ = self.segmenter.push(VOICE, began.max(self.stopped));
                }
                VOICE
            }
        };
        let edge = self.segmenter.push(probability, start);
        match edge {
            Some(Edge::Started { at_sample }) => {
                self.loudest_dbfs = self.recent_dbfs.iter().copied().fold(level::SILENCE_DBFS, f32::max);
                self.told_dbfs = self.loudest_dbfs;
                Some(Event::VoiceStarted { at: self.time_of(at_sample), level: self.voice_level() })
            }
            Some(Edge::Stopped { at_sample }) => {
                self.stopped = at_sample;
                Some(Event::VoiceStopped { at: self.time_of(at_sample) })
            }
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

    /// The end of what was examined.
    fn last_samples(&self) -> [f32; VOICING_SAMPLES] {
        let start = self.examined.saturating_sub(VOICING_SAMPLES as u64).saturating_sub(self.forgotten) as usize;
        let mut samples = [0.0; VOICING_SAMPLES];
        for (to, from) in samples.iter_mut().zip(self.kept.range(start.min(self.kept.len())..)) {
            *to = *from;
        }
        samples
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
        if voice { VOICE } else { 0.1 }
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
            self.hear_awaiting(frames, probability, Awaited::Nothing)
        }

        fn hear_awaiting(&mut self, frames: &[Frame], probability: Option<f32>, awaited: Awaited) -> &mut Self {
            for frame in frames {
                self.now = self.now + Duration::from_millis(20);
                self.ear.push(frame, self.now);
                while self.ear.next_window().is_some() {
                    self.events.extend(self.ear.judged(probability, awaited));
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

    /// A voice on one note, in four syllables of 250 ms with 30 ms between them, as 二二二二 sounds.
    fn one_note() -> Vec<Frame> {
        let sample = |n: usize| {
            let t = n as f32 / 48_000.0;
            let voice: f32 = (1..=20).map(|h| (std::f32::consts::TAU * 180.0 * h as f32 * t).sin() / h as f32).sum();
            if t % 0.28 < 0.25 && t < 1.12 { 0.2 * voice } else { 0.0 }
        };
        (0..75).map(|frame| std::array::from_fn(|n| sample(frame * FRAME_SAMPLES + n))).collect()
    }

    #[test]
    fn a_voice_on_one_note_counts_where_an_answer_is_awaited() {
        let mut rig = Rig::new();
        let room = tone(0.001);
        rig.hear_awaiting(&room, Some(0.0), Awaited::Answer);
        rig.hear_awaiting(&one_note(), Some(0.0), Awaited::Answer).hear_awaiting(&room, Some(0.0), Awaited::Answer);
        let starts: Vec<_> = rig.events.iter().filter(|event| matches!(event, Event::VoiceStarted { .. })).collect();
        let Some(Event::VoiceStarted { at, .. }) = starts.first() else { panic!("{:?}", rig.events) };
        assert!(at.as_micros().abs_diff(1_000_000) < 100_000, "{at:?}");
        let Some(Event::VoiceStopped { at }) = rig.events.last() else { panic!("{:?}", rig.events) };
        assert!(at.as_micros().abs_diff(2_120_000) < 120_000, "{at:?}");
        assert_eq!(Rig::new().hear(&one_note(), Some(0.0)).events, [], "nothing was asked");
    }

    #[test]
    fn coughs_typing_and_noise_are_no_answer() {
        for name in ["cough", "keyboard", "white-noise", "silence"] {
            let path = format!("{}/../../audio-fixtures/{name}.wav", env!("CARGO_MANIFEST_DIR"));
            let clip = ermu_audio::wav::read(path.as_ref(), Duration::from_secs(60)).unwrap();
            let pcm = clip.mono_at(SampleRate::HZ_48000).unwrap();
            let frames: Vec<Frame> = pcm.as_chunks::<FRAME_SAMPLES>().0.to_vec();
            let mut rig = Rig::new();
            // The model's worst: it never says a word.
            rig.hear_awaiting(&tone(0.0005), Some(0.0), Awaited::Answer);
            rig.hear_awaiting(&frames, Some(0.0), Awaited::Answer);
            assert_eq!(rig.events, [], "{name}");
        }
        // A beep is periodic, but no voice.
        let beep = |n: usize| 0.3 * (std::f32::consts::TAU * 1_000.0 * n as f32 / 48_000.0).sin();
        let beep: Vec<Frame> = (0..50).map(|f| std::array::from_fn(|n| beep(f * FRAME_SAMPLES + n))).collect();
        let mut rig = Rig::new();
        assert_eq!(rig.hear_awaiting(&beep, Some(0.0), Awaited::Answer).events, []);
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
