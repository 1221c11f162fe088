//! Text messages over the data channel.

use std::sync::Arc;

use tokio::sync::mpsc;
use webrtc::data_channel::{DataChannel, DataChannelEvent};

use crate::stats::Counters;

/// Label of the data channel that carries the messages; the client opens it.
pub const CHANNEL_LABEL: &str = "ermu";
/// The largest message, either way.
pub const MAX_MESSAGE_BYTES: usize = 64 * 1024;
/// Messages that wait at most, either way.
pub(crate) const QUEUE_MESSAGES: usize = 64;

/// Sends messages; clones share one queue.
#[derive(Debug, Clone)]
pub struct MessageSender {
    queue: mpsc::Sender<String>,
}

/// Why a message was not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// It is over [`MAX_MESSAGE_BYTES`].
    #[error("a message of {bytes} bytes is over the limit of {MAX_MESSAGE_BYTES}")]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// 64 messages wait already: the other side has not opened the channel, or does not read.
    #[error("too many messages wait for the other side")]
    Full,
    /// The call has ended.
    #[error("the call has ended")]
    Ended,
}

impl MessageSender {
    pub(crate) fn new() -> (Self, mpsc::Receiver<String>) {
        let (queue, waiting) = mpsc::channel(QUEUE_MESSAGES);
        (Self { queue }, waiting)
    }

    /// Queues a message, which goes out in order once the channel is open. Never waits.
    pub fn send(&self, message: impl Into<String>) -> Result<(), SendError> {
        let message = message.into();
        if message.len() > MAX_MESSAGE_BYTES {
            return Err(SendError::TooLarge { bytes: message.len() });
        }
        self.queue.try_send(message).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => SendError::Full,
            mpsc::error::TrySendError::Closed(_) => SendError::Ended,
        })
    }
}

/// Carries messages both ways until the channel closes.
pub(crate) async fn run(
    channel: Arc<dyn DataChannel>,
    mut outgoing: mpsc::Receiver<String>,
    incoming: mpsc::Sender<String>,
    counters: Arc<Counters>,
) {
    let mut is_open = false;
    loop {
        tokio::select! {
            event = channel.poll() => match event {
                Some(DataChannelEvent::OnOpen) => is_open = true,
                Some(DataChannelEvent::OnMessage(message)) => {
                    let is_text = message.is_string && message.data.len() <= MAX_MESSAGE_BYTES;
                    let text = is_text.then(|| String::from_utf8(message.data.to_vec()).ok()).flatten();
                    match (text, incoming.try_reserve()) {
                        (Some(text), Ok(place)) => {
                            counters.messages_in.add(1);
                            place.send(text);
                        }
                        (None, _) | (_, Err(_)) => counters.messages_dropped.add(1),
                    }
                }
                Some(DataChannelEvent::OnClosing | DataChannelEvent::OnClose) | None => return,
                Some(_) => {}
            },
            Some(message) = outgoing.recv(), if is_open => match channel.send_text(&message).await {
                Ok(()) => counters.messages_out.add(1),
                Err(error) => {
                    tracing::debug!(%error, "a message was not sent");
                    counters.messages_dropped.add(1);
                }
            },
        }
    }
}
