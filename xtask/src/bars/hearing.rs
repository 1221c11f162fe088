//! Hearing and answering: latency, words, turns, emotion, and peers in the same run.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Result;
use serde_json::Value;

use super::{Bar, Limit, Outcome};
use crate::{demo, process};

const OUT: &str = "target/bars";
/// Speech of real people lies beside the checkout, or where this variable says; it is not ours to ship.
const DATA: &str = "../shared/data";
const DATA_VARIABLE: &str = "ERMU_SHARED_DATA";
/// Categories whose every word is known: read, commands, digits.
const CATEGORIES: [&str; 3] = ["zh_read", "zh_cmd", "zh_digits"];
/// Runs Pipecat, faster-whisper and aiortc in an environment of their own; this exit code says that it cannot be had.
const PEERS: &str = "benches/peers/run.py";
const NO_PEER: i32 = 77;

/// A measurement that several bars read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    /// `ermu bench latency`, every call script, one call.
    Latency,
    /// `ermu bench asr` on the data.
    Words,
    /// `ermu bench turns`.
    Turns,
    /// `ermu bench emotion` on the data.
    Emotion,
    /// The peers, ratios pair by pair.
    Peers,
}

const SOURCES: [Source; 5] = [Source::Latency, Source::Words, Source::Turns, Source::Emotion, Source::Peers];

