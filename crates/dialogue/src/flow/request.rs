//! What customers ask for after a sale: one machine for all of it. The pack says what has to be known (`flows.yaml`) and what
//! is decided (`rules.csv`); nothing is written without a yes to what was read out.

use ermu_domain::{Action, DefectKind, HandOffReason, Order, OrderNumber, Pii, Remedy, TicketKind};

use super::{Asked, Case, Cause, Mind, details};
use crate::{
    line::Line,
    memory::{Said, View},
    pack::{Intent, Step},
    policy::Ruling,
    understand::{Meaning, NamedDamage, normalise},
    wording::{self, Phrase},
};

/// Answers that were none after which a person is offered.
const MAX_MISSED_DETAILS: u32 = 2;

impl Mind {
    /// The request that an utterance makes.
    pub(super) fn request_in(&self, meaning: &Meaning, text: &str) -> Option<TicketKind> {
        let request = details::request(meaning.intent, &normalise(text))?;
        // Something particular is damaged, and nothing more is asked for than to put that right.
        let particular = matches!(meaning.damage, Some(NamedDamage::Kind(kind)) if kind != DefectKind::MissingPart);
        let settled_by_rules = matches!(request, TicketKind::Complaint | TicketKind::Missing);
        (!(particular && settled_by_rules)).then_some(request)
    }

    /// Opens a case, or turns the open one into this: the newest wish counts.
    pub(super) fn request(&mut self, about: TicketKind, meaning: &Meaning, said: &Said) {
        let known = self.memory.order.clone().filter(|order| match &meaning.product {
            Some(product) => order.product == *product,
            None => true,
        });
        let case = match &mut self.case {
            Some(case) => case,
            None => self.case.insert(Case { order: known, order_is_implied: true, ..Case::default() }),
        };
        if case.about != about || !case.complaint {
            case.about = about;
            case.details.clear();
            case.missed = 0;
        }
        case.complaint = true;
        if let Some(NamedDamage::Kind(kind)) = meaning.damage
            && case.damage != Some(kind)
        {
            case.damage = Some(kind);
            case.kind_settled = false;
        }
        for step in self.pack.flows().of(about) {
            if let Some(told) = details::told(*step, &said.text) {
                case.details.insert(*step, (told, said.clone()));
            }
        }
        if matches!(self.asked, Asked::Remedy(..) | Asked::Detail(_) | Asked::Photo | Asked::ThisDamage) {
            self.asked = Asked::Nothing;
        }
    }

    /// Goes on with a case that is not about damage.
    pub(super) fn advance_request(&mut self, cause: Cause, line: &mut Line) {
        let view = self.view();
        self.tell_photo(&view, line);
        let Some(case) = &self.case else { return };
        let (about, damage) = (case.about, case.damage);
        if self.disagrees(&view) {
            return self.ask_which_damage(&view);
        }
        let Some(order) = case.order.clone() else { return self.need_order(Phrase::AskOrder, cause, line) };
        if !case.product_settled && self.memory.product.as_ref().is_some_and(|named| *named != order.product) {
            return self.ask_which_product(&order);
        }
        self.name_implied_order(&order);
        if let Some(registered) = order.registered.iter().find(|past| past.kind == about && past.remedy.is_some()) {
            let ticket = registered.ticket.to_string();
            return self.already_registered(&order, about, &ticket);
        }
        let steps = self.pack.flows().of(about).to_vec();
        if self.phone_is_due(&steps, &order) {
            return self.ask_phone(&order);
        }
        let Some(ruling) = self.rule(&order, &view, line) else { return self.hand_off(HandOffReason::Rule, line) };
        if ruling.decision.remedy != Remedy::Refuse {
            if let Some(step) = self.missing_detail(&steps) {
                return self.ask_detail(step);
            }
            match &view {
                View::Looking => return,
                View::NoPhoto if damage.is_some() && self.proof_may_help(about) => {
                    self.asked = Asked::Photo;
                    return self.say(Phrase::AskPhotoOfDamage, &[]);
                }
                View::Nothing(_) | View::Faulty(..) | View::Failed(..) if damage.is_some() => {
                    return self.ask_better_photo(&view, line);
                }
                View::NoPhoto | View::Nothing(_) | View::Faulty(..) | View::Failed(..) | View::Found(..) => {}
            }
        }
        self.propose(&order, ruling, line);
    }

    fn proof_may_help(&self, about: TicketKind) -> bool {
        let asks = self.case.as_ref().is_some_and(|case| !case.has_no_photo);
        asks && self.pack.rules().iter().any(|rule| rule.reason == Some(about) && rule.min_confidence.is_some())
    }

    /// Names the order that the caller did not name this time, so that a yes is one to the right order.
    fn name_implied_order(&mut self, order: &Order) {
        if let Some(case) = &mut self.case
            && std::mem::take(&mut case.order_is_implied)
        {
            self.say_in(Phrase::ThisOrder, |_, language| {
                let product = order.product_name.get(language).to_owned();
                Some(vec![("order", order.number.0.clone()), ("product", product)])
            });
        }
    }

    pub(super) fn already_registered(&mut self, order: &Order, about: TicketKind, ticket: &str) {
        self.say_in(Phrase::Already, |words, language| {
            let what = words.render(wording::kind(about), language, &[]);
            Some(vec![("order", order.number.0.clone()), ("what", what), ("ticket", ticket.to_owned())])
        });
        self.case = None;
        self.say(Phrase::AnythingElse, &[]);
        self.asked = Asked::AnythingElse;
    }

