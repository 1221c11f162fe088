//! Hanging an article on a wall: a photo of the wall with the printed sheet on it, then one step at a time.

use ermu_domain::{
    HandOffReason, Language, Localized, MeasuredBy, MountingTemplate, PhotoId, ProductId, WallPoint, WallQuestion,
    WallRefusal, WallReport,
};

use super::{
    Asked, Mind,
    mounting_words::{
        APPOINTMENT, BACK, HANGS, HOLES, IS_A4, NEXT, NOT_A4, REPEAT, STOPS, has, length, marks, offset, one_by_one,
    },
    photo,
};
use crate::{
    Effect, LookFor, Notice, PhotoFailure,
    line::Line,
    memory::Said,
    pack::Intent,
    understand::{Answer, Meaning, normalise},
    wording::{self, Phrase},
};

/// Photos of walls that one call may send.
const MOST_PHOTOS: u32 = 20;
/// Photos that could not be measured before a person is offered.
const MOST_REFUSED: u32 = 3;

/// A sheet without the markers, which a wall may be measured by only if it is A4: no photo tells it from A3 or A5.
#[derive(Debug, Clone, Default)]
enum PlainSheet {
    #[default]
    Unknown,
    /// What was measured, untold until the caller has measured the sheet.
    Asked(PhotoId, WallQuestion, Box<WallReport>),
    IsA4,
}

/// An article that is being hung.
#[derive(Debug, Clone, Default)]
pub(super) struct Mounting {
    /// None until the caller says which.
    product: Option<ProductId>,
    /// The photo that is being measured.
    pending: Option<(PhotoId, WallQuestion)>,
    /// The step that was told last; none before the wall was seen.
    step: Option<usize>,
    plain: PlainSheet,
    photos: u32,
    refused: u32,
}

impl Mounting {
    /// Whether the caller was asked if a blank sheet is A4.
    pub(super) const fn asks_for_a4(&self) -> bool {
        matches!(self.plain, PlainSheet::Asked(..))
    }
}

/// What came of a photo of a wall.
#[derive(Debug, Clone)]
pub(crate) enum WallSeen {
    Measured(Result<WallReport, WallRefusal>),
    Failed(PhotoFailure),
}

/// A step of the guidance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Wires,
    Height,
    Hole(usize),
    Level(usize, usize),
    Check,
    Drill,
}

fn steps(template: &MountingTemplate) -> Vec<Step> {
    let mut steps = vec![Step::Wires];
    if template.least_height_mm > 0 {
        steps.push(Step::Height);
    }
    steps.extend((0..template.holes.len()).map(Step::Hole));
    steps.extend(template.level.map(|(first, second)| Step::Level(first, second)));
    steps.extend([Step::Check, Step::Drill]);
    steps
}

impl Mind {
    /// Begins with an article if the caller asks where its holes belong; says whether they do.
    pub(super) fn begins_mounting(&mut self, said: &Said, meaning: &Meaning) -> bool {
        let normalised = self.pack.glossary().apply(&normalise(&said.text));
        let (holes, hangs) = (has(&normalised, HOLES), has(&normalised, HANGS));
        // Who wants somebody to come and do it books an appointment.
        if !(holes || hangs) || has(&normalised, APPOINTMENT) {
            return false;
        }
        let product = meaning.product.clone().or_else(|| self.memory.expected_product().cloned());
        match product {
            Some(product) if self.pack.mounting(&product).is_some() => self.ask_for_wall(product),
            Some(_) => return false,
            None if holes && self.hung_products().next().is_some() => {
                self.mounting = Some(Mounting::default());
                self.asked = Asked::Mounting;
                self.ask_mounting_again();
            }
            None => return false,
        }
        true
    }

