//! The core itself: one event in, effects out.

use std::{collections::VecDeque, sync::Arc};

use ermu_domain::{
    EffectId, Evidence, Language, Order, PhotoId, Sentence, SessionId, SessionTime, TicketId, Transcript,
};
use jiff::civil::DateTime;

use crate::{
    Effect, Event, Expecting, Notice, ShopPack, Speaker, TurnConfig, VoiceLevel,
    config::{after, ms},
    flow::{Mind, Timing, Utterance, WallSeen},
    line::Line,
    turn::{
        Claim, Context, Ear, Faint, Heard, Hearing, Loudness, Mouth, Onset, Peek, Remark, Timer, Timers, Worth,
        end_of_turn_ms, peeked, worth,
    },
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
    HearingFailed,
    PhotoCame(PhotoId),
    Wall(PhotoId, WallSeen),
    OrderFound(EffectId, Option<Order>),
    OrderLookupFailed(EffectId),
    TicketStored(EffectId, TicketId),
    TicketFailed(EffectId),
    WorkIsLate,
}

impl Core {
    /// A call that is about to begin.
    pub fn new(pack: Arc<ShopPack>, opening: Opening) -> Self {
        let Opening { session, language, today, caller_orders, voice_analysis, config } = opening;
        Self {
            mind: Mind::new(Arc::clone(&pack), session, language, today, caller_orders),
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
            Event::OrderFound { id, order } => self.inbox.push_back(Fact::OrderFound(id, order.map(|order| *order))),
            Event::OrderLookupFailed { id } => self.inbox.push_back(Fact::OrderLookupFailed(id)),
            Event::TicketStored { id, ticket } => self.inbox.push_back(Fact::TicketStored(id, ticket)),
            Event::TicketFailed { id } => self.inbox.push_back(Fact::TicketFailed(id)),
            Event::SpeechStarted { .. } | Event::Tick => {}
            Event::ClauseEnded { id, clauses_heard } => self.mouth.clause_ended(id, clauses_heard),
            Event::SpeechEnded { id, clauses_heard } => self.speech_ended(id, clauses_heard),
            Event::HungUp => self.hung_up(),
        }
    }

    fn voice_started(&mut self, at: SessionTime, level: VoiceLevel) {
        let at = at.min(self.line.now);
        let onset = match (self.mouth.is_speaking(), self.mouth.is_in_last_clause()) {
            (false, _) => Onset::Silence,
            (true, true) => Onset::LastClause,
            (true, false) => Onset::Speech,
        };
        self.ear.voice_started(at, level, onset, &self.config, &mut self.timers, &mut self.line);
        self.line.show(Notice::Listening { voice: true });
    }

    fn voice_rose(&mut self, level: VoiceLevel) {
        self.ear.voice_rose(level);
        let lasted = !self.timers.is_armed(Timer::BargeIn) && self.ear.is_voice();
        if lasted && self.ear.claim() == Some(Claim::Unproven) {
            self.interrupt();
        }
    }

    /// A voice over Ermu's speech has lasted: Ermu falls silent, unless it is somebody else's.
    fn interrupt(&mut self) {
        let Some(remark) = self.ear.remark(self.line.now) else { return };
        if self.loudness.faint(remark.level, &self.config) == Faint::No {
            self.mouth.pause(&mut self.line);
            self.ear.set_claim(Claim::Pause);
        }
    }

    /// The voice meant nothing so far: Ermu speaks on.
    fn go_on(&mut self) {
        self.mouth.resume(&mut self.line);
        if self.mouth.is_speaking() {
            self.ear.set_claim(Claim::Unproven);
        }
    }

    fn voice_stopped(&mut self, at: SessionTime) {
        let at = at.min(self.line.now);
        let end_ms = end_of_turn_ms(self.mind.expecting(), None, None, &self.pack, &self.config);
        self.ear.voice_stopped(at, self.mind.expecting(), &self.config, &mut self.timers, end_ms);
        self.line.show(Notice::Listening { voice: false });
        self.go_on_after_listening();
    }

