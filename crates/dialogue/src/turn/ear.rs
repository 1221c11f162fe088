//! The caller's side of turn-taking: from voice and pauses to whole utterances.

use std::collections::VecDeque;

use ermu_domain::{EffectId, EmotionEstimate, Language, SessionTime, TimeSpan, Transcript, UtteranceId};

use super::{Timer, Timers};
use crate::{
    Effect, Expecting, TurnConfig,
    config::{after, ms},
    line::Line,
};

/// What the caller said in one turn.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Heard {
    pub(crate) utterance: UtteranceId,
    pub(crate) span: TimeSpan,
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

/// Whether the caller's voice over Ermu's speech counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Voice {
    /// Ermu speaks: only sustained voice counts.
    OverSpeech,
    /// Ermu is silent.
    Alone,
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
    phase: Phase,
    /// True until a voice over Ermu's speech has lasted.
    unconfirmed: bool,
    /// The voice of a turn that was ended by force goes on.
    overlong: bool,
    words: Words,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Voice,
    /// The voice paused here.
    Pause {
        since: SessionTime,
        over: bool,
    },
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
        voice: Voice,
        config: &TurnConfig,
        timers: &mut Timers,
        line: &mut Line,
    ) {
        match &mut self.turn {
            None => {
                let turn = self.open(at, config, timers);
                turn.unconfirmed = voice == Voice::OverSpeech;
            }
            Some(turn) => match turn.phase {
                Phase::Voice => return,
                Phase::Pause { .. } => {
                    // The speaker only paused: what was asked for is half of what is being said.
                    if let Words::Asked(id) = turn.words {
                        line.send(Effect::CancelTranscription { id });
                    }
                    turn.words = Words::NotAsked;
                    turn.phase = Phase::Voice;
                    timers.disarm(Timer::Speculate);
                    timers.disarm(Timer::EndOfTurn);
                }
            },
        }
        if voice == Voice::OverSpeech {
            timers.arm(Timer::BargeIn, after(at, config.barge_in_ms));
        }
    }

    fn open(&mut self, at: SessionTime, config: &TurnConfig, timers: &mut Timers) -> &mut Turn {
        self.last_utterance = self.last_utterance.saturating_add(1);
        timers.arm(Timer::MaxTurn, after(at, config.max_turn_ms));
        self.turn.insert(Turn {
            utterance: UtteranceId(self.last_utterance),
            start: at,
            phase: Phase::Voice,
            unconfirmed: false,
            overlong: false,
            words: Words::NotAsked,
        })
    }

    /// The voice over Ermu's speech has lasted, or Ermu has fallen silent meanwhile.
    pub(crate) fn confirm(&mut self) {
        if let Some(turn) = &mut self.turn {
            turn.unconfirmed = false;
        }
    }

    pub(crate) fn voice_stopped(&mut self, at: SessionTime, config: &TurnConfig, timers: &mut Timers, end_ms: u32) {
        let Some(turn) = &mut self.turn else { return };
        if turn.phase != Phase::Voice {
            return;
        }
        timers.disarm(Timer::BargeIn);
        if turn.unconfirmed {
            // A cough: too short to interrupt, and no utterance.
            self.turn = None;
            timers.disarm(Timer::MaxTurn);
            return;
        }
        let since = at.max(turn.start);
        turn.phase = Phase::Pause { since, over: false };
        timers.arm(Timer::Speculate, after(since, config.speculate_ms.min(end_ms)));
        timers.arm(Timer::EndOfTurn, after(since, end_ms));
    }

    /// Asks for the words of the turn so far, unless it was done.
    pub(crate) fn ask(&mut self, context: Context, config: &TurnConfig, line: &mut Line) {
        let heard_until = self.heard_until;
        let Some(turn) = &mut self.turn else { return };
        if let (Phase::Pause { since, .. }, Words::NotAsked) = (turn.phase, &turn.words) {
            let span = TimeSpan {
                start: (turn.start - ms(config.prefix_padding_ms)).max(heard_until),
                end: after(since, config.suffix_padding_ms),
            };
            turn.words = Words::Asked(ask(turn.utterance, span, context, line));
        }
    }

    /// The caller has been silent for long enough.
    pub(crate) fn silence_is_over(&mut self) {
        if let Some(Turn { phase: Phase::Pause { over, .. }, .. }) = &mut self.turn {
            *over = true;
        }
    }

    /// The words so far, if they came although the turn may go on; with the moment at which the pause began.
    pub(crate) fn words_so_far(&self) -> Option<(&str, SessionTime)> {
        match &self.turn {
            Some(Turn {
                words: Words::Came(Hearing::Words(transcript, _)), phase: Phase::Pause { since, .. }, ..
            }) => Some((&transcript.text, *since)),
            _ => None,
        }
    }

    /// The pause turned out to be one inside a number: the turn is not over before `deadline`.
    pub(crate) fn wait_longer(&mut self, deadline: SessionTime, timers: &mut Timers) {
        if let Some(Turn { phase: Phase::Pause { over, .. }, .. }) = &mut self.turn {
            *over = false;
            timers.arm(Timer::EndOfTurn, deadline);
        }
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
        for timer in [Timer::Speculate, Timer::EndOfTurn, Timer::BargeIn] {
            timers.disarm(timer);
        }
        let end = match turn.phase {
            Phase::Voice => line.now,
            Phase::Pause { since, .. } => after(since, config.suffix_padding_ms),
        };
        let span = TimeSpan {
            start: (turn.start - ms(config.prefix_padding_ms)).max(self.heard_until),
            end: end.max(turn.start),
        };
        let (id, outcome, came) = match turn.words {
            Words::NotAsked => (ask(turn.utterance, span, context, line), Hearing::Nothing, false),
            Words::Asked(id) => (id, Hearing::Nothing, false),
            Words::Came(hearing) => (EffectId(0), hearing, true),
        };
        self.heard_until = self.heard_until.max(span.end.min(line.now));
        self.closed.push_back(Closed { id, heard: Heard { utterance: turn.utterance, span, outcome }, came });
        if turn.phase == Phase::Voice {
            self.open(line.now, config, timers).overlong = true;
        }
    }

    /// Takes the next utterance whose turn is over and whose words have come, oldest first.
    pub(crate) fn take_finished(&mut self, timers: &mut Timers, config: &TurnConfig) -> Option<Heard> {
        match self.closed.front() {
            Some(closed) if closed.came => return self.closed.pop_front().map(|closed| closed.heard),
            Some(_) => return None,
            None => {}
        }
        let finished =
            matches!(&self.turn, Some(Turn { phase: Phase::Pause { over: true, .. }, words: Words::Came(_), .. }));
        let turn = self.turn.take_if(|_| finished)?;
        for timer in [Timer::Speculate, Timer::EndOfTurn, Timer::MaxTurn, Timer::BargeIn] {
            timers.disarm(timer);
        }
        let (Phase::Pause { since, .. }, Words::Came(outcome)) = (turn.phase, turn.words) else { return None };
        let span = TimeSpan {
            start: (turn.start - ms(config.prefix_padding_ms)).max(self.heard_until),
            end: after(since, config.suffix_padding_ms),
        };
        self.heard_until = span.end;
        Some(Heard { utterance: turn.utterance, span, outcome })
    }
}

fn ask(utterance: UtteranceId, span: TimeSpan, context: Context, line: &mut Line) -> EffectId {
    let id = line.next_id();
    let Context { language, expecting } = context;
    line.send(Effect::Transcribe { id, utterance, span, language, expecting });
    id
}
