use serde::{Deserialize, Serialize};

/// `[limits]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LimitsConfig {
    /// Calls at the same time; one more gets 503.
    pub calls: usize,
    /// Photos that one call may send.
    pub photos_a_call: u32,
    /// The longest call, in minutes.
    pub call_minutes: u64,
    /// The database never grows beyond this many bytes; none: until the disk is full.
    pub database_bytes: Option<u64>,
}

impl Default for LimitsConfig {
    fn default() -> Self {
        Self { calls: 8, photos_a_call: 20, call_minutes: 30, database_bytes: None }
    }
}
