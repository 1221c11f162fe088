//! Counters and latencies since the start of the process.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use ermu_store::OpenEffects;

/// Upper bounds of the latency buckets, in milliseconds.
pub const LATENCY_BUCKETS_MS: [u64; 10] = [50, 100, 200, 300, 500, 800, 1200, 2000, 5000, 10_000];

/// Declares the counters once: the live ones, their snapshot, and their names and help for `/metrics`.
macro_rules! counters {
    ($($(#[doc = $help:literal])* $name:ident),* $(,)?) => {
        #[derive(Debug, Default)]
        pub(crate) struct Metrics {
            $(pub(crate) $name: Counter,)*
            pub(crate) answer: Latency,
            pub(crate) transcript: Latency,
            pub(crate) photo: Latency,
            pub(crate) effects_open: Gauge,
        }

        impl Metrics {
            /// Name, help and value of every counter.
            pub(crate) fn counters(&self) -> Vec<(&'static str, &'static str, u64)> {
                vec![$((stringify!($name), concat!($($help),*), self.$name.get())),*]
            }
        }
    };
}

counters! {
    /// Calls that were accepted.
    calls_accepted,
    /// Calls that were refused because all lines were taken.
    calls_refused,
    /// Calls that ended.
    calls_ended,
    /// Caller's turns that were transcribed.
    turns,
    /// Turns in which there were no words.
    turns_without_words,
    /// Transcriptions that failed or were refused by a full queue.
    transcriptions_failed,
    /// Calls from which no sound came for a while.
    lines_silent,
    /// Photos that came in.
    photos,
    /// Photos that could not be looked at.
    photos_failed,
    /// Tickets made durable.
    tickets_stored,
    /// Tickets that could not be made durable.
    tickets_failed,
    /// Things that tickets asked for and that were carried out.
    effects_done,
    /// Attempts to carry something out that failed and will be repeated.
    effects_failed,
    /// Things that could not be carried out: a person has to see to them.
    effects_given_up,
    /// Answers of the language model.
    model_answers,
    /// Questions to the language model that were given up.
    model_failures,
}

/// A number that only grows.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn add_one(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// How many effects were open when the outbox was last looked at.
#[derive(Debug, Default)]
pub(crate) struct Gauge(Mutex<OpenEffects>);

impl Gauge {
    pub(crate) fn set(&self, open: OpenEffects) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = open;
    }

    pub(crate) fn get(&self) -> OpenEffects {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A histogram of durations.
#[derive(Debug, Default)]
pub(crate) struct Latency {
    buckets: [AtomicU64; LATENCY_BUCKETS_MS.len() + 1],
    sum_us: AtomicU64,
}

impl Latency {
    pub(crate) fn record(&self, duration: Duration) {
        let millis = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        let bucket = LATENCY_BUCKETS_MS.iter().position(|&bound| millis <= bound).unwrap_or(LATENCY_BUCKETS_MS.len());
        self.buckets[bucket].fetch_add(1, Ordering::Relaxed);
        self.sum_us.fetch_add(u64::try_from(duration.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    fn snapshot(&self) -> LatencySnapshot {
        LatencySnapshot {
            buckets: self.buckets.iter().map(|bucket| bucket.load(Ordering::Relaxed)).collect(),
            sum: Duration::from_micros(self.sum_us.load(Ordering::Relaxed)),
        }
    }
}

/// A histogram at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LatencySnapshot {
    /// How many durations fell into each bucket of [`LATENCY_BUCKETS_MS`]; the last one holds the longer ones.
    pub buckets: Vec<u64>,
    /// Sum of all durations.
    pub sum: Duration,
}

/// All metrics at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetricsSnapshot {
    /// Name, help and value of every counter.
    pub counters: Vec<(&'static str, &'static str, u64)>,
    /// Calls on the line now.
    pub calls_active: usize,
    /// What tickets asked for and is not done.
    pub effects: OpenEffects,
    /// Model queues: name and jobs waiting.
    pub queues: Vec<(&'static str, usize)>,
    /// Name, help and histogram of every latency.
    pub latencies: Vec<(&'static str, &'static str, LatencySnapshot)>,
}

impl Metrics {
    pub(crate) fn snapshot(&self, calls_active: usize, queues: Vec<(&'static str, usize)>) -> MetricsSnapshot {
        MetricsSnapshot {
            counters: self.counters(),
            calls_active,
            effects: self.effects_open.get(),
            queues,
            latencies: vec![
                (
                    "answer_latency",
                    "From the end of the caller's voice to the first sound of the answer.",
                    self.answer.snapshot(),
                ),
                ("transcript_latency", "From asking for a transcript to having it.", self.transcript.snapshot()),
                ("photo_latency", "From a photo's arrival to its report.", self.photo.snapshot()),
            ],
        }
    }
}
