//! The outbox: what tickets make happen, each thing once.
//!
//! A worker claims what is due, does it, and settles it. It may die in between: the claim runs out, the effect is claimed
//! again, and whoever does it recognises the idempotency key.

use std::time::Duration;

use ermu_domain::{Action, SessionId, TicketId};
use sqlx::SqliteConnection;

use crate::{Store, StoreError, store::unix_ms};

/// An effect that somebody claimed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxEntry {
    /// Its place in the outbox.
    pub id: u64,
    /// Give this to whoever does it: the same key is the same effect.
    pub idempotency_key: String,
    /// The ticket that asks for it.
    pub ticket: TicketId,
    /// What to do.
    pub action: Action,
    /// How often it was tried before.
    pub attempts: u32,
    /// Whether it was done.
    pub done: bool,
}

/// What became of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempt<'a> {
    /// It is done.
    Done,
    /// It failed for this reason, and is to be tried again after this time.
    Failed(&'a str, Duration),
}

type Row = (i64, String, i64, String, i64, Option<i64>);

const COLUMNS: &str = "id, idempotency_key, ticket, json, attempts, done_at_unix_ms";

impl Store {
    /// Claims what is due, the oldest first. Nobody else gets it until `lease` is over; settle it before.
    pub async fn claim_effects(&self, limit: u32, lease: Duration) -> Result<Vec<OutboxEntry>, StoreError> {
        let now = unix_ms();
        let rows: Vec<Row> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "UPDATE outbox SET attempts = attempts + 1, due_at_unix_ms = ?2
             WHERE id IN (SELECT id FROM outbox WHERE done_at_unix_ms IS NULL AND due_at_unix_ms <= ?1
                          ORDER BY id LIMIT ?3)
             RETURNING {COLUMNS}"
        )))
        .bind(now)
        .bind(now.saturating_add(millis(lease)))
        .bind(limit)
        .fetch_all(&self.writer)
        .await?;
        let mut entries = rows.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
        entries.sort_by_key(|entry| entry.id);
        Ok(entries)
    }

    /// Notes what became of a claimed effect. What is done stays done.
    pub async fn settle_effect(&self, id: u64, attempt: Attempt<'_>) -> Result<(), StoreError> {
        let now = unix_ms();
        let (done, error, due) = match attempt {
            Attempt::Done => (Some(now), None, now),
            Attempt::Failed(error, wait) => (None, Some(error), now.saturating_add(millis(wait))),
        };
        sqlx::query(
            "UPDATE outbox SET done_at_unix_ms = ?2, last_error = ?3, due_at_unix_ms = ?4
             WHERE id = ?1 AND done_at_unix_ms IS NULL",
        )
        .bind(id.cast_signed())
        .bind(done)
        .bind(error)
        .bind(due)
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    /// All effects that tickets of this session asked for, done or not, in order.
    pub async fn effects(&self, session: SessionId) -> Result<Vec<OutboxEntry>, StoreError> {
        let rows: Vec<Row> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM outbox WHERE ticket IN (SELECT id FROM tickets WHERE session = ?) ORDER BY id"
        )))
        .bind(session.to_string())
        .fetch_all(&self.readers)
        .await?;
        rows.into_iter().map(read).collect()
    }
}