    /// Takes the words of a caller who is hanging something; says whether they were about it.
    pub(super) fn goes_on_mounting(&mut self, said: &Said, meaning: &Meaning, line: &mut Line) -> bool {
        let Some(mounting) = self.mounting.clone().filter(|_| self.asked == Asked::Mounting) else { return false };
        let normalised = normalise(&said.text);
        if let PlainSheet::Asked(photo, question, report) = mounting.plain {
            return self.plain_answered((photo, question, &report), &normalised, meaning, line);
        }
        let refuses = meaning.bare_answer && meaning.answer == Some(Answer::No);
        if has(&normalised, STOPS) || (refuses && mounting.step.is_none()) {
            return self.end_mounting(Phrase::MountStopped);
        }
        let Some(product) = &mounting.product else {
            let named = meaning.product.clone().filter(|product| self.pack.mounting(product).is_some());
            return named.is_some_and(|product| {
                self.ask_for_wall(product);
                true
            });
        };
        let again = meaning.intent == Some(Intent::Repeat) || has(&normalised, REPEAT);
        let Some(step) = mounting.step else {
            let ready = has(&normalised, NEXT) || (meaning.bare_answer && meaning.answer == Some(Answer::Yes));
            if ready || again {
                self.ask_mounting_again();
            }
            return ready || again;
        };
        let count = self.pack.mounting(product).map_or(0, |template| steps(template).len());
        if again {
            self.tell_step(step);
        } else if has(&normalised, BACK) {
            self.tell_step(step.saturating_sub(1));
        } else if has(&normalised, NEXT) || (meaning.bare_answer && meaning.answer == Some(Answer::Yes)) {
            if step + 1 >= count {
                return self.end_mounting(Phrase::MountDone);
            }
            self.tell_step(step + 1);
        } else {
            return false;
        }
        true
    }

    /// Takes a photo that is one of the wall; says whether it is.
    pub(super) fn wall_photo_came(&mut self, id: PhotoId, line: &mut Line) -> bool {
        if self.asked != Asked::Mounting {
            return false;
        }
        let Some(mounting) = &mut self.mounting else { return false };
        let Some(template) = mounting.product.as_ref().and_then(|product| self.pack.mounting(product)) else {
            return false;
        };
        if mounting.photos >= MOST_PHOTOS {
            return false;
        }
        mounting.photos += 1;
        let step = mounting.step.and_then(|step| steps(template).get(step).copied());
        let question = match step {
            // The sheet may have been moved up.
            None | Some(Step::Wires | Step::Height) => WallQuestion::Holes,
            Some(Step::Hole(_) | Step::Level(..) | Step::Check | Step::Drill) => WallQuestion::Marks,
        };
        mounting.pending = Some((id, question));
        let look_for = LookFor::Wall { question, template: Box::new(template.clone()) };
        line.send(Effect::InspectPhoto { photo: id, product: mounting.product.clone(), look_for });
        true
    }

    /// Whether a photo is being measured, this one or any.
    pub(crate) fn measures(&self, photo: Option<PhotoId>) -> bool {
        let pending = self.mounting.as_ref().and_then(|mounting| mounting.pending);
        pending.is_some_and(|(id, _)| photo.is_none_or(|photo| photo == id))
    }

    /// A photo of the wall was looked at.
    pub(crate) fn wall_seen(&mut self, id: PhotoId, seen: &WallSeen, line: &mut Line) {
        let Some(mounting) = &mut self.mounting else { return };
        let Some((_, question)) = mounting.pending.take_if(|(pending, _)| *pending == id) else { return };
        if mounting.asks_for_a4() {
            mounting.plain = PlainSheet::Unknown;
        }
        let is_a4 = matches!(mounting.plain, PlainSheet::IsA4);
        let Some(template) = mounting.product.as_ref().and_then(|product| self.pack.mounting(product)).cloned() else {
            return;
        };
        match seen {
            WallSeen::Measured(Ok(report)) if report.by == MeasuredBy::PlainPaper && !is_a4 => {
                mounting.plain = PlainSheet::Asked(id, question, Box::new(report.clone()));
                let words = self.words_for(Phrase::MountIsA4);
                line.show(Notice::Wall { photo: id, report: None, words });
                self.say(Phrase::MountIsA4, &[]);
            }
            WallSeen::Measured(Ok(report)) => self.tell_wall(id, question, report, line),
            WallSeen::Measured(Err(refusal)) => {
                let (phrase, hole) = refusal_phrase(*refusal);
                let name = hole.map(|hole| template.holes.get(hole).map(|hole| hole.name.clone()).unwrap_or_default());
                line.show(Notice::Wall { photo: id, report: None, words: self.refusal_words(phrase, name.as_ref()) });
                self.refuse_wall(phrase, name.as_ref());
            }
            WallSeen::Failed(failure) => self.say(photo::failure_phrase(*failure), &[]),
        }
    }

