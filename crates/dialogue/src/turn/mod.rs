//! Turn-taking: who speaks, when a turn is over, what interrupts.

mod ear;
mod mouth;
mod timers;

pub(crate) use ear::{Context, Ear, Heard, Hearing, Voice};
pub(crate) use mouth::{Mark, Mouth, Reply};
pub(crate) use timers::{Timer, Timers};
