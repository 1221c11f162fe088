//! Photos of walls whose truth is exact: what is measured, and what is refused with which reason.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a broken test may panic")]

use std::sync::Arc;

use ermu_domain::{
    Hole, Localized, MarkSeen, MeasuredBy, MountingTemplate, Outline, PhotoPoint, WallPoint, WallQuestion, WallRefusal,
    WallReport,
};
use ermu_testkit::wall::{Camera, Conditions, Cross, Dice, Hung, Paper, Point, Print, Scene};
use ermu_vision::{DecodeLimits, Photo, Sheet, inspect_wall, measure_wall};
use image::{Rgb, RgbImage};
use proptest::prelude::*;

const PX: (u32, u32) = (1000, 750);

fn template(points: &[Point]) -> MountingTemplate {
    let hole = |p: &Point| Hole { name: Localized::default(), at: WallPoint { x_mm: p.0 as f32, y_mm: p.1 as f32 } };
    MountingTemplate {
        holes: points.iter().map(hole).collect(),
        drill_mm: 8,
        depth_mm: 50,
        level: None,
        least_height_mm: 0,
        outline: Outline { left_mm: 160, right_mm: 160, above_mm: 20, below_mm: 30, clearance_mm: 20 },
    }
}

/// A wall with sheets, seen from so far aside (radians), with so many pixels a millimetre.
fn wall(hung: &[Hung], target: Point, yaw: f64, px_a_mm: f64) -> Scene {
    Scene {
        camera: Camera::looking_at(target, px_a_mm, [yaw, 0.1, 0.05], PX, 0.0),
        hung: hung.to_vec(),
        crosses: Vec::new(),
        conditions: Conditions { exposure: 0.8, blur_px: 0.6, noise: 2.0, jpeg_quality: 88, ..Conditions::default() },
        wall: [0.6, 0.55, 0.5],
        gain: 1.0,
    }
}

fn printed(sheet: Sheet) -> Paper {
    let markers = sheet.markers().into_iter().map(|marker| {
        let white = (0..Sheet::CELLS.pow(2)).map(|i| marker.is_white(i / Sheet::CELLS, i % Sheet::CELLS));
        ((f64::from(marker.centre.x_mm), f64::from(marker.centre.y_mm)), white.collect())
    });
    let markers = markers.collect();
    Paper::Printed(Arc::new(Print { marker_mm: f64::from(Sheet::MARKER_MM), cells: Sheet::CELLS, markers }))
}

fn first() -> Hung {
    Hung::flat(printed(Sheet::First), 0.0, (0.0, 0.0))
}

fn measured(scene: &Scene, points: &[Point], question: WallQuestion) -> Result<WallReport, WallRefusal> {
    let bytes = scene.photograph(None, &mut Dice(5));
    let inspection = inspect_wall(&bytes, DecodeLimits::default(), &template(points), question).unwrap();
    assert_eq!(inspection.annotated_jpeg.is_some(), inspection.result.is_ok());
    inspection.result
}

/// How far points are from the truth, in mm.
fn errors(scene: &Scene, report: &WallReport) -> Vec<f64> {
    let error = |point: PhotoPoint, truth: WallPoint| {
        let pixel = (f64::from(point.x) * f64::from(PX.0) - 0.5, f64::from(point.y) * f64::from(PX.1) - 0.5);
        let (x, y) = scene.camera.on_wall(pixel).unwrap();
        (x - f64::from(truth.x_mm)).hypot(y - f64::from(truth.y_mm))
    };
    report.holes.iter().map(|hole| error(hole.on_photo, hole.on_wall)).collect()
}

#[test]
fn holes_beside_one_sheet_are_found_to_two_millimetres() {
    for yaw in [0.0, 0.5, -0.6] {
        let scene = wall(&[first()], (0.0, 0.0), yaw, 1.0);
        let report = measured(&scene, &[(-200.0, 0.0), (200.0, 0.0), (0.0, 250.0)], WallQuestion::Holes).unwrap();
        for (error, hole) in errors(&scene, &report).iter().zip(&report.holes) {
            assert!(*error < 2.0, "seen from {yaw}: {hole:?} is off by {error}");
            assert!(hole.error_mm > 0.1 && hole.error_mm < 4.0, "{hole:?}");
        }
        assert_eq!(report.sheets, 1);
        assert!(report.keep_free.is_some() && report.marks.is_empty());
    }
}

