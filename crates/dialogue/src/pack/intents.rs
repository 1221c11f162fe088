//! `intents.yaml` and `intents.<language>.yaml`: what callers may want, by example.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_saphyr::Spanned;

use super::PackError;

/// The shop's own language; every intent needs examples here.
pub(super) const FILE: &str = "intents.yaml";
/// Further languages; a file that is not there means a language that is not understood.
pub(super) const MORE: [&str; 4] = ["intents.en.yaml", "intents.es.yaml", "intents.pt.yaml", "intents.ar.yaml"];

/// What a caller may want.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Intent {
    /// Has it been sent, where is it.
    OrderStatus,
    /// When does it come.
    Arrival,
    /// Another address, name, phone number or time of delivery; a pick-up point.
    DeliveryChange,
    /// Is it in stock, is it delivered to this place.
    Stock,
    /// Give back or change what was bought.
    ReturnExchange,
    /// Where is the money, give the money back.
    Refund,
    /// Do not send it after all.
    CancelOrder,
    /// Warranty and repair.
    Warranty,
    /// It came damaged, it does not work.
    Damage,
    /// Something is missing, wrong or never came.
    Missing,
    /// Have it installed.
    Install,
    /// How is it used or set up.
    Usage,
    /// What is it like, does it fit, which is better.
    ProductQuestion,
    /// Prices, coupons, price protection, gifts.
    PriceCoupon,
    /// Invoices.
    Invoice,
    /// Account, password, payment, membership.
    Account,
    /// A human being, please.
    Person,
    /// Dissatisfied with the shop or its people.
    Complaint,
    /// Hello.
    Greeting,
    /// Thank you.
    Thanks,
    /// That is all.
    Goodbye,
    /// Say that again.
    Repeat,
    /// Part of a conversation that means nothing by itself: yes, a number, a name, "just a moment".
    Fragment,
    /// Nothing that a shop is for.
    Other,
}

impl Intent {
    /// All intents, in the order of their numbers.
    pub const ALL: [Self; 24] = [
        Self::OrderStatus,
        Self::Arrival,
        Self::DeliveryChange,
        Self::Stock,
        Self::ReturnExchange,
        Self::Refund,
        Self::CancelOrder,
        Self::Warranty,
        Self::Damage,
        Self::Missing,
        Self::Install,
        Self::Usage,
        Self::ProductQuestion,
        Self::PriceCoupon,
        Self::Invoice,
        Self::Account,
        Self::Person,
        Self::Complaint,
        Self::Greeting,
        Self::Thanks,
        Self::Goodbye,
        Self::Repeat,
        Self::Fragment,
        Self::Other,
    ];

    /// Whether it is something that a shop does or answers; not chit-chat, part of a conversation, or a stranger's business.
    pub const fn is_business(self) -> bool {
        !matches!(self, Self::Greeting | Self::Thanks | Self::Goodbye | Self::Repeat | Self::Fragment | Self::Other)
    }

    /// Its name in the pack's files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::OrderStatus => "order_status",
            Self::Arrival => "arrival",
            Self::DeliveryChange => "delivery_change",
            Self::Stock => "stock",
            Self::ReturnExchange => "return_exchange",
            Self::Refund => "refund",
            Self::CancelOrder => "cancel_order",
            Self::Warranty => "warranty",
            Self::Damage => "damage",
            Self::Missing => "missing",
            Self::Install => "install",
            Self::Usage => "usage",
            Self::ProductQuestion => "product_question",
            Self::PriceCoupon => "price_coupon",
            Self::Invoice => "invoice",
            Self::Account => "account",
            Self::Person => "person",
            Self::Complaint => "complaint",
            Self::Greeting => "greeting",
            Self::Thanks => "thanks",
            Self::Goodbye => "goodbye",
            Self::Repeat => "repeat",
            Self::Fragment => "fragment",
            Self::Other => "other",
        }
    }
}

/// How callers say it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Examples {
    /// Words that settle it wherever they stand.
    #[serde(default)]
    pub(crate) cues: Vec<String>,
    /// Whole sentences; what is like them is meant.
    #[serde(default)]
    pub(crate) examples: Vec<String>,
}

pub(crate) type Intents = BTreeMap<Intent, Examples>;

/// Reads the file of the shop's own language and those of the others, each under its name.
pub(super) fn parse(own: &str, others: &[(&'static str, &str)]) -> Result<Intents, PackError> {
    let mut intents = one(FILE, own)?;
    for intent in Intent::ALL {
        if intents.get(&intent).is_none_or(|found| found.examples.is_empty()) {
            return Err(PackError::at(FILE, 1, format!("lacks examples of the intent `{}`", intent.name())));
        }
    }
    for (file, text) in others {
        for (intent, more) in one(file, text)? {
            let known = intents.entry(intent).or_default();
            known.cues.extend(more.cues);
            known.examples.extend(more.examples);
        }
    }
    Ok(intents)
}

fn one(file: &'static str, text: &str) -> Result<Intents, PackError> {
    let yaml: BTreeMap<Intent, Spanned<Examples>> =
        serde_saphyr::from_str(text).map_err(|error| PackError::yaml(file, &error))?;
    for (intent, found) in &yaml {
        let mut texts = found.value.cues.iter().chain(&found.value.examples);
        if texts.any(|text| text.trim().is_empty()) {
            let problem = format!("`{}` has an empty cue or example", intent.name());
            return Err(PackError::at(file, found.defined.line(), problem));
        }
    }
    Ok(yaml.into_iter().map(|(intent, spanned)| (intent, spanned.value)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_intent_is_read_by_the_name_that_it_tells() {
        for (number, intent) in Intent::ALL.into_iter().enumerate() {
            assert_eq!(intent as usize, number);
            let read: Intents = one(FILE, &format!("{}: {{examples: [a]}}", intent.name())).unwrap();
            assert_eq!(read.keys().copied().collect::<Vec<_>>(), [intent]);
        }
    }
}
