//! Photos of calls.

use ermu_domain::{PhotoId, SessionId};

use crate::{Store, StoreError};

/// Which picture of a photo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PhotoView {
    /// As the customer sent it, upright.
    Upright,
    /// With the findings drawn on it.
    Annotated,
}

impl Store {
    /// Keeps both pictures of a photo, as JPEG. The same photo again replaces them.
    pub async fn save_photo(
        &self,
        session: SessionId,
        photo: PhotoId,
        upright_jpeg: &[u8],
        annotated_jpeg: &[u8],
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO photos (session, photo, upright_jpeg, annotated_jpeg) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (session, photo) DO UPDATE SET upright_jpeg = ?3, annotated_jpeg = ?4",
        )
        .bind(session.to_string())
        .bind(photo.0)
        .bind(upright_jpeg)
        .bind(annotated_jpeg)
        .execute(&self.writer)
        .await
        .map_err(StoreError::in_session(session))?;
        Ok(())
    }

    /// A picture of a photo, as JPEG.
    pub async fn photo(
        &self,
        session: SessionId,
        photo: PhotoId,
        view: PhotoView,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let select = match view {
            PhotoView::Upright => "SELECT upright_jpeg FROM photos WHERE session = ? AND photo = ?",
            PhotoView::Annotated => "SELECT annotated_jpeg FROM photos WHERE session = ? AND photo = ?",
        };
        Ok(sqlx::query_scalar(select).bind(session.to_string()).bind(photo.0).fetch_optional(&self.readers).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ermu_domain::Language;

    #[tokio::test]
    async fn photos_belong_to_one_session() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("ermu.db")).await.unwrap();
        let (a, b, photo) = (SessionId(0xa), SessionId(0xb), PhotoId(1));
        for session in [a, b] {
            store.begin_session(session, Language::Chinese, 1).await.unwrap();
        }
        store.save_photo(a, photo, b"upright", b"annotated").await.unwrap();
        store.save_photo(b, photo, b"other", b"others").await.unwrap();
        store.save_photo(b, photo, b"newer", b"newest").await.unwrap();
        let read = async |session, photo, view| store.photo(session, photo, view).await.unwrap();
        assert_eq!(read(a, photo, PhotoView::Upright).await.as_deref(), Some(&b"upright"[..]));
        assert_eq!(read(a, photo, PhotoView::Annotated).await.as_deref(), Some(&b"annotated"[..]));
        assert_eq!(read(b, photo, PhotoView::Annotated).await.as_deref(), Some(&b"newest"[..]));
        assert_eq!(read(a, PhotoId(2), PhotoView::Upright).await, None);
        assert_eq!(read(SessionId(0xc), photo, PhotoView::Upright).await, None);
        let stranger = store.save_photo(SessionId(0xc), photo, b"", b"").await;
        assert!(matches!(stranger, Err(StoreError::UnknownSession(_))));
    }
}
