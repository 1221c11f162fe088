//! The sending half of the sound: frames of 20 ms → packets → RTP, in the caller's own thread.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use bytes::Bytes;
use ermu_audio::{FRAME_DURATION, Frame};
use futures::FutureExt;
use rtc::rtp;
use webrtc::media_stream::track_local::TrackLocal;
use webrtc::media_stream::track_local::static_rtp::TrackLocalStaticRTP;

use crate::codec::{Agreed, CodecError, Encoder};
use crate::stats::Counters;
use crate::tuning::Tuning;

/// Quiet frames that are still sent before sending stops, so that the other side hears the sound end.
const HANGOVER_FRAMES: u32 = 10;
/// A frame whose samples all stay below this is quiet (less than one step of 16 bits).
const QUIET_PEAK: f32 = 1.0 / 32_768.0;
/// No frame for this long is a pause, and time is made up for; less is the caller's unsteady clock.
const PAUSE: Duration = Duration::from_millis(100);

/// Sends sound. One frame stands for 20 ms; the caller of [`send`](Self::send) keeps the pace.
pub struct AudioSender {
    /// Made with the first frame, when the codec is known.
    encoder: Option<Encoder>,
    tuning: Tuning,
    stream: RtpStream,
    outlet: Arc<Outlet>,
    start: Instant,
}

/// Where the sound leaves; shared with the call's supervisor, which opens and shuts it.
pub(crate) struct Outlet {
    pub(crate) track: Arc<TrackLocalStaticRTP>,
    pub(crate) ssrc: u32,
    /// Known before the outlet is opened.
    pub(crate) agreed: OnceLock<Agreed>,
    pub(crate) is_open: AtomicBool,
    pub(crate) counters: Arc<Counters>,
}

impl AudioSender {
    pub(crate) fn new(outlet: Arc<Outlet>, tuning: Tuning) -> Self {
        Self { encoder: None, tuning, stream: RtpStream::new(outlet.ssrc), outlet, start: Instant::now() }
    }

    /// Encodes and sends 20 ms; takes about 0.1 ms and never waits. Silence (of more than 200 ms) is not sent: as when
    /// this is not called at all, the other side hears a pause of that length. A frame that comes while the call is
    /// not connected, or that does not fit, is lost and counted.
    pub fn send(&mut self, frame: &Frame) {
        let quiet = frame.iter().all(|sample| sample.abs() < QUIET_PEAK);
        let Some(stamp) = self.stream.next(self.start.elapsed(), if quiet { Sound::Quiet } else { Sound::Loud }) else {
            return;
        };
        let is_open = self.outlet.is_open.load(Ordering::Acquire);
        let Some(agreed) = self.outlet.agreed.get().copied().filter(|_| is_open) else {
            self.outlet.counters.frames_unsent.add(1);
            return;
        };
        let payload = match self.encode(agreed, frame) {
            Ok(payload) => Bytes::from(payload),
            Err(error) => {
                tracing::warn!(%error, "could not encode a frame");
                self.outlet.counters.frames_unsent.add(1);
                return;
            }
        };
        let bytes = payload.len() as u64;
        let header = rtp::header::Header {
            version: 2,
            marker: stamp.marker,
            payload_type: agreed.payload_type,
            sequence_number: stamp.sequence,
            timestamp: self.stream.timestamp(stamp, agreed.codec.frame_ticks()),
            ssrc: self.outlet.ssrc,
            ..Default::default()
        };
        // Ready at once unless the driver is 256 packets behind; then the frame is lost, as sound must not wait.
        match self.outlet.track.write_rtp(rtp::Packet { header, payload }).now_or_never() {
            Some(Ok(())) => {
                self.outlet.counters.packets_out.add(1);
                self.outlet.counters.bytes_out.add(bytes);
            }
            Some(Err(_)) | None => self.outlet.counters.frames_unsent.add(1),
        }
    }

