//! Writes a folder of rendered photos of walls whose truth is exact, for `ermu eval install`.
//!
//!     cargo run --release -p ermu-vision --example wall_photos -- OUT [--seed N] [--scenes N] [--rooms DIR] [--half choose|test] [--only SETS]
//!
//! DIR is a folder of photos of rooms, which serve as walls in three of four photos; without it all walls are plain. Every other one
//! belongs to the half that thresholds may be chosen by, the rest to the half for the numbers that are told. Seed 2026 with the half
//! `test` is what docs/photos.md shows; nothing was chosen by it.

#![allow(clippy::print_stdout, clippy::expect_used, reason = "a program for the terminal")]

use std::{
    fmt::Write,
    path::{Path, PathBuf},
    sync::Arc,
};

use ermu_testkit::wall::{Camera, Conditions, Cross, Dice, Hung, Paper, Point, Print, Scene, covering};
use ermu_vision::{DecodeLimits, Sheet, decode};
use image::RgbImage;

const PHOTO_PX: (u32, u32) = (1600, 1200);
const LARGE_PX: (u32, u32) = (4000, 3000);

struct Options {
    out: PathBuf,
    seed: u64,
    scenes: usize,
    rooms: Option<PathBuf>,
    odd: Option<usize>,
    only: Option<String>,
}

fn options() -> Result<Options, Box<dyn std::error::Error>> {
    let mut options = Options { out: PathBuf::new(), seed: 2026, scenes: 40, rooms: None, odd: None, only: None };
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or(format!("{arg} needs a value"));
        match arg.as_str() {
            "--seed" => options.seed = value()?.parse()?,
            "--scenes" => options.scenes = value()?.parse()?,
            "--rooms" => options.rooms = Some(value()?.into()),
            "--only" => options.only = Some(value()?),
            "--half" => {
                options.odd = Some(match value()?.as_str() {
                    "choose" => 0,
                    "test" => 1,
                    other => return Err(format!("no half is called {other}").into()),
                });
            }
            _ => options.out = arg.into(),
        }
    }
    if options.out.as_os_str().is_empty() {
        return Err("which folder?".into());
    }
    Ok(options)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let options = options()?;
    std::fs::create_dir_all(&options.out)?;
    let rooms = rooms(options.rooms.as_deref(), options.odd)?;
    let mut folder = Folder { out: options.out.clone(), manifest: String::new() };
    let (seed, scenes) = (options.seed, options.scenes);
    let wanted = |set: &str| options.only.as_ref().is_none_or(|only| only.split(',').any(|name| name == set));
    for index in 0..scenes {
        let dice = |set: u64| Dice(seed.wrapping_mul(1_000_003) ^ set << 40 ^ index as u64);
        for (set, number) in [("one", 1), ("two", 2), ("plain", 3)] {
            if wanted(set) {
                holes(&mut folder, set, index, &mut dice(number), &rooms)?;
            }
        }
        if index % 2 == 0 && wanted("marks") {
            marks(&mut folder, index, &mut dice(4), &rooms)?;
        }
        if index % 2 == 0 && wanted("refused") {
            refused(&mut folder, index / 2, &mut dice(5), &rooms)?;
        }
        if wanted("page") {
            page(&mut folder, index, &mut dice(8), &rooms)?;
        }
        if index % 8 == 0 && wanted("large") {
            large(&mut folder, index, &mut dice(6), &rooms)?;
        }
        println!("{} of {scenes}", index + 1);
    }
    for (index, room) in rooms.iter().enumerate().filter(|_| wanted("empty")) {
        empty(&mut folder, index, &mut Dice(seed ^ 7 << 40 ^ index as u64), room)?;
    }
    std::fs::write(options.out.join("manifest.toml"), &folder.manifest)?;
    Ok(())
}

