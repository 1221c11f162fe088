//! What a case came to.

use std::{fmt, time::Duration};

use ermu_domain::SessionTime;

use super::{
    cases::{Case, Kind, Place},
    observe::{Act, Seen},
};

/// Ermu has to be silent this long after the onset of an interruption.
const YIELD_LIMIT: Duration = Duration::from_secs(2);
/// A silence on both sides that nobody notices.
const UNNOTICED: Duration = Duration::from_millis(200);
/// An answer that comes later is late.
const LATE: Duration = Duration::from_millis(1_500);
/// Words for which the transcriber needs its time count until then.
const DECIDES: Duration = Duration::from_millis(2_500);

/// How long Ermu was silent because of a sound.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Gap {
    /// In all.
    pub(super) pause: Duration,
    /// While the caller was silent too.
    pub(super) dead_air: Duration,
}

impl Gap {
    /// Whether Ermu itself was silent for no longer than is noticed.
    pub(super) fn is_short(self) -> bool {
        self.pause <= UNNOTICED
    }
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "pause {} ms, of it {} ms dead air", self.pause.as_millis(), self.dead_air.as_millis())
    }
}

/// What became of a case.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Outcome {
    /// Fell silent after this time and took the words as a turn.
    Yielded(Duration),
    /// Went on speaking, or took nothing as a turn.
    NotYielded,
    /// Went on, and both sides were silent for at most an unnoticed time.
    Ignored(Gap),
    /// Went on by itself, but left an audible silence.
    Paused(Gap),
    /// Stopped, or answered.
    TakenAsTurn,
    /// Waited for the end and answered after this time.
    Answered(Duration),
    /// Answered into the caller's sentence.
    CutOff,
    /// Never answered.
    Unanswered,
    /// The case did not get there.
    NotReached,
}

impl Outcome {
    pub(super) fn is_good(self) -> bool {
        match self {
            Self::Yielded(_) | Self::Ignored(_) => true,
            Self::Answered(after) => after <= LATE,
            Self::NotYielded
            | Self::Paused(_)
            | Self::TakenAsTurn
            | Self::CutOff
            | Self::Unanswered
            | Self::NotReached => false,
        }
    }

    pub(super) fn is_late(self) -> bool {
        matches!(self, Self::Answered(after) if after > LATE)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Yielded(after) => write!(f, "silent after {} ms", after.as_millis()),
            Self::NotYielded => f.write_str("did not yield"),
            Self::Ignored(gap) => write!(f, "ignored, {gap}"),
            Self::Paused(gap) => write!(f, "went on, {gap}"),
            Self::TakenAsTurn => f.write_str("taken as a turn"),
            Self::Answered(after) => write!(f, "answered after {} ms", after.as_millis()),
            Self::CutOff => f.write_str("cut the caller off"),
            Self::Unanswered => f.write_str("no answer"),
            Self::NotReached => f.write_str("the case did not get there"),
        }
    }
}

/// Judges a case by what was seen.
pub(super) fn score(case: &Case<'_>, seen: &Seen) -> Outcome {
    match case.kind {
        Kind::Interruption => yielded(case, seen),
        Kind::Backchannel | Kind::Noise | Kind::NotForMe => ignored(case, seen),
        Kind::Thinking | Kind::Digits | Kind::Question => answered(case, seen),
        Kind::Echo => undisturbed(seen),
    }
}

fn yielded(case: &Case<'_>, seen: &Seen) -> Outcome {
    let Some(&(onset, end)) = seen.lines.get(case.judged) else { return Outcome::NotReached };
    let limit = end.max(onset + YIELD_LIMIT) + DECIDES;
    let stops = seen.first(onset, |act| *act == Act::Stops).filter(|at| *at <= limit);
    let hears = seen.first(onset, |act| matches!(act, Act::Hears(_))).filter(|at| *at <= limit);
    let (Some(stops), Some(_)) = (stops, hears) else { return Outcome::NotYielded };
    let silent = seen.last_sound(stops + Duration::from_millis(20)).map_or(Duration::ZERO, |at| at.since(onset));
    if silent <= YIELD_LIMIT { Outcome::Yielded(silent) } else { Outcome::NotYielded }
}

fn ignored(case: &Case<'_>, seen: &Seen) -> Outcome {
    let Some(&(onset, _)) = seen.lines.get(case.judged) else { return Outcome::NotReached };
    let is_turn = |act: &Act| matches!(act, Act::Stops | Act::Says(_) | Act::Hears(_));
    if seen.first(onset, is_turn).is_some() {
        return Outcome::TakenAsTurn;
    }
    if case.over_speech == Place::OverSpeech && seen.first(onset, |act| *act == Act::SaidAll).is_none() {
        return Outcome::TakenAsTurn;
    }
    gap_since(seen, onset)
}

fn gap_since(seen: &Seen, from: SessionTime) -> Outcome {
    let (pause, dead_air) = seen.longest_pause(from);
    let gap = Gap { pause, dead_air };
    if dead_air <= UNNOTICED { Outcome::Ignored(gap) } else { Outcome::Paused(gap) }
}

fn answered(case: &Case<'_>, seen: &Seen) -> Outcome {
    let (Some(&(onset, _)), Some(&(_, end))) = (seen.lines.get(case.judged), seen.lines.get(case.lines.len() - 1))
    else {
        // A reply that was said too early may have kept the next part from being due.
        return if seen.lines.len() > case.judged { Outcome::CutOff } else { Outcome::NotReached };
    };
    let says = |act: &Act| matches!(act, Act::Says(_));
    if seen.first(onset, says).is_some_and(|at| at < end) {
        return Outcome::CutOff;
    }
    match seen.first(end, says).and_then(|at| seen.first_sound(at)) {
        Some(sound) => Outcome::Answered(sound.since(end)),
        None => Outcome::Unanswered,
    }
}

/// Nothing but the caller's own turns: no pause, and no turn that nobody spoke.
fn undisturbed(seen: &Seen) -> Outcome {
    let turns = seen.acts.iter().filter(|(_, act)| matches!(act, Act::Hears(_))).count();
    if turns > seen.lines.len() || seen.acts.iter().any(|(_, act)| *act == Act::Stops) {
        return Outcome::TakenAsTurn;
    }
    gap_since(seen, SessionTime::ZERO)
}
