//! Tickets.

use ermu_domain::{SessionId, Ticket, TicketId};

use sqlx::SqliteConnection;

use crate::{
    Progress, Store, StoreError, outbox,
    store::{begin, settle, unix_ms},
};

/// The most tickets that one query gives.
pub const TICKETS_PER_PAGE: u32 = 200;

/// A ticket with what the store knows about it.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredTicket {
    /// Its number.
    pub id: TicketId,
    /// Its key within its session.
    pub key: u32,
    /// When it was first stored, in milliseconds since 1970.
    pub created_at_unix_ms: i64,
    /// When its content was last replaced, in milliseconds since 1970.
    pub updated_at_unix_ms: i64,
    /// The ticket.
    pub ticket: Ticket,
    /// How far each of its actions is; none for one that nobody has to do.
    pub progress: Vec<Option<Progress>>,
}

/// Which tickets to read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TicketQuery {
    /// Those older than this one: the last of the page before.
    pub after: Option<TicketId>,
    /// How many at most; more than [`TICKETS_PER_PAGE`] means that many.
    pub limit: u32,
    /// Those of one session only.
    pub session: Option<SessionId>,
}

/// The columns of [`COLUMNS`].
type Row = (i64, u32, i64, i64, String);

const COLUMNS: &str = "id, key, created_at_unix_ms, updated_at_unix_ms, json";

impl Store {
    /// Makes a ticket durable, together with what it makes happen, and gives its number. The same session and key again
    /// replaces the ticket and keeps its number; what it makes happen happens once.
    pub async fn save_ticket(&self, session: SessionId, key: u32, ticket: &Ticket) -> Result<TicketId, StoreError> {
        let mut connection = self.writing().await?;
        let mut id = 0;
        let outcome = save(&mut connection, session, key, ticket).await.map(|saved| id = saved);
        settle(connection, outcome)?;
        Ok(TicketId(id.cast_unsigned()))
    }

    /// The ticket with this number.
    pub async fn ticket(&self, id: TicketId) -> Result<Option<StoredTicket>, StoreError> {
        let row: Option<Row> =
            sqlx::query_as(sqlx::AssertSqlSafe(format!("SELECT {COLUMNS} FROM tickets WHERE id = ?")))
                .bind(id.0.cast_signed())
                .fetch_optional(&self.readers)
                .await?;
        match row {
            Some(row) => Ok(Some(self.read_ticket(row).await?)),
            None => Ok(None),
        }
    }

    /// Tickets, the newest first.
    pub async fn tickets(&self, query: TicketQuery) -> Result<Vec<StoredTicket>, StoreError> {
        let rows: Vec<Row> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM tickets WHERE (?1 IS NULL OR id < ?1) AND (?2 IS NULL OR session = ?2)
             ORDER BY id DESC LIMIT ?3"
        )))
        .bind(query.after.map(|id| i64::try_from(id.0).unwrap_or(i64::MAX)))
        .bind(query.session.map(|session| session.to_string()))
        .bind(query.limit.min(TICKETS_PER_PAGE))
        .fetch_all(&self.readers)
        .await?;
        let mut tickets = Vec::with_capacity(rows.len());
        for row in rows {
            tickets.push(self.read_ticket(row).await?);
        }
        Ok(tickets)
    }

    async fn read_ticket(&self, row: Row) -> Result<StoredTicket, StoreError> {
        let (id, key, created_at_unix_ms, updated_at_unix_ms, json) = row;
        let id = TicketId(id.cast_unsigned());
        let ticket =
            serde_json::from_str(&json).map_err(|error| StoreError::unreadable(&format!("ticket {id}"), &error))?;
        let progress = self.progress(key, &ticket).await?;
        Ok(StoredTicket { id, key, created_at_unix_ms, updated_at_unix_ms, ticket, progress })
    }
}

