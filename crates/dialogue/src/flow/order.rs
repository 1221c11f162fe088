//! Where is my order, and when does it come.

use ermu_domain::{EffectId, HandOffReason, Order, SessionTime, TicketKind, TroubleKind};

use jiff::civil::{Date, DateTime};

use super::{Asked, Case, Cause, Lookup, Mind};
use crate::{
    Effect,
    line::Line,
    memory::Thing,
    understand::{Clarity, KnownOrder, SpokenNumber, known_order},
    wording::{self, Phrase},
};

impl Mind {
    pub(super) fn ask_order(&mut self, phrase: Phrase) {
        self.asked = Asked::OrderNumber(String::new());
        self.say(phrase, &[]);
    }

    /// Takes a number that the caller said: whole, in part, plain or doubtful.
    pub(super) fn take_number(&mut self, number: SpokenNumber, doubt: bool, line: &mut Line) {
        let range = self.pack.shop().order_digits;
        let SpokenNumber { mut digits, clarity } = number;
        if let Asked::OrderNumber(before) = &self.asked {
            let joined = before.len() + digits.len();
            if digits.len() < range.min && !before.is_empty() && joined <= range.max {
                digits.insert_str(0, before);
            }
        }
        if digits.len() < range.min {
            let heard = spaced(&digits);
            self.asked = Asked::OrderNumber(digits);
            self.say(Phrase::OrderGoOn, &[("heard", &heard)]);
        } else if digits.len() > range.max {
            match not_so_long(&digits, range.max) {
                Some(digits) => self.confirm_number(digits),
                None => self.ask_order(Phrase::OrderAgain),
            }
        } else if !self.own.is_empty() && !self.owns(&digits) {
            // Other people's orders do not exist for a caller who is signed in.
            if !self.take_own_order(&digits, line) {
                self.order_not_found(&digits);
            }
        } else if doubt || clarity == Clarity::Guessed {
            self.confirm_number(digits);
        } else {
            self.look_up(digits, line);
        }
    }

    /// Takes the one of the caller's own orders that these words name, also where its number was misheard; says whether there
    /// is one.
    pub(super) fn take_own_order(&mut self, words: &str, line: &mut Line) -> bool {
        let own: Vec<_> = self.own.iter().map(|order| order.number.0.clone()).collect();
        let known = match known_order(words, own.iter().map(String::as_str)) {
            // Not this one, the caller said: which of the others sounds like it?
            KnownOrder::Likely(number) if self.denied.contains(number) => {
                known_order(words, own.iter().map(String::as_str).filter(|number| !self.denied.contains(*number)))
            }
            known => known,
        };
        match known {
            KnownOrder::Exact(number) => self.look_up(number.to_owned(), line),
            KnownOrder::Likely(number) => self.confirm_number(number.to_owned()),
            KnownOrder::Unclear => return false,
        }
        true
    }

    /// Reads a number back; one that the caller denied before is misheard again.
    pub(super) fn confirm_number(&mut self, digits: String) {
        if self.denied.contains(&digits) {
            return self.ask_order(Phrase::NumberNotHeard);
        }
        self.say(Phrase::OrderConfirm, &[("order", &digits)]);
        self.asked = Asked::ThisNumber(digits);
    }

    pub(super) fn look_up(&mut self, number: String, line: &mut Line) {
        if matches!(self.asked, Asked::OrderNumber(_) | Asked::ThisNumber(_) | Asked::WhichOrder(_) | Asked::Phone) {
            self.asked = Asked::Nothing;
        }
        if self.lookup.as_ref().is_some_and(|lookup| lookup.number == number) {
            return;
        }
        let id = line.next_id();
        line.send(Effect::FindOrder { id, number: number.clone() });
        // A number that is corrected while the other is looked up replaces it: the late answer has the wrong id.
        self.lookup = Some(Lookup { id, number, implied: false });
    }

    pub(crate) fn order_found(&mut self, id: EffectId, order: Option<Order>, line: &mut Line) {
        let Some(Lookup { number, implied, .. }) = self.lookup.take_if(|lookup| lookup.id == id) else { return };
        let Some(order) = order else { return self.order_not_found(&number) };
        self.not_found = 0;
        if !self.wants.any() && self.case.is_none() {
            self.wants.status = true;
        }
        if let Some(case) = &mut self.case {
            case.take_order(order.clone());
            case.order_is_implied = implied;
        }
        if matches!(self.asked, Asked::Remedy(..)) {
            // What was proposed was for another order.
            self.asked = Asked::Nothing;
        }
        self.memory.order = Some(order.clone());
        self.memory.focus.turn_to(Thing::Products(vec![order.product.clone()]));
        self.inspect_again(line);
        self.tell_trouble(&order, line.now);
        // Whoever was just offered a person answers that first.
        if self.asked != Asked::Person {
            self.advance(Cause::Caller, line);
        }
    }

    fn order_not_found(&mut self, number: &str) {
        self.not_found += 1;
        if self.not_found < 2 {
            self.ask_order_not_found(number);
        } else {
            self.not_found = 0;
            self.say(Phrase::OrderNotFoundTwice, &[("order", number)]);
            self.offer_person(HandOffReason::NotUnderstood);
        }
    }

