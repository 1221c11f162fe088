//! What the parts of the core share: the moment, the effects so far, the numbers that were given out.

use std::collections::VecDeque;

use ermu_domain::{EffectId, SessionTime};

use crate::{Effect, Notice};

/// The way out of the core.
#[derive(Debug, Clone, Default)]
pub(crate) struct Line {
    /// The moment of the event that is being handled.
    pub(crate) now: SessionTime,
    /// How many events there were.
    pub(crate) event: u64,
    effects: VecDeque<Effect>,
    last_id: u32,
}

impl Line {
    /// A number that no other effect of this call has.
    pub(crate) fn next_id(&mut self) -> EffectId {
        self.last_id = self.last_id.saturating_add(1);
        EffectId(self.last_id)
    }

    pub(crate) fn send(&mut self, effect: Effect) {
        self.effects.push_back(effect);
    }

    pub(crate) fn show(&mut self, notice: Notice) {
        self.send(Effect::Show { notice });
    }

    pub(crate) fn poll(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }
}
