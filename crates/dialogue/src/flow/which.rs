//! An utterance means one of two things: the caller is asked which.

use ermu_domain::Language;

use super::{Asked, Mind, details};
use crate::{
    Expecting, ShopPack,
    line::Line,
    memory::Said,
    pack::Intent,
    understand::{Answer, Meaning, Verdict, normalise, understand},
    wording::{self, Phrase},
};

/// Of two wishes in an answer the one has to be so much likelier than the other.
const CLEARLY: f32 = 3.0;
/// Letters or Han characters that an answer has to share with the name of a wish.
const SHARED_HAN: usize = 2;
const SHARED_LETTERS: usize = 5;

/// What is asked about.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Doubt {
    /// The two things that it can mean.
    intents: [Intent; 2],
    /// What was said.
    said: Said,
}

impl Mind {
    /// Asks which of two things an utterance means, if it is between two and nothing else is asked. Not twice in a row.
    pub(super) fn is_one_of_two(&mut self, said: &Said, line: &mut Line) -> bool {
        if !self.nothing_asked() || self.misses > 0 || self.lookup.is_some() || self.is_working() {
            return false;
        }
        let Verdict::AskWhich(intents) = self.pack.understand(&said.text, said.sentence.as_ref()).verdict else {
            return false;
        };
        self.between(intents, said, line)
    }

    /// Asks which of these is meant, unless nobody is asked about one of them or it makes no difference.
    fn between(&mut self, intents: [Intent; 2], said: &Said, line: &mut Line) -> bool {
        if intents.into_iter().any(|intent| wording::intent(intent).is_none()) {
            return false;
        }
        let doubt = Doubt { intents, said: said.clone() };
        if matches!(intents, [Intent::OrderStatus, Intent::Arrival] | [Intent::Arrival, Intent::OrderStatus]) {
            // Both are answered by the same look at the order.
            return self.take_as(intents[0], &doubt, line);
        }
        self.ask_which_intent(doubt);
        true
    }

    pub(super) fn ask_which_intent(&mut self, doubt: Doubt) {
        let [first, second] = doubt.intents.map(wording::intent);
        self.say_in(Phrase::WhichIntent, |words, language| {
            let name =
                |intent: Option<Phrase>| intent.map(|name| words.render(name, language, &[])).unwrap_or_default();
            Some(vec![("first", name(first)), ("second", name(second))])
        });
        self.asked = Asked::WhichIntent(doubt);
    }

    /// Takes an answer to "this or that?"; says whether it was one. What says more than that is taken as it is.
    pub(super) fn choose(&mut self, doubt: &Doubt, meaning: &Meaning, said: &Said, line: &mut Line) -> bool {
        self.asked = Asked::Nothing;
        let normalised = normalise(&said.text);
        if let Some(place) = details::ordinal(&normalised, 2).or_else(|| details::former_or_latter(&normalised)) {
            return self.take_as(doubt.intents[place], doubt, line);
        }
        let says_more = meaning.number.is_some() || meaning.product.is_some();
        if says_more && meaning.intent.is_some() {
            return false;
        }
        if let Some(intent) = self.named_wish(doubt, &normalised).or_else(|| self.likelier(doubt, said)) {
            return self.take_as(intent, doubt, line);
        }
        if meaning.answer == Some(Answer::No) && meaning.bare_answer {
            self.say(Phrase::PhotoWhatFor, &[]);
            return true;
        }
        if meaning.bare_answer {
            // "Yes" to one of two says nothing.
            self.ask_which_intent(doubt.clone());
            return true;
        }
        false
    }

    /// What was said means this after all.
    fn take_as(&mut self, intent: Intent, doubt: &Doubt, line: &mut Line) -> bool {
        let meaning = understand(&doubt.said.text, doubt.said.sentence.as_ref(), Expecting::Anything, &self.pack);
        let meaning = Meaning { intent: Some(intent), intent_is_plain: true, ..meaning };
        self.follow(&meaning, &doubt.said, false, line)
    }

    fn names(&self, doubt: &Doubt) -> [String; 2] {
        doubt.intents.map(|intent| wording::intent(intent).map(|name| self.words_for(name)).unwrap_or_default())
    }

    /// The wish whose name the answer repeats more of.
    fn named_wish(&self, doubt: &Doubt, normalised: &str) -> Option<Intent> {
        let chinese = ShopPack::spoken(self.memory.language) == Language::Chinese;
        let need = if chinese { SHARED_HAN } else { SHARED_LETTERS };
        let [first, second] = self.names(doubt).map(|name| shared(&normalise(&name), normalised));
        match () {
            () if first >= need && first > second => Some(doubt.intents[0]),
            () if second >= need && second > first => Some(doubt.intents[1]),
            () => None,
        }
    }

