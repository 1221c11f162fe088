//! Tempo and rhythm.

use super::{
    analysis::{Analysis, FRAMES_PER_S},
    statistics::{Sorted, max, mean, run_lengths, sd},
};

pub(super) const NAMES: [&str; 16] = [
    "nuclei_per_s",
    "articulation_per_s",
    "nuclei_interval_sd_s",
    "pauses_per_s",
    "pause_mean_s",
    "pause_max_s",
    "pause_fraction",
    "voiced_run_mean_s",
    "voiced_run_sd_s",
    "voiced_run_max_s",
    "unvoiced_run_mean_s",
    "unvoiced_run_sd_s",
    "voiced_fraction",
    "modulation_below_3_hz_fraction",
    "modulation_3_to_6_hz_fraction",
    "modulation_6_to_12_hz_fraction",
];

/// A shorter gap belongs to a consonant: 120 ms.
const MIN_PAUSE_FRAMES: f32 = 12.0;
/// A syllable's nucleus stands this much above the dips beside it (de Jong and Wempe 2009).
const NUCLEUS_DIP_DB: f32 = 2.0;

/// Syllable nuclei, pauses, runs of voice, and the modulation spectrum of the energy, from the first to the last
/// frame of speech.
pub(super) fn features(analysis: &Analysis) -> [f32; NAMES.len()] {
    let first = analysis.frames.iter().position(|frame| frame.active).unwrap_or(0);
    let end = analysis.frames.iter().rposition(|frame| frame.active).map_or(first, |last| last + 1);
    let frames = &analysis.frames[first..end];
    let total_s = (frames.len() as f32 / FRAMES_PER_S).max(0.1);
    let active_s = (frames.iter().filter(|frame| frame.active).count() as f32 / FRAMES_PER_S).max(0.1);

    let envelope: Vec<f32> = frames.iter().map(|frame| frame.energy_db).collect();
    let nuclei = nuclei(&envelope, |n| frames[n].pitch.is_some());
    let intervals: Vec<f32> = nuclei.windows(2).map(|w| (w[1] - w[0]) as f32 / FRAMES_PER_S).collect();

    let seconds = |mut runs: Vec<f32>| {
        for run in &mut runs {
            *run /= FRAMES_PER_S;
        }
        runs
    };
    let gaps = run_lengths(frames.iter().map(|frame| !frame.active));
    let pauses = seconds(gaps.into_iter().filter(|&frames| frames >= MIN_PAUSE_FRAMES).collect());
    let voiced = seconds(run_lengths(frames.iter().map(|frame| frame.pitch.is_some())));
    let unvoiced = seconds(run_lengths(frames.iter().map(|frame| frame.active && frame.pitch.is_none())));
    let [slow, syllabic, fast] = modulation(&envelope);
    [
        nuclei.len() as f32 / total_s,
        nuclei.len() as f32 / active_s,
        sd(&intervals),
        pauses.len() as f32 / total_s,
        mean(&pauses),
        max(&pauses),
        pauses.iter().sum::<f32>() / total_s,
        mean(&voiced),
        sd(&voiced),
        max(&voiced),
        mean(&unvoiced),
        sd(&unvoiced),
        voiced.iter().sum::<f32>() / active_s,
        slow,
        syllabic,
        fast,
    ]
}

/// Frames at which syllables peak: voiced maxima of the smoothed energy, no lower than 2 dB under its median, with a
/// dip of 2 dB since the one before.
fn nuclei(energy_db: &[f32], voiced: impl Fn(usize) -> bool) -> Vec<usize> {
    let smooth: Vec<f32> =
        (0..energy_db.len()).map(|n| mean(&energy_db[n.saturating_sub(2)..(n + 3).min(energy_db.len())])).collect();
    let floor = Sorted::new(&smooth).percentile(50.0) - NUCLEUS_DIP_DB;
    let mut found = Vec::new();
    let mut dip = f32::NEG_INFINITY;
    let mut peak: Option<usize> = None;
    for (n, &level) in smooth.iter().enumerate() {
        match peak {
            Some(at) if level > smooth[at] => peak = Some(n),
            Some(at) if level < smooth[at] - NUCLEUS_DIP_DB => {
                if voiced(at) && smooth[at] > floor {
                    found.push(at);
                }
                peak = None;
                dip = level;
            }
            Some(_) => {}
            None if level > dip + NUCLEUS_DIP_DB => peak = Some(n),
            None => dip = dip.min(level),
        }
    }
    if let Some(at) = peak
        && voiced(at)
        && smooth[at] > floor
    {
        found.push(at);
    }
    found
}

/// Shares of the energy contour's modulation at 0.8–3, 3–6 and 6–12 Hz.
fn modulation(energy_db: &[f32]) -> [f32; 3] {
    let loud = Sorted::new(energy_db).percentile(95.0);
    let floored: Vec<f32> = energy_db.iter().map(|e| e.max(loud - 40.0)).collect();
    let centre = mean(&floored);
    let count = floored.len() as f32;
    let mut bands = [0.0f32; 3];
    for step in 4..60 {
        let hz = step as f32 * 0.2;
        let (mut re, mut im) = (0.0, 0.0);
        for (n, e) in floored.iter().enumerate() {
            let window = 0.5 - 0.5 * (std::f32::consts::TAU * (n as f32 + 0.5) / count).cos();
            let (sin, cos) = (std::f32::consts::TAU * hz * n as f32 / FRAMES_PER_S).sin_cos();
            re += (e - centre) * window * cos;
            im += (e - centre) * window * sin;
        }
        let band = if hz < 3.0 { 0 } else { 1 + usize::from(hz >= 6.0) };
        bands[band] += re * re + im * im;
    }
    let total: f32 = bands.iter().sum();
    bands.map(|band| if total > 1e-9 { band / total } else { 0.0 })
}
