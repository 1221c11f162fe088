//! The rendered fixtures of image-fixtures/ against the shipped model: what a caller would get.

#![allow(clippy::unwrap_used, reason = "a broken test may panic")]

use std::path::Path;
use std::time::Duration;

use ermu_domain::{Basis, ImageFinding, PhotoReport, QualityFault, Region};
use ermu_testkit::{fixture, init_onnx};
use ermu_vision::{DecodeLimits, InspectError, Inspection, Inspector, Photo, decode};
use serde::Deserialize;

#[derive(Deserialize)]
struct Manifest {
    photo: Vec<Truth>,
}

#[derive(Deserialize)]
struct Truth {
    file: String,
    product: String,
    kind: Option<String>,
    place: Option<String>,
    #[serde(rename = "box")]
    region: Option<[f32; 4]>,
    #[serde(default)]
    faults: Vec<QualityFault>,
}

impl Truth {
    fn region(&self) -> Option<Region> {
        self.region.map(|[x, y, width, height]| Region { x, y, width, height })
    }

    fn references(&self) -> Vec<Photo> {
        references(&self.product)
    }
}

fn truths() -> Vec<Truth> {
    let text = std::fs::read_to_string(fixture("image-fixtures/manifest.toml")).unwrap();
    toml::from_str::<Manifest>(&text).unwrap().photo
}

fn photo(path: &Path) -> Photo {
    decode(&std::fs::read(path).unwrap(), DecodeLimits::default()).unwrap()
}

fn references(product: &str) -> Vec<Photo> {
    let folder = fixture(&format!("shops/demo/photos/{product}"));
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.iter().map(|path| photo(path)).collect()
}

fn inspector() -> Inspector {
    Inspector::load(&init_onnx(), &fixture("models/weights/defect.onnx"), DecodeLimits::default()).unwrap()
}

fn inspect(inspector: &mut Inspector, file: &str, references: &[Photo]) -> Inspection {
    let bytes = std::fs::read(fixture(&format!("image-fixtures/{file}"))).unwrap();
    inspector.inspect(&bytes, references).unwrap()
}

/// Intersection over union of two boxes.
fn overlap(a: Region, b: Region) -> f32 {
    let along = |a0: f32, a1: f32, b0: f32, b1: f32| ((a0 + a1).min(b0 + b1) - a0.max(b0)).max(0.0);
    let both = along(a.x, a.width, b.x, b.width) * along(a.y, a.height, b.y, b.height);
    both / (a.width * a.height + b.width * b.height - both)
}

fn told(report: &PhotoReport) -> String {
    let one = |f: &ImageFinding| format!("{:?} {:?} {:.2} {:?}", f.kind, f.place, f.confidence, f.basis);
    format!("{:?} {:?}", report.faults, report.findings.iter().map(one).collect::<Vec<_>>())
}

#[test]
fn every_damage_is_found_where_it_is() {
    let mut inspector = inspector();
    let mut missed = Vec::new();
    for truth in truths() {
        let Some(region) = truth.region().filter(|_| truth.faults.is_empty()) else { continue };
        let report = inspect(&mut inspector, &truth.file, &truth.references()).report;
        let iou = report.findings.first().map_or(0.0, |found| overlap(found.region, region));
        println!(
            "{:36} box IoU {iou:.2}  {} {:?}: {}",
            truth.file,
            truth.place.as_deref().unwrap_or(""),
            truth.kind,
            told(&report)
        );
        let found = report.findings.first();
        if iou < 0.3 || found.is_none_or(|f| f.basis != Basis::Reference) {
            missed.push(truth.file);
        }
    }
    assert!(missed.is_empty(), "missed: {missed:?}");
}

#[test]
fn the_demo_photo_shows_a_scratch_at_the_top_right() {
    for file in ["coffee-machine-scratch.jpg", "coffee-machine-scratch-turned.jpg"] {
        let inspection = inspect(&mut inspector(), file, &references("coffee-machine"));
        let found = &inspection.report.findings[0];
        assert_eq!(serde_name(&found.kind), "scratch");
        assert_eq!(serde_name(&found.place), "top_right");
        assert!(found.confidence > 0.85 && found.basis == Basis::Reference, "{}", told(&inspection.report));
        assert!(inspection.annotated_jpeg.is_some());
        assert!(inspection.report.height_px > inspection.report.width_px);
    }
}

/// The name that the manifest uses.
fn serde_name<T: std::fmt::Debug>(value: &T) -> String {
    let mut out = String::new();
    for (i, c) in format!("{value:?}").chars().enumerate() {
        if c.is_uppercase() && i > 0 {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

#[test]
fn clean_photos_and_the_catalogue_itself_stay_silent() {
    let mut inspector = inspector();
    for truth in truths().iter().filter(|truth| truth.kind.is_none()) {
        let report = inspect(&mut inspector, &truth.file, &truth.references()).report;
        assert!(report.findings.is_empty() && report.faults.is_empty(), "{}: {}", truth.file, told(&report));
    }
    for product in ["coffee-machine", "kettle", "speaker"] {
        let references = references(product);
        for (i, reference) in references.iter().enumerate() {
            let report = inspector.inspect(&reference.to_jpeg(92).unwrap(), &references).unwrap().report;
            assert!(report.findings.is_empty() && report.faults.is_empty(), "{product} {i}: {}", told(&report));
        }
    }
}

#[test]
fn bad_photos_name_their_fault_and_are_not_judged() {
    let mut inspector = inspector();
    for truth in truths().iter().filter(|truth| !truth.faults.is_empty()) {
        let inspection = inspect(&mut inspector, &truth.file, &truth.references());
        assert_eq!(inspection.report.faults, truth.faults, "{}", truth.file);
        assert!(inspection.report.findings.is_empty() && inspection.annotated_jpeg.is_none());
    }
}

#[test]
fn another_product_is_not_compared() {
    let mut inspector = inspector();
    let report = inspect(&mut inspector, "kettle-clean.jpg", &references("speaker")).report;
    assert!(report.findings.iter().all(|found| found.basis == Basis::PhotoAlone), "{}", told(&report));
}

#[test]
fn metadata_never_leaves() {
    let inspection = inspect(&mut inspector(), "coffee-machine-scratch-turned.jpg", &references("coffee-machine"));
    for jpeg in [Some(inspection.upright_jpeg), inspection.annotated_jpeg].into_iter().flatten() {
        assert!(!jpeg.windows(4).any(|bytes| bytes == b"Exif"));
    }
}

#[test]
fn a_photo_that_takes_too_long_says_so() {
    let limits = DecodeLimits { max_time: Duration::ZERO, ..DecodeLimits::default() };
    let mut inspector = Inspector::load(&init_onnx(), &fixture("models/weights/defect.onnx"), limits).unwrap();
    let bytes = std::fs::read(fixture("image-fixtures/kettle-clean.jpg")).unwrap();
    assert!(matches!(inspector.inspect(&bytes, &[]), Err(InspectError::TooSlow(_))));
}
