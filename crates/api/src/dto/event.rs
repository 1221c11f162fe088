//! The event log of a call.

use ermu_engine::LoggedEvent;
use serde::Serialize;
use serde_json::value::RawValue;

/// All that happened in a call, in order.
#[derive(Debug, Serialize)]
pub struct Events {
    /// The events and effects.
    pub events: Vec<Event>,
}

/// Something that happened, or that the dialogue asked for.
#[derive(Debug, Serialize)]
pub struct Event {
    /// Number in the call, from 1.
    pub seq: u64,
    /// When, in microseconds since the call began.
    pub at_us: u64,
    /// `event` (it happened to the dialogue) or `effect` (the dialogue asked for it).
    pub kind: String,
    /// The stored form, as it is: of the version of Ermu that wrote it.
    pub data: Box<RawValue>,
}

impl From<Vec<LoggedEvent>> for Events {
    fn from(log: Vec<LoggedEvent>) -> Self {
        let event = |LoggedEvent { seq, at, kind, json }: LoggedEvent| {
            // The store keeps JSON texts; one that is damaged is shown as nothing.
            let data = RawValue::from_string(json).unwrap_or_else(|_| RawValue::NULL.to_owned());
            Event { seq, at_us: at.as_micros(), kind, data }
        };
        Self { events: log.into_iter().map(event).collect() }
    }
}
