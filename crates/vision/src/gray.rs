//! Grey pictures of `f32` and what alignment and the quality gate compute on them.

use image::RgbImage;
use image::imageops::{self, FilterType};

use crate::shrink::shrunk;

/// A grey picture, row by row, 0 (black) to 1 (white).
#[derive(Debug, Clone)]
pub(crate) struct Gray {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) data: Vec<f32>,
}

impl Gray {
    /// Luma (Rec. 601) of a photo scaled down to at most `long_side_px`; also the scale (result's pixels a photo's pixel).
    pub(crate) fn of(rgb: &RgbImage, long_side_px: u32) -> (Self, f32) {
        let long = rgb.width().max(rgb.height()).max(1);
        if long <= long_side_px {
            return (Self::luma(rgb), 1.0);
        }
        let scale = long_side_px as f32 / long as f32;
        let side = |v: u32| ((v as f32 * scale).round() as u32).max(1);
        (Self::luma(&shrunk(rgb, side(rgb.width()), side(rgb.height()))), scale)
    }

    fn luma(rgb: &RgbImage) -> Self {
        let luma = |[r, g, b]: [u8; 3]| (0.299 * f32::from(r) + 0.587 * f32::from(g) + 0.114 * f32::from(b)) / 255.0;
        Self {
            width: rgb.width() as usize,
            height: rgb.height() as usize,
            data: rgb.pixels().map(|p| luma(p.0)).collect(),
        }
    }

    pub(crate) fn from_fn(width: usize, height: usize, f: impl Fn(usize, usize) -> f32) -> Self {
        let data = (0..width * height).map(|i| f(i % width, i / width)).collect();
        Self { width, height, data }
    }

    pub(crate) fn at(&self, x: usize, y: usize) -> f32 {
        self.data[y * self.width + x]
    }

    /// Bilinear value; `None` outside.
    pub(crate) fn sample(&self, x: f32, y: f32) -> Option<f32> {
        if !(x >= 0.0 && y >= 0.0 && x <= (self.width - 1) as f32 && y <= (self.height - 1) as f32) {
            return None;
        }
        let (x0, y0) = (x as usize, y as usize);
        let (x1, y1) = ((x0 + 1).min(self.width - 1), (y0 + 1).min(self.height - 1));
        let (u, v) = (x - x0 as f32, y - y0 as f32);
        let top = self.at(x0, y0) * (1.0 - u) + self.at(x1, y0) * u;
        let bottom = self.at(x0, y1) * (1.0 - u) + self.at(x1, y1) * u;
        Some(top * (1.0 - v) + bottom * v)
    }

    /// The mean over a window of `2 · radius + 1` pixels a side (clipped at the border), in time that does not depend on it.
    pub(crate) fn box_blur(&self, radius: usize) -> Self {
        self.blur_rows(radius).transposed().blur_rows(radius).transposed()
    }

    fn blur_rows(&self, radius: usize) -> Self {
        let mut out = Vec::with_capacity(self.data.len());
        for row in self.data.chunks_exact(self.width) {
            let mut sum: f32 = row.iter().take(radius).sum();
            let mut count = row.len().min(radius);
            for x in 0..row.len() {
                if let Some(entering) = row.get(x + radius) {
                    sum += entering;
                    count += 1;
                }
                out.push(sum / count as f32);
                if x >= radius {
                    sum -= row[x - radius];
                    count -= 1;
                }
            }
        }
        Self { data: out, ..*self }
    }

    fn transposed(&self) -> Self {
        Self::from_fn(self.height, self.width, |x, y| self.at(y, x))
    }

    /// Horizontal and vertical central differences; 0 at the border.
    pub(crate) fn gradients(&self) -> (Self, Self) {
        let inner = |x: usize, y: usize| x > 0 && y > 0 && x + 1 < self.width && y + 1 < self.height;
        let dx = |x: usize, y: usize| if inner(x, y) { (self.at(x + 1, y) - self.at(x - 1, y)) / 2.0 } else { 0.0 };
        let dy = |x: usize, y: usize| if inner(x, y) { (self.at(x, y + 1) - self.at(x, y - 1)) / 2.0 } else { 0.0 };
        (Self::from_fn(self.width, self.height, dx), Self::from_fn(self.width, self.height, dy))
    }

    /// Scaled by `factor` (smaller than 1).
    pub(crate) fn shrunk(&self, factor: f32) -> Self {
        let side = |v: usize| ((v as f32 * factor).round() as u32).max(1);
        let buffer = image::ImageBuffer::<image::Luma<f32>, _>::from_raw(
            self.width as u32,
            self.height as u32,
            self.data.as_slice(),
        );
        let Some(buffer) = buffer else {
            return self.clone();
        };
        let small = imageops::resize(&buffer, side(self.width), side(self.height), FilterType::Triangle);
        Self { width: small.width() as usize, height: small.height() as usize, data: small.into_raw() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_blur_is_the_clipped_mean() {
        let gray = Gray::from_fn(7, 5, |x, y| (x * x + 3 * y) as f32);
        let blurred = gray.box_blur(1);
        let mean = |x: usize, y: usize| {
            let (xs, ys) = (x.saturating_sub(1)..(x + 2).min(7), y.saturating_sub(1)..(y + 2).min(5));
            let values: Vec<f32> =
                ys.flat_map(|y| xs.clone().map(move |x| (x, y))).map(|(x, y)| gray.at(x, y)).collect();
            values.iter().sum::<f32>() / values.len() as f32
        };
        for (x, y) in [(0, 0), (3, 2), (6, 4), (6, 0)] {
            assert!((blurred.at(x, y) - mean(x, y)).abs() < 1e-4);
        }
    }

    #[test]
    fn sampling_is_bilinear_and_refuses_the_outside() {
        let gray = Gray::from_fn(3, 3, |x, y| x as f32 + 10.0 * y as f32);
        assert!((gray.sample(0.5, 1.25).unwrap() - 13.0).abs() < 1e-5);
        assert!((gray.sample(2.0, 2.0).unwrap() - 22.0).abs() < 1e-5);
        assert!(gray.sample(2.1, 0.0).is_none() && gray.sample(f32::NAN, 0.0).is_none());
    }
}
