use serde::{Deserialize, Serialize};

/// `[backend]`: the shop's own system, which knows the orders and carries out what tickets ask for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BackendConfig {
    /// Its address (docs/backend.openapi.yaml). Without it the pack's orders count, and what is to be done is entered into
    /// books in the database.
    pub url: Option<String>,
    /// The environment variable that holds the token to be shown to it. If the variable is not set, none is shown.
    pub token_env: String,
    /// The longest time that a request may take, in milliseconds.
    pub timeout_ms: u64,
    /// How often something is tried until a person has to see to it.
    pub attempts: u32,
}

impl Default for BackendConfig {
    fn default() -> Self {
        Self { url: None, token_env: "ERMU_BACKEND_TOKEN".into(), timeout_ms: 5000, attempts: 30 }
    }
}
