//! Photographs walls with printed sheets by a renderer whose truth is exact, measures them, and prints how far the holes are off.
//!
//!     cargo run --release -p ermu-vision --example install_points -- [--seed N] [--scenes N] [--json FILE] [BACKGROUNDS]
//!
//! BACKGROUNDS is a folder of photos of rooms; without it the walls are plain. The thresholds were set with seed 1; the numbers in
//! docs/photos.md come from seed 2026, which nothing was chosen by.

#![allow(clippy::print_stdout, clippy::expect_used, reason = "a program for the terminal")]

mod scene;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use ermu_domain::{
    Hole, Localized, MarkSeen, MountingTemplate, Outline, WallPoint, WallQuestion, WallRefusal, WallReport,
};
use ermu_vision::{DecodeLimits, Sheet, decode, measure_wall};
use image::RgbImage;
use scene::{Camera, Conditions, Cross, Dice, Hung, Point, Scene};

const PHOTO_PX: (u32, u32) = (1600, 1200);

struct Options {
    seed: u64,
    scenes: usize,
    json: Option<PathBuf>,
    backgrounds: Option<PathBuf>,
    keep: Option<PathBuf>,
}

fn options() -> Result<Options, Box<dyn std::error::Error>> {
    let mut options = Options { seed: 2026, scenes: 300, json: None, backgrounds: None, keep: None };
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or(format!("{arg} needs a value"));
        match arg.as_str() {
            "--seed" => options.seed = value()?.parse()?,
            "--scenes" => options.scenes = value()?.parse()?,
            "--json" => options.json = Some(value()?.into()),
            "--keep" => options.keep = Some(value()?.into()),
            _ => options.backgrounds = Some(arg.into()),
        }
    }
    Ok(options)
}

/// What came of a kind of photos.
#[derive(Default)]
struct Tally {
    photos: usize,
    measured: usize,
    refused: BTreeMap<String, usize>,
    /// Distances from the truth in mm, by the hole's distance from the nearest sheet.
    errors: BTreeMap<u32, Vec<f64>>,
    /// Those that were farther off than was promised for nine of ten.
    beyond: usize,
}

impl Tally {
    fn refuse(&mut self, refusal: WallRefusal) {
        let name = match refusal {
            WallRefusal::FarFromSheet { .. } => "FarFromSheet".to_owned(),
            WallRefusal::OffPhoto { .. } => "OffPhoto".to_owned(),
            WallRefusal::Quality(_)
            | WallRefusal::NoSheet
            | WallRefusal::SheetHidden
            | WallRefusal::Oblique
            | WallRefusal::Vague
            | WallRefusal::NotFlat => format!("{refusal:?}"),
        };
        *self.refused.entry(name).or_default() += 1;
    }

