//! How many threads a transcription may use: another core's time only if that core has nothing else to do.
//!
//! ggml's threads spin while they wait for each other. On an idle machine a second thread nearly halves the time to the
//! words; on a busy one it takes time from other calls and makes this one slower too.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// More threads gain little on utterances of a few seconds.
const MOST_THREADS: i32 = 2;

/// Counts the transcriptions that go on at the same time.
#[derive(Debug, Clone, Default)]
pub(super) struct Running(Arc<AtomicUsize>);

/// One of them, until it is dropped.
pub(super) struct Transcription<'a>(&'a AtomicUsize);

impl Running {
    pub(super) fn begin(&self) -> Transcription<'_> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Transcription(&self.0)
    }

    /// Threads for the transcription that begins a decoding now.
    pub(super) fn threads(&self) -> i32 {
        let alone = self.0.load(Ordering::Relaxed) <= 1;
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        // Only Linux tells what is going on; elsewhere one thread is safe.
        let runnable = std::fs::read_to_string("/proc/loadavg").ok().and_then(|text| runnable(&text));
        match runnable {
            Some(runnable) if alone && runnable < cores => MOST_THREADS,
            _ => 1,
        }
    }
}

impl Drop for Transcription<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Threads of the whole machine that run or could, this one among them: the numerator of the fourth field of
/// `/proc/loadavg`.
fn runnable(loadavg: &str) -> Option<usize> {
    loadavg.split_whitespace().nth(3)?.split_once('/')?.0.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_tells_what_runs() {
        assert_eq!(runnable("0.52 0.41 0.30 2/345 12345\n"), Some(2));
        assert_eq!(runnable("0.52"), None);
    }

    #[test]
    fn two_at_once_use_one_thread_each() {
        let running = Running::default();
        let _first = running.begin();
        let second = running.begin();
        assert_eq!(running.threads(), 1);
        drop(second);
        assert!((1..=MOST_THREADS).contains(&running.threads()));
    }
}