    /// Shows and tells what was measured.
    fn tell_wall(&mut self, photo: PhotoId, question: WallQuestion, report: &WallReport, line: &mut Line) {
        let product = self.mounting.as_ref().and_then(|mounting| mounting.product.as_ref());
        let Some(template) = product.and_then(|product| self.pack.mounting(product)).cloned() else { return };
        let words = self.hole_list(&template);
        line.show(Notice::Wall { photo, report: Some(report.clone()), words });
        match question {
            WallQuestion::Holes => self.tell_holes(report),
            WallQuestion::Marks => self.tell_marks(&template, report),
        }
    }

    /// Takes the words of a caller who was asked whether a sheet is A4; only a yes lets it count. Says whether they were about it.
    fn plain_answered(
        &mut self,
        (photo, question, report): (PhotoId, WallQuestion, &WallReport),
        normalised: &str,
        meaning: &Meaning,
        line: &mut Line,
    ) -> bool {
        let stops = has(normalised, STOPS);
        let refuses = meaning.answer == Some(Answer::No) || has(normalised, NOT_A4);
        let agrees = meaning.answer == Some(Answer::Yes) || has(normalised, IS_A4);
        let again = meaning.intent == Some(Intent::Repeat) || has(normalised, REPEAT) || has(normalised, NEXT);
        let Some(mounting) = &mut self.mounting else { return false };
        if stops {
            return self.end_mounting(Phrase::MountStopped);
        }
        if refuses {
            mounting.plain = PlainSheet::Unknown;
            self.refuse_wall(Phrase::MountNotA4, None);
        } else if agrees {
            mounting.plain = PlainSheet::IsA4;
            self.tell_wall(photo, question, report, line);
        } else if again {
            self.ask_mounting_again();
        } else {
            return false;
        }
        true
    }

    /// Gives up a photo that takes too long.
    pub(crate) fn abandon_wall(&mut self, line: &mut Line) {
        let pending = self.mounting.as_ref().and_then(|mounting| mounting.pending);
        if let Some((id, _)) = pending {
            self.wall_seen(id, &WallSeen::Failed(PhotoFailure::Internal), line);
        }
    }

    /// Whether the caller is on the way to take a photo of the wall.
    pub(super) fn awaits_wall(&self) -> bool {
        self.asked == Asked::Mounting && self.mounting.as_ref().is_some_and(|mounting| mounting.product.is_some())
    }

    /// Repeats what was asked last.
    pub(super) fn ask_mounting_again(&mut self) {
        let Some(Mounting { product, step, plain, .. }) = self.mounting.clone() else { return };
        if let PlainSheet::Asked(..) = plain {
            return self.say(Phrase::MountIsA4, &[]);
        }
        match (product, step) {
            (None, _) => {
                let names: Vec<Localized> = self.hung_products().cloned().collect();
                self.say_in(Phrase::MountWhich, |_, language| {
                    let named: Option<Vec<&str>> = names.iter().map(|name| own(name, language)).collect();
                    Some(vec![("products", wording::list(&named?, language))])
                });
            }
            (Some(product), None) => self.ask_for_wall(product),
            (Some(_), Some(step)) => self.tell_step(step),
        }
    }

