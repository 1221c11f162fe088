//! The jitter buffer: RTP packets in any order in, one decision for each stretch of media time out.
//!
//! A pure value. Time is passed in as the span since any fixed moment. Playing out is paced by the clock, one frame
//! for every 20 ms: what is not there when it is due is concealed. A stretch that was filled because the buffer ran
//! empty does not use up media time, so that a packet that comes late is still heard, after a longer delay; when the
//! next packet shows that the time did pass (a pause of the sender, a loss), the fill counts for it.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use ermu_audio::{FRAME_DURATION, FRAME_SAMPLES};

/// The clock of frames, and of Opus over RTP (RFC 7587); other timestamps are scaled to it.
const CLOCK_HZ: u64 = 48_000;
const FRAME: i64 = FRAME_SAMPLES as i64;
/// Packets held at most: one second of them.
const CAPACITY: usize = 50;
/// Sequence steps up to which a packet is believed (RFC 3550, appendix A.1).
const MAX_DROPOUT: i64 = 3_000;
const MAX_MISORDER: i64 = 100;
/// A gap longer than this, beyond what was filled already, is a jump of the sender's clock and not a pause.
const MAX_GAP: i64 = CLOCK_HZ as i64;
/// Frames in a row that are worth concealing; after them comes silence.
const MAX_CONCEALED_FRAMES: i64 = 3;
/// Frames over which the least depth is taken.
const DEPTH_WINDOW: u32 = 50;

/// One packet of sound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Packet {
    /// RTP sequence number.
    pub(crate) sequence: u16,
    /// RTP timestamp, scaled to 48 kHz samples.
    pub(crate) timestamp: u32,
    /// How many 48 kHz samples are in it.
    pub(crate) duration_samples: u32,
    /// The coded sound.
    pub(crate) payload: Bytes,
}

/// What became of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Inserted {
    /// It waits for its turn.
    Queued,
    /// It was there before and is dropped.
    Duplicate,
    /// Its turn has passed; it is dropped.
    Late,
    /// Its sequence number is far off and it is dropped; if the next one follows it, the stream has started anew.
    Stray,
}

/// What to play next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Playout {
    /// Decode this packet.
    Packet(Bytes),
    /// Conceal a packet of this many samples, from the error correction inside the packet after it where that is
    /// there (it will be played next).
    Lost {
        /// Samples to conceal.
        samples: usize,
        /// The packet after the lost one.
        next: Option<Bytes>,
    },
    /// The sender paused: this many samples of silence.
    Silence {
        /// Samples of silence.
        samples: usize,
    },
}

/// Counters of the buffer; all only grow, but for the jitter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct JitterStats {
    /// Packets that never came, or came too late.
    pub(crate) lost: u64,
    /// Packets that came too late.
    pub(crate) late: u64,
    /// Packets that came again.
    pub(crate) duplicates: u64,
    /// Packets with a sequence number far off.
    pub(crate) strays: u64,
    /// Packets pushed out of the full buffer.
    pub(crate) overflowed: u64,
    /// Interarrival jitter (RFC 3550 §6.4.1) in 48 kHz samples.
    pub(crate) jitter_samples: u32,
}

/// The buffer. See the module's text.
#[derive(Debug)]
pub(crate) struct JitterBuffer {
    target: i64,
    waiting: BTreeMap<i64, Held>,
    position: Option<Position>,
    /// Sequence number of a stray; the one after it restarts the stream.
    stray: Option<u16>,
    due: Option<Duration>,
    window: DepthWindow,
    /// Arrival minus timestamp of the packet before, in samples, for the jitter.
    transit: Option<i64>,
    jitter: f64,
    stats: JitterStats,
}

#[derive(Debug)]
struct Held {
    timestamp: i64,
    samples: i64,
    payload: Bytes,
}

/// Where the stream is, in unwrapped numbers.
#[derive(Debug)]
struct Position {
    /// Highest sequence number seen, and which of the 64 up to it were seen.
    highest: i64,
    seen: u64,
    /// Timestamp of the packet inserted last, to unwrap the next.
    last_timestamp: i64,
    /// What is due next.
    next_sequence: i64,
    next_timestamp: i64,
    /// Samples filled since the buffer ran empty.
    filled: i64,
    /// Samples of the packet played last; a missing one is taken to be as long.
    unit: i64,
    played: bool,
}

