//! An utterance is understood, answers the question that stands, and moves a flow.

use ermu_domain::{EmotionEstimate, Evidence, HandOffReason, Language, Sentence, TimeSpan};

use super::{Asked, Cause, Mind, details, knowledge, order::not_so_long};
use crate::{
    Expecting,
    line::Line,
    memory::Said,
    pack::{Intent, Step},
    understand::{Answer, Clarity, Meaning, Medium, NamedDamage, SpokenNumber, normalise, sounds_like, understand},
    wording::Phrase,
};

/// Probability of anger from which an utterance counts as angry.
const ANGRY: f32 = 0.8;
/// Transcripts less sure than this are read back before a number in them is used.
const DOUBTFUL: f32 = 0.5;

/// Words in which two languages are easily taken for each other.
const FEW_WORDS: usize = 4;

/// What an invoice is made out to that no company pays.
const PRIVATE: &str = "个人";

/// Something that the caller said or typed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Utterance {
    pub(crate) text: String,
    /// What it is about, if something read it.
    pub(crate) sentence: Option<Sentence>,
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
        self.consulting = None;
        let text = self.spelt(utterance);
        let meaning = understand(&text, utterance.sentence.as_ref(), self.expecting(), &self.pack);
        self.turn_to(meaning.language, &text);
        let said = self.remember(utterance, text, &meaning);
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
        if self.mind_manners(&said, &meaning) {
            return;
        }
        if timing == Timing::AfterQuestion && self.goes_on_mounting(&said, &meaning, line) {
            self.misses = 0;
            return;
        }
        if meaning.intent == Some(Intent::Person) {
            return self.hand_off(HandOffReason::Asked, line);
        }
        let disputed = self.request_in(&meaning, &said.text).is_some() || said.angry;
        if disputed && details::is_about_a_presale(&normalise(&said.text)) {
            return self.hand_off(HandOffReason::Dispute, line);
        }
        if self.memory.angry_count() >= 2 && !self.angry_offer_made && said.angry && answered.is_none() {
            self.angry_offer_made = true;
            self.note(&meaning, &said, line);
            return self.offer_person(HandOffReason::Angry);
        }
        // "No, thanks" to a question is no goodbye.
        let declines = meaning.bare_answer && answered.is_some() && !self.nothing_asked();
        if meaning.intent == Some(Intent::Goodbye)
            && !declines
            && (answered.is_none() || (answered == Some(Answer::No) && meaning.intent_is_plain))
        {
            return self.part(line);
        }
        let doubt = utterance.confidence < DOUBTFUL;
        let answered = (timing == Timing::AfterQuestion && self.point_at_damage(&said, line))
            || self.begins_mounting(&said, &meaning)
            || self.talk_of_products(&said, &meaning)
            || self.surely_knows(&said, &meaning)
            || (timing == Timing::AfterQuestion && self.answer_question(&meaning, &said, doubt, line));
        if !answered && !self.nothing_asked() && self.is_only_polite(&meaning, &said) {
            // The question still stands, and is not put for ever.
            self.say(if meaning.intent == Some(Intent::Thanks) { Phrase::Welcome } else { Phrase::Hello }, &[]);
            return self.conclude(false, &said, timing, doubt, line);
        }
        let understood = answered || self.follow(&meaning, &said, doubt, line) || self.knows(&said, knowledge::LIKELY);
        if !understood && !doubt && self.consult(&said, timing, line) {
            return;
        }
        let understood = understood || (!doubt && self.is_one_of_two(&said, line));
        self.conclude(understood, &said, timing, doubt, line);
    }

    /// Speaks the caller's language from here on. A few words that were asked for tell no Spanish from Portuguese: `nos graças`.
    fn turn_to(&mut self, language: Option<Language>, text: &str) {
        const ALIKE: [Language; 2] = [Language::Spanish, Language::Portuguese];
        let Some(language) = language else { return };
        let doubtful = ALIKE.contains(&language) && ALIKE.contains(&self.memory.language);
        if !doubtful || self.nothing_asked() || text.split_whitespace().count() > FEW_WORDS {
            self.memory.language = language;
        }
    }

    /// An utterance in the words that were meant by its sound.
    fn spelt(&self, utterance: &Utterance) -> String {
        let text = &utterance.text;
        let medium = if matches!(utterance.evidence, Evidence::Typed { .. }) { Medium::Typed } else { Medium::Spoken };
        if matches!(self.asked, Asked::Detail(Step::Title)) && sounds_like(text, PRIVATE) {
            PRIVATE.to_owned()
        } else if matches!(self.asked, Asked::Detail(Step::Title | Step::Address)) {
            self.pack.with_article_spelt(text)
        } else {
            self.pack.spelt(text, medium)
        }
    }

    /// What follows from an utterance's being understood, or not.
    pub(super) fn conclude(&mut self, understood: bool, said: &Said, timing: Timing, doubt: bool, line: &mut Line) {
        if understood && !matches!(self.asked, Asked::WhichIntent(_)) {
            self.misses = 0;
        } else if understood {
            // Asked once: whoever is not understood then either gets a person.
            self.misses = 1;
        } else if timing == Timing::AfterQuestion || !said.bare {
            if self.nothing_asked() && !doubt {
                self.keep_if_question(said);
            }
            self.not_understood(doubt, line);
        }
        self.pass_questions_on(line);
    }

    fn remember(&mut self, utterance: &Utterance, text: String, meaning: &Meaning) -> Said {
        if let Some(emotion) = utterance.emotion {
            self.memory.emotions.push((utterance.span, emotion));
        }
        if let Some(product) = &meaning.product {
            self.memory.product = Some(product.clone());
        }
        let angry = meaning.angry || utterance.emotion.is_some_and(|emotion| emotion.angry >= ANGRY);
        let said = Said {
            words: utterance.text.clone(),
            text,
            sentence: utterance.sentence.clone(),
            evidence: utterance.evidence.clone(),
            angry,
            bare: meaning.bare_answer,
        };
        self.memory.said.push(said.clone());
        said
    }

    /// Keeps what an utterance says without acting on it yet.
    fn note(&mut self, meaning: &Meaning, said: &Said, line: &mut Line) {
        self.want(meaning);
        if let Some(number) = self.new_number(meaning) {
            self.look_up(number.digits, line);
        }
        if let Some(about) = self.request_in(meaning, &said.text) {
            self.request(about, meaning, said);
        } else if let Some(damage) = self.complaint_in(meaning) {
            let case = self.case.get_or_insert_default();
            case.complaint = true;
            if let Some(NamedDamage::Kind(kind)) = damage {
                case.damage = Some(kind);
            }
        }
    }

    /// The caller goes; one who may leave angry and say so is offered a person first, once.
    pub(super) fn part(&mut self, line: &mut Line) {
        let threatens = self.memory.said.iter().any(|said| details::threatens_a_review(&normalise(&said.text)));
        let helped = !self.filings.is_empty();
        if threatens && !helped && !self.parting_offer_made && !self.angry_offer_made {
            self.parting_offer_made = true;
            self.say(Phrase::BeforeYouGo, &[]);
            return self.offer_person(HandOffReason::Angry);
        }
        if self.asked == Asked::Person && self.parting_offer_made {
            self.keep_unfinished(line);
        }
        self.say(Phrase::Goodbye, &[]);
        self.reply.end_call();
    }

    /// Follows what the utterance is about; says whether it was understood.
    pub(super) fn follow(&mut self, meaning: &Meaning, said: &Said, doubt: bool, line: &mut Line) -> bool {
        let mut understood = false;
        if let Some(about) = self.request_in(meaning, &said.text) {
            understood = true;
            self.request(about, meaning, said);
        } else if let Some(damage) = self.complaint_in(meaning) {
            understood = true;
            if matches!(self.asked, Asked::ThisDamage) {
                self.asked = Asked::Nothing;
            }
            self.complain(damage);
        }
        understood |= self.want(meaning);
        let number = self.new_number(meaning).or_else(|| self.overlong_number(meaning));
        if (understood || number.is_some())
            && matches!(self.asked, Asked::Person | Asked::AnythingElse | Asked::WhichIntent(_))
        {
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
            // Somebody is dissatisfied and asks for nothing yet.
            Some(Intent::Complaint) if details::is_about_delivery(&normalise(&said.text)) => {
                self.wants.status = true;
                self.advance(Cause::Caller, line);
            }
            Some(Intent::Complaint) => self.say(Phrase::PhotoWhatFor, &[]),
            Some(Intent::Greeting) => self.say(Phrase::Hello, &[]),
            Some(Intent::Thanks) => self.say(Phrase::Welcome, &[]),
            Some(Intent::Goodbye) => self.part(line),
            Some(Intent::Repeat) => self.repeat = true,
            Some(
                Intent::DeliveryChange
                | Intent::Stock
                | Intent::ReturnExchange
                | Intent::Refund
                | Intent::CancelOrder
                | Intent::Warranty
                | Intent::Missing
                | Intent::Install
                | Intent::Usage
                | Intent::ProductQuestion
                | Intent::PriceCoupon
                | Intent::Invoice
                | Intent::Account,
            ) => {
                if self.knows(said, knowledge::LIKELY) {
                    return true;
                }
                self.keep_question(said);
                self.say(Phrase::OnlyPeople, &[]);
                self.offer_person(HandOffReason::Asked);
            }
            Some(
                Intent::OrderStatus
                | Intent::Arrival
                | Intent::Damage
                | Intent::Person
                | Intent::Fragment
                | Intent::Other,
            )
            | None => {
                return false;
            }
        }
        if Self::is_small_talk(meaning) {
            self.ask_again();
        }
        true
    }

    /// Whether an utterance greets or thanks and says nothing else.
    fn is_only_polite(&self, meaning: &Meaning, said: &Said) -> bool {
        Self::is_small_talk(meaning)
            && self.request_in(meaning, &said.text).is_none()
            && self.complaint_in(meaning).is_none()
            && self.new_number(meaning).is_none()
    }

    /// Notes what the caller wants to know about an order; says whether there was anything.
    pub(super) fn want(&mut self, meaning: &Meaning) -> bool {
        match meaning.intent {
            Some(Intent::OrderStatus) => self.wants.status = true,
            Some(Intent::Arrival) => self.wants.arrival = true,
            Some(
                Intent::DeliveryChange
                | Intent::Stock
                | Intent::ReturnExchange
                | Intent::Refund
                | Intent::CancelOrder
                | Intent::Warranty
                | Intent::Damage
                | Intent::Missing
                | Intent::Install
                | Intent::Usage
                | Intent::ProductQuestion
                | Intent::PriceCoupon
                | Intent::Invoice
                | Intent::Account
                | Intent::Person
                | Intent::Complaint
                | Intent::Greeting
                | Intent::Thanks
                | Intent::Goodbye
                | Intent::Repeat
                | Intent::Fragment
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
            Some(
                Intent::ReturnExchange
                | Intent::Refund
                | Intent::Warranty
                | Intent::Missing
                | Intent::Complaint
                | Intent::Fragment
                | Intent::Other,
            )
            | None => meaning.damage.is_some(),
            Some(_) => {
                matches!(meaning.damage, Some(NamedDamage::Kind(_)))
                    || (self.case.is_some() && meaning.damage.is_some())
            }
        };
        about_damage.then_some(meaning.damage)
    }

    /// A whole order number that was not asked for, if it is not the one spoken of already.
    pub(super) fn new_number(&self, meaning: &Meaning) -> Option<SpokenNumber> {
        let number = meaning.number.clone()?;
        let whole = self.pack.shop().order_digits;
        // What only sounds like a number is read back; where a number was asked for, whoever asked takes it.
        let counts = number.clarity == Clarity::Plain || self.expecting() != Expecting::Digits;
        let is_whole = (whole.min..=whole.max).contains(&number.digits.len()) && counts;
        let known = self.case_order().is_some_and(|order| order.number.0 == number.digits);
        (is_whole && !known).then_some(number)
    }

    /// An order number that was heard with one digit too many, to be read back.
    fn overlong_number(&self, meaning: &Meaning) -> Option<SpokenNumber> {
        let digits = not_so_long(&meaning.number.as_ref()?.digits, self.pack.shop().order_digits.max)?;
        let known = self.case_order().is_some_and(|order| order.number.0 == digits);
        (!known).then_some(SpokenNumber { digits, clarity: Clarity::Guessed })
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

    pub(crate) const fn nothing_asked(&self) -> bool {
        matches!(self.asked, Asked::Nothing | Asked::AnythingElse)
    }
}
