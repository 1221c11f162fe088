//! What the net says about every point of a photo, for measuring: a caller only ever hears of places.

use ermu_domain::{DefectKind, Region};

use crate::defect::DefectModel;
use crate::view::View;

/// The net's output grid over a photo, row by row: how likely each cell is damaged, and of which kind. Nothing beside the
/// product is damaged.
#[derive(Debug, Clone)]
pub struct Heat {
    damage: Vec<f32>,
    kind: Vec<f32>,
    view: View,
}

impl Heat {
    pub(crate) fn new(damage: &[f32], kind: &[f32], view: View) -> Self {
        let on_product = damage.iter().zip(&view.product).map(|(&p, &inside)| if inside { p } else { 0.0 });
        Self { damage: on_product.collect(), kind: kind.to_vec(), view }
    }

    /// Columns and rows.
    #[must_use]
    pub fn grid(&self) -> (usize, usize) {
        self.view.output_px()
    }

    /// The probability of damage of every cell, 0 to 1.
    #[must_use]
    pub fn damage(&self) -> &[f32] {
        &self.damage
    }

    /// Where the cells lie, as shares of the photo; those at the rim may lie beyond it.
    pub fn cells(&self) -> impl Iterator<Item = Region> {
        let (columns, rows) = self.grid();
        let corner = |x: usize, y: usize| self.view.beyond_photo((x as f64, y as f64));
        (0..columns * rows).map(move |i| {
            let (x, y) = corner(i % columns, i / columns);
            let (right, bottom) = corner(i % columns + 1, i / columns + 1);
            Region { x, y, width: right - x, height: bottom - y }
        })
    }

    /// The kind of damage that these cells show together, if that is what they are.
    #[must_use]
    pub fn kind_of(&self, cells: &[usize]) -> DefectKind {
        let votes = self.kind.chunks_exact(self.damage.len()).map(|channel| cells.iter().map(|&i| channel[i]).sum());
        let votes: Vec<f32> = votes.collect();
        let most = (0..votes.len()).max_by(|&a, &b| votes[a].total_cmp(&votes[b])).unwrap_or(0);
        DefectModel::KINDS[most]
    }

    /// One number for the photo: the largest mean over 3 × 3 cells.
    #[must_use]
    pub fn score(&self) -> f32 {
        let (columns, rows) = self.grid();
        let mean = |x: usize, y: usize| {
            let around = (y - 1..=y + 1).flat_map(|v| (x - 1..=x + 1).map(move |u| v * columns + u));
            around.map(|i| self.damage[i]).sum::<f32>() / 9.0
        };
        let inner = (1..rows - 1).flat_map(|y| (1..columns - 1).map(move |x| (x, y)));
        inner.map(|(x, y)| mean(x, y)).fold(0.0, f32::max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Photo;
    use image::RgbImage;

    #[test]
    fn a_hot_block_gives_the_score_and_its_kind_and_cells_tile_the_photo() {
        let (view, _) = View::alone(&Photo::from_rgb(RgbImage::new(384, 384)));
        let (columns, rows) = view.output_px();
        let mut damage = vec![0.1; columns * rows];
        let mut kind = vec![0.0; 6 * columns * rows];
        let block: Vec<usize> = (0..16).map(|i| (96 + i / 4) * columns + 48 + i % 4).collect();
        for &i in &block {
            damage[i] = 0.8;
            kind[columns * rows + i] = 1.0;
        }
        let heat = Heat::new(&damage, &kind, view);
        assert!((heat.score() - 0.8).abs() < 1e-5);
        assert_eq!(heat.kind_of(&block), DefectKind::Crack);
        let cells: Vec<Region> = heat.cells().collect();
        let first = cells[block[0]];
        assert!((first.x - 0.25).abs() < 1e-5 && (first.y - 0.5).abs() < 1e-5);
        assert!((cells.iter().map(|cell| cell.width * cell.height).sum::<f32>() - 1.0).abs() < 1e-3);
    }
}
