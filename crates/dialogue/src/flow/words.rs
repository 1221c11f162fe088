//! An utterance is understood, answers the question that stands, and moves a flow.

use ermu_domain::{EmotionEstimate, Evidence, HandOffReason, PromiseHeard, TimeSpan};

use super::{Asked, Cause, Mind};
use crate::{
    ShopPack,
    line::Line,
    memory::Said,
    pack::Intent,
    understand::{Answer, Clarity, Meaning, NamedDamage, SpokenNumber, understand},
    wording::Phrase,
};

/// Probability of anger from which an utterance counts as angry.
const ANGRY: f32 = 0.8;
/// Transcripts less sure than this are read back before a number in them is used.
const DOUBTFUL: f32 = 0.5;

/// Something that the caller said or typed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Utterance {
    pub(crate) text: String,
    pub(crate) span: TimeSpan,
    pub(crate) evidence: Evidence,
    /// Mean probability of the words; typed ones are certain.
    pub(crate) confidence: f32,
    pub(crate) emotion: Option<EmotionEstimate>,
}

/// Whether an utterance can be an answer to the question that stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Timing {
    /// It came in before the question was asked: a yes in it means something else.
    BeforeQuestion,
    AfterQuestion,
}

impl Mind {
    pub(crate) fn hear(&mut self, utterance: &Utterance, timing: Timing, line: &mut Line) {
        self.silences = 0;
        let meaning = understand(&utterance.text, self.expecting(), &self.pack);
        if let Some(language) = meaning.language {
            self.memory.language = language;
        }
        let said = self.remember(utterance, &meaning);
        if meaning.product.is_some() {
            self.inspect_again(line);
        }
        let answered = match (&self.asked, timing) {
            (Asked::Nothing | Asked::OrderNumber(_), _) | (_, Timing::BeforeQuestion) => None,
            (_, Timing::AfterQuestion) => meaning.answer,
        };
        if said.angry && answered.is_none() {
            self.say(Phrase::Soothe, &[]);
        }
        if meaning.intent == Some(Intent::Person) {
            return self.hand_off(HandOffReason::Asked, line);
        }
        if self.memory.angry_count() >= 2 && !self.angry_offer_made && said.angry && answered.is_none() {
            self.angry_offer_made = true;
            self.note(&meaning, line);
            return self.offer_person(HandOffReason::Angry);
        }
        if meaning.intent == Some(Intent::Goodbye)
            && (answered.is_none() || (answered == Some(Answer::No) && meaning.intent_is_plain))
        {
            return self.part();
        }
        let doubt = utterance.confidence < DOUBTFUL;
        let answers = timing == Timing::AfterQuestion && self.answer_question(&meaning, &said, doubt, line);
        if answers || self.follow(&meaning, doubt, line) {
            self.misses = 0;
        } else if timing == Timing::AfterQuestion || !meaning.bare_answer {
            self.not_understood(doubt, line);
        }
    }

    fn remember(&mut self, utterance: &Utterance, meaning: &Meaning) -> Said {
        if let Some(emotion) = utterance.emotion {
            self.memory.emotions.push((utterance.span, emotion));
        }
        if let Some(product) = &meaning.product {
            self.memory.product = Some(product.clone());
        }
        let angry = meaning.angry || utterance.emotion.is_some_and(|emotion| emotion.angry >= ANGRY);
        let said = Said {
            text: utterance.text.clone(),
            evidence: utterance.evidence.clone(),
            angry,
            bare: meaning.bare_answer,
        };
        self.memory.said.push(said.clone());
        said
    }

    /// Keeps what an utterance says without acting on it yet.
    fn note(&mut self, meaning: &Meaning, line: &mut Line) {
        self.want(meaning);
        if let Some(number) = self.new_number(meaning) {
            self.look_up(number.digits, line);
        }
        if let Some(damage) = self.complaint_in(meaning) {
            let case = self.case.get_or_insert_default();
            case.complaint = true;
            if let Some(NamedDamage::Kind(kind)) = damage {
                case.kind = Some(kind);
            }
        }
    }

