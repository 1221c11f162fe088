//! What a shop runs beside Ermu, over HTTP: its own system, which knows the orders and carries out what tickets ask for, and a
//! language model.
//!
//! `docs/backend.openapi.yaml` is what a shop's system has to offer; a language model speaks as OpenAI's chat completions do. What
//! they answer is taken for what a stranger says: limited in length and time, checked, and never followed elsewhere.

mod answer;
mod endpoint;
mod error;
mod language_model;
mod system;

pub use error::{CarryOutError, EndpointError, LookupError};
pub use language_model::{AskError, LanguageModel, LanguageModelConfig, Prompt};
pub use system::{Effect, ShopSystem, ShopSystemConfig};
