//! Whose order it is: known because the shop's site signed the caller in, or proven by the end of a phone number.

use ermu_domain::{HandOffReason, Order};

use super::{Asked, Cause, Mind, details};
use crate::{
    line::Line,
    pack::Step,
    understand::{KnownOrder, Meaning, SpokenNumber, known_order, normalise},
    wording::{self, Phrase},
};

/// Digits of the phone number that are asked for.
const PHONE_DIGITS: usize = 4;
/// Nothing is done for an order once the answers for it weigh this much: two that are wrong, or four that may be misheard.
const MAX_DOUBT: u32 = 4;
const WRONG: u32 = 2;
const MAYBE_MISHEARD: u32 = 1;
/// Orders that are read out to choose from.
const MAX_LISTED: usize = 4;

impl Mind {
    /// Whether the caller is known, or has shown, to be the one who ordered.
    pub(super) fn is_proven(&self, order: &Order) -> bool {
        self.owns(&order.number.0) || self.proven.contains(&order.number.0)
    }

    pub(super) fn owns(&self, number: &str) -> bool {
        self.own.iter().any(|order| order.number.0 == number)
    }

    /// Asks for the end of the phone number; a caller who could not tell it before gets a person.
    pub(super) fn ask_phone(&mut self, order: &Order) {
        let doubt = self.phone_doubts.get(&order.number.0).copied().unwrap_or_default();
        if doubt >= MAX_DOUBT || order.phone.expose().len() < PHONE_DIGITS {
            return self.refuse_phone();
        }
        self.asked = Asked::Phone;
        self.say(Phrase::AskPhone, &[]);
    }

    /// Takes an answer to the question for the phone number; says whether it was one.
    pub(super) fn take_phone(&mut self, number: &SpokenNumber, line: &mut Line) -> bool {
        let Some(order) = self.case_order().cloned() else { return false };
        let known = order.phone.expose();
        let end = &known[known.len().saturating_sub(PHONE_DIGITS)..];
        let digits = &number.digits;
        // Neither the end of a phone number nor a whole one.
        let incomplete = digits.len() < PHONE_DIGITS || digits.len() == PHONE_DIGITS + 1;
        if !incomplete && end.len() == PHONE_DIGITS && digits.ends_with(end) {
            self.proven.insert(order.number.0);
            self.asked = Asked::Nothing;
            self.advance(Cause::Caller, line);
            return true;
        }
        // What sounds like it proves nothing, but a transcriber's mistake is not a stranger.
        let near = || matches!(known_order(digits, [end]), KnownOrder::Exact(_) | KnownOrder::Likely(_));
        let doubt = self.phone_doubts.entry(order.number.0).or_default();
        *doubt += if incomplete || near() { MAYBE_MISHEARD } else { WRONG };
        if *doubt >= MAX_DOUBT {
            self.refuse_phone();
        } else {
            self.say(Phrase::PhoneWrong, &[]);
        }
        true
    }

    /// Nothing is done for somebody else's order, and nothing is told about it.
    pub(super) fn refuse_phone(&mut self) {
        self.wants = super::Wants::default();
        self.case = None;
        self.say(Phrase::PhoneRefused, &[]);
        self.offer_person(HandOffReason::Rule);
    }

    /// The caller's own orders that the question can be about.
    pub(super) fn candidates(&self) -> Vec<Order> {
        let narrowed = |orders: Vec<Order>, fits: &dyn Fn(&Order) -> bool| {
            let fitting: Vec<_> = orders.iter().filter(|order| fits(order)).cloned().collect();
            if fitting.is_empty() { orders } else { fitting }
        };
        let delivered = |order: &Order| order.parcel.as_ref().is_some_and(|parcel| parcel.delivered.is_some());
        let mut orders = self.own.clone();
        if let Some(product) = &self.memory.product {
            orders = narrowed(orders, &|order| order.product == *product);
        }
        match &self.case {
            Some(case) if case.needs_delivery() => narrowed(orders, &delivered),
            Some(_) => orders,
            None => narrowed(orders, &|order| !delivered(order)),
        }
    }

    /// Reads the candidates out.
    pub(super) fn ask_which_order(&mut self, orders: &[Order]) {
        let listed: Vec<_> = orders.iter().take(MAX_LISTED).collect();
        self.asked = Asked::WhichOrder(listed.iter().map(|order| order.number.0.clone()).collect());
        self.say_in(Phrase::OrderWhich, |words, language| {
            let name = |(place, order): (usize, &&Order)| {
                let place = place.to_string();
                let number = order.number.0.as_str();
                let end = &number[number.len().saturating_sub(3)..];
                let slots = [("place", place.as_str()), ("product", order.product_name.get(language)), ("order", end)];
                words.render(Phrase::OrderListed, language, &slots)
            };
            let names: Vec<_> = (1..).zip(&listed).map(name).collect();
            let names: Vec<_> = names.iter().map(String::as_str).collect();
            Some(vec![("orders", wording::list(&names, language))])
        });
    }

    /// The order among these that an utterance picks: by place, by article, or by the end of its number.
    pub(super) fn pick(&self, numbers: &[String], meaning: &Meaning, text: &str) -> Option<String> {
        let normalised = normalise(text);
        if let Some(place) = details::ordinal(&normalised, numbers.len()) {
            return numbers.get(place).cloned();
        }
        let only = |fits: &dyn Fn(&Order) -> bool| {
            let mut fitting = self.own.iter().filter(|order| numbers.contains(&order.number.0) && fits(order));
            match (fitting.next(), fitting.next()) {
                (Some(order), None) => Some(order.number.0.clone()),
                _ => None,
            }
        };
        let by_end = meaning.number.as_ref().filter(|number| number.digits.len() >= 2);
        by_end
            .and_then(|number| only(&|order| order.number.0.ends_with(&number.digits)))
            .or_else(|| meaning.product.as_ref().and_then(|product| only(&|order| order.product == *product)))
    }

    /// Whether a flow asks for the phone number and it is still to be told.
    pub(super) fn phone_is_due(&self, steps: &[Step], order: &Order) -> bool {
        steps.contains(&Step::Phone) && !self.is_proven(order)
    }
}
