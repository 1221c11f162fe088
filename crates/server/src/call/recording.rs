//! The stereo recording of a call as the caller's ear got it, and the latencies that can be read from it.

use std::{ops::Range, path::Path, time::Duration};

use ermu_audio::{FRAME_DURATION, FRAME_SAMPLES, Frame, wav};
use ermu_domain::SampleRate;
use serde::{Deserialize, Serialize};

const RATE: SampleRate = SampleRate::HZ_48000;
/// Silence means this long without sound (200 ms): longer than the pause between two clauses.
const SILENT_SAMPLES: usize = 10 * FRAME_SAMPLES;
/// Sound after this much of silence (100 ms) begins anew.
const QUIET_SAMPLES: usize = 5 * FRAME_SAMPLES;
/// The end of a sound is looked for in steps of 5 ms.
const STEP_SAMPLES: usize = FRAME_SAMPLES / 4;
/// A sound this near is a clause that is being interrupted; a longer gap is a pause between two.
const CLAUSE_EDGE: Duration = Duration::from_millis(60);
/// A frame is sound when its root mean square is above −46 dBFS: Ermu's voice is at −20, Opus noise below −70.
const SOUND_RMS: f32 = 0.005;

/// How the agent fell silent after an interruption.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Silence {
    /// From the caller's first sound to the agent's last.
    pub after_ms: u64,
    /// Why.
    pub cause: Cause,
}

/// Why the agent fell silent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// It was stopped within a clause: the only case that tells how fast it yields.
    Stopped,
    /// It was stopped, but was pausing between two clauses anyway.
    Pause,
    /// It was not stopped: it had said everything, or went on.
    Ended,
}

/// Left: what the caller said. Right: what the caller heard. Both at 48 kHz, on the caller's clock.
#[derive(Debug, Default)]
pub struct Recording {
    caller: Vec<f32>,
    agent: Vec<f32>,
}

impl Recording {
    /// Adds 20 ms that the caller sent.
    pub fn send(&mut self, frame: &Frame) {
        self.caller.extend_from_slice(frame);
    }

    /// Adds sound that arrived `elapsed` after the beginning: it sounds then, or after what arrived before it.
    pub fn receive(&mut self, pcm: &[f32], elapsed: Duration) {
        let now = Self::position(elapsed);
        let quiet = self.agent.iter().rev().take(QUIET_SAMPLES).all(|x| x.abs() < SOUND_RMS);
        if quiet && is_sound(pcm) {
            // The first sound after silence stands exactly where it came: latencies are read from it.
            let least = self.agent.len().saturating_sub(QUIET_SAMPLES);
            self.agent.resize(now.max(least), 0.0);
        } else if now > self.agent.len() + 2 * FRAME_SAMPLES {
            // Within speech, a frame that is a few milliseconds early or late is not a gap.
            self.agent.resize(now, 0.0);
        }
        self.agent.extend_from_slice(pcm);
    }

    /// The sample of what happened `elapsed` after the beginning. A microphone hands over a frame when its last sample has
    /// been recorded, so that the frame which is sent at once begins the recording, and time 0 is its end.
    pub fn position(elapsed: Duration) -> usize {
        RATE.samples_in(elapsed + FRAME_DURATION)
    }

    /// Samples sent so far.
    pub fn sent_samples(&self) -> usize {
        self.caller.len()
    }

    /// Length of the recording.
    pub fn duration(&self) -> Duration {
        Duration::from_secs_f64(self.caller.len().max(self.agent.len()) as f64 / f64::from(RATE.hz()))
    }

    /// Voice-to-voice latency: from the last sound of what the caller said in `utterance` (samples) to the first sound
    /// of the agent before `until`, both as samples. None if the agent did not answer. The answer may begin before the end if
    /// the agent answered too early.
    pub fn voice_to_voice(&self, utterance: Range<usize>, until: usize) -> Option<(usize, usize)> {
        let said = self.caller.get(utterance.clone())?;
        let end = utterance.start + last_sound(said)?;
        let from = (end / FRAME_SAMPLES).saturating_sub(10);
        let frames = self.agent.get(from * FRAME_SAMPLES..until.min(self.agent.len()))?;
        // The agent may still be finishing what the caller interrupted: its answer begins after silence.
        let mut frames = frames.chunks_exact(FRAME_SAMPLES).enumerate();
        let mut quiet = true;
        if let Some((_, first)) = frames.clone().next() {
            quiet = !is_sound(first);
        }
        let begin = frames.find(|(_, frame)| {
            let sound = is_sound(frame);
            let begins = sound && quiet;
            quiet = !sound;
            begins
        })?;
        let begin = (from + begin.0) * FRAME_SAMPLES + first_sound(begin.1);
        Some((end, begin))
    }

