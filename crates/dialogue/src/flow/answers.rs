//! An utterance answers the question that stands.

use ermu_domain::{Evidence, HandOffReason, PromiseHeard, Remedy, TicketKind};

use super::{Asked, Cause, Mind, details};
use crate::{
    line::Line,
    memory::Said,
    policy::Ruling,
    understand::{Answer, Meaning, SpokenNumber, normalise},
    wording::Phrase,
};

impl Mind {
    /// Takes the utterance as the answer to the question that stands; says whether it was one.
    pub(super) fn answer_question(&mut self, meaning: &Meaning, said: &Said, doubt: bool, line: &mut Line) -> bool {
        let asked = self.asked.clone();
        if let Asked::OrderNumber(before) = &asked
            && self.take_own_order(&format!("{before}{}", said.text), line)
        {
            self.want(meaning);
            return true;
        }
        if let (Asked::OrderNumber(_) | Asked::ThisNumber(_) | Asked::ThisProduct, Some(number)) =
            (&asked, meaning.number.clone())
        {
            self.want(meaning);
            if let (Asked::ThisNumber(other), Some(Answer::No)) = (&asked, meaning.answer) {
                self.denied.insert(other.clone());
            }
            self.take_number(number, doubt, line);
            return true;
        }
        match (asked, meaning.answer) {
            (Asked::OrderNumber(_), answer)
                if (answer == Some(Answer::No) && meaning.bare_answer)
                    || details::has_no_number(&normalise(&said.text)) =>
            {
                self.say(Phrase::NoOrderNumber, &[]);
                self.offer_person(HandOffReason::NotUnderstood);
            }
            (Asked::WhichOrder(numbers), _) => match self.pick(&numbers, meaning, &said.text) {
                Some(number) => self.look_up(number, line),
                None => return self.take_own_order(&said.text, line),
            },
            (Asked::WhichIntent(doubt), _) => return self.choose(&doubt, meaning, said, line),
            (Asked::Phone, answer) => match (&meaning.number, answer) {
                // A whole order number in its place is another order.
                (Some(number), _) if self.is_other_order(number) => {
                    self.take_number(number.clone(), doubt, line);
                }
                (Some(number), _) => return self.take_phone(number, line),
                (None, Some(Answer::No)) => self.refuse_phone(),
                (None, _) if details::has_no_number(&normalise(&said.text)) => self.refuse_phone(),
                (None, Some(Answer::Yes) | None) => return false,
            },
            (Asked::Detail(step), _) => return self.take_detail(step, meaning, said, line),
            (Asked::ThisNumber(number), Some(Answer::Yes)) => self.look_up(number, line),
            (Asked::ThisNumber(number), Some(Answer::No)) => {
                self.denied.insert(number);
                self.ask_order(Phrase::OrderAgain);
            }
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
            (Asked::Remedy(ruling, heard), Some(Answer::Yes))
                if meaning.bare_answer || details::repeats(ruling.decision.remedy, &normalise(&said.text)) =>
            {
                self.accept(ruling, heard, said, line);
            }
            (Asked::Remedy(..), _) if !meaning.bare_answer && self.correct(meaning, said, doubt, line) => {}
            (Asked::Remedy(..), Some(Answer::Yes)) => self.ask_again(),
            // "Okay, but I will not pay" is neither.
            (Asked::Remedy(..), Some(Answer::No))
                if !meaning.bare_answer && details::objects(&normalise(&said.text)) =>
            {
                self.ask_again();
            }
            (Asked::Remedy(ruling, _), Some(Answer::No)) => {
                let about_damage = self.case.as_ref().is_none_or(|case| case.about == TicketKind::Damage);
                if about_damage && ruling.decision.remedy != Remedy::Refuse {
                    self.say(Phrase::ProposeDeclined, &[]);
                    self.offer_person(HandOffReason::Rule);
                } else {
                    self.drop_case();
                }
            }
            (Asked::Person, Some(Answer::Yes)) => self.hand_off(self.offer_reason, line),
            (Asked::Person, Some(Answer::No)) => self.decline_person(line),
            (Asked::Retry(key), Some(Answer::Yes)) => self.retry(key, line),
            (Asked::Retry(_), Some(Answer::No)) => {
                self.asked = Asked::AnythingElse;
                self.say(Phrase::AllRight, &[]);
                self.say(Phrase::AnythingElse, &[]);
            }
            (Asked::AnythingElse, Some(Answer::No)) => self.part(line),
            (Asked::Photo, Some(Answer::No))
                if self.case.as_ref().is_some_and(|case| case.about != TicketKind::Damage) =>
            {
                if let Some(case) = &mut self.case {
                    case.has_no_photo = true;
                }
                self.asked = Asked::Nothing;
                self.advance(Cause::Caller, line);
            }
            (Asked::Photo, Some(Answer::No)) => self.offer_person(HandOffReason::PhotosUnusable),
            _ => return false,
        }
        true
    }

