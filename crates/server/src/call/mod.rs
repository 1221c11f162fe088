//! `ermu call`: a scripted caller, and the record of what came of it.

mod caller;
mod narrate;
mod page;
mod record;
mod recording;
mod script;
mod stages;

pub(crate) use self::page::escape;
pub use self::{
    caller::{CallOutcome, Happening, Role, Turn, dial, place_call},
    narrate::narrate,
    record::Record,
    recording::{Cause, Recording, Silence},
    script::{Script, Step},
    stages::Stages,
};