    /// When the agent fell silent after the caller began to interrupt in `utterance` (samples), in milliseconds from the
    /// caller's first sound. `stopped` is the sample at which the agent was told to stop, if it was.
    pub fn silence_after(&self, utterance: Range<usize>, stopped: Option<usize>, until: usize) -> Option<Silence> {
        let said = self.caller.get(utterance.clone())?;
        let onset = utterance.start + onset(said)?;
        let sounds = |from: usize, to: usize| -> Vec<bool> {
            let sound = self.agent.get(from..to.min(self.agent.len())).unwrap_or_default();
            sound.chunks(STEP_SAMPLES).map(is_sound).collect()
        };
        let near = RATE.samples_in(CLAUSE_EDGE);
        let spoke = sounds(onset.saturating_sub(near), onset + near).into_iter().any(|sound| sound);
        let silent_from = |from: usize| {
            let sounds = sounds(from, until);
            let run = SILENT_SAMPLES / STEP_SAMPLES;
            let silent = |at: &usize| sounds[*at..(at + run).min(sounds.len())].iter().all(|sound| !sound);
            (0..sounds.len()).find(silent).map(|at| at * STEP_SAMPLES)
        };
        let ms = |samples: usize| (samples as f64 * 1000.0 / f64::from(RATE.hz())).round() as u64;
        Some(match stopped {
            Some(stopped) if stopped >= onset => {
                let more = silent_from(stopped)?;
                // What was still sounding when it was told to stop did not end by itself.
                let cause = if spoke && more > 0 { Cause::Stopped } else { Cause::Pause };
                Silence { after_ms: ms(stopped + more - onset), cause }
            }
            Some(_) | None => Silence { after_ms: ms(silent_from(onset)?), cause: Cause::Ended },
        })
    }

    /// The longest silence within what the agent says in `range` (samples): between its first sound and its last.
    pub fn longest_pause_ms(&self, range: Range<usize>) -> Option<f64> {
        let sound = self.agent.get(range.start..range.end.min(self.agent.len()))?;
        let sounds: Vec<bool> = sound.chunks(STEP_SAMPLES).map(is_sound).collect();
        let (first, last) = (sounds.iter().position(|sound| *sound)?, sounds.iter().rposition(|sound| *sound)?);
        let silences = sounds[first..=last].chunk_by(|a, b| a == b).filter(|run| !run[0]);
        let longest = silences.map(<[bool]>::len).max().unwrap_or_default();
        Some((longest * STEP_SAMPLES) as f64 * 1000.0 / f64::from(RATE.hz()))
    }

    /// Loudness over time for a picture: for each of `columns`, the peaks (0 to 1) of caller and agent.
    pub fn outline(&self, columns: usize) -> Vec<(f32, f32)> {
        let length = self.caller.len().max(self.agent.len()).max(1);
        let peak = |pcm: &[f32], column: usize| {
            let range = column * length / columns..(column + 1) * length / columns;
            let end = range.end.min(pcm.len());
            pcm.get(range.start.min(end)..end).unwrap_or_default().iter().fold(0.0_f32, |peak, x| peak.max(x.abs()))
        };
        (0..columns).map(|column| (peak(&self.caller, column), peak(&self.agent, column))).collect()
    }

    /// Writes the recording: caller left, agent right.
    pub fn write(&self, path: &Path) -> Result<(), wav::WavError> {
        let length = self.caller.len().max(self.agent.len());
        let padded = |pcm: &[f32]| {
            let mut pcm = pcm.to_vec();
            pcm.resize(length, 0.0);
            pcm
        };
        wav::write(path, RATE, &[&padded(&self.caller), &padded(&self.agent)])
    }
}

/// True if 20 ms of sound are louder than silence.
pub(super) fn is_sound(frame: &[f32]) -> bool {
    let power = frame.iter().map(|x| x * x).sum::<f32>() / frame.len().max(1) as f32;
    power.sqrt() > SOUND_RMS
}

fn first_sound(frame: &[f32]) -> usize {
    frame.iter().position(|x| x.abs() > SOUND_RMS).unwrap_or(0)
}

/// The first sample of the first frame with sound. In noise the first frame that is within 20 dB of the loudest counts.
fn onset(pcm: &[f32]) -> Option<usize> {
    let (rms, threshold) = levels(pcm);
    Some(rms.iter().position(|&rms| rms > threshold)? * FRAME_SAMPLES)
}

