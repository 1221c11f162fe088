//! A WebRTC call as a line.

use ermu_audio::Frame;
use ermu_media::{Call, CallState};
use tokio::sync::watch;
use tracing::debug;

use crate::{Line, LineEvent};

/// A WebRTC call, and what has been told about its state.
pub(crate) struct WebRtcLine {
    call: Call,
    state: watch::Receiver<CallState>,
    connected: bool,
}

impl WebRtcLine {
    pub(crate) fn new(call: Call) -> Self {
        Self { state: call.handle.state(), connected: false, call }
    }
}

impl Line for WebRtcLine {
    async fn next(&mut self) -> LineEvent {
        loop {
            let state = *self.state.borrow_and_update();
            match state {
                CallState::Ended(reason) => return LineEvent::Ended(reason.as_str()),
                CallState::Connected if !self.connected => {
                    self.connected = true;
                    return LineEvent::Connected;
                }
                CallState::Connecting | CallState::Connected => {}
            }
            tokio::select! {
                changed = self.state.changed() => if changed.is_err() {
                    return LineEvent::Ended("failed");
                },
                Some(frame) = self.call.audio_in.recv() => return LineEvent::Frame(frame.pcm.to_vec()),
                Some(message) = self.call.messages_in.recv() => return LineEvent::Message(message),
            }
        }
    }

    fn play(&mut self, frame: &Frame) {
        self.call.audio_out.send(frame);
    }

    fn show(&mut self, notice: String) {
        if let Err(error) = self.call.messages_out.send(notice) {
            debug!(%error, "a notice could not be shown");
        }
    }

    async fn add_candidates(&mut self, sdp_fragment: &str) {
        if let Err(error) = self.call.handle.add_remote_candidates(sdp_fragment).await {
            debug!(%error, "candidates were not taken");
        }
    }

    async fn close(&mut self) {
        self.call.handle.close().await;
    }
}
