//! Statistics that are finite for any input, the empty one included (0).

/// Arithmetic mean.
pub(super) fn mean(values: &[f32]) -> f32 {
    if values.is_empty() { 0.0 } else { values.iter().sum::<f32>() / values.len() as f32 }
}

/// Standard deviation.
pub(super) fn sd(values: &[f32]) -> f32 {
    let centre = mean(values);
    if values.is_empty() {
        return 0.0;
    }
    (values.iter().map(|v| (v - centre) * (v - centre)).sum::<f32>() / values.len() as f32).sqrt()
}

/// Largest value.
pub(super) fn max(values: &[f32]) -> f32 {
    values.iter().copied().reduce(f32::max).unwrap_or(0.0)
}

/// The values in rising order, to take percentiles from.
pub(super) struct Sorted(Vec<f32>);

impl Sorted {
    /// Sorts the values.
    pub(super) fn new(values: &[f32]) -> Self {
        let mut sorted = values.to_vec();
        sorted.sort_unstable_by(f32::total_cmp);
        Self(sorted)
    }

    /// The value below which `percent` of all lie, interpolated.
    pub(super) fn percentile(&self, percent: f32) -> f32 {
        let Some(last) = self.0.len().checked_sub(1) else { return 0.0 };
        let at = percent / 100.0 * last as f32;
        let below = (at as usize).min(last);
        let above = (below + 1).min(last);
        self.0[below] + (self.0[above] - self.0[below]) * (at - below as f32)
    }
}

/// Slope of the line of least squares through (x, y); 0 for fewer than two points.
pub(super) fn slope(points: impl Iterator<Item = (f32, f32)> + Clone) -> f32 {
    let count = points.clone().count();
    if count < 2 {
        return 0.0;
    }
    let (sum_x, sum_y) = points.clone().fold((0.0, 0.0), |(sx, sy), (x, y)| (sx + x, sy + y));
    let (mean_x, mean_y) = (sum_x / count as f32, sum_y / count as f32);
    let (covariance, variance) =
        points.fold((0.0, 0.0), |(c, v), (x, y)| (c + (x - mean_x) * (y - mean_y), v + (x - mean_x) * (x - mean_x)));
    if variance > 1e-12 { covariance / variance } else { 0.0 }
}

/// Pearson's correlation of two rows of equal length; 0 if one of them is constant.
pub(super) fn correlation(a: &[f32], b: &[f32]) -> f32 {
    let (mean_a, mean_b, sds) = (mean(a), mean(b), sd(a) * sd(b));
    if sds < 1e-9 {
        return 0.0;
    }
    a.iter().zip(b).map(|(x, y)| (x - mean_a) * (y - mean_b)).sum::<f32>() / a.len() as f32 / sds
}

/// Lengths of the runs of true.
pub(super) fn run_lengths(flags: impl Iterator<Item = bool>) -> Vec<f32> {
    let mut runs = Vec::new();
    let mut length = 0;
    for flag in flags.chain([false]) {
        if flag {
            length += 1;
        } else if length > 0 {
            runs.push(length as f32);
            length = 0;
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values_and_nothing() {
        assert_eq!(mean(&[1.0, 2.0, 6.0]), 3.0);
        assert!((sd(&[1.0, 3.0]) - 1.0).abs() < 1e-6);
        let sorted = Sorted::new(&[4.0, 0.0, 2.0]);
        assert_eq!((sorted.percentile(0.0), sorted.percentile(50.0), sorted.percentile(75.0)), (0.0, 2.0, 3.0));
        assert_eq!(slope([(0.0, 1.0), (1.0, 3.0), (2.0, 5.0)].into_iter()), 2.0);
        assert_eq!(run_lengths([true, true, false, true].into_iter()), [2.0, 1.0]);
        assert_eq!((mean(&[]), sd(&[]), max(&[]), Sorted::new(&[]).percentile(50.0)), (0.0, 0.0, 0.0, 0.0));
        assert_eq!(slope([(1.0, 5.0), (1.0, 6.0)].into_iter()), 0.0);
        assert!((correlation(&[1.0, 2.0, 3.0], &[5.0, 3.0, 1.0]) + 1.0).abs() < 1e-6);
        assert_eq!((correlation(&[], &[]), correlation(&[1.0, 2.0], &[3.0, 3.0])), (0.0, 0.0));
    }
}
