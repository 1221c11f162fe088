//! The dialogue core: turn-taking, understanding, flows, policy and wording, without any input or output.
//!
//! [`Core`] is a pure function of its events: `handle(event, now)`, `poll_effect()`, `next_deadline()`. It has no clock, no
//! chance, no file, no socket and no thread (clippy.toml bans them), so a call can be replayed from its events bit by
//! bit. Slow work is an [`Effect`] with an id that an [`Event`] answers; a failure is an event too.
//!
//! | module | story |
//! |---|---|
//! | `turn` | who speaks, when a turn is over, what interrupts |
//! | `understand` | what the words mean |
//! | `flow` | what to do about it |
//! | `policy` | what the shop's rules allow |
//! | `wording` | how to say it |
//! | `language_model` | what a language model may propose, and its fences |
//! | `ticket` | what is written down, and what proves it |
//! | `memory` | what is known so far |
//! | `pack` | what the shop owner edits |

mod config;
mod core;
mod effect;
mod event;
mod flow;
mod language_model;
mod line;
mod memory;
mod pack;
mod policy;
mod ticket;
mod turn;
mod understand;
mod wording;

pub use self::core::{Core, Opening, VoiceAnalysis};
pub use config::TurnConfig;
pub use effect::{Clause, Effect, Expecting, LookFor, Notice, Speaker};
pub use event::{Event, PhotoFailure, VoiceLevel};
pub use language_model::ModelRequest;
pub use pack::{DigitRange, Intent, PackError, Product, Shop, ShopPack};
pub use understand::{
    Doubt, KnownOrder, ProductIndex, Slots, Understood, Verdict, gist, is_plain_yes, known_order, spoken_number,
};
