//! Photos that went worst, as one page that needs nothing else.

use std::fmt::Write;

use ermu_vision::Photo;

use crate::call::escape;

/// Long side of a picture on the page.
const SHOWN_PX: f32 = 480.0;

/// A photo on the page.
#[derive(Debug)]
pub(crate) struct Figure {
    /// The higher, the worse it went.
    pub(crate) severity: f32,
    /// The photo's file.
    pub(crate) name: String,
    /// What went wrong.
    pub(crate) told: String,
    /// With what was found drawn on it.
    pub(crate) jpeg: Vec<u8>,
    /// An SVG path in percent of the picture, over what is true.
    pub(crate) truth: String,
}

/// The photo as large as the page shows it.
pub(crate) fn shown(photo: &Photo) -> Photo {
    let scale = SHOWN_PX / photo.width_px().max(photo.height_px()) as f32;
    let side = |px: u32| (px as f32 * scale).round() as u32;
    photo.resized(side(photo.width_px()), side(photo.height_px()))
}

/// The page: the table, then for each set its worst photos, what is true tinted over what was found.
pub(crate) fn page(table: &[String], worst: &[(String, Vec<Figure>)]) -> String {
    let mut html = format!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>\
         <title>Ermu 耳目 – photos</title><style>{STYLE}</style><main><h1>Ermu 耳目 <small>photos that went worst</small></h1>\
         <p>Red: what was found. Blue: what is true.<pre>{}</pre>",
        escape(&table.join("\n")),
    );
    for (set, shown) in worst {
        let _ = write!(html, "<h2>{}</h2><section>", escape(set));
        for Figure { name, told, jpeg, truth, .. } in shown {
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
        let worst = Figure {
            severity: 1.0,
            name: "<b>.jpg".to_owned(),
            told: "missed".to_owned(),
            jpeg: Vec::new(),
            truth: "M10.00 20.00h30.00v40.00h-30.00z".to_owned(),
        };
        let html = page(&["<table>".to_owned()], &[("set".to_owned(), vec![worst])]);
        assert!(html.contains("&lt;b&gt;.jpg: missed") && html.contains("M10.00 20.00h30.00v40.00h-30.00z"));
        assert!(html.contains("<pre>&lt;table&gt;</pre>"));
    }
}
