//! The rendered labels of image-fixtures/labels/ against the fetched models.

#![allow(clippy::unwrap_used, reason = "a broken test may panic")]

use ermu_domain::FieldKind;
use ermu_testkit::{fixture, init_onnx, model};
use ermu_vision::{DecodeLimits, FieldRules, Inspection, Inspector, Photo, Reader, decode, fields};
use serde::Deserialize;

#[derive(Deserialize)]
struct Manifest {
    photo: Vec<Truth>,
}

#[derive(Deserialize)]
struct Truth {
    file: String,
    values: Vec<Value>,
}

#[derive(Deserialize)]
struct Value {
    kind: FieldKind,
    value: String,
}

#[test]
fn every_value_of_the_fixtures_is_read_and_no_other() {
    let text = std::fs::read_to_string(fixture("image-fixtures/labels/labels.toml")).unwrap();
    let manifest: Manifest = toml::from_str(&text).unwrap();
    let mut reader = Reader::load(&init_onnx(), &model("text-detector"), &model("text-recogniser")).unwrap();
    for truth in &manifest.photo {
        let bytes = std::fs::read(fixture(&format!("image-fixtures/labels/{}", truth.file))).unwrap();
        let lines = reader.read(&decode(&bytes, DecodeLimits::default()).unwrap()).unwrap();
        let found = fields(&lines, &FieldRules { order_digits: 6..=6 });
        let mut read: Vec<_> = found.iter().map(|field| (field.kind, field.value.expose().clone())).collect();
        let mut wanted: Vec<_> = truth.values.iter().map(|value| (value.kind, value.value.clone())).collect();
        read.sort();
        wanted.sort();
        assert_eq!(read, wanted, "{}", truth.file);
        for field in &found {
            assert!((0.5..=1.0).contains(&field.confidence), "{field:?}");
            assert!(!format!("{field:?}").contains(field.value.expose()), "personal data in a log line");
        }
    }
}

/// An inspector that reads labels too.
fn inspector() -> Inspector {
    let onnx = init_onnx();
    let reader = Reader::load(&onnx, &model("text-detector"), &model("text-recogniser")).unwrap();
    let inspector = Inspector::load(&onnx, &fixture("models/weights/defect.onnx"), DecodeLimits::default()).unwrap();
    inspector.with_reader(reader, FieldRules::ANY)
}

fn inspect(inspector: &mut Inspector, file: &str, references: &[Photo]) -> Inspection {
    let bytes = std::fs::read(fixture(&format!("image-fixtures/{file}"))).unwrap();
    inspector.inspect(&bytes, references).unwrap()
}

#[test]
fn a_label_in_a_call_gives_its_number_and_keeps_the_phone_to_itself() {
    let mut inspector = inspector();
    let Inspection { report, upright_jpeg, .. } = inspect(&mut inspector, "labels/parcel-000.jpg", &[]);
    assert_eq!(report.faults, [], "a label passes the gate");
    let read: Vec<_> = report.fields.iter().map(|field| (field.kind, field.value.expose().as_str())).collect();
    assert_eq!(read, [(FieldKind::OrderNumber, "457901"), (FieldKind::Phone, "138********")]);
    // What is stored shows the number and not the phone.
    let stored = inspector.inspect(&upright_jpeg, &[]).unwrap().report;
    let kinds: Vec<_> = stored.fields.iter().map(|field| field.kind).collect();
    assert_eq!(kinds, [FieldKind::OrderNumber]);
}

#[test]
fn a_label_that_gives_orders_gives_a_number_and_nothing_else() {
    let report = inspect(&mut inspector(), "labels/orders-000.jpg", &[]).report;
    let read: Vec<_> = report.fields.iter().map(|field| (field.kind, field.value.expose().as_str())).collect();
    assert_eq!(read, [(FieldKind::OrderNumber, "897112")]);
}

#[test]
fn the_product_with_its_damage_is_not_read() {
    let photo = |file: &str| {
        let bytes = std::fs::read(fixture(&format!("shops/demo/photos/coffee-machine/{file}"))).unwrap();
        decode(&bytes, DecodeLimits::default()).unwrap()
    };
    let references = [photo("1.jpg"), photo("2.jpg")];
    let report = inspect(&mut inspector(), "coffee-machine-scratch.jpg", &references).report;
    assert!(!report.findings.is_empty() && report.fields.is_empty());
}

#[test]
fn a_photo_without_text_has_none_and_a_wrong_model_is_named() {
    let mut reader = Reader::load(&init_onnx(), &model("text-detector"), &model("text-recogniser")).unwrap();
    let grey = image::RgbImage::from_pixel(640, 480, image::Rgb([120; 3]));
    assert_eq!(reader.read(&ermu_vision::Photo::from_rgb(grey)).unwrap(), []);
    let swapped = Reader::load(&init_onnx(), &model("text-recogniser"), &model("text-detector")).unwrap_err();
    assert!(swapped.to_string().contains("ppocrv6_det") && swapped.to_string().contains("character"), "{swapped}");
}
