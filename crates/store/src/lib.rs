//! What outlives a call: its event log, its tickets with their photos, and the shop's orders, in one SQLite file.
//!
//! Whatever a function here reports as saved is on disk when it returns, so that a promise may be spoken after it and
//! survives a crash of the process or of the machine.

mod error;
mod import;
mod orders;
mod outbox;
mod photos;
mod sessions;
mod store;
mod tickets;

pub use error::{OpenError, StoreError};
pub use import::{ImportError, Imported};
pub use outbox::{Attempt, EffectState, OpenEffects, OutboxEntry, Progress};
pub use photos::PhotoView;
pub use sessions::LoggedEvent;
pub use store::Store;
pub use tickets::{StoredTicket, TICKETS_PER_PAGE, TicketQuery};
