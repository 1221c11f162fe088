//! The names of intents: the pack's own, and those of the customer lines that they are compared with.

use ermu_dialogue::Intent;

pub(super) type Label = String;

/// What an intent is called in a file that uses `wanted` for one of its lines.
///
/// The 21 labels of the customer lines are coarser than the pack's intents: `logistics` is both where an order is and when
/// it comes.
pub(super) fn of(intent: Intent, wanted: &str) -> Label {
    let coarse = coarse(intent);
    if wanted == intent.name() || Intent::ALL.iter().any(|other| other.name() == wanted && coarse_of(wanted) != wanted)
    {
        intent.name().to_owned()
    } else {
        coarse.to_owned()
    }
}

/// Chit-chat, fragments and what no shop is for ask for no action; all else does.
pub(super) fn is_actionable(label: &str) -> bool {
    !matches!(coarse_of(label), "greet" | "thanks_bye" | "inform_fragment" | "other_oos")
}

fn coarse_of(label: &str) -> &str {
    let known = Intent::ALL.into_iter().find(|intent| intent.name() == label);
    known.map_or(label, |intent| coarse(intent))
}

const fn coarse(intent: Intent) -> &'static str {
    match intent {
        Intent::OrderStatus | Intent::Arrival => "logistics",
        Intent::Stock => "stock_region",
        Intent::Warranty => "repair_warranty",
        Intent::Damage => "defect",
        Intent::Missing => "missing_not_received",
        Intent::Usage => "usage_help",
        Intent::Account => "account_payment",
        Intent::Person => "human",
        Intent::Greeting => "greet",
        Intent::Thanks | Intent::Goodbye => "thanks_bye",
        Intent::Fragment | Intent::Repeat => "inform_fragment",
        Intent::Other => "other_oos",
        same @ (Intent::DeliveryChange
        | Intent::ReturnExchange
        | Intent::Refund
        | Intent::CancelOrder
        | Intent::Install
        | Intent::ProductQuestion
        | Intent::PriceCoupon
        | Intent::Invoice
        | Intent::Complaint) => same.name(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_families_of_names_are_understood() {
        assert_eq!(of(Intent::Arrival, "logistics"), "logistics");
        assert_eq!(of(Intent::Arrival, "arrival"), "arrival");
        assert_eq!(of(Intent::OrderStatus, "arrival"), "order_status");
        assert_eq!(of(Intent::Arrival, "invoice"), "logistics");
        assert!(is_actionable("arrival") && is_actionable("logistics"));
        assert!(!is_actionable("fragment") && !is_actionable("inform_fragment"));
    }
}
