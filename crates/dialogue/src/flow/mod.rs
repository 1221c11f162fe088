//! What Ermu does about what it heard and saw: the flows, and the question that stands between two turns.

mod answers;
mod case;
mod compare;
mod details;
mod filing;
mod identity;
mod knowledge;
mod label;
mod mounting;
mod mounting_words;
mod order;
mod photo;
mod pointing;
mod product;
mod proposal;
mod request;
mod size;
mod values;
mod which;
mod wish;
mod words;

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    sync::Arc,
};

use ermu_domain::{EffectId, Evidence, HandOffReason, Language, Order, SessionId, TicketKind};
use jiff::{SignedDuration, civil::DateTime};

pub(crate) use mounting::WallSeen;
pub(crate) use words::{Timing, Utterance};

use crate::{
    Expecting, ShopPack, VoiceAnalysis,
    line::Line,
    memory::Memory,
    pack::{Intent, Step},
    policy::Ruling,
    turn::{Mark, Reply},
    understand::Meaning,
    wording::{Phrase, Wording, voice_of},
};
use case::Case;
use filing::Filing;

/// How often in a row somebody whose answer could not be told is asked to say it again at once.
const MAX_UNHEARD: u32 = 2;

/// The business side of the core: everything but turn-taking.
#[derive(Debug, Clone)]
pub(crate) struct Mind {
    pack: Arc<ShopPack>,
    session: SessionId,
    /// The shop's local time at the beginning of the call.
    opened: DateTime,
    memory: Memory,
    /// The question that the caller was asked last.
    asked: Asked,
    /// What the caller wants to know about the order.
    wants: Wants,
    case: Option<Case>,
    /// The orders of a caller whom the shop's site signed in.
    own: Vec<Order>,
    /// Orders whose phone number the caller knew.
    proven: BTreeSet<String>,
    /// How much the answers that were wrong or misheard weigh, by order.
    phone_doubts: BTreeMap<String, u32>,
    /// Orders whose delay was spoken of.
    troubles_told: BTreeSet<String>,
    /// Whether a caller who may leave angry was asked to stay.
    parting_offer_made: bool,
    lookup: Option<Lookup>,
    /// How often no order was found.
    not_found: u32,
    /// Numbers that were read back to the caller, who said no.
    denied: BTreeSet<String>,
    filings: Vec<Filing>,
    last_key: u32,
    /// What is said at the end of this event.
    pub(crate) reply: Reply,
    /// The caller wants to hear the last reply again.
    pub(crate) repeat: bool,
    /// Utterances in a row that were not understood.
    misses: u32,
    /// Turns in a row without words.
    silences: u32,
    /// Whether the caller was offered a person for being angry.
    angry_offer_made: bool,
    /// Why a person is offered.
    offer_reason: HandOffReason,
    /// What is being hung on a wall.
    mounting: Option<mounting::Mounting>,
    /// Whether a language model may be asked.
    may_ask_model: bool,
    /// What it was asked about.
    consulting: Option<proposal::Consulting>,
    /// Questions without an answer that are not passed on yet, and where they were asked.
    unanswered: Vec<(String, Evidence)>,
}

/// A question that stands.
#[derive(Debug, Clone, PartialEq)]
enum Asked {
    Nothing,
    /// Is there anything else?
    AnythingElse,
    /// The order number; what was read of it so far.
    OrderNumber(String),
    /// Is this the number?
    ThisNumber(String),
    /// Which of these orders?
    WhichOrder(Vec<String>),
    /// The last four digits of the order's phone number.
    Phone,
    /// Something that the flow has to know.
    Detail(Step),
    Photo,
    /// Is what the photo shows what you mean?
    ThisDamage,
    /// Is it this order, although its product has another name?
    ThisProduct,
    /// Shall it be done? How much of the proposal was heard.
    Remedy(Ruling, ermu_domain::PromiseHeard),
    /// Shall a person take over?
    Person,
    /// Shall the ticket with this key be stored once more?
    Retry(u32),
    /// Which of two wishes?
    WhichIntent(which::Doubt),
    /// Something about articles.
    Product(product::ProductAsked),
    /// The next photo or word of a caller who hangs something.
    Mounting,
}

