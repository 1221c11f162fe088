//! A shop's own system over HTTP: it knows the orders, and carries out what tickets ask for.
//!
//! `docs/backend.openapi.yaml` is what such a system has to offer. What it answers is taken for what a stranger says: limited
//! in length and time, checked, and never followed elsewhere.

mod answer;
mod error;
mod system;

pub use error::{CarryOutError, LookupError, SystemUrlError};
pub use system::{Effect, ShopSystem, ShopSystemConfig};