#[test]
fn far_holes_need_a_second_sheet() {
    let far = [(0.0, 100.0), (700.0, 0.0)];
    let alone = wall(&[first()], (300.0, 0.0), 0.2, 0.75);
    assert_eq!(measured(&alone, &far, WallQuestion::Holes), Err(WallRefusal::FarFromSheet { hole: 1 }));
    let both = wall(&[first(), Hung::flat(printed(Sheet::Second), 0.06, (560.0, 90.0))], (300.0, 0.0), 0.2, 0.75);
    let report = measured(&both, &far, WallQuestion::Holes).unwrap();
    assert_eq!(report.sheets, 2);
    assert!(errors(&both, &report).iter().all(|error| *error < 4.0), "{:?}", errors(&both, &report));
}

#[test]
fn what_cannot_be_measured_is_refused_with_its_reason() {
    let holes = [(-150.0, 0.0), (150.0, 0.0)];
    let refusal = |scene: &Scene| measured(scene, &holes, WallQuestion::Holes).unwrap_err();
    assert_eq!(refusal(&wall(&[], (0.0, 0.0), 0.0, 1.0)), WallRefusal::NoSheet);
    assert_eq!(refusal(&wall(&[first()], (0.0, 0.0), 1.15, 1.2)), WallRefusal::Oblique);
    // Two of its markers are beyond the edge.
    assert_eq!(refusal(&wall(&[first()], (0.0, 420.0), 0.0, 1.0)), WallRefusal::SheetHidden);
    // The right hole is beyond the edge, the sheet is not.
    assert_eq!(refusal(&wall(&[first()], (-400.0, 0.0), 0.0, 0.95)), WallRefusal::OffPhoto { hole: 1 });
    let second_only = wall(&[Hung::flat(printed(Sheet::Second), 0.0, (0.0, 0.0))], (0.0, 0.0), 0.0, 1.0);
    assert_eq!(refusal(&second_only), WallRefusal::SheetHidden);
    let bulging = Hung { bulge_mm: 25.0, bulge_at: 0.4, ..first() };
    assert_eq!(refusal(&wall(&[bulging], (0.0, 0.0), 0.6, 1.4)), WallRefusal::NotFlat);
    let mut soft = wall(&[first()], (0.0, 0.0), 0.0, 1.0);
    soft.conditions.blur_px = 9.0;
    assert!(matches!(refusal(&soft), WallRefusal::Quality(_) | WallRefusal::NoSheet | WallRefusal::SheetHidden));
}

fn blank() -> Hung {
    Hung::flat(Paper::Blank, 0.0, (0.0, 0.0))
}

#[test]
fn a_blank_sheet_is_measured_less_exactly() {
    for yaw in [0.0, 0.4, -0.5] {
        let scene = wall(&[blank()], (0.0, 0.0), yaw, 1.0);
        let holes = [(-150.0, 0.0), (150.0, 0.0), (0.0, -190.0)];
        let report = measured(&scene, &holes, WallQuestion::Holes).unwrap();
        assert_eq!((report.by, report.sheets), (MeasuredBy::PlainPaper, 1));
        let printed = measured(&wall(&[first()], (0.0, 0.0), yaw, 1.0), &holes, WallQuestion::Holes).unwrap();
        for ((error, hole), surer) in errors(&scene, &report).iter().zip(&report.holes).zip(&printed.holes) {
            assert!(*error < 3.0, "seen from {yaw}: {hole:?} is off by {error}");
            assert!(hole.error_mm > 1.5 * surer.error_mm, "{hole:?} {surer:?}");
        }
        let far = measured(&scene, &[(220.0, 0.0)], WallQuestion::Holes);
        assert_eq!(far, Err(WallRefusal::FarFromSheet { hole: 0 }));
    }
}

