//! How a customer wants to pay or be paid back.

use super::{
    data::{Order, PaymentMethod, Source, User},
    words::{any, says},
};

/// Methods as they are named, the preferred first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PayWish {
    kinds: Vec<Kind>,
    /// Preferred, but others will do.
    soft: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Original,
    Of(Source),
    Brand(String),
    /// Not the one that was used.
    Other,
    /// The one that another order was paid with.
    OfAnotherOrder,
}

impl PayWish {
    pub(super) fn read(said: &[String]) -> Option<Self> {
        let mut kinds: Vec<(usize, Kind)> = Vec::new();
        for (at, word) in said.iter().enumerate() {
            let next = said.get(at + 1).map_or("", String::as_str);
            let kind = match (word.as_str(), next) {
                ("paypal", _) => Kind::Of(Source::Paypal),
                ("gift-card", _) | ("gift", "card") => Kind::Of(Source::GiftCard),
                ("credit", "card") => Kind::Of(Source::CreditCard),
                ("visa" | "amex" | "mastercard", _) => Kind::Brand(word.clone()),
                ("original", _) if any(said, "payment method") => Kind::Original,
                ("other", "card") => Kind::Other,
                ("other", "order") if any(said, "payment") => Kind::OfAnotherOrder,
                _ => continue,
            };
            if let (Kind::Of(Source::CreditCard), Some((_, Kind::Brand(_)))) = (&kind, kinds.last()) {
                continue;
            }
            kinds.push((at, kind));
        }
        let soft = any(said, "prefer prefered preferred") || says(said, "can be accepted");
        let kinds: Vec<Kind> = kinds.into_iter().map(|(_, kind)| kind).collect();
        (!kinds.is_empty()).then_some(Self { kinds, soft })
    }

    /// The method of a user for an order. None where the wish cannot be fulfilled.
    pub(super) fn method<'a>(
        &self,
        user: &'a User,
        order: &Order,
        allowed: impl Fn(&PaymentMethod) -> bool,
    ) -> Option<&'a PaymentMethod> {
        let original = original(order);
        let is = |kind: &Kind, method: &PaymentMethod| match kind {
            Kind::Original => method.id == original,
            Kind::Of(source) => method.source == *source,
            Kind::Brand(brand) => method.brand.as_ref() == Some(brand),
            Kind::Other => method.id != original && method.source == Source::CreditCard,
            Kind::OfAnotherOrder => false,
        };
        let mut methods: Vec<&PaymentMethod> = user.payment_methods.values().filter(|method| allowed(method)).collect();
        // Of two of a kind the one that was used.
        methods.sort_by_key(|method| method.id != original);
        let wished = self.kinds.iter().find_map(|kind| methods.iter().find(|method| is(kind, method)).copied());
        wished.or_else(|| methods.first().copied().filter(|_| self.soft))
    }
}

/// The method that an order was paid with.
pub(super) fn original(order: &Order) -> &str {
    order.payment_history.first().map_or("", |paid| paid.payment_method_id.as_str())
}