/// The sample after the last sound. In noise the last frame that is within 20 dB of the loudest counts.
fn last_sound(pcm: &[f32]) -> Option<usize> {
    let (rms, threshold) = levels(pcm);
    let last = rms.iter().rposition(|&rms| rms > threshold)?;
    Some(((last + 1) * FRAME_SAMPLES).min(pcm.len()))
}

/// The level of each frame, and the level above which a frame of this sound is no pause.
fn levels(pcm: &[f32]) -> (Vec<f32>, f32) {
    let rms: Vec<f32> = pcm
        .chunks(FRAME_SAMPLES)
        .map(|frame| (frame.iter().map(|x| x * x).sum::<f32>() / frame.len() as f32).sqrt())
        .collect();
    let loudest = rms.iter().copied().fold(0.0, f32::max);
    (rms, SOUND_RMS.max(loudest / 10.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recording(caller: &[(usize, f32)], agent: &[(usize, f32)]) -> Recording {
        let frames = |parts: &[(usize, f32)]| {
            parts.iter().flat_map(|&(frames, level)| vec![level; frames * FRAME_SAMPLES]).collect()
        };
        Recording { caller: frames(caller), agent: frames(agent) }
    }

    const FRAME: usize = FRAME_SAMPLES;

    #[test]
    fn latency_runs_from_the_callers_last_sound_to_the_agents_first() {
        let call = recording(&[(50, 0.3), (100, 0.0)], &[(90, 0.0), (60, 0.2)]);
        assert_eq!(call.voice_to_voice(0..60 * FRAME, 150 * FRAME), Some((50 * FRAME, 90 * FRAME)));
        assert_eq!(call.voice_to_voice(0..60 * FRAME, 80 * FRAME), None);
    }

    #[test]
    fn the_rest_of_an_interrupted_answer_is_not_the_next_answer() {
        let call = recording(&[(50, 0.3), (100, 0.0)], &[(55, 0.2), (25, 0.0), (70, 0.2)]);
        assert_eq!(call.voice_to_voice(0..50 * FRAME, 150 * FRAME), Some((50 * FRAME, 80 * FRAME)));
    }

    #[test]
    fn only_what_was_stopped_while_it_sounded_tells_how_fast_the_agent_yields() {
        let call = recording(&[(40, 0.0), (20, 0.3), (40, 0.0)], &[(55, 0.2), (5, 0.0), (5, 0.2), (35, 0.0)]);
        let silence = |stopped| call.silence_after(40 * FRAME..60 * FRAME, stopped, 100 * FRAME);
        let stopped = |after_ms, cause| Some(Silence { after_ms, cause });
        assert_eq!(silence(Some(63 * FRAME)), stopped(500, Cause::Stopped));
        assert_eq!(silence(Some(70 * FRAME)), stopped(600, Cause::Pause));
        assert_eq!(silence(None), stopped(500, Cause::Ended));
        let pausing = recording(&[(40, 0.0), (20, 0.3)], &[(30, 0.2), (15, 0.0), (10, 0.2), (20, 0.0)]);
        let silence = pausing.silence_after(40 * FRAME..60 * FRAME, Some(50 * FRAME), 75 * FRAME);
        assert_eq!(silence, stopped(300, Cause::Pause));
    }

    #[test]
    fn the_longest_pause_lies_within_an_answer() {
        let call = recording(&[], &[(10, 0.0), (5, 0.2), (3, 0.0), (5, 0.2), (20, 0.0), (1, 0.2), (9, 0.0)]);
        assert_eq!(call.longest_pause_ms(0..23 * FRAME), Some(60.0));
        assert_eq!(call.longest_pause_ms(0..53 * FRAME), Some(400.0));
        assert_eq!(call.longest_pause_ms(0..10 * FRAME), None);
    }

    #[test]
    fn sound_after_silence_stands_where_it_came_and_speech_has_no_gaps() {
        let mut call = Recording::default();
        for frame in 0..50 {
            call.receive(&[0.0; FRAME], Duration::from_millis(20 * frame));
        }
        // 7 ms earlier than its turn; 30 ms later than its turn; much later.
        call.receive(&[0.1; FRAME], Duration::from_millis(993));
        call.receive(&[0.2; FRAME], Duration::from_millis(1043));
        call.receive(&[0.3; FRAME], Duration::from_millis(1943));
        let first = Recording::position(Duration::from_millis(993));
        assert_eq!((call.agent[first - 1], call.agent[first], call.agent[first + FRAME]), (0.0, 0.1, 0.2));
        assert_eq!(call.agent[Recording::position(Duration::from_millis(1943))], 0.3);
    }
}
