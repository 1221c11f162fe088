//! Whole calls: a real server in this process, real WebRTC on loopback, the shipped models, the demo shop.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

mod browser;
mod calls;
mod hostile;
mod isolation;
mod server;
mod shop;
