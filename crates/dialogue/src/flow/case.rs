//! A damaged article: words, photo and order are fused, a rule decides, the caller agrees.

use std::collections::BTreeMap;

use ermu_domain::{
    Basis, DefectKind, HandOffReason, ImageFinding, Order, PromiseHeard, Registered, Remedy, SlotName, TicketKind,
};

use super::{Asked, Cause, Mind};
use crate::{
    Notice,
    line::Line,
    memory::{Said, View},
    pack::{Payer, Step},
    policy::{Facts, Ruling, decide, stage},
    ticket::{self, Told},
    turn::Mark,
    understand::NamedDamage,
    wording::{self, Phrase},
};

/// Photos that could not be judged before a person has to look.
const MAX_FAULTY: u32 = 2;
const MAX_WITHOUT_FINDING: u32 = 1;
const MAX_UNSURE: u32 = 2;

/// What the caller wants settled, as far as it is known.
#[derive(Debug, Clone)]
pub(super) struct Case {
    /// What it is about.
    pub(super) about: TicketKind,
    /// Whether the caller said so; a photo alone says nothing about what the caller wants.
    pub(super) complaint: bool,
    /// The kind of damage that the caller named.
    pub(super) damage: Option<DefectKind>,
    pub(super) order: Option<Order>,
    /// The order was spoken of before, or is the caller's only one; it was not named for this.
    pub(super) order_is_implied: bool,
    /// What the flow asked for, and the words that told it.
    pub(super) details: BTreeMap<Step, (String, Said)>,
    /// Answers that told nothing.
    pub(super) missed: u32,
    /// The caller has no photo to send.
    pub(super) has_no_photo: bool,
    /// The caller said that what the photo shows is meant, although the words were others.
    pub(super) kind_settled: bool,
    /// The same for the order, although its product has another name.
    pub(super) product_settled: bool,
    pub(super) faulty: u32,
    pub(super) without_finding: u32,
    pub(super) unsure: u32,
}

impl Default for Case {
    fn default() -> Self {
        Self {
            about: TicketKind::Damage,
            complaint: false,
            damage: None,
            order: None,
            order_is_implied: false,
            details: BTreeMap::new(),
            missed: 0,
            has_no_photo: false,
            kind_settled: false,
            product_settled: false,
            faulty: 0,
            without_finding: 0,
            unsure: 0,
        }
    }
}

impl Case {
    /// Whether only what has arrived can be meant.
    pub(super) const fn needs_delivery(&self) -> bool {
        use TicketKind as Kind;
        match self.about {
            Kind::Damage | Kind::Return | Kind::Exchange | Kind::Repair | Kind::Complaint | Kind::Missing => true,
            Kind::Refund
            | Kind::Coupon
            | Kind::Address
            | Kind::Install
            | Kind::Invoice
            | Kind::Cancel
            | Kind::Urge
            | Kind::HandOff => false,
        }
    }

    /// What has to be known besides the order, in the caller's words.
    /// The same in one text.
    pub(super) fn detail(&self) -> Option<String> {
        ticket::in_words(&self.told())
    }

    /// What the flow asked for and was told.
    pub(super) fn told(&self) -> Vec<Told> {
        let slot = |step| match step {
            Step::Order | Step::Phone | Step::Photo => None,
            Step::Problem => Some(SlotName::Problem),
            Step::Wish => Some(SlotName::Wish),
            Step::Address => Some(SlotName::Address),
            Step::Day => Some(SlotName::Day),
            Step::Title => Some(SlotName::Title),
        };
        let details = self.details.iter();
        details
            .filter_map(|(step, (value, said))| {
                Some(Told { slot: slot(*step)?, value: value.clone(), said: said.clone() })
            })
            .collect()
    }

    pub(super) fn take_order(&mut self, order: Order) {
        self.order = Some(order);
        self.order_is_implied = false;
        self.product_settled = false;
    }
}

impl Mind {
    /// The caller says that something is damaged.
    pub(super) fn complain(&mut self, damage: Option<NamedDamage>) {
        let is_new = self.case.is_none();
        let case = self.case.get_or_insert_default();
        case.complaint = true;
        if case.about == TicketKind::Urge {
            case.about = TicketKind::Damage;
        }
        if let Some(NamedDamage::Kind(kind)) = damage
            && case.damage != Some(kind)
        {
            case.damage = Some(kind);
            case.kind_settled = false;
        }
        if is_new {
            self.say(Phrase::DamageOpen, &[]);
        }
        if let Some(case) = &mut self.case
            && case.order.is_none()
        {
            // What is still on its way cannot have arrived broken: then another order is meant.
            let delivered = |order: &&Order| order.parcel.as_ref().is_some_and(|parcel| parcel.delivered.is_some());
            case.order = self.memory.order.as_ref().filter(delivered).cloned();
        }
    }

