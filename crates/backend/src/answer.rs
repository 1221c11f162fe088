//! Answers of a shop's system, read with limits.

use std::time::Duration;

use reqwest::{Response, StatusCode, header};
use serde::Deserialize;

/// The longest answer.
const LIMIT_BYTES: usize = 256 * 1024;
/// The longest reason or reference that is kept, in characters.
const LIMIT_CHARACTERS: usize = 200;
/// Longer than this nobody is made to wait.
const LONGEST_WAIT: Duration = Duration::from_secs(3600);

/// The body of an answer, or why there is none.
pub(crate) async fn body(mut response: Response) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| reason(&error))? {
        if body.len() + chunk.len() > LIMIT_BYTES {
            return Err(format!("the answer is longer than {LIMIT_BYTES} bytes"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// How long the system wants to be left alone; seconds only (RFC 9110, section 10.2.3).
pub(crate) fn retry_after(response: &Response) -> Option<Duration> {
    let seconds = response.headers().get(header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds).min(LONGEST_WAIT))
}

#[derive(Deserialize)]
struct Done {
    reference: Option<String>,
}

#[derive(Deserialize)]
struct Failed {
    error: Failure,
}

#[derive(Deserialize)]
struct Failure {
    message: String,
}

/// What the system calls what it did; empty if it does not say.
pub(crate) fn reference(body: &[u8]) -> String {
    let done = serde_json::from_slice(body).ok();
    done.and_then(|done: Done| done.reference).map(|reference| tidy(&reference)).unwrap_or_default()
}

/// Why the system did not do it, in its words if it has any.
pub(crate) fn failure(status: StatusCode, body: &[u8]) -> String {
    match serde_json::from_slice::<Failed>(body) {
        Ok(Failed { error }) => format!("{}: {}", status.as_u16(), tidy(&error.message)),
        Err(_) => format!("status {}", status.as_u16()),
    }
}

/// What went wrong on the way. Without the address: it is in the configuration, and may say more than a log should hold.
pub(crate) fn reason(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        "no answer in time".to_owned()
    } else if error.is_connect() {
        "cannot connect".to_owned()
    } else {
        "the connection broke".to_owned()
    }
}

/// One short line.
fn tidy(text: &str) -> String {
    let line = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    line.take(LIMIT_CHARACTERS).collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_kept_short_and_on_one_line() {
        assert_eq!(reference(br#"{"reference": "R-7", "more": 1}"#), "R-7");
        for none in ["", "[]", r#"{"reference": 7}"#, "{}", "<html>"] {
            assert_eq!(reference(none.as_bytes()), "", "{none}");
        }
        let long = format!(r#"{{"error": {{"message": "no\nsuch{}"}}}}"#, "x".repeat(500));
        let failure = failure(StatusCode::UNPROCESSABLE_ENTITY, long.as_bytes());
        assert!(failure.starts_with("422: no such") && failure.len() < 220, "{failure}");
        assert_eq!(super::failure(StatusCode::BAD_GATEWAY, b"<html>"), "status 502");
    }
}