/// Puts the effects of a ticket into the outbox, those that are not there yet.
pub(crate) async fn put(
    connection: &mut SqliteConnection,
    ticket: i64,
    key: u32,
    session: SessionId,
    actions: &[Action],
) -> Result<(), StoreError> {
    for (index, action) in actions.iter().enumerate() {
        let json = serde_json::to_string(action).map_err(StoreError::unwritable)?;
        let idempotency_key = action.once().unwrap_or_else(|| format!("{session} {key} {index}"));
        sqlx::query(
            "INSERT INTO outbox (idempotency_key, ticket, created_at_unix_ms, json, due_at_unix_ms)
             VALUES (?1, ?2, ?3, ?4, ?3) ON CONFLICT (idempotency_key) DO NOTHING",
        )
        .bind(idempotency_key)
        .bind(ticket)
        .bind(unix_ms())
        .bind(json)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

fn read((id, idempotency_key, ticket, json, attempts, done): Row) -> Result<OutboxEntry, StoreError> {
    let action =
        serde_json::from_str(&json).map_err(|error| StoreError::unreadable(&format!("effect {id}"), &error))?;
    Ok(OutboxEntry {
        id: id.cast_unsigned(),
        idempotency_key,
        ticket: TicketId(ticket.cast_unsigned()),
        action,
        attempts: u32::try_from(attempts).unwrap_or(u32::MAX),
        done: done.is_some(),
    })
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tickets::tests::ticket;
    use ermu_domain::{ActionKind, Language, OrderNumber};

    const A: SessionId = SessionId(0xa);
    const B: SessionId = SessionId(0xb);

    fn action(kind: ActionKind, order: &str) -> Action {
        Action { kind, order: Some(OrderNumber(order.into())), product: None, detail: None }
    }

    async fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("ermu.db")).await.unwrap();
        for session in [A, B] {
            store.begin_session(session, Language::Chinese, 1).await.unwrap();
        }
        (folder, store)
    }

    fn kinds(entries: &[OutboxEntry]) -> Vec<ActionKind> {
        entries.iter().map(|entry| entry.action.kind).collect()
    }

    #[tokio::test]
    async fn a_ticket_that_is_stored_again_asks_for_nothing_twice() {
        let (_folder, store) = store().await;
        let mut ticket = ticket(A, "");
        ticket.actions = vec![action(ActionKind::RefundMoney, "123456"), action(ActionKind::BookPickUp, "123456")];
        for _ in 0..3 {
            store.save_ticket(A, 1, &ticket).await.unwrap();
        }
        let wanted = [ActionKind::RefundMoney, ActionKind::BookPickUp];
        assert_eq!(kinds(&store.effects(A).await.unwrap()), wanted);
        assert_eq!(kinds(&store.claim_effects(9, Duration::from_secs(60)).await.unwrap()), wanted);
    }

    #[tokio::test]
    async fn the_money_of_an_order_goes_back_once_whoever_asks() {
        let (_folder, store) = store().await;
        for (session, order) in [(A, "1"), (B, "1"), (B, "2")] {
            let mut ticket = ticket(session, "");
            ticket.actions = vec![action(ActionKind::RefundMoney, order), action(ActionKind::UrgeCarrier, order)];
            store.save_ticket(session, order.parse().unwrap(), &ticket).await.unwrap();
        }
        let claimed = store.claim_effects(99, Duration::from_secs(60)).await.unwrap();
        assert_eq!(claimed.iter().filter(|entry| entry.action.kind == ActionKind::RefundMoney).count(), 2);
        assert_eq!(claimed.iter().filter(|entry| entry.action.kind == ActionKind::UrgeCarrier).count(), 3);
    }

    #[tokio::test]
    async fn what_is_claimed_is_claimed_once_and_comes_back_when_the_worker_dies() {
        let (_folder, store) = store().await;
        let mut ticket = ticket(A, "");
        ticket.actions = vec![action(ActionKind::CancelOrder, "1"), action(ActionKind::RefundMoney, "1")];
        store.save_ticket(A, 1, &ticket).await.unwrap();
        let first = store.claim_effects(1, Duration::from_secs(60)).await.unwrap();
        assert_eq!(kinds(&first), [ActionKind::CancelOrder]);
        // This worker dies at once: its lease is over when the next one asks.
        let second = store.claim_effects(9, Duration::ZERO).await.unwrap();
        assert_eq!(kinds(&second), [ActionKind::RefundMoney]);
        let again = store.claim_effects(9, Duration::from_secs(60)).await.unwrap();
        assert_eq!(again[0].idempotency_key, second[0].idempotency_key);
        assert_eq!(again[0].attempts, 2);
        store.settle_effect(again[0].id, Attempt::Done).await.unwrap();
        store.settle_effect(again[0].id, Attempt::Failed("late answer", Duration::ZERO)).await.unwrap();
        store.settle_effect(first[0].id, Attempt::Failed("carrier is closed", Duration::ZERO)).await.unwrap();
        assert_eq!(kinds(&store.claim_effects(9, Duration::ZERO).await.unwrap()), [ActionKind::CancelOrder]);
        let done: Vec<_> = store.effects(A).await.unwrap().iter().map(|entry| entry.done).collect();
        assert_eq!(done, [false, true]);
    }

    #[tokio::test]
    async fn a_ticket_that_does_not_fit_on_the_disk_leaves_no_effect() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open_capped(&folder.path().join("ermu.db"), 400 * 1024).await.unwrap();
        store.begin_session(A, Language::Chinese, 1).await.unwrap();
        let mut large = ticket(A, &"x".repeat(1 << 20));
        large.actions = vec![action(ActionKind::RefundMoney, "1")];
        assert!(matches!(store.save_ticket(A, 1, &large).await, Err(StoreError::Full)));
        assert_eq!(store.claim_effects(9, Duration::ZERO).await.unwrap(), []);
    }
}
