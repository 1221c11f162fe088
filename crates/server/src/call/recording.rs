//! The stereo recording of a call as the caller's ear got it, and the latencies that can be read from it.

use std::{ops::Range, path::Path, time::Duration};

use ermu_audio::{FRAME_SAMPLES, Frame, wav};
use ermu_domain::SampleRate;

const RATE: SampleRate = SampleRate::HZ_48000;
/// A frame is sound when its root mean square is above −46 dBFS: Ermu's voice is at −20, Opus noise below −70.
const SOUND_RMS: f32 = 0.005;

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

    /// Adds sound that arrived `elapsed` after the beginning; it sounds then, or after what arrived before it.
    pub fn receive(&mut self, pcm: &[f32], elapsed: Duration) {
        let now = RATE.samples_in(elapsed);
        // A frame that is a few milliseconds early or late is not a gap.
        if now > self.agent.len() + 2 * FRAME_SAMPLES {
            self.agent.resize(now, 0.0);
        }
        self.agent.extend_from_slice(pcm);
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
    /// of the agent before `until`. None if the agent did not answer. Negative if the agent answered too early.
    pub fn voice_to_voice_ms(&self, utterance: Range<usize>, until: usize) -> Option<i64> {
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
        Some((begin as i64 - end as i64) * 1000 / i64::from(RATE.hz()))
    }

    /// When the agent fell silent after the caller began to interrupt at `from` (samples), in milliseconds.
    pub fn silent_after_ms(&self, from: usize, until: usize) -> Option<u64> {
        let frames = self.agent.get(from..until.min(self.agent.len()))?.chunks_exact(FRAME_SAMPLES);
        // Silent means 200 ms without sound: longer than the pause between two clauses.
        let sounds: Vec<bool> = frames.map(is_sound).collect();
        let silent =
            (0..sounds.len()).find(|&at| sounds[at..(at + 10).min(sounds.len())].iter().all(|sound| !sound))?;
        Some(silent as u64 * 20)
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

/// The sample after the last sound. In noise the last frame that is within 20 dB of the loudest counts.
fn last_sound(pcm: &[f32]) -> Option<usize> {
    let rms: Vec<f32> = pcm
        .chunks(FRAME_SAMPLES)
        .map(|frame| (frame.iter().map(|x| x * x).sum::<f32>() / frame.len() as f32).sqrt())
        .collect();
    let loudest = rms.iter().copied().fold(0.0, f32::max);
    let threshold = SOUND_RMS.max(loudest / 10.0);
    let last = rms.iter().rposition(|&rms| rms > threshold)?;
    Some(((last + 1) * FRAME_SAMPLES).min(pcm.len()))
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

    #[test]
    fn latency_runs_from_the_callers_last_sound_to_the_agents_first() {
        let call = recording(&[(50, 0.3), (100, 0.0)], &[(90, 0.0), (60, 0.2)]);
        let whole = 150 * FRAME_SAMPLES;
        assert_eq!(call.voice_to_voice_ms(0..60 * FRAME_SAMPLES, whole), Some(800));
        assert_eq!(call.voice_to_voice_ms(0..60 * FRAME_SAMPLES, 80 * FRAME_SAMPLES), None);
    }

    #[test]
    fn the_rest_of_an_interrupted_answer_is_not_the_next_answer() {
        let call = recording(&[(50, 0.3), (100, 0.0)], &[(55, 0.2), (25, 0.0), (70, 0.2)]);
        assert_eq!(call.voice_to_voice_ms(0..50 * FRAME_SAMPLES, 150 * FRAME_SAMPLES), Some(600));
        assert_eq!(call.silent_after_ms(40 * FRAME_SAMPLES, 150 * FRAME_SAMPLES), Some(300));
    }

    #[test]
    fn late_frames_leave_a_gap_and_early_ones_do_not_overlap() {
        let mut call = Recording::default();
        call.receive(&[0.1; FRAME_SAMPLES], Duration::ZERO);
        call.receive(&[0.2; FRAME_SAMPLES], Duration::from_millis(10));
        call.receive(&[0.3; FRAME_SAMPLES], Duration::from_millis(1000));
        assert_eq!(call.agent.len(), 48_000 + FRAME_SAMPLES);
        assert_eq!((call.agent[FRAME_SAMPLES], call.agent[48_000]), (0.2, 0.3));
    }
}