    /// The wish that the answer by itself makes much likelier than the other.
    fn likelier(&self, doubt: &Doubt, said: &Said) -> Option<Intent> {
        let read = self.pack.understand(&said.text, said.sentence.as_ref());
        let share = |intent| read.intents.iter().find(|(known, _)| *known == intent).map_or(0.0, |(_, share)| *share);
        let [first, second] = doubt.intents.map(share);
        let (intent, more, less) =
            if first > second { (doubt.intents[0], first, second) } else { (doubt.intents[1], second, first) };
        // Nothing that is likely to mean a third thing.
        let leads = read.intents.first().is_some_and(|(likeliest, _)| *likeliest == intent);
        (leads && more >= CLEARLY * less).then_some(intent)
    }
}

/// Characters of the longest stretch that both texts hold.
fn shared(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row = vec![0; b.len() + 1];
    let mut longest = 0;
    for x in a.chars() {
        let mut before = 0;
        for (j, y) in b.iter().enumerate() {
            let here = if x == *y && x.is_alphanumeric() { before + 1 } else { 0 };
            before = row[j + 1];
            row[j + 1] = here;
            longest = longest.max(here);
        }
    }
    longest
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use ermu_domain::{Evidence, SessionId, SessionTime, TicketKind, TimeSpan};
    use jiff::civil::date;

    use super::*;
    use crate::{
        flow::{Timing, Utterance},
        pack::tests::demo,
    };

    fn utterance(text: &str) -> Utterance {
        let span = TimeSpan { start: SessionTime::ZERO, end: SessionTime::ZERO };
        let evidence = Evidence::Typed { span };
        Utterance { text: text.to_owned(), sentence: None, span, evidence, confidence: 1.0, emotion: None }
    }

    fn said(text: &str) -> Said {
        Said {
            words: text.to_owned(),
            text: text.to_owned(),
            sentence: None,
            evidence: utterance(text).evidence,
            angry: false,
            bare: false,
        }
    }

    fn hear(mind: &mut Mind, text: &str) {
        mind.hear(&utterance(text), Timing::AfterQuestion, &mut Line::default());
    }

    fn opened(pack: &Arc<ShopPack>) -> Mind {
        Mind::new(Arc::clone(pack), SessionId(1), Language::Chinese, date(2026, 11, 17).at(11, 30, 0, 0), Vec::new())
    }

    #[test]
    fn the_answer_to_this_or_that() {
        let mut mind = opened(demo());
        // Asked whether a return or an invoice is meant.
        let said = said("那个单子帮我办一下");
        mind.ask_which_intent(Doubt { intents: [Intent::ReturnExchange, Intent::Invoice], said });
        for (answer, about) in [
            ("第一个", Some(TicketKind::Return)),
            ("第二个", Some(TicketKind::Invoice)),
            ("后者", Some(TicketKind::Invoice)),
            ("退货", Some(TicketKind::Return)),
            ("发票", Some(TicketKind::Invoice)),
            ("the second one please", Some(TicketKind::Invoice)),
            ("都不是", None),
        ] {
            let mut mind = mind.clone();
            hear(&mut mind, answer);
            assert_eq!(mind.case.as_ref().map(|case| case.about), about, "{answer}");
            assert!(!matches!(mind.asked, Asked::WhichIntent(_)), "{answer}");
        }
        // A mere yes picks neither: asked again, and nothing is begun.
        hear(&mut mind, "对");
        assert!(matches!(mind.asked, Asked::WhichIntent(_)) && mind.case.is_none());
        // What is something else altogether is taken as it is.
        hear(&mut mind, "我的订单123456到哪里了");
        assert!(mind.lookup.is_some() && mind.case.is_none());
    }

    #[test]
    fn only_what_makes_a_difference_is_asked() {
        let said = said("那个单子帮我办一下");
        let mut mind = opened(demo());
        assert!(mind.between([Intent::Refund, Intent::Invoice], &said, &mut Line::default()));
        assert!(matches!(mind.asked, Asked::WhichIntent(_)));
        let mut mind = opened(demo());
        assert!(!mind.between([Intent::Person, Intent::Refund], &said, &mut Line::default()));
        assert_eq!(mind.asked, Asked::Nothing);
        // Both need the order, and the same look at it answers both.
        assert!(mind.between([Intent::OrderStatus, Intent::Arrival], &said, &mut Line::default()));
        assert!(matches!(mind.asked, Asked::OrderNumber(_)));
    }

    #[test]
    fn the_longest_common_stretch() {
        assert_eq!(shared("退货或者换货", "我要退货"), 2);
        assert_eq!(shared("退款", "退货"), 1);
        assert_eq!(shared("get an invoice", "the invoice please"), 7);
        assert_eq!(shared("", "退货"), 0);
    }
}
