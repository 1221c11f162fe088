//! Spectral shape: tilt, balance, noise, and mel cepstrum (coefficients 1 to 12; 0 would be the level).

use super::{
    analysis::{Analysis, BIN_HZ, BINS, FrameAnalysis, POWER_FLOOR},
    pitch::Pitch,
    statistics::{Sorted, mean, sd, slope},
};

pub(super) const SPECTRAL_NAMES: [&str; 44] = [
    "alpha_ratio_mean_db",
    "alpha_ratio_sd_db",
    "hammarberg_mean_db",
    "hammarberg_sd_db",
    "tilt_0_500_mean_db_per_khz",
    "tilt_0_500_sd_db_per_khz",
    "tilt_500_1500_mean_db_per_khz",
    "tilt_500_1500_sd_db_per_khz",
    "tilt_1500_3500_mean_db_per_khz",
    "tilt_1500_3500_sd_db_per_khz",
    "centroid_mean_hz",
    "centroid_sd_hz",
    "bandwidth_mean_hz",
    "bandwidth_sd_hz",
    "entropy_mean_ratio",
    "entropy_sd_ratio",
    "rolloff_85_mean_hz",
    "rolloff_85_sd_hz",
    "hnr_mean_db",
    "hnr_sd_db",
    "h1_h2_mean_db",
    "h1_h2_sd_db",
    "flux_mean_db",
    "flux_sd_db",
    "alpha_ratio_loudest_fifth_db",
    "band_100_300_db",
    "band_300_600_db",
    "band_600_1000_db",
    "band_1000_1500_db",
    "band_1500_2000_db",
    "band_2000_2700_db",
    "band_2700_3400_db",
    "band_100_500_sd_db",
    "band_100_500_p80_db",
    "band_100_500_range_db",
    "band_500_1000_sd_db",
    "band_500_1000_p80_db",
    "band_500_1000_range_db",
    "band_1000_2000_sd_db",
    "band_1000_2000_p80_db",
    "band_1000_2000_range_db",
    "band_2000_3400_sd_db",
    "band_2000_3400_p80_db",
    "band_2000_3400_range_db",
];

/// Edges of the bands whose share of the power is measured.
const BAND_EDGES_HZ: [f32; 8] = [100.0, 300.0, 600.0, 1_000.0, 1_500.0, 2_000.0, 2_700.0, 3_400.0];

/// Edges of the bands whose course is measured.
const COURSE_EDGES_HZ: [f32; 5] = [100.0, 500.0, 1_000.0, 2_000.0, 3_400.0];

/// Timbre: of the voiced frames, but the flux and the course of the bands, which are of all speech.
pub(super) fn spectral_features(analysis: &Analysis) -> [f32; SPECTRAL_NAMES.len()] {
    let shapes: Vec<Shape> = analysis.voiced().map(|(_, frame, pitch)| Shape::of(frame, pitch)).collect();
    let flux: Vec<f32> = analysis
        .frames
        .windows(2)
        .filter(|pair| pair.iter().all(|frame| frame.active))
        .map(|pair| flux_db(&pair[0], &pair[1]))
        .collect();
    let loud = Sorted::new(&shapes.iter().map(|shape| shape.energy_db).collect::<Vec<_>>()).percentile(80.0);
    let loudest: Vec<f32> =
        shapes.iter().filter(|shape| shape.energy_db >= loud).map(|shape| shape.values[0]).collect();
    let mut all = [0.0; SPECTRAL_NAMES.len()];
    let mut column = Vec::with_capacity(shapes.len());
    for n in 0..SHAPE_VALUES {
        column.clear();
        column.extend(shapes.iter().map(|shape| shape.values[n]));
        all[2 * n] = mean(&column);
        all[2 * n + 1] = sd(&column);
    }
    let next = 2 * SHAPE_VALUES;
    all[next] = mean(&flux);
    all[next + 1] = sd(&flux);
    all[next + 2] = mean(&loudest);
    for band in 0..BAND_EDGES_HZ.len() - 1 {
        column.clear();
        column.extend(shapes.iter().map(|shape| shape.bands_db[band]));
        all[next + 3 + band] = mean(&column);
    }
    let next = next + 2 + BAND_EDGES_HZ.len();
    for (n, edges) in COURSE_EDGES_HZ.windows(2).enumerate() {
        column.clear();
        column.extend(analysis.active().map(|frame| db(sum(&frame.power, edges[0], edges[1]))));
        let sorted = Sorted::new(&column);
        all[next + 3 * n] = sd(&column);
        all[next + 3 * n + 1] = sorted.percentile(80.0);
        all[next + 3 * n + 2] = sorted.percentile(90.0) - sorted.percentile(10.0);
    }
    all
}

