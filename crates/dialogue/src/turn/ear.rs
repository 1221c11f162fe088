//! The caller's side of turn-taking: from voice and pauses to whole utterances.

use std::{collections::VecDeque, time::Duration};

use ermu_domain::{EffectId, EmotionEstimate, Language, SessionTime, TimeSpan, Transcript, UtteranceId};

use super::{Timer, Timers};
use crate::{
    Effect, Expecting, TurnConfig, VoiceLevel,
    config::{after, ms},
    line::Line,
};

/// What the caller said in one turn.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Heard {
    pub(crate) utterance: UtteranceId,
    pub(crate) span: TimeSpan,
    pub(crate) remark: Remark,
    pub(crate) outcome: Hearing,
}

/// What became of the audio of a turn.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Hearing {
    Words(Transcript, Option<EmotionEstimate>),
    /// There were no words in it.
    Nothing,
    /// The transcriber broke.
    Failed,
}

/// How a turn began and how it sounds: what tells whether it is meant for Ermu.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Remark {
    pub(crate) onset: Onset,
    pub(crate) level: VoiceLevel,
    /// From the first onset to the last pause.
    pub(crate) length: Duration,
}

/// What Ermu was doing when the caller's voice began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Onset {
    /// Nothing.
    Silence,
    /// It said the last clause of a reply.
    LastClause,
    /// It had more to say.
    Speech,
}

/// Who has the floor while the caller's voice is heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Claim {
    /// The caller: Ermu is silent.
    Turn,
    /// Ermu speaks on: the voice is short or faint so far.
    Unproven,
    /// Ermu fell silent until the words come.
    Pause,
}

/// What the transcriber should know.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Context {
    pub(crate) language: Language,
    pub(crate) expecting: Expecting,
}

/// At most one turn is open; turns that were closed by force wait for their words behind it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ear {
    turn: Option<Turn>,
    closed: VecDeque<Closed>,
    last_utterance: u32,
    /// Audio before this belongs to earlier utterances.
    heard_until: SessionTime,
}

#[derive(Debug, Clone)]
struct Turn {
    utterance: UtteranceId,
    start: SessionTime,
    onset: Onset,
    level: VoiceLevel,
    claim: Claim,
    phase: Phase,
    /// The voice of a turn that was ended by force goes on.
    overlong: bool,
    words: Words,
    /// Probability that the pause ends the turn, by the sound of it.
    finished: Option<f32>,
    peek: Peek,
}

/// What is known of the words of a voice that still sounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Peek {
    Unknown,
    Asked(EffectId),
    /// There were none.
    Wordless,
    /// They only show that somebody listens.
    Listens,
    /// They say something.
    Speaks,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// The voice has sounded since this moment.
    Voice { since: SessionTime },
    /// The voice paused here.
    Pause { since: SessionTime, over: bool },
}

#[derive(Debug, Clone)]
enum Words {
    NotAsked,
    Asked(EffectId),
    Came(Hearing),
}

#[derive(Debug, Clone)]
struct Closed {
    id: EffectId,
    heard: Heard,
    came: bool,
}

impl Turn {
    fn span(&self, heard_until: SessionTime, config: &TurnConfig, now: SessionTime) -> TimeSpan {
        let end = match self.phase {
            Phase::Voice { .. } => now,
            Phase::Pause { since, .. } => after(since, config.suffix_padding_ms),
        };
        let start = (self.start - ms(config.prefix_padding_ms)).max(heard_until);
        TimeSpan { start, end: end.max(start) }
    }

    fn remark(&self, now: SessionTime) -> Remark {
        let end = match self.phase {
            Phase::Voice { .. } => now,
            Phase::Pause { since, .. } => since,
        };
        Remark { onset: self.onset, level: self.level, length: end.since(self.start) }
    }
}

impl Ear {
    /// Whether Ermu should hold back: a turn is open, and it is not one that went on for too long.
    pub(crate) fn has_the_floor(&self) -> bool {
        self.turn.as_ref().is_some_and(|turn| !turn.overlong)
    }

    /// Whether words are still awaited, of whatever turn.
    pub(crate) fn is_busy(&self) -> bool {
        self.turn.is_some() || !self.closed.is_empty()
    }

    pub(crate) fn voice_started(
        &mut self,
        at: SessionTime,
        level: VoiceLevel,
        onset: Onset,
        config: &TurnConfig,
        timers: &mut Timers,
        line: &mut Line,
    ) {
        match &mut self.turn {
            None => self.open(at, level, onset, config, timers),
            Some(turn) => match turn.phase {
                Phase::Voice { .. } => return,
                Phase::Pause { .. } => {
                    // The speaker only paused: what was asked for is half of what is being said.
                    if let Words::Asked(id) = turn.words {
                        line.send(Effect::CancelTranscription { id });
                    }
                    turn.words = Words::NotAsked;
                    turn.finished = None;
                    if turn.peek != Peek::Speaks {
                        turn.peek = Peek::Unknown;
                    }
                    turn.phase = Phase::Voice { since: at.max(turn.start) };
                    turn.level = level.louder(turn.level);
                    timers.disarm(Timer::Speculate);
                    timers.disarm(Timer::EndOfTurn);
                    if onset != Onset::Silence && turn.claim == Claim::Turn {
                        turn.claim = Claim::Unproven;
                    }
                }
            },
        }
        if self.claim() == Some(Claim::Unproven) {
            timers.arm(Timer::BargeIn, after(at, config.barge_in_ms));
            timers.arm(Timer::Peek, after(at, config.peek_ms));
        }
    }

