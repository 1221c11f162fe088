//! The core itself: one event in, effects out.

mod clock;
mod voice;

use std::{collections::VecDeque, sync::Arc};

use ermu_domain::{EffectId, Evidence, Language, Order, PhotoId, Sentence, SessionId, SessionTime, TicketId};
use jiff::civil::DateTime;

use crate::{
    Effect, Event, Expecting, ModelRequest, Notice, ShopPack, Speaker, TurnConfig,
    config::after,
    flow::{Mind, Timing, Utterance, WallSeen},
    language_model,
    line::Line,
    turn::{Claim, Ear, Hearing, Loudness, Mouth, Plain, Reply, Timer, Timers},
};

/// What a call begins with.
#[derive(Debug, Clone)]
pub struct Opening {
    /// Which call.
    pub session: SessionId,
    /// The language to greet in; the caller's words may change it.
    pub language: Language,
    /// The shop's local time at the beginning of the call; the core has no clock.
    pub today: DateTime,
    /// The orders of a caller whom the shop's site has signed in; none if it is not known who calls.
    pub caller_orders: Vec<Order>,
    /// What is done with the caller's voice: the first words say so.
    pub voice_analysis: VoiceAnalysis,
    /// Waiting times.
    pub config: TurnConfig,
}

/// What a caller's voice is analysed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum VoiceAnalysis {
    /// What is said.
    #[default]
    Words,
    /// Also how the caller feels.
    WordsAndEmotion,
}

/// The dialogue of one call: a pure function of the events so far.
///
/// ```text
/// loop { core.handle(event, now); while let Some(effect) = core.poll_effect() { … } wait until core.next_deadline() }
/// ```
/// At the deadline send [`Event::Tick`]. Events may come in any order; none makes the core panic.
#[derive(Debug, Clone)]
pub struct Core {
    pack: Arc<ShopPack>,
    config: TurnConfig,
    voice_analysis: VoiceAnalysis,
    line: Line,
    timers: Timers,
    ear: Ear,
    mouth: Mouth,
    loudness: Loudness,
    mind: Mind,
    /// What came in and waits for the caller to finish speaking.
    inbox: VecDeque<Fact>,
    /// A photo was looked at: it is spoken about after the words that came meanwhile.
    photo_news: bool,
    phase: Phase,
    /// How often in a row the caller was asked whether they are still there.
    idle_prompts: u32,
    /// Whether the caller was asked to wait for the work that is under way.
    asked_to_wait: bool,
    /// How often in a row the transcriber failed.
    hearing_failures: u32,
    /// Nothing comes from the caller's side, and whether the caller was told.
    line_silent: Option<Told>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    Yes,
    No,
}

/// After this many failures of the transcriber in a row a person takes over.
const MOST_HEARING_FAILURES: u32 = 3;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    BeforeStart,
    Live,
    /// Hung up, by whichever side: tickets still arrive.
    Over,
}

#[derive(Debug, Clone)]
enum Fact {
    /// And at which event they came in.
    Words(Utterance, u64),
    NoWords,
    /// A voice as long as words, without any that could be told.
    Unintelligible,
    HearingFailed,
    PhotoCame(PhotoId),
    Wall(PhotoId, WallSeen),
    OrderFound(EffectId, Option<Box<Order>>),
    OrderLookupFailed(EffectId),
    TicketStored(EffectId, TicketId),
    TicketFailed(EffectId),
    /// None: not in time, or not at all.
    ModelAnswered(EffectId, Option<String>),
    WorkIsLate,
}

impl Core {
    /// A call that is about to begin.
    pub fn new(pack: Arc<ShopPack>, opening: Opening) -> Self {
        let Opening { session, language, today, caller_orders, voice_analysis, config } = opening;
        let mut mind = Mind::new(Arc::clone(&pack), session, language, today, caller_orders);
        if config.proposal_limit_ms > 0 {
            mind.allow_model();
        }
        Self {
            mind,
            pack,
            config,
            voice_analysis,
            line: Line::default(),
            timers: Timers::default(),
            ear: Ear::default(),
            mouth: Mouth::default(),
            loudness: Loudness::default(),
            inbox: VecDeque::new(),
            photo_news: false,
            phase: Phase::BeforeStart,
            idle_prompts: 0,
            asked_to_wait: false,
            hearing_failures: 0,
            line_silent: None,
        }
    }

