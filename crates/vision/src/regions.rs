//! From the net's pixels to places.

use ermu_domain::{Basis, ImageFinding, NineGrid, Region};

use crate::confidence::Calibration;
use crate::defect::{DefectModel, Located};
use crate::view::View;

/// The pixels of a finding over its region.
#[derive(Debug, Clone, PartialEq)]
pub struct Mask {
    /// What it covers, as shares of the photo.
    pub region: Region,
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Row by row, 0 (whole) to 255 (damaged).
    pub values: Vec<u8>,
}

/// A place has at least [`FEWEST_PX`] pixels of this probability, and takes in those around it that reach the lower one: so
/// that a thin scratch does not fall into pieces.
const THRESHOLD: f32 = 0.5;
const MARGIN_THRESHOLD: f32 = 0.3;
/// Fragments nearer than this on the output grid are one place.
const BRIDGE_PX: usize = 5;
/// Fewer pixels than this are noise.
const FEWEST_PX: usize = 6;

/// Connected places of the damage probability on the product, the surest first.
pub(crate) fn regions(
    damage: &[f32],
    kind: &[f32],
    view: &View,
    basis: Basis,
    calibration: &Calibration,
) -> Vec<Located> {
    let hurt: Vec<bool> =
        damage.iter().zip(&view.product).map(|(&p, &inside)| inside && p >= MARGIN_THRESHOLD).collect();
    let product_px = view.product.iter().filter(|&&inside| inside).count().max(1);
    let mut found: Vec<Located> = components(&hurt, view.output_px())
        .into_iter()
        .filter(|pixels| pixels.iter().filter(|&&i| damage[i] >= THRESHOLD).count() >= FEWEST_PX)
        .map(|pixels| {
            let sure = calibration.confidence(surest(&pixels, damage), pixels.len(), basis);
            located(&pixels, damage, kind, view, (basis, sure), product_px)
        })
        .collect();
    found.sort_by(|a, b| b.finding.confidence.total_cmp(&a.finding.confidence));
    found
}

/// Sets of true pixels, those within [`BRIDGE_PX`] of each other together.
fn components(hurt: &[bool], (columns, rows): (usize, usize)) -> Vec<Vec<usize>> {
    let mut seen = vec![false; hurt.len()];
    let mut out = Vec::new();
    for start in 0..hurt.len() {
        if !hurt[start] || seen[start] {
            continue;
        }
        seen[start] = true;
        let mut pixels = vec![start];
        let mut next = 0;
        while let Some(&i) = pixels.get(next) {
            next += 1;
            let (x, y) = (i % columns, i / columns);
            let span = |v: usize, end: usize| v.saturating_sub(BRIDGE_PX)..(v + BRIDGE_PX + 1).min(end);
            for j in span(y, rows).flat_map(|y| span(x, columns).map(move |x| y * columns + x)) {
                if hurt[j] && !seen[j] {
                    seen[j] = true;
                    pixels.push(j);
                }
            }
        }
        out.push(pixels);
    }
    out
}

