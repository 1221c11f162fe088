//! Wires one call: the line it comes over, the model threads, the store, and the dialogue core that decides.
//!
//! Each call is one task ([`Engine::open`]); each model is one or more OS threads behind a bounded queue. The task
//! turns what happens (voice edges, transcripts, photo reports, stored tickets) into events for the core and performs
//! the effects that the core asks for. No decision is made here.

mod adviser;
mod backend;
mod callers;
mod config;
mod engine;
mod error;
mod line;
mod message;
mod metrics;
mod models;
mod outbox;
mod session;
mod warm_up;
mod webrtc_line;
mod worker;

pub use backend::Backend;
pub use callers::{Caller, PASS_LIFETIME};
pub use config::EngineConfig;
pub use engine::{AcceptedCall, CallOptions, Engine, EngineParts};
pub use ermu_dialogue::{Notice, Speaker, TurnConfig};
pub use ermu_store::{
    EffectState, LoggedEvent, OpenEffects, PhotoView, Progress, StoreError, StoredTicket, TicketQuery,
};
pub use error::{AcceptError, OpenError, SessionError, SubmitPhotoError};
pub use line::{Line, LineEvent};
pub use metrics::{LATENCY_BUCKETS_MS, LatencySnapshot, MetricsSnapshot};
pub use models::{Models, VoiceConfig, article_by_sound, photo_failure};
pub use outbox::RetryPolicy;
pub use session::{Awaited, Ear};
pub use warm_up::WarmUp;
