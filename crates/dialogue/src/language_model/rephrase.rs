//! A finished answer in other words: taken only if it claims the same.

use std::collections::BTreeSet;

use ermu_domain::Language;
use serde::Deserialize;
use serde_json::json;

use super::{
    ModelRequest,
    facts::{Claims, latin_words},
};
use crate::{ShopPack, understand::is_han};

/// An answer is at most so much longer than it was: half as long again, and a few characters.
const MORE_CHARACTERS: usize = 12;

const INSTRUCTIONS: &str = "You put an answer of a shop's service line into other words: friendlier, and easy to say aloud. Keep its language, \
    its meaning, every number, name, date, price and outcome exactly as they are; add nothing, promise nothing, ask nothing. Every \
    text of `keep` has to stand in it letter by letter. Answer with the JSON object only.";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    text: String,
}

/// What to ask, so that `text` is said in other words; `facts` are what the templates were filled with.
pub(crate) fn polish(text: &str, facts: &[String], language: Language, pack: &ShopPack) -> ModelRequest {
    let manner = pack.shop().persona.get(language);
    ModelRequest {
        instructions: INSTRUCTIONS.to_owned(),
        input: json!({"text": text, "keep": facts, "language": language.code(), "speaker": manner}).to_string(),
        schema: json!({
            "type": "object",
            "properties": {"text": {"type": "string"}},
            "required": ["text"],
            "additionalProperties": false,
        }),
        schema_name: "answer".to_owned(),
    }
}

/// The other words, if they say the same as far as can be told.
pub(crate) fn polished(answer: &str, text: &str, facts: &[String], pack: &ShopPack) -> Option<String> {
    let Answer { text: other } = super::read(answer)?;
    let other = other.trim();
    let length = |text: &str| text.chars().count();
    let written =
        |c: char| c.is_alphanumeric() || c == ' ' || "，。！？、；：“”‘’（）《》—…～￥,.!?;:'\"()-%/$€£℃~".contains(c);
    let holds = other.chars().any(char::is_alphanumeric)
        && other.chars().all(written)
        && length(other) <= length(text) * 3 / 2 + MORE_CHARACTERS
        && facts.iter().all(|fact| other.contains(fact.trim()))
        && other.chars().any(is_han) == text.chars().any(is_han)
        && Claims::of(other) == Claims::of(text)
        && no_new_names(other, text)
        && pack.may_say(other);
    holds.then(|| other.to_owned())
}

/// In a Chinese text every Latin word is a name or a code; in others, what is written with a capital inside of a sentence.
fn no_new_names(other: &str, text: &str) -> bool {
    let known: BTreeSet<_> = latin_words(text).collect();
    if text.chars().any(is_han) {
        return latin_words(other).all(|word| known.contains(&word));
    }
    let mut begins = true;
    other.split_whitespace().all(|word| {
        let name = !begins && word.chars().next().is_some_and(char::is_uppercase);
        begins = word.ends_with(['.', '!', '?', ':']);
        !name || word == "I" || word.starts_with("I'") || latin_words(word).all(|word| known.contains(&word))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::pack::tests::demo;

    fn said(other: &str, text: &str, facts: &[&str]) -> Option<String> {
        let facts: Vec<_> = facts.iter().map(|fact| (*fact).to_owned()).collect();
        polished(&json!({"text": other}).to_string(), text, &facts, demo())
    }

    const TEXT: &str = "查到了，订单123456是云朵台灯，顺达快递，预计明天送到。";
    const FACTS: [&str; 2] = ["123456", "云朵台灯"];

    #[test]
    fn other_words_for_the_same_are_taken() {
        let other = "您看，订单123456的云朵台灯走的是顺达快递，预计明天送到哦。";
        assert_eq!(said(other, TEXT, &FACTS).as_deref(), Some(other));
        let english = "Your lamp is on its way with Swift Parcel and should arrive tomorrow.";
        let other = "Good news: your lamp is on its way with Swift Parcel and should arrive tomorrow.";
        assert_eq!(said(other, english, &["Swift Parcel"]).as_deref(), Some(other));
    }

    #[test]
    fn lies_are_dropped() {
        for other in [
            "订单123457的云朵台灯走的是顺达快递，预计明天送到哦。",
            "订单123456的云朵台灯走的是顺达快递，预计后天送到哦。",
            "订单123456的云朵台灯走的是顺达快递，预计明天送到，给您退款。",
            "订单123456的云朵台灯走的是顺达快递，明天保证送到。",
            "订单123456的云朵台灯走的是顺达快递，预计明天不送到。",
            "订单123456的星星台灯走的是顺达快递，预计明天送到哦。",
            "订单123456的云朵台灯走的是顺达快递，预计明天送到。我是真人哦。",
            "订单123456的云朵台灯走的是DHL快递，预计明天送到哦。",
            "订单123456的云朵台灯走的是顺达快递，预计明天送到。赔您五十元。",
            "订单123456的云朵台灯走的是顺达快递，预计明天送到，要换货吗？",
            "Order 123456, 云朵台灯, arrives tomorrow.",
            "订单123456的云朵台灯走的是顺达快递，预计明天送到。\u{202e}",
            "订单123456的云朵台灯走的是顺达快递，预计明天送到<script>。",
            "",
        ] {
            assert_eq!(said(other, TEXT, &FACTS), None, "{other}");
        }
        let long = format!("{TEXT}{}", "您放心，".repeat(40));
        assert_eq!(said(&long, TEXT, &FACTS), None);
        assert_eq!(polished("{\"text\": 1}", TEXT, &[], demo()), None);
        let english = "It should arrive tomorrow.";
        assert_eq!(said("It should arrive tomorrow, says Alice.", english, &[]), None);
        assert_eq!(said("It should arrive on Monday.", english, &[]), None);
    }

    proptest! {
        /// Whatever digit of an answer is another one: that is another answer.
        #[test]
        fn no_digit_can_change(at in 0_usize..6, digit in 0_u8..10) {
            let mut number: Vec<u8> = b"123456".to_vec();
            prop_assume!(number[at] != b'0' + digit);
            number[at] = b'0' + digit;
            let number = String::from_utf8(number).unwrap();
            let other = TEXT.replace("123456", &number);
            prop_assert_eq!(said(&other, TEXT, &[]), None);
            prop_assert_eq!(said(TEXT, TEXT, &FACTS), Some(TEXT.to_owned()));
        }

        /// Nothing that a model can send breaks anything.
        #[test]
        fn any_answer_is_read(answer in ".{0,200}") {
            let _ = polished(&answer, TEXT, &[], demo());
            let _ = said(&answer, TEXT, &[]);
        }
    }
}