    fn open(&mut self, at: SessionTime, level: VoiceLevel, onset: Onset, config: &TurnConfig, timers: &mut Timers) {
        self.last_utterance = self.last_utterance.saturating_add(1);
        timers.arm(Timer::MaxTurn, after(at, config.max_turn_ms));
        self.turn = Some(Turn {
            utterance: UtteranceId(self.last_utterance),
            start: at,
            onset,
            level,
            claim: if onset == Onset::Silence { Claim::Turn } else { Claim::Unproven },
            phase: Phase::Voice { since: at },
            overlong: false,
            words: Words::NotAsked,
            finished: None,
            peek: Peek::Unknown,
        });
    }

    /// Takes how loud the voice is by now.
    pub(crate) fn voice_rose(&mut self, level: VoiceLevel) {
        if let Some(turn) = &mut self.turn {
            turn.level = level.louder(turn.level);
        }
    }

    /// Who has the floor in the open turn.
    pub(crate) fn claim(&self) -> Option<Claim> {
        self.turn.as_ref().map(|turn| turn.claim)
    }

    /// Gives the floor.
    pub(crate) fn set_claim(&mut self, claim: Claim) {
        if let Some(turn) = &mut self.turn {
            turn.claim = claim;
        }
    }

    /// Whether the voice sounds now.
    pub(crate) fn is_voice(&self) -> bool {
        self.turn.as_ref().is_some_and(|turn| matches!(turn.phase, Phase::Voice { .. }))
    }

    /// How the open turn began and sounds so far.
    pub(crate) fn remark(&self, now: SessionTime) -> Option<Remark> {
        self.turn.as_ref().map(|turn| turn.remark(now))
    }

    pub(crate) fn voice_stopped(
        &mut self,
        at: SessionTime,
        expecting: Expecting,
        config: &TurnConfig,
        timers: &mut Timers,
        end_ms: u32,
    ) {
        let Some(turn) = &mut self.turn else { return };
        let Phase::Voice { since: voice_since } = turn.phase else { return };
        timers.disarm(Timer::BargeIn);
        timers.disarm(Timer::Peek);
        let since = at.max(turn.start);
        let is_click = voice_since == turn.start && since.since(turn.start) < ms(config.barge_in_ms);
        let may_answer = turn.onset == Onset::LastClause && expecting == Expecting::YesNo;
        if turn.claim == Claim::Unproven && is_click && !may_answer {
            // Too short for a word that matters.
            self.turn = None;
            timers.disarm(Timer::MaxTurn);
            return;
        }
        turn.phase = Phase::Pause { since, over: false };
        let speculate_ms =
            if turn.claim == Claim::Pause { config.speculate_paused_ms } else { config.speculate_ms.min(end_ms) };
        timers.arm(Timer::Speculate, after(since, speculate_ms));
        timers.arm(Timer::EndOfTurn, after(since, end_ms));
    }

    /// Asks for the words of the turn so far, unless it was done.
    pub(crate) fn ask(&mut self, context: Context, config: &TurnConfig, line: &mut Line) {
        let heard_until = self.heard_until;
        let Some(turn) = &mut self.turn else { return };
        if let (Phase::Pause { .. }, Words::NotAsked) = (turn.phase, &turn.words) {
            let span = turn.span(heard_until, config, line.now);
            turn.words = Words::Asked(ask(turn.utterance, span, context, line));
        }
    }

    /// Asks for the words so far of a voice that silenced Ermu.
    pub(crate) fn ask_peek(&mut self, context: Context, config: &TurnConfig, line: &mut Line) {
        let heard_until = self.heard_until;
        let Some(turn) = &mut self.turn else { return };
        if let (Phase::Voice { .. }, Claim::Pause, Peek::Unknown) = (turn.phase, turn.claim, turn.peek) {
            let span = turn.span(heard_until, config, line.now);
            // A yes and its like are decoded the quickest way, which is all that is wanted here.
            let context = Context { expecting: Expecting::YesNo, ..context };
            turn.peek = Peek::Asked(ask(turn.utterance, span, context, line));
        }
    }

    /// What is known of the words of the voice.
    pub(crate) fn peek(&self) -> Peek {
        self.turn.as_ref().map_or(Peek::Unknown, |turn| turn.peek)
    }

    /// Takes the words so far.
    pub(crate) fn set_peek(&mut self, peek: Peek) {
        if let Some(turn) = &mut self.turn {
            turn.peek = peek;
        }
    }

    /// The caller has been silent for long enough.
    pub(crate) fn silence_is_over(&mut self) {
        if let Some(Turn { phase: Phase::Pause { over, .. }, .. }) = &mut self.turn {
            *over = true;
        }
    }

