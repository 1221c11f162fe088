//! Photo in, findings out: damage on public sets that were held out of training, and on the project's own renders.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Result;
use serde_json::Value;

use super::{Bar, Limit, Outcome};
use crate::{demo, process};

const OUT: &str = "target/bars";
/// Photos that are not ours to ship lie beside the checkout, or where this variable says.
const DATA: &str = "../shared/data";
const DATA_VARIABLE: &str = "ERMU_SHARED_DATA";
/// Photos of rooms there.
const ROOMS: &str = "doordetect_640/images";
/// Photos with exact truth that the recipe draws and renders from what was held out of training.
const HELD_OUT: &str = "models/recipes/defect/held_out.py";
/// A Python that has the recipe's requirements.
const PYTHON_VARIABLE: &str = "ERMU_RECIPE_PYTHON";
/// What it needs besides the data: `render.py pairs` with seeds from 100000 on.
const PAIRS_VARIABLE: &str = "ERMU_DEFECT_PAIRS";

/// A measurement that several bars read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    /// Public sets in the shared data.
    Public,
    /// `image-fixtures/`.
    Fixtures,
    /// Damage drawn on room photos that were held out, against the same photo undamaged.
    Drawn,
    /// Rendered products that were held out, against their catalogue photos.
    Rendered,
    /// Rendered walls with sheets on them, pasted on room photos that were held out.
    Walls,
    /// Nothing measures it yet.
    Nowhere,
}

