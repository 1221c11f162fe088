//! The whole path of a call: demo, latency, cost.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use super::{Bar, Outcome};
use crate::{demo, process};

/// What callers do while it is measured.
const SCRIPTS: &[&str] = &["audio-fixtures/calls/zh-damage.toml", "audio-fixtures/calls/zh-interruptions.toml"];
const TIMES: &str = "2";
const REPORT: &str = "target/bars/spine.json";

pub(super) fn measure() -> Result<Vec<Bar>> {
    // A demo that is incomplete is a bar that falls short, not an end of the measuring.
    let complete = match demo::run(&demo::DemoArgs { once: true }) {
        Ok(()) => 1.0,
        Err(error) => {
            eprintln!("the demo call: {error:#}");
            0.0
        }
    };
    fs::create_dir_all(Path::new(REPORT).parent().unwrap_or(Path::new(".")))?;
    let mut bench = Command::new(demo::PROGRAM);
    bench.args(["bench", "latency", "--times", TIMES, "--json", REPORT]);
    for script in SCRIPTS {
        bench.args(["--script", script]);
    }
    process::run(&mut bench)?;
    let report: Value = serde_json::from_slice(&fs::read(REPORT)?).context("the bench's report")?;
    let mut bars = vec![
        Bar::at_least("demo call complete", 1.0, Outcome::Value(complete)),
        Bar::at_most("demo from a fresh clone to the end, s", 900.0, seconds(demo::Start::Cold)),
        Bar::at_most("demo again, to the end of the call, s", 120.0, seconds(demo::Start::Warm)),
    ];
    bars.extend(of_calls(&report));
    bars.push(Bar::at_least("calls a core, media path, both ways", 100.0, calls_a_core()?));
    Ok(bars)
}

/// A checkout that was built before cannot tell how long a fresh one takes.
fn seconds(start: demo::Start) -> Outcome {
    demo::last_seconds(start).map_or(Outcome::NoData, Outcome::Value)
}

/// Twenty calls at once, both sides speaking; only the answering process is counted.
fn calls_a_core() -> Result<Outcome> {
    let example = ["run", "--release", "--package", "ermu-media", "--example", "calls_per_core", "--", "--json"];
    let output = process::cargo().args(example).output()?;
    let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    Ok(report["calls_a_core"].as_f64().map_or(Outcome::NotMeasured, Outcome::Value))
}

fn of_calls(report: &Value) -> Vec<Bar> {
    let value = |pointer: &str| {
        report
            .pointer(&format!("/levels/0{pointer}"))
            .and_then(Value::as_f64)
            .map_or(Outcome::NotMeasured, Outcome::Value)
    };
    vec![
        Bar::at_most("turns without a spoken answer", 0.0, value("/unanswered")),
        Bar::at_most("voice to voice, p50, ms", 800.0, value("/voice_to_voice_ms/p50")),
        Bar::at_most("voice to voice, p95, ms", 1_200.0, value("/voice_to_voice_ms/p95")),
        Bar::at_most("silent after an interruption, p95, ms", 250.0, value("/silent_after_ms/p95")),
        Bar::at_most("photo sent to spoken about, p95, ms", 3_000.0, value("/photo_to_words_ms/p95")),
        Bar::at_most("CPU seconds a turn", 2.0, value("/cpu_seconds_a_turn")),
    ]
}

#[cfg(test)]
mod tests {
    use super::super::Verdict;
    use super::*;
    use serde_json::json;

    #[test]
    fn what_the_report_lacks_is_not_taken_for_good() {
        let level = json!({ "unanswered": 0, "voice_to_voice_ms": { "p50": 700, "p95": 9_000 } });
        let report = json!({ "levels": [level] });
        let verdicts: Vec<Verdict> = of_calls(&report).iter().map(Bar::verdict).collect();
        assert_eq!(verdicts[..3], [Verdict::Holds, Verdict::Holds, Verdict::FallsShort]);
        assert!(verdicts[3..].iter().all(|verdict| *verdict == Verdict::FallsShort));
    }
}
