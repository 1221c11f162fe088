//! A call in virtual time: a script plays the caller, and this plays everything that the core asks of the world.

pub(crate) mod script;
mod timeline;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::Arc,
    time::Duration,
};

use ermu_dialogue::{
    Clause, Core, Effect, Event, LookFor, Opening, PhotoFailure, ShopPack, TurnConfig, VoiceAnalysis, VoiceLevel,
};
use ermu_domain::{
    EffectId, EmotionEstimate, Language, MountingTemplate, PhotoId, PhotoReport, ProductId, SessionId, SessionTime,
    Ticket, TicketId, TimeSpan, Transcript, WallQuestion, WallRefusal,
};
use jiff::civil::{DateTime, date};

use script::PhotoShows;
pub(crate) use script::{Action, Script, Start};

/// The demo pack.
#[allow(clippy::disallowed_methods, reason = "tests read the pack that the project ships")]
pub(crate) fn demo_pack() -> Arc<ShopPack> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shops/demo");
    let read = |file: &str| std::fs::read_to_string(folder.join(file)).expect("the demo pack is there");
    let files: BTreeMap<_, _> = ShopPack::FILES.into_iter().map(|file| (file.to_owned(), read(file))).collect();
    Arc::new(ShopPack::parse(&files).expect("the demo pack is whole"))
}

/// A Tuesday, before noon.
pub(crate) const fn opened() -> DateTime {
    date(2026, 11, 17).at(11, 30, 0, 0)
}

#[allow(dead_code, reason = "each test binary takes what it needs")]
pub(crate) fn new_core(pack: &Arc<ShopPack>, language: Language) -> Core {
    core_for(pack, language, "", TurnConfig::default())
}

/// A core that asks a language model, about what it does not understand and for other words.
#[allow(dead_code, reason = "each test binary takes what it needs")]
pub(crate) fn core_with_model(pack: &Arc<ShopPack>, language: Language) -> Core {
    let config = TurnConfig { proposal_limit_ms: 1_500, rephrase_limit_ms: 800, ..TurnConfig::default() };
    core_for(pack, language, "", config)
}

/// A core for the call of a signed-in customer with this phone number.
fn core_for(pack: &Arc<ShopPack>, language: Language, phone: &str, config: TurnConfig) -> Core {
    let own = |order: &ermu_domain::Order| !phone.is_empty() && order.phone.expose() == phone;
    let caller_orders = pack.orders(opened().date()).into_iter().filter(own).collect();
    let opening = Opening {
        session: SessionId(7),
        language,
        today: opened(),
        caller_orders,
        voice_analysis: VoiceAnalysis::Words,
        config,
    };
    Core::new(Arc::clone(pack), opening)
}

const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// A script being played.
pub(crate) struct Call {
    pack: Arc<ShopPack>,
    core: Core,
    script: Script,
    now: SessionTime,
    last_activity: SessionTime,
    events: BTreeMap<(SessionTime, u32), Event>,
    sequence: u32,
    segments: Vec<Segment>,
    speech: Vec<Saying>,
    paused: Option<SessionTime>,
    photos: BTreeMap<PhotoId, script::PhotoShows>,
    tickets: BTreeMap<u32, Ticket>,
    cancelled: BTreeSet<EffectId>,
    lookups: u32,
    stores: u32,
    transcripts: u32,
    judgement: Option<f32>,
    clause_counts: BTreeMap<EffectId, usize>,
    agent_started: Option<SessionTime>,
    last_step_end: SessionTime,
    over: bool,
    lines: Vec<String>,
}

/// A stretch of the caller's voice and what it says.
struct Segment {
    span: TimeSpan,
    text: String,
    confidence: f32,
    angry: bool,
}

struct Saying {
    id: EffectId,
    start: SessionTime,
    ends: Vec<SessionTime>,
}

