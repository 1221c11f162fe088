//! Percentiles.

use serde::{Deserialize, Serialize};

/// Percentiles (nearest rank: each is a value that was measured) of a sample.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Distribution {
    /// Number of values.
    pub(crate) count: usize,
    /// Arithmetic mean.
    pub(crate) mean: f64,
    /// Median.
    pub(crate) p50: f64,
    /// 95th percentile.
    pub(crate) p95: f64,
    /// 99th percentile.
    pub(crate) p99: f64,
    /// Largest value.
    pub(crate) max: f64,
}

impl Distribution {
    /// None of an empty sample.
    pub(crate) fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_unstable_by(f64::total_cmp);
        let rank = |share: f64| {
            let rank = (share * values.len() as f64).ceil() as usize;
            values.get(rank.max(1) - 1).copied()
        };
        Some(Self {
            count: values.len(),
            p50: rank(0.50)?,
            p95: rank(0.95)?,
            p99: rank(0.99)?,
            max: *values.last()?,
            mean: values.iter().sum::<f64>() / values.len() as f64,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_were_measured() {
        let values = Distribution::of((1..=100).rev().map(f64::from)).unwrap();
        assert_eq!((values.p50, values.p95, values.p99, values.max, values.mean), (50.0, 95.0, 99.0, 100.0, 50.5));
        assert_eq!(Distribution::of([7.0]).unwrap().p95, 7.0);
        assert_eq!(Distribution::of([]), None);
    }
}
