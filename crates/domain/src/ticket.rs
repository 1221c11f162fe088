//! Tickets: what is left of a call.

use serde::{Deserialize, Serialize};

use crate::{
    EmotionEstimate, ImageFinding, Language, Localized, OrderNumber, PhotoId, RuleId, SessionId, Statement, TimeSpan,
};

/// What a ticket is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TicketKind {
    /// A damaged article.
    Damage,
    /// A person has to go on with the call.
    HandOff,
}

/// What the shop does about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Remedy {
    /// A new article is sent; the old one is collected.
    Replace,
    /// The money goes back.
    Refund,
    /// It is repaired.
    Repair,
    /// A part of the price goes back, the article stays.
    PartialRefund,
    /// Nothing; the clause says why.
    Refuse,
    /// A person decides.
    Review,
}

/// A decision and the rule that made it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// What is done.
    pub remedy: Remedy,
    /// By which rule.
    pub rule: RuleId,
    /// The rule's wording.
    pub clause: Localized,
}

/// Why a person takes over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HandOffReason {
    /// The caller asked for one.
    Asked,
    /// The caller is angry again and again.
    Angry,
    /// The core did not understand, repeatedly.
    NotUnderstood,
    /// The photos could not be judged.
    PhotosUnusable,
    /// A rule says that a person decides.
    Rule,
    /// Something of ours does not work.
    Failure,
}

/// How much of a promise reached the caller's ear.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PromiseHeard {
    /// All of it.
    Whole,
    /// The call or a barge-in cut it.
    Partly,
    /// None of it yet.
    NotYet,
}

/// Something that was promised aloud.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promise {
    /// The words.
    pub text: String,
    /// Whether they were heard.
    pub heard: PromiseHeard,
}

/// The record of one case. The store gives it its number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ticket {
    /// The call that it came from.
    pub session: SessionId,
    /// What it is about.
    pub kind: TicketKind,
    /// The caller's language.
    pub language: Language,
    /// The order, if known.
    pub order: Option<OrderNumber>,
    /// One line for a person who takes over.
    pub summary: Localized,
    /// What is known, each sentence with what proves it.
    pub statements: Vec<Statement>,
    /// Damage that was seen.
    pub findings: Vec<(PhotoId, ImageFinding)>,
    /// How the caller sounded over the call.
    pub emotions: Vec<(TimeSpan, EmotionEstimate)>,
    /// What the rules decided.
    pub decision: Option<Decision>,
    /// Why a person is needed, if one is.
    pub hand_off: Option<HandOffReason>,
    /// What was promised.
    pub promises: Vec<Promise>,
}
