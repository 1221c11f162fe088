//! Latency and cost of scripted calls. The server is a process of its own, so that its CPU time is its own.

use std::{process::Stdio, time::Duration};

use anyhow::Context;
use serde::Serialize;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::Command,
    time::timeout,
};

use crate::{call::Record, config::Config};

/// The start of a server may synthesise every fixed sentence.
const START: Duration = Duration::from_secs(600);
/// Linux counts CPU time in hundredths of a second (`getconf CLK_TCK`).
const TICKS_PER_SECOND: f64 = 100.0;

/// A server of the same program.
pub(crate) struct Child {
    /// Where it listens.
    pub(crate) url: String,
    process: tokio::process::Child,
    _data: tempfile::TempDir,
}

impl Child {
    /// Starts `ermu serve` on a free port, with a database of its own and the configured cache of speech.
    pub(crate) async fn start(config: &Config) -> anyhow::Result<Self> {
        let data = tempfile::tempdir()?;
        let mut process = Command::new(std::env::current_exe()?)
            .args(["serve", "--listen", "127.0.0.1:0", "--shop"])
            .arg(&config.shop.pack)
            .arg("--data")
            .arg(data.path())
            .env("ERMU_LOG", "warn")
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let output = process.stdout.take().context("the server has no output")?;
        let mut lines = BufReader::new(output).lines();
        let line = timeout(START, lines.next_line()).await.context("the server did not start in time")??;
        let line = line.context("the server ended at once; see above")?;
        let url = line.split_whitespace().last().context("the server names no address")?.to_owned();
        Ok(Self { url, process, _data: data })
    }

    /// Asks it to end, and waits until it has.
    pub(crate) async fn stop(mut self) -> anyhow::Result<()> {
        if let Some(pid) = self.process.id() {
            Command::new("kill").arg(pid.to_string()).status().await?;
        }
        self.process.wait().await?;
        Ok(())
    }

    /// CPU seconds that it has used, and its resident memory in bytes.
    fn usage(&self) -> anyhow::Result<(f64, u64)> {
        let pid = self.process.id().context("the server has ended")?;
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
        // The name, in parentheses, may hold anything; the numbers stand behind it.
        let fields: Vec<_> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let number = |index: usize| fields.get(index).and_then(|field| field.parse::<f64>().ok()).unwrap_or_default();
        Ok(((number(11) + number(12)) / TICKS_PER_SECOND, number(21) as u64 * 4096))
    }
}

/// Measurements while calls are made.
pub(crate) struct Bench {
    cpu_before: f64,
    voice_to_voice: Vec<i64>,
    silent_after: Vec<i64>,
    transcript: Vec<i64>,
    decision: Vec<i64>,
    first_audio: Vec<i64>,
    photo: Vec<i64>,
    turns: usize,
    unanswered: usize,
    seconds: f64,
}

impl Bench {
    /// Begins to count the server's CPU time.
    pub(crate) fn new(server: &Child) -> anyhow::Result<Self> {
        Ok(Self {
            cpu_before: server.usage()?.0,
            voice_to_voice: Vec::new(),
            silent_after: Vec::new(),
            transcript: Vec::new(),
            decision: Vec::new(),
            first_audio: Vec::new(),
            photo: Vec::new(),
            turns: 0,
            unanswered: 0,
            seconds: 0.0,
        })
    }

    /// Adds a call.
    pub(crate) fn add(&mut self, record: &Record) {
        let turns = &record.outcome.turns;
        self.turns += turns.len();
        self.unanswered += turns.iter().filter(|turn| turn.voice_to_voice_ms.is_none()).count();
        self.voice_to_voice.extend(turns.iter().filter_map(|turn| turn.voice_to_voice_ms));
        self.silent_after.extend(turns.iter().filter_map(|turn| turn.silent_after_ms).map(|ms| ms as i64));
        for stages in &record.stages {
            self.transcript.push(stages.transcript_ms as i64);
            self.decision.push(stages.decision_ms as i64);
            self.first_audio.push(stages.first_audio_ms as i64);
        }
        self.photo.extend(record.photo_to_words().map(|time| time.as_millis() as i64));
        self.seconds += record.outcome.recording.duration().as_secs_f64();
    }

