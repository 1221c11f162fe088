//! A call's event log, for staff and for measurements.

use axum::{
    Json,
    extract::{Path, State},
};
use ermu_engine::Engine;

use crate::{dto, error::ApiError, staff::Staff};

pub(crate) async fn list(
    _: Staff,
    State(engine): State<Engine>,
    Path(session): Path<String>,
) -> Result<Json<dto::Events>, ApiError> {
    let session = session.parse().map_err(|_| ApiError::not_found("no call with this id"))?;
    let events = engine.store().events(session).await?;
    Ok(Json(events.into()))
}
