//! A look-ahead peak limiter for speech that was synthesised whole.

use std::collections::VecDeque;

use ermu_domain::SampleRate;

/// The gain begins to fall this long before a peak and has recovered as long after it, in milliseconds.
const REACH_MS: usize = 5;

/// Lowers the gain smoothly around every peak above `ceiling` (an amplitude, for example 0.89 for −1 dBFS), so that
/// none is left. Sound below the ceiling is left as it is; samples that are no numbers become silence.
///
/// The gain is the minimum of what each sample within ±5 ms needs, averaged over ±5 ms: the average of values that
/// are all low enough at the peak is low enough at the peak.
pub fn limit(pcm: &mut [f32], rate: SampleRate, ceiling: f32) {
    let mut needed = Vec::with_capacity(pcm.len());
    for sample in pcm.iter_mut() {
        if !sample.is_finite() {
            *sample = 0.0;
        }
        needed.push(if sample.abs() > ceiling { ceiling / sample.abs() } else { 1.0 });
    }
    if needed.iter().all(|&gain| gain >= 1.0) {
        return;
    }
    let reach = (rate.hz() as usize * REACH_MS / 1_000).max(1);
    let lowest = sliding_minimum(&needed, reach);
    let at = |n: isize| f64::from(lowest[n.clamp(0, lowest.len() as isize - 1) as usize]);
    let width = (2 * reach + 1) as f64;
    let mut sum: f64 = (-(reach as isize)..=reach as isize).map(at).sum();
    for (n, sample) in pcm.iter_mut().enumerate() {
        *sample = (*sample * (sum / width) as f32).clamp(-ceiling, ceiling);
        sum += at((n + 1 + reach) as isize) - at(n as isize - reach as isize);
    }
}

/// For each position the least value within `reach` of it, in linear time.
fn sliding_minimum(values: &[f32], reach: usize) -> Vec<f32> {
    let mut candidates: VecDeque<usize> = VecDeque::with_capacity(2 * reach + 2);
    let mut next = 0;
    (0..values.len())
        .map(|n| {
            while next < values.len().min(n + reach + 1) {
                while candidates.back().is_some_and(|&last| values[last] >= values[next]) {
                    candidates.pop_back();
                }
                candidates.push_back(next);
                next += 1;
            }
            while candidates.front().is_some_and(|&first| first + reach < n) {
                candidates.pop_front();
            }
            candidates.front().map_or(1.0, |&first| values[first])
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::level::peak;

    #[test]
    fn peaks_are_gone_and_quiet_parts_stay() {
        let mut pcm: Vec<f32> = (0..24_000).map(|n| (n as f32 * 0.05).sin() * 0.3).collect();
        for sample in &mut pcm[12_000..12_400] {
            *sample *= 6.0;
        }
        let before = pcm.clone();
        limit(&mut pcm, SampleRate::HZ_24000, 0.9);
        assert!(peak(&pcm) <= 0.9 + 1e-6);
        assert_eq!(pcm[..11_000], before[..11_000]);
        let gains: Vec<f32> = pcm.iter().zip(&before).filter(|(_, x)| x.abs() > 0.05).map(|(y, x)| y / x).collect();
        let jump = gains.windows(2).map(|w| (w[1] - w[0]).abs()).fold(0.0, f32::max);
        assert!(jump < 0.03, "the gain jumps: {jump}");
    }

    #[test]
    fn hostile_input() {
        let mut pcm = vec![f32::NAN, f32::INFINITY, 1e30, -1e30, 0.5];
        limit(&mut pcm, SampleRate::HZ_24000, 0.9);
        assert!(pcm.iter().all(|x| x.is_finite() && x.abs() <= 0.9));
        limit(&mut [], SampleRate::HZ_24000, 0.9);
    }
}
