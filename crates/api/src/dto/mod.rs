//! What travels over HTTP and the data channel, in JSON. Names are snake_case; ids are strings as people read them
//! (`T000123`, `p1`, 32 hexadecimal digits); times within a call are whole milliseconds; places on a photo are shares
//! (0 to 1) of its width and height. Fields may be added; what is there keeps its meaning.

mod code;
mod event;
mod finding;
mod notice;
mod ticket;

use serde::{Deserialize, Serialize};

pub use event::{Event, Events};
pub use finding::{Finding, Region};
pub use notice::{CustomerTicket, Emotion, Notice, notice_json};
pub use ticket::{Action, Decision, Evidence, Mood, Promise, Statement, Ticket, TicketFinding, Tickets, Words};

pub(crate) use finding::photo_id;

/// `?lang=` of a new call.
#[derive(Debug, Deserialize)]
pub(crate) struct CallQuery {
    pub(crate) lang: Option<String>,
}

/// Asks for a pass.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CallerToAdmit {
    pub(crate) phone: String,
}

/// A pass for one call.
#[derive(Debug, Serialize)]
pub(crate) struct CallerAdmitted {
    pub(crate) pass: String,
    pub(crate) expires_in_s: u64,
}

/// `?after=&limit=&session=` of the list of tickets.
#[derive(Debug, Deserialize)]
pub(crate) struct TicketsQuery {
    pub(crate) after: Option<String>,
    pub(crate) limit: Option<String>,
    pub(crate) session: Option<String>,
}

/// What is to become of a ticket's actions that were given up.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ActionsPatch {
    pub(crate) state: RetryState,
}

/// The only thing that can become of them.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RetryState {
    /// They are tried again.
    Waiting,
}

/// Answers an upload.
#[derive(Debug, Serialize)]
pub(crate) struct PhotoAccepted {
    pub(crate) photo: String,
}

/// Answers `/healthz`.
#[derive(Debug, Serialize)]
pub(crate) struct Health {
    pub(crate) status: &'static str,
}

/// Answers a request that failed.
#[derive(Debug, Serialize)]
pub(crate) struct ErrorBody {
    pub(crate) error: ErrorDetail,
}

/// What went wrong.
#[derive(Debug, Serialize)]
pub(crate) struct ErrorDetail {
    /// For programs: stable.
    pub(crate) code: &'static str,
    /// For people: names the field or the limit.
    pub(crate) message: String,
}
