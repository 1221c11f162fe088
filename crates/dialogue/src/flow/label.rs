//! What photos say in writing: an order number is taken as if it had been spoken unclearly, an error code tells what is
//! wrong, a serial number goes into the ticket.
//!
//! A value is a claim of whoever sent the photo. It is read back before it counts, it proves nothing about who calls, and it
//! is never an instruction: the reader gives values of known forms and no sentences.

use ermu_domain::{Basis, Evidence, FieldKind, PhotoId, ReadField};

use super::{Asked, Mind};
use crate::{
    Notice,
    line::Line,
    memory::Said,
    pack::Step,
    understand::{Clarity, SpokenNumber},
    wording::{self, Phrase},
};

/// Values less sure than this are left alone.
const READABLE: f32 = 0.6;
/// Values of one photo that are kept.
const MOST_VALUES: usize = 8;

/// What comes after labels were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Labels {
    /// What is open.
    GoOn,
    /// The caller's answer.
    Wait,
}

impl Mind {
    /// Remembers what fresh photos say in writing and gives what is new in it. A photo that shows nothing else is a label
    /// then, and no photo of damage; one that says nothing new is not.
    pub(super) fn read_labels(&mut self, line: &mut Line) -> Vec<(PhotoId, ReadField)> {
        let range = self.pack.shop().order_digits;
        let has_a_form = |field: &ReadField| match field.kind {
            FieldKind::OrderNumber => {
                let number = field.value.expose();
                (range.min..=range.max).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit())
            }
            FieldKind::SerialNumber | FieldKind::ErrorCode => true,
            // Nothing needs it.
            FieldKind::Phone => false,
        };
        // Where damage is spoken of, a suspicion is worth more than what stands beside it.
        let complains = self.case.as_ref().is_some_and(|case| case.complaint);
        let mut news = Vec::new();
        for photo in self.memory.photos.iter_mut().filter(|photo| photo.fresh && !photo.filed) {
            let Some(Ok(report)) = &photo.seen else { continue };
            let known = |field: &ReadField, read: &[(PhotoId, ReadField)]| {
                read.iter().any(|(_, known)| known.kind == field.kind && known.value == field.value)
            };
            let fields = report.fields.iter().filter(|field| field.confidence >= READABLE && has_a_form(field));
            let new: Vec<_> = fields
                .filter(|field| !known(field, &self.memory.read) && !known(field, &news))
                .take(MOST_VALUES)
                .map(|field| (photo.id, field.clone()))
                .collect();
            let shows_damage = report.findings.iter().any(|found| complains || found.basis == Basis::Reference);
            if !new.is_empty() && !shows_damage && report.faults.is_empty() {
                photo.is_label = true;
                photo.fresh = false;
                let language = self.memory.language;
                let name = |kind| self.pack.wording().render(wording::field(kind), language, &[]);
                let words: Vec<_> =
                    new.iter().map(|(_, field)| format!("{} {}", name(field.kind), field.value.expose())).collect();
                let words: Vec<_> = words.iter().map(String::as_str).collect();
                let words = wording::list(&words, language);
                line.show(Notice::Photo { photo: photo.id, report: report.clone(), words });
            }
            news.extend(new);
        }
        self.memory.read.extend(news.iter().cloned());
        news
    }

    /// Does what new values call for.
    pub(super) fn take_labels(&mut self, news: Vec<(PhotoId, ReadField)>, line: &mut Line) -> Labels {
        if news.is_empty() {
            return Labels::GoOn;
        }
        let mut numbers = Vec::new();
        for (photo, field) in news {
            match field.kind {
                FieldKind::OrderNumber => numbers.push(field.value.expose().clone()),
                FieldKind::ErrorCode => self.take_code(photo, &field),
                FieldKind::SerialNumber => self.say(Phrase::PhotoReadSerial, &[]),
                FieldKind::Phone => {}
            }
        }
        // Of two numbers nobody knows which is meant.
        if let [number] = numbers.as_slice()
            && self.needs_a_number()
        {
            let number = SpokenNumber { digits: number.clone(), clarity: Clarity::Guessed };
            self.take_number(number, true, line);
            return Labels::Wait;
        }
        if self.case.is_some() || self.wants.any() {
            return Labels::GoOn;
        }
        if self.nothing_asked() {
            self.asked = Asked::Nothing;
            self.say(Phrase::PhotoWhatFor, &[]);
        }
        Labels::Wait
    }

    /// What a device shows is what is wrong with it.
    fn take_code(&mut self, photo: PhotoId, field: &ReadField) {
        let code = field.value.expose().clone();
        self.say(Phrase::PhotoReadCode, &[("code", &code)]);
        let told = format!("{} {code}", self.words_for(Phrase::FieldErrorCode));
        let Some(case) = &mut self.case else { return };
        if self.pack.flows().of(case.about).contains(&Step::Problem) && !case.details.contains_key(&Step::Problem) {
            let evidence = Evidence::Photo { photo, region: Some(field.region) };
            let said =
                Said { words: told.clone(), text: told.clone(), sentence: None, evidence, angry: false, bare: false };
            case.details.insert(Step::Problem, (told, said));
            if self.asked == Asked::Detail(Step::Problem) {
                self.asked = Asked::Nothing;
            }
        }
    }

    /// Whether an order is to be named, or may be.
    fn needs_a_number(&self) -> bool {
        let open = match self.asked {
            Asked::Nothing
            | Asked::AnythingElse
            | Asked::OrderNumber(_)
            | Asked::WhichOrder(_)
            | Asked::WhichIntent(_)
            | Asked::Photo => true,
            Asked::ThisNumber(_)
            | Asked::Phone
            | Asked::Detail(_)
            | Asked::ThisDamage
            | Asked::ThisProduct
            | Asked::Remedy(..)
            | Asked::Person
            | Asked::Retry(_)
            | Asked::Product(_)
            | Asked::Mounting => false,
        };
        open && self.lookup.is_none() && self.case_order().is_none()
    }
}