    fn encode(&mut self, agreed: Agreed, frame: &Frame) -> Result<Vec<u8>, CodecError> {
        let counters = &self.outlet.counters;
        let (received, lost) = (counters.packets_in.get(), counters.packets_lost.get());
        let has_changed = self.tuning.judge(self.start.elapsed(), received, lost);
        let encoder = match &mut self.encoder {
            Some(encoder) => encoder,
            none => none.insert(Encoder::new(agreed.codec, self.tuning.options())?),
        };
        if has_changed {
            encoder.adapt(self.tuning.options())?;
        }
        encoder.encode(frame)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sound {
    Loud,
    Quiet,
}

/// The numbers in the header of one packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    sequence: u16,
    /// Number of the frame.
    frame: u64,
    marker: bool,
}

/// Numbers the packets: sequence without gaps, timestamps that follow the clock over pauses and the frames within
/// speech, and the marker at the start of each talk spurt (RFC 3551 §4.1).
#[derive(Debug)]
struct RtpStream {
    sequence: u16,
    /// Timestamp of frame 0.
    base: u32,
    /// Number of the frame sent or left out last, 20 ms each.
    frame: Option<u64>,
    last: Duration,
    quiet_frames: u32,
    is_paused: bool,
}

impl RtpStream {
    fn new(seed: u32) -> Self {
        // Any start will do (SRTP hides it); half of the number space keeps the first rollover far away (RFC 3711).
        Self {
            sequence: (seed >> 17) as u16,
            base: seed.rotate_left(8),
            frame: None,
            last: Duration::ZERO,
            quiet_frames: 0,
            is_paused: true,
        }
    }

    /// Counts one frame handed over at `now`, and tells its numbers if it is to be sent.
    fn next(&mut self, now: Duration, sound: Sound) -> Option<Stamp> {
        let clock = (now.as_millis() / FRAME_DURATION.as_millis()) as u64;
        let frame = match self.frame {
            None => clock,
            Some(frame) if now.saturating_sub(self.last) >= PAUSE => {
                self.is_paused = true;
                clock.max(frame + 1)
            }
            Some(frame) => frame + 1,
        };
        self.frame = Some(frame);
        self.last = now;
        self.quiet_frames = if sound == Sound::Quiet { self.quiet_frames.saturating_add(1) } else { 0 };
        if self.quiet_frames > HANGOVER_FRAMES || (self.is_paused && sound == Sound::Quiet) {
            self.is_paused = true;
            return None;
        }
        self.sequence = self.sequence.wrapping_add(1);
        Some(Stamp { sequence: self.sequence, frame, marker: std::mem::take(&mut self.is_paused) })
    }

    /// The RTP timestamp, for a clock that ticks so often in a frame.
    fn timestamp(&self, stamp: Stamp, frame_ticks: u32) -> u32 {
        self.base.wrapping_add((stamp.frame as u32).wrapping_mul(frame_ticks))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(frame: u64) -> Duration {
        FRAME_DURATION * frame as u32
    }

    #[test]
    fn speech_is_numbered_without_gaps_and_marked_once() {
        let mut stream = RtpStream::new(0xffff_ffff);
        let stamps: Vec<_> = (0..200).map(|n| stream.next(at(n), Sound::Loud).unwrap()).collect();
        for (one, next) in stamps.iter().zip(&stamps[1..]) {
            assert_eq!(next.sequence, one.sequence.wrapping_add(1));
            assert_eq!(next.frame, one.frame + 1);
            let elapsed = |ticks| stream.timestamp(*next, ticks).wrapping_sub(stream.timestamp(*one, ticks));
            assert_eq!((elapsed(960), elapsed(160)), (960, 160));
        }
        assert_eq!(stamps.iter().filter(|stamp| stamp.marker).count(), 1);
        assert!(stamps[0].marker);
    }

    #[test]
    fn quiet_frames_stop_the_packets_but_not_the_time() {
        let mut stream = RtpStream::new(7);
        let first = stream.next(at(0), Sound::Loud).unwrap();
        let sent = (1..50).filter(|&n| stream.next(at(n), Sound::Quiet).is_some()).count();
        assert_eq!(sent, HANGOVER_FRAMES as usize);
        let next = stream.next(at(50), Sound::Loud).unwrap();
        assert!(next.marker);
        assert_eq!(next.frame - first.frame, 50);
        assert_eq!(next.sequence.wrapping_sub(first.sequence), HANGOVER_FRAMES as u16 + 1);
    }

    #[test]
    fn frames_that_are_not_handed_over_count_as_a_pause() {
        let mut stream = RtpStream::new(7);
        let first = stream.next(at(3), Sound::Loud).unwrap();
        let next = stream.next(at(103), Sound::Loud).unwrap();
        assert!(next.marker);
        assert_eq!(next.frame - first.frame, 100);
        assert_eq!(next.sequence, first.sequence.wrapping_add(1));
    }

    #[test]
    fn an_unsteady_clock_does_not_tear_the_speech() {
        let mut stream = RtpStream::new(7);
        let mut last = stream.next(at(0), Sound::Loud).unwrap().frame;
        for late_ms in [15, 55, 60, 79, 81, 140, 141, 142] {
            let stamp = stream.next(Duration::from_millis(late_ms), Sound::Loud).unwrap();
            assert_eq!(stamp.frame - last, 1, "at {late_ms} ms");
            assert!(!stamp.marker);
            last = stamp.frame;
        }
    }
}
