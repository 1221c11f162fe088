//! Irregularity of the voice from one period to the next: jitter (time) and shimmer (amplitude).

use super::{
    analysis::{Analysis, HOP},
    statistics::mean,
};

pub(super) const NAMES: [&str; 5] =
    ["jitter_local_ratio", "jitter_rap_ratio", "shimmer_local_db", "shimmer_apq3_ratio", "f0_roughness_st"];

/// A period's beginning: the largest sample of one polarity.
#[derive(Clone, Copy)]
struct Pulse {
    at_samples: f32,
    amplitude: f32,
}

/// Jitter (local; relative average perturbation), shimmer (local; three-point quotient), and how unsteady F0 is from
/// frame to frame.
pub(super) fn features(analysis: &Analysis) -> [f32; NAMES.len()] {
    let mut jitter = Vec::new();
    let mut rap = Vec::new();
    let mut shimmer_db = Vec::new();
    let mut apq3 = Vec::new();
    for pulses in segments(analysis) {
        let periods: Vec<f32> = pulses.windows(2).map(|w| w[1].at_samples - w[0].at_samples).collect();
        let amplitudes: Vec<f32> = pulses.iter().map(|pulse| pulse.amplitude).collect();
        jitter.extend(periods.windows(2).map(|w| (w[1] - w[0]).abs() / (0.5 * (w[0] + w[1]))));
        rap.extend(periods.windows(3).map(three_point));
        shimmer_db.extend(amplitudes.windows(2).map(|w| (20.0 * (w[1] / w[0]).log10()).abs().min(20.0)));
        apq3.extend(amplitudes.windows(3).map(three_point));
    }
    let roughness: Vec<f32> = analysis
        .frames
        .windows(3)
        .filter_map(|w| Some((w[0].pitch?.semitones(), w[1].pitch?.semitones(), w[2].pitch?.semitones())))
        .map(|(a, b, c)| (a - 2.0 * b + c).abs().min(12.0))
        .collect();
    [mean(&jitter), mean(&rap), mean(&shimmer_db), mean(&apq3), mean(&roughness)]
}

/// How far the middle of three is from their mean, relative to the mean.
fn three_point(w: &[f32]) -> f32 {
    let centre = (w[0] + w[1] + w[2]) / 3.0;
    (w[1] - centre).abs() / centre.max(1e-6)
}

/// The pulses of each voiced segment, followed from period to period.
fn segments(analysis: &Analysis) -> Vec<Vec<Pulse>> {
    let mut all = Vec::new();
    let mut start = 0;
    for run in analysis.frames.chunk_by(|a, b| a.pitch.is_some() == b.pitch.is_some()) {
        let periods: Vec<f32> = run.iter().filter_map(|frame| frame.pitch).map(|p| 8_000.0 / p.f0_hz).collect();
        if !periods.is_empty() {
            // From the centre of the segment's first frame to that of its last.
            let from = start * HOP + 100;
            all.push(follow(&analysis.pcm, from, &periods));
        }
        start += run.len();
    }
    all
}

fn follow(pcm: &[f32], from: usize, periods: &[f32]) -> Vec<Pulse> {
    let end = (from + (periods.len() - 1) * HOP).min(pcm.len().saturating_sub(1));
    let period_at = |at: f32| periods[(((at - from as f32) / HOP as f32).max(0.0) as usize).min(periods.len() - 1)];
    let span = &pcm[from.min(end)..end];
    let highest = span.iter().copied().fold(0.0, f32::max);
    let lowest = span.iter().copied().fold(0.0, f32::min);
    let polarity = if highest >= -lowest { 1.0 } else { -1.0 };
    let mut pulses = Vec::new();
    let mut centre = from as f32 + periods[0] / 2.0;
    let mut reach = periods[0] / 2.0;
    while centre + reach < end as f32 {
        let Some(pulse) = largest(pcm, centre - reach, centre + reach, polarity) else { break };
        pulses.push(pulse);
        let period = period_at(pulse.at_samples);
        centre = pulse.at_samples + period;
        reach = 0.2 * period;
    }
    pulses
}

/// The largest sample between two, its place refined by a parabola; none if all are of the other polarity.
fn largest(pcm: &[f32], low: f32, high: f32, polarity: f32) -> Option<Pulse> {
    let (low, high) = ((low as usize).max(1), (high as usize).min(pcm.len().saturating_sub(2)));
    let at = (low..=high).max_by(|&a, &b| (polarity * pcm[a]).total_cmp(&(polarity * pcm[b])))?;
    let (left, middle, right) = (polarity * pcm[at - 1], polarity * pcm[at], polarity * pcm[at + 1]);
    let curvature = left - 2.0 * middle + right;
    let offset = if curvature < -1e-9 { (0.5 * (left - right) / curvature).clamp(-0.5, 0.5) } else { 0.0 };
    (middle > 1e-5).then_some(Pulse { at_samples: at as f32 + offset, amplitude: middle })
}