    fn missing_detail(&self, steps: &[Step]) -> Option<Step> {
        let case = self.case.as_ref()?;
        steps.iter().copied().find(|step| question(*step).is_some() && !case.details.contains_key(step))
    }

    pub(super) fn ask_detail(&mut self, step: Step) {
        if let Some(phrase) = question(step) {
            self.asked = Asked::Detail(step);
            self.say(phrase, &[]);
        }
    }

    /// Takes the answer to a question for a detail; says whether the utterance was about it at all.
    pub(super) fn take_detail(&mut self, step: Step, meaning: &Meaning, said: &Said, line: &mut Line) -> bool {
        let other = match meaning.intent {
            Some(Intent::OrderStatus | Intent::Arrival) => meaning.intent_is_plain,
            Some(Intent::Repeat | Intent::Goodbye | Intent::Person) => true,
            Some(_) | None => false,
        };
        let drops = details::drops(&normalise(&said.text));
        let current = self.case.as_ref().map(|case| case.about);
        let turns = self.request_in(meaning, &said.text).is_some_and(|about| Some(about) != current);
        if turns && (drops || !details::long(&said.text)) {
            return false;
        }
        let told = details::answer(step, &said.text).filter(|_| !drops);
        let free = matches!(step, Step::Problem | Step::Wish | Step::Title);
        match told {
            Some(told) if !(free && other) => {
                if let Some(case) = &mut self.case {
                    case.details.insert(step, (told, said.clone()));
                }
                self.asked = Asked::Nothing;
                self.advance(Cause::Caller, line);
            }
            Some(_) => return false,
            None if drops => self.drop_case(),
            None if other || turns => return false,
            None => {
                let missed = self.case.as_mut().map_or(0, |case| {
                    case.missed += 1;
                    case.missed
                });
                if missed > MAX_MISSED_DETAILS {
                    self.offer_person(HandOffReason::NotUnderstood);
                } else {
                    self.ask_detail(step);
                }
            }
        }
        true
    }

    /// The caller does not want it any more.
    pub(super) fn drop_case(&mut self) {
        self.case = None;
        self.say(Phrase::ProposeDeclined, &[]);
        self.say(Phrase::AnythingElse, &[]);
        self.asked = Asked::AnythingElse;
    }

    /// Takes what a "no, …" puts in the place of what was read out: another order, another wish, another detail. Says
    /// whether there was anything.
    pub(super) fn correct(&mut self, meaning: &Meaning, said: &Said, doubt: bool, line: &mut Line) -> bool {
        if let Some(number) = self.new_number(meaning) {
            self.asked = Asked::Nothing;
            self.take_number(number, doubt, line);
            return true;
        }
        let own: Vec<_> = self.candidates().into_iter().map(|order| order.number.0).collect();
        let current = self.case_order().map(|order| order.number.0.clone());
        if let Some(number) = self.pick(&own, meaning, &said.text).filter(|number| Some(number) != current.as_ref()) {
            self.asked = Asked::Nothing;
            self.look_up(number, line);
            return true;
        }
        let Some(case) = &mut self.case else { return false };
        if let Some(about) =
            details::request(meaning.intent, &normalise(&said.text)).filter(|about| *about != case.about)
        {
            self.request(about, meaning, said);
            self.advance(Cause::Caller, line);
            return true;
        }
        // A "no" that brings its own words, or words that say what is changed; a mere question changes nothing.
        let negated = ["不", "没", "错", "no", "sorry", "actually", "i mean", "nao", "perdon", "desculp", "لا", "عفوا"]
            .iter()
            .any(|no| normalise(&said.text).starts_with(no));
        let rest = said.text.trim_start_matches(|c: char| "不对是的错了，, ".contains(c));
        let rest = rest
            .strip_prefix("No")
            .or_else(|| rest.strip_prefix("no"))
            .unwrap_or(rest)
            .trim_start_matches([',', '.', ' ']);
        for step in [Step::Address, Step::Day] {
            if self.pack.flows().of(case.about).contains(&step)
                && let Some(told) =
                    details::told(step, rest).or_else(|| negated.then(|| details::answer(step, rest)).flatten())
            {
                case.details.insert(step, (told, said.clone()));
                self.asked = Asked::Nothing;
                self.advance(Cause::Caller, line);
                return true;
            }
        }
        let other_product = meaning
            .product
            .as_ref()
            .is_some_and(|named| case.order.as_ref().is_some_and(|order| order.product != *named));
        if other_product {
            case.order = None;
            self.memory.order = None;
            self.asked = Asked::Nothing;
            self.advance(Cause::Caller, line);
            return true;
        }
        false
    }

    /// What the ruling makes happen, with what it has to know.
    pub(super) fn actions(&self, ruling: &Ruling, order: Option<&Order>) -> Vec<Action> {
        let detail = self.case.as_ref().and_then(Case::detail);
        let action = |kind| Action {
            kind,
            order: order.map(|order| OrderNumber(order.number.0.clone())),
            product: order.map(|order| order.product.clone()),
            detail: detail.clone().map(Pii::new),
        };
        ruling.actions.iter().copied().map(action).collect()
    }
}

/// How a detail is asked for; none for what is no detail.
const fn question(step: Step) -> Option<Phrase> {
    match step {
        Step::Problem => Some(Phrase::AskProblem),
        Step::Wish => Some(Phrase::AskWish),
        Step::Address => Some(Phrase::AskAddress),
        Step::Day => Some(Phrase::AskDay),
        Step::Title => Some(Phrase::AskTitle),
        Step::Order | Step::Phone | Step::Photo => None,
    }
}