fn rooms(folder: Option<&Path>, odd: Option<usize>) -> Result<Vec<RgbImage>, Box<dyn std::error::Error>> {
    let Some(folder) = folder else { return Ok(Vec::new()) };
    let mut files: Vec<_> =
        std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?;
    files.sort();
    let files = files.iter().enumerate().filter(|(index, _)| odd.is_none_or(|odd| index % 2 == odd));
    let photos = files.filter_map(|(_, file)| decode(&std::fs::read(file).ok()?, DecodeLimits::default()).ok());
    Ok(photos.map(|photo| photo.rgb().clone()).collect())
}

/// Photos and what is true about them.
struct Folder {
    out: PathBuf,
    manifest: String,
}

impl Folder {
    fn add(&mut self, set: &str, index: usize, jpeg: &[u8], truth: &str) -> std::io::Result<()> {
        let file = format!("{set}-{index:03}.jpg");
        std::fs::write(self.out.join(&file), jpeg)?;
        let _ = write!(self.manifest, "[[photo]]\nfile = \"{file}\"\nset = \"{set}\"\n{truth}\n");
        Ok(())
    }
}

/// A point of the wall and where it is on the photo.
fn known(camera: &Camera, (x, y): Point) -> String {
    let (px, py) = camera.on_photo((x, y)).expect("a point before the camera");
    let share = |v: f64, of: u32| (v + 0.5) / f64::from(of);
    let (u, v) = (share(px, camera.width), share(py, camera.height));
    format!("at_mm = [{x:.3}, {y:.3}], on_photo = [{u:.6}, {v:.6}]")
}

/// The corners of the first sheet and the middles between them: they span the plane for the truth.
fn corners(camera: &Camera, hung: &Hung) -> String {
    let points = hung.corners();
    let middle = |i: usize| {
        let (a, b) = (points[i], points[(i + 1) % 4]);
        (f64::midpoint(a.0, b.0), f64::midpoint(a.1, b.1))
    };
    let all = (0..4).flat_map(|i| [points[i], middle(i)]);
    let rows: Vec<String> = all.map(|point| format!("{{ {} }}", known(camera, point))).collect();
    format!("known = [\n  {},\n]\n", rows.join(",\n  "))
}

fn printed(sheet: Sheet) -> Paper {
    let markers = sheet.markers().into_iter().map(|marker| {
        let white = (0..Sheet::CELLS.pow(2)).map(|i| marker.is_white(i / Sheet::CELLS, i % Sheet::CELLS));
        ((f64::from(marker.centre.x_mm), f64::from(marker.centre.y_mm)), white.collect())
    });
    let markers = markers.collect();
    Paper::Printed(Arc::new(Print { marker_mm: f64::from(Sheet::MARKER_MM), cells: Sheet::CELLS, markers }))
}

/// Sheets as people hang them; the first is upright and in the middle of the template.
fn hung(dice: &mut Dice, set: &str) -> Vec<Hung> {
    let paper = |dice: &mut Dice, paper, turn, middle| Hung {
        bulge_mm: if dice.unit() < 0.5 { dice.between(0.0, 1.0) } else { 0.0 },
        bulge_at: dice.between(0.0, 3.0),
        shadow: dice.between(0.0, 0.2),
        ..Hung::flat(paper, turn, middle)
    };
    let first = if set == "plain" { Paper::Blank } else { printed(Sheet::First) };
    let mut hung = vec![paper(dice, first, 0.0, (0.0, 0.0))];
    if set == "two" {
        let (turn, far, up) = (dice.between(-0.1, 0.1), dice.between(450.0, 900.0), dice.between(-250.0, 250.0));
        let side = if dice.unit() < 0.5 { -1.0 } else { 1.0 };
        hung.push(paper(dice, printed(Sheet::Second), turn, (side * far, up)));
    }
    hung
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

fn scene(dice: &mut Dice, camera: Camera, hung: Vec<Hung>, crosses: Vec<Cross>) -> Scene {
    let wall = dice.between(0.2, 0.8);
    let tint = |dice: &mut Dice| wall * dice.between(0.85, 1.1);
    let wall = [tint(dice), tint(dice), tint(dice)];
    Scene { camera, hung, crosses, conditions: Conditions::random(dice), wall, gain: 1.0 }
}

fn pick<'a>(dice: &mut Dice, rooms: &'a [RgbImage]) -> Option<&'a RgbImage> {
    // One in four is a plain wall.
    let index = (dice.unit() * rooms.len() as f64) as usize;
    rooms.get(index).filter(|_| dice.unit() < 0.75)
}