#[derive(Debug)]
struct DepthWindow {
    ticks: u32,
    least: i64,
    /// Least depth of the last full window.
    settled: i64,
}

impl JitterBuffer {
    /// A buffer that holds sound back for `target` (rounded up to whole frames) before it plays the first of it.
    pub(crate) fn new(target: Duration) -> Self {
        let frames = target.as_millis().div_ceil(FRAME_DURATION.as_millis()).clamp(1, 25) as i64;
        Self {
            target: frames * FRAME,
            waiting: BTreeMap::new(),
            position: None,
            stray: None,
            due: None,
            window: DepthWindow { ticks: 0, least: i64::MAX, settled: 0 },
            transit: None,
            jitter: 0.0,
            stats: JitterStats::default(),
        }
    }

    /// When the next frame is due; `None` before the first packet.
    pub(crate) fn due(&self) -> Option<Duration> {
        self.due
    }

    /// True if a frame is due at `now`, which is then expected to be taken. After a stall of this process longer than
    /// a second the missed frames are not made up for.
    pub(crate) fn tick(&mut self, now: Duration) -> bool {
        let Some(due) = self.due.filter(|due| *due <= now) else { return false };
        self.due = Some(if now - due > Duration::from_secs(1) { now } else { due } + FRAME_DURATION);
        let depth = self.depth();
        let window = &mut self.window;
        window.least = window.least.min(depth);
        window.ticks += 1;
        if window.ticks == DEPTH_WINDOW {
            *window = DepthWindow { ticks: 0, least: i64::MAX, settled: window.least };
        }
        true
    }

    /// True if the buffer has held more than it needs for a second. The caller may then leave out a frame in which
    /// nobody speaks, and says so by [`trimmed`](Self::trimmed).
    pub(crate) fn has_excess(&self) -> bool {
        self.window.settled >= self.target + 2 * FRAME && self.depth() > self.target
    }

    /// One frame was left out.
    pub(crate) fn trimmed(&mut self) {
        self.window.settled -= FRAME;
    }

    /// The counters so far.
    pub(crate) fn stats(&self) -> JitterStats {
        JitterStats { jitter_samples: self.jitter as u32, ..self.stats }
    }

    /// Takes a packet that arrived at `now`.
    pub(crate) fn insert(&mut self, packet: Packet, now: Duration) -> Inserted {
        let Some(position) = &mut self.position else {
            self.start(&packet);
            self.due = Some(now + FRAME_DURATION * (self.target / FRAME) as u32);
            self.measure(packet.timestamp.into(), now);
            return self.hold(packet);
        };
        let step = i64::from(packet.sequence.wrapping_sub(position.highest as u16) as i16);
        if !(-MAX_MISORDER..=MAX_DROPOUT).contains(&step) {
            if self.stray.is_some_and(|stray| packet.sequence == stray.wrapping_add(1)) {
                self.restart(&packet);
                return self.hold(packet);
            }
            self.stray = Some(packet.sequence);
            self.stats.strays += 1;
            return Inserted::Stray;
        }
        self.stray = None;
        let sequence = position.highest + step;
        if step > 0 {
            position.seen = position.seen.checked_shl(step as u32).unwrap_or(0);
            position.highest = sequence;
        }
        let bit = 1u64.checked_shl((position.highest - sequence) as u32).unwrap_or(0);
        if position.seen & bit != 0 || self.waiting.contains_key(&sequence) {
            self.stats.duplicates += 1;
            return Inserted::Duplicate;
        }
        position.seen |= bit;
        let change = packet.timestamp.wrapping_sub(position.last_timestamp as u32) as i32;
        let timestamp = position.last_timestamp + i64::from(change);
        if sequence < position.next_sequence {
            if position.played {
                self.stats.late += 1;
                return Inserted::Late;
            }
            // Before the first frame is played, an earlier packet still moves the start.
            position.next_sequence = sequence;
            position.next_timestamp = timestamp;
        }
        position.last_timestamp = timestamp;
        if step > 0 {
            self.measure(timestamp, now);
        }
        self.hold_at(sequence, timestamp, packet)
    }

