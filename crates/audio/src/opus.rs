//! Opus (RFC 6716) as WebRTC uses it: 48 kHz, mono, frames of 20 ms.

use std::sync::{Mutex, PoisonError};

use crate::{FRAME_SAMPLES, Frame};

/// The largest packet that one Opus frame can be (RFC 6716 §3.4).
pub const MAX_PACKET_BYTES: usize = 1_275;
/// The longest packet: 120 ms.
const MAX_PACKET_SAMPLES: usize = 5_760;

/// Something went wrong with a packet or a codec.
#[derive(Debug, thiserror::Error)]
pub enum OpusError {
    /// The packet is larger than Opus allows.
    #[error("an Opus packet of {bytes} bytes is over the limit of {MAX_PACKET_BYTES}")]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// The packet is no Opus.
    #[error("malformed Opus packet: {0}")]
    Malformed(&'static str),
    /// The codec could not be made or broke.
    #[error("internal Opus error: {0}")]
    Internal(&'static str),
}

/// How to encode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpusOptions {
    /// Bits a second, 6,000 to 510,000; values outside are brought inside.
    pub bitrate_bps: u32,
    /// 0 to 5: CPU against quality. More than 5 doubles the cost for nothing one hears in speech, so it is lowered to 5.
    pub complexity: u8,
    /// Packets in a hundred that the network is expected to lose. Above 0, forward error correction is sent.
    pub expected_loss_percent: u8,
    /// What it is tuned for; stays as it was made.
    pub application: Application,
}

/// What an encoder is tuned for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Application {
    /// Speech on a narrow line: a model of the voice (SILK, with CELT above it), sent with error correction if loss is
    /// expected.
    Voice,
    /// Fidelity: the transform codec (CELT), which takes a third of the time and twice the bits; under expected loss of
    /// more than 5 % it changes over to the model of the voice for the sake of its error correction.
    Fidelity,
}

impl Default for OpusOptions {
    fn default() -> Self {
        Self { bitrate_bps: 32_000, complexity: 5, expected_loss_percent: 5, application: Application::Voice }
    }
}

/// PCM to packets.
pub struct OpusEncoder {
    /// Only ever used through `&mut`; the lock, which is never taken, makes what holds an encoder `Sync`.
    inner: Mutex<opus::Encoder>,
    scratch: Box<Frame>,
    packet: Box<[u8; MAX_PACKET_BYTES]>,
}

impl OpusEncoder {
    /// An encoder for speech.
    pub fn new(options: OpusOptions) -> Result<Self, OpusError> {
        let application = match options.application {
            Application::Voice => opus::Application::Voip,
            Application::Fidelity => opus::Application::Audio,
        };
        let inner = opus::Encoder::new(48_000, opus::Channels::Mono, application)
            .map_err(|e| OpusError::Internal(e.description()))?;
        let (scratch, packet) = (Box::new([0.0; FRAME_SAMPLES]), Box::new([0; MAX_PACKET_BYTES]));
        let mut encoder = Self { inner: Mutex::new(inner), scratch, packet };
        encoder.adapt(options)?;
        Ok(encoder)
    }

    /// Goes on with other options, but for the application.
    pub fn adapt(&mut self, options: OpusOptions) -> Result<(), OpusError> {
        let internal = |e: opus::Error| OpusError::Internal(e.description());
        let inner = self.inner.get_mut().unwrap_or_else(PoisonError::into_inner);
        let bitrate = options.bitrate_bps.clamp(6_000, 510_000) as i32;
        inner.set_bitrate(opus::Bitrate::Bits(bitrate)).map_err(internal)?;
        inner.set_complexity(options.complexity.min(5).into()).map_err(internal)?;
        inner.set_inband_fec(options.expected_loss_percent > 0).map_err(internal)?;
        inner.set_packet_loss_perc(options.expected_loss_percent.min(100).into()).map_err(internal)
    }

    /// Encodes 20 ms. Samples that are no numbers count as silence, samples outside of −1..1 are clipped.
    pub fn encode(&mut self, frame: &Frame) -> Result<Vec<u8>, OpusError> {
        for (to, from) in self.scratch.iter_mut().zip(frame) {
            *to = if from.is_finite() { from.clamp(-1.0, 1.0) } else { 0.0 };
        }
        let encoder = self.inner.get_mut().unwrap_or_else(PoisonError::into_inner);
        let bytes = encoder.encode_float(&self.scratch[..], &mut self.packet[..]);
        Ok(self.packet[..bytes.map_err(|e| OpusError::Internal(e.description()))?].to_vec())
    }
}

/// Packets to PCM at 48 kHz.
pub struct OpusDecoder {
    inner: opus::Decoder,
    scratch: Vec<f32>,
    /// Length of the last good packet; a lost one is taken to be as long.
    last_samples: usize,
}

impl OpusDecoder {
    /// A decoder for one stream. Stereo packets are mixed down.
    pub fn new() -> Result<Self, OpusError> {
        let inner = opus::Decoder::new(48_000, opus::Channels::Mono)
            .map_err(|e: opus::Error| OpusError::Internal(e.description()))?;
        Ok(Self { inner, scratch: vec![0.0; MAX_PACKET_SAMPLES], last_samples: FRAME_SAMPLES })
    }

