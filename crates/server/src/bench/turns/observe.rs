//! What was heard and done in a case, by the clock of the sound.

use std::time::Duration;

use ermu_domain::SessionTime;

/// Something that Ermu did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Act {
    Says(String),
    Pauses,
    Resumes,
    Stops,
    /// Took this as a turn of the caller.
    Hears(String),
    /// Its last say ended by itself.
    SaidAll,
}

/// One case, played.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) acts: Vec<(SessionTime, Act)>,
    /// Whether each 10 ms of Ermu's sound was audible.
    pub(super) audible: Vec<bool>,
    /// When the audible part of each line began and ended.
    pub(super) lines: Vec<(SessionTime, SessionTime)>,
}

impl Seen {
    pub(super) fn act(&mut self, at: SessionTime, act: Act) {
        self.acts.push((at, act));
    }

    /// The first moment from `from` at which Ermu was audible.
    pub(super) fn first_sound(&self, from: SessionTime) -> Option<SessionTime> {
        let skipped = stretch(from);
        let at = self.audible.iter().skip(skipped).position(|&audible| audible)?;
        Some(SessionTime::from_millis(10 * (skipped + at) as u64))
    }

    /// The end of the last audible moment before `until`.
    pub(super) fn last_sound(&self, until: SessionTime) -> Option<SessionTime> {
        let at = self.audible.iter().take(stretch(until)).rposition(|&audible| audible)?;
        Some(SessionTime::from_millis(10 * (at + 1) as u64))
    }

    /// The first act from `from` that is so.
    pub(super) fn first(&self, from: SessionTime, is: impl Fn(&Act) -> bool) -> Option<SessionTime> {
        self.acts.iter().find(|(at, act)| *at >= from && is(act)).map(|(at, _)| *at)
    }

    /// The longest pause that began at `from` or later, and the longest part of one in which the caller was silent too.
    pub(super) fn longest_pause(&self, from: SessionTime) -> (Duration, Duration) {
        let mut began = None;
        let mut longest = (Duration::ZERO, Duration::ZERO);
        for (at, act) in self.acts.iter().filter(|(at, _)| *at >= from) {
            match act {
                Act::Pauses => began = Some(*at),
                Act::Resumes | Act::Stops => {
                    let Some(began) = began.take() else { continue };
                    // A caller who still sounds has sounded until now.
                    let voices = self.lines.iter().filter(|(start, _)| *start <= *at).map(|(_, end)| (*end).min(*at));
                    let dead_since = voices.max().map_or(began, |end| end.max(began));
                    longest = (longest.0.max(at.since(began)), longest.1.max(at.since(dead_since)));
                }
                Act::Says(_) | Act::Hears(_) | Act::SaidAll => {}
            }
        }
        longest
    }

    /// The case as lines of a time line.
    pub(super) fn lines(&self) -> Vec<String> {
        let acts = self.acts.iter().map(|(at, act)| (*at, format!("{act:?}")));
        let lines = self.lines.iter().map(|(start, end)| (*start, format!("caller until {end}")));
        let mut all: Vec<_> = acts.chain(lines).collect();
        all.sort();
        all.into_iter().map(|(at, what)| format!("{at:>9} {what}")).collect()
    }
}

fn stretch(at: SessionTime) -> usize {
    (at.as_micros() / 10_000) as usize
}
