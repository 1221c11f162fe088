//! Retail tasks derived from tau2-bench, which are not part of this repository. The figure is τ-retail-derived, no τ score.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;
use serde_json::Value;

use super::{Bar, Outcome};
use crate::{demo, process};

const TASKS: &str = "tau2/retail";
const REPORT: &str = "target/bars/tau.json";

/// `ermu` has been built.
pub(super) fn measure() -> Result<Vec<Bar>> {
    let folder = std::env::var_os("ERMU_SHARED_DATA").map_or_else(|| PathBuf::from("../shared/data"), PathBuf::from);
    let folder = folder.join(TASKS);
    if !folder.is_dir() {
        return Ok(of(None));
    }
    fs::create_dir_all("target/bars")?;
    fs::remove_file(REPORT).ok();
    // It fails where something is written without a yes: that is a bar that falls short, told below.
    if let Err(error) =
        process::run(Command::new(demo::PROGRAM).args(["eval", "tau"]).arg(folder).args(["--json", REPORT]))
    {
        eprintln!("{error:#}");
    }
    Ok(of(Some(&serde_json::from_slice(&fs::read(REPORT)?)?)))
}

fn of(report: Option<&Value>) -> Vec<Bar> {
    let value = |pointer: &str| match report {
        None => Outcome::NoData,
        Some(report) => report.pointer(pointer).and_then(Value::as_f64).map_or(Outcome::NotMeasured, Outcome::Value),
    };
    vec![
        Bar::at_least("τ-retail-derived, training tasks", 0.5, value("/solved_share")),
        Bar::at_most("  written without a yes", 0.0, value("/unconfirmed_writes")),
    ]
}

#[cfg(test)]
mod tests {
    use super::super::Verdict;
    use super::*;
    use serde_json::json;

    #[test]
    fn a_report_is_judged_and_no_data_is_skipped() {
        let verdicts = |report: Option<&Value>| of(report).iter().map(Bar::verdict).collect::<Vec<_>>();
        let report = json!({ "solved_share": 0.49, "unconfirmed_writes": 0 });
        assert_eq!(verdicts(Some(&report)), [Verdict::FallsShort, Verdict::Holds]);
        assert_eq!(verdicts(None), [Verdict::Skipped, Verdict::Skipped]);
    }
}