    /// What the call follows.
    pub const fn pack(&self) -> &Arc<ShopPack> {
        &self.pack
    }

    /// Takes what happened at `now`. Time never runs backwards: an earlier `now` counts as the latest one.
    pub fn handle(&mut self, event: Event, now: SessionTime) {
        self.line.now = self.line.now.max(now);
        self.line.event += 1;
        if self.phase == Phase::Over {
            return self.handle_after_call(&event);
        }
        self.take(event);
        if self.phase != Phase::Over {
            self.run_timers();
            self.converse();
        }
        if self.phase == Phase::Over {
            self.timers.disarm_all();
        } else {
            self.set_waiting_timers();
            self.timers.push_behind(self.line.now);
        }
    }

    /// The next thing to do, in order; none when all are taken.
    pub fn poll_effect(&mut self) -> Option<Effect> {
        self.line.poll()
    }

    /// When to send [`Event::Tick`] if nothing else happens before; always after the last `now`.
    pub fn next_deadline(&self) -> Option<SessionTime> {
        self.timers.next()
    }

    /// What the caller was asked for.
    pub const fn expecting(&self) -> Expecting {
        self.mind.expecting()
    }

    /// The language that the caller speaks, as far as is known.
    pub const fn language(&self) -> Language {
        self.mind.language()
    }

    fn take(&mut self, event: Event) {
        match event {
            Event::CallStarted => {
                if self.phase == Phase::BeforeStart {
                    self.phase = Phase::Live;
                    self.mind.greet(self.voice_analysis, &self.line);
                }
            }
            Event::VoiceStarted { at, level } => self.voice_started(at, level),
            Event::VoiceRose { level } => self.voice_rose(level),
            Event::VoiceStopped { at } => self.voice_stopped(at),
            Event::Transcribed { id, transcript, emotion } => {
                let hearing = match transcript {
                    Some(transcript) if transcript.text.chars().any(char::is_alphanumeric) => {
                        Hearing::Words(transcript, emotion)
                    }
                    Some(_) | None => Hearing::Nothing,
                };
                self.words_came(id, hearing);
            }
            Event::TranscriptionFailed { id } => self.words_came(id, Hearing::Failed),
            Event::EndJudged { id, finished } => {
                if finished.is_finite() && self.ear.end_judged(id, finished) {
                    self.judge_pause();
                }
            }
            Event::LineSilent => self.line_silent = Some(Told::No),
            Event::LineSounds => self.line_silent = None,
            Event::Typed { text, sentence } => self.typed(text, sentence),
            Event::PhotoReceived { photo } => {
                if self.mind.photo_received(photo, &mut self.line) {
                    self.idle_prompts = 0;
                    self.inbox.push_back(Fact::PhotoCame(photo));
                }
            }
            Event::PhotoAnalysed { photo, report } => self.photo_answered(photo, Ok(report)),
            Event::WallMeasured { photo, result } => {
                self.inbox.push_back(Fact::Wall(photo, WallSeen::Measured(result)));
            }
            Event::PhotoFailed { photo, failure } if self.mind.measures(Some(photo)) => {
                self.inbox.push_back(Fact::Wall(photo, WallSeen::Failed(failure)));
            }
            Event::PhotoFailed { photo, failure } => self.photo_answered(photo, Err(failure)),
            Event::OrderFound { id, order } => self.inbox.push_back(Fact::OrderFound(id, order)),
            Event::OrderLookupFailed { id } => self.inbox.push_back(Fact::OrderLookupFailed(id)),
            Event::TicketStored { id, ticket } => self.inbox.push_back(Fact::TicketStored(id, ticket)),
            Event::TicketFailed { id } => self.inbox.push_back(Fact::TicketFailed(id)),
            Event::ModelAnswered { id, answer } => self.inbox.push_back(Fact::ModelAnswered(id, answer)),
            Event::SpeechStarted { .. } | Event::Tick => {}
            Event::ClauseEnded { id, clauses_heard } => self.mouth.clause_ended(id, clauses_heard),
            Event::SpeechEnded { id, clauses_heard } => self.speech_ended(id, clauses_heard),
            Event::HungUp => self.hung_up(),
        }
    }

