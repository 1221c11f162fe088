//! What was measured, as it stands in the JSON file.

use std::{collections::BTreeMap, path::Path};

use anyhow::Context;
use serde::{Deserialize, Serialize};

use crate::process::Usage;
use crate::{
    bench::{Distribution, Machine},
    call::{Cause, Record, Role, Stages},
};

/// Everything that one run measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Report {
    pub(super) machine: Machine,
    /// Names of the call scripts.
    pub(super) scripts: Vec<String>,
    /// How often each was run.
    pub(super) times: u16,
    /// One for each number of calls at once.
    pub(super) levels: Vec<Level>,
}

/// Measurements with so many calls at once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Level {
    pub(super) calls_at_once: u16,
    /// Calls that were placed.
    pub(super) calls: usize,
    /// Their length, added up.
    pub(super) call_seconds: f64,
    /// Things that were said to the agent.
    pub(super) turns: usize,
    /// Those that got no spoken answer.
    pub(super) unanswered: usize,
    /// Noises that were played, and those that were answered as if they were speech.
    pub(super) noises: usize,
    pub(super) noises_answered: usize,
    /// From the caller's last sound to the agent's first.
    pub(super) voice_to_voice_ms: Option<Distribution>,
    /// Where that time went, in order; the means add up to the mean of the answers that could be split.
    pub(super) stages: Vec<Stage>,
    /// Mean voice-to-voice latency less the means of the stages: what the stages do not explain.
    pub(super) residual_ms: f64,
    /// Answers that the event log does not split: they tell of a photo, or came too early.
    pub(super) not_split: usize,
    /// Transcripts that were asked for. More than one a turn means that some were asked for in a pause after which the caller
    /// went on: they are dropped, but not all of their CPU time is saved.
    pub(super) transcripts: usize,
    /// From the first sound of an interruption to the agent's silence, where it was stopped within a clause.
    pub(super) silent_after_ms: Option<Distribution>,
    /// Interruptions that fell in a pause between clauses, or that did not stop the agent: they tell nothing of the above.
    pub(super) interruptions_in_pause: usize,
    pub(super) interruptions_not_stopped: usize,
    /// The longest silence within an answer: what is not in the cache is synthesised while its beginning sounds.
    pub(super) longest_pause_ms: Option<Distribution>,
    /// From sending a photo to its description on the page.
    pub(super) photo_to_words_ms: Option<Distribution>,
    /// CPU time of the server.
    pub(super) cpu_seconds: f64,
    pub(super) cpu_seconds_a_turn: f64,
    /// The same by kind of thread; what is missing from the sum was used by threads that have ended.
    pub(super) cpu_seconds_by_thread: BTreeMap<String, f64>,
    /// CPU seconds of the server for a second of a call: how many cores a call keeps busy.
    pub(super) real_time_factor: f64,
    /// Cores that were kept busy meanwhile by neither the server nor the callers: with more than a little of it, the times
    /// are upper bounds.
    pub(super) cores_used_by_others: f64,
    /// Resident memory of the server at the end, and at most since its start.
    pub(super) resident_bytes: u64,
    pub(super) peak_resident_bytes: u64,
    /// Every turn.
    pub(super) samples: Vec<Sample>,
}

/// One stage of all answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Stage {
    pub(super) name: String,
    pub(super) ms: Distribution,
}

/// One turn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Sample {
    pub(super) script: String,
    pub(super) file: String,
    pub(super) voice_to_voice_ms: f64,
    pub(super) stages: Option<Stages>,
}

/// What a call contributes.
pub(super) struct Measured {
    script: String,
    seconds: f64,
    turns: Vec<crate::call::Turn>,
    transcripts: usize,
    photo_ms: Option<f64>,
}

impl Measured {
    /// The numbers of a call; sound and pictures are dropped.
    pub(super) fn of(script: &str, record: &Record) -> Self {
        Self {
            script: script.to_owned(),
            seconds: record.outcome.recording.duration().as_secs_f64(),
            turns: record.outcome.turns.clone(),
            transcripts: record.events.iter().filter(|event| event["data"]["effect"] == "transcribe").count(),
            photo_ms: record.photo_to_words().map(|time| time.as_secs_f64() * 1000.0),
        }
    }
}

