//! Regularised softmax regression by L-BFGS (Liu and Nocedal 1989).

/// Pairs of steps and changes of the gradient that approximate the curvature.
const MEMORY: usize = 10;

/// Rows to learn from; all slices have one entry a row but `features`, which has `width` a row.
pub(super) struct Rows {
    pub(super) width: usize,
    pub(super) features: Vec<f32>,
    /// Class of each row, below `classes`.
    pub(super) labels: Vec<usize>,
    /// How much each row counts.
    pub(super) weights: Vec<f32>,
}

/// Weights of each class, and its bias.
pub(super) struct Softmax {
    pub(super) weights: Vec<Vec<f32>>,
    pub(super) bias: Vec<f32>,
}

impl Softmax {
    /// Minimises Σ weight × −ln p(label) + ½ Σ w² ⁄ `c`; the biases are free.
    pub(super) fn fit(rows: &Rows, classes: usize, c: f64) -> Self {
        let stride = rows.width + 1;
        let mut at = vec![0.0f64; classes * stride];
        minimise(&mut at, |at, gradient| loss(rows, classes, c, at, gradient));
        let class = |n: usize| &at[n * stride..(n + 1) * stride];
        Self {
            weights: (0..classes).map(|n| class(n)[..rows.width].iter().map(|&w| w as f32).collect()).collect(),
            bias: (0..classes).map(|n| class(n)[rows.width] as f32).collect(),
        }
    }
}

fn loss(rows: &Rows, classes: usize, c: f64, at: &[f64], gradient: &mut [f64]) -> f64 {
    let stride = rows.width + 1;
    let narrow: Vec<f32> = at.iter().map(|&w| w as f32).collect();
    let mut sums = vec![0.0f32; at.len()];
    let mut logits = vec![0.0f32; classes];
    let mut total = 0.0;
    gradient.fill(0.0);
    for (n, row) in rows.features.chunks_exact(rows.width).enumerate() {
        for (class, logit) in logits.iter_mut().enumerate() {
            let weights = &narrow[class * stride..(class + 1) * stride];
            *logit = weights[rows.width] + dot(&weights[..rows.width], row);
        }
        let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let sum: f32 = logits.iter().map(|logit| (logit - largest).exp()).sum();
        let (label, weight) = (rows.labels[n], rows.weights[n]);
        total += f64::from(weight * (sum.ln() + largest - logits[label]));
        for (class, logit) in logits.iter().enumerate() {
            let error = weight * ((logit - largest).exp() / sum - f32::from(u8::from(class == label)));
            let sums = &mut sums[class * stride..(class + 1) * stride];
            for (to, x) in sums.iter_mut().zip(row) {
                *to += error * x;
            }
            sums[rows.width] += error;
        }
        // Short sums in single precision, long ones in double.
        if n % 64 == 63 {
            drain(&mut sums, gradient);
        }
    }
    drain(&mut sums, gradient);
    for class in 0..classes {
        for n in class * stride..class * stride + rows.width {
            total += 0.5 * at[n] * at[n] / c;
            gradient[n] += at[n] / c;
        }
    }
    total
}

fn drain(sums: &mut [f32], into: &mut [f64]) {
    for (sum, to) in sums.iter_mut().zip(into) {
        *to += f64::from(std::mem::take(sum));
    }
}

/// In eight lanes, so that it vectorises.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0.0f32; 8];
    let (a8, b8) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f32 = a8.remainder().iter().zip(b8.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in a8.zip(b8) {
        for ((lane, x), y) in lanes.iter_mut().zip(x).zip(y) {
            *lane += x * y;
        }
    }
    rest + lanes.iter().sum::<f32>()
}

