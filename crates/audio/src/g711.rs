//! ITU-T G.711, the sound of the telephone: μ-law and A-law companding at 8 kHz, as a codec of call frames and by
//! single samples.

use ermu_domain::SampleRate;

use crate::{
    Frame,
    resample::{ResampleError, Resampler},
};

/// The longest packet that is read: 120 ms.
pub const MAX_PACKET_BYTES: usize = 960;

/// How many samples of 48 kHz one sample of 8 kHz stands for.
const RATIO: usize = 6;
/// Samples of 8 kHz that concealment looks back on.
const HISTORY: usize = 240;
/// Periods of a voice that are looked for: 50 to 250 Hz.
const SHORTEST_PERIOD: usize = 32;
const LONGEST_PERIOD: usize = 160;
/// Samples that have to repeat: 10 ms.
const MATCHED: usize = 80;
/// Made-up sound is as loud as before for 10 ms, and has faded at 60 ms.
const FADE_START: usize = 80;
const FADE_END: usize = 480;
/// Samples over which made-up sound goes over into what comes next.
const OVERLAP: usize = 32;

/// Added before the logarithm of μ-law, so that the first segment is linear.
const BIAS: i32 = 0x84;
const CLIP: i32 = 32_635;

/// A companding law.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Law {
    /// μ-law (PCMU): North America, Japan.
    Mu,
    /// A-law (PCMA): elsewhere.
    A,
}

impl Law {
    /// Encodes 16-bit PCM.
    pub fn encode(self, sample: i16) -> u8 {
        match self {
            Self::Mu => ulaw_encode(sample),
            Self::A => alaw_encode(sample),
        }
    }

    /// Decodes to 16-bit PCM.
    pub fn decode(self, code: u8) -> i16 {
        match self {
            Self::Mu => ulaw_decode(code),
            Self::A => alaw_decode(code),
        }
    }
}

/// Encodes 16-bit PCM as μ-law.
pub fn ulaw_encode(sample: i16) -> u8 {
    let value = i32::from(sample);
    let sign = if value < 0 { 0x80 } else { 0 };
    let magnitude = value.abs().min(CLIP) + BIAS;
    let exponent = 24 - magnitude.leading_zeros() as i32;
    let mantissa = (magnitude >> (exponent + 3)) & 0x0f;
    !((sign | exponent << 4 | mantissa) as u8)
}

/// Decodes μ-law to 16-bit PCM.
pub fn ulaw_decode(code: u8) -> i16 {
    let code = i32::from(!code);
    let magnitude = ((((code & 0x0f) << 3) + BIAS) << (code >> 4 & 7)) - BIAS;
    (if code & 0x80 == 0 { magnitude } else { -magnitude }) as i16
}

/// Encodes 16-bit PCM as A-law.
pub fn alaw_encode(sample: i16) -> u8 {
    // Negative values are mirrored so that −1 falls into the first step, as 0 does.
    let (sign, magnitude) = if sample < 0 { (0, !sample) } else { (0x80, sample) };
    let magnitude = i32::from(magnitude) >> 3;
    let exponent = (27 - (magnitude | 1).leading_zeros() as i32).max(0);
    let mantissa = (magnitude >> exponent.max(1)) & 0x0f;
    ((sign | exponent << 4 | mantissa) ^ 0x55) as u8
}

/// Decodes A-law to 16-bit PCM.
pub fn alaw_decode(code: u8) -> i16 {
    let code = i32::from(code ^ 0x55);
    let (exponent, step) = (code >> 4 & 7, (code & 0x0f) << 4 | 8);
    let magnitude = if exponent == 0 { step } else { (step | 0x100) << (exponent - 1) };
    (if code & 0x80 == 0 { -magnitude } else { magnitude }) as i16
}

/// What a μ-law line makes of PCM in −1..1: each sample encoded and decoded. Meant for sound at 8 kHz.
pub fn through_ulaw(pcm: &mut [f32]) {
    for sample in pcm {
        // The cast saturates, and makes 0 of what is no number.
        let code = ulaw_encode((*sample * 32_768.0) as i16);
        *sample = f32::from(ulaw_decode(code)) / 32_768.0;
    }
}

/// Something went wrong with a packet or the codec.
#[derive(Debug, thiserror::Error)]
pub enum G711Error {
    /// The packet holds nothing.
    #[error("an empty G.711 packet")]
    Empty,
    /// The packet is longer than 120 ms.
    #[error("a G.711 packet of {bytes} bytes is over the limit of {MAX_PACKET_BYTES}")]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// The sample rate could not be changed.
    #[error(transparent)]
    Rate(#[from] ResampleError),
}

/// Call frames to packets of 160 bytes.
pub struct G711Encoder {
    law: Law,
    resampler: Resampler,
    narrow: Vec<f32>,
}

impl G711Encoder {
    /// An encoder. It holds back about 15 ms: the filter that removes what 8 kHz cannot carry.
    pub fn new(law: Law) -> Result<Self, G711Error> {
        let resampler = Resampler::new(SampleRate::HZ_48000, SampleRate::HZ_8000)?;
        Ok(Self { law, resampler, narrow: Vec::with_capacity(160) })
    }

