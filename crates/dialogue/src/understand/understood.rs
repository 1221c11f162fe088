//! A line of text taken by itself, for evaluations and for other front ends.

use ermu_domain::{Language, Sentence};

use super::{IntentIndex, Medium, SURE_ENOUGH, Slots, intent::ONE_OF_TWO, language, normalise, slots::slots};
use crate::{ShopPack, pack::Intent};

/// What a line says, without the conversation that it stands in.
#[derive(Debug, Clone, PartialEq)]
pub struct Understood {
    /// None where the words do not tell: a number, `OK`, a name.
    pub language: Option<Language>,
    /// All intents with their probabilities, the likeliest first; the probabilities add up to 1.
    pub intents: Vec<(Intent, f32)>,
    /// What is made of them.
    pub verdict: Verdict,
    /// What it names.
    pub slots: Slots,
}

/// What to do with a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is this.
    Answer(Intent),
    /// It is one of two: ask which.
    AskWhich([Intent; 2]),
    /// Say that it was not understood.
    FallBack,
}

impl ShopPack {
    /// Reads one line with the pack's examples, glossary and catalogue. `sentence` is what the line is about, as the encoder says
    /// that placed the examples ([`Self::learn_sentences`]); none where there is none.
    pub fn understand(&self, text: &str, sentence: Option<&Sentence>) -> Understood {
        let normalised = self.glossary().apply(&normalise(&self.spelt(text, Medium::Typed)));
        Understood {
            language: language::language_of(text),
            intents: self.intent_index().ranking(&normalised, sentence),
            verdict: verdict(self.intent_index(), &normalised, sentence),
            slots: slots(&normalised, self),
        }
    }
}

fn verdict(index: &IntentIndex, normalised: &str, sentence: Option<&Sentence>) -> Verdict {
    match index.guess(normalised, sentence) {
        Some(guess) if guess.confidence >= SURE_ENOUGH => Verdict::Answer(guess.intent),
        Some(guess) if guess.confidence + guess.other_confidence >= ONE_OF_TWO => {
            Verdict::AskWhich([guess.intent, guess.other])
        }
        Some(_) | None => Verdict::FallBack,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pack::tests::demo;

    #[test]
    fn a_line_is_answered_asked_about_or_given_back() {
        let pack = demo();
        let read = |text: &str| pack.understand(text, None);
        assert_eq!(read("亲，帮我开个发票").verdict, Verdict::Answer(Intent::Invoice));
        assert_eq!(read("¿Dónde está mi pedido?").verdict, Verdict::Answer(Intent::OrderStatus));
        let card = "我要咨询的订单号：123456789012 订单金额：￥99 下单时间：11月3日";
        assert_eq!(read(card).verdict, Verdict::Answer(Intent::Fragment), "which order, and nothing else yet");
        assert_eq!(read(&format!("{card} 你好")).verdict, Verdict::Answer(Intent::Fragment));
        assert_eq!(read("你好").verdict, Verdict::Answer(Intent::Greeting));
        assert_eq!(read(&format!("{card} 帮我开个发票")).verdict, Verdict::Answer(Intent::Invoice));
        assert_eq!(read("？！").verdict, Verdict::FallBack);
        assert!(read("订单123456发货了吗").slots["number"].contains("123456"));
        let sum: f32 = read("随便说点什么").intents.iter().map(|(_, share)| share).sum();
        assert!((sum - 1.0).abs() < 1e-3, "{sum}");
    }

    #[test]
    fn wrong_characters_that_sound_alike_change_nothing() {
        let pack = demo();
        for (heard, meant) in [
            ("我要开发漂", Intent::Invoice),
            ("帮我专人攻", Intent::Person),
            ("我的快弟到哪里了", Intent::OrderStatus),
            ("我想推货", Intent::ReturnExchange),
        ] {
            assert_eq!(pack.understand(heard, None).verdict, Verdict::Answer(meant), "{heard}");
        }
    }
}
