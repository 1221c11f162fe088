//! Ten minutes of sounds in which nobody says a word: a transcriber that writes any has invented them.

use std::f32::consts::TAU;

const RATE_HZ: f32 = 16_000.0;

/// A sound without words.
pub(super) struct Noise {
    pub(super) name: &'static str,
    pub(super) pcm_16k: Vec<f32>,
}

/// Every sound. `speech` is cut up, turned round and laid over itself: the murmur of a room.
pub(super) fn all(speech: &[Vec<f32>]) -> Vec<Noise> {
    let make = |name, seconds: usize, sample: &mut dyn FnMut(f32) -> f32| {
        let pcm_16k = (0..seconds * RATE_HZ as usize).map(|i| sample(i as f32 / RATE_HZ).clamp(-1.0, 1.0)).collect();
        Noise { name, pcm_16k }
    };
    let mut white = white(1);
    let mut pink = pink(2);
    let mut noises = vec![make("silence", 30, &mut |_| 0.0)];
    noises.push(make("hiss", 30, &mut |_| 0.01 * white()));
    noises.push(make("white noise", 60, &mut |_| 0.3 * white()));
    noises.push(make("pink noise", 60, &mut |_| 0.3 * pink()));
    noises.push(make("mains hum", 30, &mut |t| {
        0.1 * tone(t, 50.0) + 0.05 * tone(t, 150.0) + 0.02 * tone(t, 250.0) + 0.002 * white()
    }));
    noises.push(make("ringing", 30, &mut |t| if t % 5.0 < 1.0 { 0.3 * tone(t, 450.0) } else { 0.0 }));
    noises.push(make("keys", 60, &mut |t| {
        // Bursts of typing with rests, each key at its own time and strength.
        let (key, resting) = ((t / 0.17) as u64, t % 9.0 > 6.0);
        let late = 0.06 * hash(key);
        let since = t % 0.17 - late;
        if resting || since < 0.0 { 0.0 } else { (0.2 + 0.5 * hash(key + 7)) * (-since * 90.0).exp() * white() }
    }));
    noises.push(make("knocks", 30, &mut |t| 0.8 * (-(t % 1.7) * 30.0).exp() * tone(t, 180.0)));
    noises.push(make("breath", 30, &mut |t| 0.05 * (0.5 - 0.5 * tone(t, 0.3)).powi(2) * white()));
    noises.push(make("melody", 60, &mut |t| {
        const NOTES_HZ: [f32; 8] = [262.0, 330.0, 392.0, 523.0, 440.0, 349.0, 294.0, 392.0];
        let hz = NOTES_HZ[(t * 2.5) as usize % NOTES_HZ.len()];
        let fade = (-(t % 0.4) * 4.0).exp();
        0.25 * fade * (tone(t, hz) + 0.5 * tone(t, 2.0 * hz) + 0.3 * tone(t, 3.0 * hz)) + 0.1 * tone(t, hz / 2.0)
    }));
    noises.push(make("band", 60, &mut |t| {
        // Chords, a bass and a drum, as music on hold has them.
        const CHORDS_HZ: [[f32; 3]; 4] =
            [[262.0, 330.0, 392.0], [220.0, 262.0, 330.0], [175.0, 220.0, 262.0], [196.0, 247.0, 294.0]];
        let chord = CHORDS_HZ[(t / 2.0) as usize % CHORDS_HZ.len()];
        let swell = 0.6 + 0.4 * tone(t, 0.5);
        let strings: f32 = chord.iter().map(|hz| tone(t, *hz) + 0.4 * tone(t, 2.003 * hz)).sum();
        let beat = t % 0.5;
        0.06 * swell * strings + 0.2 * tone(t, chord[0] / 2.0) + 0.25 * (-beat * 40.0).exp() * white()
    }));
    noises.push(Noise { name: "murmur", pcm_16k: murmur(speech, 120 * RATE_HZ as usize) });
    noises
}

/// Many voices at once, each backwards.
fn murmur(speech: &[Vec<f32>], samples: usize) -> Vec<f32> {
    const VOICES: usize = 6;
    let mut sum = vec![0.0_f32; samples];
    let backwards: Vec<f32> = speech.iter().flat_map(|pcm| pcm.iter().rev()).copied().collect();
    if backwards.is_empty() {
        return sum;
    }
    for voice in 0..VOICES {
        let start = voice * backwards.len() / VOICES;
        // Each a little slower than the one before, so that no two stay together.
        let pace = 1.0 - 0.03 * voice as f64;
        for (i, sample) in sum.iter_mut().enumerate() {
            *sample += backwards[(start + (i as f64 * pace) as usize) % backwards.len()];
        }
    }
    let rms = (sum.iter().map(|x| x * x).sum::<f32>() / samples as f32).sqrt();
    sum.iter_mut().for_each(|sample| *sample = (*sample * 0.05 / rms.max(1e-6)).clamp(-1.0, 1.0));
    sum
}

fn tone(t: f32, hz: f32) -> f32 {
    // The phase in double precision: it has to hold for two minutes.
    (((f64::from(t) * f64::from(hz)) % 1.0) as f32 * TAU).sin()
}

/// White noise in −1..1 (xorshift64).
fn white(seed: u64) -> impl FnMut() -> f32 {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1_u64 << 23) as f32 - 1.0
    }
}

/// Noise of equal power in each octave: white noise held for 1, 2, 4 … samples and summed (Voss and Clarke).
fn pink(seed: u64) -> impl FnMut() -> f32 {
    const ROWS: usize = 12;
    let mut white = white(seed);
    let mut rows = [0.0_f32; ROWS];
    let mut count = 0_usize;
    move || {
        count = count.wrapping_add(1);
        rows[(count.trailing_zeros() as usize).min(ROWS - 1)] = white();
        (rows.iter().sum::<f32>() + white()) / 4.0
    }
}

/// A number in 0..1 that looks like chance.
fn hash(n: u64) -> f32 {
    let mixed = (n + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    ((mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 40) as f32 / (1_u64 << 24) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_ten_minutes_and_none_of_them_is_broken() {
        let speech = vec![(0..32_000).map(|i| 0.1 * tone(i as f32 / RATE_HZ, 140.0)).collect::<Vec<f32>>()];
        let noises = all(&speech);
        let samples: usize = noises.iter().map(|noise| noise.pcm_16k.len()).sum();
        assert_eq!(samples, 600 * RATE_HZ as usize);
        for Noise { name, pcm_16k } in &noises {
            assert!(pcm_16k.iter().all(|x| x.is_finite() && x.abs() <= 1.0), "{name}");
            let peak = pcm_16k.iter().fold(0.0, |peak: f32, x| peak.max(x.abs()));
            assert_eq!(peak == 0.0, *name == "silence", "{name} has a peak of {peak}");
        }
    }

    #[test]
    fn without_speech_there_is_no_murmur() {
        assert!(murmur(&[], 100).iter().all(|&x| x == 0.0));
    }
}