    /// Speaks on at once after a voice that was too brief for more than a sign of listening, or whose words so far were one.
    fn go_on_after_listening(&mut self) {
        let Some(remark) = self.ear.remark(self.line.now) else { return };
        let limit_ms = match self.ear.peek() {
            Peek::Unknown | Peek::Asked(_) => self.config.brief_voice_ms,
            Peek::Wordless => self.config.wordless_ms,
            Peek::Listens => self.config.listening_ms,
            Peek::Speaks => 0,
        };
        let pauses = self.ear.claim() == Some(Claim::Pause) && !self.ear.is_voice() && self.ear.hearing().is_none();
        if pauses && remark.length < ms(limit_ms) && !self.may_answer(&remark) {
            self.go_on();
        }
    }

    /// Whether a yes can answer the question that stands: it was asked to its last clause.
    fn may_answer(&self, remark: &Remark) -> bool {
        self.mind.expecting() == Expecting::YesNo && remark.onset != Onset::Speech
    }

    fn words_came(&mut self, id: EffectId, hearing: Hearing) {
        if self.ear.peek() == Peek::Asked(id) {
            self.ear.set_peek(peeked(&hearing));
            return self.go_on_after_listening();
        }
        if !self.ear.words_came(id, hearing) {
            return;
        }
        self.judge_pause();
        // Words said over Ermu's speech decide who goes on, before it is certain that the turn is over.
        let (Some(hearing), Some(remark)) = (self.ear.hearing(), self.ear.remark(self.line.now)) else { return };
        let worth = self.worth(hearing, &remark);
        match (self.ear.claim(), worth) {
            (Some(Claim::Pause), Worth::Nothing) => self.go_on(),
            (Some(Claim::Unproven), Worth::Turn) => {
                self.mouth.pause(&mut self.line);
                self.ear.set_claim(Claim::Pause);
            }
            (Some(Claim::Pause | Claim::Unproven | Claim::Turn) | None, Worth::Turn | Worth::Nothing) => {}
        }
    }

    /// How long the pause has to be, by what is known of it now.
    fn judge_pause(&mut self) {
        let words = match self.ear.hearing() {
            Some(Hearing::Words(transcript, _)) => Some(transcript.text.as_str()),
            Some(Hearing::Nothing | Hearing::Failed) | None => None,
        };
        let end_ms = end_of_turn_ms(self.mind.expecting(), words, self.ear.finished(), &self.pack, &self.config);
        self.ear.end_after(end_ms, self.line.now, &mut self.timers);
    }

