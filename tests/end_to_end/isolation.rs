//! Two calls at the same time share nothing.

use std::collections::HashSet;

use crate::server::{call_both, spoken};

#[tokio::test(flavor = "multi_thread")]
async fn two_calls_never_share_a_word_a_photo_or_a_ticket() {
    let (order, damage) = call_both("zh-order-status", "zh-damage").await;
    assert_ne!(order.outcome.session, damage.outcome.session);
    let (about_order, about_damage) = (spoken(&order), spoken(&damage));
    assert!(about_order.contains("EF123456789") && !about_damage.contains("EF123456789"));
    assert!(about_damage.contains("划痕") && !about_order.contains("划痕"));
    assert!(order.photos.is_empty() && order.tickets.is_empty());
    assert_eq!(damage.photos.len(), 1);
    assert_eq!(damage.tickets.len(), 1);
    for ticket in &damage.tickets {
        assert_eq!(ticket["session"], damage.outcome.session.as_str());
    }
    let heard = |record: &ermu_server::call::Record| -> HashSet<String> {
        crate::server::captions(record, "caller").into_iter().collect()
    };
    assert!(heard(&order).is_disjoint(&heard(&damage)));
}