    fn typed(&mut self, text: String, sentence: Option<Sentence>) {
        if !text.chars().any(char::is_alphanumeric) {
            return;
        }
        self.mouth.stop(&mut self.line);
        let span = ermu_domain::TimeSpan { start: self.line.now, end: self.line.now };
        self.line.show(Notice::Caption { speaker: Speaker::Caller, text: text.clone(), span, emotion: None });
        let evidence = Evidence::Typed { span };
        let utterance = Utterance { text, sentence, span, evidence, confidence: 1.0, emotion: None };
        self.inbox.push_back(Fact::Words(utterance, self.line.event));
    }

    fn photo_answered(&mut self, photo: PhotoId, seen: Result<ermu_domain::PhotoReport, crate::PhotoFailure>) {
        if !self.mind.photo_answered(photo, seen) {
            return;
        }
        if self.mind.photo_is_expected() || self.ear.is_busy() {
            self.photo_news = true;
        } else {
            self.timers.arm(Timer::FusionWait, after(self.line.now, self.config.fusion_wait_ms));
        }
    }

    fn speech_ended(&mut self, id: EffectId, clauses_heard: usize) {
        let Some(spoken) = self.mouth.ended(id, clauses_heard, &mut self.line) else { return };
        for (mark, heard) in spoken.marks {
            self.mind.part_heard(mark, heard, &mut self.line);
        }
        if !self.mouth.is_speaking() {
            // There is nothing left to interrupt: the voice is a turn like any other.
            self.timers.disarm(Timer::BargeIn);
            self.ear.set_claim(Claim::Turn);
        }
        if spoken.ends_call && !self.ear.is_busy() && !self.mouth.is_speaking() && self.inbox.is_empty() {
            self.mind.keep_unfinished(&mut self.line);
            self.line.send(Effect::EndCall);
            self.mouth.close();
            self.phase = Phase::Over;
        }
    }

    fn hung_up(&mut self) {
        self.mouth.close();
        // What has come in counts, although nobody hears the answer.
        while let Some(fact) = self.inbox.pop_front() {
            self.settle(fact);
            self.speak();
        }
        self.mind.keep_unfinished(&mut self.line);
        self.phase = Phase::Over;
    }

    /// Nothing is said any more, but tickets are made and completed.
    fn handle_after_call(&mut self, event: &Event) {
        match *event {
            Event::TicketStored { id, ticket } => self.mind.ticket_stored(id, ticket, &mut self.line),
            Event::TicketFailed { id } => self.mind.ticket_failed(id),
            Event::SpeechEnded { id, clauses_heard } => {
                if let Some(spoken) = self.mouth.ended(id, clauses_heard, &mut self.line) {
                    for (mark, heard) in spoken.marks {
                        self.mind.part_heard(mark, heard, &mut self.line);
                    }
                }
            }
            Event::CallStarted
            | Event::VoiceStarted { .. }
            | Event::VoiceRose { .. }
            | Event::EndJudged { .. }
            | Event::LineSilent
            | Event::LineSounds
            | Event::ClauseEnded { .. }
            | Event::VoiceStopped { .. }
            | Event::Transcribed { .. }
            | Event::TranscriptionFailed { .. }
            | Event::Typed { .. }
            | Event::PhotoReceived { .. }
            | Event::PhotoAnalysed { .. }
            | Event::WallMeasured { .. }
            | Event::PhotoFailed { .. }
            | Event::OrderFound { .. }
            | Event::OrderLookupFailed { .. }
            | Event::ModelAnswered { .. }
            | Event::SpeechStarted { .. }
            | Event::Tick
            | Event::HungUp => {}
        }
        self.mind.reply = Reply::default();
    }

