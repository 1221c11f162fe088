//! What happened in a call so far, in numbers.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A snapshot of a call's counters. Audio unless said otherwise; bytes are payload.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CallStats {
    /// Packets received.
    pub packets_in: u64,
    /// Bytes received.
    pub bytes_in: u64,
    /// Packets sent.
    pub packets_out: u64,
    /// Bytes sent.
    pub bytes_out: u64,
    /// Frames that were to be sent but did not fit, or came before the call was connected.
    pub frames_unsent: u64,
    /// Packets that were lost on the way here, or came too late.
    pub packets_lost: u64,
    /// Packets that came too late.
    pub packets_late: u64,
    /// Packets dropped as duplicates.
    pub packets_duplicate: u64,
    /// Packets that were not of the codec settled on, or did not belong to the stream.
    pub packets_malformed: u64,
    /// Frames delivered to the application's queue.
    pub frames_in: u64,
    /// Of those, recovered by forward error correction.
    pub frames_recovered: u64,
    /// Of those, made up by the decoder.
    pub frames_concealed: u64,
    /// Quiet frames left out to shorten the delay.
    pub frames_trimmed: u64,
    /// Frames dropped from the full queue.
    pub frames_dropped: u64,
    /// Interarrival jitter (RFC 3550 §6.4.1).
    pub jitter: Duration,
    /// Messages received and passed on.
    pub messages_in: u64,
    /// Messages sent.
    pub messages_out: u64,
    /// Messages dropped: too large, no UTF-8 text, or more than the application fetched.
    pub messages_dropped: u64,
}

/// A number that only grows, shared between the call's tasks. (`set` is for values counted elsewhere.)
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn add(&self, n: u64) {
        self.0.fetch_add(n, Ordering::Relaxed);
    }

    pub(crate) fn set(&self, n: u64) {
        self.0.store(n, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) packets_in: Counter,
    pub(crate) bytes_in: Counter,
    pub(crate) packets_out: Counter,
    pub(crate) bytes_out: Counter,
    pub(crate) frames_unsent: Counter,
    pub(crate) packets_lost: Counter,
    pub(crate) packets_late: Counter,
    pub(crate) packets_duplicate: Counter,
    pub(crate) packets_stray: Counter,
    pub(crate) packets_malformed: Counter,
    pub(crate) frames_in: Counter,
    pub(crate) frames_recovered: Counter,
    pub(crate) frames_concealed: Counter,
    pub(crate) frames_trimmed: Counter,
    pub(crate) frames_dropped: Counter,
    pub(crate) jitter_us: Counter,
    pub(crate) messages_in: Counter,
    pub(crate) messages_out: Counter,
    pub(crate) messages_dropped: Counter,
}

impl Counters {
    pub(crate) fn snapshot(&self) -> CallStats {
        CallStats {
            packets_in: self.packets_in.get(),
            bytes_in: self.bytes_in.get(),
            packets_out: self.packets_out.get(),
            bytes_out: self.bytes_out.get(),
            frames_unsent: self.frames_unsent.get(),
            packets_lost: self.packets_lost.get(),
            packets_late: self.packets_late.get(),
            packets_duplicate: self.packets_duplicate.get(),
            packets_malformed: self.packets_malformed.get() + self.packets_stray.get(),
            frames_in: self.frames_in.get(),
            frames_recovered: self.frames_recovered.get(),
            frames_concealed: self.frames_concealed.get(),
            frames_trimmed: self.frames_trimmed.get(),
            frames_dropped: self.frames_dropped.get(),
            jitter: Duration::from_micros(self.jitter_us.get()),
            messages_in: self.messages_in.get(),
            messages_out: self.messages_out.get(),
            messages_dropped: self.messages_dropped.get(),
        }
    }
}
