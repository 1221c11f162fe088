//! What somebody said, in the dialogue's terms.

mod answer;
mod digits;
mod doubt;
mod figures;
mod gist;
mod intent;
mod language;
mod lexicon;
mod manners;
mod needs;
mod normalise;
mod numerals;
mod orders;
mod place;
mod product;
mod retrieval;
mod slots;
mod sound;
mod spelling;
mod understood;

use ermu_domain::{Language, ProductId, Sentence};

pub use answer::is_plain_yes;
pub(crate) use answer::{Answer, answer, is_backchannel};
pub use digits::spoken_number;
pub(crate) use digits::{Clarity, Homophones, SpokenNumber, order_number};
pub use doubt::Doubt;
pub(crate) use figures::{BareNumbers, Body};
pub use gist::gist;
pub(crate) use intent::{IntentIndex, SURE_ENOUGH};
pub(crate) use lexicon::{NamedDamage, named_damage};
pub(crate) use manners::{asks_medical_advice, asks_what_speaks};
pub(crate) use needs::{Cue, Pick, Talk, TalkIndex, is_fragment};
pub(crate) use normalise::{is_han, normalise};
pub use orders::{KnownOrder, known_order};
pub(crate) use place::place;
pub use product::ProductIndex;
pub(crate) use retrieval::KnowledgeIndex;
pub use slots::Slots;
pub(crate) use sound::sounds_like;
pub(crate) use spelling::{Medium, Spelling};
pub use understood::{Understood, Verdict};

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

/// Reads one utterance; `sentence` is what it is about, if something read it, and `expecting` what was asked for.
pub(crate) fn understand(text: &str, sentence: Option<&Sentence>, expecting: Expecting, pack: &ShopPack) -> Meaning {
    let normalised = pack.glossary().apply(&normalise(text));
    let homophones = match expecting {
        Expecting::Digits => Homophones::Count,
        Expecting::Anything | Expecting::YesNo => Homophones::Ignore,
    };
    let guess = pack
        .intent_index()
        .guess(&normalised, sentence)
        .filter(|guess| guess.confidence >= SURE_ENOUGH)
        .filter(|guess| guess.intent != Intent::Person || !lexicon::declines_person(&normalised));
    let reading = answer(&normalised);
    Meaning {
        language: language::language_of(text),
        intent: guess.map(|guess| guess.intent),
        intent_is_plain: guess.is_some_and(|guess| guess.confidence >= intent::PLAIN),
        answer: reading.map(|reading| reading.answer),
        bare_answer: reading.is_some_and(|reading| reading.extent == answer::Extent::Whole),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pack::tests::demo;

    #[test]
    fn a_person_is_understood_in_any_wording_and_declined_too() {
        let pack = demo();
        let intent = |text| understand(text, None, Expecting::Anything, pack).intent;
        for text in [
            "转人工",
            "我要退货，算了你给我叫个真人",
            "帮我转人恭服务",
            "能不能别让机器人跟我说",
            "get me a real person",
            "I want to speak to your manager now",
        ] {
            assert_eq!(intent(text), Some(Intent::Person), "{text}");
        }
        assert_eq!(intent("不用转人工了"), None);
    }

    /// Real customers' lines, which are not the project's to ship.
    #[test]
    #[allow(clippy::disallowed_methods, reason = "reads data beside the checkout, if it is there")]
    fn real_lines_that_the_pack_never_saw() {
        let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data");
        let folder = std::env::var("ERMU_SHARED_DATA").unwrap_or_else(|_| beside.to_owned());
        let Ok(text) = std::fs::read_to_string(format!("{folder}/nlu/jd_customer_lines_840.json")) else {
            println!("skipped: no data");
            return;
        };
        let lines: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
        let pack = demo();
        let share = |label: &str, wanted: &[Intent]| {
            let lines: Vec<_> = lines.iter().filter(|line| line["y"] == label).collect();
            let hit = |line: &&&serde_json::Value| {
                let text = line["text"].as_str().unwrap();
                understand(text, None, Expecting::Anything, pack).intent.is_some_and(|intent| wanted.contains(&intent))
            };
            let share = lines.iter().filter(hit).count() as f32 / lines.len() as f32;
            println!("{label}: {share:.2} of {}", lines.len());
            share
        };
        // By words alone, which is what is left where no sentence encoder was fetched: .68 when this was written.
        assert!(share("logistics", &[Intent::OrderStatus, Intent::Arrival]) >= 0.65);
        assert!(share("human", &[Intent::Person]) >= 0.9);
        assert!(share("inform_fragment", &[Intent::OrderStatus, Intent::Arrival, Intent::Damage]) <= 0.05);
    }
}
