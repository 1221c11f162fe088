//! The shop's rules applied: from facts to a remedy. Feelings are no argument here, on purpose.

use ermu_domain::{Basis, Decision, ImageFinding, ProductId, Remedy};

use crate::pack::{Payer, Rule};

/// What the rules look at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts<'a> {
    pub(crate) product: &'a ProductId,
    /// Days since delivery; none if it was not delivered.
    pub(crate) days: Option<i32>,
    pub(crate) finding: Option<&'a ImageFinding>,
}

/// A decision, and who pays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ruling {
    pub(crate) decision: Decision,
    pub(crate) payer: Payer,
}

/// The first rule that fits. None only if there are no rules, which a checked pack never lets happen.
pub(crate) fn decide(rules: &[Rule], facts: Facts<'_>) -> Option<Ruling> {
    rules.iter().find(|rule| fits(rule, facts)).map(|rule| Ruling {
        decision: Decision { remedy: rule.remedy, rule: rule.id.clone(), clause: rule.clause.clone() },
        payer: rule.payer,
    })
}

fn fits(rule: &Rule, facts: Facts<'_>) -> bool {
    let product = rule.product.as_ref().is_none_or(|product| product == facts.product);
    let days = rule.days.is_none_or(|(from, to)| facts.days.is_some_and(|days| (from..=to).contains(&days)));
    let kind = rule.kinds.is_empty() || facts.finding.is_some_and(|finding| rule.kinds.contains(&finding.kind));
    product && days && kind && proven(rule, facts.finding)
}

/// What gives something away needs a finding that was judged against a reference, and sure enough.
fn proven(rule: &Rule, finding: Option<&ImageFinding>) -> bool {
    let sure = |bar: f32| finding.is_some_and(|finding| finding.confidence >= bar);
    match rule.remedy {
        Remedy::Replace | Remedy::Refund | Remedy::Repair | Remedy::PartialRefund => {
            finding.is_some_and(|finding| finding.basis == Basis::Reference) && rule.min_confidence.is_some_and(sure)
        }
        Remedy::Refuse | Remedy::Review => rule.min_confidence.is_none_or(sure),
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
        decide(demo().rules(), Facts { product: &product, days, finding }).unwrap().decision.remedy
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
    fn what_is_not_proven_never_decides_by_itself() {
        assert_eq!(remedy(Some(2), Some(&finding(Basis::PhotoAlone, 0.99))), Remedy::Review);
        assert_eq!(remedy(Some(2), Some(&finding(Basis::Reference, 0.59))), Remedy::Review);
        assert_eq!(remedy(Some(2), None), Remedy::Review);
    }
}