    /// Takes finished turns, then settles what came in, unless the caller has the floor.
    fn converse(&mut self) {
        while let Some(heard) = self.ear.take_finished(&mut self.timers, &self.config, self.line.now) {
            self.heard(heard);
        }
        self.speak();
        while !self.ear.has_the_floor()
            && let Some(fact) = self.inbox.pop_front()
        {
            self.settle(fact);
            self.speak();
        }
        if self.photo_news && !self.ear.has_the_floor() {
            self.photo_news = false;
            self.mind.fuse_photo(&mut self.line);
            self.speak();
        }
    }

    fn settle(&mut self, fact: Fact) {
        match fact {
            Fact::Words(utterance, event) => self.words(&utterance, event),
            Fact::NoWords => self.mind.heard_nothing(),
            Fact::Unintelligible => self.mind.heard_no_answer(),
            Fact::HearingFailed => self.hearing_failed(),
            Fact::PhotoCame(photo) => self.mind.acknowledge_photo(photo),
            Fact::Wall(photo, seen) => self.mind.wall_seen(photo, &seen, &mut self.line),
            Fact::OrderFound(id, order) => self.mind.order_found(id, order.map(|order| *order), &mut self.line),
            Fact::OrderLookupFailed(id) => self.mind.order_lookup_failed(id),
            Fact::TicketStored(id, ticket) => self.mind.ticket_stored(id, ticket, &mut self.line),
            Fact::TicketFailed(id) => self.mind.ticket_failed(id),
            Fact::ModelAnswered(id, answer) => self.model_answered(id, answer.as_deref()),
            Fact::WorkIsLate => {
                self.mind.abandon_lookup();
                self.mind.abandon_photos(&mut self.line);
                self.mind.abandon_wall(&mut self.line);
            }
        }
    }

    /// Takes what was said, which came in at `event`.
    fn words(&mut self, utterance: &Utterance, event: u64) {
        self.idle_prompts = 0;
        let timing = if event > self.mouth.said_at() { Timing::AfterQuestion } else { Timing::BeforeQuestion };
        self.mind.hear(utterance, timing, &mut self.line);
    }

    fn hearing_failed(&mut self) {
        self.hearing_failures += 1;
        if self.hearing_failures >= MOST_HEARING_FAILURES {
            self.hearing_failures = 0;
            self.mind.hearing_lost(&mut self.line);
        } else {
            self.mind.hearing_failed();
        }
    }

    fn model_is_late(&mut self, asked: Option<EffectId>) {
        self.inbox.extend(asked.map(|id| Fact::ModelAnswered(id, None)));
    }

    fn model_answered(&mut self, id: EffectId, answer: Option<&str>) {
        match self.mouth.held() {
            Some((held, reply)) if held == id => {
                let words = reply.plain().zip(answer).and_then(|(Plain { text, facts, .. }, answer)| {
                    language_model::polished(answer, &text, facts, &self.pack)
                });
                self.mouth.release(words.as_deref(), &mut self.line);
            }
            Some(_) | None => self.mind.model_answered(id, answer, &mut self.line),
        }
    }

    /// Says what the last step wants said.
    fn speak(&mut self) {
        let reply = std::mem::take(&mut self.mind.reply);
        if std::mem::take(&mut self.mind.repeat) && reply.is_empty() {
            let last = self.mouth.last();
            return self.mouth.say(last, &mut self.line);
        }
        match self.other_words(&reply) {
            Some(request) => self.mouth.hold(reply, request, &mut self.line),
            None => self.mouth.say(reply, &mut self.line),
        }
    }

    /// What to ask for other words of a reply, where there is time for them and no question stands.
    fn other_words(&self, reply: &Reply) -> Option<ModelRequest> {
        let Plain { text, facts, language } = reply.plain()?;
        let finished = self.config.rephrase_limit_ms > 0 && self.mind.nothing_asked() && !self.mouth.is_speaking();
        finished.then(|| language_model::polish(&text, facts, language, &self.pack))
    }
}