    /// Encodes 20 ms. Samples that are no numbers count as silence, samples outside of −1..1 are clipped.
    pub fn encode(&mut self, frame: &Frame) -> Result<Vec<u8>, G711Error> {
        self.narrow.clear();
        self.resampler.push(frame, &mut self.narrow)?;
        Ok(self.narrow.iter().map(|sample| self.law.encode((sample * 32_768.0) as i16)).collect())
    }
}

/// Packets to PCM at 48 kHz. What is lost is made up by repeating the last period of the voice (in the manner of
/// G.711 Appendix I).
pub struct G711Decoder {
    law: Law,
    resampler: Resampler,
    narrow: Vec<f32>,
    /// The last samples at 8 kHz, made up ones included.
    history: Vec<f32>,
    made_up: Option<MadeUp>,
}

/// Sound in the place of what is lost.
struct MadeUp {
    period: Vec<f32>,
    samples: usize,
}

impl MadeUp {
    fn next(&mut self) -> f32 {
        let faded = self.samples.saturating_sub(FADE_START) as f32 / (FADE_END - FADE_START) as f32;
        let sample = self.period[self.samples % self.period.len()] * (1.0 - faded).max(0.0);
        self.samples += 1;
        sample
    }
}

impl G711Decoder {
    /// A decoder for one stream.
    pub fn new(law: Law) -> Result<Self, G711Error> {
        let resampler = Resampler::new(SampleRate::HZ_8000, SampleRate::HZ_48000)?;
        Ok(Self { law, resampler, narrow: Vec::new(), history: vec![0.0; HISTORY], made_up: None })
    }

    /// Appends the packet's sound to `output`. Sound comes in steps of 10 ms: a packet that is no multiple of that
    /// leaves a rest for the next.
    pub fn decode(&mut self, packet: &[u8], output: &mut Vec<f32>) -> Result<(), G711Error> {
        if packet.is_empty() {
            return Err(G711Error::Empty);
        }
        if packet.len() > MAX_PACKET_BYTES {
            return Err(G711Error::TooLarge { bytes: packet.len() });
        }
        self.narrow.clear();
        self.narrow.extend(packet.iter().map(|code| f32::from(self.law.decode(*code)) / 32_768.0));
        if let Some(mut made_up) = self.made_up.take() {
            for (n, sample) in self.narrow.iter_mut().take(OVERLAP).enumerate() {
                let weight = (n + 1) as f32 / (OVERLAP + 1) as f32;
                *sample = weight * *sample + (1.0 - weight) * made_up.next();
            }
        }
        self.push(output)
    }

    /// Appends `samples` (of 48 kHz, rounded down to whole ones of 8 kHz) in the place of lost sound.
    pub fn conceal(&mut self, samples: usize, output: &mut Vec<f32>) -> Result<(), G711Error> {
        let history = &self.history;
        let made_up = self.made_up.get_or_insert_with(|| MadeUp { period: last_period(history), samples: 0 });
        self.narrow.clear();
        self.narrow.extend((0..(samples / RATIO).min(MAX_PACKET_BYTES)).map(|_| made_up.next()));
        self.push(output)
    }