async fn save(
    connection: &mut SqliteConnection,
    session: SessionId,
    key: u32,
    ticket: &Ticket,
) -> Result<i64, StoreError> {
    let json = serde_json::to_string(ticket).map_err(StoreError::unwritable)?;
    let mut transaction = begin(connection).await?;
    let id = sqlx::query_scalar(
        "INSERT INTO tickets (session, key, created_at_unix_ms, updated_at_unix_ms, json, order_number)
         VALUES (?1, ?2, ?3, ?3, ?4, ?5)
         ON CONFLICT (session, key) DO UPDATE SET updated_at_unix_ms = ?3, json = ?4, order_number = ?5
         RETURNING id",
    )
    .bind(session.to_string())
    .bind(key)
    .bind(unix_ms())
    .bind(json)
    .bind(ticket.order.as_ref().map(|order| &order.0))
    .fetch_one(&mut *transaction)
    .await
    .map_err(StoreError::in_session(session))?;
    outbox::put(&mut transaction, id, key, session, &ticket.actions).await?;
    transaction.commit().await?;
    Ok(id)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use ermu_domain::{Language, Localized, TicketKind};

    const A: SessionId = SessionId(0xa);
    const B: SessionId = SessionId(0xb);

    pub(crate) fn ticket(session: SessionId, summary: &str) -> Ticket {
        Ticket {
            session,
            kind: TicketKind::Damage,
            language: Language::Chinese,
            order: None,
            summary: Localized::new("摘要", summary),
            slots: vec![],
            statements: vec![],
            findings: vec![],
            emotions: vec![],
            decision: None,
            hand_off: None,
            promises: vec![],
            actions: vec![],
        }
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
    async fn the_same_key_replaces_and_keeps_the_number() {
        let (_folder, store) = store().await;
        let first = store.save_ticket(A, 1, &ticket(A, "first")).await.unwrap();
        let again = store.save_ticket(A, 1, &ticket(A, "second")).await.unwrap();
        let other_key = store.save_ticket(A, 2, &ticket(A, "third")).await.unwrap();
        let other_session = store.save_ticket(B, 1, &ticket(B, "fourth")).await.unwrap();
        assert_eq!(first, again);
        assert!(first < other_key && other_key < other_session);
        let stored = store.ticket(first).await.unwrap().unwrap();
        assert_eq!(stored.ticket, ticket(A, "second"));
        assert!(stored.created_at_unix_ms <= stored.updated_at_unix_ms);
    }

    #[tokio::test]
    async fn tickets_survive_reopening() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ermu.db");
        let store = Store::open(&path).await.unwrap();
        store.begin_session(A, Language::English, 1).await.unwrap();
        let id = store.save_ticket(A, 1, &ticket(A, "kept")).await.unwrap();
        drop(store);
        let store = Store::open(&path).await.unwrap();
        assert_eq!(store.ticket(id).await.unwrap().unwrap().ticket, ticket(A, "kept"));
    }

    #[tokio::test]
    async fn pages_are_newest_first_and_sessions_never_mix() {
        let (_folder, store) = store().await;
        for n in 0..5 {
            let session = if n % 2 == 0 { A } else { B };
            store.save_ticket(session, n, &ticket(session, &n.to_string())).await.unwrap();
        }
        let summaries = async |query| -> Vec<String> {
            store.tickets(query).await.unwrap().into_iter().map(|stored| stored.ticket.summary.en).collect()
        };
        let first = store.tickets(TicketQuery { limit: 2, ..Default::default() }).await.unwrap();
        assert_eq!(summaries(TicketQuery { limit: 2, ..Default::default() }).await, ["4", "3"]);
        let next = TicketQuery { after: Some(first[1].id), limit: 9, ..Default::default() };
        assert_eq!(summaries(next).await, ["2", "1", "0"]);
        assert_eq!(summaries(TicketQuery { limit: 9, session: Some(A), ..Default::default() }).await, ["4", "2", "0"]);
        assert_eq!(summaries(TicketQuery { limit: 9, session: Some(B), ..Default::default() }).await, ["3", "1"]);
    }

    #[tokio::test]
    async fn unknown_sessions_and_numbers_are_told() {
        let (_folder, store) = store().await;
        let stranger = SessionId(0xc);
        let saved = store.save_ticket(stranger, 1, &ticket(stranger, "")).await;
        assert!(matches!(saved, Err(StoreError::UnknownSession(id)) if id == stranger));
        assert_eq!(store.ticket(TicketId(77)).await.unwrap(), None);
        assert_eq!(store.ticket(TicketId(u64::MAX)).await.unwrap(), None);
    }

    #[tokio::test]
    async fn a_ticket_that_does_not_parse_is_damage_and_named() {
        let (_folder, store) = store().await;
        let id = store.save_ticket(A, 1, &ticket(A, "")).await.unwrap();
        sqlx::query("UPDATE tickets SET json = '{'").execute(&store.writer).await.unwrap();
        let error = store.ticket(id).await.unwrap_err();
        assert!(matches!(&error, StoreError::Corrupt(what) if what.contains("T000001")), "{error}");
    }
}
