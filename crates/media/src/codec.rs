//! The codecs of a call: Opus, and G.711 for what comes from the telephone.

use std::str::FromStr;

use ermu_audio::{
    FRAME_DURATION, Frame,
    g711::{self, G711Decoder, G711Encoder, G711Error, Law},
    opus::{self, OpusDecoder, OpusEncoder, OpusError, OpusOptions},
};
use rtc::peer_connection::configuration::media_engine::{MIME_TYPE_OPUS, MIME_TYPE_PCMA, MIME_TYPE_PCMU};
use rtc::rtp_transceiver::rtp_sender::{RTCRtpCodec, RTCRtpCodecParameters};

/// The clock of call frames.
const FRAME_CLOCK_HZ: u32 = 48_000;

/// How sound is coded on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Codec {
    /// Opus, 48 kHz (RFC 7587).
    Opus,
    /// G.711 μ-law, 8 kHz (RFC 3551).
    Pcmu,
    /// G.711 A-law, 8 kHz (RFC 3551).
    Pcma,
}

impl Codec {
    /// All of them, the best first.
    pub const ALL: [Self; 3] = [Self::Opus, Self::Pcmu, Self::Pcma];

    /// The name that [`FromStr`] takes.
    pub fn name(self) -> &'static str {
        match self {
            Self::Opus => "opus",
            Self::Pcmu => "pcmu",
            Self::Pcma => "pcma",
        }
    }

    /// Ticks of the RTP timestamp in a second.
    pub(crate) fn clock_hz(self) -> u32 {
        match self {
            Self::Opus => FRAME_CLOCK_HZ,
            Self::Pcmu | Self::Pcma => 8_000,
        }
    }

    /// Ticks of the RTP timestamp in a call frame.
    pub(crate) fn frame_ticks(self) -> u32 {
        self.clock_hz() * FRAME_DURATION.as_millis() as u32 / 1_000
    }

    /// An RTP timestamp in ticks of 48 kHz. That is exact where either wraps around, as both do at 2³².
    pub(crate) fn timestamp_48khz(self, timestamp: u32) -> u32 {
        timestamp.wrapping_mul(FRAME_CLOCK_HZ / self.clock_hz())
    }

    /// The payload type that the standard gives it (RFC 3551 §6); none for Opus.
    pub(crate) fn static_payload_type(self) -> Option<u8> {
        match self {
            Self::Opus => None,
            Self::Pcmu => Some(0),
            Self::Pcma => Some(8),
        }
    }

    /// The name in an rtpmap line.
    pub(crate) fn rtpmap(self) -> &'static str {
        match self {
            Self::Opus => "opus/48000/2",
            Self::Pcmu => "PCMU/8000",
            Self::Pcma => "PCMA/8000",
        }
    }

    /// True if an rtpmap line means it, such as `pcmu/8000/1`.
    pub(crate) fn is_named(self, rtpmap: &str) -> bool {
        let fields = |line: &str| {
            let mut fields = line.split('/').map(str::to_ascii_lowercase);
            (fields.next(), fields.next())
        };
        fields(rtpmap) == fields(self.rtpmap())
    }

    pub(crate) fn parameters(self) -> RTCRtpCodecParameters {
        RTCRtpCodecParameters { rtp_codec: self.capability(), payload_type: self.static_payload_type().unwrap_or(111) }
    }

    pub(crate) fn capability(self) -> RTCRtpCodec {
        let (mime_type, channels, sdp_fmtp_line) = match self {
            Self::Opus => (MIME_TYPE_OPUS, 2, "minptime=10;useinbandfec=1"),
            Self::Pcmu => (MIME_TYPE_PCMU, 0, ""),
            Self::Pcma => (MIME_TYPE_PCMA, 0, ""),
        };
        RTCRtpCodec {
            mime_type: mime_type.to_owned(),
            clock_rate: self.clock_hz(),
            channels,
            sdp_fmtp_line: sdp_fmtp_line.to_owned(),
            rtcp_feedback: Vec::new(),
        }
    }
}

/// No codec of that name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no such codec: opus, pcmu and pcma are known")]
pub struct UnknownCodec;

impl FromStr for Codec {
    type Err = UnknownCodec;

    fn from_str(name: &str) -> Result<Self, UnknownCodec> {
        Self::ALL.into_iter().find(|codec| codec.name().eq_ignore_ascii_case(name)).ok_or(UnknownCodec)
    }
}

/// What both sides settled on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Agreed {
    pub(crate) codec: Codec,
    pub(crate) payload_type: u8,
}