    fn push(&mut self, output: &mut Vec<f32>) -> Result<(), G711Error> {
        self.history.extend_from_slice(&self.narrow);
        self.history.drain(..self.history.len() - HISTORY);
        Ok(self.resampler.push(&self.narrow, output)?)
    }
}

/// The end of `history` that, put behind it once more, continues it best.
fn last_period(history: &[f32]) -> Vec<f32> {
    let end = history.len() - MATCHED;
    let recent = &history[end..];
    let likeness = |period: usize| {
        let earlier = &history[end - period..][..MATCHED];
        let product: f32 = recent.iter().zip(earlier).map(|(a, b)| a * b).sum();
        let energy: f32 = earlier.iter().map(|x| x * x).sum();
        product / (energy + 1e-9).sqrt()
    };
    let best = (SHORTEST_PERIOD..=LONGEST_PERIOD).max_by(|a, b| likeness(*a).total_cmp(&likeness(*b)));
    history[history.len() - best.unwrap_or(LONGEST_PERIOD)..].to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FRAME_SAMPLES;

    fn tone(hz: f32, frame: usize) -> Frame {
        std::array::from_fn(|n| {
            0.3 * (std::f32::consts::TAU * hz * (frame * FRAME_SAMPLES + n) as f32 / 48_000.0).sin()
        })
    }

    fn rms(pcm: &[f32]) -> f32 {
        (pcm.iter().map(|x| x * x).sum::<f32>() / pcm.len().max(1) as f32).sqrt()
    }

    #[test]
    fn every_code_survives_a_round_trip() {
        for code in 0..=255u8 {
            // 0x7f and 0xff are the two zeros of μ-law.
            let back = ulaw_encode(ulaw_decode(code));
            assert!(back == code || (code == 0x7f && back == 0xff), "{code:#x} {back:#x}");
            assert_eq!(alaw_encode(alaw_decode(code)), code, "{code:#x}");
        }
    }

    #[test]
    fn values_of_the_standard() {
        assert_eq!(ulaw_encode(0), 0xff);
        assert_eq!(ulaw_encode(i16::MAX), 0x80);
        assert_eq!(ulaw_encode(i16::MIN), 0x00);
        assert_eq!(ulaw_decode(0x80), 32_124);
        assert_eq!(ulaw_decode(0x00), -32_124);
        assert_eq!(ulaw_decode(0xff), 0);
        // G.711 table 1a: the first and last steps of A-law, even bits inverted.
        assert_eq!((alaw_encode(0), alaw_encode(-1)), (0xd5, 0x55));
        assert_eq!((alaw_encode(i16::MAX), alaw_encode(i16::MIN)), (0xaa, 0x2a));
        assert_eq!((alaw_decode(0xd5), alaw_decode(0x55)), (8, -8));
        assert_eq!((alaw_decode(0xaa), alaw_decode(0x2a)), (32_256, -32_256));
    }

    #[test]
    fn the_error_grows_with_the_value() {
        for law in [Law::Mu, Law::A] {
            for value in (-32_000..32_000).step_by(37) {
                let error = (i32::from(law.decode(law.encode(value))) - i32::from(value)).abs();
                assert!(error <= 8 + i32::from(value).abs() / 24, "{law:?} {value}: {error}");
            }
        }
    }

    #[test]
    fn a_tone_goes_through_a_call_and_a_lost_packet_is_bridged() {
        for law in [Law::Mu, Law::A] {
            let (mut encoder, mut decoder) = (G711Encoder::new(law).unwrap(), G711Decoder::new(law).unwrap());
            let mut out = Vec::new();
            for n in 0..50 {
                let packet = encoder.encode(&tone(440.0, n)).unwrap();
                assert_eq!(packet.len(), 160);
                if n == 30 {
                    decoder.conceal(FRAME_SAMPLES, &mut out).unwrap();
                } else {
                    decoder.decode(&packet, &mut out).unwrap();
                }
            }
            assert_eq!(out.len(), 50 * FRAME_SAMPLES);
            assert!((rms(&out[20 * 960..30 * 960]) - 0.212).abs() < 0.01, "{}", rms(&out[20 * 960..30 * 960]));
            assert!(rms(&out[30 * 960..31 * 960]) > 0.15, "the gap is {}", rms(&out[30 * 960..31 * 960]));
            // The tone is a whole number of periods in what is looked back on: there is no click at either edge.
            let step = out[29 * 960..33 * 960].windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max);
            assert!(step < 0.03, "{step}");
        }
    }

    #[test]
    fn what_a_telephone_does_not_carry_is_removed() {
        let mut encoder = G711Encoder::new(Law::Mu).unwrap();
        let mut decoder = G711Decoder::new(Law::Mu).unwrap();
        let mut out = Vec::new();
        for n in 0..20 {
            decoder.decode(&encoder.encode(&tone(6_000.0, n)).unwrap(), &mut out).unwrap();
        }
        assert!(rms(&out[9_600..]) < 0.01, "{}", rms(&out[9_600..]));
    }

    #[test]
    fn a_long_loss_fades_and_hostile_packets_are_refused() {
        let mut decoder = G711Decoder::new(Law::A).unwrap();
        let mut out = Vec::new();
        assert!(matches!(decoder.decode(&[], &mut out), Err(G711Error::Empty)));
        assert!(matches!(decoder.decode(&[0; 961], &mut out), Err(G711Error::TooLarge { bytes: 961 })));
        assert!(out.is_empty());
        decoder.decode(&[0x2a; 960], &mut out).unwrap();
        out.clear();
        decoder.conceal(10 * FRAME_SAMPLES, &mut out).unwrap();
        assert_eq!(out.len(), 6 * FRAME_SAMPLES, "at most 120 ms at once");
        assert!(rms(&out[5 * 960..]) < 1e-3, "{}", rms(&out[5 * 960..]));
        let mut encoder = G711Encoder::new(Law::Mu).unwrap();
        assert_eq!(encoder.encode(&[f32::NAN; FRAME_SAMPLES]).unwrap(), [0xff; 160]);
    }
}