    /// Names of the articles that have a template.
    fn hung_products(&self) -> impl Iterator<Item = &Localized> {
        let hung = self.pack.products().iter().filter(|product| self.pack.mounting(&product.id).is_some());
        hung.map(|product| &product.name)
    }

    fn ask_for_wall(&mut self, product: ProductId) {
        let name = self.pack.product_name(&product).cloned().unwrap_or_default();
        let before = self.mounting.take().unwrap_or_default();
        let plain = PlainSheet::Unknown;
        self.mounting = Some(Mounting { product: Some(product), step: None, plain, ..before });
        self.asked = Asked::Mounting;
        self.say_in(Phrase::MountAskPhoto, |_, language| Some(vec![("product", own(&name, language)?.to_owned())]));
    }

    fn end_mounting(&mut self, phrase: Phrase) -> bool {
        self.mounting = None;
        self.asked = Asked::AnythingElse;
        self.say(phrase, &[]);
        self.say(Phrase::AnythingElse, &[]);
        true
    }

    fn tell_holes(&mut self, report: &WallReport) {
        let error = report.holes.iter().map(|hole| hole.error_mm).fold(1.0, f32::max).ceil();
        let count = report.holes.len().to_string();
        let phrase = match report.by {
            MeasuredBy::Markers => Phrase::MountPoints,
            MeasuredBy::PlainPaper => Phrase::MountPointsPlain,
        };
        self.say(phrase, &[("count", &count), ("error", &format!("{error:.0}"))]);
        self.say(Phrase::MountHow, &[]);
        self.tell_step(0);
    }

    /// Says one step; it is the one that stands.
    fn tell_step(&mut self, index: usize) {
        self.asked = Asked::Mounting;
        let Some(mounting) = &mut self.mounting else { return };
        mounting.step = Some(index);
        let Some(template) = mounting.product.as_ref().and_then(|product| self.pack.mounting(product)).cloned() else {
            return;
        };
        let name = |index: usize, language| template.holes.get(index).and_then(|hole| own(&hole.name, language));
        match steps(&template).get(index) {
            None => {}
            Some(Step::Wires) => self.say(Phrase::MountWires, &[]),
            Some(Step::Height) => self.say_in(Phrase::MountHeight, |_, language| {
                Some(vec![("height", length(template.least_height_mm as f32, language))])
            }),
            Some(Step::Hole(hole)) => {
                let at = template.holes.get(*hole).map_or_else(WallPoint::default, |hole| hole.at);
                self.say_in(Phrase::MountHole, |words, language| {
                    let (number, name) = ((hole + 1).to_string(), name(*hole, language)?.to_owned());
                    Some(vec![("number", number), ("name", name), ("where", offset(words, at, language)?)])
                });
            }
            Some(Step::Level(first, second)) => {
                let at = |index: usize| template.holes.get(index).map(|hole| hole.at).unwrap_or_default();
                let apart_mm = at(*first).distance_mm(at(*second));
                self.say_in(Phrase::MountLevel, |_, language| {
                    let (first, second) = (name(*first, language)?.to_owned(), name(*second, language)?.to_owned());
                    Some(vec![("first", first), ("second", second), ("distance", length(apart_mm, language))])
                });
            }
            Some(Step::Check) => self.say(Phrase::MountCheck, &[]),
            Some(Step::Drill) => {
                self.tell_ruler(&template);
                let (diameter, depth) = (template.drill_mm.to_string(), template.depth_mm.to_string());
                self.say(Phrase::MountDrill, &[("diameter", &diameter), ("depth", &depth)]);
            }
        }
    }