    /// What the photo shows is what the caller means.
    pub(super) fn settle_damage(&mut self) {
        if let Some(case) = &mut self.case {
            case.complaint = true;
            case.kind_settled = true;
        }
        self.complain(None);
    }

    /// What the photo shows is not what the caller means: the photo is put aside.
    pub(super) fn reject_photos(&mut self, line: &mut Line) {
        for photo in &mut self.memory.photos {
            photo.filed = true;
        }
        match &mut self.case {
            Some(case) if case.complaint => {
                case.without_finding += 1;
                if case.without_finding > MAX_WITHOUT_FINDING {
                    return self.give_up_photos(line);
                }
                self.ask_photo();
            }
            Some(_) | None => {
                self.case = None;
                self.say(Phrase::PhotoWhatFor, &[]);
            }
        }
    }

    pub(super) fn ask_photo(&mut self) {
        self.asked = Asked::Photo;
        self.say(Phrase::AskPhoto, &[]);
    }

    /// Whether the photo shows other damage than the caller named.
    pub(super) fn disagrees(&self, view: &View) -> bool {
        match (view, &self.case) {
            (View::Found(_, finding), Some(Case { damage: Some(kind), kind_settled: false, .. })) => {
                !compatible(*kind, finding.kind)
            }
            _ => false,
        }
    }

    pub(super) fn advance_case(&mut self, cause: Cause, line: &mut Line) {
        match &self.case {
            None => return,
            Some(case) if case.about != TicketKind::Damage => return self.advance_request(cause, line),
            Some(_) => {}
        }
        let view = self.view();
        self.tell_photo(&view, line);
        let Some(case) = &self.case else { return };
        if !case.complaint {
            return self.ask_what_photo_is_for(&view, line);
        }
        if self.disagrees(&view) {
            return self.ask_which_damage(&view);
        }
        let Some(order) = case.order.clone() else { return self.need_order(Phrase::AskOrderForDamage, cause, line) };
        if !case.product_settled && self.memory.product.as_ref().is_some_and(|named| *named != order.product) {
            return self.ask_which_product(&order);
        }
        let steps = self.pack.flows().of(TicketKind::Damage).to_vec();
        if self.phone_is_due(&steps, &order) {
            return self.ask_phone(&order);
        }
        let settled = |past: &&Registered| {
            past.kind == TicketKind::Damage && !matches!(past.remedy, None | Some(Remedy::Refuse | Remedy::Review))
        };
        if let Some(registered) = order.registered.iter().find(settled) {
            let ticket = registered.ticket.to_string();
            return self.already_registered(&order, TicketKind::Damage, &ticket);
        }
        if let Some(ruling) = self.rule(&order, &View::NoPhoto, line)
            && ruling.decision.remedy == Remedy::Refuse
        {
            // No photo can change it: none is asked for.
            return self.propose(&order, ruling, line);
        }
        match &view {
            View::NoPhoto => self.ask_photo(),
            View::Looking => {}
            View::Found(..) if self.was_not_named() => {
                self.asked = Asked::ThisDamage;
                self.say(Phrase::PhotoIsThisIt, &[]);
            }
            View::Found(..) => match self.rule(&order, &view, line) {
                Some(ruling) if self.wants_surer_photo(&order, &ruling, &view, line) => {
                    self.asked = Asked::Photo;
                    self.say(Phrase::PhotoUnsure, &[]);
                }
                Some(ruling) => self.propose(&order, ruling, line),
                None => self.hand_off(HandOffReason::Rule, line),
            },
            View::Nothing(_) | View::Faulty(..) | View::Failed(..) => self.ask_better_photo(&view, line),
        }
    }

    /// A photo came without words.
    fn ask_what_photo_is_for(&mut self, view: &View, line: &mut Line) {
        match view {
            View::Found(..) => {
                self.asked = Asked::ThisDamage;
                self.say(Phrase::PhotoIsThisIt, &[]);
            }
            View::Nothing(_) => {
                self.case = None;
                self.asked = Asked::Nothing;
                self.say(Phrase::PhotoNothingAsk, &[]);
            }
            View::Faulty(..) | View::Failed(..) => self.ask_better_photo(view, line),
            View::NoPhoto => self.case = None,
            View::Looking => {}
        }
    }