    /// Whether what was heard is meant for Ermu.
    fn worth(&self, hearing: &Hearing, remark: &Remark) -> Worth {
        let faint = self.loudness.faint(remark.level, &self.config);
        let spoken = self.mouth.words();
        let question = self.mind.expecting();
        let question =
            if remark.onset == Onset::Speech && question == Expecting::YesNo { Expecting::Anything } else { question };
        worth(hearing, remark, faint, question, &spoken, &self.pack, &self.config)
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
            | Event::SpeechStarted { .. }
            | Event::Tick
            | Event::HungUp => {}
        }
        self.mind.reply = crate::turn::Reply::default();
    }

    /// Fires each timer that is due, at most once.
    fn run_timers(&mut self) {
        let mut fired = Vec::new();
        while let Some(timer) = self.timers.take_due(self.line.now, &fired) {
            fired.push(timer);
            self.fire(timer);
        }
    }

    fn fire(&mut self, timer: Timer) {
        let context = Context { language: self.mind.language(), expecting: self.mind.expecting() };
        match timer {
            Timer::Speculate => self.ear.ask(context, &self.config, &mut self.line),
            Timer::EndOfTurn => {
                self.ear.ask(context, &self.config, &mut self.line);
                self.ear.silence_is_over();
            }
            Timer::MaxTurn => self.ear.force_end(context, &self.config, &mut self.timers, &mut self.line),
            Timer::BargeIn => self.interrupt(),
            Timer::Peek => self.ear.ask_peek(context, &self.config, &mut self.line),
            Timer::Hearing => {
                for id in self.ear.awaited() {
                    self.line.send(Effect::CancelTranscription { id });
                    self.words_came(id, Hearing::Failed);
                }
            }
            Timer::FusionWait => self.photo_news = true,
            Timer::Patience => {
                self.asked_to_wait = true;
                if self.mind.is_working() && !self.mouth.is_speaking() && !self.ear.is_busy() {
                    self.mind.say_one_moment();
                }
            }
            Timer::WorkLimit => self.inbox.push_back(Fact::WorkIsLate),
            Timer::Idle => {
                self.idle_prompts += 1;
                if self.line_silent == Some(Told::No) {
                    self.line_silent = Some(Told::Yes);
                    self.mind.cannot_hear();
                } else if self.idle_prompts > self.config.idle_prompts {
                    self.mind.leave_idle();
                } else {
                    self.mind.prompt_idle();
                }
            }
        }
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

    fn heard(&mut self, heard: Heard) {
        let Heard { utterance, span, remark, outcome } = heard;
        let interrupts = self.mouth.is_paused() || remark.onset != Onset::Silence;
        if self.worth(&outcome, &remark) == Worth::Nothing {
            self.mouth.resume(&mut self.line);
            if !interrupts
                && outcome == Hearing::Nothing
                && self.loudness.faint(remark.level, &self.config) == Faint::No
            {
                self.inbox.push_back(Fact::NoWords);
            }
            return;
        }
        self.mouth.stop(&mut self.line);
        self.inbox.push_back(match outcome {
            Hearing::Words(transcript, emotion) => {
                self.hearing_failures = 0;
                self.loudness.learn(remark.level);
                let text = transcript.text.clone();
                self.line.show(Notice::Caption { speaker: Speaker::Caller, text, span, emotion });
                let evidence = Evidence::Speech { utterance, span };
                let Transcript { text, confidence, sentence, .. } = transcript;
                Fact::Words(Utterance { text, sentence, span, evidence, confidence, emotion }, self.line.event)
            }
            Hearing::Nothing => Fact::NoWords,
            Hearing::Failed => Fact::HearingFailed,
        });
    }

    fn settle(&mut self, fact: Fact) {
        match fact {
            Fact::Words(utterance, event) => self.words(&utterance, event),
            Fact::NoWords => self.mind.heard_nothing(),
            Fact::HearingFailed => self.hearing_failed(),
            Fact::PhotoCame(photo) => self.mind.acknowledge_photo(photo),
            Fact::Wall(photo, seen) => self.mind.wall_seen(photo, &seen, &mut self.line),
            Fact::OrderFound(id, order) => self.mind.order_found(id, order, &mut self.line),
            Fact::OrderLookupFailed(id) => self.mind.order_lookup_failed(id),
            Fact::TicketStored(id, ticket) => self.mind.ticket_stored(id, ticket, &mut self.line),
            Fact::TicketFailed(id) => self.mind.ticket_failed(id),
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

    /// Says what the last step wants said.
    fn speak(&mut self) {
        let mut reply = std::mem::take(&mut self.mind.reply);
        if std::mem::take(&mut self.mind.repeat) && reply.is_empty() {
            reply = self.mouth.last();
        }
        self.mouth.say(reply, &mut self.line);
    }

    fn set_waiting_timers(&mut self) {
        let now = self.line.now;
        if self.ear.awaited().is_empty() {
            self.timers.disarm(Timer::Hearing);
        } else if !self.timers.is_armed(Timer::Hearing) {
            self.timers.arm(Timer::Hearing, after(now, self.config.hearing_limit_ms));
        }
        let working = self.mind.is_working();
        if working {
            if !self.asked_to_wait && !self.timers.is_armed(Timer::Patience) {
                self.timers.arm(Timer::Patience, after(now, self.config.patience_ms));
            }
            if !self.timers.is_armed(Timer::WorkLimit) {
                self.timers.arm(Timer::WorkLimit, after(now, self.config.work_limit_ms));
            }
        } else {
            self.asked_to_wait = false;
            self.timers.disarm(Timer::Patience);
            self.timers.disarm(Timer::WorkLimit);
        }
        let quiet = self.phase == Phase::Live && !working && !self.mouth.is_speaking() && !self.ear.is_busy();
        if !quiet {
            self.timers.disarm(Timer::Idle);
        } else if !self.timers.is_armed(Timer::Idle) {
            let idle_ms = if self.mind.awaits_photo() { self.config.idle_photo_ms } else { self.config.idle_ms };
            self.timers.arm(Timer::Idle, after(now, idle_ms));
        }
    }
}
