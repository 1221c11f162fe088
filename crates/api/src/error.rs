//! How a failed request is answered: `{"error": {"code", "message"}}`.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use ermu_engine::{AcceptError, SessionError, StoreError, SubmitPhotoError};
use tracing::error;

use crate::dto;

/// After how many seconds a busy server may be tried again.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("10");

/// An answer that tells what went wrong.
#[derive(Debug)]
pub(crate) struct ApiError {
    status: StatusCode,
    code: &'static str,
    message: String,
}

impl ApiError {
    pub(crate) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }

    pub(crate) fn bad_request(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", message)
    }

    pub(crate) fn unsupported(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", message)
    }

    pub(crate) fn too_large(message: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", message)
    }

    pub(crate) fn busy(message: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "busy", message)
    }

    /// A fault of ours: the details go to the log, not to the stranger who asked.
    fn internal(details: &dyn std::fmt::Display) -> Self {
        error!(%details, "a request failed");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "the server could not do this; it has been logged")
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let body = dto::ErrorBody { error: dto::ErrorDetail { code: self.code, message: self.message } };
        let mut response = (self.status, Json(body)).into_response();
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, RETRY_AFTER);
        }
        if self.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl From<AcceptError> for ApiError {
    fn from(error: AcceptError) -> Self {
        match error {
            AcceptError::TooLarge { .. } => Self::too_large(error.to_string()),
            AcceptError::Malformed(_) => Self::bad_request("malformed_offer", error.to_string()),
            AcceptError::NoAudio => Self::bad_request("no_audio", error.to_string()),
            AcceptError::Busy => Self::busy("all lines are taken: try again in a moment"),
            AcceptError::Internal(details) => Self::internal(&details),
        }
    }
}

impl From<SessionError> for ApiError {
    fn from(error: SessionError) -> Self {
        match error {
            SessionError::Unknown => Self::not_found(error.to_string()),
        }
    }
}

impl From<SubmitPhotoError> for ApiError {
    fn from(error: SubmitPhotoError) -> Self {
        match error {
            SubmitPhotoError::UnknownSession => Self::not_found(error.to_string()),
            SubmitPhotoError::TooManyPhotos { .. } => {
                Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_photos", error.to_string())
            }
        }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Busy => Self::busy(error.to_string()),
            StoreError::Full | StoreError::Corrupt(_) | StoreError::UnknownSession(_) | StoreError::Internal(_) => {
                Self::internal(&error)
            }
        }
    }
}
