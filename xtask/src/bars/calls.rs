//! Scripted customers: whether they are served, and what is written for them.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use super::{Bar, Outcome};
use crate::{demo, process};

const CASES: &str = "shops/demo/calls";
const REPORT: &str = "target/bars/calls.json";

pub(super) fn measure() -> Result<Vec<Bar>> {
    process::run(process::cargo().args(["build", "--release", "--workspace", "--bin", "ermu"]))?;
    fs::create_dir_all(Path::new(REPORT).parent().unwrap_or(Path::new(".")))?;
    fs::remove_file(REPORT).ok();
    // It fails where something is written twice or without a yes: that is a bar that falls short, told below.
    if let Err(error) = process::run(Command::new(demo::PROGRAM).args(["eval", "calls", CASES, "--json", REPORT])) {
        eprintln!("{error:#}");
    }
    let report: Value = serde_json::from_slice(&fs::read(REPORT)?).context("the report of the scripted calls")?;
    Ok(of(&report))
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
    }
}