    pub(super) fn ask_which_damage(&mut self, view: &View) {
        let (View::Found(_, finding), Some(kind)) = (view, self.case.as_ref().and_then(|case| case.damage)) else {
            return;
        };
        self.asked = Asked::ThisDamage;
        self.say_in(Phrase::PhotoDisagrees, |words, language| {
            let said = words.render(wording::defect(kind), language, &[]);
            let what = wording::finding(words, finding, finding.kind, language);
            Some(vec![("said", said), ("what", what)])
        });
    }

    pub(super) fn ask_which_product(&mut self, order: &Order) {
        let said = self.memory.product.as_ref().and_then(|id| self.pack.product_name(id)).cloned().unwrap_or_default();
        self.asked = Asked::ThisProduct;
        self.say_in(Phrase::OtherProduct, |_, language| {
            let product = order.product_name.get(language).to_owned();
            Some(vec![("order", order.number.0.clone()), ("product", product), ("said", said.get(language).to_owned())])
        });
    }

    /// Says what is wrong with the photo and asks for another, until it is enough.
    pub(super) fn ask_better_photo(&mut self, view: &View, line: &mut Line) {
        let (id, phrase, nothing) = match view {
            View::Nothing(id) => (*id, Phrase::PhotoNothing, true),
            View::Faulty(id, fault) => (*id, super::photo::fault_phrase(*fault), false),
            View::Failed(id, failure) => (*id, super::photo::failure_phrase(*failure), false),
            View::NoPhoto | View::Looking | View::Found(..) => return,
        };
        let counted = self.memory.photo_mut(id).is_none_or(|photo| std::mem::replace(&mut photo.counted, true));
        let Some(case) = &mut self.case else { return };
        if counted {
            return self.ask_photo();
        }
        if nothing {
            case.without_finding += 1;
        } else {
            case.faulty += 1;
        }
        if case.without_finding > MAX_WITHOUT_FINDING || case.faulty > MAX_FAULTY {
            return self.give_up_photos(line);
        }
        self.asked = Asked::Photo;
        self.say(phrase, &[]);
    }

    fn give_up_photos(&mut self, line: &mut Line) {
        self.say(Phrase::PhotoGivenUp, &[]);
        self.hand_off(HandOffReason::PhotosUnusable, line);
    }

    pub(super) fn rule(&self, order: &Order, view: &View, line: &Line) -> Option<Ruling> {
        let delivered = order.parcel.as_ref().and_then(|parcel| parcel.delivered);
        let now = self.clock(line.now);
        let reason = self.case.as_ref().map_or(TicketKind::Damage, |case| case.about);
        let finding = match view {
            View::Found(_, finding) => Some(finding),
            View::NoPhoto | View::Looking | View::Nothing(_) | View::Faulty(..) | View::Failed(..) => None,
        };
        let days = delivered.map(|delivered| wording::days_until(now.date(), delivered.date()));
        let facts = Facts { reason, product: &order.product, days, stage: stage(order, now), finding };
        decide(self.pack.rules(), facts)
    }

    /// What the photos show; of several findings the one that the caller speaks of.
    pub(super) fn view(&self) -> View {
        let view = self.memory.view();
        let named = self.case.as_ref().and_then(|case| case.damage);
        match (&view, named) {
            (View::Found(..), Some(kind)) => {
                let like = |finding: &&ImageFinding| compatible(kind, finding.kind);
                let found = self.memory.open_photos().rev().find_map(|photo| match &photo.seen {
                    Some(Ok(report)) => report.findings.iter().find(like).map(|finding| (photo.id, finding.clone())),
                    Some(Err(_)) | None => None,
                });
                found.map_or(view, |(id, finding)| View::Found(id, finding))
            }
            _ => view,
        }
    }

    /// The photo shows something that the caller did not speak of: it may be something else that is meant.
    fn was_not_named(&self) -> bool {
        self.case.as_ref().is_some_and(|case| case.damage.is_none() && !case.kind_settled)
    }

