//! Passes for callers whom the shop's own site has signed in.
//!
//! The site asks for a pass with the customer's phone number and hands it to the customer's page, which opens the call with
//! it. A pass is 122 random bits, counts once and for ten minutes, and says nothing about anybody.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use ermu_domain::Pii;
use tokio::time::Instant;
use uuid::Uuid;

/// How long a pass counts.
pub const PASS_LIFETIME: Duration = Duration::from_secs(600);
/// Passes that may wait for their calls.
const LIMIT: usize = 10_000;

/// A customer's phone number, digits only: it tells whose orders they are.
pub type Caller = Pii<String>;

#[derive(Default)]
pub(crate) struct Callers {
    passes: Mutex<HashMap<Uuid, (Caller, Instant)>>,
}

impl Callers {
    /// A new pass; none if too many are waiting.
    pub(crate) fn admit(&self, caller: Caller) -> Option<String> {
        let now = Instant::now();
        let mut passes = self.passes.lock().unwrap_or_else(PoisonError::into_inner);
        passes.retain(|_, (_, issued)| now.duration_since(*issued) < PASS_LIFETIME);
        if passes.len() >= LIMIT {
            return None;
        }
        let pass = Uuid::new_v4();
        passes.insert(pass, (caller, now));
        Some(pass.simple().to_string())
    }

    /// Whose pass it is; from now on it is nobody's.
    pub(crate) fn redeem(&self, pass: &str) -> Option<Caller> {
        let pass = Uuid::try_parse(pass).ok()?;
        let mut passes = self.passes.lock().unwrap_or_else(PoisonError::into_inner);
        let (caller, issued) = passes.remove(&pass)?;
        (issued.elapsed() < PASS_LIFETIME).then_some(caller)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_pass_counts_once_and_not_for_ever() {
        let callers = Callers::default();
        let caller = || Caller::new("13800135678".to_owned());
        let pass = callers.admit(caller()).unwrap();
        assert!(!pass.contains("138"));
        assert_eq!(callers.redeem(&pass), Some(caller()));
        assert_eq!(callers.redeem(&pass), None);
        let late = callers.admit(caller()).unwrap();
        tokio::time::advance(PASS_LIFETIME).await;
        assert_eq!(callers.redeem(&late), None);
        assert_eq!(callers.redeem("guess"), None);
    }

    #[tokio::test(start_paused = true)]
    async fn only_so_many_wait() {
        let callers = Callers::default();
        for _ in 0..LIMIT {
            callers.admit(Caller::default()).unwrap();
        }
        assert_eq!(callers.admit(Caller::default()), None);
        tokio::time::advance(PASS_LIFETIME).await;
        assert!(callers.admit(Caller::default()).is_some());
    }
}
