//! Tickets that come from a file.

use ermu_domain::TicketId;
use sqlx::SqliteConnection;

use crate::{
    Store, StoreError, StoredTicket,
    store::{begin, settle},
};

/// Why tickets were not imported: none of them was.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Its number, or its place in its call, belongs to another ticket here.
    #[error("{0} is another ticket here: import it into a database of its own")]
    Taken(TicketId),
    /// Numbers begin at 1, and end.
    #[error("a ticket's number has to be 1 to {max}", max = i64::MAX)]
    Number,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What an import did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Imported {
    /// Tickets that were not here.
    pub new: usize,
    /// Tickets that were here in an older state.
    pub renewed: usize,
    /// Tickets that were here in this state or a newer one.
    pub left: usize,
}

impl Store {
    /// Takes tickets in with their numbers, all or none. What they make happen is not done again: it was done where they
    /// come from. Of a ticket that is here already the newer state counts.
    pub async fn import_tickets(&self, tickets: &[StoredTicket]) -> Result<Imported, ImportError> {
        let mut connection = self.writing().await?;
        let mut imported = Ok(Imported::default());
        let outcome = import(&mut connection, tickets, &mut imported).await;
        settle(connection, outcome)?;
        imported
    }
}

async fn import(
    connection: &mut SqliteConnection,
    tickets: &[StoredTicket],
    imported: &mut Result<Imported, ImportError>,
) -> Result<(), StoreError> {
    let mut transaction = begin(connection).await?;
    let mut counts = Imported::default();
    for stored in tickets {
        let StoredTicket { id, key, created_at_unix_ms, updated_at_unix_ms, ticket, progress: _ } = stored;
        let Some(number) = i64::try_from(id.0).ok().filter(|number| *number > 0) else {
            *imported = Err(ImportError::Number);
            return Ok(());
        };
        let session = ticket.session.to_string();
        let known: Vec<(i64, String, u32, i64)> = sqlx::query_as(
            "SELECT id, session, key, updated_at_unix_ms FROM tickets WHERE id = ?1 OR (session = ?2 AND key = ?3)",
        )
        .bind(number)
        .bind(&session)
        .bind(key)
        .fetch_all(&mut *transaction)
        .await?;
        match known.as_slice() {
            [] => counts.new += 1,
            [(id, of, at, updated)] if *id == number && *of == session && at == key => {
                if updated >= updated_at_unix_ms {
                    counts.left += 1;
                    continue;
                }
                counts.renewed += 1;
            }
            _ => {
                *imported = Err(ImportError::Taken(*id));
                return Ok(());
            }
        }
        sqlx::query(
            "INSERT INTO sessions (id, language, started_at_unix_ms, ended_at_unix_ms, end_reason)
             VALUES (?, ?, ?, ?, 'imported') ON CONFLICT DO NOTHING",
        )
        .bind(&session)
        .bind(ticket.language.code())
        .bind(created_at_unix_ms)
        .bind(updated_at_unix_ms)
        .execute(&mut *transaction)
        .await?;
        sqlx::query(
            "INSERT INTO tickets (id, session, key, created_at_unix_ms, updated_at_unix_ms, json, order_number)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT (id) DO UPDATE SET updated_at_unix_ms = ?5, json = ?6, order_number = ?7",
        )
        .bind(number)
        .bind(&session)
        .bind(key)
        .bind(created_at_unix_ms)
        .bind(updated_at_unix_ms)
        .bind(serde_json::to_string(ticket).map_err(StoreError::unwritable)?)
        .bind(ticket.order.as_ref().map(|order| &order.0))
        .execute(&mut *transaction)
        .await?;
    }
    transaction.commit().await?;
    *imported = Ok(counts);
    Ok(())
}

#[cfg(test)]
mod tests {
    use ermu_domain::{Action, ActionKind, Language, OrderNumber, SessionId};

    use super::*;
    use crate::tickets::tests::ticket;

    fn stored(id: u64, session: u128, summary: &str, updated_at_unix_ms: i64) -> StoredTicket {
        let mut ticket = ticket(SessionId(session), summary);
        let order = Some(OrderNumber("123456".into()));
        ticket.actions = vec![Action { kind: ActionKind::RefundMoney, order, product: None, detail: None }];
        StoredTicket { id: TicketId(id), key: 1, created_at_unix_ms: 1, updated_at_unix_ms, ticket, progress: vec![] }
    }

    #[tokio::test]
    async fn the_newer_state_counts_and_nothing_is_done_again() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("ermu.db")).await.unwrap();
        let old = [stored(7, 1, "old", 10), stored(9, 2, "other", 10)];
        let imported = store.import_tickets(&old).await.unwrap();
        assert_eq!(imported, Imported { new: 2, ..Imported::default() });
        let imported = store.import_tickets(&[stored(7, 1, "new", 11), stored(9, 2, "other", 10)]).await.unwrap();
        assert_eq!(imported, Imported { new: 0, renewed: 1, left: 1 });
        store.import_tickets(&old).await.unwrap();
        let kept = store.ticket(TicketId(7)).await.unwrap().unwrap();
        assert_eq!((kept.ticket.summary.en.as_str(), kept.updated_at_unix_ms), ("new", 11));
        assert_eq!(kept.progress, [None]);
        assert_eq!(store.open_effects().await.unwrap().waiting, 0);
        // A ticket of this shop gets a number that no imported one has.
        store.begin_session(SessionId(3), Language::Chinese, 1).await.unwrap();
        assert!(store.save_ticket(SessionId(3), 1, &ticket(SessionId(3), "")).await.unwrap() > TicketId(9));
    }

    #[tokio::test]
    async fn another_ticket_under_the_same_number_stops_all_of_it() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("ermu.db")).await.unwrap();
        store.import_tickets(&[stored(7, 1, "here", 10)]).await.unwrap();
        for bad in [stored(7, 2, "same number", 99), stored(8, 1, "same place", 99)] {
            let mixed = [stored(20, 5, "fine", 1), bad];
            assert!(matches!(store.import_tickets(&mixed).await, Err(ImportError::Taken(_))));
        }
        for number in [0, u64::MAX] {
            assert!(matches!(store.import_tickets(&[stored(number, 9, "", 1)]).await, Err(ImportError::Number)));
        }
        assert!(store.ticket(TicketId(20)).await.unwrap().is_none());
        assert_eq!(store.ticket(TicketId(7)).await.unwrap().unwrap().ticket.summary.en, "here");
    }
}