/// A bar: its name, its limit, and where in which report the number stands: the set, and the place in its scores.
type Row = (&'static str, Limit, Source, &'static str, &'static str);

use Limit::{AtLeast, AtMost};
use Source::{Drawn, Fixtures, Nowhere, Public, Rendered, Walls};

#[rustfmt::skip]
const ROWS: [Row; 30] = [
    ("toys, image AUROC, 1 reference", AtLeast(0.96), Public, "toys-1", "/image_auroc"),
    ("toys, image AUROC, 4 references", AtLeast(0.985), Public, "toys-4", "/image_auroc"),
    ("drawn on held-out photos, IoU at .5", AtLeast(0.72), Drawn, "drawn", "/iou_at_50"),
    ("magnetic tile, image AUROC", AtLeast(0.95), Public, "magnetic-tile", "/image_auroc"),
    ("magnetic tile, IoU at .5", AtLeast(0.55), Public, "magnetic-tile", "/iou_at_50"),
    ("KolektorSDD zero-shot, image AUROC", AtLeast(0.97), Public, "kolektor", "/image_auroc"),
    ("KolektorSDD zero-shot, AUPRO", AtLeast(0.95), Public, "kolektor", "/aupro"),
    ("DeepPCB with template, recall", AtLeast(0.95), Public, "boards", "/boxes_recall"),
    ("DeepPCB with template, precision", AtLeast(0.95), Public, "boards", "/boxes_precision"),
    ("DeepPCB, identical pairs silent", AtLeast(0.99), Public, "boards-identical", "/silent"),
    ("kind given the region", AtLeast(0.88), Drawn, "drawn", "/kind_accuracy"),
    ("kind given the region, scratch", AtLeast(0.75), Drawn, "drawn", "/kinds"),
    ("nine-grid words right, fixtures", AtLeast(0.95), Fixtures, "image-fixtures", "/words_right"),
    ("nine-grid words right, held-out renders", AtLeast(0.95), Rendered, "rendered", "/words_right"),
    ("accepted at the rule's bar, wrong, fixtures", AtMost(0.02), Fixtures, "", "/wrong_at_rules_bar"),
    ("accepted at the rule's bar, wrong, renders", AtMost(0.02), Rendered, "", "/wrong_at_rules_bar"),
    ("clean photos silent, fixtures", AtLeast(1.0), Fixtures, "image-fixtures", "/silent"),
    ("marker found", AtLeast(0.99), Walls, "one", "/found"),
    ("plain A4 found", AtLeast(0.95), Walls, "plain", "/found"),
    ("plain A4 seen in rooms without one", AtMost(0.01), Walls, "empty", "/measured_wrongly"),
    ("holes 300 mm from the sheet, median, mm", AtMost(2.0), Walls, "one", "/farthest/median_mm"),
    ("holes 300 mm from the sheet, p90, mm", AtMost(4.0), Walls, "one", "/farthest/p90_mm"),
    ("holes 590 mm from two sheets, median, mm", AtMost(3.0), Walls, "two", "/farthest/median_mm"),
    ("labels exact after format rules", AtLeast(0.95), Nowhere, "", ""),
    ("seven-segment displays exact", AtLeast(0.95), Nowhere, "", ""),
    ("gate: bad caught at 95 % pass, real photos", AtLeast(0.97), Nowhere, "", ""),
    ("defect, 12 Mpx JPEG to findings, CPU ms", AtMost(450.0), Fixtures, "", "/large"),
    ("install points, 12 Mpx JPEG, CPU ms", AtMost(250.0), Walls, "", "/large"),
    ("OCR, 12 Mpx JPEG, CPU ms", AtMost(250.0), Nowhere, "", ""),
    ("overhead over onnxruntime alone", AtMost(0.05), Nowhere, "", ""),
];

pub(super) fn measure() -> Result<Vec<Bar>> {
    demo::build()?;
    fs::create_dir_all(OUT)?;
    let data = std::env::var_os(DATA_VARIABLE).map_or_else(|| PathBuf::from(DATA), PathBuf::from).join("vision");
    let reports = [Public, Fixtures, Drawn, Rendered, Walls].map(|source| (source, run(source, &data)));
    Ok(bars(&reports))
}

/// What came of a measurement.
#[derive(Debug, Clone, PartialEq)]
enum Report {
    Numbers(Value),
    /// Its photos cannot be had here.
    NoData,
    /// It broke.
    Failed,
}

fn bars(reports: &[(Source, Report)]) -> Vec<Bar> {
    let outcome = |source, set, place| match reports.iter().find(|(of, _)| *of == source) {
        Some((_, Report::Numbers(report))) => number(report, set, place),
        Some((_, Report::NoData)) => Outcome::NoData,
        Some((_, Report::Failed)) | None => Outcome::NotMeasured,
    };
    ROWS.into_iter()
        .map(|(name, limit, source, set, place)| Bar { name, limit, outcome: outcome(source, set, place) })
        .collect()
}

/// The number at a place of a set's scores, or of the whole report where no set is named.
fn number(report: &Value, set: &str, place: &str) -> Outcome {
    let scores = match set {
        "" => Some(report),
        _ => report["sets"].as_array().and_then(|sets| sets.iter().find(|of| of["name"] == set)),
    };
    let value = scores.and_then(|scores| scores.pointer(place));
    let value = if place == "/kinds" { value.and_then(first_kind) } else { value.and_then(Value::as_f64) };
    value.map_or(Outcome::NotMeasured, Outcome::Value)
}

/// Of the first kind, scratches, the share that is called so: rows are true.
fn first_kind(kinds: &Value) -> Option<f64> {
    let row: Vec<f64> = kinds.get(0)?.as_array()?.iter().filter_map(Value::as_f64).collect();
    let all: f64 = row.iter().sum();
    (all > 0.0).then(|| row[0] / all)
}

/// Runs one measurement. What breaks is told and falls short; the others still run.
fn run(source: Source, data: &Path) -> Report {
    let (name, folder) = match source {
        Public => ("public", data.to_owned()),
        Fixtures => ("fixtures", PathBuf::from("image-fixtures")),
        Drawn => ("drawn", Path::new(OUT).join("drawn")),
        Rendered => ("rendered", Path::new(OUT).join("rendered")),
        Walls => ("walls", Path::new(OUT).join("walls")),
        Nowhere => return Report::Failed,
    };
    let made = match source {
        Drawn | Rendered => draw(name, &folder, data),
        Walls => render_walls(&folder, data),
        Public | Fixtures | Nowhere => true,
    };
    if !made || !folder.is_dir() {
        eprintln!("{source:?}: no photos at {}", folder.display());
        return Report::NoData;
    }
    let json = Path::new(OUT).join(format!("vision-{name}.json"));
    fs::remove_file(&json).ok();
    let page = json.with_extension("html");
    let mut command = Command::new(demo::PROGRAM);
    let what = if source == Walls { "install" } else { "vision" };
    command.args(["eval", what]).arg(folder).arg("--json").arg(&json).arg("--page").arg(page);
    eprintln!("$ {}", process::shown(&command));
    match command.status().map(|status| status.success().then(|| fs::read(&json).ok()).flatten()) {
        Ok(Some(bytes)) => serde_json::from_slice(&bytes).map_or(Report::Failed, Report::Numbers),
        Ok(None) | Err(_) => Report::Failed,
    }
}

/// Whether the recipe could write its held-out photos; it needs OpenCV for Python, the data and, to render, the pairs.
fn draw(what: &str, folder: &Path, data: &Path) -> bool {
    let python = std::env::var_os(PYTHON_VARIABLE).unwrap_or_else(|| "python3".into());
    let mut command = Command::new(python);
    command.arg(HELD_OUT).arg(what).arg(folder).arg("--data").arg(data);
    if let Some(pairs) = std::env::var_os(PAIRS_VARIABLE) {
        command.arg("--pairs").arg(pairs);
    }
    eprintln!("$ {}", process::shown(&command));
    command.status().is_ok_and(|status| status.success())
}

/// Whether walls could be rendered; their backgrounds are the half of the room photos that nothing was chosen by.
fn render_walls(folder: &Path, data: &Path) -> bool {
    let rooms = data.join(ROOMS);
    let mut command = process::cargo();
    command.args(["run", "--release", "-p", "ermu-vision", "--example", "wall_photos", "--"]).arg(folder);
    command.args(["--half", "test", "--rooms"]).arg(&rooms);
    eprintln!("$ {}", process::shown(&command));
    rooms.is_dir() && command.status().is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::super::Verdict;
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_are_read_by_set_and_what_is_missing_never_holds() {
        let tile = json!({ "name": "magnetic-tile", "image_auroc": 0.96, "iou_at_50": 0.4 });
        let public = json!({ "sets": [tile], "large": 300.0 });
        let drawn = json!({ "sets": [{ "name": "drawn", "kinds": [[8, 2, 0, 0, 0, 0]] }] });
        let reports = [
            (Public, Report::Numbers(public)),
            (Drawn, Report::Numbers(drawn)),
            (Rendered, Report::NoData),
            (Fixtures, Report::Failed),
        ];
        let bars = bars(&reports);
        let verdict = |name: &str| bars.iter().find(|bar| bar.name == name).map(Bar::verdict);
        assert_eq!(verdict("magnetic tile, image AUROC"), Some(Verdict::Holds));
        assert_eq!(verdict("magnetic tile, IoU at .5"), Some(Verdict::FallsShort));
        assert_eq!(verdict("kind given the region, scratch"), Some(Verdict::Holds));
        assert_eq!(verdict("KolektorSDD zero-shot, AUPRO"), Some(Verdict::FallsShort));
        assert_eq!(verdict("nine-grid words right, held-out renders"), Some(Verdict::Skipped));
        assert_eq!(verdict("marker found"), Some(Verdict::FallsShort));
        assert_eq!(verdict("clean photos silent, fixtures"), Some(Verdict::FallsShort));
    }
}
