//! The photos that went worst, as one page that needs nothing else.

use std::fmt::Write;

use ermu_domain::Region;
use ermu_vision::{Photo, Sight, annotate};

use super::{
    marked::Marked,
    report::Report,
    score::Verdict,
    set::{Area, Case},
};
use crate::call::escape;

/// Cells a side of the grid on which the truth is drawn.
const TRUTH_CELLS: usize = 96;
/// Long side of a picture on the page.
const SHOWN_PX: f32 = 480.0;

/// A photo that went badly.
#[derive(Debug)]
pub(super) struct Worst {
    pub(super) severity: f32,
    name: String,
    told: String,
    /// With the findings drawn on it.
    jpeg: Vec<u8>,
    /// An SVG path in percent of the picture, over what is truly damaged.
    truth: String,
}

impl Worst {
    pub(super) fn new(
        case: &Case,
        photo: &Photo,
        sight: &Sight,
        verdict: Verdict,
        marked: Option<&Marked>,
    ) -> anyhow::Result<Self> {
        let scale = SHOWN_PX / photo.width_px().max(photo.height_px()) as f32;
        let side = |px: u32| (px as f32 * scale).round() as u32;
        let shown = photo.resized(side(photo.width_px()), side(photo.height_px()));
        let jpeg = annotate(&shown, &sight.located)?;
        let name = case.photo.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let truth = match (marked, &case.truth.area) {
            (Some(marked), _) => cells(marked),
            (None, Some(Area::Boxes(boxes))) => boxes.iter().map(|&wanted| outline(wanted)).collect(),
            (None, Some(Area::Mask(_) | Area::Polygons(_)) | None) => String::new(),
        };
        Ok(Self { severity: verdict.severity, name, told: verdict.told, jpeg, truth })
    }
}

/// The page: the table, then for each set its worst photos, what is true tinted over what was found.
pub(super) fn page(report: &Report, worst: &[(String, Vec<Worst>)]) -> String {
    let mut html = format!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>\
         <title>Ermu 耳目 – photos</title><style>{STYLE}</style><main><h1>Ermu 耳目 <small>photos that went worst</small></h1>\
         <p>Red: what was found. Blue: what is true.<pre>{}</pre>",
        escape(&report.table().join("\n")),
    );
    for (set, shown) in worst {
        let _ = write!(html, "<h2>{}</h2><section>", escape(set));
        for Worst { name, told, jpeg, truth, .. } in shown {
            let _ = write!(
                html,
                "<figure><div><img alt='' src='data:image/jpeg;base64,{}'>\
                 <svg viewBox='0 0 100 100' preserveAspectRatio=none><path d='{truth}'/></svg></div>\
                 <figcaption>{}: {}</figcaption></figure>",
                base64(jpeg),
                escape(name),
                escape(told),
            );
        }
        html.push_str("</section>");
    }
    html.push_str("</main></html>");
    html
}

const STYLE: &str = "body{font:14px/1.4 system-ui,sans-serif;margin:0}main{max-width:80rem;margin:auto;padding:1rem}\
    section{display:grid;grid-template-columns:repeat(auto-fill,minmax(15rem,1fr));gap:1rem}figure{margin:0}\
    figure div{position:relative}img{width:100%;display:block}svg{position:absolute;inset:0;width:100%;height:100%}\
    path{fill:#2563eb66;stroke:#2563eb;stroke-width:.4}pre{overflow:auto}";

fn cells(marked: &Marked) -> String {
    let side = 1.0 / TRUTH_CELLS as f32;
    let cell = |i: usize| Region {
        x: (i % TRUTH_CELLS) as f32 * side,
        y: (i / TRUTH_CELLS) as f32 * side,
        width: side,
        height: side,
    };
    (0..TRUTH_CELLS * TRUTH_CELLS).map(cell).filter(|&cell| marked.any(cell)).map(outline).collect()
}

/// An SVG path about a region, in percent.
fn outline(region: Region) -> String {
    let [x, y, width, height] = [region.x, region.y, region.width, region.height].map(|v| v * 100.0);
    format!("M{x:.2} {y:.2}h{width:.2}v{height:.2}h-{width:.2}z")
}

/// RFC 4648.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len() * 4 / 3 + 4);
    for three in bytes.chunks(3) {
        let word = three.iter().fold(0_u32, |word, &byte| word << 8 | u32::from(byte)) << (8 * (3 - three.len()));
        for i in 0..4 {
            let letter = LETTERS[(word >> (18 - 6 * i)) as usize & 63];
            text.push(if i <= three.len() { char::from(letter) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_pads() {
        assert_eq!(
            ["", "f", "fo", "foo", "foob"].map(|text| base64(text.as_bytes())),
            ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg=="]
        );
    }

    #[test]
    fn names_of_files_stay_text() {
        let worst = Worst {
            severity: 1.0,
            name: "<b>.jpg".to_owned(),
            told: "missed".to_owned(),
            jpeg: Vec::new(),
            truth: outline(Region { x: 0.1, y: 0.2, width: 0.3, height: 0.4 }),
        };
        let html = page(&Report::default(), &[("set".to_owned(), vec![worst])]);
        assert!(html.contains("&lt;b&gt;.jpg: missed") && html.contains("M10.00 20.00h30.00v40.00h-30.00z"));
    }
}
