//! Carries out what waits in the outbox: in order, with patience, each thing once.
//!
//! An effect is claimed, done and settled. The process may die between any two of these: the claim runs out, the effect is
//! asked for again with the same key, and the backend recognises it.

use std::{sync::Arc, time::Duration};

use ermu_backend::CarryOutError;
use ermu_store::{Attempt, OutboxEntry, Store, StoreError};
use tokio::{sync::Notify, time::timeout};
use tracing::{error, info, warn};

use crate::{Backend, metrics::Metrics};

/// How often the outbox is looked at when nobody says that something is in it: retries become due by themselves.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// How long it is tried to carry something out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Attempts until it is given up, and a person has to see to it.
    pub attempts: u32,
    /// The wait after the first failure; it doubles with each one that follows,
    pub first_wait: Duration,
    /// up to this.
    pub longest_wait: Duration,
    /// After this time a claim that was not settled counts as lost. Longer than any attempt takes.
    pub lease: Duration,
}

impl RetryPolicy {
    /// The wait after this many attempts.
    fn wait(&self, attempts: u32) -> Duration {
        let doublings = attempts.saturating_sub(1).min(31);
        self.first_wait.saturating_mul(1 << doublings).min(self.longest_wait)
    }
}

/// The worker that drains the outbox.
pub(crate) struct Outbox {
    pub(crate) store: Store,
    pub(crate) backend: Backend,
    pub(crate) policy: RetryPolicy,
    pub(crate) metrics: Arc<Metrics>,
    /// Told when a ticket was stored.
    pub(crate) wake: Arc<Notify>,
}

