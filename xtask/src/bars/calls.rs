//! Scripted customers, in text and by voice: whether they are served, and what is written for them.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use super::{Bar, Outcome};
use crate::{demo, process};

const CASES: &str = "shops/demo/calls";
const REPORT: &str = "target/bars/calls.json";
const VOICE_REPORT: &str = "target/bars/calls-by-voice.json";
/// Calls by voice take as long as they take: about a minute each.
const VOICE_SAMPLE: &str = "24";

pub(super) fn measure() -> Result<Vec<Bar>> {
    demo::build()?;
    let text = play(REPORT, &[])?;
    let voice = play(VOICE_REPORT, &["--voice", "--sample", VOICE_SAMPLE, "--at-once", "2"])?;
    Ok([of(&text), by_voice(&voice)].concat())
}

fn play(to: &str, how: &[&str]) -> Result<Value> {
    fs::create_dir_all(Path::new(to).parent().unwrap_or(Path::new(".")))?;
    fs::remove_file(to).ok();
    // It fails where something is written twice or without a yes: that is a bar that falls short, told below.
    if let Err(error) = process::run(Command::new(demo::PROGRAM).args(["eval", "calls", CASES, "--json", to]).args(how))
    {
        eprintln!("{error:#}");
    }
    serde_json::from_slice(&fs::read(to)?).context("the report of the scripted calls")
}

fn by_voice(report: &Value) -> Vec<Bar> {
    let number = |pointer: &str| report.pointer(pointer).and_then(Value::as_f64);
    let known = |value: Option<f64>| value.map_or(Outcome::NotMeasured, Outcome::Value);
    let misunderstood = number("/with_photos/calls")
        .zip(number("/with_photos/resolved"))
        .map(|(calls, resolved)| (calls - resolved) / calls);
    vec![
        Bar::at_least("scripted calls resolved, voice", 0.85, known(number("/resolved_share"))),
        Bar::at_most("voice and photo cases misunderstood", 0.05, known(misunderstood)),
        Bar::at_most("written without a yes, voice", 0.0, known(number("/unconfirmed_writes"))),
        Bar::at_most("written twice, voice", 0.0, known(number("/doubled_writes"))),
    ]
}

fn of(report: &Value) -> Vec<Bar> {
    let value =
        |pointer: &str| report.pointer(pointer).and_then(Value::as_f64).map_or(Outcome::NotMeasured, Outcome::Value);
    vec![
        Bar::at_least("scripted calls resolved, text", 0.9, value("/resolved_share")),
        Bar::at_most("written without a yes", 0.0, value("/unconfirmed_writes")),
        Bar::at_most("written twice", 0.0, value("/doubled_writes")),
        Bar::at_most("decision, 1,000 calls at once, p99, ms", 5.0, value("/decision/p99_ms")),
    ]
}

#[cfg(test)]
mod tests {
    use super::super::Verdict;
    use super::*;
    use serde_json::json;

    #[test]
    fn what_the_report_lacks_does_not_hold() {
        let report = json!({ "resolved_share": 0.95, "unconfirmed_writes": 1, "doubled_writes": 0 });
        let verdicts: Vec<Verdict> = of(&report).iter().map(Bar::verdict).collect();
        assert_eq!(verdicts, [Verdict::Holds, Verdict::FallsShort, Verdict::Holds, Verdict::FallsShort]);
        let report =
            json!({ "resolved_share": 0.8, "unconfirmed_writes": 0, "with_photos": { "calls": 4, "resolved": 4 } });
        let verdicts: Vec<Verdict> = by_voice(&report).iter().map(Bar::verdict).collect();
        assert_eq!(verdicts, [Verdict::FallsShort, Verdict::Holds, Verdict::Holds, Verdict::FallsShort]);
    }
}