/// Values of a frame of which mean and standard deviation are taken.
const SHAPE_VALUES: usize = 11;

struct Shape {
    energy_db: f32,
    values: [f32; SHAPE_VALUES],
    bands_db: [f32; BAND_EDGES_HZ.len() - 1],
}

impl Shape {
    fn of(frame: &FrameAnalysis, pitch: Pitch) -> Self {
        let power = &*frame.power;
        let speech = bins(50.0, 4_000.0);
        let total: f32 = power[speech.clone()].iter().sum::<f32>() + POWER_FLOOR;
        let moment = |f: &dyn Fn(f32, f32) -> f32| -> f32 {
            speech.clone().map(|bin| f(bin as f32 * BIN_HZ, power[bin] / total)).sum()
        };
        let centroid = moment(&|hz, share| hz * share);
        let bandwidth = moment(&|hz, share| (hz - centroid) * (hz - centroid) * share).max(0.0).sqrt();
        let entropy = moment(&|_, share| if share > 0.0 { -share * share.ln() } else { 0.0 });
        let strongest = |low, high| power[bins(low, high)].iter().copied().fold(0.0, f32::max);
        let periodicity = pitch.periodicity.clamp(0.01, 0.999);
        let bands_db = std::array::from_fn(|n| db(sum(power, BAND_EDGES_HZ[n], BAND_EDGES_HZ[n + 1])) - db(total));
        Self {
            energy_db: frame.energy_db,
            values: [
                db(sum(power, 1_000.0, 4_000.0)) - db(sum(power, 50.0, 1_000.0)),
                db(strongest(0.0, 2_000.0)) - db(strongest(2_000.0, 4_000.0)),
                tilt(power, 50.0, 500.0),
                tilt(power, 500.0, 1_500.0),
                tilt(power, 1_500.0, 3_500.0),
                centroid,
                bandwidth,
                entropy / (speech.len() as f32).ln(),
                rolloff_hz(power, total),
                10.0 * (periodicity / (1.0 - periodicity)).log10(),
                db(harmonic(power, pitch.f0_hz)) - db(harmonic(power, 2.0 * pitch.f0_hz)),
            ],
            bands_db,
        }
    }
}

fn db(power: f32) -> f32 {
    10.0 * (power + POWER_FLOOR).log10()
}

fn bins(low_hz: f32, high_hz: f32) -> std::ops::Range<usize> {
    let bin = |hz: f32| ((hz / BIN_HZ).round() as usize).min(BINS);
    bin(low_hz)..bin(high_hz)
}

fn sum(power: &[f32; BINS], low_hz: f32, high_hz: f32) -> f32 {
    power[bins(low_hz, high_hz)].iter().sum()
}

/// Slope of the logarithmic spectrum, in dB a kilohertz.
fn tilt(power: &[f32; BINS], low_hz: f32, high_hz: f32) -> f32 {
    slope(bins(low_hz, high_hz).map(|bin| (bin as f32 * BIN_HZ / 1_000.0, db(power[bin]))))
}

/// The frequency below which 85 % of the power lies.
fn rolloff_hz(power: &[f32; BINS], total: f32) -> f32 {
    let mut sum = 0.0;
    let over = bins(50.0, 4_000.0).find(|&bin| {
        sum += power[bin];
        sum >= 0.85 * total
    });
    over.unwrap_or(BINS - 1) as f32 * BIN_HZ
}

/// The strongest bin within a fifth of a harmonic's frequency.
fn harmonic(power: &[f32; BINS], hz: f32) -> f32 {
    let around = bins(hz * 0.8, (hz * 1.2).min(4_000.0));
    power[around].iter().copied().fold(0.0, f32::max)
}

/// Mean change of the band levels from one frame to the next.
fn flux_db(before: &FrameAnalysis, after: &FrameAnalysis) -> f32 {
    let changes: Vec<f32> = BAND_EDGES_HZ
        .windows(2)
        .map(|edge| (db(sum(&after.power, edge[0], edge[1])) - db(sum(&before.power, edge[0], edge[1]))).abs())
        .collect();
    mean(&changes)
}

