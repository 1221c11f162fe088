//! The WebRTC end of Ermu: calls as sound and messages, on the server's side and the client's. Knows nothing of models
//! or dialogue.
//!
//! A [`Call`] is the same on both sides: 20 ms frames of 48 kHz mono sound in and out, text messages over a data
//! channel labelled [`CHANNEL_LABEL`], a state, and counters. [`MediaServer::accept`] answers an SDP offer (WHIP,
//! RFC 9725, without its HTTP); [`MediaClient::offer`] makes one.
//!
//! Every call is a few tokio tasks and one UDP port on each address; all end with the call, and a call ends when it is
//! dropped. All queues are bounded: sound drops its oldest, messages are refused or dropped, and both are counted.

mod address;
mod call;
mod client;
mod codec;
mod config;
mod frames;
mod jitter;
mod messages;
mod peer;
mod receive;
mod sdp;
mod send;
mod server;
mod stats;
mod supervisor;
mod tuning;

pub use call::{Call, CallHandle, CallState, CandidateError, EndReason};
pub use client::{ClientError, MediaClient, Pending};
pub use codec::{Codec, UnknownCodec};
pub use config::{ClientConfig, MediaConfig, PortRange};
pub use frames::{AudioFrame, AudioReceiver, FrameSource};
pub use messages::{CHANNEL_LABEL, MAX_MESSAGE_BYTES, MessageSender, SendError};
pub use send::AudioSender;
pub use server::{AcceptError, Answer, MediaServer};
pub use stats::CallStats;