fn located(
    pixels: &[usize],
    damage: &[f32],
    kind: &[f32],
    view: &View,
    (basis, confidence): (Basis, f32),
    product_px: usize,
) -> Located {
    let (columns, rows) = view.output_px();
    let (mut x0, mut y0, mut x1, mut y1) = (columns, rows, 0, 0);
    let (mut sx, mut sy, mut total) = (0.0, 0.0, 0.0);
    let mut votes = [0.0_f32; DefectModel::KINDS.len()];
    for &i in pixels {
        let (x, y) = (i % columns, i / columns);
        (x0, y0, x1, y1) = (x0.min(x), y0.min(y), x1.max(x + 1), y1.max(y + 1));
        let p = f64::from(damage[i]);
        sx += p * (x as f64 + 0.5);
        sy += p * (y as f64 + 0.5);
        total += p;
        for (vote, channel) in votes.iter_mut().zip(kind.chunks_exact(damage.len())) {
            *vote += damage[i] * channel[i];
        }
    }
    let most = (0..votes.len()).max_by(|&a, &b| votes[a].total_cmp(&votes[b])).unwrap_or(0);
    let (left, top) = view.share_of_photo((x0 as f64, y0 as f64));
    let (right, bottom) = view.share_of_photo((x1 as f64, y1 as f64));
    let region = Region { x: left, y: top, width: right - left, height: bottom - top };
    let (px, py) = view.share_of_product((sx / total, sy / total));
    let mut values = vec![0; (x1 - x0) * (y1 - y0)];
    for &i in pixels {
        let (x, y) = (i % columns - x0, i / columns - y0);
        values[y * (x1 - x0) + x] = (damage[i].clamp(0.0, 1.0) * 255.0) as u8;
    }
    let finding = ImageFinding {
        kind: DefectModel::KINDS[most],
        region,
        place: NineGrid::containing(px, py),
        area: pixels.len() as f32 / product_px as f32,
        confidence,
        basis,
    };
    Located { finding, mask: Mask { region, width: x1 - x0, height: y1 - y0, values } }
}

/// The mean probability of a place's surest quarter.
fn surest(pixels: &[usize], damage: &[f32]) -> f32 {
    let mut values: Vec<f32> = pixels.iter().map(|&i| damage[i]).collect();
    values.sort_by(|a, b| b.total_cmp(a));
    values.truncate(pixels.len().div_ceil(4));
    values.iter().sum::<f32>() / values.len() as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Photo;
    use ermu_domain::DefectKind;
    use image::RgbImage;

    /// Columns and rows of the net's output for a square photo.
    const SIDE: usize = 192;

    /// A photo of 192 × 192 judged alone: a pixel of the net's output is one of the photo's.
    fn place_of(damaged: &[(usize, usize)], channel: usize) -> Vec<Located> {
        let photo = Photo::from_rgb(RgbImage::new(SIDE as u32, SIDE as u32));
        let (view, _) = View::alone(&photo);
        assert_eq!(view.output_px(), (SIDE, SIDE));
        let area = SIDE * SIDE;
        let (mut damage, mut kind) = (vec![0.01; area], vec![0.0; 6 * area]);
        for (x, y) in damaged {
            damage[y * SIDE + x] = 0.9;
            kind[channel * area + y * SIDE + x] = 1.0;
        }
        regions(&damage, &kind, &view, Basis::PhotoAlone, &Calibration::identity())
    }

    fn block(x0: usize, y0: usize) -> Vec<(usize, usize)> {
        (0..48).map(|i| (x0 + i % 8, y0 + i / 8)).collect()
    }

    #[test]
    fn a_block_becomes_its_box_its_word_and_its_kind() {
        for (x, y, word) in [
            (4, 4, NineGrid::TopLeft),
            (92, 10, NineGrid::Top),
            (170, 20, NineGrid::TopRight),
            (92, 92, NineGrid::Centre),
            (10, 180, NineGrid::BottomLeft),
            (180, 92, NineGrid::Right),
        ] {
            let found = place_of(&block(x, y), 2);
            assert_eq!(found.len(), 1);
            let finding = &found[0].finding;
            assert_eq!((finding.place, finding.kind), (word, DefectKind::Dent));
            assert!(
                (finding.region.x - x as f32 / 192.0).abs() < 1e-4 && (finding.region.width - 8.0 / 192.0).abs() < 1e-4
            );
            assert!((finding.area - 48.0 / 36864.0).abs() < 1e-5 && finding.confidence > 0.8);
        }
    }

    #[test]
    fn near_fragments_are_one_and_specks_are_none() {
        let mut pixels = block(20, 20);
        pixels.extend(block(29, 20));
        pixels.extend([(100, 100), (101, 100)]);
        let found = place_of(&pixels, 0);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].mask.width, found[0].mask.height), (17, 6));
        assert!(place_of(&[], 0).is_empty());
    }
}
