//! The calling side.

use rtc::shared::error::Error;
use webrtc::peer_connection::RTCSessionDescription;

use crate::address;
use crate::call::Call;
use crate::config::ClientConfig;
use crate::sdp;
use crate::server::gathered;
use crate::supervisor::{self, Holdings, Setup, Side, Started, Timeouts};

/// Makes calls.
#[derive(Debug)]
pub struct MediaClient;

/// An offer that waits for its answer. Dropping it gives the call up.
pub struct Pending {
    started: Started,
}

/// Why a call could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    /// The answer is no session description that fits the offer.
    #[error("malformed answer: {0}")]
    Malformed(String),
    /// The answer takes no sound.
    #[error("the answer has no audio in a codec that was offered")]
    NoAudio,
    /// It is our fault.
    #[error("internal error: {0}")]
    Internal(String),
}

impl From<Error> for ClientError {
    fn from(error: Error) -> Self {
        Self::Internal(error.to_string())
    }
}

impl MediaClient {
    /// Binds a port and returns an offer with all addresses, to be sent to the server. Must run inside a tokio runtime.
    pub async fn offer(config: ClientConfig) -> Result<(Pending, String), ClientError> {
        let timeouts = Timeouts { setup: config.setup_timeout, idle: config.idle_timeout };
        let addresses = address::expand(&config.bind);
        let codecs = config.codecs;
        let (playout_delay, holdings) = (config.playout_delay, Holdings::default());
        let setup = Setup { side: Side::Client, codecs, addresses, port: 0, timeouts, playout_delay, holdings };
        let started = supervisor::start(setup).await?;
        let offer = started.connection.create_offer(None).await?;
        started.connection.set_local_description(offer).await?;
        gathered(started.is_gathered.clone()).await?;
        let offer = started.connection.local_description().await;
        let offer = offer.ok_or_else(|| ClientError::Internal("no local description".to_owned()))?;
        Ok((Pending { started }, offer.sdp))
    }
}

impl Pending {
    /// Takes the server's answer. The call is connecting when this returns.
    pub async fn answer(self, answer_sdp: &str) -> Result<Call, ClientError> {
        let malformed = |error: Error| ClientError::Malformed(error.to_string());
        let agreed = sdp::agreed(answer_sdp).ok_or(ClientError::NoAudio)?;
        self.started.outlet.agreed.get_or_init(|| agreed);
        let answer = RTCSessionDescription::answer(answer_sdp.to_owned()).map_err(malformed)?;
        self.started.connection.set_remote_description(answer).await.map_err(malformed)?;
        Ok(self.started.call)
    }
}
