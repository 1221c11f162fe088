//! The data of the tasks: database, tasks. The shapes are those of tau2-bench's retail domain (MIT).

use std::{collections::BTreeMap, fmt, path::Path};

use anyhow::Context;
use serde::{Deserialize, Deserializer, Serialize};

/// An amount of money in cents, so that sums are exact.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(super) struct Cents(pub(super) i64);

impl<'de> Deserialize<'de> for Cents {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        f64::deserialize(deserializer).map(|amount| Self((amount * 100.0).round() as i64))
    }
}

impl fmt::Display for Cents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "${}.{:02}", self.0.abs() / 100, self.0.abs() % 100)
    }
}

impl std::iter::Sum for Cents {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        Self(amounts.map(|amount| amount.0).sum())
    }
}

/// What the shop knows.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Db {
    pub(super) products: BTreeMap<String, Product>,
    pub(super) users: BTreeMap<String, User>,
    pub(super) orders: BTreeMap<String, Order>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Product {
    pub(super) name: String,
    pub(super) product_id: String,
    pub(super) variants: BTreeMap<String, Variant>,
}

/// Name of an option and its value.
pub(super) type Options = BTreeMap<String, String>;

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Variant {
    pub(super) item_id: String,
    pub(super) options: Options,
    pub(super) available: bool,
    pub(super) price: Cents,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct User {
    pub(super) user_id: String,
    pub(super) name: Name,
    pub(super) address: Address,
    pub(super) email: String,
    pub(super) payment_methods: BTreeMap<String, PaymentMethod>,
    pub(super) orders: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Name {
    pub(super) first_name: String,
    pub(super) last_name: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Address {
    pub(super) address1: String,
    pub(super) address2: String,
    pub(super) city: String,
    pub(super) country: String,
    pub(super) state: String,
    pub(super) zip: String,
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { address1, address2, city, state, zip, .. } = self;
        let second = if address2.is_empty() { String::new() } else { format!("{address2}, ") };
        write!(f, "{address1}, {second}{city}, {state} {zip}")
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Source {
    GiftCard,
    Paypal,
    CreditCard,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct PaymentMethod {
    pub(super) source: Source,
    pub(super) id: String,
    #[serde(default)]
    pub(super) brand: Option<String>,
    /// Of a gift card.
    #[serde(default)]
    pub(super) balance: Option<Cents>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(super) enum Status {
    #[serde(rename = "pending")]
    Pending,
    #[serde(rename = "pending (item modified)")]
    Modified,
    #[serde(rename = "processed")]
    Processed,
    #[serde(rename = "delivered")]
    Delivered,
    #[serde(rename = "cancelled")]
    Cancelled,
    #[serde(rename = "return requested")]
    ReturnRequested,
    #[serde(rename = "exchange requested")]
    ExchangeRequested,
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pending => "pending",
            Self::Modified => "pending (item modified)",
            Self::Processed => "processed",
            Self::Delivered => "delivered",
            Self::Cancelled => "cancelled",
            Self::ReturnRequested => "return requested",
            Self::ExchangeRequested => "exchange requested",
        })
    }
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Order {
    pub(super) order_id: String,
    pub(super) user_id: String,
    pub(super) address: Address,
    pub(super) items: Vec<Item>,
    pub(super) status: Status,
    pub(super) fulfillments: Vec<Fulfillment>,
    pub(super) payment_history: Vec<Payment>,
    /// What was asked for: a reason, or items and the method of payment. Written by the tools.
    #[serde(skip)]
    pub(super) request: Option<Asked>,
}

/// What a write leaves in an order besides its new status.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Asked {
    Cancel { reason: String },
    Return { items: Vec<String>, payment: String },
    Exchange { items: Vec<String>, new_items: Vec<String>, payment: String, difference: Cents },
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Item {
    pub(super) name: String,
    pub(super) product_id: String,
    pub(super) item_id: String,
    pub(super) price: Cents,
    pub(super) options: Options,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Fulfillment {
    pub(super) tracking_id: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Transaction {
    Payment,
    Refund,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Payment {
    pub(super) transaction_type: Transaction,
    pub(super) amount: Cents,
    pub(super) payment_method_id: String,
}

/// A customer, and what has to come of the talk.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Task {
    pub(super) id: String,
    user_scenario: Scenario,
    pub(super) evaluation_criteria: Criteria,
}

impl Task {
    /// What the customer knows and wants.
    pub(super) const fn instructions(&self) -> &Instructions {
        &self.user_scenario.instructions
    }
}

#[derive(Debug, Clone, Deserialize)]
struct Scenario {
    instructions: Instructions,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Instructions {
    pub(super) task_instructions: String,
    pub(super) reason_for_call: String,
    #[serde(default)]
    pub(super) known_info: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Criteria {
    pub(super) actions: Vec<GoldAction>,
    /// Facts that have to be said.
    #[serde(default)]
    pub(super) communicate_info: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct GoldAction {
    pub(super) name: String,
    pub(super) arguments: serde_json::Value,
}

/// Reads `db.json` and `tasks_train.json` of a folder.
pub(super) fn read(folder: &Path) -> anyhow::Result<(Db, Vec<Task>)> {
    fn one<T: serde::de::DeserializeOwned>(path: &Path) -> anyhow::Result<T> {
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        serde_json::from_str(&text).with_context(|| format!("{} is not as expected", path.display()))
    }
    Ok((one(&folder.join("db.json"))?, one(&folder.join("tasks_train.json"))?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_exact() {
        let amounts: Vec<Cents> = serde_json::from_str("[481.5, 0.1, 0.2]").unwrap();
        assert_eq!(amounts.iter().copied().sum::<Cents>(), Cents(48180));
        assert_eq!(amounts[0].to_string(), "$481.50");
        assert_eq!(Cents(-1799).to_string(), "$17.99");
    }
}
