//! The call's event log: written behind the call, made durable on request.

use ermu_dialogue::{Effect, Event};
use ermu_domain::{SessionId, SessionTime};
use ermu_store::{LoggedEvent, Store};
use tokio::sync::{mpsc, oneshot};
use tracing::warn;

/// Entries that may wait for the disk: some minutes of a call.
const QUEUE_LIMIT: usize = 4096;

enum Entry {
    Event(LoggedEvent),
    Flush(oneshot::Sender<()>),
}

/// Where a session writes what happened.
#[derive(Clone)]
pub(crate) struct EventLog {
    queue: mpsc::Sender<Entry>,
}

impl EventLog {
    /// Opens the log of a session; what is written is stored in batches.
    pub(crate) fn open(store: Store, session: SessionId) -> Self {
        let (queue, entries) = mpsc::channel(QUEUE_LIMIT);
        tokio::spawn(write(store, session, entries));
        Self { queue }
    }

    pub(crate) fn event(&self, seq: u64, at: SessionTime, event: &Event) {
        self.append(seq, at, "event", serde_json::to_string(event));
    }

    pub(crate) fn effect(&self, seq: u64, at: SessionTime, effect: &Effect) {
        self.append(seq, at, "effect", serde_json::to_string(effect));
    }

    /// Returns when all that was written so far is stored (or could not be, which is in the log of the server).
    pub(crate) async fn flush(&self) {
        let (done, stored) = oneshot::channel();
        if self.queue.send(Entry::Flush(done)).await.is_ok() {
            stored.await.ok();
        }
    }

    fn append(&self, seq: u64, at: SessionTime, kind: &str, json: serde_json::Result<String>) {
        let entry = match json {
            Ok(json) => Entry::Event(LoggedEvent { seq, at, kind: kind.to_owned(), json }),
            Err(error) => return warn!(%error, "an event has no JSON form"),
        };
        // A disk that is minutes behind loses the log, not the call.
        if self.queue.try_send(entry).is_err() {
            warn!(seq, "the event log is full: entry lost");
        }
    }
}

async fn write(store: Store, session: SessionId, mut entries: mpsc::Receiver<Entry>) {
    let mut batch = Vec::new();
    while entries.recv_many(&mut batch, QUEUE_LIMIT).await > 0 {
        let mut events = Vec::new();
        let mut waiting = Vec::new();
        for entry in batch.drain(..) {
            match entry {
                Entry::Event(event) => events.push(event),
                Entry::Flush(done) => waiting.push(done),
            }
        }
        if let Err(error) = store.append_events(session, &events).await {
            warn!(%error, %session, lost = events.len(), "the event log could not be written");
        }
        for done in waiting {
            done.send(()).ok();
        }
    }
}
