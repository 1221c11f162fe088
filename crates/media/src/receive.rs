//! The receiving half of the sound: RTP packets → jitter buffer → Opus decoder → frames of 20 ms, in one task a call.

use std::sync::Arc;
use std::time::Duration;

use ermu_audio::FRAME_SAMPLES;
use ermu_audio::opus::{MAX_PACKET_BYTES, OpusDecoder};
use rtc::rtp;
use tokio::time::{Instant, sleep_until};
use webrtc::media_stream::track_remote::{TrackRemote, TrackRemoteEvent};

use crate::frames::{AudioFrame, FrameQueue, FrameSource};
use crate::jitter::{JitterBuffer, Packet, Playout};
use crate::stats::Counters;

/// Sound held back before the first of it is played; what the network's jitter asks beyond this comes by itself.
const TARGET_DELAY: Duration = Duration::from_millis(40);
/// Packets taken in a row before the clock is looked at, so that a flood cannot stop the frames.
const MAX_BURST: u32 = 64;
/// A frame whose samples all stay below this may be left out to shorten the delay (−50 dBFS).
const QUIET_PEAK: f32 = 0.003;

/// Runs until the track ends; the frames end with it.
pub(crate) async fn run(track: Arc<dyn TrackRemote>, frames: FrameQueue, counters: Arc<Counters>) {
    let decoder = match OpusDecoder::new() {
        Ok(decoder) => decoder,
        Err(error) => {
            tracing::error!(%error, "no Opus decoder; the call stays deaf");
            return;
        }
    };
    let mut receiver = Receiver {
        jitter: JitterBuffer::new(TARGET_DELAY),
        decoder,
        pcm: Vec::with_capacity(4 * FRAME_SAMPLES),
        index: 0,
        frames,
        counters,
    };
    let start = Instant::now();
    let timer = sleep_until(start);
    tokio::pin!(timer);
    let mut burst = 0;
    loop {
        let is_ticking = receiver.jitter.due().is_some();
        tokio::select! {
            biased;
            event = track.poll(), if burst < MAX_BURST => match event {
                Some(TrackRemoteEvent::OnRtpPacket(packet)) => {
                    burst += 1;
                    receiver.take(packet, start.elapsed());
                    if !is_ticking && let Some(due) = receiver.jitter.due() {
                        timer.as_mut().reset(start + due);
                    }
                }
                Some(TrackRemoteEvent::OnEnded) | None => return,
                Some(_) => {}
            },
            () = &mut timer, if is_ticking => {
                burst = 0;
                receiver.play(start.elapsed());
                if let Some(due) = receiver.jitter.due() {
                    timer.as_mut().reset(start + due);
                }
            }
        }
    }
}

struct Receiver {
    jitter: JitterBuffer,
    decoder: OpusDecoder,
    /// Decoded samples that do not fill a frame yet.
    pcm: Vec<f32>,
    index: u64,
    frames: FrameQueue,
    counters: Arc<Counters>,
}

impl Receiver {
    fn take(&mut self, packet: rtp::Packet, now: Duration) {
        self.counters.packets_in.add(1);
        self.counters.bytes_in.add(packet.payload.len() as u64);
        let Some(duration_samples) = packet_samples(&packet.payload) else {
            self.counters.packets_malformed.add(1);
            return;
        };
        let (sequence, timestamp) = (packet.header.sequence_number, packet.header.timestamp);
        self.jitter.insert(Packet { sequence, timestamp, duration_samples, payload: packet.payload }, now);
    }

    fn play(&mut self, now: Duration) {
        while self.jitter.tick(now) {
            let mut frame = self.frame();
            if self.jitter.has_excess() && frame.pcm.iter().all(|sample| sample.abs() < QUIET_PEAK) {
                self.jitter.trimmed();
                self.counters.frames_trimmed.add(1);
                frame = self.frame();
            }
            self.deliver(frame);
        }
        let stats = self.jitter.stats();
        self.counters.packets_lost.set(stats.lost);
        self.counters.packets_late.set(stats.late + stats.overflowed);
        self.counters.packets_duplicate.set(stats.duplicates);
        self.counters.packets_stray.set(stats.strays);
        self.counters.jitter_us.set(u64::from(stats.jitter_samples) * 125 / 6);
    }

