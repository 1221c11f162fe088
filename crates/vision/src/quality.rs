//! The gate: whether a photo shows enough to be judged.
//!
//! The thresholds were set on `cargo test -p ermu-vision --test quality -- --nocapture`: room photos and rendered products as
//! they are, and the same blurred, darkened, and with a lamp's reflection.

use crate::Photo;
use crate::gray::Gray;
use ermu_domain::QualityFault;

/// What the gate measures on a photo; the reasons for its verdict.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quality {
    /// Shorter side of the photo as it was sent, in pixels.
    pub short_side_px: u32,
    /// Standard deviation of brightness, 0 to 0.5.
    pub contrast: f32,
    /// The brightness that 95 % of the photo stays under, 0 to 1.
    pub bright_end: f32,
    /// Fine detail over coarse detail at the photo's strongest edges; about 0.16 when out of focus, 0.38 when sharp.
    pub sharpness: f32,
    /// Share of the photo that is burnt out, without a white ground that the product stands before.
    pub burnt_out: f32,
}

const SHORTEST_SIDE_PX: u32 = 240;
const LEAST_CONTRAST: f32 = 0.02;
const DARKEST_BRIGHT_END: f32 = 0.3;
const LEAST_SHARPNESS: f32 = 0.2;
const MOST_BURNT_OUT: f32 = 0.15;
/// Long side that everything but the size is measured at.
const MEASURED_PX: u32 = 800;

impl Quality {
    /// Measures a photo.
    #[must_use]
    pub fn of(photo: &Photo) -> Self {
        let (gray, _) = Gray::of(&photo.rgb, MEASURED_PX);
        let n = gray.data.len() as f32;
        let mean = gray.data.iter().sum::<f32>() / n;
        let variance = gray.data.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / n;
        let mut sorted = gray.data.clone();
        let bright = sorted.len() * 95 / 100;
        let (_, bright_end, _) = sorted.select_nth_unstable_by(bright, f32::total_cmp);
        Self {
            short_side_px: photo.original_px().0.min(photo.original_px().1),
            contrast: variance.sqrt(),
            bright_end: *bright_end,
            sharpness: sharpness(&gray),
            burnt_out: burnt_out(&gray),
        }
    }

    /// The faults that forbid a judgement; none if the photo will do.
    #[must_use]
    pub fn faults(&self) -> Vec<QualityFault> {
        let mut faults = Vec::new();
        if self.short_side_px < SHORTEST_SIDE_PX {
            faults.push(QualityFault::Small);
        }
        if self.bright_end < DARKEST_BRIGHT_END {
            // Too dark to say more.
            faults.push(QualityFault::Dark);
            return faults;
        }
        if self.contrast < LEAST_CONTRAST {
            faults.push(QualityFault::Empty);
            return faults;
        }
        if self.sharpness < LEAST_SHARPNESS {
            faults.push(QualityFault::Blurred);
        }
        if self.burnt_out > MOST_BURNT_OUT {
            faults.push(QualityFault::Glare);
        }
        faults
    }
}

/// Where the coarse structure is strongest (top 3 %), how much fine structure there is. The ratio does not change with
/// contrast or exposure, only with focus.
fn sharpness(gray: &Gray) -> f32 {
    let fine = gray.box_blur(1);
    let middle = gray.box_blur(3);
    let coarse = gray.box_blur(9);
    let band = |a: &Gray, b: &Gray| -> Vec<f32> { a.data.iter().zip(&b.data).map(|(x, y)| (x - y).abs()).collect() };
    let (detail, structure) = (band(&fine, &middle), band(&fine, &coarse));
    let mut order: Vec<usize> = (0..structure.len()).collect();
    let most = (order.len() * 3 / 100).max(1).min(order.len());
    if most < order.len() {
        order.select_nth_unstable_by(most, |&a, &b| structure[b].total_cmp(&structure[a]));
    }
    let total = |values: &[f32]| order[..most].iter().map(|&i| values[i]).sum::<f32>();
    total(&detail) / (total(&structure) + 1e-3)
}

fn burnt_out(gray: &Gray) -> f32 {
    const WHITE: f32 = 0.985;
    /// A border as white as this belongs to a photo taken before a white ground.
    const WHITE_BORDER: f32 = 0.4;
    let (w, h) = (gray.width, gray.height);
    let mut left: Vec<bool> = gray.data.iter().map(|&v| v >= WHITE).collect();
    let mut stack: Vec<usize> =
        (0..left.len()).filter(|i| i % w == 0 || i % w == w - 1 || i / w == 0 || i / w == h - 1).collect();
    let white = stack.iter().filter(|&&i| left[i]).count();
    if (white as f32) < WHITE_BORDER * stack.len() as f32 {
        stack.clear();
    }
    while let Some(i) = stack.pop() {
        if std::mem::take(&mut left[i]) {
            let (x, y) = (i % w, i / w);
            let neighbours =
                [(x > 0, i.wrapping_sub(1)), (x + 1 < w, i + 1), (y > 0, i.wrapping_sub(w)), (y + 1 < h, i + w)];
            stack.extend(neighbours.into_iter().filter_map(|(exists, j)| exists.then_some(j)));
        }
    }
    left.iter().filter(|&&b| b).count() as f32 / left.len() as f32
}
