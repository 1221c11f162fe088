//! Hanging an article on a wall: a photo of the wall with the printed sheet on it, then one step at a time.

use ermu_domain::{
    HandOffReason, Language, MarkSeen, MeasuredBy, MountingTemplate, PhotoId, ProductId, WallPoint, WallQuestion,
    WallRefusal, WallReport,
};

use super::{Asked, Mind, photo};
use crate::{
    Effect, LookFor, Notice, PhotoFailure, ShopPack,
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
/// A mark nearer than this to where it belongs is right: a drill is not more exact.
const GOOD_MM: f32 = 2.0;

/// Words that say by themselves that holes are wanted, and those that do so of an article that is hung.
const HOLES: &str =
    "打孔|钻孔|打洞|打眼|孔位|孔打|哪里打|where to drill|where do i drill|drill the hole|drill hole|screw hole";
const HANGS: &str = "上墙|挂墙|装墙|装在墙|挂在墙|怎么装|怎么安装|如何安装|怎么挂|自己装|自己安装|装在哪|挂在哪|挂多高|装多高|on the wall|how do i mount|how to mount|\
    how do i hang|how to hang|how do i install|how to install|mount it|mount the|hang it|hang the";
const NEXT: &str = "下一步|下一个|然后呢|接下来|接着|继续|好了|标好|画好|打好|弄好|完成|检查过|没有电线|next|done|go on|continue|ready|finished|checked";
const BACK: &str = "上一步|前一步|step back|go back|previous";
const STOPS: &str = "不装了|不打了|算了|先不装|不用了|never mind|forget it|stop|cancel";

/// That a blank sheet is A4, and that it is not.
const IS_A4: &str = "是a4|a4的|a4纸|it's a4|it is a4|yes, a4|it is an a4";
const NOT_A4: &str =
    "不是|不对|a3|a5|b5|相框|画框|海报|not a4|not an a4|it's not|it is not|it isn't|letter|frame|poster";

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

fn has(text: &str, words: &str) -> bool {
    words.split('|').any(|word| text.contains(word))
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
        if !(holes || hangs) || has(&normalised, "上门|师傅|预约|installer|appointment|book") {
            return false;
        }
        let product = meaning.product.clone().or_else(|| self.memory.expected_product().cloned());
        match product {
            Some(product) if self.pack.mounting(&product).is_some() => self.ask_for_wall(product),
            Some(_) => return false,
            None if holes && !self.hung_products().is_empty() => {
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
        let Some(step) = mounting.step else {
            let ready = has(&normalised, NEXT) || (meaning.bare_answer && meaning.answer == Some(Answer::Yes));
            if ready || meaning.intent == Some(Intent::Repeat) {
                self.ask_mounting_again();
            }
            return ready || meaning.intent == Some(Intent::Repeat);
        };
        let count = self.pack.mounting(product).map_or(0, |template| steps(template).len());
        if meaning.intent == Some(Intent::Repeat) {
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
                let words = self.in_words(Phrase::MountIsA4, &[]);
                line.show(Notice::Wall { photo: id, report: None, words });
                self.say(Phrase::MountIsA4, &[]);
            }
            WallSeen::Measured(Ok(report)) => self.tell_wall(id, question, report, line),
            WallSeen::Measured(Err(refusal)) => {
                let words = self.refusal_words(&template, *refusal);
                line.show(Notice::Wall { photo: id, report: None, words: words.clone() });
                self.refuse_wall(&words);
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
        let again = meaning.intent == Some(Intent::Repeat) || has(normalised, NEXT);
        let Some(mounting) = &mut self.mounting else { return false };
        if stops {
            return self.end_mounting(Phrase::MountStopped);
        }
        if refuses {
            mounting.plain = PlainSheet::Unknown;
            let words = self.in_words(Phrase::MountNotA4, &[]);
            self.refuse_wall(&words);
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
                let language = ShopPack::spoken(self.memory.language);
                let products = self.hung_products();
                let products: Vec<&str> = products.iter().map(String::as_str).collect();
                let products = wording::list(&products, language);
                self.say(Phrase::MountWhich, &[("products", &products)]);
            }
            (Some(product), None) => self.ask_for_wall(product),
            (Some(_), Some(step)) => self.tell_step(step),
        }
    }

    fn hung_products(&self) -> Vec<String> {
        let language = ShopPack::spoken(self.memory.language);
        let hung = self.pack.products().iter().filter(|product| self.pack.mounting(&product.id).is_some());
        hung.map(|product| product.name.get(language).to_owned()).collect()
    }

    fn ask_for_wall(&mut self, product: ProductId) {
        let language = ShopPack::spoken(self.memory.language);
        let name = self.pack.product_name(&product).map_or_else(String::new, |name| name.get(language).to_owned());
        let before = self.mounting.take().unwrap_or_default();
        let plain = PlainSheet::Unknown;
        self.mounting = Some(Mounting { product: Some(product), step: None, plain, ..before });
        self.asked = Asked::Mounting;
        self.say(Phrase::MountAskPhoto, &[("product", &name)]);
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
        let language = ShopPack::spoken(self.memory.language);
        let name = |index: usize| template.holes.get(index).map_or("", |hole| hole.name.get(language)).to_owned();
        match steps(&template).get(index) {
            None => {}
            Some(Step::Wires) => self.say(Phrase::MountWires, &[]),
            Some(Step::Height) => {
                let height = length(template.least_height_mm as f32, language);
                self.say(Phrase::MountHeight, &[("height", &height)]);
            }
            Some(Step::Hole(hole)) => {
                let at = template.holes.get(*hole).map_or_else(WallPoint::default, |hole| hole.at);
                let (number, place) = ((hole + 1).to_string(), self.offset(at));
                self.say(Phrase::MountHole, &[("number", &number), ("name", &name(*hole)), ("where", &place)]);
            }
            Some(Step::Level(first, second)) => {
                let at = |index: usize| template.holes.get(index).map(|hole| hole.at).unwrap_or_default();
                let distance = length(at(*first).distance_mm(at(*second)), language);
                let slots = [("first", &*name(*first)), ("second", &name(*second)), ("distance", &distance)];
                self.say(Phrase::MountLevel, &slots);
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
            let language = ShopPack::spoken(self.memory.language);
            let distance = length(a.at.distance_mm(b.at), language);
            let slots = [("first", a.name.get(language)), ("second", b.name.get(language)), ("distance", &distance)];
            self.say(Phrase::MountRuler, &slots);
        }
    }

    /// How far the marks are from where they belong, and what to do about it.
    fn tell_marks(&mut self, template: &MountingTemplate, report: &WallReport) {
        let language = ShopPack::spoken(self.memory.language);
        let parts = report.marks.iter().filter_map(|mark| {
            let name = template.holes.get(mark.hole)?.name.get(language).to_owned();
            Some(match mark.seen {
                MarkSeen::At(off) if off.distance_mm(WallPoint::default()) <= GOOD_MM => {
                    self.in_words(Phrase::CellMountGood, &[("name", &name)])
                }
                MarkSeen::At(off) => {
                    let back = self.offset(WallPoint { x_mm: -off.x_mm, y_mm: -off.y_mm });
                    self.in_words(Phrase::CellMountOff, &[("name", &name), ("where", &back)])
                }
                MarkSeen::Missing => self.in_words(Phrase::CellMountMissing, &[("name", &name)]),
                MarkSeen::Several => self.in_words(Phrase::CellMountSeveral, &[("name", &name)]),
                MarkSeen::Covered => self.in_words(Phrase::CellMountCovered, &[("name", &name)]),
            })
        });
        let marks = parts.collect::<Vec<_>>().join(if language == Language::Chinese { "，" } else { ", " });
        let phrase = match report.by {
            MeasuredBy::Markers => Phrase::MountMarks,
            MeasuredBy::PlainPaper => Phrase::MountMarksPlain,
        };
        self.say(phrase, &[("marks", &marks)]);
        self.say(Phrase::MountMarksNext, &[]);
    }

    /// Says which photo is needed instead, or gives up.
    fn refuse_wall(&mut self, words: &str) {
        let refused = self.mounting.as_mut().map_or(0, |mounting| {
            mounting.refused += 1;
            mounting.refused
        });
        if refused >= MOST_REFUSED {
            self.mounting = None;
            self.say(Phrase::MountGivenUp, &[]);
            return self.offer_person(HandOffReason::PhotosUnusable);
        }
        self.reply.push(words, ShopPack::spoken(self.memory.language));
    }

    /// Which photo is needed instead.
    fn refusal_words(&self, template: &MountingTemplate, refusal: WallRefusal) -> String {
        let language = ShopPack::spoken(self.memory.language);
        let name = |hole: usize| template.holes.get(hole).map_or("", |hole| hole.name.get(language));
        match refusal {
            WallRefusal::Quality(fault) => self.in_words(photo::fault_phrase(fault), &[]),
            WallRefusal::NoSheet => self.in_words(Phrase::MountNoSheet, &[]),
            WallRefusal::SheetHidden => self.in_words(Phrase::MountHidden, &[]),
            WallRefusal::Oblique => self.in_words(Phrase::MountOblique, &[]),
            WallRefusal::Vague => self.in_words(Phrase::MountVague, &[]),
            WallRefusal::NotFlat => self.in_words(Phrase::MountNotFlat, &[]),
            WallRefusal::FarFromSheet { hole } => self.in_words(Phrase::MountFar, &[("name", name(hole))]),
            WallRefusal::OffPhoto { hole } => self.in_words(Phrase::MountOffPhoto, &[("name", name(hole))]),
        }
    }

    /// `1 左孔，2 右孔`
    fn hole_list(&self, template: &MountingTemplate) -> String {
        let language = ShopPack::spoken(self.memory.language);
        let names = template.holes.iter().enumerate();
        let names = names.map(|(index, hole)| format!("{} {}", index + 1, hole.name.get(language)));
        names.collect::<Vec<_>>().join(if language == Language::Chinese { "，" } else { ", " })
    }

    /// A way on the wall in words: to the right or left, then up or down.
    fn offset(&self, way: WallPoint) -> String {
        let language = ShopPack::spoken(self.memory.language);
        let part = |mm: f32, forth: Phrase, back: Phrase| {
            let phrase = if mm < 0.0 { back } else { forth };
            (mm.abs() >= 0.5).then(|| self.in_words(phrase, &[("length", &length(mm.abs(), language))]))
        };
        let parts = [
            part(way.x_mm, Phrase::CellMountRight, Phrase::CellMountLeft),
            part(way.y_mm, Phrase::CellMountUp, Phrase::CellMountDown),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        if parts.is_empty() {
            return self.in_words(Phrase::CellMountHere, &[]);
        }
        parts.join(if language == Language::Chinese { "、" } else { " and " })
    }

    fn in_words(&self, phrase: Phrase, slots: &[(&str, &str)]) -> String {
        self.pack.wording().render(phrase, ShopPack::spoken(self.memory.language), slots)
    }
}

/// A length in words: whole centimetres as such, others in millimetres.
fn length(mm: f32, language: Language) -> String {
    let mm = mm.round() as u32;
    let whole = mm >= 100 && mm.is_multiple_of(10);
    match language {
        Language::Chinese if whole => format!("{}厘米", mm / 10),
        Language::Chinese => format!("{mm}毫米"),
        Language::English | Language::Spanish | Language::Portuguese | Language::Arabic if whole => {
            format!("{} cm", mm / 10)
        }
        Language::English | Language::Spanish | Language::Portuguese | Language::Arabic => format!("{mm} mm"),
    }
}