    fn ask_order_not_found(&mut self, number: &str) {
        self.asked = Asked::OrderNumber(String::new());
        self.say(Phrase::OrderNotFound, &[("order", number)]);
    }

    pub(crate) fn order_lookup_failed(&mut self, id: EffectId) {
        if self.lookup.take_if(|lookup| lookup.id == id).is_some() {
            self.say(Phrase::OrderLookupFailed, &[]);
            self.offer_person(HandOffReason::Failure);
        }
    }

    /// Gives up what takes too long.
    pub(crate) fn abandon_lookup(&mut self) {
        if let Some(Lookup { id, .. }) = self.lookup {
            self.order_lookup_failed(id);
        }
    }

    /// Tells what went wrong on the way, once, before anybody asks.
    pub(super) fn tell_trouble(&mut self, order: &Order, now: SessionTime) {
        let Some(parcel) = order.parcel.as_ref().filter(|parcel| parcel.delivered.is_none()) else { return };
        let Some(trouble) = &parcel.trouble else { return };
        if !self.troubles_told.insert(order.number.0.clone()) {
            return;
        }
        let today = self.clock(now).date();
        let phrase = match trouble.kind {
            TroubleKind::Delayed => Phrase::OrderDelayed,
            TroubleKind::FailedDelivery => Phrase::OrderFailedDelivery,
        };
        self.say_in(phrase, |_, language| {
            let due = wording::before(trouble.due, today, language);
            Some(vec![("order", order.number.0.clone()), ("due", due)])
        });
    }

    /// Something is late and nobody knows why: the caller need not ask to have it pressed for.
    fn offer_to_urge(&mut self, order: &Order) {
        if self.case.is_none() && self.troubles_told.insert(order.number.0.clone()) {
            let order = Some(order.clone());
            self.case = Some(Case { about: TicketKind::Urge, order, ..Case::default() });
        }
    }

    pub(super) fn answer_order(&mut self, now: SessionTime) {
        let wants = std::mem::take(&mut self.wants);
        let Some(order) = self.memory.order.clone() else { return };
        let clock = self.clock(now);
        let today = clock.date();
        let number = &order.number.0;
        let Some(parcel) = &order.parcel else {
            return self.say(Phrase::OrderUnsent, &[("order", number)]);
        };
        if let Some(delivered) = parcel.delivered {
            self.say_in(Phrase::OrderDelivered, |_, language| {
                Some(vec![("order", number.clone()), ("when", wording::day_and_time(delivered, today, language))])
            });
            return;
        }
        if wants.status {
            self.say_in(Phrase::OrderCollected, |_, language| {
                Some(vec![
                    ("order", number.clone()),
                    ("when", wording::day_and_time(parcel.collected, today, language)),
                    ("carrier", parcel.carrier.get(language).to_owned()),
                    ("waybill", parcel.waybill.clone()),
                ])
            });
        }
        if let Some(trouble) = &parcel.trouble {
            // It was told when the order was found; asked again, it is said again.
            if wants.arrival && self.reply.is_empty() {
                self.say_due(Phrase::Arrival, trouble.due, today);
            }
        } else if parcel.due < clock {
            self.say_due(Phrase::OrderLate, parcel.due, today);
            self.offer_to_urge(&order);
        } else if wants.arrival {
            self.say_due(Phrase::Arrival, parcel.due, today);
        }
    }

    fn say_due(&mut self, phrase: Phrase, due: DateTime, today: Date) {
        self.say_in(phrase, |_, language| Some(vec![("due", wording::before(due, today, language))]));
    }
}

/// A number that is a digit too long as it may have been meant: among equal digits one more is soon heard, and 是六 is heard as 十六 or 四六.
/// One digit again and again was heard too often by any number.
pub(super) fn not_so_long(digits: &str, max: usize) -> Option<String> {
    const EQUAL: usize = 3;
    if is_one_digit(digits) && digits.len() > max {
        return Some(digits[..max].to_owned());
    }
    if digits.len() != max + 1 {
        return None;
    }
    let runs = digits.as_bytes().chunk_by(|a, b| a == b).map(<[u8]>::len);
    let mut from = 0;
    for run in runs {
        if run >= EQUAL {
            return Some(format!("{}{}", &digits[..from], &digits[from + 1..]));
        }
        from += run;
    }
    digits.strip_prefix(['1', '4']).map(str::to_owned)
}

/// Whether a number is one digit again and again.
fn is_one_digit(digits: &str) -> bool {
    digits.as_bytes().windows(2).all(|pair| pair[0] == pair[1])
}

/// `1 2 3`: read one by one.
fn spaced(digits: &str) -> String {
    digits.chars().map(String::from).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digit_too_many_is_left_out_where_it_is_plain_which() {
        assert_eq!(not_so_long("9999999", 6).as_deref(), Some("999999"));
        assert_eq!(not_so_long("1244456", 6).as_deref(), Some("124456"));
        assert_eq!(not_so_long("1654321", 6).as_deref(), Some("654321"));
        assert_eq!(not_so_long("4123456", 6).as_deref(), Some("123456"));
        assert_eq!(not_so_long("88888888888888888888", 6).as_deref(), Some("888888"));
        for other in ["654321", "999999", "7654321", "99999998", "7765443"] {
            assert_eq!(not_so_long(other, 6), None, "{other}");
        }
    }
}
