//! The `ermu` program as a library: configuration, wiring, commands. Tests start a [`Server`] in process.

mod bench;
pub mod call;
mod chat;
mod commands;
pub mod config;
mod eval;
mod process;
mod reload;
mod sentences;
mod serve;
mod template;
mod terminal;
pub mod tickets;
pub mod wiring;

pub use commands::{Cli, run};
pub use serve::Server;
