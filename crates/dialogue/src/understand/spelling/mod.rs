//! What callers of a shop say, spelt as they say it: 油会劝 is 优惠券, `reenbolso` is `reembolso`. A transcriber picks characters by sound, and a
//! hurried customer takes the first that the keyboard offers.

mod phrases;
mod words;

use std::collections::BTreeMap;

pub(super) use phrases::{EDGE, UsualPairs};

use self::{
    phrases::{Phrases, is_word_character},
    words::{Words, is_letter},
};
use super::normalise::normalise;

/// How a text came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Medium {
    /// A transcriber wrote it, who may have heard another sound.
    Spoken,
    /// The caller wrote it.
    Typed,
}

/// The phrases and words that the callers of a shop often say.
#[derive(Debug)]
pub(crate) struct Spelling {
    phrases: Phrases,
    words: Words,
}

impl Spelling {
    /// Of a shop whose callers speak like `sentences`, and which writes what stands in `files`.
    pub(crate) fn of<'a>(sentences: impl IntoIterator<Item = &'a str>, files: &BTreeMap<String, String>) -> Self {
        let sentences: Vec<String> = sentences.into_iter().map(normalise).collect();
        let files: Vec<String> = files.values().map(|text| normalise(text)).collect();
        let (sentences, files) = (|| sentences.iter().map(String::as_str), || files.iter().map(String::as_str));
        Self { phrases: Phrases::of(sentences(), files()), words: Words::of(sentences(), files()) }
    }

    /// A normalised text with what is misspelt mended; none if nothing is.
    pub(crate) fn mended(&self, normalised: &str, medium: Medium) -> Option<String> {
        let characters: Vec<char> = normalised.chars().collect();
        let kind = |c: char| (is_word_character(c), is_letter(c));
        let mut changed = false;
        let mut text = String::with_capacity(normalised.len());
        for run in characters.chunk_by(|a, b| kind(*a) == kind(*b)) {
            let written = || run.iter().collect::<String>();
            let mended = match kind(run[0]) {
                (true, _) => self.phrases.mended(run, medium).map(String::from_iter),
                (_, true) => self.words.meant(&written()),
                (false, false) => None,
            };
            changed |= mended.is_some();
            text.push_str(&mended.unwrap_or_else(written));
        }
        changed.then_some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pack::tests::demo;

    #[test]
    fn what_callers_often_say_is_spelt_as_they_say_it() {
        let pack = demo();
        for (heard, meant) in [
            ("油会劝用不了,订单123456", "优惠券用不了,订单123456"),
            ("咖啡机上有滑横", "咖啡机上有划痕"),
            ("我要找真人克服", "我要找真人客服"),
            ("订单999999到拿了", "订单999999到哪了"),
            ("necesito un reenbolso del pedido 445566", "necesito un reembolso del pedido 445566"),
        ] {
            assert_eq!(pack.spelt(heard, Medium::Typed), meant);
        }
    }

    #[test]
    fn what_was_heard_half_right_is_mended_where_it_was_spoken() {
        let pack = demo();
        let heard = "优惠签用不良,订单123456";
        assert_eq!(pack.spelt(heard, Medium::Spoken), "优惠券用不了,订单123456");
        assert_eq!(pack.spelt(heard, Medium::Typed), heard);
    }

    #[test]
    fn what_is_unknown_or_right_stays() {
        let pack = demo();
        for said in [
            "优惠券用不了",
            "咖啡机的洗涤方式怎么样",
            "我担心又会降价",
            "地址改成北京市朝阳区建国路88号",
            "山竹外面看不出坏啊",
            "one two three",
            "is there a manufacturer's warranty on it",
            "",
            "六五四三二一",
        ] {
            assert_eq!(pack.spelt(said, Medium::Spoken), said);
        }
        let long = "油会劝".repeat(40);
        assert_eq!(pack.spelt(&long, Medium::Typed), long, "too long to be spoken");
    }

    #[test]
    fn what_is_said_seldom_is_no_spelling() {
        let files = BTreeMap::from([("intents.yaml".to_owned(), "优惠券".to_owned())]);
        let mend = |often| Spelling::of(vec!["优惠券"; often], &files).mended("油会劝", Medium::Typed);
        assert_eq!(mend(4), None);
        assert_eq!(mend(5).as_deref(), Some("优惠券"));
    }
}