impl Call {
    pub(crate) fn new(pack: Arc<ShopPack>, script: Script) -> Self {
        let core = core_for(&pack, script.language, &script.caller, TurnConfig::default());
        Self {
            pack,
            core,
            script,
            now: SessionTime::ZERO,
            last_activity: SessionTime::ZERO,
            events: BTreeMap::new(),
            sequence: 0,
            segments: Vec::new(),
            speech: Vec::new(),
            paused: None,
            photos: BTreeMap::new(),
            tickets: BTreeMap::new(),
            cancelled: BTreeSet::new(),
            lookups: 0,
            stores: 0,
            transcripts: 0,
            judgement: None,
            clause_counts: BTreeMap::new(),
            agent_started: None,
            last_step_end: SessionTime::ZERO,
            over: false,
            lines: Vec::new(),
        }
    }

    /// Plays the script to its end and returns the time line.
    pub(crate) fn play(mut self) -> String {
        self.at(SessionTime::ZERO, Event::CallStarted);
        for _ in 0..20_000 {
            let step = self.next_step();
            let event = self.events.keys().next().map(|(at, _)| *at);
            let deadline = self.core.next_deadline();
            let Some(next) = [step, event, deadline].into_iter().flatten().min() else { break };
            assert!(next >= self.now, "time runs forwards");
            self.now = next;
            if step == Some(next) {
                self.start_step();
            } else if event == Some(next) {
                let (_, event) = self.events.pop_first().expect("an event is due");
                self.deliver(event);
            } else {
                // Idle prompts go on for ever only if the script goes on.
                self.deliver(Event::Tick);
            }
            if self.over && self.events.is_empty() {
                break;
            }
        }
        self.finish()
    }

    /// When the next step of the script begins, as far as is known now.
    fn next_step(&self) -> Option<SessionTime> {
        let step = self.script.steps.front()?;
        match step.start {
            Start::At(at) => Some(at),
            Start::AfterStep(wait) => Some(self.last_step_end + wait),
            Start::AfterQuiet(wait) => {
                let quiet = self.speech.is_empty() && self.events.is_empty();
                quiet.then(|| self.last_activity.max(self.last_step_end) + wait)
            }
            Start::IntoSpeech(wait) => self.agent_started.map(|started| started + wait),
        }
        .map(|at| at.max(self.now))
    }

    fn start_step(&mut self) {
        let step = self.script.steps.pop_front().expect("a step is due");
        let start = self.now;
        self.last_step_end = start;
        self.agent_started = None;
        match step.action {
            Action::Voice { length, text, confidence, angry, loudest_dbfs } => {
                let end = start + length;
                self.segments.push(Segment { span: TimeSpan { start, end }, text, confidence, angry });
                self.at(
                    start + ms(64),
                    Event::VoiceStarted { at: start, level: VoiceLevel { loudest_dbfs, own_dbfs: -25.0 } },
                );
                self.at(end + ms(96), Event::VoiceStopped { at: end });
                self.last_step_end = end;
            }
            Action::Judge(finished) => self.judgement = Some(finished),
            Action::Mute => self.deliver(Event::LineSilent),
            Action::Unmute => self.deliver(Event::LineSounds),
            Action::Type(text) => self.deliver(Event::Typed { text, sentence: None }),
            Action::Photo(shows) => {
                let photo = PhotoId(u32::try_from(self.photos.len()).expect("few photos") + 1);
                self.photos.insert(photo, shows);
                self.deliver(Event::PhotoReceived { photo });
            }
            Action::HangUp => {
                self.note("caller", "hangs up");
                self.deliver(Event::HungUp);
                self.end_speech();
                self.over = true;
            }
        }
    }

    fn at(&mut self, at: SessionTime, event: Event) {
        self.sequence += 1;
        self.events.insert((at, self.sequence), event);
    }

