//! A call, as both sides see it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rtc::peer_connection::transport::RTCIceCandidateInit;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use webrtc::peer_connection::PeerConnection;

use crate::codec::Codec;
use crate::frames::AudioReceiver;
use crate::messages::MessageSender;
use crate::sdp;
use crate::send::{AudioSender, Outlet};
use crate::stats::CallStats;

/// Candidates one call accepts after its offer.
const MAX_CANDIDATES: usize = 64;
/// The largest trickle fragment that is read.
const MAX_FRAGMENT_BYTES: usize = 16 * 1024;

/// One call. Its parts may be moved out and used in different tasks; the call ends when [`audio_in`](Self::audio_in)
/// is dropped.
pub struct Call {
    /// The other side's sound. Who stops listening hangs up.
    pub audio_in: AudioReceiver,
    /// Sound for the other side.
    pub audio_out: AudioSender,
    /// The other side's messages: text from a stranger, at most 64 KiB each. What is not fetched is dropped beyond 64.
    pub messages_in: mpsc::Receiver<String>,
    /// Messages for the other side.
    pub messages_out: MessageSender,
    /// State, counters, and control from elsewhere.
    pub handle: CallHandle,
}

/// Where a call stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallState {
    /// The offer or the answer is on its way, or the connection is being made.
    Connecting,
    /// Sound and messages can flow.
    Connected,
    /// It is over, and all it used is freed.
    Ended(EndReason),
}

/// Why a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndReason {
    /// The other side ended it.
    HungUp,
    /// The connection was not made in time.
    SetupTimeout,
    /// Nothing was heard from the other side for the idle time-out.
    IdleTimeout,
    /// The transport failed.
    Failed,
    /// This side ended it.
    Closed,
}

impl EndReason {
    /// A word for logs and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::HungUp => "hung_up",
            Self::SetupTimeout => "setup_timeout",
            Self::IdleTimeout => "idle_timeout",
            Self::Failed => "failed",
            Self::Closed => "closed",
        }
    }
}

/// Controls a call from elsewhere, such as a HTTP route. Does not keep it alive.
#[derive(Clone)]
pub struct CallHandle {
    pub(crate) connection: Arc<dyn PeerConnection>,
    pub(crate) state: watch::Receiver<CallState>,
    pub(crate) hang_up: CancellationToken,
    pub(crate) outlet: Arc<Outlet>,
    pub(crate) candidates: Arc<AtomicUsize>,
}

/// Why candidates were not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CandidateError {
    /// The fragment is over 16 KiB.
    #[error("a trickle fragment of {bytes} bytes is over the limit of {MAX_FRAGMENT_BYTES}")]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// The call has 64 already.
    #[error("more than {MAX_CANDIDATES} candidates")]
    TooMany,
    /// A line is no candidate.
    #[error("malformed candidate: {0}")]
    Malformed(String),
    /// The call has ended.
    #[error("the call has ended")]
    Ended,
}

impl CallHandle {
    /// Where the call stands, now and later.
    pub fn state(&self) -> watch::Receiver<CallState> {
        self.state.clone()
    }

    /// The counters so far.
    pub fn stats(&self) -> CallStats {
        self.outlet.counters.snapshot()
    }

    /// What both sides settled on; `None` before the offer is answered.
    pub fn codec(&self) -> Option<Codec> {
        self.outlet.agreed.get().map(|agreed| agreed.codec)
    }

    /// Hangs up and waits until all is freed (about 10 ms).
    pub async fn close(&self) {
        self.hang_up.cancel();
        self.ended().await;
    }

    /// Waits for the end of the call.
    pub async fn ended(&self) -> EndReason {
        let mut state = self.state.clone();
        loop {
            if let CallState::Ended(reason) = *state.borrow_and_update() {
                return reason;
            }
            if state.changed().await.is_err() {
                return EndReason::Failed;
            }
        }
    }

    /// Takes addresses that the other side found after its offer: a WHIP PATCH body
    /// (`application/trickle-ice-sdpfrag`), or one `candidate:` line. Those that cannot be used (TCP, names) are
    /// passed over. Returns how many were taken.
    pub async fn add_remote_candidates(&self, fragment: &str) -> Result<usize, CandidateError> {
        if fragment.len() > MAX_FRAGMENT_BYTES {
            return Err(CandidateError::TooLarge { bytes: fragment.len() });
        }
        if matches!(*self.state.borrow(), CallState::Ended(_)) {
            return Err(CandidateError::Ended);
        }
        let mut taken = 0;
        for candidate in sdp::fragment_candidates(fragment) {
            if self.candidates.fetch_add(1, Ordering::Relaxed) >= MAX_CANDIDATES {
                return Err(CandidateError::TooMany);
            }
            let candidate = RTCIceCandidateInit { candidate: candidate.to_owned(), ..Default::default() };
            match self.connection.add_ice_candidate(candidate).await {
                Ok(()) => taken += 1,
                Err(error) => return Err(CandidateError::Malformed(error.to_string())),
            }
        }
        Ok(taken)
    }
}
