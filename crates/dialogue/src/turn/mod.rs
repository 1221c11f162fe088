//! Turn-taking: who speaks, when a turn is over, what interrupts.

mod ear;
mod judge;
mod listening;
mod loudness;
mod mouth;
mod timers;

pub(crate) use ear::{Claim, Context, Ear, Heard, Hearing, Onset, Peek, Remark};
pub(crate) use judge::{Faint, Worth, end_of_turn_ms, peeked, worth};
pub(crate) use loudness::Loudness;
pub(crate) use mouth::{Mark, Mouth, Plain, Reply};
pub(crate) use timers::{Timer, Timers};
