//! F0 by YIN (de Cheveigné and Kawahara 2002), the best path through each frame's candidates found by Viterbi.

/// Shortest period: 500 Hz.
const MIN_LAG: usize = 16;
/// Longest period: 60 Hz.
const MAX_LAG: usize = 134;
/// Samples compared at each lag: 25 ms.
const COMPARED: usize = 200;
/// Minima of the difference function that are followed in each frame.
const CANDIDATES: usize = 5;

/// Cost of calling a frame unvoiced; YIN's normalised difference is the cost of a candidate.
const UNVOICED_COST: f32 = 0.45;
/// Cost of going from voice to none or back.
const SWITCH_COST: f32 = 0.12;
/// Cost of a jump by one octave.
const OCTAVE_JUMP_COST: f32 = 0.6;
/// Cost of each octave that a period is longer than the shortest: two periods always match as well as one does.
const LONG_PERIOD_COST: f32 = 0.03;
/// Voice shorter than this is an accident.
const MIN_RUN_FRAMES: usize = 3;

/// The pitch of a voiced frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Pitch {
    /// Fundamental frequency.
    pub(super) f0_hz: f32,
    /// Correlation of the frame with itself one period later, 0..1.
    pub(super) periodicity: f32,
}

impl Pitch {
    /// Semitones above 55 Hz.
    pub(super) fn semitones(self) -> f32 {
        12.0 * (self.f0_hz / 55.0).log2()
    }
}

#[derive(Clone, Copy)]
struct Candidate {
    lag: f32,
    cost: f32,
    periodicity: f32,
}

/// The pitch of each frame, given by the sample at its centre and whether it is speech at all. Samples beyond the
/// ends count as 0.
pub(super) fn track(pcm: &[f32], frames: impl Iterator<Item = (usize, bool)>) -> Vec<Option<Pitch>> {
    let candidates: Vec<Vec<Candidate>> =
        frames.map(|(centre, active)| if active { candidates(pcm, centre) } else { Vec::new() }).collect();
    let mut track: Vec<Option<Pitch>> = best_path(&candidates)
        .into_iter()
        .map(|choice| choice.map(|c| Pitch { f0_hz: 8_000.0 / c.lag, periodicity: c.periodicity }))
        .collect();
    drop_short_runs(&mut track);
    track
}

fn candidates(pcm: &[f32], centre: usize) -> Vec<Candidate> {
    let mut span = [0.0f32; COMPARED + MAX_LAG + 1];
    let first = centre as isize - (COMPARED + MAX_LAG) as isize / 2;
    for (n, to) in span.iter_mut().enumerate() {
        *to = usize::try_from(first + n as isize).ok().and_then(|at| pcm.get(at)).copied().unwrap_or(0.0);
    }
    let (head, _) = span.split_at(COMPARED);
    let head_power: f32 = head.iter().map(|x| x * x).sum();
    // Difference function, and the same divided by its mean over shorter lags.
    let mut difference = [0.0f32; MAX_LAG + 2];
    let mut normalised = [1.0f32; MAX_LAG + 2];
    let mut sum = 0.0;
    for lag in 1..=MAX_LAG {
        difference[lag] = head.iter().zip(&span[lag..]).map(|(a, b)| (a - b) * (a - b)).sum();
        sum += difference[lag];
        normalised[lag] = if sum > 0.0 { difference[lag] * lag as f32 / sum } else { 1.0 };
    }
    let mut found: Vec<Candidate> = (MIN_LAG..MAX_LAG)
        .filter(|&lag| normalised[lag] < normalised[lag - 1] && normalised[lag] <= normalised[lag + 1])
        .map(|lag| {
            let (offset, depth) = parabola(normalised[lag - 1], normalised[lag], normalised[lag + 1]);
            let later_power: f32 = span[lag..lag + COMPARED].iter().map(|x| x * x).sum();
            let power = head_power + later_power;
            let periodicity = if power > 0.0 { (1.0 - difference[lag] / power).clamp(0.0, 1.0) } else { 0.0 };
            let octaves = (lag as f32 / MIN_LAG as f32).log2();
            let cost = depth.max(0.0) + LONG_PERIOD_COST * octaves;
            Candidate { lag: lag as f32 + offset, cost, periodicity }
        })
        .collect();
    found.sort_unstable_by(|a, b| a.cost.total_cmp(&b.cost));
    found.truncate(CANDIDATES);
    found
}