    /// Appends the packet's sound (2.5 to 120 ms, 960 samples as a rule) to `output` and tells how many samples it
    /// was. `None` stands for a lost packet, which is concealed. A malformed packet is an error, and is concealed
    /// like a lost one all the same: time goes on after either.
    pub fn decode(&mut self, packet: Option<&[u8]>, output: &mut Vec<f32>) -> Result<usize, OpusError> {
        let Some(packet) = packet else { return self.conceal(output) };
        let fault = if packet.is_empty() {
            OpusError::Malformed("empty")
        } else if packet.len() > MAX_PACKET_BYTES {
            OpusError::TooLarge { bytes: packet.len() }
        } else {
            match self.inner.decode_float(packet, &mut self.scratch, false) {
                Ok(samples) => {
                    self.last_samples = samples;
                    output.extend_from_slice(&self.scratch[..samples]);
                    return Ok(samples);
                }
                Err(e) => OpusError::Malformed(e.description()),
            }
        };
        self.conceal(output)?;
        Err(fault)
    }

    /// Appends the sound of a lost packet from the error correction inside the packet after it (which must then be
    /// decoded too). Conceals if there is none inside.
    pub fn recover(&mut self, next_packet: &[u8], output: &mut Vec<f32>) -> Result<usize, OpusError> {
        if next_packet.is_empty() || next_packet.len() > MAX_PACKET_BYTES {
            return self.conceal(output);
        }
        match self.inner.decode_float(next_packet, &mut self.scratch[..self.last_samples], true) {
            Ok(samples) => {
                output.extend_from_slice(&self.scratch[..samples]);
                Ok(samples)
            }
            Err(_) => self.conceal(output),
        }
    }

    fn conceal(&mut self, output: &mut Vec<f32>) -> Result<usize, OpusError> {
        let samples = self
            .inner
            .decode_float(&[], &mut self.scratch[..self.last_samples], false)
            .map_err(|e| OpusError::Internal(e.description()))?;
        output.extend_from_slice(&self.scratch[..samples]);
        Ok(samples)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(start: usize) -> Frame {
        std::array::from_fn(|n| (std::f32::consts::TAU * 440.0 * (start + n) as f32 / 48_000.0).sin() * 0.3)
    }

    fn rms(x: &[f32]) -> f32 {
        (x.iter().map(|v| v * v).sum::<f32>() / x.len().max(1) as f32).sqrt()
    }

    #[test]
    fn a_tone_survives_and_a_lost_packet_is_bridged() {
        let mut encoder = OpusEncoder::new(OpusOptions::default()).unwrap();
        let mut decoder = OpusDecoder::new().unwrap();
        let mut out = Vec::new();
        for n in 0..50 {
            let packet = encoder.encode(&tone(n * FRAME_SAMPLES)).unwrap();
            assert!(packet.len() <= MAX_PACKET_BYTES);
            let packet = if n == 30 { None } else { Some(&packet[..]) };
            assert_eq!(decoder.decode(packet, &mut out).unwrap(), FRAME_SAMPLES);
        }
        assert_eq!(out.len(), 50 * FRAME_SAMPLES);
        assert!((rms(&out[20 * 960..30 * 960]) - 0.212).abs() < 0.03);
        assert!(rms(&out[30 * 960..31 * 960]) > 0.05, "the gap is silent");
    }

    #[test]
    fn the_cheap_codec_gives_way_to_error_correction_when_packets_are_lost() {
        let clean = OpusOptions { expected_loss_percent: 0, application: Application::Fidelity, ..Default::default() };
        let mut encoder = OpusEncoder::new(clean).unwrap();
        // The first five bits of a packet tell its mode: 16 and more are CELT (RFC 6716 §3.1).
        let mut mode = |n: usize| encoder.encode(&tone(n * FRAME_SAMPLES)).unwrap()[0] >> 3;
        assert!((0..10).all(|n| mode(n) >= 16));
        encoder.adapt(OpusOptions { expected_loss_percent: 10, ..clean }).unwrap();
        let mut decoder = OpusDecoder::new().unwrap();
        let mut out = Vec::new();
        for n in 10..40 {
            let packet = encoder.encode(&tone(n * FRAME_SAMPLES)).unwrap();
            assert!(n < 15 || packet[0] >> 3 < 16, "frame {n}");
            if n == 30 {
                continue;
            }
            if n == 31 {
                decoder.recover(&packet, &mut out).unwrap();
            }
            decoder.decode(Some(&packet), &mut out).unwrap();
        }
        assert_eq!(out.len(), 30 * FRAME_SAMPLES);
        assert!(rms(&out[20 * 960..21 * 960]) > 0.15, "{}", rms(&out[20 * 960..21 * 960]));
    }

    #[test]
    fn garbage_is_an_error_and_time_goes_on() {
        let mut decoder = OpusDecoder::new().unwrap();
        let mut seed = 1u32;
        let mut refused = 0;
        for length in (0..=80).chain([1_275, 1_276, 100_000]) {
            let packet: Vec<u8> = (0..length)
                .map(|_| {
                    seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    (seed >> 24) as u8
                })
                .collect();
            let mut out = Vec::new();
            refused += usize::from(decoder.decode(Some(&packet), &mut out).is_err());
            assert!(!out.is_empty() && out.len() <= MAX_PACKET_SAMPLES, "{length}");
            assert!(out.iter().all(|v| v.is_finite()));
            decoder.recover(&packet, &mut out).unwrap();
        }
        assert!(refused > 3, "{refused}");
    }

    #[test]
    fn samples_that_are_no_numbers_are_silence() {
        let mut encoder =
            OpusEncoder::new(OpusOptions { complexity: 99, bitrate_bps: 0, ..Default::default() }).unwrap();
        let mut decoder = OpusDecoder::new().unwrap();
        let mut out = Vec::new();
        for bad in [f32::NAN, f32::INFINITY, -1e30] {
            let packet = encoder.encode(&[bad; FRAME_SAMPLES]).unwrap();
            decoder.decode(Some(&packet), &mut out).unwrap();
        }
        assert!(out.iter().all(|v| v.is_finite()));
    }
}
