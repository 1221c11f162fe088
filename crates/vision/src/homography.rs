//! Plane-to-plane maps: 3 × 3 matrices up to scale.

/// A point in pixels.
pub(crate) type Point = (f64, f64);

/// A map of one picture's plane to another's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Homography(pub(crate) [[f64; 3]; 3]);

impl Homography {
    /// Where a point goes; `None` on or behind the horizon.
    pub(crate) fn apply(&self, (x, y): Point) -> Option<Point> {
        let [a, b, c] = self.0.map(|row| row[0] * x + row[1] * y + row[2]);
        (c > 1e-9).then(|| (a / c, b / c))
    }

    /// First this map, then `next`.
    pub(crate) fn then(&self, next: &Self) -> Self {
        let mut out = [[0.0; 3]; 3];
        for (r, row) in out.iter_mut().enumerate() {
            for (c, value) in row.iter_mut().enumerate() {
                *value = (0..3).map(|k| next.0[r][k] * self.0[k][c]).sum();
            }
        }
        Self(out)
    }

    /// Scales by `s` and shifts by (`x`, `y`) after that.
    pub(crate) fn scale_and_shift(s: f64, x: f64, y: f64) -> Self {
        Self([[s, 0.0, x], [0.0, s, y], [0.0, 0.0, 1.0]])
    }

    /// The way back; `None` if the map is degenerate. Points before the horizon stay before it.
    pub(crate) fn inverse(&self) -> Option<Self> {
        let m = &self.0;
        let minor = |r: usize, c: usize| {
            let (r1, r2) = ((r + 1) % 3, (r + 2) % 3);
            let (c1, c2) = ((c + 1) % 3, (c + 2) % 3);
            m[r1][c1] * m[r2][c2] - m[r1][c2] * m[r2][c1]
        };
        let determinant: f64 = (0..3).map(|c| m[0][c] * minor(0, c)).sum();
        if !determinant.is_finite() || determinant.abs() < 1e-12 {
            return None;
        }
        let mut out = [[0.0; 3]; 3];
        for (r, row) in out.iter_mut().enumerate() {
            for (c, value) in row.iter_mut().enumerate() {
                *value = minor(c, r) / determinant;
            }
        }
        Some(Self(out))
    }

    /// The map that brings the first points of four or more pairs nearest to the second (normalised direct linear
    /// transformation with h₃₃ = 1; Hartley & Zisserman, algorithm 4.2).
    pub(crate) fn fit(pairs: &[(Point, Point)]) -> Option<Self> {
        if pairs.len() < 4 {
            return None;
        }
        let from = normaliser(pairs.iter().map(|p| p.0))?;
        let to = normaliser(pairs.iter().map(|p| p.1))?;
        let mut system = [[0.0; 9]; 8];
        for &(p, q) in pairs {
            let (p, q) = (from.apply(p)?, to.apply(q)?);
            for (row, target) in [
                ([p.0, p.1, 1.0, 0.0, 0.0, 0.0, -q.0 * p.0, -q.0 * p.1], q.0),
                ([0.0, 0.0, 0.0, p.0, p.1, 1.0, -q.1 * p.0, -q.1 * p.1], q.1),
            ] {
                for (r, line) in system.iter_mut().enumerate() {
                    for c in 0..8 {
                        line[c] += row[r] * row[c];
                    }
                    line[8] += row[r] * target;
                }
            }
        }
        let h = solve(&mut system)?;
        let middle = Self([[h[0], h[1], h[2]], [h[3], h[4], h[5]], [h[6], h[7], 1.0]]);
        Some(from.then(&middle).then(&to.inverse()?))
    }
}

/// Brings points about the origin, at a mean distance of √2.
fn normaliser(points: impl Iterator<Item = Point> + Clone) -> Option<Homography> {
    let n = points.clone().count() as f64;
    let (sx, sy) = points.clone().fold((0.0, 0.0), |s, p| (s.0 + p.0, s.1 + p.1));
    let (mx, my) = (sx / n, sy / n);
    let spread = points.map(|p| (p.0 - mx).hypot(p.1 - my)).sum::<f64>() / n;
    let scale = std::f64::consts::SQRT_2 / spread;
    scale.is_finite().then(|| Homography::scale_and_shift(scale, -mx * scale, -my * scale))
}

/// Gaussian elimination with pivoting of 8 equations; `None` if they do not determine the unknowns.
pub(crate) fn solve(system: &mut [[f64; 9]; 8]) -> Option<[f64; 8]> {
    for column in 0..8 {
        let pivot = (column..8).max_by(|&a, &b| system[a][column].abs().total_cmp(&system[b][column].abs()))?;
        system.swap(column, pivot);
        let head = system[column];
        if !head[column].is_finite() || head[column].abs() < 1e-12 {
            return None;
        }
        for row in system.iter_mut().skip(column + 1) {
            let factor = row[column] / head[column];
            for (value, above) in row.iter_mut().zip(head) {
                *value -= factor * above;
            }
        }
    }
    let mut x = [0.0; 8];
    for row in (0..8).rev() {
        let known: f64 = (row + 1..8).map(|c| system[row][c] * x[c]).sum();
        x[row] = (system[row][8] - known) / system[row][row];
    }
    Some(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAP: Homography = Homography([[0.9, 0.1, 20.0], [-0.05, 1.1, 5.0], [1e-4, -2e-4, 1.0]]);

    #[test]
    fn a_map_is_found_again_from_five_points() {
        let points = [(0.0, 0.0), (300.0, 10.0), (280.0, 400.0), (5.0, 390.0), (120.0, 200.0)];
        let pairs: Vec<_> = points.iter().map(|&p| (p, MAP.apply(p).unwrap())).collect();
        let (x, y) = Homography::fit(&pairs).unwrap().apply((77.0, 33.0)).unwrap();
        let (u, v) = MAP.apply((77.0, 33.0)).unwrap();
        assert!((x - u).abs() < 1e-6 && (y - v).abs() < 1e-6);
    }

    #[test]
    fn the_inverse_leads_back() {
        let (x, y) = MAP.then(&MAP.inverse().unwrap()).apply((12.0, 34.0)).unwrap();
        assert!((x - 12.0).abs() < 1e-9 && (y - 34.0).abs() < 1e-9);
    }

    #[test]
    fn points_on_a_line_give_no_map() {
        let pairs: Vec<_> = (0..6).map(|i| ((f64::from(i), 2.0 * f64::from(i)), (f64::from(i), 0.0))).collect();
        assert!(Homography::fit(&pairs).is_none());
    }
}
