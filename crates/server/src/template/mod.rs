//! The sheet that a customer prints, tapes to the wall and photographs: markers, a ruler to check the print, and the holes as far
//! as they fit on the paper.

mod pdf;

use ermu_dialogue::Product;
use ermu_domain::{Localized, MountingTemplate, WallPoint};
use ermu_vision::{REACH_OF_ONE_SHEET_MM, Sheet};

use pdf::Page;

/// Above and below the holes' names there is this much room for text, between the markers.
const TEXT_LEFT_MM: f64 = -93.0;
const LINE_MM: f64 = 5.5;
/// The ruler's length.
const RULER_MM: f64 = 100.0;

/// The file to print for an article: one sheet, or two where a hole is too far away for one.
pub(crate) fn sheets(product: &Product, template: &MountingTemplate) -> Vec<u8> {
    let origin = WallPoint::default();
    let far = template.holes.iter().any(|hole| hole.at.distance_mm(origin) > REACH_OF_ONE_SHEET_MM);
    let mut pages = vec![first(product, template)];
    if far {
        pages.push(second(product));
    }
    pdf::document(&format!("{} ({})", product.name.zh, product.id), &pages)
}

fn first(product: &Product, template: &MountingTemplate) -> Page {
    let mut page = Page::default();
    markers(&mut page, Sheet::First);
    let mut lines = Lines::from(&mut page, 62.0);
    lines.heading(&product.name, &product.id.0);
    lines.both(
        "打印时选“实际大小 100%”，先用尺量下面的标尺。四个角都贴平，上边缘水平。",
        "Print at 100 % (actual size) and measure the ruler. Tape it flat, its upper edge level.",
    );
    let drill = format!("{} mm, {} mm", template.drill_mm, template.depth_mm);
    lines.both(
        &format!("钻头直径和孔深：{drill}。打孔前检查墙里的电线和水管。"),
        &format!("Drill and depth: {drill}. Check the wall for wires and pipes before you drill."),
    );
    if template.least_height_mm > 0 {
        let height = template.least_height_mm as f32 - template.lowest().y_mm;
        lines.both(
            &format!("纸中间的十字离地至少 {height:.0} mm。"),
            &format!("The cross in the middle is at least {height:.0} mm above the floor."),
        );
    }
    lines.skip_below(-22.0);
    for (index, hole) in template.holes.iter().enumerate() {
        let WallPoint { x_mm, y_mm } = hole.at;
        let signed =
            |v: f32, plus: &str, minus: &str| format!("{:.0} mm {}", v.abs(), if v < 0.0 { minus } else { plus });
        let text = format!(
            "{} {}: {} and {} the cross",
            index + 1,
            hole.name.en,
            signed(x_mm, "right of", "left of"),
            signed(y_mm, "above", "below")
        );
        lines.line(3.6, &text);
    }
    ruler(&mut page, -68.0);
    cross(&mut page, (0.0, 0.0), 6.0);
    for (index, hole) in template.holes.iter().enumerate() {
        if has_room(hole.at) {
            let at = (f64::from(hole.at.x_mm), f64::from(hole.at.y_mm));
            let radius = f64::from(template.drill_mm) / 2.0;
            page.circle(at, radius + 5.0, 0.0, Some(1.0));
            page.circle(at, radius, 0.25, Some(1.0));
            cross(&mut page, at, radius + 3.0);
            page.text((at.0 + radius + 1.0, at.1 + radius + 1.0), 4.0, &(index + 1).to_string());
        }
    }
    page
}

fn second(product: &Product) -> Page {
    let mut page = Page::default();
    markers(&mut page, Sheet::Second);
    let mut lines = Lines::from(&mut page, 62.0);
    lines.heading(&product.name, &product.id.0);
    lines.both(
        "第二张纸：贴在同一面墙上，离第一张远的孔旁边，位置不必准。",
        "Second sheet: tape it to the same wall, near the holes that are far from the first. Anywhere will do.",
    );
    ruler(&mut page, -68.0);
    page
}

/// Text from a height downwards.
struct Lines<'a> {
    page: &'a mut Page,
    y: f64,
}

impl<'a> Lines<'a> {
    fn from(page: &'a mut Page, y: f64) -> Self {
        Self { page, y }
    }

    fn heading(&mut self, name: &Localized, id: &str) {
        self.page.text((TEXT_LEFT_MM, self.y), 7.0, &name.zh);
        self.page.text((-20.0, self.y), 6.0, &format!("{} ({id})", name.en));
        self.y -= 1.4 * LINE_MM;
    }

    fn both(&mut self, zh: &str, en: &str) {
        self.line(4.0, zh);
        self.line(3.8, en);
    }

