use serde::{Deserialize, Serialize};

/// `[voices]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct VoicesConfig {
    /// Voice for Chinese; one of the `kokoro-style-…` of `cargo xtask models list`.
    pub chinese: String,
    /// Voice for English.
    pub english: String,
    /// Speed; 1 is the voice's own.
    pub speed: f32,
    /// Whether fixed sentences are synthesised before and beside the calls that need them, and kept for later starts.
    pub speak_ahead: bool,
}

impl Default for VoicesConfig {
    fn default() -> Self {
        Self { chinese: "zf_xiaoxiao".into(), english: "af_heart".into(), speed: 1.0, speak_ahead: true }
    }
}