    /// Takes the utterance as the answer to the question that stands; says whether it was one.
    fn answer_question(&mut self, meaning: &Meaning, said: &Said, doubt: bool, line: &mut Line) -> bool {
        let asked = self.asked.clone();
        if let (Asked::OrderNumber(_) | Asked::ThisNumber(_) | Asked::ThisProduct, Some(number)) =
            (&asked, meaning.number.clone())
        {
            self.want(meaning);
            self.take_number(number, doubt, line);
            return true;
        }
        match (asked, meaning.answer) {
            (Asked::ThisNumber(number), Some(Answer::Yes)) => self.look_up(number, line),
            (Asked::ThisNumber(_), Some(Answer::No)) => self.ask_order(Phrase::OrderAgain),
            (Asked::ThisDamage, Some(Answer::Yes)) => {
                self.asked = Asked::Nothing;
                self.memory.said.iter_mut().next_back().into_iter().for_each(|said| said.bare = false);
                self.settle_damage();
                self.advance(Cause::Caller, line);
            }
            (Asked::ThisDamage, Some(Answer::No)) => {
                self.asked = Asked::Nothing;
                self.reject_photos(line);
            }
            (Asked::ThisProduct, Some(Answer::Yes)) => {
                self.asked = Asked::Nothing;
                if let Some(case) = &mut self.case {
                    case.product_settled = true;
                }
                self.advance(Cause::Caller, line);
            }
            (Asked::ThisProduct, Some(Answer::No)) => {
                if let Some(case) = &mut self.case {
                    case.order = None;
                }
                self.ask_order(Phrase::AskOrderForDamage);
            }
            // "Yes, but …" is no consent: what is done rests on a plain yes.
            (Asked::Remedy(ruling, heard), Some(Answer::Yes)) if meaning.bare_answer => {
                self.accept(ruling, heard, said, line);
            }
            (Asked::Remedy(..), Some(Answer::Yes)) => self.ask_again(),
            (Asked::Remedy(..), Some(Answer::No)) => {
                self.say(Phrase::ProposeDeclined, &[]);
                self.offer_person(HandOffReason::Rule);
            }
            (Asked::Person, Some(Answer::Yes)) => self.hand_off(self.offer_reason, line),
            (Asked::Person, Some(Answer::No)) => self.decline_person(line),
            (Asked::Retry(key), Some(Answer::Yes)) => self.retry(key, line),
            (Asked::Retry(_), Some(Answer::No)) => {
                self.asked = Asked::AnythingElse;
                self.say(Phrase::AllRight, &[]);
                self.say(Phrase::AnythingElse, &[]);
            }
            (Asked::AnythingElse, Some(Answer::No)) => self.part(),
            (Asked::Photo, Some(Answer::No)) => self.offer_person(HandOffReason::PhotosUnusable),
            _ => return false,
        }
        true
    }

    /// A yes counts only for what was heard; what is typed was read on the screen.
    fn accept(&mut self, ruling: crate::policy::Ruling, heard: PromiseHeard, said: &Said, line: &mut Line) {
        let read = matches!(said.evidence, Evidence::Typed { .. });
        match (heard, self.case_order().cloned()) {
            (PromiseHeard::Partly | PromiseHeard::NotYet, Some(order)) if !read => self.propose(&order, ruling, line),
            _ => self.agree(&ruling, said, line),
        }
    }

    fn part(&mut self) {
        self.say(Phrase::Goodbye, &[]);
        self.reply.end_call();
    }

    fn decline_person(&mut self, line: &mut Line) {
        self.asked = Asked::Nothing;
        self.say(Phrase::AllRight, &[]);
        if self.offer_reason == HandOffReason::Angry && (self.wants.any() || self.case.is_some()) {
            return self.advance(Cause::Caller, line);
        }
        self.say(Phrase::AnythingElse, &[]);
        self.asked = Asked::AnythingElse;
    }

