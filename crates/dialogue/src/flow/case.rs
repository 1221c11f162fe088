//! A damaged article: words, photo and order are fused, a rule decides, the caller agrees.

use ermu_domain::{DefectKind, HandOffReason, Order, PromiseHeard, Remedy, TicketKind};

use super::{Asked, Cause, Mind};
use crate::{
    Notice, ShopPack,
    line::Line,
    memory::{Said, View},
    pack::Payer,
    policy::{Facts, Ruling, decide},
    turn::Mark,
    understand::NamedDamage,
    wording::{self, Phrase},
};

/// Photos that could not be judged before a person has to look.
const MAX_FAULTY: u32 = 2;
const MAX_WITHOUT_FINDING: u32 = 1;

/// A complaint that is being worked on.
#[derive(Debug, Default)]
pub(super) struct Case {
    /// Whether the caller said that something is damaged; a photo alone says nothing about what the caller wants.
    pub(super) complaint: bool,
    /// The kind of damage that the caller named.
    pub(super) kind: Option<DefectKind>,
    pub(super) order: Option<Order>,
    /// The caller said that what the photo shows is meant, although the words were others.
    kind_settled: bool,
    /// The same for the order, although its product has another name.
    pub(super) product_settled: bool,
    faulty: u32,
    without_finding: u32,
}

impl Case {
    pub(super) fn take_order(&mut self, order: Order) {
        self.order = Some(order);
        self.product_settled = false;
    }
}

impl Mind {
    /// The caller says that something is damaged.
    pub(super) fn complain(&mut self, damage: Option<NamedDamage>) {
        let is_new = self.case.is_none();
        let case = self.case.get_or_insert_default();
        case.complaint = true;
        if let Some(NamedDamage::Kind(kind)) = damage
            && case.kind != Some(kind)
        {
            case.kind = Some(kind);
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
            (View::Found(_, finding), Some(Case { kind: Some(kind), kind_settled: false, .. })) => {
                !compatible(*kind, finding.kind)
            }
            _ => false,
        }
    }

    pub(super) fn advance_case(&mut self, cause: Cause, line: &mut Line) {
        if self.case.is_none() {
            return;
        }
        let view = self.memory.view();
        self.tell_photo(&view, line);
        let Some(case) = &self.case else { return };
        if !case.complaint {
            return self.ask_what_photo_is_for(&view, line);
        }
        if self.disagrees(&view) {
            return self.ask_which_damage(&view);
        }
        let Some(order) = case.order.clone() else { return self.need_order(Phrase::AskOrderForDamage, cause) };
        if !case.product_settled && self.memory.product.as_ref().is_some_and(|named| *named != order.product) {
            return self.ask_which_product(&order);
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
            View::Found(..) => match self.rule(&order, &view, line) {
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

    fn ask_which_damage(&mut self, view: &View) {
        let language = ShopPack::spoken(self.memory.language);
        let (View::Found(_, finding), Some(kind)) = (view, self.case.as_ref().and_then(|case| case.kind)) else {
            return;
        };
        let said = self.pack.wording().render(wording::defect(kind), language, &[]);
        let what = wording::finding(self.pack.wording(), finding, finding.kind, language);
        self.asked = Asked::ThisDamage;
        self.say(Phrase::PhotoDisagrees, &[("said", &said), ("what", &what)]);
    }

    fn ask_which_product(&mut self, order: &Order) {
        let language = ShopPack::spoken(self.memory.language);
        let said = self.memory.product.as_ref().and_then(|id| self.pack.product_name(id));
        let said = said.map(|name| name.get(language).to_owned()).unwrap_or_default();
        self.asked = Asked::ThisProduct;
        let product = order.product_name.get(language);
        self.say(Phrase::OtherProduct, &[("order", &order.number.0), ("product", product), ("said", &said)]);
    }

    /// Says what is wrong with the photo and asks for another, until it is enough.
    fn ask_better_photo(&mut self, view: &View, line: &mut Line) {
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

    fn rule(&self, order: &Order, view: &View, line: &Line) -> Option<Ruling> {
        let delivered = order.parcel.as_ref().and_then(|parcel| parcel.delivered);
        let today = self.clock(line.now).date();
        let finding = match view {
            View::Found(_, finding) => Some(finding),
            View::NoPhoto | View::Looking | View::Nothing(_) | View::Faulty(..) | View::Failed(..) => None,
        };
        let days = delivered.map(|delivered| wording::days_until(today, delivered.date()));
        decide(self.pack.rules(), Facts { product: &order.product, days, finding })
    }

    /// Says what the rules allow and asks for a yes.
    pub(super) fn propose(&mut self, order: &Order, ruling: Ruling, line: &mut Line) {
        let language = ShopPack::spoken(self.memory.language);
        let product = order.product_name.get(language).to_owned();
        let clause = ruling.decision.clause.get(language).to_owned();
        let payer = match ruling.payer {
            Payer::Shop => self.words_for(Phrase::PayerShop),
            Payer::Customer => self.words_for(Phrase::PayerCustomer),
            Payer::Nobody => String::new(),
        };
        let phrase = match ruling.decision.remedy {
            Remedy::Replace => Phrase::ProposeReplace,
            Remedy::Refund => Phrase::ProposeRefund,
            Remedy::Repair => Phrase::ProposeRepair,
            Remedy::PartialRefund => Phrase::ProposePartialRefund,
            Remedy::Refuse => Phrase::ProposeRefuse,
            Remedy::Review => Phrase::ProposeReview,
        };
        line.show(Notice::Decided { decision: ruling.decision.clone() });
        self.say_marked(phrase, &[("product", &product), ("clause", &clause), ("payer", &payer)], Mark::Proposal);
        self.asked = Asked::Remedy(ruling, PromiseHeard::NotYet);
    }

    /// The caller agreed to a remedy that was heard.
    pub(super) fn agree(&mut self, ruling: &Ruling, yes: &Said, line: &mut Line) {
        let order = self.case_order().cloned();
        let hand_off = match ruling.decision.remedy {
            Remedy::Refuse | Remedy::Review => Some(HandOffReason::Rule),
            Remedy::Replace | Remedy::Refund | Remedy::Repair | Remedy::PartialRefund => None,
        };
        self.asked = Asked::Nothing;
        self.file(TicketKind::Damage, order.as_ref(), Some((ruling, yes)), hand_off, line);
        self.case = None;
    }

    /// The caller hung up in the middle: what is known is kept, without a remedy that nobody agreed to.
    pub(crate) fn keep_unfinished(&mut self, line: &mut Line) {
        self.retry_failed(line);
        if self.case.as_ref().is_some_and(|case| case.complaint) {
            let order = self.case_order().cloned();
            self.file(TicketKind::Damage, order.as_ref(), None, None, line);
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
