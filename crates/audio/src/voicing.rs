//! Whether sound repeats as a voice does, 70 to 400 times a second: YIN's difference function (de Cheveigné and Kawahara 2002).

/// Samples that [`is_voiced`] looks at: 64 ms at 16 kHz.
pub const VOICING_SAMPLES: usize = 1_024;

/// Half of the samples: 8 kHz are enough for a pitch.
const HALVED: usize = VOICING_SAMPLES / 2;
/// Shortest and longest period of a voice at 8 kHz: 400 and 70 Hz.
const MIN_LAG: usize = 20;
const MAX_LAG: usize = 114;
/// Shortest period that is looked at: a whistle or a dialling tone repeats sooner than any voice.
const SHORTEST_LAG: usize = 3;
/// Samples compared at each lag.
const COMPARED: usize = HALVED - MAX_LAG;
/// A period counts below this share of the mean difference; speech that can be understood is mostly below 0.1.
const THRESHOLD: f32 = 0.15;

/// True if the sound, 16 kHz, is periodic, and its shortest period is one of a voice. Samples that are no numbers make it false.
pub fn is_voiced(pcm_16k: &[f32; VOICING_SAMPLES]) -> bool {
    let mut pcm = [0.0f32; HALVED];
    for (to, pair) in pcm.iter_mut().zip(pcm_16k.as_chunks::<2>().0) {
        *to = pair[0] + pair[1];
    }
    let head = &pcm[..COMPARED];
    let mut sum = 0.0;
    for lag in 1..=MAX_LAG {
        let difference: f32 = head.iter().zip(&pcm[lag..]).map(|(a, b)| (a - b) * (a - b)).sum();
        sum += difference;
        // The difference over its mean so far: small at the first whole period, and at no shorter lag.
        if lag >= SHORTEST_LAG && difference * (lag as f32) < THRESHOLD * sum {
            return lag >= MIN_LAG;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use std::f32::consts::TAU;

    use super::*;

    fn sound(sample: impl FnMut(usize) -> f32) -> [f32; VOICING_SAMPLES] {
        let mut sample = sample;
        std::array::from_fn(&mut sample)
    }

    fn harmonics(hz: f32, count: usize) -> [f32; VOICING_SAMPLES] {
        sound(|n| (1..=count).map(|h| (TAU * hz * h as f32 * n as f32 / 16_000.0).sin() / h as f32).sum())
    }

    #[test]
    fn a_buzz_of_any_voice_is_voiced() {
        for hz in [75.0, 110.0, 160.0, 233.0, 330.0, 390.0] {
            assert!(is_voiced(&harmonics(hz, 10)), "{hz} Hz");
        }
    }

    #[test]
    fn tones_noise_and_silence_are_not() {
        for hz in [40.0, 450.0, 697.0, 1_000.0, 2_000.0] {
            assert!(!is_voiced(&harmonics(hz, 1)), "{hz} Hz");
        }
        let mut seed = 3u32;
        let mut noise = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            seed as f32 / u32::MAX as f32 - 0.5
        };
        assert!(!is_voiced(&sound(|_| noise())));
        assert!(!is_voiced(&[0.0; VOICING_SAMPLES]) && !is_voiced(&[f32::NAN; VOICING_SAMPLES]));
    }
}