macro_rules! cepstral_names {
    ($($n:literal)*) => {
        [
            $(concat!("mfcc_", $n, "_mean"),)*
            $(concat!("mfcc_", $n, "_sd"),)*
            $(concat!("mfcc_", $n, "_speed_sd"),)*
            $(concat!("mfcc_", $n, "_voiced_mean"),)*
            $(concat!("mfcc_", $n, "_voiced_sd"),)*
            $(concat!("mfcc_", $n, "_loudest_fifth_mean"),)*
        ]
    };
}

pub(super) const CEPSTRAL_NAMES: [&str; 72] = cepstral_names!(1 2 3 4 5 6 7 8 9 10 11 12);

const COEFFICIENTS: usize = 12;
const MEL_BANDS: usize = 20;
const MEL_LOW_HZ: f32 = 100.0;
const MEL_HIGH_HZ: f32 = 3_800.0;

/// Mel-frequency cepstral coefficients, in the logarithm's natural unit: of all speech, how fast they change (a frame),
/// of the voiced frames, and of the loudest fifth of these.
pub(super) fn cepstral_features(analysis: &Analysis) -> [f32; CEPSTRAL_NAMES.len()] {
    let edges = mel_edges();
    let frames = &analysis.frames;
    let cepstra: Vec<[f32; COEFFICIENTS]> = frames.iter().map(|frame| cepstrum(&frame.power, &edges)).collect();
    let active: Vec<usize> = (0..frames.len()).filter(|&n| frames[n].active).collect();
    let voiced: Vec<usize> = (0..frames.len()).filter(|&n| frames[n].pitch.is_some()).collect();
    let moving: Vec<usize> = active.iter().copied().filter(|&n| n >= 2 && n + 2 < frames.len()).collect();
    let energy: Vec<f32> = voiced.iter().map(|&n| frames[n].energy_db).collect();
    let loud = Sorted::new(&energy).percentile(80.0);
    let loudest: Vec<usize> = voiced.iter().copied().filter(|&n| frames[n].energy_db >= loud).collect();
    let mut all = [0.0; CEPSTRAL_NAMES.len()];
    for n in 0..COEFFICIENTS {
        let column = |of: &[usize]| of.iter().map(|&frame| cepstra[frame][n]).collect::<Vec<f32>>();
        // The slope of the line through five frames.
        let speed = |&at: &usize| {
            let apart = |by: usize| cepstra[at + by][n] - cepstra[at - by][n];
            (apart(1) + 2.0 * apart(2)) / 10.0
        };
        let speeds: Vec<f32> = moving.iter().map(speed).collect();
        let (active, voiced) = (column(&active), column(&voiced));
        let values = [mean(&active), sd(&active), sd(&speeds), mean(&voiced), sd(&voiced), mean(&column(&loudest))];
        for (group, value) in values.into_iter().enumerate() {
            all[group * COEFFICIENTS + n] = value;
        }
    }
    all
}

/// Corners of the triangular bands, equally spaced in mel.
fn mel_edges() -> [f32; MEL_BANDS + 2] {
    let mel = |hz: f32| 1_127.0 * (1.0 + hz / 700.0).ln();
    let (low, high) = (mel(MEL_LOW_HZ), mel(MEL_HIGH_HZ));
    std::array::from_fn(|n| {
        let at = low + (high - low) * n as f32 / (MEL_BANDS + 1) as f32;
        700.0 * ((at / 1_127.0).exp() - 1.0)
    })
}

fn cepstrum(power: &[f32; BINS], edges: &[f32; MEL_BANDS + 2]) -> [f32; COEFFICIENTS] {
    let mut logs = [0.0f32; MEL_BANDS];
    for (band, log) in logs.iter_mut().enumerate() {
        let (low, centre, high) = (edges[band], edges[band + 1], edges[band + 2]);
        let triangle = |hz: f32| ((hz - low) / (centre - low)).min((high - hz) / (high - centre)).max(0.0);
        let first = (low / BIN_HZ).ceil() as usize;
        let last = ((high / BIN_HZ) as usize).min(BINS - 1);
        let energy: f32 = (first..=last).map(|bin| power[bin] * triangle(bin as f32 * BIN_HZ)).sum();
        *log = (energy + POWER_FLOOR).ln();
    }
    std::array::from_fn(|n| {
        let step = std::f32::consts::PI * (n + 1) as f32 / MEL_BANDS as f32;
        let sum: f32 = logs.iter().enumerate().map(|(band, log)| log * (step * (band as f32 + 0.5)).cos()).sum();
        sum * (2.0 / MEL_BANDS as f32).sqrt()
    })
}