    /// Follows what the utterance is about; says whether it was understood.
    fn follow(&mut self, meaning: &Meaning, doubt: bool, line: &mut Line) -> bool {
        let mut understood = false;
        if let Some(damage) = self.complaint_in(meaning) {
            understood = true;
            if matches!(self.asked, Asked::ThisDamage) {
                self.asked = Asked::Nothing;
            }
            self.complain(damage);
        }
        understood |= self.want(meaning);
        let number = self.new_number(meaning);
        if (understood || number.is_some()) && matches!(self.asked, Asked::Person | Asked::AnythingElse) {
            self.asked = Asked::Nothing;
        }
        if let Some(number) = number {
            self.take_number(number, doubt, line);
            return true;
        }
        if understood {
            self.advance(Cause::Caller, line);
            return true;
        }
        match meaning.intent {
            Some(Intent::Greeting) => self.say(Phrase::Hello, &[]),
            Some(Intent::Thanks) => self.say(Phrase::Welcome, &[]),
            Some(Intent::Goodbye) => self.part(),
            Some(Intent::Repeat) => self.repeat = true,
            Some(Intent::Other) => {
                self.say(Phrase::OnlyPeople, &[]);
                self.offer_person(HandOffReason::Asked);
            }
            Some(Intent::OrderStatus | Intent::Arrival | Intent::Damage | Intent::Person) | None => return false,
        }
        if Self::is_small_talk(meaning) {
            self.ask_again();
        }
        true
    }

    /// Notes what the caller wants to know about an order; says whether there was anything.
    fn want(&mut self, meaning: &Meaning) -> bool {
        match meaning.intent {
            Some(Intent::OrderStatus) => self.wants.status = true,
            Some(Intent::Arrival) => self.wants.arrival = true,
            Some(
                Intent::Damage
                | Intent::Person
                | Intent::Greeting
                | Intent::Thanks
                | Intent::Goodbye
                | Intent::Repeat
                | Intent::Other,
            )
            | None => return false,
        }
        true
    }

    /// The damage that an utterance complains about: with its kind, or without, or none at all.
    fn complaint_in(&self, meaning: &Meaning) -> Option<Option<NamedDamage>> {
        let about_damage = match meaning.intent {
            Some(Intent::Damage) => true,
            // Who wants the money back because it came broken has a damaged article.
            Some(Intent::Other) | None => meaning.damage.is_some(),
            Some(_) => {
                matches!(meaning.damage, Some(NamedDamage::Kind(_)))
                    || (self.case.is_some() && meaning.damage.is_some())
            }
        };
        about_damage.then_some(meaning.damage)
    }

    /// A whole order number that was not asked for, if it is not the one spoken of already.
    fn new_number(&self, meaning: &Meaning) -> Option<SpokenNumber> {
        let number = meaning.number.clone()?;
        let whole = self.pack.shop().order_digits;
        let is_whole = (whole.min..=whole.max).contains(&number.digits.len()) && number.clarity == Clarity::Plain;
        let known = self.case_order().is_some_and(|order| order.number.0 == number.digits);
        (is_whole && !known).then_some(number)
    }

    fn not_understood(&mut self, doubt: bool, line: &mut Line) {
        if self.lookup.is_some() || self.is_working() {
            return self.say(Phrase::OneMoment, &[]);
        }
        self.misses += 1;
        match self.misses {
            1 if self.nothing_asked() && doubt => self.say(Phrase::NotHeard, &[]),
            1 if self.nothing_asked() => self.say(Phrase::Fallback, &[]),
            1 => self.ask_again(),
            2 | 3 => self.offer_person(HandOffReason::NotUnderstood),
            _ => {
                self.misses = 0;
                self.hand_off(HandOffReason::NotUnderstood, line);
            }
        }
    }

    const fn nothing_asked(&self) -> bool {
        matches!(self.asked, Asked::Nothing | Asked::AnythingElse)
    }

    /// Repeats the question that stands.
    fn ask_again(&mut self) {
        match &self.asked {
            Asked::Nothing | Asked::AnythingElse => {}
            Asked::OrderNumber(_) => self.say(Phrase::OrderAgain, &[]),
            Asked::ThisNumber(number) => {
                let number = number.clone();
                self.say(Phrase::OrderConfirm, &[("order", &number)]);
            }
            Asked::Photo => self.say(Phrase::AskPhoto, &[]),
            Asked::ThisDamage => self.say(Phrase::PhotoIsThisIt, &[]),
            Asked::ThisProduct => {
                if let Some(order) = self.case_order().cloned() {
                    let product = order.product_name.get(ShopPack::spoken(self.memory.language)).to_owned();
                    self.say(Phrase::OtherProduct, &[("order", &order.number.0), ("product", &product)]);
                }
            }
            Asked::Remedy(..) => self.say(Phrase::ProposeYesOrNo, &[]),
            Asked::Person => self.say(Phrase::OfferPerson, &[]),
            Asked::Retry(_) => self.say(Phrase::TicketFailed, &[]),
        }
    }
}
