//! Public sets by the layout in which their makers give them out. Only what was held out of training is read
//! (models/recipes/defect/sources.py); KolektorSDD, DeepPCB, toys and cookies were never trained on.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;
use ermu_domain::{DefectKind, Region};

use super::set::{Area, Beside, Case, Set, Truth, pictures};

/// DeepPCB's groups that are left out: a recipe that never shipped trained with them, and numbers stay comparable.
const BOARDS_LEFT_OUT: [&str; 5] = ["00041", "13000", "20085", "12100", "12300"];
/// DeepPCB's boards measure this many pixels a side; its boxes are in pixels.
const BOARD_PX: f32 = 640.0;
const TILES: [(&str, Option<DefectKind>); 6] = [
    ("MT_Free", None),
    ("MT_Blowhole", Some(DefectKind::Chip)),
    ("MT_Break", Some(DefectKind::Chip)),
    ("MT_Crack", Some(DefectKind::Crack)),
    ("MT_Fray", Some(DefectKind::Chip)),
    ("MT_Uneven", Some(DefectKind::Stain)),
];

/// Every known set below a folder.
pub(super) fn sets(folder: &Path) -> anyhow::Result<Vec<Set>> {
    type Reader = fn(&Path) -> anyhow::Result<Vec<Case>>;
    let known: [(&str, &str, Reader); 7] = [
        ("magnetic-tile", "magnetic_tile", tiles),
        ("kolektor", "kolektorsdd_yolo/Datasets", kolektor),
        ("boards", "deeppcb/PCBData", |folder| boards(folder, "_test")),
        ("boards-identical", "deeppcb/PCBData", |folder| boards(folder, "_temp")),
        ("toys-1", "aws_lookout/aliens-dataset", |folder| toys(folder, 1)),
        ("toys-4", "aws_lookout/aliens-dataset", |folder| toys(folder, 4)),
        ("cookies", "aws_lookout/computer-vision-defect-detection/cookie-dataset/dataset-files", cookies),
    ];
    let there = known.into_iter().map(|(name, at, reader)| (name, folder.join(at), reader));
    there
        .filter(|(_, at, _)| at.is_dir())
        .map(|(name, at, reader)| {
            let cases = reader(&at).with_context(|| format!("the set {name}"))?;
            Ok(Set { name: name.to_owned(), cases })
        })
        .collect()
}

/// Every second of each class, alone.
fn tiles(folder: &Path) -> anyhow::Result<Vec<Case>> {
    let mut cases = Vec::new();
    for (class, kind) in TILES {
        let photos = pictures(&folder.join(class).join("Imgs"))?;
        let photos = photos.into_iter().filter(|photo| photo.extension().is_some_and(|end| end == "jpg"));
        cases.extend(photos.skip(1).step_by(2).map(|photo| {
            let area = kind.map(|_| Area::Mask(photo.with_extension("png")));
            let truth = Truth { damaged: kind.is_some(), area, kind, ..Truth::default() };
            Case { photo, beside: Beside::Nothing, truth }
        }));
    }
    Ok(cases)
}

/// All, alone; labels are lines of a class and corners.
fn kolektor(folder: &Path) -> anyhow::Result<Vec<Case>> {
    let mut cases = Vec::new();
    for part in ["train", "val"] {
        for photo in pictures(&folder.join("images").join(part))? {
            let name = photo.with_extension("txt").file_name().map(PathBuf::from).unwrap_or_default();
            let label = folder.join("labels").join(part).join(name);
            let text = fs::read_to_string(&label).with_context(|| format!("cannot read {}", label.display()))?;
            let polygons: Vec<_> = text.lines().map(polygon).filter(|corners| corners.len() > 2).collect();
            let damaged = !polygons.is_empty();
            let area = damaged.then_some(Area::Polygons(polygons));
            let truth = Truth { damaged, area, kind: None, ..Truth::default() };
            cases.push(Case { photo, beside: Beside::Nothing, truth });
        }
    }
    Ok(cases)
}

fn polygon(line: &str) -> Vec<(f32, f32)> {
    let numbers: Vec<f32> = line.split_whitespace().skip(1).filter_map(|number| number.parse().ok()).collect();
    numbers.chunks_exact(2).map(|corner| (corner[0], corner[1])).collect()
}

/// Boards (`_test`) or templates (`_temp`) of the groups that are not left out, each over its template.
fn boards(folder: &Path, which: &str) -> anyhow::Result<Vec<Case>> {
    let mut groups: Vec<_> = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?;
    groups.sort();
    let mut cases = Vec::new();
    for group in groups {
        let name = group.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_prefix("group"));
        let Some(name) = name.filter(|name| !BOARDS_LEFT_OUT.contains(name)) else { continue };
        for photo in pictures(&group.join(name))? {
            let Some(stem) = photo.file_stem().and_then(|stem| stem.to_str()?.strip_suffix(which)) else { continue };
            let template = photo.with_file_name(format!("{stem}_temp.jpg"));
            let label = group.join(format!("{name}_not")).join(format!("{stem}.txt"));
            let damaged = which == "_test";
            let area = if damaged { Some(Area::Boxes(boxes(&label)?)) } else { None };
            let truth = Truth { damaged, area, ..Truth::default() };
            cases.push(Case { photo, beside: Beside::Registered(template), truth });
        }
    }
    Ok(cases)
}

/// Lines of left, top, right, bottom in pixels and a class.
fn boxes(label: &Path) -> anyhow::Result<Vec<Region>> {
    let text = fs::read_to_string(label).with_context(|| format!("cannot read {}", label.display()))?;
    let region = |line: &str| {
        let numbers: Vec<f32> = line.split_whitespace().filter_map(|number| number.parse().ok()).collect();
        let [x0, y0, x1, y1] = *numbers.first_chunk()?;
        let share = |v: f32| v / BOARD_PX;
        Some(Region { x: share(x0), y: share(y0), width: share(x1 - x0), height: share(y1 - y0) })
    };
    Ok(text.lines().filter_map(region).collect())
}

/// The first so many whole ones are the catalogue photos; all others are judged.
fn toys(folder: &Path, references: usize) -> anyhow::Result<Vec<Case>> {
    let mut whole = pictures(&folder.join("normal"))?;
    let photos = whole.split_off(references.min(whole.len()));
    let case = |photo, damaged| {
        let truth = Truth { damaged, ..Truth::default() };
        Case { photo, beside: Beside::Catalogue(whole.clone()), truth }
    };
    let hurt = pictures(&folder.join("anomaly"))?;
    Ok(photos
        .into_iter()
        .map(|photo| case(photo, false))
        .chain(hurt.into_iter().map(|photo| case(photo, true)))
        .collect())
}

/// All, alone.
fn cookies(folder: &Path) -> anyhow::Result<Vec<Case>> {
    let photos = pictures(&folder.join("training-images"))?;
    let case = |photo: PathBuf| {
        let stem = photo.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default().to_owned();
        let damaged = stem.starts_with("anomaly");
        let mask = folder.join("mask-images").join(format!("{stem}.png"));
        let area = if damaged { Some(Area::Mask(mask)) } else { None };
        Case { photo, beside: Beside::Nothing, truth: Truth { damaged, area, ..Truth::default() } }
    };
    Ok(photos.into_iter().map(case).collect())
}
