//! `ermu call`: a scripted caller, and the record of what came of it.

mod caller;
mod narrate;
mod page;
mod record;
mod recording;
mod script;
mod stages;

pub use self::{
    caller::{CallOutcome, Happening, Turn, dial, place_call},
    narrate::narrate,
    record::Record,
    recording::Recording,
    script::{Script, Step},
    stages::Stages,
};
