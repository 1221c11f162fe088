//! Who may read what concerns all customers: tickets and metrics.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use axum::{
    extract::{ConnectInfo, FromRef, FromRequestParts},
    http::{HeaderMap, StatusCode, header, request::Parts, uri::Authority},
};

use crate::{ApiConfig, error::ApiError};

/// Proof that the request comes from the shop's staff: it carries the staff token, or, if none is set, it comes from
/// this very machine.
pub(crate) struct Staff;

impl<S> FromRequestParts<S> for Staff
where
    S: Send + Sync,
    Arc<ApiConfig>: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let config = Arc::<ApiConfig>::from_ref(state);
        let Some(token) = &config.staff_token else {
            return if is_local(parts) {
                Ok(Self)
            } else {
                Err(ApiError::new(
                    StatusCode::FORBIDDEN,
                    "staff_only",
                    "only this machine may read this: set `staff_token` to read it from elsewhere",
                ))
            };
        };
        match bearer(&parts.headers) {
            Some(given) if same(given.as_bytes(), token.expose().as_bytes()) => Ok(Self),
            Some(_) => Err(ApiError::new(StatusCode::UNAUTHORIZED, "wrong_token", "the bearer token is wrong")),
            None => Err(ApiError::new(StatusCode::UNAUTHORIZED, "staff_only", "this needs the staff's bearer token")),
        }
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// Compares in a time that does not tell how much of a guess was right.
fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |difference, (a, b)| difference | (a ^ b)) == 0
}

/// Whether somebody on this machine asks. Not so if a proxy passed the request on, nor if a browser was led here under
/// another name (DNS rebinding), though both come from a loopback address.
fn is_local(parts: &Parts) -> bool {
    let proxied =
        ["forwarded", "x-forwarded-for", "x-real-ip", "via"].iter().any(|name| parts.headers.contains_key(*name));
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    !proxied && peer.is_some_and(|peer| peer.0.ip().to_canonical().is_loopback()) && names_this_machine(parts)
}

fn names_this_machine(parts: &Parts) -> bool {
    let host = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let Some(host) = host.or_else(|| parts.uri.authority().map(Authority::as_str)) else { return false };
    let name = host
        .rsplit_once(':')
        .filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()))
        .map_or(host, |(name, _)| name);
    let address = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    name.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::response::IntoResponse;
    use ermu_domain::Pii;

    async fn ask(token: Option<&str>, peer: &str, headers: &[(&str, &str)]) -> u16 {
        let config = Arc::new(ApiConfig { staff_token: token.map(|t| Pii::new(t.to_owned())), ..Default::default() });
        let mut request = axum::http::Request::builder().uri("/v1/tickets");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (mut parts, ()) = request.body(()).unwrap().into_parts();
        if !peer.is_empty() {
            parts.extensions.insert(ConnectInfo::<SocketAddr>(peer.parse().unwrap()));
        }
        match Staff::from_request_parts(&mut parts, &config).await {
            Ok(Staff) => 200,
            Err(error) => error.into_response().status().as_u16(),
        }
    }

    #[tokio::test]
    async fn without_a_token_only_this_machine_may_read() {
        let localhost = ("host", "localhost:8080");
        assert_eq!(ask(None, "127.0.0.1:9", &[localhost]).await, 200);
        assert_eq!(ask(None, "127.0.0.1:9", &[("host", "127.0.0.1:8080")]).await, 200);
        assert_eq!(ask(None, "[::1]:9", &[("host", "[::1]:8080")]).await, 200);
        assert_eq!(ask(None, "[::ffff:127.0.0.1]:9", &[localhost]).await, 200);
        assert_eq!(ask(None, "192.168.1.7:9", &[localhost]).await, 403);
        assert_eq!(ask(None, "", &[localhost]).await, 403);
    }

    #[tokio::test]
    async fn a_proxy_or_a_foreign_name_on_loopback_is_not_this_machine() {
        assert_eq!(ask(None, "127.0.0.1:9", &[("host", "localhost"), ("x-forwarded-for", "1.2.3.4")]).await, 403);
        assert_eq!(ask(None, "127.0.0.1:9", &[("host", "evil.example:8080")]).await, 403);
        assert_eq!(ask(None, "127.0.0.1:9", &[]).await, 403);
    }

    #[tokio::test]
    async fn with_a_token_everybody_needs_it() {
        assert_eq!(ask(Some("secret"), "127.0.0.1:9", &[("host", "localhost")]).await, 401);
        assert_eq!(ask(Some("secret"), "127.0.0.1:9", &[("authorization", "Bearer guess!")]).await, 401);
        assert_eq!(ask(Some("secret"), "127.0.0.1:9", &[("authorization", "Basic secret")]).await, 401);
        assert_eq!(ask(Some("secret"), "8.8.8.8:9", &[("authorization", "bearer secret")]).await, 200);
    }
}
