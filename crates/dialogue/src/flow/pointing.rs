//! The caller points at one of several findings: `左上角那条`.

use super::{Asked, Cause, Mind};
use crate::{
    line::Line,
    memory::Said,
    understand::{normalise, place},
};

impl Mind {
    /// Takes a place as the answer to "is this what you mean?"; says whether something was found there.
    pub(super) fn point_at_damage(&mut self, said: &Said, line: &mut Line) -> bool {
        if self.asked != Asked::ThisDamage {
            return false;
        }
        let pointed = place(&normalise(&said.text)).is_some_and(|place| self.memory.point_at(place));
        if pointed {
            self.asked = Asked::Nothing;
            self.settle_damage();
            self.advance(Cause::Caller, line);
        }
        pointed
    }
}