    /// The report of all calls.
    pub(crate) fn finish(self, server: &Child) -> anyhow::Result<Report> {
        let (cpu, resident_bytes) = server.usage()?;
        let cpu_seconds = cpu - self.cpu_before;
        Ok(Report {
            cpu: cpu_model(),
            load_1min: std::fs::read_to_string("/proc/loadavg")
                .ok()
                .and_then(|load| load.split_whitespace().next().and_then(|load| load.parse().ok())),
            turns: self.turns,
            unanswered: self.unanswered,
            call_seconds: self.seconds,
            cpu_seconds_a_turn: cpu_seconds / self.turns.max(1) as f64,
            cpu_seconds,
            resident_bytes,
            voice_to_voice_ms: Distribution::of(self.voice_to_voice),
            transcript_ms: Distribution::of(self.transcript),
            decision_ms: Distribution::of(self.decision),
            first_audio_ms: Distribution::of(self.first_audio),
            silent_after_ms: Distribution::of(self.silent_after),
            photo_to_words_ms: Distribution::of(self.photo),
        })
    }
}

/// What scripted calls cost and how long their answers took.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    /// CPU model.
    pub(crate) cpu: String,
    /// Load average of the last minute at the end.
    pub(crate) load_1min: Option<f64>,
    /// Things that callers said.
    pub(crate) turns: usize,
    /// Those that got no spoken answer.
    pub(crate) unanswered: usize,
    /// Length of all calls.
    pub(crate) call_seconds: f64,
    /// CPU time of the server a turn.
    pub(crate) cpu_seconds_a_turn: f64,
    /// CPU time of the server.
    pub(crate) cpu_seconds: f64,
    /// Resident memory of the server at the end.
    pub(crate) resident_bytes: u64,
    /// From the caller's last sound to the agent's first, read from the stereo recording.
    pub(crate) voice_to_voice_ms: Option<Distribution>,
    /// Stage: to the final transcript.
    pub(crate) transcript_ms: Option<Distribution>,
    /// Stage: to the decision.
    pub(crate) decision_ms: Option<Distribution>,
    /// Stage: to the first audio.
    pub(crate) first_audio_ms: Option<Distribution>,
    /// From the start of an interruption to silence.
    pub(crate) silent_after_ms: Option<Distribution>,
    /// From sending a photo to its description.
    pub(crate) photo_to_words_ms: Option<Distribution>,
}

/// Percentiles (nearest rank) of a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Distribution {
    /// Number of values.
    pub(crate) count: usize,
    /// Median.
    pub(crate) p50: i64,
    /// 95th percentile.
    pub(crate) p95: i64,
    /// Largest value.
    pub(crate) max: i64,
}

impl Distribution {
    fn of(mut values: Vec<i64>) -> Option<Self> {
        values.sort_unstable();
        let rank = |share: f64| {
            let rank = (share * values.len() as f64).ceil() as usize;
            values.get(rank.max(1) - 1).copied()
        };
        Some(Self { count: values.len(), p50: rank(0.50)?, p95: rank(0.95)?, max: *values.last()? })
    }
}

impl Report {
    /// The report as lines of a table.
    pub(crate) fn table(&self) -> Vec<String> {
        let mut lines = vec![
            format!("CPU {}, load {:.1}", self.cpu, self.load_1min.unwrap_or_default()),
            format!("{} turns in {:.0} s of calls, {} unanswered", self.turns, self.call_seconds, self.unanswered),
            format!("{:.2} CPU s a turn (server), {} MiB resident", self.cpu_seconds_a_turn, self.resident_bytes >> 20),
            format!("{:<30} {:>6} {:>8} {:>8} {:>8}", "ms", "n", "p50", "p95", "max"),
        ];
        let rows = [
            ("voice to voice (recording)", self.voice_to_voice_ms),
            ("  to final transcript", self.transcript_ms),
            ("  to decision", self.decision_ms),
            ("  to first audio", self.first_audio_ms),
            ("silent after interruption", self.silent_after_ms),
            ("photo sent to described", self.photo_to_words_ms),
        ];
        lines.extend(rows.iter().filter_map(|(name, values)| {
            let Distribution { count, p50, p95, max } = (*values)?;
            Some(format!("{name:<30} {count:>6} {p50:>8} {p95:>8} {max:>8}"))
        }));
        lines
    }
}

fn cpu_model() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    format!("{}, {cores} cores", model.map_or("unknown", |(_, name)| name.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_were_measured() {
        let values = Distribution::of((1..=100).rev().collect()).unwrap();
        assert_eq!((values.p50, values.p95, values.max), (50, 95, 100));
        assert_eq!(Distribution::of(vec![7]).unwrap().p95, 7);
        assert_eq!(Distribution::of(vec![]), None);
    }
}
