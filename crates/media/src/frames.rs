//! Received sound on its way to the application: a bounded queue that drops the oldest frame rather than wait.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ermu_audio::Frame;
use tokio::sync::Notify;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::stats::Counters;

/// Frames that wait at most: one second.
const CAPACITY: usize = 50;

/// 20 ms of received sound.
#[derive(Debug, Clone, PartialEq)]
pub struct AudioFrame {
    /// 960 samples, 48 kHz, mono.
    pub pcm: Box<Frame>,
    /// Where the sound comes from.
    pub source: FrameSource,
    /// Number of the frame since the first sound of the call: its place in media time is `index` × 20 ms. A jump tells
    /// of frames that were dropped because nobody fetched them.
    pub index: u64,
}

/// Where a frame's sound comes from, from best to worst; a frame of mixed origin shows the worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FrameSource {
    /// Decoded from its packet.
    Decoded,
    /// The packet was lost; decoded from the error correction inside the one after it.
    Recovered,
    /// The other side sends nothing (a pause): digital silence.
    Silence,
    /// The packet was lost; the decoder made up the sound.
    Concealed,
}

/// The receiving end. Frames come in order, one for every 20 ms since the first packet, whether packets come or not.
/// Dropping it ends the call.
#[derive(Debug)]
pub struct AudioReceiver {
    queue: Arc<Queue>,
    _hang_up: DropGuard,
}

/// The filling end; the receiver ends when it is dropped.
#[derive(Debug)]
pub(crate) struct FrameQueue {
    queue: Arc<Queue>,
    counters: Arc<Counters>,
}

#[derive(Debug, Default)]
struct Queue {
    frames: Mutex<State>,
    filled: Notify,
}

#[derive(Debug, Default)]
struct State {
    frames: VecDeque<AudioFrame>,
    is_closed: bool,
}

/// A queue whose receiving end cancels `hang_up` when it is dropped.
pub(crate) fn queue(counters: Arc<Counters>, hang_up: CancellationToken) -> (FrameQueue, AudioReceiver) {
    let queue = Arc::<Queue>::default();
    (FrameQueue { queue: queue.clone(), counters }, AudioReceiver { queue, _hang_up: hang_up.drop_guard() })
}

impl AudioReceiver {
    /// The next frame; `None` once the call has ended and all frames are fetched. Cancel safe.
    pub async fn recv(&mut self) -> Option<AudioFrame> {
        loop {
            let filled = self.queue.filled.notified();
            {
                let mut state = self.queue.lock();
                if let Some(frame) = state.frames.pop_front() {
                    return Some(frame);
                }
                if state.is_closed {
                    return None;
                }
            }
            filled.await;
        }
    }

    /// The next frame if one is there.
    pub fn try_recv(&mut self) -> Option<AudioFrame> {
        self.queue.lock().frames.pop_front()
    }
}

impl FrameQueue {
    pub(crate) fn push(&self, frame: AudioFrame) {
        let mut state = self.queue.lock();
        if state.frames.len() == CAPACITY {
            state.frames.pop_front();
            self.counters.frames_dropped.add(1);
        }
        state.frames.push_back(frame);
        drop(state);
        self.queue.filled.notify_one();
    }
}

impl Drop for FrameQueue {
    fn drop(&mut self) {
        self.queue.lock().is_closed = true;
        self.queue.filled.notify_one();
    }
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.frames.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(index: u64) -> AudioFrame {
        AudioFrame { pcm: Box::new([0.0; ermu_audio::FRAME_SAMPLES]), source: FrameSource::Decoded, index }
    }

    #[tokio::test]
    async fn a_slow_reader_loses_the_oldest_frames_and_the_end_comes_after_the_rest() {
        let counters = Arc::<Counters>::default();
        let (filler, mut receiver) = queue(counters.clone(), CancellationToken::new());
        for index in 0..60 {
            filler.push(frame(index));
        }
        drop(filler);
        let mut indices = Vec::new();
        while let Some(frame) = receiver.recv().await {
            indices.push(frame.index);
        }
        assert_eq!(indices, (10..60).collect::<Vec<_>>());
        assert_eq!(counters.frames_dropped.get(), 10);
    }
}