    fn frame(&mut self) -> AudioFrame {
        let mut source = FrameSource::Decoded;
        while self.pcm.len() < FRAME_SAMPLES {
            source = source.max(self.stretch());
        }
        let mut pcm = Box::new([0.0; FRAME_SAMPLES]);
        pcm.copy_from_slice(&self.pcm[..FRAME_SAMPLES]);
        self.pcm.drain(..FRAME_SAMPLES);
        AudioFrame { pcm, source, index: self.index }
    }

    /// Decodes the next stretch.
    fn stretch(&mut self) -> FrameSource {
        let before = self.pcm.len();
        let (samples, source) = match self.jitter.pull() {
            Playout::Packet(payload) => match self.decoder.decode(Some(&payload), &mut self.pcm) {
                Ok(_) => return FrameSource::Decoded,
                Err(_) => {
                    self.counters.packets_malformed.add(1);
                    (packet_samples(&payload).map_or(FRAME_SAMPLES, |n| n as usize), FrameSource::Concealed)
                }
            },
            Playout::Lost { samples, next: Some(next) } => {
                let is_done = self.decoder.recover(&next, &mut self.pcm).is_ok();
                (samples, if is_done { FrameSource::Recovered } else { FrameSource::Concealed })
            }
            Playout::Lost { samples, next: None } => {
                if let Err(error) = self.decoder.decode(None, &mut self.pcm) {
                    tracing::debug!(%error, "could not conceal a lost packet");
                }
                (samples, FrameSource::Concealed)
            }
            Playout::Silence { samples } => (samples, FrameSource::Silence),
        };
        // Time goes on by what the buffer says, whatever the decoder made of it.
        self.pcm.resize(before + samples.max(1), 0.0);
        source
    }

    fn deliver(&mut self, mut frame: AudioFrame) {
        frame.index = self.index;
        self.index += 1;
        self.counters.frames_in.add(1);
        match frame.source {
            FrameSource::Recovered => self.counters.frames_recovered.add(1),
            FrameSource::Concealed => self.counters.frames_concealed.add(1),
            FrameSource::Decoded | FrameSource::Silence => {}
        }
        self.frames.push(frame);
    }
}

/// How many 48 kHz samples are in an Opus packet, from its first bytes (RFC 6716 §3.1); `None` if it cannot be Opus.
fn packet_samples(packet: &[u8]) -> Option<u32> {
    let first = *packet.first()?;
    if packet.len() > MAX_PACKET_BYTES {
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

    #[test]
    fn the_length_of_a_packet_is_read_from_its_first_bytes() {
        let first = |configuration: u8, code: u8| configuration << 3 | code;
        assert_eq!(packet_samples(&[first(15, 0), 1]), Some(960), "hybrid, 20 ms");
        assert_eq!(packet_samples(&[first(31, 1), 1]), Some(1_920), "CELT, 2 × 20 ms");
        assert_eq!(packet_samples(&[first(3, 0), 1]), Some(2_880), "SILK, 60 ms");
        assert_eq!(packet_samples(&[first(28, 3), 3]), Some(360), "CELT, 3 × 2.5 ms");
        assert_eq!(packet_samples(&[]), None);
        assert_eq!(packet_samples(&[first(31, 3)]), None, "the count is missing");
        assert_eq!(packet_samples(&[first(31, 3), 7]), None, "140 ms");
        assert_eq!(packet_samples(&[first(31, 3), 0]), None, "no frame");
        assert_eq!(packet_samples(&[0; MAX_PACKET_BYTES + 1]), None);
    }

    #[test]
    fn an_encoded_frame_is_as_long_as_the_decoder_says() {
        use ermu_audio::opus::{OpusEncoder, OpusOptions};
        let packet = OpusEncoder::new(OpusOptions::default()).unwrap().encode(&[0.1; FRAME_SAMPLES]).unwrap();
        let mut pcm = Vec::new();
        let decoded = OpusDecoder::new().unwrap().decode(Some(&packet), &mut pcm).unwrap();
        assert_eq!(packet_samples(&packet), Some(decoded as u32));
    }
}
