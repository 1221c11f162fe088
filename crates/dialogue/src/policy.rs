//! The shop's rules applied: from facts to a remedy. Feelings are no argument here, on purpose.

use ermu_domain::{ActionKind, Basis, Decision, ImageFinding, Order, ProductId, Remedy, TicketKind};
use jiff::civil::DateTime;

use crate::pack::{Payer, Rule, Stage};

/// What the rules look at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts<'a> {
    /// What the customer wants.
    pub(crate) reason: TicketKind,
    pub(crate) product: &'a ProductId,
    /// Days since delivery; none if it was not delivered.
    pub(crate) days: Option<i32>,
    pub(crate) stage: Stage,
    pub(crate) finding: Option<&'a ImageFinding>,
}

/// A decision, and who pays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ruling {
    pub(crate) decision: Decision,
    pub(crate) payer: Payer,
    /// What happens once the customer has said yes.
    pub(crate) actions: Vec<ActionKind>,
}

/// How far an order is at the shop's local time `now`.
pub(crate) fn stage(order: &Order, now: DateTime) -> Stage {
    match &order.parcel {
        None => Stage::Unsent,
        Some(parcel) if parcel.delivered.is_some() => Stage::Delivered,
        Some(parcel) if parcel.trouble.is_some() || parcel.due < now => Stage::Late,
        Some(_) => Stage::Sent,
    }
}

/// The first rule that fits. None only if there are no rules, which a checked pack never lets happen.
pub(crate) fn decide(rules: &[Rule], facts: Facts<'_>) -> Option<Ruling> {
    rules.iter().find(|rule| fits(rule, facts)).map(|rule| Ruling {
        decision: Decision { remedy: rule.remedy, rule: rule.id.clone(), clause: rule.clause.clone() },
        payer: rule.payer,
        actions: rule.actions.clone(),
    })
}

fn fits(rule: &Rule, facts: Facts<'_>) -> bool {
    let reason = rule.reason.is_none_or(|reason| reason == facts.reason);
    let stage = match rule.stage {
        None => true,
        Some(Stage::Sent) => matches!(facts.stage, Stage::Sent | Stage::Late),
        Some(stage @ (Stage::Unsent | Stage::Late | Stage::Delivered)) => stage == facts.stage,
    };
    let product = rule.product.as_ref().is_none_or(|product| product == facts.product);
    let days = rule.days.is_none_or(|(from, to)| facts.days.is_some_and(|days| (from..=to).contains(&days)));
    let kind = rule.kinds.is_empty() || facts.finding.is_some_and(|finding| rule.kinds.contains(&finding.kind));
    reason && stage && product && days && kind && proven(rule, facts)
}

/// Damage has to be proven: what gives something away needs a finding that was judged against a reference, and sure
/// enough. For all else the order is proof, unless the rule asks for a finding.
fn proven(rule: &Rule, facts: Facts<'_>) -> bool {
    let sure = |bar: f32| facts.finding.is_some_and(|finding| finding.confidence >= bar);
    let judged = || facts.finding.is_some_and(|finding| finding.basis == Basis::Reference);
    match (rule.remedy, facts.reason) {
        (Remedy::Refuse | Remedy::Review, _) => rule.min_confidence.is_none_or(sure),
        (_, TicketKind::Damage) => judged() && rule.min_confidence.is_some_and(sure),
        (_, _) => rule.min_confidence.is_none_or(|bar| judged() && sure(bar)),
    }
}

#[cfg(test)]
mod tests {
    use ermu_domain::{DefectKind, NineGrid, Region};

    use super::*;
    use crate::pack::tests::demo;

    fn finding(basis: Basis, confidence: f32) -> ImageFinding {
        let region = Region { x: 0.7, y: 0.1, width: 0.1, height: 0.1 };
        ImageFinding { kind: DefectKind::Scratch, region, place: NineGrid::TopRight, area: 0.01, confidence, basis }
    }

    fn remedy(days: Option<i32>, finding: Option<&ImageFinding>) -> Remedy {
        let product = ProductId("coffee-machine".to_owned());
        let stage = if days.is_some() { Stage::Delivered } else { Stage::Sent };
        let facts = Facts { reason: TicketKind::Damage, product: &product, days, stage, finding };
        decide(demo().rules(), facts).unwrap().decision.remedy
    }

    #[test]
    fn the_demo_rules_by_days_and_proof() {
        let sure = finding(Basis::Reference, 0.9);
        assert_eq!(remedy(Some(2), Some(&sure)), Remedy::Replace);
        assert_eq!(remedy(Some(7), Some(&sure)), Remedy::Replace);
        assert_eq!(remedy(Some(8), Some(&sure)), Remedy::Repair);
        assert_eq!(remedy(Some(31), Some(&sure)), Remedy::Refuse);
        assert_eq!(remedy(Some(31), None), Remedy::Refuse, "too late whatever the photo shows");
        assert_eq!(remedy(None, Some(&sure)), Remedy::Review, "not delivered, so how can it be damaged");
    }

    #[test]
    fn what_the_order_proves_decides_other_cases() {
        let product = ProductId("kettle".to_owned());
        let remedy = |reason, stage, days| {
            let facts = Facts { reason, product: &product, days, stage, finding: None };
            let ruling = decide(demo().rules(), facts).unwrap();
            (ruling.decision.remedy, ruling.payer)
        };
        assert_eq!(remedy(TicketKind::Return, Stage::Unsent, None), (Remedy::Cancel, Payer::Nobody));
        assert_eq!(remedy(TicketKind::Return, Stage::Late, None), (Remedy::Cancel, Payer::Nobody));
        assert_eq!(remedy(TicketKind::Return, Stage::Delivered, Some(7)), (Remedy::Return, Payer::Customer));
        assert_eq!(remedy(TicketKind::Return, Stage::Delivered, Some(8)), (Remedy::Refuse, Payer::Nobody));
        assert_eq!(remedy(TicketKind::Repair, Stage::Delivered, Some(366)), (Remedy::Repair, Payer::Customer));
        assert_eq!(remedy(TicketKind::Repair, Stage::Sent, None), (Remedy::Review, Payer::Nobody));
        assert_eq!(remedy(TicketKind::Missing, Stage::Sent, None), (Remedy::Review, Payer::Nobody));
    }

    #[test]
    fn what_is_not_proven_never_decides_by_itself() {
        assert_eq!(remedy(Some(2), Some(&finding(Basis::PhotoAlone, 0.99))), Remedy::Review);
        assert_eq!(remedy(Some(2), Some(&finding(Basis::Reference, 0.59))), Remedy::Review);
        assert_eq!(remedy(Some(2), None), Remedy::Review);
    }
}
