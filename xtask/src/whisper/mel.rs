//! The mel filterbank that Whisper was trained with, computed: 80 triangles over a 400-point spectrum at 16 kHz, on Slaney's mel
//! scale (Auditory Toolbox, 1998: linear below 1 kHz, logarithmic above), each of unit area.

/// Number of filters.
pub(super) const BANDS: usize = 80;
/// Number of spectrum bins, 0 Hz to the Nyquist frequency.
pub(super) const BINS: usize = 201;

const SAMPLE_RATE_HZ: f64 = 16_000.0;
const LINEAR_HZ_PER_MEL: f64 = 200.0 / 3.0;
const LOGARITHMIC_FROM_HZ: f64 = 1_000.0;

/// The weights, `BANDS` rows of `BINS`.
pub(super) fn filterbank() -> Vec<f32> {
    let top_mel = hz_to_mel(SAMPLE_RATE_HZ / 2.0);
    let edges_hz: Vec<f64> = (0..BANDS + 2).map(|i| mel_to_hz(top_mel * i as f64 / (BANDS + 1) as f64)).collect();
    let mut weights = Vec::with_capacity(BANDS * BINS);
    for edges in edges_hz.windows(3) {
        let &[low, centre, high] = edges else { continue };
        let height = 2.0 / (high - low);
        for bin in 0..BINS {
            let hz = SAMPLE_RATE_HZ / 2.0 * bin as f64 / (BINS - 1) as f64;
            let rising = (hz - low) / (centre - low);
            let falling = (high - hz) / (high - centre);
            // Rounded to 32 bits before and after scaling, as the filters that Whisper was trained with were.
            let triangle = rising.min(falling).max(0.0) as f32;
            weights.push((f64::from(triangle) * height) as f32);
        }
    }
    weights
}

/// Natural logarithms of frequency a mel above the linear part: 27 steps from 1 kHz to 6.4 kHz.
fn log_step() -> f64 {
    6.4_f64.ln() / 27.0
}

fn hz_to_mel(hz: f64) -> f64 {
    if hz < LOGARITHMIC_FROM_HZ {
        hz / LINEAR_HZ_PER_MEL
    } else {
        LOGARITHMIC_FROM_HZ / LINEAR_HZ_PER_MEL + (hz / LOGARITHMIC_FROM_HZ).ln() / log_step()
    }
}

fn mel_to_hz(mel: f64) -> f64 {
    let above = mel - LOGARITHMIC_FROM_HZ / LINEAR_HZ_PER_MEL;
    if above < 0.0 { mel * LINEAR_HZ_PER_MEL } else { LOGARITHMIC_FROM_HZ * (above * log_step()).exp() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mel_scale_inverts_itself_across_its_bend() {
        for hz in [0.0, 500.0, 999.0, 1000.0, 1001.0, 6400.0, 8000.0] {
            assert!((mel_to_hz(hz_to_mel(hz)) - hz).abs() < 1e-9, "{hz}");
        }
        assert!((hz_to_mel(6400.0) - 42.0).abs() < 1e-9);
    }

    #[test]
    fn every_filter_is_one_triangle_of_unit_area() {
        let weights = filterbank();
        assert_eq!(weights.len(), BANDS * BINS);
        let hz_per_bin = 8000.0 / (BINS - 1) as f32;
        for (band, row) in weights.chunks(BINS).enumerate() {
            let (first, last) = (row.iter().position(|&w| w > 0.0), row.iter().rposition(|&w| w > 0.0));
            let (Some(first), Some(last)) = (first, last) else { panic!("band {band} is empty") };
            assert!(row[first..=last].iter().all(|&w| w > 0.0), "band {band} has a gap");
            let area: f32 = row.iter().sum::<f32>() * hz_per_bin;
            // Narrow triangles fall between the bins of 40 Hz; wide ones are sampled well.
            assert!(band < 60 || (area - 1.0).abs() < 0.05, "band {band} has area {area}");
        }
    }
}