impl Level {
    /// Sums up calls. `used` is what the server used for them, the other two are CPU seconds of this process and of the whole
    /// machine in the same time.
    pub(super) fn new(
        calls_at_once: u16,
        calls: &[Measured],
        used: Usage,
        wall_s: f64,
        own_cpu_s: f64,
        machine_cpu_s: f64,
    ) -> Self {
        let turns = || calls.iter().flat_map(|call| &call.turns);
        let said = turns().filter(|turn| turn.role != Role::Noise).count();
        let noises = || turns().filter(|turn| turn.role == Role::Noise);
        let samples: Vec<Sample> = calls
            .iter()
            .flat_map(|call| call.turns.iter().map(|turn| (&call.script, turn)))
            .filter(|(_, turn)| turn.role != Role::Noise)
            .filter_map(|(script, turn)| {
                let file = turn.file.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
                let voice_to_voice_ms = turn.voice_to_voice_ms?;
                Some(Sample { script: script.clone(), file, voice_to_voice_ms, stages: turn.stages })
            })
            .collect();
        let silences =
            |wanted: Cause| turns().filter_map(|turn| turn.silence).filter(move |silence| silence.cause == wanted);
        let split: Vec<(f64, Stages)> =
            samples.iter().filter_map(|sample| Some((sample.voice_to_voice_ms, sample.stages?))).collect();
        let stage = |(index, name): (usize, &str)| {
            let ms = Distribution::of(split.iter().map(|(_, stages)| stages.values()[index]))?;
            Some(Stage { name: name.to_owned(), ms })
        };
        let stages: Vec<Stage> = Stages::NAMES.into_iter().enumerate().filter_map(stage).collect();
        let mean_of_split = Distribution::of(split.iter().map(|(ms, _)| *ms)).map_or(0.0, |all| all.mean);
        let call_seconds: f64 = calls.iter().map(|call| call.seconds).sum();
        Self {
            calls_at_once,
            calls: calls.len(),
            call_seconds,
            turns: said,
            unanswered: said - samples.len(),
            noises: noises().count(),
            noises_answered: noises().filter(|turn| turn.voice_to_voice_ms.is_some()).count(),
            voice_to_voice_ms: Distribution::of(samples.iter().map(|sample| sample.voice_to_voice_ms)),
            residual_ms: mean_of_split - stages.iter().map(|stage| stage.ms.mean).sum::<f64>(),
            stages,
            transcripts: calls.iter().map(|call| call.transcripts).sum(),
            not_split: samples.len() - split.len(),
            silent_after_ms: Distribution::of(silences(Cause::Stopped).map(|silence| silence.after_ms as f64)),
            interruptions_in_pause: silences(Cause::Pause).count(),
            interruptions_not_stopped: silences(Cause::Ended).count(),
            longest_pause_ms: Distribution::of(turns().filter_map(|turn| turn.longest_pause_ms)),
            photo_to_words_ms: Distribution::of(calls.iter().filter_map(|call| call.photo_ms)),
            cpu_seconds: used.cpu_s,
            cpu_seconds_a_turn: used.cpu_s / said.max(1) as f64,
            cpu_seconds_by_thread: used.threads,
            real_time_factor: used.cpu_s / call_seconds.max(1.0),
            cores_used_by_others: ((machine_cpu_s - own_cpu_s - used.cpu_s) / wall_s.max(1.0)).max(0.0),
            resident_bytes: used.resident_bytes,
            peak_resident_bytes: used.peak_resident_bytes,
            samples,
        }
    }
}

impl Report {
    /// Reads a report that was written before.
    pub(super) fn read(path: &Path) -> anyhow::Result<Self> {
        let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        serde_json::from_slice(&bytes)
            .with_context(|| format!("{} is no report of `ermu bench latency`", path.display()))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::call::{Silence, Turn};

    fn turn(role: Role, latency: Option<f64>, silence: Option<Silence>) -> Turn {
        let stages = latency.map(|ms| Stages {
            pause_ms: 250.0,
            transcript_ms: ms - 300.0,
            transport_ms: 50.0,
            ..Stages::default()
        });
        Turn {
            file: PathBuf::from("a/b.wav"),
            role,
            samples: 0..9,
            voice_to_voice_ms: latency,
            stages,
            longest_pause_ms: latency,
            silence,
        }
    }

    /// A report with something in every field.
    pub(in crate::bench::latency) fn report(latencies: &[f64]) -> Report {
        let mut turns: Vec<Turn> = latencies.iter().map(|&ms| turn(Role::Said, Some(ms), None)).collect();
        turns.push(turn(Role::Said, None, None));
        turns.push(turn(Role::Noise, None, None));
        for (after_ms, cause) in [(200, Cause::Stopped), (900, Cause::Pause), (4_000, Cause::Ended)] {
            turns.push(turn(Role::Interrupting, Some(800.0), Some(Silence { after_ms, cause })));
        }
        let call = Measured { script: "<zh>".into(), seconds: 100.0, turns, transcripts: 9, photo_ms: Some(900.0) };
        let threads = [("transcriber".to_owned(), 3.0), ("vad".to_owned(), 1.0)].into();
        let used = Usage { cpu_s: 5.0, threads, resident_bytes: 1 << 30, peak_resident_bytes: 3 << 29 };
        let level = Level::new(1, &[call], used, 100.0, 1.0, 26.0);
        Report { machine: Machine::before(), scripts: vec!["<zh>".into()], times: 1, levels: vec![level] }
    }

    #[test]
    fn everything_is_counted_once() {
        let report = report(&[600.0, 1_000.0]);
        let level = &report.levels[0];
        assert_eq!((level.turns, level.unanswered, level.noises, level.noises_answered), (6, 1, 1, 0));
        assert_eq!(level.voice_to_voice_ms.unwrap().count, 5);
        let silent = level.silent_after_ms.unwrap();
        assert_eq!(
            (silent.count, silent.max, level.interruptions_in_pause, level.interruptions_not_stopped),
            (1, 200.0, 1, 1)
        );
        assert!(level.residual_ms.abs() < 1e-9 && level.not_split == 0);
        assert_eq!((level.cores_used_by_others, level.real_time_factor), (0.2, 0.05));
        let json = serde_json::to_string(&report).unwrap();
        assert_eq!(serde_json::from_str::<Report>(&json).unwrap(), report);
    }
}
