//! Limits of the engine.

use std::time::Duration;

use ermu_dialogue::TurnConfig;

use crate::{RetryPolicy, VoiceConfig};

/// Limits and choices that hold for every call.
#[derive(Debug, Clone)]
pub struct EngineConfig {
    /// Calls at the same time; one more is refused.
    pub max_calls: usize,
    /// Photos that one call may send.
    pub max_photos: u32,
    /// Photos of all calls that may wait to be looked at.
    pub photo_queue: usize,
    /// The longest call.
    pub max_call: Duration,
    /// How long it is tried to carry out what tickets ask for.
    pub retry: RetryPolicy,
    /// Who speaks.
    pub voices: VoiceConfig,
    /// When a turn ends.
    pub turns: TurnConfig,
}