/// Goes from `at` to the least value of a smooth convex function, which also writes its gradient.
fn minimise(at: &mut [f64], mut function: impl FnMut(&[f64], &mut [f64]) -> f64) {
    let mut gradient = vec![0.0; at.len()];
    let mut value = function(at, &mut gradient);
    let mut history: Vec<(Vec<f64>, Vec<f64>, f64)> = Vec::new();
    for _ in 0..300 {
        let direction = descent(&gradient, &history);
        let slope: f64 = inner(&direction, &gradient);
        if slope > -1e-7 * (1.0 + value.abs()) {
            return;
        }
        let mut step = if history.is_empty() { 1.0 / inner(&gradient, &gradient).sqrt().max(1.0) } else { 1.0 };
        let (mut next, mut next_gradient) = (at.to_vec(), vec![0.0; at.len()]);
        let next_value = loop {
            for ((to, from), d) in next.iter_mut().zip(at.iter()).zip(&direction) {
                *to = from + step * d;
            }
            let there = function(&next, &mut next_gradient);
            if there <= value + 1e-4 * step * slope {
                break there;
            }
            step *= 0.5;
            if step < 1e-12 {
                return;
            }
        };
        let moved: Vec<f64> = next.iter().zip(at.iter()).map(|(a, b)| a - b).collect();
        let turned: Vec<f64> = next_gradient.iter().zip(&gradient).map(|(a, b)| a - b).collect();
        let curvature = inner(&moved, &turned);
        if curvature > 1e-12 {
            history.push((moved, turned, 1.0 / curvature));
            if history.len() > MEMORY {
                history.remove(0);
            }
        }
        at.copy_from_slice(&next);
        gradient = next_gradient;
        value = next_value;
    }
}

/// The direction of descent: the gradient, turned by the approximated curvature (two-loop recursion).
fn descent(gradient: &[f64], history: &[(Vec<f64>, Vec<f64>, f64)]) -> Vec<f64> {
    let mut direction: Vec<f64> = gradient.iter().map(|g| -g).collect();
    let mut factors = Vec::with_capacity(history.len());
    for (moved, turned, inverse) in history.iter().rev() {
        let factor = inverse * inner(moved, &direction);
        add(&mut direction, -factor, turned);
        factors.push(factor);
    }
    if let Some((_, turned, inverse)) = history.last() {
        let scale = 1.0 / (inverse * inner(turned, turned));
        for d in &mut direction {
            *d *= scale;
        }
    }
    for ((moved, turned, inverse), factor) in history.iter().zip(factors.iter().rev()) {
        let back = inverse * inner(turned, &direction);
        add(&mut direction, factor - back, moved);
    }
    direction
}

fn inner(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

fn add(to: &mut [f64], factor: f64, from: &[f64]) {
    for (t, f) in to.iter_mut().zip(from) {
        *t += factor * f;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_value_of_a_bowl_is_found() {
        let mut at = vec![5.0, -3.0, 1.0];
        minimise(&mut at, |at, gradient| {
            let stiff = [1.0, 100.0, 0.01];
            for n in 0..3 {
                gradient[n] = 2.0 * stiff[n] * (at[n] - n as f64);
            }
            (0..3).map(|n| stiff[n] * (at[n] - n as f64).powi(2)).sum()
        });
        assert!(at.iter().enumerate().all(|(n, x)| (x - n as f64).abs() < 0.05), "{at:?}");
    }

    /// One feature and two classes of equal weight: by symmetry w₁ = −w₀ = w, no bias, and at the optimum
    /// w ⁄ c = Σ x (1 − σ(2 w x)) over the positive half.
    #[test]
    fn two_points_give_the_known_weights() {
        let rows = Rows { width: 1, features: vec![1.0, -1.0], labels: vec![1, 0], weights: vec![1.0, 1.0] };
        let fitted = Softmax::fit(&rows, 2, 0.5);
        let w = f64::from(fitted.weights[1][0]);
        let wanted = 2.0 * (1.0 - 1.0 / (1.0 + (-2.0 * w).exp()));
        assert!((w / 0.5 - wanted).abs() < 1e-2, "{w}: {} {wanted}", w / 0.5);
        assert!((fitted.weights[0][0] + fitted.weights[1][0]).abs() < 1e-3 && fitted.bias[0].abs() < 1e-3);
    }
}