    /// What to play next. To be called when [`tick`](Self::tick) says so, and again until the frame is full.
    pub(crate) fn pull(&mut self) -> Playout {
        let Some(position) = &mut self.position else { return Playout::Silence { samples: FRAME_SAMPLES } };
        position.played = true;
        let Some((&sequence, head)) = self.waiting.first_key_value() else {
            position.filled += position.unit;
            let samples = position.unit as usize;
            return if position.filled <= MAX_CONCEALED_FRAMES * FRAME {
                Playout::Lost { samples, next: None }
            } else {
                Playout::Silence { samples }
            };
        };
        let missing = sequence - position.next_sequence;
        let mut gap = head.timestamp - position.next_timestamp;
        if gap < 0 || gap > position.filled + MAX_GAP {
            gap = 0;
        }
        if position.filled > 0 {
            let paused = position.filled > MAX_CONCEALED_FRAMES * FRAME;
            gap = (gap - position.filled).max(0);
            position.filled = 0;
            if missing == 0 && paused {
                // After a pause the delay is kept if it is about the target, and comes back to it if not.
                let least = (self.target - depth(&self.waiting, head.timestamp)).max(0);
                gap = gap.clamp(least, self.target);
            }
        }
        position.next_timestamp = head.timestamp - gap;
        if gap > 0 {
            let samples = gap.min(position.unit);
            position.next_timestamp += samples;
            let is_lost = missing > 0 && gap <= missing.saturating_add(1) * position.unit;
            let next = (gap <= position.unit).then(|| head.payload.clone());
            let samples = samples as usize;
            return if is_lost { Playout::Lost { samples, next } } else { Playout::Silence { samples } };
        }
        position.unit = head.samples.max(1);
        position.next_timestamp = head.timestamp + head.samples;
        position.next_sequence = sequence + 1;
        self.stats.lost += missing.max(0) as u64;
        let head = head.payload.clone();
        self.waiting.pop_first();
        Playout::Packet(head)
    }

    /// Samples waiting, from what is due next to the end of the newest packet.
    fn depth(&self) -> i64 {
        self.position.as_ref().map_or(0, |position| depth(&self.waiting, position.next_timestamp))
    }

    fn start(&mut self, packet: &Packet) {
        let (sequence, timestamp) = (i64::from(packet.sequence), i64::from(packet.timestamp));
        self.position = Some(Position {
            highest: sequence,
            seen: 1,
            last_timestamp: timestamp,
            next_sequence: sequence,
            next_timestamp: timestamp,
            filled: 0,
            unit: i64::from(packet.duration_samples).max(1),
            played: false,
        });
    }

    fn restart(&mut self, packet: &Packet) {
        self.waiting.clear();
        self.stray = None;
        self.transit = None;
        self.start(packet);
        if let Some(position) = &mut self.position {
            position.next_timestamp -= self.target;
        }
    }

    fn hold(&mut self, packet: Packet) -> Inserted {
        self.hold_at(packet.sequence.into(), packet.timestamp.into(), packet)
    }

    fn hold_at(&mut self, sequence: i64, timestamp: i64, packet: Packet) -> Inserted {
        let held = Held { timestamp, samples: packet.duration_samples.into(), payload: packet.payload };
        self.waiting.insert(sequence, held);
        if self.waiting.len() > CAPACITY
            && let Some((sequence, oldest)) = self.waiting.pop_first()
        {
            self.stats.overflowed += 1;
            if let Some(position) = &mut self.position {
                position.next_sequence = sequence + 1;
                position.next_timestamp = oldest.timestamp + oldest.samples;
            }
        }
        Inserted::Queued
    }

    fn measure(&mut self, timestamp: i64, now: Duration) {
        let arrival = (now.as_micros() as u64 * 6 / 125) as i64;
        let transit = arrival - timestamp;
        if let Some(before) = self.transit.replace(transit) {
            let change = (transit - before).unsigned_abs().min(CLOCK_HZ) as f64;
            self.jitter += (change - self.jitter) / 16.0;
        }
    }
}

fn depth(waiting: &BTreeMap<i64, Held>, from_timestamp: i64) -> i64 {
    waiting.last_key_value().map_or(0, |(_, held)| (held.timestamp + held.samples - from_timestamp).max(0))
}

#[cfg(test)]
mod tests;