    fn deliver(&mut self, event: Event) {
        self.last_activity = self.now;
        match &event {
            Event::Transcribed { id, .. } if self.cancelled.contains(id) => return,
            Event::SpeechStarted { .. } => self.agent_started = Some(self.now),
            Event::SpeechEnded { id, .. } => self.speech.retain(|saying| saying.id != *id),
            _ => {}
        }
        self.note_event(&event);
        self.core.handle(event, self.now);
        while let Some(effect) = self.core.poll_effect() {
            self.note_effect(&effect);
            self.answer(effect);
        }
        if let Some(deadline) = self.core.next_deadline() {
            assert!(deadline > self.now, "a deadline in the past");
        }
    }

    fn answer(&mut self, effect: Effect) {
        match effect {
            Effect::Transcribe { id, span, language, .. } => {
                if let Some(finished) = self.judgement.take() {
                    self.at(self.now + ms(60), Event::EndJudged { id, finished });
                }
                self.transcripts += 1;
                if self.transcripts <= self.script.hanging_transcripts {
                    return;
                }
                let fails = self.transcripts <= self.script.failing_transcripts;
                let event = if fails { Event::TranscriptionFailed { id } } else { self.transcribe(id, span, language) };
                self.at(self.now + ms(300), event);
            }
            Effect::CancelTranscription { id } => {
                self.cancelled.insert(id);
            }
            Effect::Say { id, clauses } => self.say(id, &clauses),
            Effect::PauseSpeaking => {
                self.paused = Some(self.now);
                self.silence();
            }
            Effect::ResumeSpeaking => self.shift_speech(),
            Effect::StopSpeaking => self.end_speech(),
            Effect::FindOrder { id, number } => {
                self.lookups += 1;
                let event = if self.lookups <= self.script.failing_lookups {
                    Event::OrderLookupFailed { id }
                } else {
                    let orders = self.pack.orders(opened().date());
                    let order = orders.into_iter().find(|order| order.number.0 == number).map(Box::new);
                    Event::OrderFound { id, order }
                };
                self.at(self.now + self.script.lookup_time, event);
            }
            Effect::InspectPhoto { photo, product, look_for } => {
                let event = match look_for {
                    LookFor::Damage => self.inspect(photo, product.as_ref()),
                    LookFor::Wall { question, template } => self.measure(photo, question, &template),
                };
                self.at(self.now + ms(900), event);
            }
            Effect::StoreTicket { id, key, ticket } => {
                self.stores += 1;
                let event = if self.stores <= self.script.failing_tickets {
                    Event::TicketFailed { id }
                } else {
                    self.tickets.insert(key, *ticket);
                    Event::TicketStored { id, ticket: TicketId(41 + u64::from(key)) }
                };
                self.at(self.now + ms(20), event);
            }
            Effect::Show { .. } | Effect::KeepQuestion { .. } | Effect::AskModel { .. } => {}
            Effect::EndCall => self.over = true,
        }
    }

    fn transcribe(&self, id: EffectId, span: TimeSpan, language: Language) -> Event {
        let heard: Vec<_> = self
            .segments
            .iter()
            .filter(|segment| {
                let middle = segment.span.start + segment.span.duration() / 2;
                (span.start..span.end).contains(&middle)
            })
            .collect();
        let between = if language == Language::Chinese { "" } else { " " };
        let text = heard.iter().map(|segment| segment.text.as_str()).collect::<Vec<_>>().join(between);
        if text.is_empty() {
            return Event::Transcribed { id, transcript: None, emotion: None };
        }
        let confidence = heard.iter().map(|segment| segment.confidence).fold(1.0, f32::min);
        let angry = if heard.iter().any(|segment| segment.angry) { 0.8 } else { 0.1 };
        let emotion = EmotionEstimate { angry, happy: 0.05, neutral: 0.9 - angry, sad: 0.05 };
        let transcript = Transcript { text, language, confidence, span, sentence: None };
        Event::Transcribed { id, transcript: Some(transcript), emotion: Some(emotion) }
    }

