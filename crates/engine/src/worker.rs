//! A model on its own threads behind a bounded queue.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
    thread,
};

use tracing::error;

/// Jobs for a model. When the queue is full the newest job is refused: the caller hears an honest "please wait"
/// instead of an answer that comes too late.
#[derive(Debug)]
pub(crate) struct Worker<J> {
    queue: SyncSender<J>,
    waiting: Arc<AtomicUsize>,
}

impl<J> Clone for Worker<J> {
    fn clone(&self) -> Self {
        Self { queue: self.queue.clone(), waiting: Arc::clone(&self.waiting) }
    }
}

/// The queue is full, or the model's threads are gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Overloaded;

impl<J: Send + 'static> Worker<J> {
    /// Starts one thread for each of `models`; each owns its model and takes jobs until every `Worker` is dropped. A job
    /// that panics is dropped, and the thread goes on with the next: one bad sound must not make every call deaf.
    pub(crate) fn start<M: Send + 'static>(
        name: &str,
        queue_limit: usize,
        models: Vec<M>,
        run: impl Fn(&mut M, J) + Send + Clone + 'static,
    ) -> std::io::Result<Self> {
        let (queue, jobs) = sync_channel(queue_limit);
        let jobs = Arc::new(Mutex::new(jobs));
        let waiting = Arc::new(AtomicUsize::new(0));
        for (index, mut model) in models.into_iter().enumerate() {
            let (jobs, waiting, run) = (Arc::clone(&jobs), Arc::clone(&waiting), run.clone());
            thread::Builder::new().name(format!("{name}-{index}")).spawn(move || {
                while let Some(job) = next(&jobs) {
                    waiting.fetch_sub(1, Ordering::Relaxed);
                    let done = catch_unwind(AssertUnwindSafe(|| run(&mut model, job)));
                    if done.is_err() {
                        error!(thread = thread::current().name(), "a model panicked; its thread goes on");
                    }
                }
            })?;
        }
        Ok(Self { queue, waiting })
    }

    /// Queues a job, or refuses it at once.
    pub(crate) fn submit(&self, job: J) -> Result<(), Overloaded> {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        self.queue.try_send(job).map_err(|error| {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            match error {
                TrySendError::Full(_) | TrySendError::Disconnected(_) => Overloaded,
            }
        })
    }

    /// Jobs that no thread has taken yet.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }
}

/// The next job; the lock is held while waiting, so that exactly one idle thread waits on the channel.
fn next<J>(jobs: &Mutex<Receiver<J>>) -> Option<J> {
    jobs.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn a_job_that_panics_is_alone() {
        let (done, results) = channel();
        let worker = Worker::start("test", 4, vec![()], move |(), job: u32| {
            assert!(job != 1, "as the test wants");
            done.send(job).ok();
        })
        .unwrap();
        worker.submit(1).unwrap();
        worker.submit(2).unwrap();
        assert_eq!(results.recv(), Ok(2));
    }

    #[test]
    fn a_full_queue_refuses_and_the_rest_is_done() {
        let (hold, held) = channel::<()>();
        let (done, results) = channel();
        let held = Arc::new(Mutex::new(held));
        let worker = Worker::start("test", 1, vec![()], move |(), job: u32| {
            held.lock().unwrap().recv().ok();
            done.send(job).ok();
        })
        .unwrap();
        worker.submit(1).unwrap();
        while worker.waiting() > 0 {
            thread::yield_now();
        }
        worker.submit(2).unwrap();
        assert_eq!(worker.submit(3), Err(Overloaded));
        assert_eq!(worker.waiting(), 1);
        hold.send(()).unwrap();
        hold.send(()).unwrap();
        assert_eq!(results.iter().take(2).collect::<Vec<_>>(), [1, 2]);
    }
}
