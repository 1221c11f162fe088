//! `ermu call`: a scripted caller, and the record of what came of it.

mod caller;
mod dial;
mod narrate;
mod page;
mod record;
mod recording;
mod script;
mod stages;

pub use self::{
    caller::{CallOutcome, Happening, Role, Turn, place_call},
    dial::dial,
    narrate::narrate,
    record::Record,
    recording::{Cause, Recording, Silence},
    script::{Script, Step},
    stages::Stages,
};
pub(crate) use self::{
    caller::{Caller, Line},
    dial::Dialling,
    page::escape,
};
