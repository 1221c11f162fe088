//! What handlers share.

use std::{sync::Arc, time::Duration};

use axum::extract::FromRef;
use ermu_domain::Pii;
use ermu_engine::Engine;
use tokio::sync::Semaphore;

/// Limits and secrets of the HTTP side.
#[derive(Debug, Clone)]
pub struct ApiConfig {
    /// The largest SDP offer.
    pub max_sdp_bytes: usize,
    /// The largest photo file.
    pub max_photo_bytes: usize,
    /// Photo files that may be on their way at the same time; they are held in memory.
    pub max_uploads: usize,
    /// The longest time a request may take, its body included.
    pub request_timeout: Duration,
    /// Who shows it as a bearer token may read tickets and metrics. Without it only this machine's own users may.
    pub staff_token: Option<Pii<String>>,
}

impl Default for ApiConfig {
    fn default() -> Self {
        Self {
            max_sdp_bytes: 64 * 1024,
            max_photo_bytes: 20 * 1024 * 1024,
            max_uploads: 8,
            request_timeout: Duration::from_secs(60),
            staff_token: None,
        }
    }
}

/// State of the router. Cheap to clone.
#[derive(Clone)]
pub struct ApiState {
    pub(crate) engine: Engine,
    pub(crate) config: Arc<ApiConfig>,
    pub(crate) uploads: Arc<Semaphore>,
}

impl ApiState {
    /// State over a running engine.
    pub fn new(engine: Engine, config: ApiConfig) -> Self {
        Self { engine, uploads: Arc::new(Semaphore::new(config.max_uploads)), config: Arc::new(config) }
    }
}

impl FromRef<ApiState> for Engine {
    fn from_ref(state: &ApiState) -> Self {
        state.engine.clone()
    }
}

impl FromRef<ApiState> for Arc<ApiConfig> {
    fn from_ref(state: &ApiState) -> Self {
        Arc::clone(&state.config)
    }
}

impl FromRef<ApiState> for Arc<Semaphore> {
    fn from_ref(state: &ApiState) -> Self {
        Arc::clone(&state.uploads)
    }
}
