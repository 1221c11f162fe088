//! The vocabulary that all of Ermu shares: who, when, what was heard, what was seen, what was decided.
//!
//! Plain values without behaviour that needs a clock, a file, a model or the network. The serde forms here are the
//! stored form (event log, tickets); what travels over HTTP is defined in `ermu-api`.

mod emotion;
mod evidence;
mod finding;
mod id;
mod language;
mod mounting;
mod order;
mod pii;
mod reading;
mod sentence;
mod ticket;
mod time;
mod transcript;

pub use emotion::{Emotion, EmotionEstimate};
pub use evidence::{Evidence, Statement};
pub use finding::{Basis, DefectKind, ImageFinding, NineGrid, PhotoReport, QualityFault, Region};
pub use id::{EffectId, PhotoId, RuleId, SessionId, TicketId, UtteranceId};
pub use language::{Language, Localized};
pub use mounting::{
    Hole, HolePoint, Mark, MarkSeen, MeasuredBy, MountingTemplate, Outline, PhotoPoint, WallPoint, WallQuestion,
    WallRefusal, WallReport,
};
pub use order::{Money, Order, OrderNumber, Parcel, ProductId, Registered, Trouble, TroubleKind};
pub use pii::Pii;
pub use reading::{FieldKind, ReadField};
pub use sentence::Sentence;
pub use ticket::{
    Action, ActionKind, Decision, HandOffReason, Promise, PromiseHeard, Remedy, Slot, SlotName, Ticket, TicketKind,
};
pub use time::{SampleRate, SessionTime, TimeSpan};
pub use transcript::Transcript;
