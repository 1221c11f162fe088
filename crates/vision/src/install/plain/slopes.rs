//! How levels change, pixel by pixel.

use super::super::candidates::Levels;

/// How steep levels are at each pixel, in levels a pixel.
#[derive(Debug)]
pub(super) struct Slopes {
    width: usize,
    steep: Vec<f32>,
}

impl Slopes {
    /// By Sobel's operator; 0 at the border.
    pub(super) fn of(levels: &Levels) -> Self {
        let (width, height) = (levels.width, levels.height);
        let mut steep = vec![0.0; width * height];
        for row in 1..height.saturating_sub(1) {
            let [up, here, down] = [row - 1, row, row + 1].map(|row| levels.row(row));
            for column in 1..width.saturating_sub(1) {
                let v = |line: &[u8], at: usize| i32::from(line[at]);
                let (l, r) = (column - 1, column + 1);
                let gx = v(up, r) + 2 * v(here, r) + v(down, r) - v(up, l) - 2 * v(here, l) - v(down, l);
                let gy = v(down, l) + 2 * v(down, column) + v(down, r) - v(up, l) - 2 * v(up, column) - v(up, r);
                steep[row * width + column] = (gx as f32 / 8.0).hypot(gy as f32 / 8.0);
            }
        }
        Self { width, steep }
    }

    pub(super) fn at(&self, x: usize, y: usize) -> f32 {
        self.steep[y * self.width + x]
    }
}