/// A bar: its name, its limit, and where in which report the number stands; with two places, the first less the second.
type Row = (&'static str, Limit, Source, &'static [&'static str]);

use Limit::{AtLeast, AtMost};
use Source::{Emotion, Latency, Peers, Turns, Words};

#[rustfmt::skip]
const ROWS: [Row; 29] = [
    ("turns without a spoken answer", AtMost(0.0), Latency, &["/levels/0/unanswered"]),
    ("voice to voice, p50, ms", AtMost(800.0), Latency, &["/levels/0/voice_to_voice_ms/p50"]),
    ("voice to voice, p95, ms", AtMost(1_200.0), Latency, &["/levels/0/voice_to_voice_ms/p95"]),
    ("silent after an interruption, p95, ms", AtMost(250.0), Latency, &["/levels/0/silent_after_ms/p95"]),
    ("CPU seconds a turn", AtMost(2.0), Latency, &["/levels/0/cpu_seconds_a_turn"]),
    ("photo sent to described, p95, ms", AtMost(3_000.0), Latency, &["/levels/0/photo_to_words_ms/p95"]),
    ("CPU of a turn, to Pipecat's", AtMost(0.333), Peers, &["/conversation/ratio"]),
    ("CPU of a transcript, to faster-whisper's", AtMost(0.333), Peers, &["/hearing/ratio"]),
    ("  its error rate less faster-whisper's", AtMost(0.0), Peers, &["/hearing/error_rate", "/hearing/peer_error_rate"]),
    ("calls a core, media path, both ways", AtLeast(100.0), Peers, &["/media/calls_a_core"]),
    ("  to aiortc's in the same run", AtLeast(1.0), Peers, &["/media/ratio"]),
    ("Mandarin read, commands, digits, CER", AtMost(0.12), Words, &["/languages/zh/error_rate"]),
    ("digit strings exact, blind", AtLeast(0.75), Words, &["/numbers/exact_rate"]),
    ("digit strings right, caller's orders known", AtLeast(0.99), Words, &["/numbers/known_right_rate"]),
    ("  another order of the caller's taken", AtMost(0.0), Words, &["/numbers/known_wrong"]),
    ("  taken though it is none of them", AtMost(0.0), Words, &["/numbers/stranger_taken"]),
    ("catalogue names found", AtLeast(0.98), Words, &["/names/right_rate"]),
    ("names outside the catalogue rejected", AtLeast(0.90), Words, &["/names/outside_rejected_rate"]),
    ("false utterances in 10 minutes of noise", AtMost(1.0), Words, &["/invented/per_10_minutes"]),
    ("yields to a real interruption", AtLeast(0.95), Turns, &["/interruptions/yield_rate"]),
    ("signs of listening ignored", AtLeast(0.90), Turns, &["/backchannels/ignore_rate"]),
    ("coughs and knocks ignored", AtLeast(0.90), Turns, &["/noises/ignore_rate"]),
    ("speech for others ignored", AtLeast(0.60), Turns, &["/not_for_me/ignore_rate"]),
    ("angry from calm, one utterance, accuracy", AtLeast(0.93), Emotion, &["/scores/casia/clean/enrolled/one/angry_calm_accuracy"]),
    ("angry from calm, two utterances, accuracy", AtLeast(0.97), Emotion, &["/scores/casia/clean/enrolled/two/angry_calm_accuracy"]),
    ("angry from calm, telephone, AUC", AtLeast(0.95), Emotion, &["/scores/casia/ulaw/enrolled/one/angry_calm_auc"]),
    ("angry from calm, 10 dB babble, AUC", AtLeast(0.91), Emotion, &["/scores/casia/babble/enrolled/one/angry_calm_auc"]),
    ("angry from the rest, AUC", AtLeast(0.95), Emotion, &["/scores/casia/clean/enrolled/one/angry_rest_auc"]),
    ("angry from the rest, two, recall at 5 %", AtLeast(0.85), Emotion, &["/scores/casia/clean/enrolled/two/angry_rest_recall"]),
];

pub(super) fn measure() -> Result<Vec<Bar>> {
    demo::build()?;
    let example = ["build", "--release", "--workspace", "--example", "calls_per_core"];
    process::run(process::cargo().args(example))?;
    fs::create_dir_all(OUT)?;
    let data = std::env::var_os(DATA_VARIABLE).map_or_else(|| PathBuf::from(DATA), PathBuf::from);
    let reports: Vec<(Source, Report)> = SOURCES.into_iter().map(|source| (source, run(source, &data))).collect();
    Ok(bars(&reports))
}

/// What came of a measurement.
#[derive(Debug, Clone, PartialEq)]
enum Report {
    Numbers(Value),
    /// It cannot be made here, and nobody could say whether its bars hold.
    Skipped(Outcome),
    /// It broke.
    Failed,
}

fn bars(reports: &[(Source, Report)]) -> Vec<Bar> {
    let outcome = |source, places: &[&str]| match reports.iter().find(|(of, _)| *of == source) {
        Some((_, Report::Numbers(report))) => number(report, places),
        Some((_, Report::Skipped(why))) => why.clone(),
        Some((_, Report::Failed)) | None => Outcome::NotMeasured,
    };
    let bar = |(name, limit, source, places)| Bar { name, limit, outcome: outcome(source, places) };
    ROWS.into_iter().map(bar).collect()
}

/// The number at the first place, less that at the second.
fn number(report: &Value, places: &[&str]) -> Outcome {
    let skipped = |place: &&str| {
        // A part of a report may have been skipped by itself.
        let part = place.trim_start_matches('/').split('/').next().unwrap_or_default();
        report.pointer(&format!("/{part}/skipped")).is_some()
    };
    if places.iter().any(skipped) {
        return Outcome::NoPeer;
    }
    let values: Option<Vec<f64>> = places.iter().map(|place| report.pointer(place)?.as_f64()).collect();
    values.map_or(Outcome::NotMeasured, |values| Outcome::Value(values[0] - values[1..].iter().sum::<f64>()))
}

/// Runs one measurement. What breaks is told and falls short; the others still run.
fn run(source: Source, data: &Path) -> Report {
    let json = Path::new(OUT).join(source.file());
    fs::remove_file(&json).ok();
    if let Some(folder) = source.data()
        && !data.join(folder).is_dir()
    {
        eprintln!("{source:?}: no {}", data.join(folder).display());
        return Report::Skipped(Outcome::NoData);
    }
    let mut command = source.command(data);
    command.arg("--json").arg(&json);
    eprintln!("$ {}", process::shown(&command));
    match command.status() {
        Ok(status) if source == Source::Peers && status.code() == Some(NO_PEER) => Report::Skipped(Outcome::NoPeer),
        Ok(status) if status.success() => match fs::read(&json).map(|bytes| serde_json::from_slice(&bytes)) {
            Ok(Ok(report)) => Report::Numbers(report),
            Ok(Err(_)) | Err(_) => Report::Failed,
        },
        Ok(_) | Err(_) => Report::Failed,
    }
}

impl Source {
    fn file(self) -> &'static str {
        match self {
            Self::Latency => "latency.json",
            Self::Words => "asr.json",
            Self::Turns => "turns.json",
            Self::Emotion => "emotion.json",
            Self::Peers => "peers.json",
        }
    }

    /// The folder of the data that it needs, if any.
    fn data(self) -> Option<&'static str> {
        match self {
            Self::Words => Some("speech"),
            Self::Emotion => Some("emotion"),
            Self::Latency | Self::Turns | Self::Peers => None,
        }
    }

    fn command(self, data: &Path) -> Command {
        let bench = |what: &str| {
            let mut command = Command::new(demo::PROGRAM);
            command.args(["bench", what]);
            command
        };
        match self {
            Self::Latency => {
                let mut command = bench("latency");
                command.args(["--html", "target/bars/latency.html"]);
                command
            }
            Self::Words => {
                let mut command = bench("asr");
                command.arg(data.join("speech"));
                for category in CATEGORIES {
                    command.args(["--category", category]);
                }
                command
            }
            Self::Turns => bench("turns"),
            Self::Emotion => {
                let mut command = bench("emotion");
                command.arg("--data").arg(data.join("emotion"));
                command
            }
            Self::Peers => {
                let mut command = Command::new("python3");
                command.arg(PEERS);
                command
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Verdict;
    use super::*;
    use serde_json::json;

    #[test]
    fn a_number_that_is_not_there_never_holds() {
        let level = json!({ "unanswered": 0, "voice_to_voice_ms": { "p50": 700, "p95": 9_000 } });
        let latency = Report::Numbers(json!({ "levels": [level] }));
        let reports = [
            (Latency, latency),
            (Emotion, Report::Skipped(Outcome::NoData)),
            (Peers, Report::Skipped(Outcome::NoPeer)),
        ];
        let bars = bars(&reports);
        assert_eq!(bars.len(), ROWS.len());
        let verdict = |name: &str| bars.iter().find(|bar| bar.name == name).unwrap().verdict();
        assert_eq!(verdict("voice to voice, p50, ms"), Verdict::Holds);
        assert_eq!(verdict("voice to voice, p95, ms"), Verdict::FallsShort);
        assert_eq!(verdict("silent after an interruption, p95, ms"), Verdict::FallsShort, "it is missing");
        assert_eq!(verdict("yields to a real interruption"), Verdict::FallsShort, "it broke");
        assert_eq!(verdict("angry from the rest, AUC"), Verdict::Skipped);
        assert_eq!(verdict("CPU of a turn, to Pipecat's"), Verdict::Skipped);
    }

    #[test]
    fn two_places_are_a_difference_and_a_part_may_be_skipped() {
        let report = json!({ "hearing": { "a": 0.3, "b": 0.1 }, "media": { "skipped": "no" } });
        assert_eq!(number(&report, &["/hearing/a"]), Outcome::Value(0.3));
        assert_eq!(number(&report, &["/hearing/b", "/hearing/a"]), Outcome::Value(0.1 - 0.3));
        assert_eq!(number(&report, &["/hearing/a", "/hearing/c"]), Outcome::NotMeasured);
        assert_eq!(number(&report, &["/media/ratio"]), Outcome::NoPeer);
    }
}