/// Holes at certain distances from the nearest sheet, all around, as far as they are on the photo.
fn holes(folder: &mut Folder, set: &str, index: usize, dice: &mut Dice, rooms: &[RgbImage]) -> std::io::Result<()> {
    let hung = hung(dice, set);
    let (px_a_mm, distances): (_, &[f64]) = match set {
        "one" => ((0.5, 2.4), &[0.0, 150.0, 300.0]),
        "two" => ((0.5, 1.1), &[150.0, 300.0, 450.0, 590.0]),
        _ => ((0.5, 2.4), &[0.0, 100.0, 200.0]),
    };
    let mut room = pick(dice, rooms);
    let mut camera = camera(dice, &hung, PHOTO_PX, px_a_mm);
    let mut gain = 1.0;
    if set == "plain" && room.is_some() {
        let place = on_a_wall(dice, &hung, rooms, px_a_mm);
        // What light the wall gives back is drawn: no photo tells how much of its brightness is the light's.
        let light = dice.between(0.2, 0.7);
        room = place.as_ref().map(|(_, room, _)| *room);
        if let Some((there, _, ground)) = place {
            (camera, gain) = (there, light / ground.max(1e-3));
        }
    }
    let mut points: Vec<(Point, f64)> = Vec::new();
    for &distance in distances {
        for _ in 0..12 {
            let turn = dice.between(0.0, std::f64::consts::TAU);
            let from = hung[(dice.unit() * hung.len() as f64) as usize].middle;
            let r = f64::max(distance - 0.01, 0.0);
            let point = (from.0 + r * turn.cos(), from.1 + r * turn.sin());
            let far = |hung: &Hung| (hung.middle.0 - point.0).hypot(hung.middle.1 - point.1);
            let nearest = hung.iter().map(far).fold(f64::MAX, f64::min);
            let wanted = points.iter().filter(|(_, known)| *known == distance).count() < 2;
            if wanted && (nearest - r).abs() < 0.5 && camera.sees(point, 1.0) {
                points.push((point, distance));
            }
        }
    }
    points.truncate(9);
    let rows = points.iter().map(|(at, far)| format!("{{ {}, from_sheet_mm = {far} }}", known(&camera, *at)));
    let rows = rows.collect::<Vec<_>>().join(",\n  ");
    let truth = format!("holes = [\n  {rows},\n]\n{}", corners(&camera, &hung[0]));
    let mut scene = scene(dice, camera, hung, Vec::new());
    scene.gain = gain;
    if set == "plain" {
        // Paper gives back 0.82.
        let wall = dice.between(0.2, 0.7);
        scene.wall = [0; 3].map(|_: u8| wall * dice.between(0.88, 1.0));
    }
    folder.add(set, index, &scene.photograph(room, dice), &truth)
}

/// A place on a photo of a room that is like a wall, even around a sheet and under it: a sheet is taped to a wall, not to a shelf. With
/// the brightest light that the picture shows there; `None` if no place of many is even.
fn on_a_wall<'a>(
    dice: &mut Dice,
    hung: &[Hung],
    rooms: &'a [RgbImage],
    px_a_mm: (f64, f64),
) -> Option<(Camera, &'a RgbImage, f64)> {
    for _ in 0..400 {
        let room = rooms.get((dice.unit() * rooms.len() as f64) as usize)?;
        let camera = camera(dice, hung, PHOTO_PX, px_a_mm);
        let light = around(&camera, &hung[0], room);
        let (dark, bright) = (light[light.len() / 20], light[light.len() * 19 / 20]);
        if bright > 0.02 && dark >= LEAST_EVEN * bright {
            return Some((camera, room, bright));
        }
    }
    None
}