/// What moves a flow on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cause {
    /// The caller's words, or the answer to what they asked for.
    Caller,
    /// A photo was looked at.
    Photo,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Wants {
    status: bool,
    arrival: bool,
}

impl Wants {
    const fn any(self) -> bool {
        self.status || self.arrival
    }
}

#[derive(Debug, Clone)]
struct Lookup {
    id: EffectId,
    number: String,
    /// The caller did not name it.
    implied: bool,
}

impl Mind {
    pub(crate) fn new(
        pack: Arc<ShopPack>,
        session: SessionId,
        language: Language,
        opened: DateTime,
        own: Vec<Order>,
    ) -> Self {
        Self {
            own,
            proven: BTreeSet::new(),
            phone_doubts: BTreeMap::new(),
            troubles_told: BTreeSet::new(),
            parting_offer_made: false,
            pack,
            session,
            opened,
            memory: Memory { language, ..Memory::default() },
            asked: Asked::Nothing,
            wants: Wants::default(),
            case: None,
            lookup: None,
            not_found: 0,
            denied: BTreeSet::new(),
            filings: Vec::new(),
            last_key: 0,
            reply: Reply::default(),
            repeat: false,
            misses: 0,
            silences: 0,
            angry_offer_made: false,
            offer_reason: HandOffReason::Asked,
            mounting: None,
            may_ask_model: false,
            consulting: None,
            unanswered: Vec::new(),
        }
    }

    pub(crate) const fn language(&self) -> Language {
        self.memory.language
    }

    /// What the caller is expected to say next.
    pub(crate) const fn expecting(&self) -> Expecting {
        match self.asked {
            Asked::OrderNumber(_) | Asked::Phone => Expecting::Digits,
            Asked::ThisNumber(_)
            | Asked::ThisDamage
            | Asked::ThisProduct
            | Asked::Remedy(..)
            | Asked::Person
            | Asked::Product(product::ProductAsked::Compare | product::ProductAsked::Sizes)
            | Asked::Retry(_) => Expecting::YesNo,
            Asked::Nothing
            | Asked::AnythingElse
            | Asked::Photo
            | Asked::WhichOrder(_)
            | Asked::WhichIntent(_)
            | Asked::Detail(_)
            | Asked::Product(product::ProductAsked::Which(_) | product::ProductAsked::Body) => Expecting::Anything,
            Asked::Mounting => match &self.mounting {
                Some(mounting) if mounting.asks_for_a4() => Expecting::YesNo,
                Some(_) | None => Expecting::Anything,
            },
        }
    }

    /// Whether the caller is taking a photo.
    pub(crate) fn awaits_photo(&self) -> bool {
        self.asked == Asked::Photo || self.awaits_wall()
    }

    /// Whether an answer from outside is awaited that the caller waits for.
    pub(crate) fn is_working(&self) -> bool {
        self.lookup.is_some()
            || self.memory.view() == crate::memory::View::Looking
            || self.measures(None)
            || self.is_filing()
            || self.consulting.is_some()
    }

    pub(crate) fn greet(&mut self, analysis: VoiceAnalysis, line: &Line) {
        let greeting = match analysis {
            VoiceAnalysis::Words => Phrase::Greeting,
            VoiceAnalysis::WordsAndEmotion => Phrase::GreetingEmotion,
        };
        self.say(greeting, &[]);
        for order in self.own.clone() {
            self.tell_trouble(&order, line.now);
        }
    }

    pub(crate) fn prompt_idle(&mut self) {
        self.say(Phrase::StillThere, &[]);
    }

    pub(crate) fn say_one_moment(&mut self) {
        self.say(Phrase::OneMoment, &[]);
    }

    /// Gives up on a caller who says nothing.
    pub(crate) fn leave_idle(&mut self) {
        self.say(Phrase::IdleGoodbye, &[]);
        self.reply.end_call();
    }

    /// A turn without words.
    pub(crate) fn heard_nothing(&mut self) {
        self.silences += 1;
        if self.silences >= 3 {
            self.silences = 0;
            self.say(Phrase::NotHeard, &[]);
        }
    }

