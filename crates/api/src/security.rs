//! What holds for every answer: headers that keep browsers careful, a time limit, and errors in one shape.

use std::time::Duration;

use axum::{
    body::to_bytes,
    extract::{Request, State},
    http::{HeaderName, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::error::ApiError;

/// Scripts, styles and connections from here only; nobody may frame the page.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
     img-src 'self' blob:; media-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; \
     frame-ancestors 'none'";

const MAX_MESSAGE_BYTES: usize = 1024;

const HEADERS: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("permissions-policy"), "microphone=(self), camera=(self), geolocation=()"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

pub(crate) async fn add_headers(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // Whatever does not say otherwise is about a person.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Gives the refusals of axum's own extractors, which are plain text, the shape of all other errors.
pub(crate) async fn shape_errors(response: Response) -> Response {
    let status = response.status();
    let plain = response.headers().get(header::CONTENT_TYPE).is_some_and(|t| t.as_bytes().starts_with(b"text/plain"));
    if !(status.is_client_error() || status.is_server_error()) || !plain {
        return response;
    }
    let text = to_bytes(response.into_body(), MAX_MESSAGE_BYTES).await.unwrap_or_default();
    ApiError::new(status, "malformed_request", String::from_utf8_lossy(&text)).into_response()
}

pub(crate) async fn limit_time(State(limit): State<Duration>, request: Request, next: Next) -> Response {
    tokio::time::timeout(limit, next.run(request)).await.unwrap_or_else(|_| {
        let message = format!("the request took longer than {} s", limit.as_secs());
        ApiError::new(StatusCode::REQUEST_TIMEOUT, "timeout", message).into_response()
    })
}

pub(crate) async fn not_found() -> ApiError {
    ApiError::not_found("no such address: see /openapi.json")
}

pub(crate) async fn method_not_allowed() -> ApiError {
    ApiError::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        "this address does not take this method: see /openapi.json",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::{Router, body::Body, extract::Path, middleware, routing::get};
    use tower::ServiceExt;

    #[tokio::test]
    async fn every_answer_carries_the_headers_and_errors_are_json() {
        let app: Router = Router::new()
            .route("/", get(async || "hello"))
            .fallback(not_found)
            .route("/number/{n}", get(async |Path(n): Path<u8>| n.to_string()))
            .method_not_allowed_fallback(method_not_allowed)
            .layer(middleware::map_response(shape_errors))
            .layer(middleware::map_response(add_headers));
        let cases = [("GET", "/", 200), ("GET", "/nowhere", 404), ("PUT", "/", 405), ("GET", "/number/x", 400)];
        for (method, path, status) in cases {
            let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
            let response = app.clone().oneshot(request).await.unwrap();
            assert_eq!(response.status(), status, "{method} {path}");
            let headers = response.headers().clone();
            assert_eq!(headers["x-content-type-options"], "nosniff");
            assert_eq!(headers["cache-control"], "no-store");
            let policy = headers["content-security-policy"].to_str().unwrap();
            assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"), "{policy}");
            assert!(headers.get("access-control-allow-origin").is_none());
            if status != 200 {
                assert_eq!(headers["content-type"], "application/json");
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_that_never_ends_is_ended() {
        let app: Router = Router::new()
            .route("/", get(std::future::pending::<()>))
            .layer(middleware::from_fn_with_state(Duration::from_secs(60), limit_time));
        let response = app.oneshot(Request::new(Body::empty())).await.unwrap();
        assert_eq!(response.status(), StatusCode::REQUEST_TIMEOUT);
    }
}