/// How dark the darkest of a wall around a sheet may be, as a share of the brightest.
const LEAST_EVEN: f64 = 0.6;

/// What light a picture shows under a sheet and around it, from the darkest to the brightest.
fn around(camera: &Camera, hung: &Hung, picture: &RgbImage) -> Vec<f64> {
    let [a, b, _, d] = hung.corners();
    let share = |i: u8| 1.4 * (f64::from(i) / 13.0 - 0.5) + 0.5;
    let points = (0..14).flat_map(|down| (0..14).map(move |across| (share(across), share(down))));
    let mut light = Vec::new();
    for (u, v) in points {
        let at = (a.0 + u * (b.0 - a.0) + v * (d.0 - a.0), a.1 + u * (b.1 - a.1) + v * (d.1 - a.1));
        if let Some(pixel) = camera.on_photo(at).filter(|_| camera.sees(at, 0.0)) {
            light.push(covering(picture, pixel, camera).iter().sum::<f64>() / 3.0);
        }
    }
    light.sort_by(f64::total_cmp);
    light
}

/// Marks drawn by hand near the holes, seen from nearer. One in five was forgotten.
fn marks(folder: &mut Folder, index: usize, dice: &mut Dice, rooms: &[RgbImage]) -> std::io::Result<()> {
    let hung = hung(dice, "one");
    let points = [(-180.0, 30.0), (180.0, 30.0)];
    let camera = loop {
        let camera = camera(dice, &hung, PHOTO_PX, (1.1, 2.2));
        if points.iter().all(|point| camera.sees(*point, 40.0)) {
            break camera;
        }
    };
    let (mut crosses, mut rows) = (Vec::new(), Vec::new());
    for point in points {
        let mut row = known(&camera, point);
        if dice.unit() >= 0.2 {
            let off = (dice.between(-8.0, 8.0), dice.between(-8.0, 8.0));
            crosses.push(Cross {
                at: (point.0 + off.0, point.1 + off.1),
                arm_mm: dice.between(3.0, 6.0),
                thick_mm: dice.between(0.7, 1.5),
                turn: dice.between(0.0, 1.6),
                shade: dice.between(0.15, 0.45),
            });
            let _ = write!(row, ", mark_off_mm = [{:.3}, {:.3}]", off.0, off.1);
        }
        rows.push(format!("{{ {row} }}"));
    }
    let truth = format!("ask = \"marks\"\nholes = [{}]\n{}", rows.join(", "), corners(&camera, &hung[0]));
    let scene = scene(dice, camera, hung, crosses);
    // Marks are made on walls: on plain ones, and on places of photos, whatever is there.
    let plain = dice.unit() < 0.7;
    folder.add("marks", index, &scene.photograph(if plain { None } else { pick(dice, rooms) }, dice), &truth)
}

/// What cannot be measured, in turn: from far aside, half of the sheet, a hole too far away, a hole beside the photo, a soft photo.
fn refused(folder: &mut Folder, index: usize, dice: &mut Dice, rooms: &[RgbImage]) -> std::io::Result<()> {
    let sheet = hung(dice, "one");
    let (reasons, target, turn, hole): (&str, Point, f64, Point) = match index % 5 {
        0 => ("\"oblique\"", (0.0, 0.0), dice.between(1.12, 1.2), (90.0, 0.0)),
        1 => ("\"sheet_hidden\", \"no_sheet\"", (0.0, dice.between(540.0, 570.0)), 0.2, (0.0, 90.0)),
        2 => ("\"far_from_sheet\"", (150.0, 0.0), dice.between(-0.4, 0.4), (dice.between(320.0, 500.0), 0.0)),
        3 => ("\"off_photo\"", (-480.0, 0.0), 0.1, (dice.between(250.0, 280.0), 0.0)),
        _ => ("\"blurred\", \"small\", \"no_sheet\", \"sheet_hidden\", \"vague\"", (0.0, 0.0), 0.2, (90.0, 0.0)),
    };
    let camera = Camera::looking_at(target, 1.1, [turn, 0.05, 0.03], PHOTO_PX, 0.0);
    let mut scene = scene(dice, camera, sheet, Vec::new());
    if index % 5 == 4 {
        scene.conditions.blur_px = dice.between(14.0, 18.0);
    }
    let truth = format!("refuse = [{reasons}]\nholes = [{{ at_mm = [{:.1}, {:.1}] }}]\n", hole.0, hole.1);
    folder.add("refused", index, &scene.photograph(pick(dice, rooms), dice), &truth)
}