    /// Somebody answered, and not a word of it could be told.
    pub(crate) fn heard_no_answer(&mut self) {
        // Where nothing was asked it may have been said to somebody else: once is enough.
        let most = if self.nothing_asked() { 1 } else { MAX_UNHEARD };
        if self.silences >= most {
            return self.heard_nothing();
        }
        self.silences += 1;
        let is_number = self.expecting() == Expecting::Digits;
        self.say(if is_number { Phrase::NumberNotHeard } else { Phrase::NotHeard }, &[]);
    }

    pub(crate) fn hearing_failed(&mut self) {
        self.say(Phrase::HearingFailed, &[]);
    }

    /// The transcriber failed again and again: a person takes over.
    pub(crate) fn hearing_lost(&mut self, line: &mut Line) {
        self.hand_off(HandOffReason::Failure, line);
    }

    /// Nothing comes from the caller's microphone.
    pub(crate) fn cannot_hear(&mut self) {
        self.say(Phrase::CannotHear, &[]);
    }

    /// How much of a marked part of a reply was heard.
    pub(crate) fn part_heard(&mut self, mark: Mark, heard: ermu_domain::PromiseHeard, line: &mut Line) {
        match mark {
            Mark::Proposal => {
                if let Asked::Remedy(_, known) = &mut self.asked {
                    *known = heard;
                }
            }
            Mark::Promise(key) => self.promise_heard(key, heard, line),
        }
    }

    /// Goes on with what is open: answers, asks for what is missing, decides.
    fn advance(&mut self, cause: Cause, line: &mut Line) {
        if self.lookup.is_some() {
            return;
        }
        if self.wants.any() {
            let Some(order) = self.memory.order.clone() else {
                return self.need_order(Phrase::AskOrder, cause, line);
            };
            if self.phone_is_due(self.pack.flows().status(), &order) {
                return self.ask_phone(&order);
            }
            self.answer_order(line.now);
        }
        self.advance_case(cause, line);
    }

    /// Asks for the order's number, unless that question stands and nothing was said since.
    fn need_order(&mut self, phrase: Phrase, cause: Cause, line: &mut Line) {
        match self.candidates().as_slice() {
            [] => {}
            [only] => {
                let number = only.number.0.clone();
                self.look_up(number, line);
                if let Some(lookup) = &mut self.lookup {
                    lookup.implied = true;
                }
                return;
            }
            several => {
                if cause == Cause::Caller || !matches!(self.asked, Asked::WhichOrder(_)) {
                    self.ask_which_order(several);
                }
                return;
            }
        }
        if cause == Cause::Caller || !matches!(self.asked, Asked::OrderNumber(_)) {
            self.ask_order(phrase);
        }
    }

    /// The shop's local time.
    fn clock(&self, now: ermu_domain::SessionTime) -> DateTime {
        let passed = i64::try_from(now.as_micros()).unwrap_or(i64::MAX);
        self.opened.saturating_add(SignedDuration::from_micros(passed))
    }

    /// Says a phrase whose slots hold the same in every language.
    fn say(&mut self, phrase: Phrase, slots: &[(&str, &str)]) {
        self.say_in(phrase, |_, _| Some(owned(slots)));
    }

    fn say_marked(&mut self, phrase: Phrase, mark: Mark) {
        let (range, _) = self.push(phrase, |_, _| Some(Vec::new()));
        self.reply.mark(range, mark);
    }

