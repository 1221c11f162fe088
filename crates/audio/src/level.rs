//! How loud sound is. dBFS: decibels relative to a full-scale value of 1.

/// What silence measures, in dBFS; nothing measures less.
pub const SILENCE_DBFS: f32 = -120.0;

/// Root mean square of the samples, 0 for none.
pub fn rms(pcm: &[f32]) -> f32 {
    if pcm.is_empty() {
        return 0.0;
    }
    let sum: f64 = pcm.iter().map(|&x| f64::from(x) * f64::from(x)).sum();
    (sum / pcm.len() as f64).sqrt() as f32
}

/// Largest magnitude of the samples, 0 for none.
pub fn peak(pcm: &[f32]) -> f32 {
    pcm.iter().fold(0.0, |most, x| most.max(x.abs()))
}

/// An amplitude in dBFS, at least [`SILENCE_DBFS`].
pub fn to_dbfs(amplitude: f32) -> f32 {
    if amplitude > 1e-6 { 20.0 * amplitude.log10() } else { SILENCE_DBFS }
}

/// The amplitude that measures `dbfs`.
pub fn from_dbfs(dbfs: f32) -> f32 {
    10f32.powf(dbfs / 20.0)
}

/// Root mean square level in dBFS.
pub fn rms_dbfs(pcm: &[f32]) -> f32 {
    to_dbfs(rms(pcm))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_levels() {
        assert_eq!(rms_dbfs(&[]), SILENCE_DBFS);
        assert_eq!(rms_dbfs(&[0.0; 100]), SILENCE_DBFS);
        assert!((rms_dbfs(&[0.5, -0.5, 0.5, -0.5]) + 6.02).abs() < 0.01);
        assert!((from_dbfs(-20.0) - 0.1).abs() < 1e-6);
        assert_eq!(peak(&[0.1, -0.9, 0.3]), 0.9);
    }
}