    /// The words of the pause, if they came although the turn may go on.
    pub(crate) fn hearing(&self) -> Option<&Hearing> {
        match &self.turn {
            Some(Turn { words: Words::Came(hearing), phase: Phase::Pause { .. }, .. }) => Some(hearing),
            Some(_) | None => None,
        }
    }

    /// Takes how probable it is that the pause ends the turn; says whether that was awaited.
    pub(crate) fn end_judged(&mut self, id: EffectId, finished: f32) -> bool {
        let Some(turn) = &mut self.turn else { return false };
        let awaited = matches!(turn.words, Words::Asked(asked) if asked == id);
        if awaited {
            turn.finished = Some(finished);
        }
        awaited
    }

    /// How probable it is that the pause ends the turn, by the sound of it.
    pub(crate) fn finished(&self) -> Option<f32> {
        self.turn.as_ref().and_then(|turn| turn.finished)
    }

    /// More is known of the pause: the turn is over after `end_ms` of it.
    pub(crate) fn end_after(&mut self, end_ms: u32, now: SessionTime, timers: &mut Timers) {
        if let Some(Turn { phase: Phase::Pause { since, over }, .. }) = &mut self.turn {
            let deadline = after(*since, end_ms);
            *over = deadline <= now;
            if *over {
                timers.disarm(Timer::EndOfTurn);
            } else {
                timers.arm(Timer::EndOfTurn, deadline);
            }
        }
    }

    /// The transcripts that are awaited.
    pub(crate) fn awaited(&self) -> Vec<EffectId> {
        let open = self.turn.as_ref().and_then(|turn| match turn.words {
            Words::Asked(id) => Some(id),
            Words::NotAsked | Words::Came(_) => None,
        });
        self.closed.iter().filter(|closed| !closed.came).map(|closed| closed.id).chain(open).collect()
    }

    /// Takes the answer to a `Transcribe`; says whether it was awaited.
    pub(crate) fn words_came(&mut self, id: EffectId, hearing: Hearing) -> bool {
        if let Some(turn) = &mut self.turn
            && matches!(turn.words, Words::Asked(asked) if asked == id)
        {
            turn.words = Words::Came(hearing);
            return true;
        }
        match self.closed.iter_mut().find(|closed| closed.id == id && !closed.came) {
            Some(closed) => {
                closed.heard.outcome = hearing;
                closed.came = true;
                true
            }
            None => false,
        }
    }

    /// Ends a turn that is longer than the transcriber can take; a voice that goes on opens the next.
    pub(crate) fn force_end(&mut self, context: Context, config: &TurnConfig, timers: &mut Timers, line: &mut Line) {
        let Some(turn) = self.turn.take() else { return };
        for timer in [Timer::Speculate, Timer::EndOfTurn, Timer::BargeIn, Timer::Peek] {
            timers.disarm(timer);
        }
        let (span, remark) = (turn.span(self.heard_until, config, line.now), turn.remark(line.now));
        let (id, outcome, came) = match turn.words {
            Words::NotAsked => (ask(turn.utterance, span, context, line), Hearing::Nothing, false),
            Words::Asked(id) => (id, Hearing::Nothing, false),
            Words::Came(hearing) => (EffectId(0), hearing, true),
        };
        self.heard_until = self.heard_until.max(span.end.min(line.now));
        self.closed.push_back(Closed { id, heard: Heard { utterance: turn.utterance, span, remark, outcome }, came });
        if matches!(turn.phase, Phase::Voice { .. }) {
            self.open(line.now, turn.level, Onset::Silence, config, timers);
            self.turn.iter_mut().for_each(|turn| turn.overlong = true);
        }
    }

    /// Takes the next utterance whose turn is over and whose words have come, oldest first.
    pub(crate) fn take_finished(
        &mut self,
        timers: &mut Timers,
        config: &TurnConfig,
        now: SessionTime,
    ) -> Option<Heard> {
        match self.closed.front() {
            Some(closed) if closed.came => return self.closed.pop_front().map(|closed| closed.heard),
            Some(_) => return None,
            None => {}
        }
        let finished =
            matches!(&self.turn, Some(Turn { phase: Phase::Pause { over: true, .. }, words: Words::Came(_), .. }));
        let turn = self.turn.take_if(|_| finished)?;
        for timer in [Timer::Speculate, Timer::EndOfTurn, Timer::MaxTurn, Timer::BargeIn, Timer::Peek] {
            timers.disarm(timer);
        }
        let (span, remark) = (turn.span(self.heard_until, config, now), turn.remark(now));
        let Words::Came(outcome) = turn.words else { return None };
        self.heard_until = span.end;
        Some(Heard { utterance: turn.utterance, span, remark, outcome })
    }
}

fn ask(utterance: UtteranceId, span: TimeSpan, context: Context, line: &mut Line) -> EffectId {
    let id = line.next_id();
    let Context { language, expecting } = context;
    line.send(Effect::Transcribe { id, utterance, span, language, expecting });
    id
}
