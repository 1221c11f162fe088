//! Two calls at the same time share nothing.

use std::collections::HashSet;

use crate::server::{call_at, spoken, url};

#[tokio::test(flavor = "multi_thread")]
async fn two_calls_never_share_a_word_a_photo_or_a_ticket() {
    let (order, damage) = tokio::join!(call_at(url(), "zh-order-status"), call_at(url(), "zh-damage"));
    assert_ne!(order.outcome.session, damage.outcome.session);
    let (about_order, about_damage) = (spoken(&order), spoken(&damage));
    assert!(about_order.contains("EF123456789") && !about_damage.contains("EF123456789"));
    assert!(about_damage.contains("划痕") && !about_order.contains("划痕"));
    assert!(order.photos.is_empty() && order.tickets.is_empty());
    assert_eq!(damage.photos.len(), 1);
    for ticket in &damage.tickets {
        assert_eq!(ticket["session"], damage.outcome.session.as_str());
    }
    let heard = |record: &ermu_server::call::Record| -> HashSet<String> {
        crate::server::captions(record, "caller").into_iter().collect()
    };
    assert!(heard(&order).is_disjoint(&heard(&damage)));
}
