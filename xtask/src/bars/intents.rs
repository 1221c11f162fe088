//! What customers want: intents on real customer lines, which are not the project's to ship, and on its own held-out ones.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;
use serde_json::Value;

use super::{Bar, Outcome};
use crate::{demo, process};

const OWN_LINES: &str = "shops/demo/held-out.zh.txt";
const SLOT_LINES: &str = "shops/demo/held-out.slots.txt";
const OTHER_LANGUAGES: &str = "nlu/multilingual_lines.txt";
const REAL_LINES: &str = "nlu/jd_customer_lines_840.json";

/// `ermu` has been built.
pub(super) fn measure() -> Result<Vec<Bar>> {
    let shared = |name: &str, as_name: &str| {
        let file = data().map(|data| data.join(name)).filter(|file| file.is_file());
        file.map(|file| report(&file, as_name)).transpose()
    };
    let real = shared(REAL_LINES, "intents-real")?;
    let others = shared(OTHER_LANGUAGES, "intents-languages")?;
    let own = report(Path::new(OWN_LINES), "intents-own")?;
    let slots = report(Path::new(SLOT_LINES), "slots-own")?;
    Ok(of(real.as_ref(), others.as_ref(), &own, &slots))
}

fn of(real: Option<&Value>, others: Option<&Value>, own: &Value, slots: &Value) -> Vec<Bar> {
    let at = |report: Option<&Value>, pointer: &str| match report {
        None => Outcome::NoData,
        Some(report) => report.pointer(pointer).and_then(Value::as_f64).map_or(Outcome::NotMeasured, Outcome::Value),
    };
    vec![
        Bar::at_least("intent, real lines", 0.80, at(real, "/clean/accuracy")),
        Bar::at_least("intent, real lines that ask for an action", 0.87, at(real, "/clean/actionable/accuracy")),
        Bar::at_least("coverage at 97 % right, real lines", 0.60, at(real, "/clean/coverage_at_97")),
        Bar::at_most("points lost at 10 % noise, real lines", 4.0, at(real, "/noise_costs_points")),
        Bar::at_least("intent, own held-out lines", 0.80, at(Some(own), "/clean/accuracy")),
        Bar::at_most("points lost at 10 % noise, own lines", 4.0, at(Some(own), "/noise_costs_points")),
        Bar::at_least("intent, lines in en, es, pt, ar", 0.90, at(others, "/clean/accuracy")),
        Bar::at_least("slots: found of what is named, own lines", 0.90, at(Some(slots), "/slots/all/recall")),
        Bar::at_least("slots: named of what is found, own lines", 0.95, at(Some(slots), "/slots/all/precision")),
    ]
}

fn report(file: &Path, name: &str) -> Result<Value> {
    let json = PathBuf::from(format!("target/bars/{name}.json"));
    fs::create_dir_all("target/bars")?;
    fs::remove_file(&json).ok();
    process::run(Command::new(demo::PROGRAM).args(["eval", "nlu"]).arg(file).arg("--json").arg(&json))?;
    Ok(serde_json::from_slice(&fs::read(json)?)?)
}

/// The evaluation data, beside the checkout or where `ERMU_SHARED_DATA` says.
fn data() -> Option<PathBuf> {
    let folder = std::env::var_os("ERMU_SHARED_DATA").map_or_else(|| PathBuf::from("../shared/data"), PathBuf::from);
    folder.is_dir().then_some(folder)
}

#[cfg(test)]
mod tests {
    use super::super::Verdict;
    use super::*;
    use serde_json::json;

    #[test]
    fn without_the_real_lines_only_the_own_ones_are_judged() {
        let own = json!({ "clean": { "accuracy": 0.9 }, "noise_costs_points": 5.0 });
        let slots = json!({ "slots": { "all": { "recall": 0.95, "precision": 0.9 } } });
        let verdicts: Vec<Verdict> = of(None, None, &own, &slots).iter().map(Bar::verdict).collect();
        assert!(verdicts[..4].iter().all(|verdict| *verdict == Verdict::Skipped));
        assert_eq!(verdicts[4..6], [Verdict::Holds, Verdict::FallsShort]);
        assert_eq!(verdicts[6..], [Verdict::Skipped, Verdict::Holds, Verdict::FallsShort]);
    }
}