    fn measure(&self, photo: PhotoId, question: WallQuestion, template: &MountingTemplate) -> Event {
        match self.photos.get(&photo) {
            Some(PhotoShows::Wall(seen)) => Event::WallMeasured { photo, result: seen.result(question, template) },
            Some(_) => Event::WallMeasured { photo, result: Err(WallRefusal::NoSheet) },
            None => Event::PhotoFailed { photo, failure: PhotoFailure::Internal },
        }
    }

    fn inspect(&self, photo: PhotoId, product: Option<&ProductId>) -> Event {
        let shows = self.photos.get(&photo).ok_or(PhotoFailure::Internal);
        match shows.and_then(|shows| shows.report(product.is_some())) {
            Ok(report) => Event::PhotoAnalysed { photo, report },
            Err(failure) => Event::PhotoFailed { photo, failure },
        }
    }

    /// Speech takes time: a fifth of a second a character, a fourteenth a letter.
    fn say(&mut self, id: EffectId, clauses: &[Clause]) {
        let before = self.speech.last().and_then(|saying| saying.ends.last().copied());
        let start = before.unwrap_or(self.now + ms(150)).max(self.now);
        let mut at = start;
        let ends: Vec<_> = clauses
            .iter()
            .map(|clause| {
                let letters = clause.text.chars().map(|c| if c.is_ascii() { 70 } else { 200 }).sum::<u64>();
                at = at + ms(letters);
                at
            })
            .collect();
        self.speech.push(Saying { id, start, ends });
        self.sound(self.speech.len() - 1);
    }

    /// What is still to come of a saying.
    fn sound(&mut self, index: usize) {
        let Saying { id, start, ref ends } = self.speech[index];
        let (ends, now) = (ends.clone(), self.now);
        if start >= now {
            self.at(start, Event::SpeechStarted { id });
        }
        for (heard, end) in (1..).zip(&ends).filter(|(_, end)| **end >= now) {
            self.at(
                *end,
                match heard == ends.len() {
                    true => Event::SpeechEnded { id, clauses_heard: heard },
                    false => Event::ClauseEnded { id, clauses_heard: heard },
                },
            );
        }
    }

    /// Goes on where the pause began.
    fn shift_speech(&mut self) {
        let Some(paused) = self.paused.take() else { return };
        let shift = self.now.since(paused);
        self.silence();
        for index in 0..self.speech.len() {
            let saying = &mut self.speech[index];
            saying.ends.iter_mut().filter(|end| **end >= paused).for_each(|end| *end = *end + shift);
            if saying.start >= paused {
                saying.start = saying.start + shift;
            }
            self.sound(index);
        }
    }

    /// Takes back what the open sayings still have to tell.
    fn silence(&mut self) {
        let open: Vec<_> = self.speech.iter().map(|saying| saying.id).collect();
        self.events.retain(|_, event| match event {
            Event::SpeechStarted { id } | Event::ClauseEnded { id, .. } | Event::SpeechEnded { id, .. } => {
                !open.contains(id)
            }
            _ => true,
        });
    }

    /// Every open `Say` ends within 20 ms, with what was heard of it.
    fn end_speech(&mut self) {
        let now = self.paused.take().unwrap_or(self.now);
        self.silence();
        for saying in std::mem::take(&mut self.speech) {
            let heard = if saying.start > now { 0 } else { saying.ends.iter().filter(|end| **end <= now).count() };
            self.at(self.now + ms(20), Event::SpeechEnded { id: saying.id, clauses_heard: heard });
        }
    }
}

/// One photo's report, as the vision crate would give it.
pub(crate) fn report(findings: Vec<ermu_domain::ImageFinding>, faults: Vec<ermu_domain::QualityFault>) -> PhotoReport {
    PhotoReport { width_px: 1200, height_px: 900, faults, findings, fields: Vec::new() }
}