    fn found(&self) -> f64 {
        let unseen = |name: &&String| name.starts_with("Quality") || *name == "NoSheet" || *name == "SheetHidden";
        let lost: usize = self.refused.iter().filter(|(name, _)| unseen(name)).map(|(_, count)| count).sum();
        1.0 - lost as f64 / self.photos.max(1) as f64
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let options = options()?;
    let backgrounds = backgrounds(options.backgrounds.as_deref())?;
    println!("{} backgrounds, seed {}", backgrounds.len(), options.seed);
    let mut numbers = serde_like::Numbers::default();
    for (name, sheets, distances) in
        [("one sheet", 1, &[0_u32, 150, 300][..]), ("two sheets", 2, &[150, 300, 450, 590][..])]
    {
        let tally = holes(&options, sheets, distances, &backgrounds);
        print_tally(name, &tally, &mut numbers);
    }
    marks(&options, &backgrounds, &mut numbers);
    empty(&backgrounds, &mut numbers);
    twelve_megapixels(&options, &backgrounds, &mut numbers);
    if let Some(path) = options.json {
        std::fs::write(path, numbers.json())?;
    }
    Ok(())
}

fn backgrounds(folder: Option<&Path>) -> Result<Vec<RgbImage>, Box<dyn std::error::Error>> {
    let Some(folder) = folder else { return Ok(Vec::new()) };
    let mut files: Vec<_> =
        std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?;
    files.sort();
    let photos = files.iter().filter_map(|file| decode(&std::fs::read(file).ok()?, DecodeLimits::default()).ok());
    Ok(photos.map(|photo| photo.rgb().clone()).collect())
}

/// A camera that has all sheets in view.
fn camera(dice: &mut Dice, hung: &[Hung], px: (u32, u32), px_a_mm: (f64, f64)) -> Camera {
    loop {
        let scale = (px_a_mm.0.ln() + (px_a_mm.1 / px_a_mm.0).ln() * dice.unit()).exp() * f64::from(px.0) / 1600.0;
        let turns = [dice.between(-0.7, 0.7), dice.between(-0.6, 0.6), dice.between(-0.2, 0.2)];
        let n = hung.len() as f64;
        let middle = hung.iter().fold((0.0, 0.0), |m, hung| (m.0 + hung.middle.0 / n, m.1 + hung.middle.1 / n));
        let off = 450.0 * f64::from(px.0) / 1600.0 / scale;
        let target = (middle.0 + dice.between(-off, off), middle.1 + dice.between(-0.7 * off, 0.7 * off));
        let camera = Camera::looking_at(target, scale, turns, px, dice.between(-0.01, 0.01));
        // Not more aside than what has to be measured: 55°.
        let straight = turns[0].cos() * turns[1].cos() > 0.574;
        if straight && hung.iter().all(|hung| hung.corners().into_iter().all(|corner| camera.sees(corner, 6.0))) {
            return camera;
        }
    }
}

fn hung(dice: &mut Dice, sheets: usize) -> Vec<Hung> {
    let paper = |dice: &mut Dice, sheet, turn, middle| Hung {
        bulge_mm: if dice.unit() < 0.5 { dice.between(0.0, 1.0) } else { 0.0 },
        bulge_at: dice.between(0.0, 3.0),
        ..Hung::flat(sheet, turn, middle)
    };
    let mut hung = vec![paper(dice, Sheet::First, 0.0, (0.0, 0.0))];
    if sheets == 2 {
        let (turn, far, up) = (dice.between(-0.1, 0.1), dice.between(450.0, 900.0), dice.between(-250.0, 250.0));
        let side = if dice.unit() < 0.5 { -1.0 } else { 1.0 };
        hung.push(paper(dice, Sheet::Second, turn, (side * far, up)));
    }
    hung
}

fn template(points: &[Point]) -> MountingTemplate {
    let hole = |p: &Point| Hole { name: Localized::default(), at: WallPoint { x_mm: p.0 as f32, y_mm: p.1 as f32 } };
    MountingTemplate {
        holes: points.iter().map(hole).collect(),
        drill_mm: 8,
        depth_mm: 50,
        level: None,
        least_height_mm: 0,
        outline: Outline::default(),
    }
}

fn scene(dice: &mut Dice, camera: Camera, hung: Vec<Hung>, crosses: Vec<Cross>) -> Scene {
    let wall = dice.between(0.2, 0.8);
    let tint = |dice: &mut Dice| wall * dice.between(0.85, 1.1);
    let wall = [tint(dice), tint(dice), tint(dice)];
    Scene { camera, hung, crosses, conditions: Conditions::random(dice), wall }
}

fn pick<'a>(dice: &mut Dice, backgrounds: &'a [RgbImage]) -> Option<&'a RgbImage> {
    // One in four is a plain wall.
    let index = (dice.unit() * backgrounds.len() as f64) as usize;
    backgrounds.get(index).filter(|_| dice.unit() < 0.75)
}

fn measured(bytes: &[u8], template: &MountingTemplate, question: WallQuestion) -> Result<WallReport, WallRefusal> {
    measure_wall(&decode(bytes, DecodeLimits::default()).expect("a photo"), template, question)
}

fn holes(options: &Options, sheets: usize, distances: &[u32], backgrounds: &[RgbImage]) -> Tally {
    let mut tally = Tally::default();
    for index in 0..options.scenes {
        let dice = &mut Dice(options.seed.wrapping_mul(1_000_003) ^ (sheets as u64) << 40 ^ index as u64);
        let hung = hung(dice, sheets);
        let px_a_mm = if sheets == 1 { (0.5, 2.4) } else { (0.5, 1.1) };
        let camera = camera(dice, &hung, PHOTO_PX, px_a_mm);
        // Holes at each distance from the nearest sheet, all around, as far as they are on the photo.
        let mut points = Vec::new();
        for &distance in distances {
            for _ in 0..12 {
                let turn = dice.between(0.0, std::f64::consts::TAU);
                let from = hung[(dice.unit() * hung.len() as f64) as usize].middle;
                let r = f64::from(distance) - 0.01;
                let point = (from.0 + r * turn.cos(), from.1 + r * turn.sin());
                let nearest = hung
                    .iter()
                    .map(|hung| (hung.middle.0 - point.0).hypot(hung.middle.1 - point.1))
                    .fold(f64::MAX, f64::min);
                let wanted = points.iter().filter(|(_, d)| *d == distance).count() < 2;
                if wanted && (nearest - r.abs()).abs() < 0.5 && camera.sees(point, 1.0) {
                    points.push((point, distance));
                }
            }
        }
        points.truncate(MountingTemplate::MOST_HOLES);
        let places: Vec<Point> = points.iter().map(|(point, _)| *point).collect();
        let scene = scene(dice, camera, hung, Vec::new());
        let bytes = scene.photograph(pick(dice, backgrounds), dice);
        tally.photos += 1;
        match measured(&bytes, &template(&places), WallQuestion::Holes) {
            Ok(report) => {
                tally.measured += 1;
                for (hole, (truth, distance)) in report.holes.iter().zip(&points) {
                    let pixel = (
                        f64::from(hole.on_photo.x) * f64::from(report.width_px) - 0.5,
                        f64::from(hole.on_photo.y) * f64::from(report.height_px) - 0.5,
                    );
                    let told = scene.camera.on_wall(pixel).unwrap_or((f64::MAX, f64::MAX));
                    let error = (told.0 - truth.0).hypot(told.1 - truth.1);
                    tally.beyond += usize::from(error > f64::from(hole.error_mm));
                    tally.errors.entry(*distance).or_default().push(error);
                }
            }
            Err(refusal) => {
                if let Some(folder) = &options.keep {
                    std::fs::write(folder.join(format!("{sheets}-{index}-{refusal:?}.jpg")), &bytes).expect("a folder");
                }
                tally.refuse(refusal);
            }
        }
    }
    tally
}

