//! Whole calls: a real server in this process, real WebRTC on loopback, the shipped models, the demo shop.

mod browser;
mod calls;
mod hostile;
mod isolation;
mod server;