    /// Says a phrase with words in its slots. `fill` gives them in the language that it is said in; where it has none in that
    /// language, the whole sentence is English.
    fn say_in<'a>(&mut self, phrase: Phrase, fill: impl Fn(&Wording, Language) -> Option<Vec<(&'a str, String)>>) {
        let (_, slots) = self.push(phrase, fill);
        self.reply.keep(slots.iter().map(|(_, value)| value.as_str()));
    }

    /// Appends a phrase to the reply, in the caller's language as far as it can be said and spoken in it.
    fn push<'a>(
        &mut self,
        phrase: Phrase,
        fill: impl Fn(&Wording, Language) -> Option<Vec<(&'a str, String)>>,
    ) -> (Range<usize>, Vec<(&'a str, String)>) {
        let wording = self.pack.wording();
        let render = |language| {
            let slots = fill(wording, language)?;
            let values: Vec<_> = slots.iter().map(|(slot, value)| (*slot, value.as_str())).collect();
            Some((wording.render(phrase, language, &values), slots))
        };
        let own = wording.language(phrase, self.memory.language);
        let (written, (text, slots)) = match (render(own), own) {
            (Some(rendered), own) => (own, rendered),
            (None, _) => (Language::English, render(Language::English).unwrap_or_default()),
        };
        let voice = voice_of(written);
        let range = if voice == written {
            self.reply.push(&text, written)
        } else {
            let sounding = render(voice).unwrap_or_default().0;
            self.reply.push_written(&sounding, voice, &text)
        };
        (range, slots)
    }

    /// A phrase without slots as the caller reads it.
    fn words_for(&self, phrase: Phrase) -> String {
        self.pack.wording().render(phrase, self.memory.language, &[])
    }

    fn offer_person(&mut self, reason: HandOffReason) {
        self.offer_reason = reason;
        self.asked = Asked::Person;
        self.say(Phrase::OfferPerson, &[]);
    }

    /// A person takes over: everything that is known goes into the ticket.
    fn hand_off(&mut self, reason: HandOffReason, line: &mut Line) {
        self.asked = Asked::Nothing;
        self.wants = Wants::default();
        let start = match reason {
            HandOffReason::Angry | HandOffReason::Dispute => Phrase::PersonSenior,
            HandOffReason::Asked
            | HandOffReason::NotUnderstood
            | HandOffReason::PhotosUnusable
            | HandOffReason::Rule
            | HandOffReason::Failure => Phrase::PersonStart,
        };
        self.say(start, &[]);
        let order = self.case_order().cloned();
        self.file(TicketKind::HandOff, order.as_ref(), None, Some(reason), line);
        self.case = None;
    }

    /// The order that the open case is about, or else the one spoken of.
    fn case_order(&self) -> Option<&Order> {
        self.case.as_ref().and_then(|case| case.order.as_ref()).or(self.memory.order.as_ref())
    }

    const fn is_small_talk(meaning: &Meaning) -> bool {
        matches!(meaning.intent, Some(Intent::Greeting | Intent::Thanks))
    }
}

/// Slots whose values hold the same in every language.
fn owned<'a>(slots: &[(&'a str, &str)]) -> Vec<(&'a str, String)> {
    slots.iter().map(|(slot, value)| (*slot, (*value).to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::pack::tests::demo;

    fn said(language: Language, lacks: bool) -> (String, Vec<Language>) {
        let opened = date(2026, 11, 17).at(11, 30, 0, 0);
        let mut mind = Mind::new(Arc::clone(demo()), SessionId(1), language, opened, Vec::new());
        mind.say_in(Phrase::OrderLate, |_, language| {
            let known = !lacks || language == Language::English;
            known.then(|| vec![("due", crate::wording::before(opened, opened.date(), language))])
        });
        let languages = mind.reply.clauses().iter().map(|clause| clause.language).collect();
        (mind.reply.written(), languages)
    }

    #[test]
    fn a_sentence_is_in_one_language_as_a_whole() {
        let (text, languages) = said(Language::Spanish, false);
        assert!(text.contains("debía llegar hoy antes de las 11:30"), "{text}");
        assert!(languages.iter().all(|language| *language == Language::Spanish));
        // What fills it does not exist in Spanish: all of it is English.
        let (text, languages) = said(Language::Spanish, true);
        assert!(text.contains("was due today before 11:30"), "{text}");
        assert!(languages.iter().all(|language| *language == Language::English));
    }

    #[test]
    fn what_no_voice_speaks_is_read_and_sounds_in_english() {
        let (text, languages) = said(Language::Arabic, false);
        assert!(text.contains("اليوم قبل الساعة 11:30"), "{text}");
        assert!(!languages.is_empty() && languages.iter().all(|language| *language == Language::English));
    }
}
