//! Every timer of the core, by name.

use ermu_domain::SessionTime;

/// What the core can wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Timer {
    /// Ask for the transcript of what was said, although the turn may go on.
    Speculate,
    /// The caller has been silent for long enough: the turn is over.
    EndOfTurn,
    /// The turn is longer than the transcriber can take.
    MaxTurn,
    /// The voice over Ermu's speech has lasted: it means to interrupt.
    BargeIn,
    /// A voice that silenced Ermu goes on: ask for its words so far.
    Peek,
    /// The transcriber does not answer.
    Hearing,
    /// No words came with the photo: speak about it.
    FusionWait,
    /// The language model does not say what an utterance means.
    Proposal,
    /// The language model does not put the answer into other words.
    Rephrase,
    /// Something takes long: say so.
    Patience,
    /// Something takes too long: give it up.
    WorkLimit,
    /// Nobody says anything.
    Idle,
}

impl Timer {
    pub(crate) const ALL: [Self; 12] = [
        Self::Speculate,
        Self::EndOfTurn,
        Self::MaxTurn,
        Self::BargeIn,
        Self::Peek,
        Self::Hearing,
        Self::FusionWait,
        Self::Proposal,
        Self::Rephrase,
        Self::Patience,
        Self::WorkLimit,
        Self::Idle,
    ];
}

/// At most one deadline for each timer.
#[derive(Debug, Clone, Default)]
pub(crate) struct Timers {
    deadlines: [Option<SessionTime>; Timer::ALL.len()],
}

impl Timers {
    /// Sets a timer, replacing its deadline of before.
    pub(crate) fn arm(&mut self, timer: Timer, deadline: SessionTime) {
        self.deadlines[timer as usize] = Some(deadline);
    }

    pub(crate) fn disarm(&mut self, timer: Timer) {
        self.deadlines[timer as usize] = None;
    }

    pub(crate) fn disarm_all(&mut self) {
        *self = Self::default();
    }

    pub(crate) fn is_armed(&self, timer: Timer) -> bool {
        self.deadlines[timer as usize].is_some()
    }

    /// The earliest deadline.
    pub(crate) fn next(&self) -> Option<SessionTime> {
        self.deadlines.iter().flatten().min().copied()
    }

    /// Takes the timer that is due the longest, if it is not among those that `fired` already.
    pub(crate) fn take_due(&mut self, now: SessionTime, fired: &[Timer]) -> Option<Timer> {
        let (_, timer) = Timer::ALL
            .into_iter()
            .filter(|timer| !fired.contains(timer))
            .filter_map(|timer| Some((self.deadlines[timer as usize]?, timer)))
            .filter(|(deadline, _)| *deadline <= now)
            .min_by_key(|(deadline, timer)| (*deadline, *timer as usize))?;
        self.disarm(timer);
        Some(timer)
    }

    /// Moves what is still due behind `now`, so that no deadline lies in the past.
    pub(crate) fn push_behind(&mut self, now: SessionTime) {
        let soon = now + std::time::Duration::from_millis(1);
        for deadline in self.deadlines.iter_mut().flatten() {
            if *deadline <= now {
                *deadline = soon;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(ms: u64) -> SessionTime {
        SessionTime::from_millis(ms)
    }

    #[test]
    fn due_timers_fire_oldest_first_and_once() {
        let mut timers = Timers::default();
        timers.arm(Timer::Idle, at(30));
        timers.arm(Timer::EndOfTurn, at(20));
        timers.arm(Timer::MaxTurn, at(99));
        assert_eq!(timers.next(), Some(at(20)));
        assert_eq!(timers.take_due(at(50), &[]), Some(Timer::EndOfTurn));
        assert_eq!(timers.take_due(at(50), &[Timer::Idle]), None, "it fired already");
        assert_eq!(timers.take_due(at(50), &[]), Some(Timer::Idle));
        assert_eq!(timers.take_due(at(50), &[]), None, "the last is not due yet");
    }

    #[test]
    fn no_deadline_stays_in_the_past() {
        let mut timers = Timers::default();
        timers.arm(Timer::Idle, at(30));
        timers.push_behind(at(40));
        assert_eq!(timers.next(), Some(at(41)));
    }
}
