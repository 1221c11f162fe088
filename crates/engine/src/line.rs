//! What a session needs of the thing that carries it: a WebRTC call, or the machine's own microphone and loudspeaker.

use std::future::Future;

use ermu_audio::Frame;

/// The carrier of one call.
pub trait Line: Send {
    /// The next thing that came over the line. Must be cancel safe. After `Ended` it is not called again.
    fn next(&mut self) -> impl Future<Output = LineEvent> + Send;

    /// Sends one frame; called every 20 ms, with silence while Ermu does not speak. Never blocks: a frame that does not fit is
    /// lost.
    fn play(&mut self, frame: &Frame);

    /// Shows the caller something, as JSON text. Never blocks.
    fn show(&mut self, notice: String);

    /// Passes on a network path that the caller's side found later. Lines without such paths ignore it.
    fn add_candidates(&mut self, sdp_fragment: &str) -> impl Future<Output = ()> + Send {
        let _ = sdp_fragment;
        std::future::ready(())
    }

    /// Ends the line from this side.
    fn close(&mut self) -> impl Future<Output = ()> + Send;
}

/// Something that came over the line.
#[derive(Debug, Clone, PartialEq)]
pub enum LineEvent {
    /// Sound can flow both ways.
    Connected,
    /// The next 20 ms of the caller's sound, 48 kHz mono.
    Frame(Vec<f32>),
    /// A text message (the page's data channel): JSON from a stranger.
    Message(String),
    /// The line is gone; the reason is for the log.
    Ended(&'static str),
}