/// A sheet of A4 that is not blank, hung like one that is: lines of text, a dark picture, several of them, in turn. It may be a poster in
/// a frame, of any size.
fn page(folder: &mut Folder, index: usize, dice: &mut Dice, rooms: &[RgbImage]) -> std::io::Result<()> {
    let picture = |at: Point| (at, vec![false]);
    let (marker_mm, markers) = match index % 3 {
        0 => (1.0, Vec::new()),
        1 => (dice.between(100.0, 190.0), vec![picture((0.0, dice.between(-40.0, 40.0)))]),
        _ => (60.0, [(-45.0, 80.0), (45.0, 80.0), (-45.0, -80.0), (45.0, -80.0)].map(picture).to_vec()),
    };
    let paper = Paper::Printed(Arc::new(Print { marker_mm, cells: 1, markers }));
    let hung = vec![Hung { shadow: dice.between(0.0, 0.2), ..Hung::flat(paper, 0.0, (0.0, 0.0)) }];
    let camera = camera(dice, &hung, PHOTO_PX, (0.5, 2.4));
    let room = pick(dice, rooms);
    let scene = scene(dice, camera, hung, Vec::new());
    let reasons = NOT_MEASURED.map(|name| format!("\"{name}\"")).join(", ");
    let truth = format!("refuse = [{reasons}]\nholes = [{{ at_mm = [0, 0] }}]\n");
    folder.add("page", index, &scene.photograph(room, dice), &truth)
}

/// Reasons why a photo without a sheet is not measured.
const NOT_MEASURED: [&str; 7] = ["no_sheet", "sheet_hidden", "blurred", "dark", "glare", "small", "empty"];

/// What a telephone sends.
fn large(folder: &mut Folder, index: usize, dice: &mut Dice, rooms: &[RgbImage]) -> std::io::Result<()> {
    let hung = hung(dice, "one");
    let camera = camera(dice, &hung, LARGE_PX, (0.6, 1.5));
    let rows = [(-80.0, 0.0), (80.0, 0.0)].map(|at| format!("{{ {}, from_sheet_mm = 80 }}", known(&camera, at)));
    let truth = format!("holes = [{}]\n{}", rows.join(", "), corners(&camera, &hung[0]));
    let mut scene = scene(dice, camera, hung, Vec::new());
    scene.conditions.blur_px *= 2.0;
    folder.add("large", index, &scene.photograph(pick(dice, rooms), dice), &truth)
}

/// A room without a sheet.
fn empty(folder: &mut Folder, index: usize, dice: &mut Dice, room: &RgbImage) -> std::io::Result<()> {
    let camera = Camera::looking_at((0.0, 0.0), 1.0, [0.0; 3], PHOTO_PX, 0.0);
    let scene = Scene {
        camera,
        hung: Vec::new(),
        crosses: Vec::new(),
        conditions: Conditions { exposure: 1.0, slope: (0.0, 0.0), shadow: None, ..Conditions::random(dice) },
        wall: [0.5; 3],
        gain: 1.0,
    };
    let reasons = NOT_MEASURED.map(|name| format!("\"{name}\"")).join(", ");
    let truth = format!("refuse = [{reasons}]\nholes = [{{ at_mm = [0, 0] }}]\n");
    folder.add("empty", index, &scene.photograph(Some(room), dice), &truth)
}
