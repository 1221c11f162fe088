//! The receiving half of the sound: RTP packets → jitter buffer → decoder → frames of 20 ms, in one task a call.

use std::sync::Arc;
use std::time::Duration;

use ermu_audio::FRAME_SAMPLES;
use rtc::rtp;
use tokio::time::{Instant, sleep_until};
use webrtc::media_stream::track_remote::{TrackRemote, TrackRemoteEvent};

use crate::codec::{Agreed, Decoder};
use crate::frames::{AudioFrame, FrameQueue, FrameSource};
use crate::jitter::{JitterBuffer, Packet, Playout};
use crate::stats::Counters;

/// Packets taken in a row before the clock is looked at, so that a flood cannot stop the frames.
const MAX_BURST: u32 = 64;
/// A frame whose samples all stay below this may be left out to shorten the delay (−50 dBFS).
const QUIET_PEAK: f32 = 0.003;

/// Runs until the track ends; the frames end with it. Sound is held back for `playout_delay` before the first of it is
/// played.
pub(crate) async fn run(
    track: Arc<dyn TrackRemote>,
    agreed: Agreed,
    playout_delay: Duration,
    frames: FrameQueue,
    counters: Arc<Counters>,
) {
    let decoder = match Decoder::new(agreed.codec) {
        Ok(decoder) => decoder,
        Err(error) => {
            tracing::error!(%error, "no decoder; the call stays deaf");
            return;
        }
    };
    let mut receiver = Receiver {
        agreed,
        jitter: JitterBuffer::new(playout_delay),
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
    agreed: Agreed,
    jitter: JitterBuffer,
    decoder: Decoder,
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
        let is_agreed = packet.header.payload_type == self.agreed.payload_type;
        let Some(duration_samples) = self.decoder.packet_samples(&packet.payload).filter(|_| is_agreed) else {
            self.counters.packets_malformed.add(1);
            return;
        };
        let sequence = packet.header.sequence_number;
        let timestamp = self.agreed.codec.timestamp_48khz(packet.header.timestamp);
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
            Playout::Packet(payload) => match self.decoder.decode(&payload, &mut self.pcm) {
                Ok(()) => return FrameSource::Decoded,
                Err(_) => {
                    self.counters.packets_malformed.add(1);
                    (
                        self.decoder.packet_samples(&payload).map_or(FRAME_SAMPLES, |n| n as usize),
                        FrameSource::Concealed,
                    )
                }
            },
            Playout::Lost { samples, next: Some(next) } => {
                let is_done = self.decoder.recover(&next, &mut self.pcm);
                if !is_done {
                    self.conceal(samples);
                }
                (samples, if is_done { FrameSource::Recovered } else { FrameSource::Concealed })
            }
            Playout::Lost { samples, next: None } => {
                self.conceal(samples);
                (samples, FrameSource::Concealed)
            }
            Playout::Silence { samples } => (samples, FrameSource::Silence),
        };
        // Time goes on by what the buffer says, whatever the decoder made of it.
        self.pcm.resize(before + samples.max(1), 0.0);
        source
    }

    fn conceal(&mut self, samples: usize) {
        if let Err(error) = self.decoder.conceal(samples, &mut self.pcm) {
            tracing::debug!(%error, "could not conceal a lost packet");
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::Codec;
    use bytes::Bytes;
    use tokio_util::sync::CancellationToken;

    #[test]
    fn packets_that_cannot_be_of_the_codec_are_dropped_and_counted() {
        let counters = Arc::<Counters>::default();
        let (frames, mut audio_in) = crate::frames::queue(counters.clone(), CancellationToken::new());
        let agreed = Agreed { codec: Codec::Pcmu, payload_type: 0 };
        let mut receiver = Receiver {
            agreed,
            jitter: JitterBuffer::new(crate::config::PLAYOUT_DELAY),
            decoder: Decoder::new(agreed.codec).unwrap(),
            pcm: Vec::new(),
            index: 0,
            frames,
            counters: counters.clone(),
        };
        let mut take = |payload_type: u8, sequence_number: u16, payload: Vec<u8>| {
            let timestamp = u32::from(sequence_number) * 160;
            let header = rtp::header::Header { payload_type, sequence_number, timestamp, ..Default::default() };
            receiver.take(rtp::Packet { header, payload: Bytes::from(payload) }, Duration::ZERO);
        };
        take(0, 1, vec![0x80; 160]);
        take(0, 2, Vec::new());
        take(0, 2, vec![0; 961]);
        take(111, 2, vec![0x80; 160]);
        take(0, 2, vec![0x80; 160]);
        receiver.play(Duration::from_millis(60));
        assert_eq!((counters.packets_in.get(), counters.packets_malformed.get()), (5, 3));
        let frames: Vec<_> = std::iter::from_fn(|| audio_in.try_recv()).collect();
        assert_eq!(frames.iter().map(|frame| frame.source).collect::<Vec<_>>(), [FrameSource::Decoded; 2]);
        assert!(frames[1].pcm.iter().all(|sample| *sample > 0.9), "the loudest code, heard as such");
    }
}
