//! Whether this process can take calls.

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use ermu_engine::Engine;
use tracing::warn;

use crate::dto;

pub(crate) async fn health(State(engine): State<Engine>) -> Response {
    match engine.store().check().await {
        Ok(()) => Json(dto::Health { status: "ok" }).into_response(),
        Err(error) => {
            warn!(%error, "the store does not answer");
            (StatusCode::SERVICE_UNAVAILABLE, Json(dto::Health { status: "store_unavailable" })).into_response()
        }
    }
}
