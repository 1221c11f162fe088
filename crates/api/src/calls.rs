//! Calls in the shape of WHIP (RFC 9725): an SDP offer is posted, the answer comes back, `DELETE` hangs up.

use std::sync::Arc;

use axum::{
    body::to_bytes,
    extract::{Path, Query, Request, State},
    http::{HeaderMap, StatusCode, header},
    response::IntoResponse,
};
use ermu_domain::{Language, SessionId};
use ermu_engine::{CallOptions, Engine};

use crate::{ApiConfig, dto, error::ApiError};

const SDP: &str = "application/sdp";
/// Carries the pass of a caller whom the shop's site has signed in.
const PASS: &str = "ermu-caller-pass";
const SDP_FRAGMENT: &str = "application/trickle-ice-sdpfrag";

pub(crate) async fn start(
    State(engine): State<Engine>,
    State(config): State<Arc<ApiConfig>>,
    Query(query): Query<dto::CallQuery>,
    request: Request,
) -> Result<impl IntoResponse, ApiError> {
    let language = language(query.lang.as_deref())?;
    let caller = match request.headers().get(PASS) {
        Some(pass) => {
            let caller = pass.to_str().ok().and_then(|pass| engine.redeem(pass));
            Some(caller.ok_or_else(|| {
                ApiError::new(StatusCode::FORBIDDEN, "unknown_pass", "this pass was used, is too old or never was one")
            })?)
        }
        None => None,
    };
    let offer = read_text(request, SDP, config.max_sdp_bytes).await?;
    let call = engine.accept_call(&offer, CallOptions { language, caller }).await?;
    let headers = [
        (header::CONTENT_TYPE, SDP.to_owned()),
        (header::LOCATION, format!("/v1/calls/{}", call.session)),
        (header::HeaderName::from_static("accept-patch"), SDP_FRAGMENT.to_owned()),
    ];
    Ok((StatusCode::CREATED, headers, call.answer_sdp))
}

pub(crate) async fn add_candidates(
    State(engine): State<Engine>,
    State(config): State<Arc<ApiConfig>>,
    Path(session): Path<String>,
    request: Request,
) -> Result<StatusCode, ApiError> {
    let session = session_id(&session)?;
    let fragment = read_text(request, SDP_FRAGMENT, config.max_sdp_bytes).await?;
    engine.add_candidates(session, &fragment).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(crate) async fn end(State(engine): State<Engine>, Path(session): Path<String>) -> Result<StatusCode, ApiError> {
    engine.hang_up(session_id(&session)?).await?;
    Ok(StatusCode::OK)
}

/// A session named in an address. Text that can be no id names no session.
pub(crate) fn session_id(text: &str) -> Result<SessionId, ApiError> {
    text.parse().map_err(|_| ApiError::not_found("no call with this id"))
}

fn language(code: Option<&str>) -> Result<Language, ApiError> {
    let Some(code) = code else { return Ok(Language::default()) };
    let unsupported =
        || ApiError::bad_request("unsupported_language", format!("`lang` is zh, en, es, pt or ar, not `{code}`"));
    code.parse().map_err(|_| unsupported())
}

/// The body as text, if it says to be of the given type and is not larger than allowed.
async fn read_text(request: Request, media_type: &str, max_bytes: usize) -> Result<String, ApiError> {
    if !is_of_type(request.headers(), media_type) {
        return Err(ApiError::unsupported(format!("`Content-Type` must be {media_type}")));
    }
    let bytes = to_bytes(request.into_body(), max_bytes)
        .await
        .map_err(|_| ApiError::too_large(format!("the body is broken or larger than {max_bytes} bytes")))?;
    String::from_utf8(bytes.into()).map_err(|_| ApiError::bad_request("malformed_body", "the body is not UTF-8"))
}

/// Whether `Content-Type` is the given type, whatever its parameters.
pub(crate) fn is_of_type(headers: &HeaderMap, media_type: &str) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|value| value.trim().eq_ignore_ascii_case(media_type))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    async fn read(content_type: &str, body: impl Into<Body>) -> Result<String, StatusCode> {
        let request = Request::builder().header("content-type", content_type).body(body.into()).unwrap();
        read_text(request, SDP, 8).await.map_err(|error| error.into_response().status())
    }

    #[tokio::test]
    async fn only_short_sdp_is_read() {
        assert_eq!(read("application/sdp", "v=0").await, Ok("v=0".into()));
        assert_eq!(read("Application/SDP; charset=utf-8", "v=0").await, Ok("v=0".into()));
        assert_eq!(read("text/plain", "v=0").await, Err(StatusCode::UNSUPPORTED_MEDIA_TYPE));
        assert_eq!(read("application/sdp", "v=0 and more").await, Err(StatusCode::PAYLOAD_TOO_LARGE));
        assert_eq!(read("application/sdp", vec![0xff]).await, Err(StatusCode::BAD_REQUEST));
    }

    #[test]
    fn the_language_is_one_that_customers_speak() {
        assert_eq!(language(None).unwrap(), Language::Chinese);
        assert_eq!(language(Some("en")).unwrap(), Language::English);
        assert_eq!(language(Some("ar")).unwrap(), Language::Arabic);
        for bad in ["", "fr", "EN", "klingon"] {
            assert_eq!(language(Some(bad)).unwrap_err().into_response().status(), StatusCode::BAD_REQUEST, "{bad}");
        }
    }

    #[test]
    fn text_that_is_no_id_is_not_found() {
        for bad in ["", "..", "xyz", "0", "00000000000000000000000000000000f"] {
            assert_eq!(session_id(bad).unwrap_err().into_response().status(), StatusCode::NOT_FOUND, "{bad}");
        }
    }
}