    fn line(&mut self, size: f64, text: &str) {
        self.page.text((TEXT_LEFT_MM, self.y), size, text);
        self.y -= LINE_MM;
    }

    fn skip_below(&mut self, y: f64) {
        self.y = self.y.min(y);
    }
}

fn markers(page: &mut Page, sheet: Sheet) {
    let side = f64::from(Sheet::MARKER_MM);
    let cell = side / Sheet::CELLS as f64;
    for marker in sheet.markers() {
        let (x, y) = (f64::from(marker.centre.x_mm) - side / 2.0, f64::from(marker.centre.y_mm) - side / 2.0);
        page.fill((x, y), (side, side), 0.0);
        for row in 0..Sheet::CELLS {
            for column in (0..Sheet::CELLS).filter(|column| marker.is_white(row, *column)) {
                let lower = (Sheet::CELLS - 1 - row) as f64;
                page.fill((x + column as f64 * cell, y + lower * cell), (cell, cell), 1.0);
            }
        }
    }
}

fn ruler(page: &mut Page, y: f64) {
    let left = -RULER_MM / 2.0;
    page.stroke((left, y), (left + RULER_MM, y), 0.25);
    for mm in 0..=RULER_MM as u32 {
        let height = match mm {
            _ if mm % 10 == 0 => 4.0,
            _ if mm % 5 == 0 => 3.0,
            _ => 1.8,
        };
        page.stroke((left + f64::from(mm), y), (left + f64::from(mm), y + height), 0.15);
    }
    page.text((left + RULER_MM + 3.0, y), 4.0, "100 mm");
}

fn cross(page: &mut Page, (x, y): (f64, f64), arm: f64) {
    page.stroke((x - arm, y), (x + arm, y), 0.2);
    page.stroke((x, y - arm), (x, y + arm), 0.2);
}

/// Whether a hole can be drawn on the sheet: on the paper, and not where a marker or the white around it is.
fn has_room(at: WallPoint) -> bool {
    let inset = |v: f32, edge: f32| v.abs() <= edge / 2.0 - 8.0;
    let on_paper = inset(at.x_mm, Sheet::WIDTH_MM) && inset(at.y_mm, Sheet::HEIGHT_MM);
    let reach = Sheet::MARKER_MM / 2.0 + 18.0;
    let near_marker = Sheet::First
        .markers()
        .iter()
        .any(|marker| (at.x_mm - marker.centre.x_mm).abs() < reach && (at.y_mm - marker.centre.y_mm).abs() < reach);
    on_paper && !near_marker
}

#[cfg(test)]
mod tests {
    use ermu_domain::{Hole, Money, Outline, ProductId};

    use super::*;

    fn template(points: &[(f32, f32)]) -> MountingTemplate {
        let hole =
            |&(x_mm, y_mm): &(f32, f32)| Hole { name: Localized::new("孔", "hole"), at: WallPoint { x_mm, y_mm } };
        MountingTemplate {
            holes: points.iter().map(hole).collect(),
            drill_mm: 8,
            depth_mm: 50,
            level: None,
            least_height_mm: 1200,
            outline: Outline::default(),
        }
    }

    fn shelf() -> Product {
        Product {
            id: ProductId("wall-shelf".into()),
            name: Localized::new("墙上置物架", "wall shelf"),
            aliases: Vec::new(),
            price: Money(8_900),
        }
    }

    #[test]
    fn a_far_hole_brings_a_second_sheet() {
        let pages = |points: &[(f32, f32)]| {
            let file = sheets(&shelf(), &template(points));
            String::from_utf8_lossy(&file).matches("/Type /Page ").count()
        };
        assert_eq!(pages(&[(-200.0, 0.0), (200.0, 0.0)]), 1);
        assert_eq!(pages(&[(-200.0, 0.0), (400.0, 0.0)]), 2);
    }

    #[test]
    fn holes_are_drawn_where_the_paper_has_room() {
        let at = |x_mm, y_mm| WallPoint { x_mm, y_mm };
        assert!(has_room(at(-80.0, 0.0)) && has_room(at(0.0, 120.0)));
        assert!(!has_room(at(-80.0, 100.0)) && !has_room(at(200.0, 0.0)));
    }

    #[test]
    fn the_markers_are_as_large_as_the_camera_expects() {
        let file = sheets(&shelf(), &template(&[(0.0, 0.0)]));
        let text = String::from_utf8_lossy(&file);
        // Lower left corner of the upper left marker: 12 mm from the left edge, 72 mm below the upper one.
        assert!(text.contains("0.000 g -93.0000 76.5000 60.0000 60.0000 re f"));
        assert!(text.contains("MediaBox [0 0 595.2756 841.8898]") && text.contains("2.83464567 0 0 2.83464567"));
    }
}
