//! The outbox: what tickets make happen, each thing once.
//!
//! A worker claims what is due, does it, and settles it. It may die in between: the claim runs out, the effect is claimed
//! again, and whoever does it recognises the idempotency key. The effects of one ticket happen in their order: what could
//! not be done holds up what follows it.

use std::time::Duration;

use ermu_domain::{Action, SessionId, Ticket, TicketId};
use sqlx::SqliteConnection;

use crate::{Store, StoreError, store::unix_ms};

/// An effect in the outbox.
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
    /// How far it is.
    pub progress: Progress,
}

/// How far an effect is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Whether it waits, is done or was given up.
    pub state: EffectState,
    /// How often it was claimed.
    pub attempts: u32,
    /// What the backend calls it, once it is done.
    pub reference: Option<String>,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
}

/// Whether an effect has happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EffectState {
    /// Not yet.
    Waiting,
    /// Yes.
    Done,
    /// No, and no more is tried: a person has to see to it.
    GivenUp,
}

/// What became of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempt<'a> {
    /// It is done, and the backend calls it so.
    Done(&'a str),
    /// It failed for this reason, and is to be tried again after this time.
    Failed(&'a str, Duration),
    /// It failed for this reason, and trying again does not help.
    GivenUp(&'a str),
}

/// How many effects are open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OpenEffects {
    /// Waiting to be done.
    pub waiting: u64,
    /// Given up.
    pub given_up: u64,
}

/// The columns of [`COLUMNS`].
type Row = (i64, String, i64, String, i64, Option<String>, Option<String>, Option<i64>, Option<i64>);

const COLUMNS: &str =
    "id, idempotency_key, ticket, json, attempts, reference, last_error, done_at_unix_ms, given_up_at_unix_ms";

impl Store {
    /// Claims what is due, the oldest first, of each ticket only what nothing before it holds up. Nobody else gets it until
    /// `lease` is over; settle it before.
    pub async fn claim_effects(&self, limit: u32, lease: Duration) -> Result<Vec<OutboxEntry>, StoreError> {
        let now = unix_ms();
        let rows: Vec<Row> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "UPDATE outbox SET attempts = attempts + 1, due_at_unix_ms = ?2
             WHERE id IN (
                 SELECT id FROM outbox AS open
                 WHERE done_at_unix_ms IS NULL AND given_up_at_unix_ms IS NULL AND due_at_unix_ms <= ?1
                   AND NOT EXISTS (SELECT 1 FROM outbox AS before WHERE before.ticket = open.ticket
                                   AND before.id < open.id AND before.done_at_unix_ms IS NULL)
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
        let (done, given_up, reference, error, due) = match attempt {
            Attempt::Done(reference) => (Some(now), None, Some(reference), None, now),
            Attempt::Failed(error, wait) => (None, None, None, Some(error), now.saturating_add(millis(wait))),
            Attempt::GivenUp(error) => (None, Some(now), None, Some(error), now),
        };
        sqlx::query(
            "UPDATE outbox SET done_at_unix_ms = ?2, given_up_at_unix_ms = ?3, reference = ?4, last_error = ?5,
                 due_at_unix_ms = ?6
             WHERE id = ?1 AND done_at_unix_ms IS NULL",
        )
        .bind(id.cast_signed())
        .bind(done)
        .bind(given_up)
        .bind(reference)
        .bind(error)
        .bind(due)
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    /// Has the effects of a ticket that were given up tried again from now on; says how many.
    pub async fn retry_effects(&self, ticket: TicketId) -> Result<u64, StoreError> {
        let retried = sqlx::query(
            "UPDATE outbox SET given_up_at_unix_ms = NULL, attempts = 0, due_at_unix_ms = ?2
             WHERE ticket = ?1 AND given_up_at_unix_ms IS NOT NULL AND done_at_unix_ms IS NULL",
        )
        .bind(ticket.0.cast_signed())
        .bind(unix_ms())
        .execute(&self.writer)
        .await?;
        Ok(retried.rows_affected())
    }

    /// Enters an effect into the shop's own books, and gives the number of the entry. The same key again is the same entry.
    pub async fn enter_into_books(&self, entry: &OutboxEntry) -> Result<u64, StoreError> {
        let json = serde_json::to_string(&entry.action).map_err(StoreError::unwritable)?;
        // The update changes nothing; without it the entry that is there would not be returned.
        let id: i64 = sqlx::query_scalar(
            "INSERT INTO books (idempotency_key, ticket, entered_at_unix_ms, json) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (idempotency_key) DO UPDATE SET idempotency_key = ?1 RETURNING id",
        )
        .bind(&entry.idempotency_key)
        .bind(entry.ticket.0.cast_signed())
        .bind(unix_ms())
        .bind(json)
        .fetch_one(&self.writer)
        .await?;
        Ok(id.cast_unsigned())
    }

    /// How many effects are open, for metrics.
    pub async fn open_effects(&self) -> Result<OpenEffects, StoreError> {
        let (waiting, given_up): (i64, i64) = sqlx::query_as(
            "SELECT count(*) FILTER (WHERE given_up_at_unix_ms IS NULL), count(given_up_at_unix_ms)
             FROM outbox WHERE done_at_unix_ms IS NULL",
        )
        .fetch_one(&self.readers)
        .await?;
        Ok(OpenEffects { waiting: waiting.cast_unsigned(), given_up: given_up.cast_unsigned() })
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

    /// How far each action of a ticket is, in their order. An action that another ticket asked for before (see
    /// [`Action::once`]) is as far as that one; none if nobody has to do it (the ticket was imported).
    pub(crate) async fn progress(&self, key: u32, ticket: &Ticket) -> Result<Vec<Option<Progress>>, StoreError> {
        let mut progress = Vec::with_capacity(ticket.actions.len());
        for (index, action) in ticket.actions.iter().enumerate() {
            let row: Option<Row> =
                sqlx::query_as(sqlx::AssertSqlSafe(format!("SELECT {COLUMNS} FROM outbox WHERE idempotency_key = ?")))
                    .bind(idempotency_key(action, ticket.session, key, index))
                    .fetch_optional(&self.readers)
                    .await?;
            progress.push(row.map(read).transpose()?.map(|entry| entry.progress));
        }
        Ok(progress)
    }
}

/// The key of the effect that an action of a ticket asks for.
fn idempotency_key(action: &Action, session: SessionId, key: u32, index: usize) -> String {
    action.once().unwrap_or_else(|| format!("{session} {key} {index}"))
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
        sqlx::query(
            "INSERT INTO outbox (idempotency_key, ticket, created_at_unix_ms, json, due_at_unix_ms)
             VALUES (?1, ?2, ?3, ?4, ?3) ON CONFLICT (idempotency_key) DO NOTHING",
        )
        .bind(idempotency_key(action, session, key, index))
        .bind(ticket)
        .bind(unix_ms())
        .bind(json)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

fn read(row: Row) -> Result<OutboxEntry, StoreError> {
    let (id, idempotency_key, ticket, json, attempts, reference, last_error, done, given_up) = row;
    let action =
        serde_json::from_str(&json).map_err(|error| StoreError::unreadable(&format!("effect {id}"), &error))?;
    let state = match (done, given_up) {
        (Some(_), _) => EffectState::Done,
        (None, Some(_)) => EffectState::GivenUp,
        (None, None) => EffectState::Waiting,
    };
    let attempts = u32::try_from(attempts).unwrap_or(u32::MAX);
    Ok(OutboxEntry {
        id: id.cast_unsigned(),
        idempotency_key,
        ticket: TicketId(ticket.cast_unsigned()),
        action,
        progress: Progress { state, attempts, reference, last_error },
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
        assert_eq!(kinds(&store.claim_effects(9, Duration::from_secs(60)).await.unwrap()), wanted[..1]);
    }

    #[tokio::test]
    async fn the_money_of_an_order_goes_back_once_whoever_asks() {
        let (_folder, store) = store().await;
        for (session, order) in [(A, "1"), (B, "1"), (B, "2")] {
            let mut ticket = ticket(session, "");
            ticket.actions = vec![action(ActionKind::RefundMoney, order), action(ActionKind::UrgeCarrier, order)];
            store.save_ticket(session, order.parse().unwrap(), &ticket).await.unwrap();
        }
        let mut asked = store.effects(A).await.unwrap();
        asked.extend(store.effects(B).await.unwrap());
        assert_eq!(asked.iter().filter(|entry| entry.action.kind == ActionKind::RefundMoney).count(), 2);
        assert_eq!(asked.iter().filter(|entry| entry.action.kind == ActionKind::UrgeCarrier).count(), 3);
    }

    /// Two tickets of session A: the first cancels and pays back, the second urges.
    async fn two_tickets(store: &Store) -> (TicketId, TicketId) {
        let mut first = ticket(A, "");
        first.actions = vec![action(ActionKind::CancelOrder, "1"), action(ActionKind::RefundMoney, "1")];
        let mut second = ticket(A, "");
        second.actions = vec![action(ActionKind::UrgeCarrier, "2")];
        (store.save_ticket(A, 1, &first).await.unwrap(), store.save_ticket(A, 2, &second).await.unwrap())
    }

    #[tokio::test]
    async fn what_is_claimed_is_claimed_once_and_comes_back_when_the_worker_dies() {
        let (_folder, store) = store().await;
        two_tickets(&store).await;
        let first = store.claim_effects(1, Duration::from_secs(60)).await.unwrap();
        assert_eq!(kinds(&first), [ActionKind::CancelOrder]);
        // This worker dies at once: its lease is over when the next one asks. The refund waits for the cancellation.
        let second = store.claim_effects(9, Duration::ZERO).await.unwrap();
        assert_eq!(kinds(&second), [ActionKind::UrgeCarrier]);
        let again = store.claim_effects(9, Duration::from_secs(60)).await.unwrap();
        assert_eq!(again[0].idempotency_key, second[0].idempotency_key);
        assert_eq!(again[0].progress.attempts, 2);
        store.settle_effect(again[0].id, Attempt::Done("R7")).await.unwrap();
        store.settle_effect(again[0].id, Attempt::Failed("late answer", Duration::ZERO)).await.unwrap();
        store.settle_effect(first[0].id, Attempt::Failed("carrier is closed", Duration::ZERO)).await.unwrap();
        assert_eq!(kinds(&store.claim_effects(9, Duration::ZERO).await.unwrap()), [ActionKind::CancelOrder]);
        store.settle_effect(first[0].id, Attempt::Done("R8")).await.unwrap();
        assert_eq!(kinds(&store.claim_effects(9, Duration::ZERO).await.unwrap()), [ActionKind::RefundMoney]);
        let states: Vec<_> = store.effects(A).await.unwrap().into_iter().map(|entry| entry.progress).collect();
        assert_eq!(
            states.iter().map(|progress| progress.state).collect::<Vec<_>>(),
            [EffectState::Done, EffectState::Waiting, EffectState::Done]
        );
        assert_eq!((states[2].reference.as_deref(), states[2].last_error.as_deref()), (Some("R7"), None));
    }

    #[tokio::test]
    async fn what_was_given_up_holds_up_the_rest_of_its_ticket_until_it_is_retried() {
        let (_folder, store) = store().await;
        let (first, second) = two_tickets(&store).await;
        let claimed = store.claim_effects(1, Duration::ZERO).await.unwrap();
        store.settle_effect(claimed[0].id, Attempt::GivenUp("no such order")).await.unwrap();
        assert_eq!(kinds(&store.claim_effects(9, Duration::ZERO).await.unwrap()), [ActionKind::UrgeCarrier]);
        assert_eq!(store.open_effects().await.unwrap(), OpenEffects { waiting: 2, given_up: 1 });

        let stored = store.ticket(first).await.unwrap().unwrap();
        let cancel = stored.progress[0].as_ref().unwrap();
        assert_eq!((cancel.state, cancel.last_error.as_deref()), (EffectState::GivenUp, Some("no such order")));
        assert_eq!(stored.progress[1].as_ref().unwrap().state, EffectState::Waiting);

        assert_eq!(store.retry_effects(second).await.unwrap(), 0);
        assert_eq!(store.retry_effects(first).await.unwrap(), 1);
        let again = store.claim_effects(1, Duration::ZERO).await.unwrap();
        assert_eq!((again[0].id, again[0].progress.attempts), (claimed[0].id, 1));
    }

    #[tokio::test]
    async fn the_books_hold_each_effect_once() {
        let (_folder, store) = store().await;
        two_tickets(&store).await;
        let entry = store.claim_effects(1, Duration::ZERO).await.unwrap().remove(0);
        let number = store.enter_into_books(&entry).await.unwrap();
        assert_eq!(store.enter_into_books(&entry).await.unwrap(), number);
        let other = OutboxEntry { idempotency_key: "another".into(), ..entry };
        assert_ne!(store.enter_into_books(&other).await.unwrap(), number);
    }

    #[tokio::test]
    async fn a_ticket_shows_what_another_ticket_made_happen() {
        let (_folder, store) = store().await;
        let mut tickets = Vec::new();
        for session in [A, B] {
            let mut ticket = ticket(session, "");
            ticket.actions = vec![action(ActionKind::RefundMoney, "1")];
            tickets.push(store.save_ticket(session, 1, &ticket).await.unwrap());
        }
        let claimed = store.claim_effects(9, Duration::ZERO).await.unwrap();
        assert_eq!(claimed.len(), 1);
        store.settle_effect(claimed[0].id, Attempt::Done("R1")).await.unwrap();
        for ticket in tickets {
            let stored = store.ticket(ticket).await.unwrap().unwrap();
            assert_eq!(stored.progress[0].as_ref().unwrap().reference.as_deref(), Some("R1"));
        }
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
