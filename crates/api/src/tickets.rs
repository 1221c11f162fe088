//! Tickets, for staff.

use axum::{
    Json,
    extract::{Path, Query, State},
};
use bytes::Bytes;
use ermu_engine::{Engine, TicketQuery};

use crate::{dto, error::ApiError, staff::Staff};

/// Tickets of a page when the request does not say how many.
const DEFAULT_LIMIT: u32 = 50;

pub(crate) async fn list(
    _: Staff,
    State(engine): State<Engine>,
    Query(query): Query<dto::TicketsQuery>,
) -> Result<Json<dto::Tickets>, ApiError> {
    let query = read_query(query)?;
    let tickets = engine.store().tickets(query).await?;
    Ok(Json(dto::Tickets::page(tickets, query.limit)))
}

pub(crate) async fn one(
    _: Staff,
    State(engine): State<Engine>,
    Path(ticket): Path<String>,
) -> Result<Json<dto::Ticket>, ApiError> {
    let missing = || ApiError::not_found("no ticket with this number");
    let number = ticket.parse().map_err(|_| missing())?;
    let stored = engine.store().ticket(number).await?.ok_or_else(missing)?;
    Ok(Json(stored.into()))
}

/// Has what was given up tried again.
///
/// PATCH with a body, so that no page of a stranger can do it from a browser on this machine.
pub(crate) async fn retry(
    _: Staff,
    State(engine): State<Engine>,
    Path(ticket): Path<String>,
    body: Bytes,
) -> Result<Json<dto::Ticket>, ApiError> {
    let dto::ActionsPatch { state: dto::RetryState::Waiting } =
        serde_json::from_slice(&body).map_err(|error| ApiError::bad_request("malformed_body", error.to_string()))?;
    let missing = || ApiError::not_found("no ticket with this number");
    let number = ticket.parse().map_err(|_| missing())?;
    engine.retry_effects(number).await?;
    let stored = engine.store().ticket(number).await?.ok_or_else(missing)?;
    Ok(Json(stored.into()))
}

fn read_query(query: dto::TicketsQuery) -> Result<TicketQuery, ApiError> {
    let bad = |field: &str, how: &str| ApiError::bad_request("malformed_query", format!("`{field}` {how}"));
    let after = query.after.map(|after| after.parse()).transpose();
    let session = query.session.map(|session| session.parse()).transpose();
    let limit = query.limit.map_or(Ok(DEFAULT_LIMIT), |limit| limit.parse());
    Ok(TicketQuery {
        after: after.map_err(|_| bad("after", "is a ticket's number, like T000123"))?,
        session: session.map_err(|_| bad("session", "is 32 hexadecimal digits"))?,
        limit: limit
            .ok()
            .filter(|limit| (1..=200).contains(limit))
            .ok_or_else(|| bad("limit", "is a number from 1 to 200"))?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ermu_domain::{SessionId, TicketId};

    fn query(after: Option<&str>, limit: Option<&str>, session: Option<&str>) -> Result<TicketQuery, String> {
        let own = |text: Option<&str>| text.map(str::to_owned);
        read_query(dto::TicketsQuery { after: own(after), limit: own(limit), session: own(session) })
            .map_err(|error| format!("{error:?}"))
    }

    #[test]
    fn a_query_is_read_or_its_wrong_field_named() {
        assert_eq!(query(None, None, None).unwrap().limit, DEFAULT_LIMIT);
        let session = SessionId(7);
        let full = TicketQuery { after: Some(TicketId(123)), limit: 200, session: Some(session) };
        assert_eq!(query(Some("T000123"), Some("200"), Some(&session.to_string())).unwrap(), full);
        for limit in ["0", "201", "many", "-1"] {
            assert!(query(None, Some(limit), None).unwrap_err().contains("`limit`"), "{limit}");
        }
        assert!(query(Some("X"), None, None).unwrap_err().contains("`after`"));
        assert!(query(None, None, Some("1")).unwrap_err().contains("`session`"));
    }
}
