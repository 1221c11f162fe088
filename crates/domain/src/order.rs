//! Orders as a shop's system reports them.

use std::fmt;

use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Serialize};

use crate::{Localized, Pii, Remedy, TicketId, TicketKind};

/// An order's number as the shop writes it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OrderNumber(pub String);

impl fmt::Display for OrderNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A product's key in the shop's catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ProductId(pub String);

impl fmt::Display for ProductId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An amount in the shop's currency, in hundredths (分, cents).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Money(pub i64);

/// The parcel of an order. Times are the shop's local time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parcel {
    /// Carrier's name.
    pub carrier: Localized,
    /// Carrier's number for the parcel.
    pub waybill: String,
    /// When the carrier took it.
    pub collected: DateTime,
    /// Until when it should arrive.
    pub due: DateTime,
    /// When it arrived, if it did.
    pub delivered: Option<DateTime>,
    /// What went wrong on the way, if something did and is known.
    #[serde(default)]
    pub trouble: Option<Trouble>,
}

/// What went wrong with a parcel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// What.
    pub kind: TroubleKind,
    /// Until when it should arrive now.
    pub due: DateTime,
}

/// What can go wrong with a parcel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TroubleKind {
    /// It comes later than was said.
    Delayed,
    /// The carrier was there, and nobody took it.
    FailedDelivery,
}

/// What was already registered for an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registered {
    /// The ticket.
    pub ticket: TicketId,
    /// What it is about.
    pub kind: TicketKind,
    /// What was decided, if something was.
    pub remedy: Option<Remedy>,
}

/// An order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Its number.
    pub number: OrderNumber,
    /// Who ordered.
    pub customer: Pii<String>,
    /// The customer's phone number, digits only; empty if the shop has none. It is also what tells whose order it is.
    #[serde(default)]
    pub phone: Pii<String>,
    /// What was ordered.
    pub product: ProductId,
    /// The product's name.
    pub product_name: Localized,
    /// What was paid.
    pub paid: Money,
    /// The day it was ordered.
    pub placed: Date,
    /// None until a carrier has collected it.
    pub parcel: Option<Parcel>,
    /// What earlier calls registered for it.
    #[serde(default)]
    pub registered: Vec<Registered>,
}
