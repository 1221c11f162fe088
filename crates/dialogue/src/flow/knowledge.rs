//! Answers that the shop has written down, and questions that it has not.

use ermu_domain::HandOffReason;

use super::{Asked, Mind};
use crate::{
    Effect, ShopPack,
    line::Line,
    memory::Said,
    pack::Intent,
    understand::{Meaning, asks_medical_advice, asks_what_speaks, normalise},
    wording::Phrase,
};

/// Likeness from which a question of the shop is meant, whatever else the words may mean; less for words that ask.
const SURE: f32 = 0.8;
const SURE_QUESTION: f32 = 0.62;
/// Likeness that is enough where nothing else was understood.
pub(super) const LIKELY: f32 = 0.5;

impl Mind {
    /// Answers what every shop answers alike; says whether it was asked.
    pub(super) fn mind_manners(&mut self, said: &Said, meaning: &Meaning) -> bool {
        let normalised = normalise(&said.text);
        if asks_what_speaks(&normalised) {
            self.say(Phrase::AmRobot, &[]);
            self.ask_again();
            return true;
        }
        let about_an_order = meaning.number.is_some() || self.case.is_some() || self.lookup.is_some();
        if asks_medical_advice(&normalised) && !about_an_order && meaning.damage.is_none() {
            self.say(Phrase::NoMedical, &[]);
            self.offer_person(HandOffReason::Rule);
            return true;
        }
        false
    }

    /// Gives the shop's answer if the words are like one of its questions; says whether they are.
    pub(super) fn knows(&mut self, said: &Said, least: f32) -> bool {
        let language = ShopPack::spoken(self.memory.language);
        let normalised = self.pack.glossary().apply(&normalise(&said.text));
        let Some((entry, likeness)) = self.pack.answer_to(&normalised) else { return false };
        if likeness < least {
            return false;
        }
        let (answer, source) = (entry.answer.get(language).to_owned(), entry.source.get(language).to_owned());
        self.say(Phrase::KnowledgeAnswer, &[("answer", &answer), ("source", &source)]);
        match self.asked {
            Asked::Nothing | Asked::AnythingElse | Asked::Product(_) => self.asked = Asked::Nothing,
            _ => self.ask_again(),
        }
        true
    }

    /// Gives the shop's answer if it is beyond doubt that one of its questions was asked.
    pub(super) fn surely_knows(&mut self, said: &Said, meaning: &Meaning) -> bool {
        // "When will it arrive" is like many questions, and about one order.
        if meaning.intent.is_some_and(is_about_this_call) || meaning.damage.is_some() || meaning.number.is_some() {
            return false;
        }
        self.knows(said, if asks(said) { SURE_QUESTION } else { SURE })
    }

    /// Keeps what was not understood, if it asks something.
    pub(super) fn keep_if_question(&mut self, said: &Said) {
        if asks(said) {
            self.keep_question(said);
        }
    }

    /// Keeps a question that could not be answered, for a person of the shop.
    pub(super) fn keep_question(&mut self, said: &Said) {
        self.unanswered.push((said.text.clone(), said.evidence.clone()));
    }

    /// Passes the kept questions on.
    pub(super) fn pass_questions_on(&mut self, line: &mut Line) {
        for (question, evidence) in self.unanswered.drain(..) {
            line.send(Effect::KeepQuestion { question, evidence });
        }
    }
}

/// Whether words ask something.
fn asks(said: &Said) -> bool {
    const ASKS: &str = "谁|多久|几天|几点|怎么|什么|吗|呢|哪|多少|是不是|能不能|可不可以|who|how|what|when|where|which|can you|do you|cuando|cuanto|quando |quanto |por que|متي|كيف|اين|هل |?";
    let normalised = normalise(&said.text);
    ASKS.split('|').any(|word| normalised.contains(word))
}

/// Whether an intent is about the caller's own order or about the call itself, to which no written answer fits.
const fn is_about_this_call(intent: Intent) -> bool {
    match intent {
        Intent::OrderStatus
        | Intent::Arrival
        | Intent::Damage
        | Intent::Missing
        | Intent::CancelOrder
        | Intent::Complaint
        | Intent::Person
        | Intent::Greeting
        | Intent::Thanks
        | Intent::Goodbye
        | Intent::Repeat
        | Intent::Fragment => true,
        Intent::DeliveryChange
        | Intent::Stock
        | Intent::ReturnExchange
        | Intent::Refund
        | Intent::Warranty
        | Intent::Install
        | Intent::Usage
        | Intent::ProductQuestion
        | Intent::PriceCoupon
        | Intent::Invoice
        | Intent::Account
        | Intent::Other => false,
    }
}
