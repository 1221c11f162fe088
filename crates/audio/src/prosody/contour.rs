//! Shape of the F0 and energy contours.

use super::{
    analysis::{Analysis, FRAMES_PER_S},
    pitch::Pitch,
    statistics::{Sorted, correlation, max, mean, sd, slope},
};

pub(super) const F0_NAMES: [&str; 22] = [
    "f0_mean_st",
    "f0_sd_st",
    "f0_p20_st",
    "f0_p50_st",
    "f0_p80_st",
    "f0_range_p20_p80_st",
    "f0_p97_st",
    "f0_rise_st_per_s",
    "f0_fall_st_per_s",
    "f0_movement_st_per_s",
    "f0_declination_st_per_s",
    "f0_final_minus_mean_st",
    "f0_sd_within_segments_st",
    "f0_sd_between_segments_st",
    "f0_p10_st",
    "f0_p90_st",
    "f0_range_p5_p95_st",
    "f0_weighted_mean_st",
    "f0_loudest_fifth_st",
    "f0_energy_correlation_ratio",
    "f0_first_third_minus_mean_st",
    "f0_last_third_minus_mean_st",
];

/// Pitch: where it lies, how far and how fast it moves.
pub(super) fn f0_features(analysis: &Analysis) -> [f32; F0_NAMES.len()] {
    let all: Vec<f32> = analysis.voiced().map(|(_, _, pitch)| pitch.semitones()).collect();
    let segments: Vec<Vec<f32>> = analysis
        .frames
        .chunk_by(|a, b| a.pitch.is_some() == b.pitch.is_some())
        .map(|run| run.iter().filter_map(|frame| frame.pitch).map(Pitch::semitones).collect::<Vec<_>>())
        .filter(|segment| !segment.is_empty())
        .collect();
    // Over 50 ms, so that neither a rounding of the period nor an octave error makes the slope.
    let slopes: Vec<f32> = segments
        .iter()
        .flat_map(|segment| segment.windows(6).map(|w| (w[5] - w[0]) * FRAMES_PER_S / 5.0))
        .filter(|slope| slope.abs() < 200.0)
        .collect();
    let rises: Vec<f32> = slopes.iter().copied().filter(|&s| s > 0.0).collect();
    let falls: Vec<f32> = slopes.iter().copied().filter(|&s| s < 0.0).collect();
    let movement: Vec<f32> = slopes.iter().map(|s| s.abs()).collect();
    let within: Vec<f32> = segments.iter().filter(|s| s.len() >= 5).map(|s| sd(s)).collect();
    let between: Vec<f32> = segments.iter().map(|s| mean(s)).collect();
    let sorted = Sorted::new(&all);
    let (p20, p80) = (sorted.percentile(20.0), sorted.percentile(80.0));
    let last = mean(&all[all.len().saturating_sub(10)..]);
    let energy: Vec<f32> = analysis.voiced().map(|(_, frame, _)| frame.energy_db).collect();
    let loud = Sorted::new(&energy).percentile(80.0);
    let loudest: Vec<f32> = all.iter().zip(&energy).filter(|(_, e)| **e >= loud).map(|(st, _)| *st).collect();
    let weights: Vec<f32> = energy.iter().map(|e| 10f32.powf(e / 20.0)).collect();
    let weighted: f32 = all.iter().zip(&weights).map(|(st, weight)| st * weight).sum();
    let third = all.len() / 3;
    [
        mean(&all),
        sd(&all),
        p20,
        sorted.percentile(50.0),
        p80,
        p80 - p20,
        sorted.percentile(97.0),
        mean(&rises),
        mean(&falls),
        mean(&movement),
        slope(analysis.voiced().map(|(time, _, pitch)| (time, pitch.semitones()))),
        last - mean(&all),
        mean(&within),
        sd(&between),
        sorted.percentile(10.0),
        sorted.percentile(90.0),
        sorted.percentile(95.0) - sorted.percentile(5.0),
        weighted / weights.iter().sum::<f32>().max(1e-9),
        mean(&loudest),
        correlation(&all, &energy),
        mean(&all[..third]) - mean(&all),
        mean(&all[all.len() - third..]) - mean(&all),
    ]
}

pub(super) const ENERGY_NAMES: [&str; 12] = [
    "energy_sd_db",
    "energy_p20_minus_mean_db",
    "energy_p50_minus_mean_db",
    "energy_p80_minus_mean_db",
    "energy_range_p5_p95_db",
    "energy_peak_minus_mean_db",
    "energy_rise_db_per_s",
    "energy_fall_db_per_s",
    "energy_rise_p90_db_per_s",
    "energy_declination_db_per_s",
    "energy_final_minus_mean_db",
    "energy_voiced_minus_unvoiced_db",
];

/// Energy: how it is spread and how fast it changes; never how much, which is the microphone's.
pub(super) fn energy_features(analysis: &Analysis) -> [f32; ENERGY_NAMES.len()] {
    let all: Vec<f32> = analysis.active().map(|frame| frame.energy_db).collect();
    let centre = mean(&all);
    let sorted = Sorted::new(&all);
    let slopes: Vec<f32> = analysis
        .frames
        .windows(3)
        .filter(|w| w.iter().all(|frame| frame.active))
        .map(|w| (w[2].energy_db - w[0].energy_db) * FRAMES_PER_S / 2.0)
        .collect();
    let rises: Vec<f32> = slopes.iter().copied().filter(|&s| s > 0.0).collect();
    let falls: Vec<f32> = slopes.iter().copied().filter(|&s| s < 0.0).collect();
    let timed = analysis.frames.iter().enumerate().filter(|(_, frame)| frame.active);
    let voiced: Vec<f32> = analysis.voiced().map(|(_, frame, _)| frame.energy_db).collect();
    let unvoiced: Vec<f32> =
        analysis.active().filter(|frame| frame.pitch.is_none()).map(|frame| frame.energy_db).collect();
    let last = mean(&all[all.len().saturating_sub(20)..]);
    [
        sd(&all),
        sorted.percentile(20.0) - centre,
        sorted.percentile(50.0) - centre,
        sorted.percentile(80.0) - centre,
        sorted.percentile(95.0) - sorted.percentile(5.0),
        max(&all) - centre,
        mean(&rises),
        mean(&falls),
        Sorted::new(&rises).percentile(90.0),
        slope(timed.map(|(n, frame)| (n as f32 / FRAMES_PER_S, frame.energy_db))),
        last - centre,
        if unvoiced.is_empty() { 0.0 } else { mean(&voiced) - mean(&unvoiced) },
    ]
}
