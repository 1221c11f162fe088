//! `flows.yaml`: what has to be known before a rule decides.

use std::collections::BTreeMap;

use ermu_domain::TicketKind;
use serde::Deserialize;
use serde_saphyr::Spanned;

use super::PackError;

pub(super) const FILE: &str = "flows.yaml";

/// Something that a flow has to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Step {
    /// Which order.
    Order,
    /// The last four digits of the order's phone number, from callers whose order it is not known to be.
    Phone,
    /// A photo of the damage.
    Photo,
    /// What is wrong, in the caller's words.
    Problem,
    /// What is wanted instead.
    Wish,
    /// The new address, or the new day.
    Address,
    /// A day.
    Day,
    /// The name on the invoice.
    Title,
}

/// The steps of every flow, in order.
#[derive(Debug)]
pub(crate) struct Flows {
    status: Vec<Step>,
    cases: BTreeMap<TicketKind, Vec<Step>>,
}

/// Kinds of cases by their names in the pack's files.
pub(super) const KINDS: [(&str, TicketKind); 13] = [
    ("damage", TicketKind::Damage),
    ("return", TicketKind::Return),
    ("exchange", TicketKind::Exchange),
    ("refund", TicketKind::Refund),
    ("repair", TicketKind::Repair),
    ("coupon", TicketKind::Coupon),
    ("address", TicketKind::Address),
    ("install", TicketKind::Install),
    ("invoice", TicketKind::Invoice),
    ("complaint", TicketKind::Complaint),
    ("cancel", TicketKind::Cancel),
    ("urge", TicketKind::Urge),
    ("missing", TicketKind::Missing),
];

/// The kind with this name.
pub(super) fn kind(name: &str) -> Option<TicketKind> {
    KINDS.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind)
}

impl Flows {
    /// What has to be known before an order's state is told.
    pub(crate) fn status(&self) -> &[Step] {
        &self.status
    }

    /// What has to be known before a rule decides a case of this kind.
    pub(crate) fn of(&self, kind: TicketKind) -> &[Step] {
        self.cases.get(&kind).map_or(&[], Vec::as_slice)
    }
}

pub(super) fn parse(text: &str) -> Result<Flows, PackError> {
    let yaml: BTreeMap<String, Spanned<Vec<Step>>> =
        serde_saphyr::from_str(text).map_err(|error| PackError::yaml(FILE, &error))?;
    let mut flows = Flows { status: vec![Step::Order], cases: BTreeMap::new() };
    for (name, steps) in yaml {
        let fail = |problem: String| Err(PackError::at(FILE, steps.defined.line(), problem));
        let steps = steps.value;
        if steps.first() != Some(&Step::Order) {
            return fail(format!("`{name}` has to begin with `order`"));
        }
        if name == "order_status" {
            flows.status = steps;
            continue;
        }
        let Some(kind) = kind(&name) else {
            let names: Vec<_> = KINDS.iter().map(|(name, _)| *name).collect();
            return fail(format!("`{name}` is no flow: write order_status or one of {}", names.join(", ")));
        };
        if !steps.contains(&Step::Phone) && changes_an_order(kind) {
            return fail(format!("`{name}` moves money or changes an order: it needs `phone`"));
        }
        flows.cases.insert(kind, steps);
    }
    match KINDS.iter().find(|(_, kind)| !flows.cases.contains_key(kind)) {
        Some((name, _)) => Err(PackError::at(FILE, 1, format!("lacks the flow `{name}`"))),
        None => Ok(flows),
    }
}

/// Whether whoever knows only an order's number must not get this.
const fn changes_an_order(kind: TicketKind) -> bool {
    use TicketKind as Kind;
    match kind {
        Kind::Return
        | Kind::Exchange
        | Kind::Refund
        | Kind::Coupon
        | Kind::Address
        | Kind::Install
        | Kind::Invoice
        | Kind::Cancel => true,
        Kind::Damage | Kind::Repair | Kind::Complaint | Kind::Urge | Kind::Missing | Kind::HandOff => false,
    }
}
