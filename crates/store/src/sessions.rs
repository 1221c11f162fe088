//! Calls and their event logs.

use ermu_domain::{Language, SessionId, SessionTime};

use sqlx::SqliteConnection;

use crate::{
    Store, StoreError,
    store::{begin, settle, unix_ms},
};

/// An event of a call as the engine wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedEvent {
    /// Its place in the call's order.
    pub seq: u64,
    /// When it happened.
    pub at: SessionTime,
    /// What sort of event it is, to select by.
    pub kind: String,
    /// The whole of it.
    pub json: String,
}

impl Store {
    /// Begins a session; all else about it is refused before. Beginning it again changes nothing.
    pub async fn begin_session(
        &self,
        session: SessionId,
        language: Language,
        started_at_unix_ms: i64,
    ) -> Result<(), StoreError> {
        sqlx::query("INSERT INTO sessions (id, language, started_at_unix_ms) VALUES (?, ?, ?) ON CONFLICT DO NOTHING")
            .bind(session.to_string())
            .bind(language.code())
            .bind(started_at_unix_ms)
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    /// Notes that a session ended now, and why. Only the first end counts.
    pub async fn end_session(&self, session: SessionId, reason: &str) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE sessions SET ended_at_unix_ms = ?, end_reason = ? WHERE id = ? AND ended_at_unix_ms IS NULL",
        )
        .bind(unix_ms())
        .bind(reason)
        .bind(session.to_string())
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    /// Appends to a session's log, all or nothing. An event whose `seq` is there already is left as it was, so that a
    /// write may be repeated.
    pub async fn append_events(&self, session: SessionId, events: &[LoggedEvent]) -> Result<(), StoreError> {
        if events.is_empty() {
            return Ok(());
        }
        let mut connection = self.writing().await?;
        let outcome = append(&mut connection, session, events).await;
        settle(connection, outcome)
    }

    /// The log of a session in order; empty if there is no such session.
    pub async fn events(&self, session: SessionId) -> Result<Vec<LoggedEvent>, StoreError> {
        let rows: Vec<(i64, i64, String, String)> =
            sqlx::query_as("SELECT seq, at_us, kind, json FROM events WHERE session = ? ORDER BY seq")
                .bind(session.to_string())
                .fetch_all(&self.readers)
                .await?;
        let event = |(seq, at_us, kind, json): (i64, i64, String, String)| LoggedEvent {
            seq: seq.cast_unsigned(),
            at: SessionTime::from_micros(at_us.cast_unsigned()),
            kind,
            json,
        };
        Ok(rows.into_iter().map(event).collect())
    }
}

async fn append(
    connection: &mut SqliteConnection,
    session: SessionId,
    events: &[LoggedEvent],
) -> Result<(), StoreError> {
    let id = session.to_string();
    let mut transaction = begin(connection).await?;
    for event in events {
        sqlx::query(
            "INSERT INTO events (session, seq, at_us, kind, json) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        )
        .bind(&id)
        .bind(event.seq.cast_signed())
        .bind(event.at.as_micros().cast_signed())
        .bind(&event.kind)
        .bind(&event.json)
        .execute(&mut *transaction)
        .await
        .map_err(StoreError::in_session(session))?;
    }
    Ok(transaction.commit().await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: SessionId = SessionId(0xa);
    const B: SessionId = SessionId(0xb);

    fn event(seq: u64, json: &str) -> LoggedEvent {
        LoggedEvent { seq, at: SessionTime::from_millis(seq * 10), kind: "typed".into(), json: json.into() }
    }

    async fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("ermu.db")).await.unwrap();
        for session in [A, B] {
            store.begin_session(session, Language::Chinese, 1).await.unwrap();
        }
        (folder, store)
    }

    #[tokio::test]
    async fn logs_keep_their_order_and_never_mix() {
        let (_folder, store) = store().await;
        store.append_events(A, &[event(1, "a1"), event(0, "a0")]).await.unwrap();
        store.append_events(B, &[event(0, "b0")]).await.unwrap();
        store.append_events(A, &[event(1, "again"), event(2, "a2")]).await.unwrap();
        assert_eq!(store.events(A).await.unwrap(), [event(0, "a0"), event(1, "a1"), event(2, "a2")]);
        assert_eq!(store.events(B).await.unwrap(), [event(0, "b0")]);
    }

    #[tokio::test]
    async fn a_session_that_was_never_begun_is_refused() {
        let (_folder, store) = store().await;
        let stranger = SessionId(0xc);
        assert!(matches!(
            store.append_events(stranger, &[event(0, "")]).await,
            Err(StoreError::UnknownSession(id)) if id == stranger
        ));
        assert_eq!(store.events(stranger).await.unwrap(), []);
    }

    #[tokio::test]
    async fn a_log_that_fills_the_disk_is_refused_whole_and_the_next_write_works() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open_capped(&folder.path().join("ermu.db"), 400 * 1024).await.unwrap();
        store.begin_session(A, Language::Chinese, 1).await.unwrap();
        let flood: Vec<_> = (0..100).map(|seq| event(seq, &"x".repeat(10_000))).collect();
        assert!(matches!(store.append_events(A, &flood).await, Err(StoreError::Full)));
        store.append_events(A, &flood[..3]).await.unwrap();
        assert_eq!(store.events(A).await.unwrap(), flood[..3]);
    }

    #[tokio::test]
    async fn only_the_first_end_counts() {
        let (_folder, store) = store().await;
        store.end_session(A, "hung_up").await.unwrap();
        store.end_session(A, "idle").await.unwrap();
        let ends: Vec<(String, Option<String>)> =
            sqlx::query_as("SELECT id, end_reason FROM sessions ORDER BY id").fetch_all(&store.readers).await.unwrap();
        assert_eq!(ends, [(A.to_string(), Some("hung_up".into())), (B.to_string(), None)]);
    }

    #[tokio::test]
    async fn many_writers_at_once_lose_nothing() {
        let (_folder, store) = store().await;
        let writers: Vec<_> = (0..16)
            .map(|writer| {
                let store = store.clone();
                tokio::spawn(async move {
                    let session = if writer % 2 == 0 { A } else { B };
                    for step in 0..10 {
                        store.append_events(session, &[event(writer * 10 + step, "x")]).await.unwrap();
                        store.events(session).await.unwrap();
                    }
                })
            })
            .collect();
        for writer in writers {
            writer.await.unwrap();
        }
        assert_eq!(store.events(A).await.unwrap().len(), 80);
        assert_eq!(store.events(B).await.unwrap().len(), 80);
    }
}