    /// Where a sheet without markers was measured by, a distance between two marks is to be checked before a hole is drilled.
    fn tell_ruler(&mut self, template: &MountingTemplate) {
        let by_plain = self.mounting.as_ref().is_some_and(|mounting| matches!(mounting.plain, PlainSheet::IsA4));
        let (first, second) = template.level.unwrap_or((0, 1));
        if let (true, Some(a), Some(b)) = (by_plain, template.holes.get(first), template.holes.get(second)) {
            self.say_in(Phrase::MountRuler, |_, language| {
                let (first, second) = (own(&a.name, language)?.to_owned(), own(&b.name, language)?.to_owned());
                let distance = length(a.at.distance_mm(b.at), language);
                Some(vec![("first", first), ("second", second), ("distance", distance)])
            });
        }
    }

    /// How far the marks are from where they belong, and what to do about it.
    fn tell_marks(&mut self, template: &MountingTemplate, report: &WallReport) {
        let phrase = match report.by {
            MeasuredBy::Markers => Phrase::MountMarks,
            MeasuredBy::PlainPaper => Phrase::MountMarksPlain,
        };
        self.say_in(phrase, |words, language| Some(vec![("marks", marks(words, template, report, language)?)]));
        self.say(Phrase::MountMarksNext, &[]);
    }

    /// Says which photo is needed instead, or gives up.
    fn refuse_wall(&mut self, phrase: Phrase, hole: Option<&Localized>) {
        let refused = self.mounting.as_mut().map_or(0, |mounting| {
            mounting.refused += 1;
            mounting.refused
        });
        if refused >= MOST_REFUSED {
            self.mounting = None;
            self.say(Phrase::MountGivenUp, &[]);
            return self.offer_person(HandOffReason::PhotosUnusable);
        }
        self.say_in(phrase, |_, language| named(hole, language));
    }

    /// The same for the page.
    fn refusal_words(&self, phrase: Phrase, hole: Option<&Localized>) -> String {
        let words = self.pack.wording();
        let language = words.language(phrase, self.memory.language);
        let (language, slots) = named(hole, language)
            .map_or_else(|| (Language::English, named(hole, Language::English)), |slots| (language, Some(slots)));
        let slots = slots.unwrap_or_default();
        let slots: Vec<_> = slots.iter().map(|(slot, value)| (*slot, value.as_str())).collect();
        words.render(phrase, language, &slots)
    }

    /// `1 左孔，2 右孔`
    fn hole_list(&self, template: &MountingTemplate) -> String {
        let has_all = template.holes.iter().all(|hole| hole.name.has(self.memory.language));
        let language = if has_all { self.memory.language } else { Language::English };
        let names = template.holes.iter().enumerate();
        let names: Vec<_> = names.map(|(index, hole)| format!("{} {}", index + 1, hole.name.get(language))).collect();
        one_by_one(&names, language)
    }
}

/// A name in a language, if it has one there.
fn own(name: &Localized, language: Language) -> Option<&str> {
    name.has(language).then(|| name.get(language))
}

/// What fills a refusal: the hole that it is about, if it is about one.
fn named(hole: Option<&Localized>, language: Language) -> Option<Vec<(&'static str, String)>> {
    match hole {
        Some(name) => Some(vec![("name", own(name, language)?.to_owned())]),
        None => Some(Vec::new()),
    }
}

/// Which photo is needed instead, and the hole that this is about.
const fn refusal_phrase(refusal: WallRefusal) -> (Phrase, Option<usize>) {
    match refusal {
        WallRefusal::Quality(fault) => (photo::fault_phrase(fault), None),
        WallRefusal::NoSheet => (Phrase::MountNoSheet, None),
        WallRefusal::SheetHidden => (Phrase::MountHidden, None),
        WallRefusal::Oblique => (Phrase::MountOblique, None),
        WallRefusal::Vague => (Phrase::MountVague, None),
        WallRefusal::NotFlat => (Phrase::MountNotFlat, None),
        WallRefusal::FarFromSheet { hole } => (Phrase::MountFar, Some(hole)),
        WallRefusal::OffPhoto { hole } => (Phrase::MountOffPhoto, Some(hole)),
    }
}