fn print_tally(name: &str, tally: &Tally, numbers: &mut serde_like::Numbers) {
    println!("{name}: {} photos, found {:.3}, measured {}", tally.photos, tally.found(), tally.measured);
    println!("  refused: {:?}", tally.refused);
    numbers.add(&format!("{name}: found"), tally.found());
    numbers.add(&format!("{name}: measured"), tally.measured as f64 / tally.photos as f64);
    let mut all = Vec::new();
    for (distance, errors) in &tally.errors {
        let (median, p90) = (quantile(errors, 0.5), quantile(errors, 0.9));
        println!("  {distance:>4} mm: {:>5} holes, median {median:.2} mm, p90 {p90:.2} mm", errors.len());
        numbers.add(&format!("{name}: {distance} mm, median mm"), median);
        numbers.add(&format!("{name}: {distance} mm, p90 mm"), p90);
        all.extend_from_slice(errors);
    }
    let beyond = tally.beyond as f64 / all.len().max(1) as f64;
    println!("  farther off than told for nine of ten: {beyond:.3}");
    numbers.add(&format!("{name}: all, median mm"), quantile(&all, 0.5));
    numbers.add(&format!("{name}: all, p90 mm"), quantile(&all, 0.9));
    numbers.add(&format!("{name}: farther off than told"), beyond);
}

/// Marks drawn by hand near the holes, seen from nearer.
fn marks(options: &Options, backgrounds: &[RgbImage], numbers: &mut serde_like::Numbers) {
    let (mut errors, mut asked, mut missed, mut unclear, mut refused, mut drawn) = (Vec::new(), 0, 0, 0, 0, 0);
    let (mut undrawn, mut invented) = (0, 0);
    for index in 0..options.scenes / 2 {
        let dice = &mut Dice(options.seed.wrapping_mul(7_000_003) ^ 3 << 40 ^ index as u64);
        let hung = hung(dice, 1);
        let points = [(-180.0, 30.0), (180.0, 30.0)];
        let camera = loop {
            let camera = camera(dice, &hung, PHOTO_PX, (1.1, 2.2));
            if points.iter().all(|point| camera.sees(*point, 40.0)) {
                break camera;
            }
        };
        let mut crosses = Vec::new();
        for point in points {
            // One in five was forgotten.
            if dice.unit() < 0.2 {
                continue;
            }
            crosses.push(Cross {
                at: (point.0 + dice.between(-8.0, 8.0), point.1 + dice.between(-8.0, 8.0)),
                arm_mm: dice.between(3.0, 6.0),
                thick_mm: dice.between(0.7, 1.5),
                turn: dice.between(0.0, 1.6),
                shade: dice.between(0.15, 0.45),
            });
        }
        // Marks are made on walls: on plain ones, and on places of photos, whatever is there.
        let scene = scene(dice, camera, hung, crosses.clone());
        let plain = dice.unit() < 0.7;
        let bytes = scene.photograph(if plain { None } else { pick(dice, backgrounds) }, dice);
        let Ok(report) = measured(&bytes, &template(&points), WallQuestion::Marks) else {
            refused += 1;
            continue;
        };
        for mark in &report.marks {
            let place = points[mark.hole];
            let truth = crosses.iter().find(|cross| (cross.at.0 - place.0).hypot(cross.at.1 - place.1) < 20.0);
            asked += 1;
            match (mark.seen, truth) {
                (MarkSeen::At(off), Some(truth)) => {
                    drawn += 1;
                    let (dx, dy) =
                        (truth.at.0 - place.0 - f64::from(off.x_mm), truth.at.1 - place.1 - f64::from(off.y_mm));
                    errors.push(dx.hypot(dy));
                }
                (MarkSeen::At(_), None) => {
                    undrawn += 1;
                    invented += 1;
                }
                (MarkSeen::Missing, Some(_)) => {
                    drawn += 1;
                    missed += 1;
                }
                (MarkSeen::Several | MarkSeen::Covered, _) => unclear += 1,
                (MarkSeen::Missing, None) => undrawn += 1,
            }
        }
    }
    println!("marks: {asked} holes, {refused} photos refused, {unclear} left open");
    println!(
        "  drawn {drawn}: not seen {missed}, deviation off by median {:.2} mm, p90 {:.2} mm",
        quantile(&errors, 0.5),
        quantile(&errors, 0.9)
    );
    println!("  not drawn {undrawn}: seen nevertheless {invented}");
    numbers.add("marks: seen", 1.0 - f64::from(missed) / f64::from(drawn.max(1)));
    numbers.add("marks: left open", f64::from(unclear) / f64::from(asked.max(1)));
    numbers.add("marks: invented", f64::from(invented) / f64::from(undrawn.max(1)));
    numbers.add("marks: median mm", quantile(&errors, 0.5));
    numbers.add("marks: p90 mm", quantile(&errors, 0.9));
}