#[test]
fn what_is_no_blank_sheet_is_not_measured() {
    let refusal = |scene: &Scene| measured(scene, &[(0.0, 0.0)], WallQuestion::Holes).unwrap_err();
    let on_its_side = Hung::flat(Paper::Blank, 1.57, (0.0, 0.0));
    assert_eq!(refusal(&wall(&[on_its_side], (0.0, 0.0), 0.2, 1.0)), WallRefusal::NoSheet);
    let both = [blank(), Hung::flat(Paper::Blank, 0.0, (320.0, 0.0))];
    assert_eq!(refusal(&wall(&both, (160.0, 0.0), 0.1, 0.9)), WallRefusal::NoSheet);
    let mut white = wall(&[blank()], (0.0, 0.0), 0.2, 1.0);
    white.wall = [0.82; 3];
    assert_eq!(refusal(&white), WallRefusal::NoSheet);
    // A page of text, and one with a picture of something, from near and from far.
    let page = |markers| Paper::Printed(Arc::new(Print { marker_mm: 150.0, cells: 1, markers }));
    for markers in [Vec::new(), vec![((0.0, 0.0), vec![false])]] {
        for (yaw, px_a_mm) in [(0.0, 0.6), (0.2, 1.0), (-0.4, 1.6)] {
            let hung = Hung::flat(page(markers.clone()), 0.0, (0.0, 0.0));
            assert_eq!(refusal(&wall(&[hung], (0.0, 0.0), yaw, px_a_mm)), WallRefusal::NoSheet, "{yaw} {px_a_mm}");
        }
    }
}

#[test]
fn marks_are_measured_missed_and_covered() {
    let mut scene = wall(&[first()], (0.0, 0.0), 0.2, 1.6);
    let holes = [(-200.0, 20.0), (200.0, 20.0), (0.0, 0.0)];
    let cross = Cross { at: (-196.0, 17.0), arm_mm: 4.0, thick_mm: 1.2, turn: 0.3, shade: 0.25 };
    scene.crosses.push(cross);
    let report = measured(&scene, &holes, WallQuestion::Marks).unwrap();
    let MarkSeen::At(off) = report.marks[0].seen else { panic!("{:?}", report.marks) };
    assert!((off.x_mm - 4.0).abs() < 1.0 && (off.y_mm + 3.0).abs() < 1.0, "{off:?}");
    assert_eq!(report.marks[1].seen, MarkSeen::Missing);
    assert_eq!(report.marks[2].seen, MarkSeen::Covered);
    scene.crosses.push(Cross { at: (-190.0, 30.0), ..cross });
    let report = measured(&scene, &holes, WallQuestion::Marks).unwrap();
    assert_eq!(report.marks[0].seen, MarkSeen::Several);
    // From too far away a pencil's line cannot be seen.
    let coarse = wall(&[first()], (0.0, 0.0), 0.2, 0.6);
    assert_eq!(measured(&coarse, &holes, WallQuestion::Marks), Err(WallRefusal::Vague));
}

#[test]
fn strange_templates_and_tiny_photos_do_no_harm() {
    let bytes = wall(&[first()], (0.0, 0.0), 0.0, 1.0).photograph(None, &mut Dice(5));
    for point in [(f64::NAN, 0.0), (f64::INFINITY, 0.0), (1e30, -1e30)] {
        let result = inspect_wall(&bytes, DecodeLimits::default(), &template(&[point]), WallQuestion::Marks);
        assert!(matches!(result.unwrap().result, Err(WallRefusal::FarFromSheet { hole: 0 })));
    }
    for (width, height) in [(1, 1), (1, 900), (900, 1), (16, 16)] {
        let photo = Photo::from_rgb(RgbImage::new(width, height));
        assert!(measure_wall(&photo, &template(&[(0.0, 0.0)]), WallQuestion::Marks).is_err());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    /// Pictures of blocks and stripes, which are full of quadrilaterals.
    #[test]
    fn no_pattern_makes_it_panic(seed in any::<u64>(), cell in 1_u32..40, width in 1_u32..500, height in 1_u32..400) {
        let mut dice = Dice(seed);
        let columns = width / cell + 1;
        let blocks: Vec<u8> = (0..columns * (height / cell + 1)).map(|_| if dice.unit() < 0.5 { 20 } else { 230 }).collect();
        let rgb = RgbImage::from_fn(width, height, |x, y| Rgb([blocks[(y / cell * columns + x / cell) as usize]; 3]));
        let _ = measure_wall(&Photo::from_rgb(rgb), &template(&[(0.0, 0.0), (100.0, 0.0)]), WallQuestion::Marks);
    }
}
