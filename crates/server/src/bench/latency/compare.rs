//! Two reports beside each other.

use super::{
    report::{Level, Report},
    table::PERCENTILES,
};

/// A number of a level, if it has it.
type Value = Box<dyn Fn(&Level) -> Option<f64>>;

/// Lines for the terminal: before, after, and the ratio. Levels that only one report has are left out, and named.
pub(super) fn table(before: &Report, after: &Report) -> Vec<String> {
    let mut lines = vec![format!("before: {}", before.machine.line()), format!("after:  {}", after.machine.line())];
    if before.scripts != after.scripts {
        lines.push("the two ran different scripts: what differs may be the calls".to_owned());
    }
    for level in &after.levels {
        let at_once = level.calls_at_once;
        let Some(other) = before.levels.iter().find(|other| other.calls_at_once == at_once) else {
            lines.push(format!("{at_once} at once: only after"));
            continue;
        };
        lines.push(format!("{:<44} {:>10} {:>10} {:>8}", format!("{at_once} at once"), "before", "after", "ratio"));
        for (name, value) in values(level) {
            if let (Some(before), Some(after)) = (value(other), value(level)) {
                let ratio = if before > 0.0 { format!("{:.2}", after / before) } else { "–".to_owned() };
                lines.push(format!("{name:<44} {before:>10.2} {after:>10.2} {ratio:>8}"));
            }
        }
    }
    lines
}

fn values(level: &Level) -> Vec<(String, Value)> {
    let mut values: Vec<(String, Value)> = Vec::new();
    let mut add = |name: String, value: Value| values.push((name, value));
    for (name, of) in PERCENTILES {
        add(format!("voice to voice, {name}, ms"), Box::new(move |level| level.voice_to_voice_ms.map(of)));
    }
    for stage in &level.stages {
        let name = stage.name.clone();
        add(
            format!("  {name}, mean, ms"),
            Box::new(move |level| level.stages.iter().find(|stage| stage.name == name).map(|stage| stage.ms.mean)),
        );
    }
    add("silent after an interruption, p95, ms".into(), Box::new(|level| level.silent_after_ms.map(|d| d.p95)));
    add("longest pause in an answer, p95, ms".into(), Box::new(|level| level.longest_pause_ms.map(|d| d.p95)));
    add("photo sent to described, p95, ms".into(), Box::new(|level| level.photo_to_words_ms.map(|d| d.p95)));
    add("turns without a spoken answer".into(), Box::new(|level| Some(level.unanswered as f64)));
    add("CPU seconds a turn, server".into(), Box::new(|level| Some(level.cpu_seconds_a_turn)));
    for name in level.cpu_seconds_by_thread.keys() {
        let name = name.clone();
        add(
            format!("  {name}"),
            Box::new(move |level| Some(level.cpu_seconds_by_thread.get(&name)? / level.turns.max(1) as f64)),
        );
    }
    add("resident memory, MiB".into(), Box::new(|level| Some(level.resident_bytes as f64 / f64::from(1 << 20))));
    values
}

#[cfg(test)]
mod tests {
    use super::super::report::tests::report;
    use super::*;

    #[test]
    fn ratios_are_after_by_before() {
        let lines = table(&report(&[1_000.0, 1_000.0]), &report(&[500.0, 500.0]));
        let worst = lines.iter().find(|line| line.starts_with("voice to voice, worst")).unwrap();
        // The interruptions of both took 800 ms.
        assert!(worst.ends_with("1000.00     800.00     0.80"), "{worst}");
        let mut alone = report(&[1.0]);
        alone.levels[0].calls_at_once = 8;
        assert!(table(&report(&[1.0]), &alone).contains(&"8 at once: only after".to_owned()));
    }
}