/// Rooms without a sheet.
fn empty(backgrounds: &[RgbImage], numbers: &mut serde_like::Numbers) {
    let holes = template(&[(0.0, 0.0)]);
    let wrong = backgrounds.iter().filter(|picture| {
        let photo = ermu_vision::Photo::from_rgb((*picture).clone());
        measure_wall(&photo, &holes, WallQuestion::Holes).is_ok()
    });
    let wrong = wrong.count();
    println!("rooms without a sheet: {}, measured nevertheless {wrong}", backgrounds.len());
    numbers.add("rooms measured without a sheet", wrong as f64);
}

/// The time that a telephone's photo takes, from bytes to points.
fn twelve_megapixels(options: &Options, backgrounds: &[RgbImage], numbers: &mut serde_like::Numbers) {
    let dice = &mut Dice(options.seed ^ 4 << 40);
    let (mut decoding, mut measuring) = (Vec::new(), Vec::new());
    for _ in 0..5 {
        let hung = hung(dice, 1);
        let camera = camera(dice, &hung, (4000, 3000), (0.6, 1.5));
        let mut scene = scene(dice, camera, hung, Vec::new());
        scene.conditions.blur_px *= 2.0;
        let bytes = scene.photograph(pick(dice, backgrounds), dice);
        let holes = template(&[(-80.0, 0.0), (80.0, 0.0)]);
        let begun = cpu_ms();
        let photo = decode(&bytes, DecodeLimits::default()).expect("a photo");
        let decoded = cpu_ms();
        let result = measure_wall(&photo, &holes, WallQuestion::Holes);
        measuring.push(cpu_ms() - decoded);
        decoding.push(decoded - begun);
        println!(
            "12 Mpx, {} bytes: decoding {:.0} CPU ms, measuring {:.0} ({})",
            bytes.len(),
            decoding[decoding.len() - 1],
            measuring[measuring.len() - 1],
            if result.is_ok() { "measured" } else { "refused" }
        );
    }
    numbers.add("12 Mpx: decoding, CPU ms", quantile(&decoding, 0.5));
    numbers.add("12 Mpx: measuring, CPU ms", quantile(&measuring, 0.5));
}

/// Time that this thread ran, in ms (Linux; elsewhere 0).
fn cpu_ms() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|ns| ns.parse::<f64>().ok()).unwrap_or(0.0) / 1e6
}

fn quantile(values: &[f64], q: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(((sorted.len() as f64 - 1.0) * q).round().max(0.0) as usize).copied().unwrap_or(f64::NAN)
}

/// Numbers by name, as JSON.
mod serde_like {
    #[derive(Default)]
    pub(crate) struct Numbers(Vec<(String, f64)>);

    impl Numbers {
        pub(crate) fn add(&mut self, name: &str, value: f64) {
            self.0.push((name.to_owned(), value));
        }

        pub(crate) fn json(&self) -> String {
            let rows: Vec<_> = self.0.iter().map(|(name, value)| format!("  {name:?}: {value:.4}")).collect();
            format!("{{\n{}\n}}\n", rows.join(",\n"))
        }
    }
}
