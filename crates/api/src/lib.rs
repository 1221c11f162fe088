//! Ermu over HTTP: calls (WHIP), photos, tickets, health, metrics, and the customer's page.
//!
//! All JSON that leaves or enters over the network is defined in [`dto`]. Nothing here knows SQL or models: handlers
//! translate between HTTP and the engine.

mod callers;
mod calls;
pub mod dto;
mod error;
mod events;
mod health;
mod metrics;
mod openapi;
mod page;
mod photos;
mod router;
mod security;
mod staff;
mod state;
mod tickets;

pub use router::router;
pub use state::{ApiConfig, ApiState};
