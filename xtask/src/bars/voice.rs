//! What customers say aloud: order numbers against the caller's own orders.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;
use serde_json::Value;

use super::{Bar, Outcome};
use crate::{demo, process};

const REPORT: &str = "target/bars/order-numbers.json";
/// Numbers that are read out.
const CATEGORY: &str = "zh_digits";

/// `ermu` has been built.
pub(super) fn measure() -> Result<Vec<Bar>> {
    let data = std::env::var_os("ERMU_SHARED_DATA").map_or_else(|| PathBuf::from("../shared/data"), PathBuf::from);
    let speech = data.join("speech");
    if !speech.is_dir() {
        return Ok(of(&Outcome::NoData, None));
    }
    fs::create_dir_all("target/bars")?;
    fs::remove_file(REPORT).ok();
    let mut bench = Command::new(demo::PROGRAM);
    bench.args(["bench", "asr"]).arg(speech).args(["--category", CATEGORY, "--json", REPORT]);
    if let Err(error) = process::run(&mut bench) {
        eprintln!("{error:#}");
        return Ok(of(&Outcome::NotMeasured, None));
    }
    Ok(of(&Outcome::NotMeasured, Some(&serde_json::from_slice(&fs::read(REPORT)?)?)))
}

/// `lacking` is what is said of a number that the report does not hold.
fn of(lacking: &Outcome, report: Option<&Value>) -> Vec<Bar> {
    let value = |pointer: &str| {
        let number = report.and_then(|report| report.pointer(pointer)).and_then(Value::as_f64);
        number.map_or_else(|| lacking.clone(), Outcome::Value)
    };
    vec![
        Bar::at_least("order number by voice, own orders known", 0.99, value("/numbers/known_right_rate")),
        Bar::at_most("  another order of the caller's taken", 0.0, value("/numbers/known_wrong")),
        Bar::at_most("  taken though it is none of them", 0.0, value("/numbers/stranger_taken")),
    ]
}

#[cfg(test)]
mod tests {
    use super::super::Verdict;
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_not_measured_falls_short() {
        let report = json!({ "numbers": { "known_right_rate": 0.99, "known_wrong": 1, "stranger_taken": 0 } });
        let verdicts: Vec<Verdict> = of(&Outcome::NotMeasured, Some(&report)).iter().map(Bar::verdict).collect();
        assert_eq!(verdicts, [Verdict::Holds, Verdict::FallsShort, Verdict::Holds]);
        assert_eq!(of(&Outcome::NoData, None)[0].verdict(), Verdict::Skipped);
    }
}