    /// A yes counts only for what was heard; what is typed was read on the screen.
    fn accept(&mut self, ruling: Ruling, heard: PromiseHeard, said: &Said, line: &mut Line) {
        let read = matches!(said.evidence, Evidence::Typed { .. });
        match (heard, self.case_order().cloned()) {
            (PromiseHeard::Partly | PromiseHeard::NotYet, Some(order)) if !read => self.propose(&order, ruling, line),
            _ => self.agree(&ruling, said, line),
        }
    }

    fn decline_person(&mut self, line: &mut Line) {
        self.asked = Asked::Nothing;
        self.say(Phrase::AllRight, &[]);
        if self.parting_offer_made && !self.angry_offer_made {
            self.asked = Asked::Nothing;
            return self.part(line);
        }
        if self.offer_reason == HandOffReason::Angry && (self.wants.any() || self.case.is_some()) {
            return self.advance(Cause::Caller, line);
        }
        // Damage that was shown is kept on record; what was only asked for is dropped.
        self.case.take_if(|case| case.about != TicketKind::Damage);
        self.say(Phrase::AnythingElse, &[]);
        self.asked = Asked::AnythingElse;
    }

    /// Whether a number told in place of a phone's is that of another order.
    fn is_other_order(&self, number: &SpokenNumber) -> bool {
        let whole = self.pack.shop().order_digits;
        let phone = self.case_order().is_some_and(|order| order.phone.expose().ends_with(&number.digits));
        let known = self.case_order().is_some_and(|order| order.number.0 == number.digits);
        (whole.min..=whole.max).contains(&number.digits.len()) && number.digits.len() < 11 && !phone && !known
    }

    /// Repeats the question that stands.
    pub(super) fn ask_again(&mut self) {
        match &self.asked {
            Asked::Nothing | Asked::AnythingElse => {}
            Asked::OrderNumber(_) => self.say(Phrase::OrderAgain, &[]),
            Asked::ThisNumber(number) => {
                let number = number.clone();
                self.say(Phrase::OrderConfirm, &[("order", &number)]);
            }
            Asked::WhichOrder(_) => {
                let candidates = self.candidates();
                self.ask_which_order(&candidates);
            }
            Asked::WhichIntent(doubt) => {
                let doubt = doubt.clone();
                self.ask_which_intent(doubt);
            }
            Asked::Phone => self.say(Phrase::AskPhone, &[]),
            Asked::Detail(step) => {
                let step = *step;
                self.ask_detail(step);
            }
            Asked::Photo => self.say(Phrase::AskPhoto, &[]),
            Asked::ThisDamage => self.say(Phrase::PhotoIsThisIt, &[]),
            Asked::ThisProduct => {
                if let Some(order) = self.case_order().cloned() {
                    self.ask_which_product(&order);
                }
            }
            // What was told in the caller's own words is read out again: it may be just that which is not right.
            Asked::Remedy(ruling, _) if self.case.as_ref().is_some_and(|case| case.detail().is_some()) => {
                let (ruling, order) = (ruling.clone(), self.case_order().cloned());
                if let Some(order) = order {
                    self.say_proposal(&order, &ruling);
                }
            }
            Asked::Remedy(..) => self.say(Phrase::ProposeYesOrNo, &[]),
            Asked::Person => self.say(Phrase::OfferPerson, &[]),
            Asked::Retry(_) => self.say(Phrase::TicketFailed, &[]),
            Asked::Mounting => self.ask_mounting_again(),
            Asked::Product(question) => {
                let question = question.clone();
                self.ask_about_product_again(&question);
            }
        }
    }
}
