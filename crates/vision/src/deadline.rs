//! When a photo has taken too long. Neither decoders nor nets can be stopped from outside: the time is asked for between steps, and
//! while a file is read. What runs in between is bounded by the limits on bytes, pixels and scans.
//!
//! It is the time that the thread ran: an honest photo on a busy machine does not become a hostile one.

use std::io::{self, BufRead, Read, Seek, SeekFrom};
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// A photo took longer than it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the photo took longer than the {} ms of CPU time that one may take", max_time.as_millis())]
pub struct TooSlow {
    /// The limit.
    pub max_time: Duration,
}

/// The moment at which a photo has to be done.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline {
    begun: Duration,
    max_time: Duration,
    clock: fn() -> Duration,
}

impl Deadline {
    /// From now on.
    pub(crate) fn after(max_time: Duration) -> Self {
        Self::on(thread_time, max_time)
    }

    /// From now on, by another clock.
    pub(crate) fn on(clock: fn() -> Duration, max_time: Duration) -> Self {
        Self { begun: clock(), max_time, clock }
    }

    /// Asks whether there is time left.
    pub(crate) fn check(&self) -> Result<(), TooSlow> {
        let took = (self.clock)().saturating_sub(self.begun);
        if took < self.max_time { Ok(()) } else { Err(TooSlow { max_time: self.max_time }) }
    }
}

/// How long this thread has run.
fn thread_time() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default()
}

/// Gives bytes as long as there is time.
#[derive(Debug)]
pub(crate) struct Timed<'a> {
    bytes: io::Cursor<&'a [u8]>,
    deadline: &'a Deadline,
}

/// Bytes that are given between two looks at the clock.
const CHUNK_BYTES: usize = 16 * 1024;

impl<'a> Timed<'a> {
    pub(crate) fn new(bytes: &'a [u8], deadline: &'a Deadline) -> Self {
        Self { bytes: io::Cursor::new(bytes), deadline }
    }

    fn check(&self) -> io::Result<()> {
        self.deadline.check().map_err(|late| io::Error::new(io::ErrorKind::TimedOut, late))
    }
}

impl Read for Timed<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.check()?;
        let most = out.len().min(CHUNK_BYTES);
        self.bytes.read(&mut out[..most])
    }
}

impl BufRead for Timed<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.check()?;
        let rest = self.bytes.fill_buf()?;
        Ok(&rest[..rest.len().min(CHUNK_BYTES)])
    }

    fn consume(&mut self, count: usize) {
        self.bytes.consume(count);
    }
}

impl Seek for Timed<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.bytes.seek(to)
    }
}

/// A clock for tests: each look at it takes a second. It runs apart in every thread.
#[cfg(test)]
pub(crate) fn ticking() -> Duration {
    use std::cell::Cell;
    thread_local! {
        static NOW: Cell<Duration> = const { Cell::new(Duration::ZERO) };
    }
    NOW.replace(NOW.get() + Duration::from_secs(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_runs_out_at_the_limit_and_not_before() {
        let deadline = Deadline::on(ticking, Duration::from_secs(3));
        assert_eq!((deadline.check(), deadline.check()), (Ok(()), Ok(())));
        assert_eq!(deadline.check(), Err(TooSlow { max_time: Duration::from_secs(3) }));
        assert_eq!(
            deadline.check().map_err(|late| late.to_string()),
            Err("the photo took longer than the 3000 ms of CPU time that one may take".to_owned())
        );
    }

    #[test]
    fn a_thread_that_works_gets_older() {
        let before = thread_time();
        let deadline = Deadline::after(Duration::ZERO);
        while thread_time() == before {}
        assert!(deadline.check().is_err());
    }

    #[test]
    fn bytes_come_in_pieces_until_the_time_is_up() {
        let bytes = vec![7; 9 * CHUNK_BYTES];
        let deadline = Deadline::on(ticking, Duration::from_secs(4));
        let mut slow = Timed::new(&bytes, &deadline);
        for _ in 0..3 {
            let piece = slow.fill_buf().unwrap().len();
            assert_eq!(piece, CHUNK_BYTES);
            slow.consume(piece);
        }
        assert_eq!(slow.fill_buf().unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert_eq!(slow.read(&mut [0; 5]).unwrap_err().kind(), io::ErrorKind::TimedOut);
    }
}