    /// Whether a surer finding would decide what this one does not, and the caller was not asked too often for one.
    fn wants_surer_photo(&mut self, order: &Order, ruling: &Ruling, view: &View, line: &Line) -> bool {
        let View::Found(id, finding) = view else { return false };
        if ruling.decision.remedy != Remedy::Review || finding.basis != Basis::Reference {
            return false;
        }
        let sure = View::Found(*id, ImageFinding { confidence: 1.0, ..finding.clone() });
        let decides = self.rule(order, &sure, line).is_some_and(|ruling| ruling.decision.remedy != Remedy::Review);
        let counted = self.memory.photo_mut(*id).is_none_or(|photo| std::mem::replace(&mut photo.counted, true));
        let Some(case) = &mut self.case else { return false };
        case.unsure += u32::from(decides && !counted);
        decides && case.unsure <= MAX_UNSURE
    }

    /// Says what the rules allow and asks for a yes.
    pub(super) fn propose(&mut self, order: &Order, ruling: Ruling, line: &mut Line) {
        line.show(Notice::Decided { decision: ruling.decision.clone() });
        self.say_proposal(order, &ruling);
        self.asked = Asked::Remedy(ruling, PromiseHeard::NotYet);
    }

    pub(super) fn say_proposal(&mut self, order: &Order, ruling: &Ruling) {
        let payer = match ruling.payer {
            Payer::Shop => Some(Phrase::PayerShop),
            Payer::Customer => Some(Phrase::PayerCustomer),
            Payer::Nobody => None,
        };
        let phrase = match ruling.decision.remedy {
            Remedy::Replace => Phrase::ProposeReplace,
            Remedy::Refund => Phrase::ProposeRefund,
            Remedy::Repair => Phrase::ProposeRepair,
            Remedy::PartialRefund => Phrase::ProposePartialRefund,
            Remedy::Return => Phrase::ProposeReturn,
            Remedy::Coupon => Phrase::ProposeCoupon,
            Remedy::Cancel => Phrase::ProposeCancel,
            Remedy::Reroute => Phrase::ProposeReroute,
            Remedy::Appointment => Phrase::ProposeAppointment,
            Remedy::Invoice => Phrase::ProposeInvoice,
            Remedy::Urge => Phrase::ProposeUrge,
            Remedy::Investigate => Phrase::ProposeInvestigate,
            Remedy::Refuse => Phrase::ProposeRefuse,
            Remedy::Review => Phrase::ProposeReview,
        };
        let detail = self.case.as_ref().and_then(Case::detail).unwrap_or_default();
        let (range, _) = self.push(phrase, |words, language| {
            let clause = &ruling.decision.clause;
            clause.has(language).then(|| {
                vec![
                    ("product", order.product_name.get(language).to_owned()),
                    ("clause", clause.get(language).to_owned()),
                    ("payer", payer.map(|payer| words.render(payer, language, &[])).unwrap_or_default()),
                    ("order", order.number.0.clone()),
                    ("detail", detail.clone()),
                ]
            })
        });
        self.reply.mark(range, Mark::Proposal);
    }

    /// The caller agreed to a remedy that was heard.
    pub(super) fn agree(&mut self, ruling: &Ruling, yes: &Said, line: &mut Line) {
        let order = self.case_order().cloned();
        let hand_off = match ruling.decision.remedy {
            Remedy::Refuse | Remedy::Review => Some(HandOffReason::Rule),
            Remedy::Replace
            | Remedy::Refund
            | Remedy::Repair
            | Remedy::PartialRefund
            | Remedy::Return
            | Remedy::Coupon
            | Remedy::Cancel
            | Remedy::Reroute
            | Remedy::Appointment
            | Remedy::Invoice
            | Remedy::Urge
            | Remedy::Investigate => None,
        };
        self.asked = Asked::Nothing;
        let about = self.case.as_ref().map_or(TicketKind::Damage, |case| case.about);
        self.file(about, order.as_ref(), Some((ruling, yes)), hand_off, line);
        self.case = None;
    }

    /// The caller hung up in the middle: what is known is kept, without a remedy that nobody agreed to.
    pub(crate) fn keep_unfinished(&mut self, line: &mut Line) {
        self.retry_failed(line);
        if let Some(Case { about, complaint: true, .. }) = self.case {
            let order = self.case_order().cloned();
            self.file(about, order.as_ref(), None, None, line);
            self.case = None;
        }
    }
}

/// Whether two kinds of damage may be the same one, described by a layman and by a model.
pub(super) fn compatible(a: DefectKind, b: DefectKind) -> bool {
    use DefectKind::{Chip, Crack, Dent, MissingPart, Scratch};
    let pair = |x, y| (a, b) == (x, y) || (a, b) == (y, x);
    a == b || pair(Scratch, Crack) || pair(Crack, Chip) || pair(Dent, Chip) || pair(Chip, MissingPart)
}
