//! What somebody said, in the dialogue's terms.

mod answer;
mod digits;
mod intent;
mod language;
mod lexicon;
mod normalise;
mod product;

use ermu_domain::{Language, ProductId};

pub(crate) use answer::{Answer, answer, is_backchannel};
pub(crate) use digits::{Clarity, Homophones, SpokenNumber, order_number};
pub(crate) use intent::{IntentIndex, SURE_ENOUGH};
pub(crate) use lexicon::NamedDamage;
pub(crate) use normalise::normalise;
pub(crate) use product::ProductIndex;

use crate::{Expecting, ShopPack, pack::Intent};

/// Everything that one utterance says.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Meaning {
    /// None where the words do not tell.
    pub(crate) language: Option<Language>,
    pub(crate) intent: Option<Intent>,
    /// Whether the intent is beyond doubt: one of the shop's cues or an example word by word.
    pub(crate) intent_is_plain: bool,
    pub(crate) answer: Option<Answer>,
    /// An order number, whole or in part.
    pub(crate) number: Option<SpokenNumber>,
    pub(crate) damage: Option<NamedDamage>,
    pub(crate) product: Option<ProductId>,
    pub(crate) angry: bool,
    /// Says yes or no and nothing else.
    pub(crate) bare_answer: bool,
}

/// Reads one utterance; `expecting` is what was asked for.
pub(crate) fn understand(text: &str, expecting: Expecting, pack: &ShopPack) -> Meaning {
    let normalised = normalise(text);
    let homophones = match expecting {
        Expecting::Digits => Homophones::Count,
        Expecting::Anything | Expecting::YesNo => Homophones::Ignore,
    };
    let guess = pack.intent_index().guess(&normalised).filter(|guess| guess.confidence >= SURE_ENOUGH);
    Meaning {
        language: language::language_of(text),
        intent: guess.map(|guess| guess.intent),
        intent_is_plain: guess.is_some_and(|guess| guess.confidence >= intent::PLAIN),
        answer: answer(&normalised),
        bare_answer: answer(&normalised).is_some() && normalise::tokens(&normalised).len() <= 4,
        number: order_number(&normalised, homophones, pack.shop().order_digits),
        damage: lexicon::named_damage(&normalised),
        product: pack.product_index().find(&normalised).cloned(),
        angry: lexicon::is_angry(&normalised),
    }
}

/// Whether a text breaks off in the middle of an order number.
pub(crate) fn ends_in_part_of_a_number(text: &str, pack: &ShopPack) -> bool {
    (2..pack.shop().order_digits.min).contains(&digits::trailing_digits(&normalise(text)))
}
