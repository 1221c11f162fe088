//! The little of PDF 1.4 that a printed sheet needs: filled rectangles, lines, circles and lines of text, measured in millimetres.

use std::fmt::Write;

/// A page of A4, drawn from its middle: x to the right, y upwards, in mm.
#[derive(Debug, Default)]
pub(crate) struct Page {
    content: String,
}

/// Points a millimetre.
const POINTS: f64 = 72.0 / 25.4;
const WIDTH_MM: f64 = 210.0;
const HEIGHT_MM: f64 = 297.0;

/// How much light a fill gives back, 0 (black) to 1 (white).
pub(crate) type Grey = f64;

impl Page {
    /// Fills a rectangle from its lower left corner.
    pub(crate) fn fill(&mut self, (x, y): (f64, f64), (width, height): (f64, f64), grey: Grey) {
        self.line(format_args!("{grey:.3} g {x:.4} {y:.4} {width:.4} {height:.4} re f"));
    }

    /// Draws a line.
    pub(crate) fn stroke(&mut self, from: (f64, f64), to: (f64, f64), width: f64) {
        self.line(format_args!("0 G {width:.4} w {:.4} {:.4} m {:.4} {:.4} l S", from.0, from.1, to.0, to.1));
    }

    /// Draws a circle; filled if there is a grey for it.
    pub(crate) fn circle(&mut self, (x, y): (f64, f64), radius: f64, width: f64, inside: Option<Grey>) {
        // Four Bézier curves; the handles' length for a quarter of a circle.
        let k = 0.552_285 * radius;
        let (l, r, b, t) = (x - radius, x + radius, y - radius, y + radius);
        let (grey, paint) = inside.map_or((0.0, "S"), |grey| (grey, if width > 0.0 { "B" } else { "f" }));
        self.line(format_args!(
            "0 G {grey:.3} g {width:.4} w {r:.4} {y:.4} m {r:.4} {:.4} {:.4} {t:.4} {x:.4} {t:.4} c \
             {:.4} {t:.4} {l:.4} {:.4} {l:.4} {y:.4} c {l:.4} {:.4} {:.4} {b:.4} {x:.4} {b:.4} c \
             {:.4} {b:.4} {r:.4} {:.4} {r:.4} {y:.4} c {paint}",
            y + k,
            x + k,
            x - k,
            y + k,
            y - k,
            x - k,
            x + k,
            y - k
        ));
    }

    /// Writes a line of text from its lower left corner. Latin letters are Helvetica; a line with others is set in the viewer's
    /// own font for simplified Chinese, which the file does not carry.
    pub(crate) fn text(&mut self, (x, y): (f64, f64), size: f64, text: &str) {
        let place = format!("0 g BT {size:.3} Tf 1 0 0 1 {x:.4} {y:.4} Tm");
        let (place, shown) = if text.bytes().all(|b| (b' '..=b'~').contains(&b)) {
            let escaped: String =
                text.chars().flat_map(|c| if "()\\".contains(c) { vec!['\\', c] } else { vec![c] }).collect();
            (place.replacen("BT ", "BT /F1 ", 1), format!("({escaped})"))
        } else {
            let hex = text.encode_utf16().fold(String::new(), |mut hex, unit| {
                // Writing to a string does not fail.
                write!(hex, "{unit:04X}").ok();
                hex
            });
            (place.replacen("BT ", "BT /F2 ", 1), format!("<{hex}>"))
        };
        self.line(format_args!("{place} {shown} Tj ET"));
    }

    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        self.content.write_fmt(line).ok();
        self.content.push('\n');
    }
}

/// The file of some pages.
pub(crate) fn document(title: &str, pages: &[Page]) -> Vec<u8> {
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R /ViewerPreferences << /PrintScaling /None >> >>".to_owned(),
        String::new(),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>".to_owned(),
        "<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [5 0 R] >>".to_owned(),
        "<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) \
         /Supplement 2 >> /FontDescriptor 6 0 R /DW 1000 /W [1 95 500] >>"
            .to_owned(),
        "<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880] /ItalicAngle 0 /Ascent 880 \
         /Descent -120 /CapHeight 880 /StemV 93 >>"
            .to_owned(),
    ];
    let (width, height) = (WIDTH_MM * POINTS, HEIGHT_MM * POINTS);
    let mut kids = String::new();
    for page in pages {
        let middle = format!("{POINTS:.8} 0 0 {POINTS:.8} {:.4} {:.4} cm\n", width / 2.0, height / 2.0);
        let stream = format!("q\n{middle}{}Q\n", page.content);
        objects.push(format!("<< /Length {} >>\nstream\n{stream}endstream", stream.len()));
        objects.push(format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width:.4} {height:.4}] /Contents {} 0 R \
             /Resources << /Font << /F1 3 0 R /F2 4 0 R >> >> >>",
            objects.len()
        ));
        write!(kids, "{} 0 R ", objects.len()).ok();
    }
    objects[1] = format!("<< /Type /Pages /Kids [{kids}] /Count {} >>", pages.len());
    let title: String = title.encode_utf16().map(|unit| format!("{unit:04X}")).collect();
    objects.push(format!("<< /Title <FEFF{title}> /Producer (Ermu) >>"));
    let mut file = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n".to_vec();
    let mut places = Vec::with_capacity(objects.len());
    for (index, object) in objects.iter().enumerate() {
        places.push(file.len());
        file.extend_from_slice(format!("{} 0 obj\n{object}\nendobj\n", index + 1).as_bytes());
    }
    let start = file.len();
    let mut tail = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for place in places {
        writeln!(tail, "{place:010} 00000 n ").ok();
    }
    write!(
        tail,
        "trailer\n<< /Size {} /Root 1 0 R /Info {} 0 R >>\nstartxref\n{start}\n%%EOF\n",
        objects.len() + 1,
        objects.len()
    )
    .ok();
    file.extend_from_slice(tail.as_bytes());
    file
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_points_at_the_objects_and_the_end_at_the_table() {
        let mut page = Page::default();
        page.fill((-10.0, -10.0), (20.0, 20.0), 0.0);
        page.text((0.0, 50.0), 5.0, "a (shelf) \\ b");
        page.text((0.0, 40.0), 5.0, "置物架");
        let file = document("置物架", &[page, Page::default()]);
        let text = String::from_utf8_lossy(&file);
        assert!(text.contains(r"(a \(shelf\) \\ b) Tj") && text.contains("<7F6E726967B6> Tj"));
        assert!(text.contains("/Count 2"));
        let start: usize = text.rsplit("startxref\n").next().unwrap().lines().next().unwrap().parse().unwrap();
        assert!(file[start..].starts_with(b"xref\n"));
        let table = std::str::from_utf8(&file[start..]).unwrap();
        let places: Vec<usize> =
            table.lines().filter(|line| line.ends_with(" n ")).map(|line| line[..10].parse().unwrap()).collect();
        assert_eq!(places.len(), 11);
        for (index, place) in places.iter().enumerate() {
            assert!(file[*place..].starts_with(format!("{} 0 obj\n", index + 1).as_bytes()));
        }
    }

    #[test]
    fn a_streams_length_is_what_it_says() {
        let mut page = Page::default();
        page.circle((1.0, 2.0), 3.0, 0.2, Some(1.0));
        page.stroke((0.0, 0.0), (100.0, 0.0), 0.3);
        let file = String::from_utf8_lossy(&document("x", &[page])).into_owned();
        let length: usize = file.split("/Length ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
        let stream = file.split("stream\n").nth(1).unwrap().strip_suffix("end").unwrap();
        assert_eq!(stream.len(), length);
    }
}
