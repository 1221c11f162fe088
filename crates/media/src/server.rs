//! The answering side.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use rtc::shared::error::Error;
use tokio::sync::{Semaphore, watch};
use webrtc::peer_connection::RTCSessionDescription;

use crate::address::{self, PortPool};
use crate::call::Call;
use crate::config::{MediaConfig, PLAYOUT_DELAY};
use crate::sdp::{self, OfferFault};
use crate::supervisor::{self, Holdings, Setup, Side, Started, Timeouts};

/// Gathering our own addresses takes milliseconds, as no other machine is asked.
const GATHER_TIMEOUT: Duration = Duration::from_secs(5);

/// Answers calls. Clones share one set of places.
#[derive(Debug, Clone)]
pub struct MediaServer {
    config: Arc<MediaConfig>,
    places: Arc<Semaphore>,
    ports: Arc<PortPool>,
}

/// What to send back to the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The session description, all addresses included.
    pub sdp: String,
}

/// Why an offer was not answered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AcceptError {
    /// The offer is over `max_sdp_bytes`.
    #[error("an offer of {bytes} bytes is over the limit of {limit_bytes}")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The limit.
        limit_bytes: usize,
    },
    /// The offer is no session description that can be answered.
    #[error("malformed offer: {0}")]
    Malformed(String),
    /// The offer has no sound to receive: no `m=audio` with Opus or G.711 that the caller sends.
    #[error("the offer has no Opus or G.711 audio that would be sent here")]
    NoAudio,
    /// All places (or all ports) are taken.
    #[error("too many calls at the same time")]
    Busy,
    /// It is our fault.
    #[error("internal error: {0}")]
    Internal(String),
}

impl MediaServer {
    /// A server without calls. Binds nothing yet: each call has a port of its own.
    pub fn new(config: MediaConfig) -> Self {
        Self {
            places: Arc::new(Semaphore::new(config.max_calls.min(Semaphore::MAX_PERMITS))),
            ports: PortPool::new(config.ports.clone()),
            config: Arc::new(config),
        }
    }

    /// Calls that are going on.
    pub fn calls(&self) -> usize {
        self.config.max_calls.min(Semaphore::MAX_PERMITS) - self.places.available_permits()
    }

    /// Answers an offer. The call is connecting when this returns; it ends by itself if the caller does not connect
    /// within the set-up time-out. Must run inside a tokio runtime.
    pub async fn accept(&self, offer_sdp: &str) -> Result<(Answer, Call), AcceptError> {
        let limit_bytes = self.config.max_sdp_bytes;
        if offer_sdp.len() > limit_bytes {
            return Err(AcceptError::TooLarge { bytes: offer_sdp.len(), limit_bytes });
        }
        let codec = sdp::check_offer(offer_sdp).map_err(|fault| match fault {
            OfferFault::Malformed(reason) => AcceptError::Malformed(reason),
            OfferFault::NoAudio => AcceptError::NoAudio,
        })?;
        let place = self.places.clone().try_acquire_owned().map_err(|_| AcceptError::Busy)?;
        let addresses = address::expand(&self.config.bind);
        let port = self.ports.lease(&addresses).ok_or(AcceptError::Busy)?;
        let timeouts = Timeouts { setup: self.config.setup_timeout, idle: self.config.idle_timeout };
        let internal = |error: Error| AcceptError::Internal(error.to_string());
        let port_number = port.port();
        let holdings = Holdings { _place: Some(place), _port: Some(port) };
        // One codec, so that no packet ever has to be guessed at.
        let codecs = vec![codec];
        let playout_delay = PLAYOUT_DELAY;
        let setup =
            Setup { side: Side::Server, codecs, addresses, port: port_number, timeouts, playout_delay, holdings };
        let started = supervisor::start(setup).await.map_err(internal)?;
        // The offer is a stranger's text and the library's reader of it is young: its panic must not be ours.
        let answer = AssertUnwindSafe(self.negotiate(&started, offer_sdp)).catch_unwind().await;
        let sdp = answer.unwrap_or_else(|_| Err(AcceptError::Malformed("it cannot be read".to_owned())))?;
        Ok((Answer { sdp }, started.call))
    }

    async fn negotiate(&self, started: &Started, offer_sdp: &str) -> Result<String, AcceptError> {
        let malformed = |error: Error| AcceptError::Malformed(error.to_string());
        let internal = |error: Error| AcceptError::Internal(error.to_string());
        let Started { connection, outlet, is_gathered, .. } = started;
        let offer = RTCSessionDescription::offer(sdp::with_static_rtpmaps(offer_sdp)).map_err(malformed)?;
        connection.set_remote_description(offer).await.map_err(malformed)?;
        let answer = connection.create_answer(None).await.map_err(malformed)?;
        let agreed = sdp::agreed(&answer.sdp).ok_or(AcceptError::NoAudio)?;
        outlet.agreed.get_or_init(|| agreed);
        connection.set_local_description(answer).await.map_err(internal)?;
        gathered(is_gathered.clone()).await.map_err(internal)?;
        let answer = connection.local_description().await;
        let answer = answer.ok_or_else(|| AcceptError::Internal("no local description".to_owned()))?;
        Ok(sdp::with_public_ips(&answer.sdp, &self.config.public_ips))
    }
}

/// Waits until our own addresses are in the local description.
pub(crate) async fn gathered(mut is_gathered: watch::Receiver<bool>) -> Result<(), Error> {
    match tokio::time::timeout(GATHER_TIMEOUT, is_gathered.wait_for(|done| *done)).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(_)) | Err(_) => Err(Error::Other("no addresses were found in time".to_owned())),
    }
}