impl Outbox {
    /// Works until it is aborted, which it may be at any moment.
    pub(crate) async fn run(self) {
        loop {
            match self.step().await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => warn!(%error, "the outbox could not be read or written"),
            }
            // Whichever comes first; being late is no error.
            timeout(LOOK_AGAIN, self.wake.notified()).await.ok();
        }
    }

    /// Carries out the oldest effect that is due; says whether there was one.
    pub(crate) async fn step(&self) -> Result<bool, StoreError> {
        let claimed = self.store.claim_effects(1, self.policy.lease).await?.pop();
        if let Some(entry) = &claimed {
            let outcome = self.backend.carry_out(&self.store, entry).await;
            self.settle(entry, outcome).await?;
        }
        self.metrics.effects_open.set(self.store.open_effects().await?);
        Ok(claimed.is_some())
    }

    async fn settle(&self, entry: &OutboxEntry, outcome: Result<String, CarryOutError>) -> Result<(), StoreError> {
        let OutboxEntry { id, ticket, action, progress, .. } = entry;
        let (kind, attempts) = (action.kind, progress.attempts);
        match outcome {
            Ok(reference) => {
                self.store.settle_effect(*id, Attempt::Done(&reference)).await?;
                self.metrics.effects_done.add_one();
                info!(%ticket, ?kind, attempts, "carried out");
            }
            Err(CarryOutError::Unavailable { reason, retry_after }) if attempts < self.policy.attempts => {
                let wait = self.policy.wait(attempts).max(retry_after.unwrap_or_default());
                self.store.settle_effect(*id, Attempt::Failed(&reason, wait)).await?;
                self.metrics.effects_failed.add_one();
                warn!(%ticket, ?kind, attempts, %reason, ?wait, "not carried out yet");
            }
            Err(CarryOutError::Unavailable { reason, .. } | CarryOutError::Refused(reason)) => {
                self.store.settle_effect(*id, Attempt::GivenUp(&reason)).await?;
                self.metrics.effects_given_up.add_one();
                error!(%ticket, ?kind, attempts, %reason, "given up: a person has to see to it");
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use ermu_backend::{ShopSystem, ShopSystemConfig};
    use ermu_domain::{Action, ActionKind, Language, OrderNumber, SessionId, Ticket, TicketId};
    use ermu_store::EffectState;
    use ermu_testkit::shop_system::{self, Fault};
    use tempfile::TempDir;

    use super::*;
    use crate::Caller;

    const SESSION: SessionId = SessionId(1);
    const NOW: Duration = Duration::ZERO;

    /// A ticket that wants these done for an order.
    fn ticket(kinds: &[ActionKind]) -> Ticket {
        let action = |kind: &ActionKind| Action {
            kind: *kind,
            order: Some(OrderNumber("123456".into())),
            product: None,
            detail: None,
        };
        let mut ticket: Ticket = serde_json::from_value(serde_json::json!({
            "session": SESSION, "kind": "return", "language": "zh", "order": "123456",
            "summary": {"zh": "", "en": ""}, "statements": [], "findings": [], "emotions": [], "decision": null,
            "hand_off": null, "promises": [],
        }))
        .unwrap();
        ticket.actions = kinds.iter().map(action).collect();
        ticket
    }

    async fn store(folder: &TempDir) -> Store {
        let store = Store::open(&folder.path().join("ermu.db")).await.unwrap();
        store.begin_session(SESSION, Language::Chinese, 1).await.unwrap();
        store
    }

    async fn save(store: &Store, kinds: &[ActionKind]) -> TicketId {
        store.save_ticket(SESSION, 1, &ticket(kinds)).await.unwrap()
    }

    /// A worker that never waits.
    fn worker(store: &Store, backend: Backend, attempts: u32) -> Outbox {
        let policy = RetryPolicy { attempts, first_wait: NOW, longest_wait: NOW, lease: NOW };
        Outbox { store: store.clone(), backend, policy, metrics: Arc::default(), wake: Arc::default() }
    }

    fn over_http(shop: &shop_system::ShopSystem, timeout: Duration) -> Backend {
        let config = ShopSystemConfig { url: shop.url.clone(), token: None, timeout };
        Backend::ShopSystem(ShopSystem::new(&config).unwrap())
    }

    /// Works until nothing is due.
    async fn drain(worker: &Outbox) {
        while worker.step().await.unwrap() {}
    }

    fn kinds(shop: &shop_system::ShopSystem) -> Vec<String> {
        shop.done().iter().map(|effect| effect["kind"].as_str().unwrap().to_owned()).collect()
    }

    async fn states(store: &Store, ticket: TicketId) -> Vec<EffectState> {
        let stored = store.ticket(ticket).await.unwrap().unwrap();
        stored.progress.into_iter().map(|progress| progress.unwrap().state).collect()
    }

    #[test]
    fn waits_double_up_to_the_longest() {
        let seconds = Duration::from_secs;
        let policy = RetryPolicy { attempts: 9, first_wait: seconds(1), longest_wait: seconds(60), lease: NOW };
        let waits: Vec<_> = [0, 1, 2, 3, 6, 7, 8, 1000].map(|attempts| policy.wait(attempts).as_secs()).into();
        assert_eq!(waits, [1, 1, 2, 4, 32, 60, 60, 60]);
    }

    #[tokio::test]
    async fn whatever_goes_wrong_each_thing_is_done_once_and_in_order() {
        let faults = [
            Fault::FailsBefore,
            Fault::FailsAfter,
            Fault::HangsBefore,
            Fault::HangsAfter,
            Fault::IsBusy,
            Fault::Babbles,
            Fault::LeadsAway,
        ];
        for fault in faults {
            let folder = tempfile::tempdir().unwrap();
            let (store, shop) = (store(&folder).await, shop_system::ShopSystem::start(vec![], None).await);
            let ticket = save(&store, &[ActionKind::BookPickUp, ActionKind::RefundMoney]).await;
            shop.misbehave([Some(fault), Some(fault), None, Some(fault)]);
            drain(&worker(&store, over_http(&shop, Duration::from_millis(250)), 20)).await;
            assert_eq!(kinds(&shop), ["book_pick_up", "refund_money"], "{fault:?}");
            assert_eq!(states(&store, ticket).await, [EffectState::Done; 2], "{fault:?}");
        }
    }

    #[tokio::test]
    async fn a_crash_between_the_effect_and_its_mark_does_not_double_it() {
        let folder = tempfile::tempdir().unwrap();
        let shop = shop_system::ShopSystem::start(vec![], None).await;
        let backend = over_http(&shop, Duration::from_secs(10));
        let first = store(&folder).await;
        let ticket = save(&first, &[ActionKind::RefundMoney]).await;
        // The worker dies when the money is on its way and nothing is written down.
        let entry = first.claim_effects(1, NOW).await.unwrap().remove(0);
        backend.carry_out(&first, &entry).await.unwrap();
        first.close().await;

        let second = store(&folder).await;
        drain(&worker(&second, backend, 5)).await;
        assert_eq!((shop.requests(), kinds(&shop).len()), (2, 1));
        let stored = second.ticket(ticket).await.unwrap().unwrap();
        let progress = stored.progress[0].as_ref().unwrap();
        assert_eq!((progress.state, progress.reference.as_deref()), (EffectState::Done, Some("R-1")));
    }

    #[tokio::test]
    async fn a_worker_that_is_killed_in_the_middle_is_followed_by_another() {
        let folder = tempfile::tempdir().unwrap();
        let (store, shop) = (store(&folder).await, shop_system::ShopSystem::start(vec![], None).await);
        save(&store, &[ActionKind::RefundMoney]).await;
        shop.misbehave([Some(Fault::HangsAfter)]);
        let hanging = tokio::spawn(worker(&store, over_http(&shop, Duration::from_secs(600)), 5).run());
        while shop.done().is_empty() {
            tokio::task::yield_now().await;
        }
        hanging.abort();
        assert!(hanging.await.unwrap_err().is_cancelled());
        drain(&worker(&store, over_http(&shop, Duration::from_secs(10)), 5)).await;
        assert_eq!(kinds(&shop), ["refund_money"]);
        assert_eq!(store.open_effects().await.unwrap().waiting, 0);
    }

    #[tokio::test]
    async fn what_never_works_is_given_up_seen_and_can_be_retried() {
        let folder = tempfile::tempdir().unwrap();
        let (store, shop) = (store(&folder).await, shop_system::ShopSystem::start(vec![], None).await);
        let ticket = save(&store, &[ActionKind::CancelOrder, ActionKind::RefundMoney]).await;
        shop.misbehave([Some(Fault::FailsBefore), Some(Fault::FailsBefore), Some(Fault::FailsBefore)]);
        let worker = worker(&store, over_http(&shop, Duration::from_secs(10)), 3);
        drain(&worker).await;
        // The money does not go back for an order that could not be cancelled.
        assert_eq!(states(&store, ticket).await, [EffectState::GivenUp, EffectState::Waiting]);
        assert_eq!((shop.requests(), worker.metrics.effects_failed.get()), (3, 2));
        assert_eq!(worker.metrics.effects_given_up.get(), 1);
        assert_eq!(worker.metrics.effects_open.get(), ermu_store::OpenEffects { waiting: 1, given_up: 1 });

        store.retry_effects(ticket).await.unwrap();
        drain(&worker).await;
        assert_eq!(kinds(&shop), ["cancel_order", "refund_money"]);
        assert_eq!(worker.metrics.effects_done.get(), 2);
    }

    #[tokio::test]
    async fn a_refusal_is_not_repeated() {
        let folder = tempfile::tempdir().unwrap();
        let (store, shop) = (store(&folder).await, shop_system::ShopSystem::start(vec![], None).await);
        let ticket = save(&store, &[ActionKind::RefundMoney]).await;
        shop.misbehave([Some(Fault::Refuses)]);
        drain(&worker(&store, over_http(&shop, Duration::from_secs(10)), 9)).await;
        assert_eq!(shop.requests(), 1);
        let stored = store.ticket(ticket).await.unwrap().unwrap();
        let progress = stored.progress[0].as_ref().unwrap();
        assert_eq!(progress.state, EffectState::GivenUp);
        assert!(progress.last_error.as_ref().unwrap().contains("paid back long ago"));
    }

    #[tokio::test]
    async fn a_shop_without_a_system_gets_it_into_its_books() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(&folder).await;
        let ticket = save(&store, &[ActionKind::BookPickUp, ActionKind::RefundMoney]).await;
        // Once more as after a crash.
        let entry = store.claim_effects(1, NOW).await.unwrap().remove(0);
        Backend::OwnData.carry_out(&store, &entry).await.unwrap();
        drain(&worker(&store, Backend::OwnData, 9)).await;
        let stored = store.ticket(ticket).await.unwrap().unwrap();
        let references: Vec<_> =
            stored.progress.iter().map(|progress| progress.as_ref().unwrap().reference.clone().unwrap()).collect();
        // Numbers grow, not always by one.
        assert!(references[0] == "B000001" && references[1] > references[0], "{references:?}");
    }

    #[tokio::test]
    async fn orders_of_the_shops_system_know_what_was_registered_here() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(&folder).await;
        let order = serde_json::json!({
            "number": "123456", "customer": "somebody", "phone": "13800000001", "product": "lamp",
            "product_name": {"zh": "灯", "en": "lamp"}, "paid": 19990, "placed": "2026-11-10", "parcel": null,
        });
        let shop = shop_system::ShopSystem::start(vec![order], None).await;
        let ticket = save(&store, &[]).await;
        let backend = over_http(&shop, Duration::from_secs(10));
        let found = backend.order(&store, &OrderNumber("123456".into())).await.unwrap().unwrap();
        assert_eq!(found.registered[0].ticket, ticket);
        let own = backend.orders_of(&store, &Caller::new("13800000001".into())).await.unwrap();
        assert_eq!(own, [found]);
    }
}