/// A codec that could not be made, or refused what it was given.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CodecError {
    #[error(transparent)]
    Opus(#[from] OpusError),
    #[error(transparent)]
    G711(#[from] G711Error),
}

/// Frames to packets.
pub(crate) enum Encoder {
    Opus(OpusEncoder),
    G711(Box<G711Encoder>),
}

impl Encoder {
    pub(crate) fn new(codec: Codec, options: OpusOptions) -> Result<Self, CodecError> {
        Ok(match codec {
            Codec::Opus => Self::Opus(OpusEncoder::new(options)?),
            Codec::Pcmu => Self::G711(Box::new(G711Encoder::new(Law::Mu)?)),
            Codec::Pcma => Self::G711(Box::new(G711Encoder::new(Law::A)?)),
        })
    }

    /// Goes on with other options, where the codec has any.
    pub(crate) fn adapt(&mut self, options: OpusOptions) -> Result<(), CodecError> {
        match self {
            Self::Opus(encoder) => Ok(encoder.adapt(options)?),
            Self::G711(_) => Ok(()),
        }
    }

    pub(crate) fn encode(&mut self, frame: &Frame) -> Result<Vec<u8>, CodecError> {
        Ok(match self {
            Self::Opus(encoder) => encoder.encode(frame)?,
            Self::G711(encoder) => encoder.encode(frame)?,
        })
    }
}

/// Packets to sound at 48 kHz.
pub(crate) enum Decoder {
    Opus(OpusDecoder),
    G711(Box<G711Decoder>),
}

impl Decoder {
    pub(crate) fn new(codec: Codec) -> Result<Self, CodecError> {
        Ok(match codec {
            Codec::Opus => Self::Opus(OpusDecoder::new()?),
            Codec::Pcmu => Self::G711(Box::new(G711Decoder::new(Law::Mu)?)),
            Codec::Pcma => Self::G711(Box::new(G711Decoder::new(Law::A)?)),
        })
    }

    /// Appends the packet's sound to `pcm`.
    pub(crate) fn decode(&mut self, packet: &[u8], pcm: &mut Vec<f32>) -> Result<(), CodecError> {
        match self {
            Self::Opus(decoder) => drop(decoder.decode(Some(packet), pcm)?),
            Self::G711(decoder) => decoder.decode(packet, pcm)?,
        }
        Ok(())
    }

    /// Appends about `samples` in the place of a lost packet.
    pub(crate) fn conceal(&mut self, samples: usize, pcm: &mut Vec<f32>) -> Result<(), CodecError> {
        match self {
            Self::Opus(decoder) => drop(decoder.decode(None, pcm)?),
            Self::G711(decoder) => decoder.conceal(samples, pcm)?,
        }
        Ok(())
    }

    /// Appends what the packet after a lost one holds of it; false if it holds nothing.
    pub(crate) fn recover(&mut self, next_packet: &[u8], pcm: &mut Vec<f32>) -> bool {
        match self {
            Self::Opus(decoder) => decoder.recover(next_packet, pcm).is_ok(),
            Self::G711(_) => false,
        }
    }

    /// How many samples of 48 kHz are in a packet, from its first bytes and its length; `None` if it cannot be of this
    /// codec.
    pub(crate) fn packet_samples(&self, packet: &[u8]) -> Option<u32> {
        match self {
            Self::Opus(_) => opus_packet_samples(packet),
            Self::G711(_) => {
                let is_sound = (1..=g711::MAX_PACKET_BYTES).contains(&packet.len());
                is_sound.then_some(packet.len() as u32 * FRAME_CLOCK_HZ / 8_000)
            }
        }
    }
}

/// The length of an Opus packet from its first bytes (RFC 6716 §3.1).
fn opus_packet_samples(packet: &[u8]) -> Option<u32> {
    let first = *packet.first()?;
    if packet.len() > opus::MAX_PACKET_BYTES {
        return None;
    }
    let configuration = first >> 3;
    let step = u32::from(configuration & 3);
    let frame = match configuration {
        0..12 => [480, 960, 1_920, 2_880][step as usize],
        12..16 => 480 << (step & 1),
        _ => 120 << step,
    };
    let frames = match first & 3 {
        0 => 1,
        1 | 2 => 2,
        _ => u32::from(*packet.get(1)? & 0x3f),
    };
    Some(frame * frames).filter(|samples| (1..=5_760).contains(samples))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ermu_audio::FRAME_SAMPLES;

    #[test]
    fn the_length_of_an_opus_packet_is_read_from_its_first_bytes() {
        let first = |configuration: u8, code: u8| configuration << 3 | code;
        assert_eq!(opus_packet_samples(&[first(15, 0), 1]), Some(960), "hybrid, 20 ms");
        assert_eq!(opus_packet_samples(&[first(31, 1), 1]), Some(1_920), "CELT, 2 × 20 ms");
        assert_eq!(opus_packet_samples(&[first(3, 0), 1]), Some(2_880), "SILK, 60 ms");
        assert_eq!(opus_packet_samples(&[first(28, 3), 3]), Some(360), "CELT, 3 × 2.5 ms");
        assert_eq!(opus_packet_samples(&[]), None);
        assert_eq!(opus_packet_samples(&[first(31, 3)]), None, "the count is missing");
        assert_eq!(opus_packet_samples(&[first(31, 3), 7]), None, "140 ms");
        assert_eq!(opus_packet_samples(&[first(31, 3), 0]), None, "no frame");
        assert_eq!(opus_packet_samples(&[0; opus::MAX_PACKET_BYTES + 1]), None);
    }

    #[test]
    fn an_encoded_frame_is_as_long_as_the_decoder_says() {
        for codec in Codec::ALL {
            let packet = Encoder::new(codec, OpusOptions::default()).unwrap().encode(&[0.1; FRAME_SAMPLES]).unwrap();
            let mut decoder = Decoder::new(codec).unwrap();
            assert_eq!(decoder.packet_samples(&packet), Some(FRAME_SAMPLES as u32), "{codec:?}");
            let mut pcm = Vec::new();
            decoder.decode(&packet, &mut pcm).unwrap();
            assert_eq!(pcm.len(), FRAME_SAMPLES, "{codec:?}");
        }
    }

    #[test]
    fn the_clock_of_the_telephone_wraps_around_without_a_jump() {
        let before = Codec::Pcmu.timestamp_48khz(u32::MAX - 59);
        let after = Codec::Pcmu.timestamp_48khz(100);
        assert_eq!(after.wrapping_sub(before), 160 * 6);
    }

    #[test]
    fn codecs_have_names() {
        assert_eq!("PCMU".parse(), Ok(Codec::Pcmu));
        assert_eq!("opus".parse(), Ok(Codec::Opus));
        assert_eq!("g722".parse::<Codec>(), Err(UnknownCodec));
    }
}
