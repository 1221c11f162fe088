//! Who knows the shop's orders and carries out what tickets ask for.

use ermu_backend::{CarryOutError, Effect, LookupError, ShopSystem};
use ermu_domain::{Order, OrderNumber};
use ermu_store::{OutboxEntry, Store};

use crate::Caller;

/// Where orders come from, and who does what was promised.
#[derive(Debug, Clone)]
pub enum Backend {
    /// The shop has no system of its own: the pack's orders count, and what is to be done is entered into books in the
    /// database, from which people work.
    OwnData,
    /// The shop's own system, over HTTP.
    ShopSystem(ShopSystem),
}

impl Backend {
    /// The order with this number, with what was registered for it.
    pub(crate) async fn order(&self, store: &Store, number: &OrderNumber) -> Result<Option<Order>, LookupError> {
        match self {
            Self::OwnData => store.order(number).await.map_err(|error| unavailable(&error)),
            Self::ShopSystem(system) => match system.order(number).await? {
                Some(order) => Ok(Some(with_past(store, order).await?)),
                None => Ok(None),
            },
        }
    }

    /// The orders of a customer, the newest first.
    pub(crate) async fn orders_of(&self, store: &Store, caller: &Caller) -> Result<Vec<Order>, LookupError> {
        match self {
            Self::OwnData => store.orders_of(caller.expose()).await.map_err(|error| unavailable(&error)),
            Self::ShopSystem(system) => {
                let mut orders = Vec::new();
                for order in system.orders_of(caller).await? {
                    orders.push(with_past(store, order).await?);
                }
                Ok(orders)
            }
        }
    }

    /// Does what waits in the outbox; gives what it is called there. Doing it again with the same key changes nothing.
    pub(crate) async fn carry_out(&self, store: &Store, entry: &OutboxEntry) -> Result<String, CarryOutError> {
        match self {
            Self::OwnData => match store.enter_into_books(entry).await {
                Ok(number) => Ok(format!("B{number:06}")),
                Err(error) => Err(CarryOutError::Unavailable { reason: error.to_string(), retry_after: None }),
            },
            Self::ShopSystem(system) => {
                let OutboxEntry { idempotency_key, ticket, action, .. } = entry;
                system.carry_out(&Effect { key: idempotency_key, ticket: *ticket, action }).await
            }
        }
    }
}

/// What tickets registered for an order is known here and nowhere else.
async fn with_past(store: &Store, mut order: Order) -> Result<Order, LookupError> {
    order.registered = store.registered(&order.number).await.map_err(|error| unavailable(&error))?;
    Ok(order)
}

fn unavailable(error: &ermu_store::StoreError) -> LookupError {
    LookupError::Unavailable(error.to_string())
}
