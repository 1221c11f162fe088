//! Judges photos and writes them with the findings drawn on: `cargo run --release -p ermu-vision --example inspect --
//! libonnxruntime.so defect.onnx OUT_DIR PHOTO [--reference REFERENCE]… [PHOTO …]`. Prints CPU milliseconds of each step.
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a tool for developers")]

use std::path::{Path, PathBuf};
use std::time::Instant;

use ermu_vision::{Comparison, DecodeLimits, DefectModel, Photo, Quality, annotate, decode};

fn main() {
    tracing_subscriber::fmt().with_env_filter(tracing_subscriber::EnvFilter::from_default_env()).init();
    let mut args = std::env::args().skip(1);
    let onnx = ermu_models(&args.next().unwrap());
    let mut model = DefectModel::load(&onnx, Path::new(&args.next().unwrap())).unwrap();
    let out = PathBuf::from(args.next().unwrap());
    let (mut photos, mut references) = (Vec::new(), Vec::new());
    while let Some(arg) = args.next() {
        if arg == "--reference" { references.push(load(&args.next().unwrap())) } else { photos.push(arg) }
    }
    for path in photos {
        let start = Instant::now();
        let photo = load(&path);
        let decoded = start.elapsed();
        let quality = Quality::of(&photo);
        let gated = start.elapsed();
        let found = model.look(&photo, Comparison::Catalogue(&references)).unwrap().located;
        let located = start.elapsed();
        let jpeg = annotate(&photo, &found).unwrap();
        let drawn = start.elapsed();
        println!(
            "{path}: decode {decoded:.0?}, gate {:.0?}, locate {:.0?}, draw {:.0?}",
            gated - decoded,
            located - gated,
            drawn - located
        );
        println!("  {quality:.3?} {:?}", quality.faults());
        for found in &found {
            println!("  {:?}", found.finding);
        }
        let name = Path::new(&path).file_stem().unwrap();
        std::fs::write(out.join(name).with_extension("jpg"), jpeg).unwrap();
    }
}

fn load(path: &str) -> Photo {
    decode(&std::fs::read(path).unwrap(), DecodeLimits::default()).unwrap()
}

fn ermu_models(library: &str) -> ort::environment::Environment {
    ort::init_from(library).unwrap().build().unwrap()
}
