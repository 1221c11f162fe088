//! Tickets: what is left of a call.

use serde::{Deserialize, Serialize};

use crate::{
    EmotionEstimate, Evidence, ImageFinding, Language, Localized, OrderNumber, PhotoId, Pii, ProductId, RuleId,
    SessionId, Statement, TimeSpan,
};

/// What a ticket is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TicketKind {
    /// A damaged article.
    Damage,
    /// Give it back.
    Return,
    /// Another one instead.
    Exchange,
    /// The money back.
    Refund,
    /// Repair it.
    Repair,
    /// A coupon that does not work.
    Coupon,
    /// Another address or day of delivery.
    Address,
    /// Have it installed.
    Install,
    /// An invoice.
    Invoice,
    /// Complain about the quality.
    Complaint,
    /// Do not send it after all.
    Cancel,
    /// Make the carrier hurry.
    Urge,
    /// Something is missing, or never came.
    Missing,
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
    /// The article is collected and the money goes back.
    Return,
    /// A new coupon.
    Coupon,
    /// The order is cancelled and the money goes back.
    Cancel,
    /// The parcel goes elsewhere, or comes on another day.
    Reroute,
    /// Somebody comes to install it.
    Appointment,
    /// An invoice is issued.
    Invoice,
    /// The carrier is pressed.
    Urge,
    /// The item is taken off sale and looked into; the article is collected.
    Investigate,
    /// Nothing; the clause says why.
    Refuse,
    /// A person decides.
    Review,
}

/// Something that has to happen in the world because of a ticket. Each happens once for an order, however often it is
/// asked for: see [`Action::once`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActionKind {
    /// Send a new article.
    SendReplacement,
    /// Give the whole price back.
    RefundMoney,
    /// Give a part of the price back.
    RefundPart,
    /// Have the carrier collect the article.
    BookPickUp,
    /// Repair the article once it is here.
    RepairArticle,
    /// Issue a coupon.
    IssueCoupon,
    /// Do not send the order.
    CancelOrder,
    /// Have the carrier bring the parcel back.
    StopParcel,
    /// Deliver to another address or on another day.
    ChangeDelivery,
    /// Send somebody to install the article.
    BookInstallation,
    /// Issue an invoice.
    IssueInvoice,
    /// Press the carrier.
    UrgeCarrier,
    /// Take the item off sale.
    FreezeStock,
    /// Tell the warehouse.
    TellWarehouse,
}

/// An [`ActionKind`] and what it is done to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Action {
    /// What is done.
    pub kind: ActionKind,
    /// To which order.
    pub order: Option<OrderNumber>,
    /// To which product.
    pub product: Option<ProductId>,
    /// What else has to be known: the new address, the day, the name on the invoice.
    pub detail: Option<Pii<String>>,
}

impl Action {
    /// The key under which this happens at most once in the whole shop, whoever asks for it and in whichever call; none
    /// where it may rightly happen again, and only the same ticket does not do it twice.
    pub fn once(&self) -> Option<String> {
        let of_order = || self.order.as_ref().map(|order| order.0.as_str());
        let (name, of) = match self.kind {
            ActionKind::SendReplacement => ("send_replacement", of_order()),
            // However it is called, the money of an order goes back once.
            ActionKind::RefundMoney => ("refund_money", of_order()),
            ActionKind::RefundPart => ("refund_part", of_order()),
            ActionKind::IssueCoupon => ("issue_coupon", of_order()),
            ActionKind::CancelOrder => ("cancel_order", of_order()),
            ActionKind::StopParcel => ("stop_parcel", of_order()),
            ActionKind::BookPickUp
            | ActionKind::RepairArticle
            | ActionKind::ChangeDelivery
            | ActionKind::BookInstallation
            | ActionKind::IssueInvoice
            | ActionKind::UrgeCarrier
            | ActionKind::FreezeStock
            | ActionKind::TellWarehouse => return None,
        };
        Some(format!("{name} {}", of?))
    }
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
    /// A matter for the most experienced, a dispute over a pre-sale for one.
    Dispute,
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

/// What a [`Slot`] tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SlotName {
    /// The article, by its id.
    Product,
    /// The kind of damage that the caller named, by its name in the stored form of [`DefectKind`](crate::DefectKind).
    Damage,
    /// What is wrong, in the caller's words.
    Problem,
    /// What is wanted instead, in the caller's words.
    Wish,
    /// The new address, or the new day of delivery.
    Address,
    /// The day of an appointment.
    Day,
    /// The name on an invoice.
    Title,
    /// An article's serial number, read from a photo.
    SerialNumber,
    /// An error code, read from a photo.
    ErrorCode,
}

/// One thing that a program may want to know of a case, with what proves it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Slot {
    /// What it is.
    pub name: SlotName,
    /// Its value; it may be an address or a name.
    pub value: Pii<String>,
    /// What proves it.
    pub evidence: Vec<Evidence>,
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
    /// What is known, for programs: each name at most once, but for codes that were read from photos.
    #[serde(default)]
    pub slots: Vec<Slot>,
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
    /// What has to happen; made durable with the ticket, in the same transaction.
    #[serde(default)]
    pub actions: Vec<Action>,
}
