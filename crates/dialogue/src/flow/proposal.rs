//! What was not understood is put to a language model. Its proposal opens a flow, as if the caller had said it in plain words: all that
//! follows is asked, read out and confirmed as ever.

use ermu_domain::{EffectId, HandOffReason};

use super::{Mind, words::Timing};
use crate::{
    Effect, Expecting,
    language_model::{Proposal, question},
    line::Line,
    memory::Said,
    pack::Intent,
    understand::{Meaning, understand},
};

/// An utterance about which the model was asked.
#[derive(Debug, Clone)]
pub(super) struct Consulting {
    id: EffectId,
    said: Said,
    timing: Timing,
}

impl Mind {
    /// From now on a language model may be asked.
    pub(crate) const fn allow_model(&mut self) {
        self.may_ask_model = true;
    }

    /// The question to the language model that is open.
    pub(crate) fn consulted(&self) -> Option<EffectId> {
        self.consulting.as_ref().map(|consulting| consulting.id)
    }

    /// Asks the language model what an utterance means; says whether it does.
    pub(super) fn consult(&mut self, said: &Said, timing: Timing, line: &mut Line) -> bool {
        if !self.may_ask_model || said.bare || self.is_working() {
            return false;
        }
        let id = line.next_id();
        let request = question(self.memory.said.iter().map(|said| said.text.as_str()), &self.pack);
        line.send(Effect::AskModel { id, request });
        self.consulting = Some(Consulting { id, said: said.clone(), timing });
        true
    }

    /// The language model answered, or did not in time.
    pub(crate) fn model_answered(&mut self, id: EffectId, answer: Option<&str>, line: &mut Line) {
        let Some(Consulting { said, timing, .. }) = self.consulting.take_if(|consulting| consulting.id == id) else {
            return;
        };
        let proposal = answer.and_then(|answer| Proposal::read(answer, &said.text, &self.pack));
        let understood = proposal.is_some_and(|proposal| self.follow_proposal(proposal, &said, line))
            || self.is_one_of_two(&said, line);
        self.conclude(understood, &said, timing, false, line);
    }

    fn follow_proposal(&mut self, proposal: Proposal, said: &Said, line: &mut Line) -> bool {
        let Proposal { intent, number, product } = proposal;
        if intent == Intent::Person {
            // Only the caller's own words hand a call over.
            self.offer_person(HandOffReason::Asked);
            return true;
        }
        if product.is_some() {
            self.memory.product.clone_from(&product);
        }
        let meaning = understand(&said.text, said.sentence.as_ref(), Expecting::Anything, &self.pack);
        let meaning = Meaning {
            intent: Some(intent),
            intent_is_plain: false,
            answer: None,
            number: meaning.number.or(number),
            product: meaning.product.or(product),
            ..meaning
        };
        // In doubt: a number is read back.
        self.begins_mounting(said, &meaning)
            || self.talk_of_products(said, &meaning)
            || self.follow(&meaning, said, true, line)
    }
}
