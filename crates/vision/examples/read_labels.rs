//! Reads every photo of a folder that `models/recipes/reading/labels.py` wrote, and counts the values that are exact.
//!
//!     cargo run --release -p ermu-vision --example read_labels -- image-fixtures/labels

#![allow(clippy::print_stdout, reason = "a program for the terminal")]

use std::{collections::BTreeMap, path::PathBuf};

use ermu_domain::FieldKind;
use ermu_vision::{DecodeLimits, FieldRules, Reader, decode, fields};
use rustix::time::{ClockId, clock_gettime};
use serde::Deserialize;

#[derive(Deserialize)]
struct Manifest {
    photo: Vec<Truth>,
}

#[derive(Deserialize)]
struct Truth {
    file: PathBuf,
    values: Vec<Value>,
}

#[derive(Deserialize)]
struct Value {
    kind: FieldKind,
    value: String,
}

#[derive(Default)]
struct Count {
    truths: usize,
    exact: usize,
    wrong: usize,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("which folder?")?);
    let manifest: Manifest = toml::from_str(&std::fs::read_to_string(folder.join("labels.toml"))?)?;
    let model = ermu_testkit::model;
    let mut reader = Reader::load(&ermu_testkit::init_onnx(), &model("text-detector"), &model("text-recogniser"))?;
    let rules = FieldRules { order_digits: 6..=6 };
    let mut counts = BTreeMap::<FieldKind, Count>::new();
    let mut seconds = 0.0;
    for truth in &manifest.photo {
        let photo = decode(&std::fs::read(folder.join(&truth.file))?, DecodeLimits::default())?;
        let started = cpu_seconds();
        let lines = reader.read(&photo)?;
        seconds += cpu_seconds() - started;
        let found = fields(&lines, &rules);
        for field in &found {
            if !truth.values.iter().any(|value| field.kind == value.kind && *field.value.expose() == value.value) {
                counts.entry(field.kind).or_default().wrong += 1;
                println!("{}: {:?} {} is not on it", truth.file.display(), field.kind, field.value.expose());
            }
        }
        for Value { kind, value } in &truth.values {
            let count = counts.entry(*kind).or_default();
            count.truths += 1;
            count.exact += usize::from(found.iter().any(|field| field.kind == *kind && field.value.expose() == value));
            if !found.iter().any(|field| field.kind == *kind && field.value.expose() == value) {
                let text: Vec<_> = lines.iter().map(|line| line.text.as_str()).collect();
                println!("{}: {kind:?} {value} not in {text:?}", truth.file.display());
            }
        }
    }
    println!("{:<14} {:>6} {:>6} {:>6}", "kind", "values", "exact", "wrong");
    for (kind, Count { truths, exact, wrong }) in &counts {
        println!("{:<14} {truths:>6} {:>6.3} {wrong:>6}", format!("{kind:?}"), *exact as f64 / *truths as f64);
    }
    println!("{:.0} ms of CPU time a photo", 1000.0 * seconds / manifest.photo.len() as f64);
    Ok(())
}

/// How long this thread, which is the only one that works, has run.
fn cpu_seconds() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}
