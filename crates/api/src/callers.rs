//! The shop's site announces a customer whom it has signed in, and gets a pass for the customer's call.

use axum::{
    Json,
    body::to_bytes,
    extract::{Request, State},
    http::StatusCode,
    response::IntoResponse,
};
use ermu_engine::{Caller, Engine, PASS_LIFETIME};

use crate::{calls::is_of_type, dto, error::ApiError, staff::Staff};

const MAX_BYTES: usize = 1024;

pub(crate) async fn admit(
    _: Staff,
    State(engine): State<Engine>,
    request: Request,
) -> Result<impl IntoResponse, ApiError> {
    if !is_of_type(request.headers(), "application/json") {
        return Err(ApiError::unsupported("`Content-Type` must be application/json"));
    }
    let body = to_bytes(request.into_body(), MAX_BYTES)
        .await
        .map_err(|_| ApiError::too_large(format!("the body is broken or larger than {MAX_BYTES} bytes")))?;
    let caller: dto::CallerToAdmit =
        serde_json::from_slice(&body).map_err(|error| ApiError::bad_request("malformed_body", error.to_string()))?;
    let caller = phone(&caller.phone)?;
    let pass = engine.admit(caller).ok_or_else(|| ApiError::busy("too many passes are waiting for their calls"))?;
    Ok((StatusCode::CREATED, Json(dto::CallerAdmitted { pass, expires_in_s: PASS_LIFETIME.as_secs() })))
}

/// A phone number as customers write it, digits only.
fn phone(text: &str) -> Result<Caller, ApiError> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let other = text.chars().any(|c| !c.is_ascii_digit() && !matches!(c, ' ' | '-' | '+' | '(' | ')'));
    if other || !(4..=20).contains(&digits.len()) {
        return Err(ApiError::bad_request("malformed_body", "`phone` needs 4 to 20 digits"));
    }
    Ok(Caller::new(digits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phone_numbers_are_digits() {
        assert_eq!(phone("138-0013 5678").unwrap().expose(), "13800135678");
        for bad in ["", "123", "138x0013", "123456789012345678901"] {
            assert!(phone(bad).is_err(), "{bad}");
        }
    }
}