/// Where, relative to the middle of three points, their parabola is lowest, and how low. The middle is the lowest.
fn parabola(left: f32, middle: f32, right: f32) -> (f32, f32) {
    let curvature = left - 2.0 * middle + right;
    if curvature <= 1e-9 {
        return (0.0, middle);
    }
    let offset = (0.5 * (left - right) / curvature).clamp(-0.5, 0.5);
    (offset, middle - 0.25 * (left - right) * offset)
}

/// Viterbi: the cheapest way through the candidates, `None` (unvoiced) being one of each frame.
fn best_path(frames: &[Vec<Candidate>]) -> Vec<Option<Candidate>> {
    let mut costs: Vec<f32> = vec![0.0];
    let mut previous: &[Candidate] = &[];
    let mut back: Vec<Vec<usize>> = Vec::with_capacity(frames.len());
    for candidates in frames {
        // State 0 is unvoiced, state n is candidate n − 1.
        let mut next_costs = Vec::with_capacity(candidates.len() + 1);
        let mut from = Vec::with_capacity(candidates.len() + 1);
        for state in 0..=candidates.len() {
            let here = state.checked_sub(1).map(|n| candidates[n]);
            let (best, cost) = costs
                .iter()
                .enumerate()
                .map(|(old, cost)| (old, cost + transition(old.checked_sub(1).map(|n| previous[n]), here)))
                .min_by(|a, b| a.1.total_cmp(&b.1))
                .unwrap_or((0, 0.0));
            next_costs.push(cost + here.map_or(UNVOICED_COST, |candidate| candidate.cost));
            from.push(best);
        }
        costs = next_costs;
        previous = candidates;
        back.push(from);
    }
    let mut state = (0..costs.len()).min_by(|&a, &b| costs[a].total_cmp(&costs[b])).unwrap_or(0);
    let mut path = vec![None; frames.len()];
    for n in (0..frames.len()).rev() {
        path[n] = state.checked_sub(1).map(|candidate| frames[n][candidate]);
        state = back[n][state];
    }
    path
}

fn transition(from: Option<Candidate>, to: Option<Candidate>) -> f32 {
    match (from, to) {
        (None, None) => 0.0,
        (Some(from), Some(to)) => OCTAVE_JUMP_COST * (from.lag / to.lag).log2().abs(),
        (None, Some(_)) | (Some(_), None) => SWITCH_COST,
    }
}

fn drop_short_runs(track: &mut [Option<Pitch>]) {
    for run in track.chunk_by_mut(|a, b| a.is_some() == b.is_some()) {
        if run.len() < MIN_RUN_FRAMES {
            run.fill(None);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tracked(pcm: &[f32]) -> Vec<Option<Pitch>> {
        track(pcm, (100..pcm.len() - 100).step_by(80).map(|centre| (centre, true)))
    }

    #[test]
    fn the_pitch_of_a_buzz_is_found_over_the_whole_range() {
        for hz in [65.0, 110.0, 233.0, 330.0, 450.0] {
            let pcm: Vec<f32> = (0..4_000)
                .map(|n| {
                    let phase = std::f32::consts::TAU * hz * n as f32 / 8_000.0;
                    (1..6).map(|h| (phase * h as f32).sin() / h as f32).sum::<f32>()
                })
                .collect();
            let track = tracked(&pcm);
            let good = track.iter().flatten().filter(|p| (p.f0_hz / hz - 1.0).abs() < 0.01).count();
            assert!(good * 10 > track.len() * 9, "{hz}: {good} of {}", track.len());
        }
    }

    #[test]
    fn noise_and_silence_have_no_pitch() {
        let mut seed = 3u32;
        let noise: Vec<f32> = (0..8_000)
            .map(|_| {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                seed as f32 / u32::MAX as f32 - 0.5
            })
            .collect();
        assert!(tracked(&noise).iter().flatten().count() < 5);
        assert!(tracked(&vec![0.0; 2_000]).iter().all(Option::is_none));
    }
}
