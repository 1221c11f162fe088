//! Photos: the customer sends them into a call and sees them again with the finding drawn.
//!
//! Whoever knows a session's id (128 random bits) may see its photos: the id is the key.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{DefaultBodyLimit, FromRequest, Multipart, Path, Request, State, multipart::MultipartError},
    http::{StatusCode, header},
    response::IntoResponse,
};
use bytes::BytesMut;
use ermu_engine::{Engine, PhotoView};
use tokio::sync::Semaphore;

use crate::{
    ApiConfig,
    calls::{is_of_type, session_id},
    dto,
    error::ApiError,
};

const FIELD: &str = "photo";

/// What a form may hold beside the photo.
const FORM_OVERHEAD_BYTES: usize = 16 * 1024;

type Jpeg = ([(header::HeaderName, &'static str); 1], Vec<u8>);

pub(crate) async fn upload(
    State(engine): State<Engine>,
    State(config): State<Arc<ApiConfig>>,
    State(uploads): State<Arc<Semaphore>>,
    Path(session): Path<String>,
    request: Request,
) -> Result<impl IntoResponse, ApiError> {
    let session = session_id(&session)?;
    let _uploading = uploads.try_acquire().map_err(|_| ApiError::busy("too many photos are being sent: try again"))?;
    let photo = read_photo(request, config.max_photo_bytes).await?;
    let photo = engine.submit_photo(session, photo).await?;
    Ok((StatusCode::ACCEPTED, Json(dto::PhotoAccepted { photo: photo.to_string() })))
}

pub(crate) async fn upright(
    State(engine): State<Engine>,
    Path((session, photo)): Path<(String, String)>,
) -> Result<Jpeg, ApiError> {
    read(&engine, &session, &photo, PhotoView::Upright).await
}

pub(crate) async fn annotated(
    State(engine): State<Engine>,
    Path((session, photo)): Path<(String, String)>,
) -> Result<Jpeg, ApiError> {
    read(&engine, &session, &photo, PhotoView::Annotated).await
}

async fn read(engine: &Engine, session: &str, photo: &str, version: PhotoView) -> Result<Jpeg, ApiError> {
    let missing = || ApiError::not_found("no such photo, or it is still being looked at");
    let photo = dto::photo_id(photo).ok_or_else(missing)?;
    let jpeg = engine.store().photo(session_id(session)?, photo, version).await?.ok_or_else(missing)?;
    Ok(([(header::CONTENT_TYPE, "image/jpeg")], jpeg))
}

/// The file in the field `photo` of a multipart form, counted while it comes in.
async fn read_photo(mut request: Request, max_bytes: usize) -> Result<Bytes, ApiError> {
    if !is_of_type(request.headers(), "multipart/form-data") {
        return Err(ApiError::unsupported("`Content-Type` must be multipart/form-data"));
    }
    DefaultBodyLimit::max(max_bytes + FORM_OVERHEAD_BYTES).apply(&mut request);
    let too_large = || ApiError::too_large(format!("field `{FIELD}` is larger than {max_bytes} bytes"));
    let broken = |error: MultipartError| match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => too_large(),
        _ => ApiError::bad_request("malformed_form", error.body_text()),
    };
    let mut form = Multipart::from_request(request, &())
        .await
        .map_err(|error| ApiError::bad_request("malformed_form", error.body_text()))?;
    let mut field = loop {
        match form.next_field().await.map_err(broken)? {
            Some(field) if field.name() == Some(FIELD) => break field,
            // Fields that we do not know are read past, within the limit of the whole form.
            Some(_) => {}
            None => {
                return Err(ApiError::bad_request("missing_field", format!("the form has no file field `{FIELD}`")));
            }
        }
    };
    let mut photo = BytesMut::new();
    while let Some(chunk) = field.chunk().await.map_err(broken)? {
        if photo.len() + chunk.len() > max_bytes {
            return Err(too_large());
        }
        photo.extend_from_slice(&chunk);
    }
    if photo.is_empty() {
        return Err(ApiError::bad_request("empty_photo", format!("field `{FIELD}` is empty")));
    }
    if !looks_like_a_photo(&photo) {
        return Err(ApiError::unsupported(format!("field `{FIELD}` must be a JPEG, PNG or WebP file")));
    }
    Ok(photo.freeze())
}

/// By its first bytes; what a file says about itself in the form is not trusted either way.
fn looks_like_a_photo(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\xff\xd8\xff")
        || bytes.starts_with(b"\x89PNG\r\n\x1a\n")
        || (bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    const JPEG: &[u8] = b"\xff\xd8\xff\xe0 and so on";

    fn form(field: &str, content: &[u8]) -> Request {
        let mut body = format!(
            "--b\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nhello\r\n--b\r\nContent-Disposition: \
             form-data; name=\"{field}\"; filename=\"x.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n"
        )
        .into_bytes();
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n--b--\r\n");
        request("multipart/form-data; boundary=b", body)
    }

    fn request(content_type: &str, body: Vec<u8>) -> Request {
        Request::builder().header("content-type", content_type).body(Body::from(body)).unwrap()
    }

    async fn status(request: Request) -> StatusCode {
        read_photo(request, 64).await.unwrap_err().into_response().status()
    }

    #[tokio::test]
    async fn the_photo_field_is_read_and_others_are_skipped() {
        assert_eq!(read_photo(form("photo", JPEG), 64).await.unwrap(), JPEG);
    }

    #[tokio::test]
    async fn a_photo_may_be_as_large_as_the_limit_says_and_a_form_not_much_larger() {
        let large = [JPEG, &vec![0; 5 << 20]].concat();
        assert_eq!(read_photo(form("photo", &large), large.len()).await.unwrap(), large);
        assert_eq!(status(form("other", &large)).await, StatusCode::PAYLOAD_TOO_LARGE);
    }

    #[tokio::test]
    async fn what_is_no_photo_is_refused() {
        assert_eq!(status(form("photo", &[JPEG, &[0; 64]].concat())).await, StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(status(form("photo", b"%PDF-1.7")).await, StatusCode::UNSUPPORTED_MEDIA_TYPE);
        assert_eq!(status(form("photo", b"RIFF....WAVEfmt")).await, StatusCode::UNSUPPORTED_MEDIA_TYPE);
        assert_eq!(status(form("photo", b"")).await, StatusCode::BAD_REQUEST);
        assert_eq!(status(form("picture", JPEG)).await, StatusCode::BAD_REQUEST);
        assert_eq!(status(request("image/jpeg", JPEG.to_vec())).await, StatusCode::UNSUPPORTED_MEDIA_TYPE);
        assert_eq!(status(request("multipart/form-data", JPEG.to_vec())).await, StatusCode::BAD_REQUEST);
        assert_eq!(
            status(request("multipart/form-data; boundary=b", b"garbage".to_vec())).await,
            StatusCode::BAD_REQUEST
        );
    }

    #[tokio::test]
    async fn errors_name_the_field_and_the_limit() {
        let error = format!("{:?}", read_photo(form("photo", &[JPEG, &[0; 64]].concat()), 64).await.unwrap_err());
        assert!(error.contains("`photo`") && error.contains("64 bytes"), "{error}");
    }
}
