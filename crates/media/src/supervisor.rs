//! The task that owns a call: starts its parts, watches its state and its time-outs, and takes everything down.

use std::hash::{BuildHasher, Hasher};
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use rtc::peer_connection::transport::RTCDtlsTransportState;
use rtc::shared::error::Error;
use tokio::sync::{OwnedSemaphorePermit, mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, sleep_until};
use tokio_util::sync::CancellationToken;
use webrtc::data_channel::DataChannel;
use webrtc::peer_connection::transport::DtlsTransport;
use webrtc::peer_connection::{PeerConnection, RTCPeerConnectionState};

use crate::address::PortLease;
use crate::call::{Call, CallHandle, CallState, EndReason};
use crate::codec::Codec;
use crate::frames::{self, FrameQueue};
use crate::messages::{self, CHANNEL_LABEL, MessageSender, QUEUE_MESSAGES};
use crate::peer::{self, Peer, PeerEvents};
use crate::receive;
use crate::send::{AudioSender, Outlet};
use crate::stats::Counters;
use crate::tuning::Tuning;

/// How long the library may take to close a connection.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// How often a connected call looks whether the other side has said good-bye. The closing of the data channel tells it
/// at once; this is for calls whose channel is not open (yet).
const GOODBYE_CHECK: Duration = Duration::from_millis(500);

/// Time-outs of a call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Timeouts {
    pub(crate) setup: Duration,
    pub(crate) idle: Duration,
}

/// What a call holds of its server until it has ended.
#[derive(Debug, Default)]
pub(crate) struct Holdings {
    pub(crate) _place: Option<OwnedSemaphorePermit>,
    pub(crate) _port: Option<PortLease>,
}

/// A call whose connection is bound and whose supervisor runs, before the descriptions are exchanged.
pub(crate) struct Started {
    pub(crate) call: Call,
    pub(crate) connection: Arc<dyn PeerConnection>,
    pub(crate) outlet: Arc<Outlet>,
    pub(crate) is_gathered: watch::Receiver<bool>,
}

/// Who opens the data channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Server,
    Client,
}

/// What a call is made of.
pub(crate) struct Setup {
    pub(crate) side: Side,
    /// What is offered or answered with.
    pub(crate) codecs: Vec<Codec>,
    pub(crate) addresses: Vec<IpAddr>,
    /// 0 for any.
    pub(crate) port: u16,
    pub(crate) timeouts: Timeouts,
    /// Sound held back before the first of it is played; what the network's jitter asks beyond this comes by itself.
    pub(crate) playout_delay: Duration,
    pub(crate) holdings: Holdings,
}

/// Binds a connection, makes the call's parts and starts its supervisor, which lives until the call is
/// dropped. Runs in a task of its own: a caller that is cancelled in between leaves nothing behind.
pub(crate) async fn start(setup: Setup) -> Result<Started, Error> {
    let started = tokio::spawn(start_here(setup)).await;
    started.unwrap_or_else(|error| Err(Error::Other(error.to_string())))
}

async fn start_here(setup: Setup) -> Result<Started, Error> {
    let Setup { side, codecs, addresses, port, timeouts, playout_delay, holdings } = setup;
    let Peer { connection, events } = Peer::bind(&codecs, &addresses, port, timeouts.idle).await?;
    let counters = Arc::<Counters>::default();
    let (state, state_out) = watch::channel(CallState::Connecting);
    let hang_up = CancellationToken::new();
    // From here on the receiving end answers for the connection, whatever happens to this function's caller.
    let (frames, audio_in) = frames::queue(counters.clone(), hang_up.clone());
    let (messages_out, outgoing) = MessageSender::new();
    let (incoming, messages_in) = mpsc::channel(QUEUE_MESSAGES);
    let ssrc = random_u32();
    let outlet = Arc::new(Outlet {
        track: Arc::new(peer::audio_track(ssrc, &codecs)),
        ssrc,
        agreed: OnceLock::new(),
        is_open: AtomicBool::new(false),
        counters: counters.clone(),
    });
    let handle = CallHandle {
        connection: connection.clone(),
        state: state_out,
        hang_up: hang_up.clone(),
        outlet: outlet.clone(),
        candidates: Arc::<AtomicUsize>::default(),
    };
    let is_gathered = events.is_gathered.clone();
    let supervisor = Supervisor {
        connection: connection.clone(),
        hang_up,
        timeouts,
        playout_delay,
        outlet: outlet.clone(),
        counters,
        frames: Some(frames),
        messages: Some((outgoing, incoming)),
        tasks: JoinSet::new(),
    };
    let (own_channel, own_channel_out) = tokio::sync::oneshot::channel();
    tokio::spawn(supervisor.run(events, own_channel_out, state, holdings));
    connection.add_track(outlet.track.clone()).await?;
    if side == Side::Client {
        let _ = own_channel.send(connection.create_data_channel(CHANNEL_LABEL, None).await?);
    }
    let tuning = match side {
        Side::Server => Tuning::server(),
        Side::Client => Tuning::caller(),
    };
    let audio_out = AudioSender::new(outlet.clone(), tuning);
    let call = Call { audio_in, audio_out, messages_in, messages_out, handle };
    Ok(Started { call, connection, outlet, is_gathered })
}

struct Supervisor {
    connection: Arc<dyn PeerConnection>,
    hang_up: CancellationToken,
    timeouts: Timeouts,
    playout_delay: Duration,
    outlet: Arc<Outlet>,
    counters: Arc<Counters>,
    /// Taken by the first audio track.
    frames: Option<FrameQueue>,
    /// Taken by the first channel with our label.
    messages: Option<(mpsc::Receiver<String>, mpsc::Sender<String>)>,
    tasks: JoinSet<()>,
}

impl Supervisor {
    async fn run(
        mut self,
        mut events: PeerEvents,
        own_channel: tokio::sync::oneshot::Receiver<Arc<dyn DataChannel>>,
        state: watch::Sender<CallState>,
        holdings: Holdings,
    ) {
        let reason = self.watch(&mut events, own_channel, &state).await;
        self.outlet.is_open.store(false, Ordering::Release);
        self.tasks.shutdown().await;
        drop((self.frames.take(), self.messages.take()));
        if !matches!(tokio::time::timeout(CLOSE_TIMEOUT, self.connection.close()).await, Ok(Ok(()))) {
            tracing::warn!("a connection did not close cleanly");
        }
        drop(holdings);
        tracing::debug!(reason = reason.as_str(), "call ended");
        state.send_replace(CallState::Ended(reason));
    }

    async fn watch(
        &mut self,
        events: &mut PeerEvents,
        mut own_channel: tokio::sync::oneshot::Receiver<Arc<dyn DataChannel>>,
        state: &watch::Sender<CallState>,
    ) -> EndReason {
        let mut has_own_channel = false;
        let mut transport = None;
        let mut goodbye_check = tokio::time::interval(GOODBYE_CHECK);
        goodbye_check.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut limit = Some((Instant::now() + self.timeouts.setup, EndReason::SetupTimeout));
        loop {
            let (deadline, timeout) = limit.unwrap_or((Instant::now() + Duration::from_secs(3_600), EndReason::Failed));
            tokio::select! {
                () = self.hang_up.cancelled() => return EndReason::Closed,
                () = sleep_until(deadline), if limit.is_some() => return timeout,
                _ = goodbye_check.tick() => {
                    if let Some(transport) = &transport && has_closed(transport).await {
                        return EndReason::HungUp;
                    }
                }
                changed = events.state.changed() => {
                    let now = *events.state.borrow_and_update();
                    match now {
                        _ if changed.is_err() => return EndReason::Failed,
                        RTCPeerConnectionState::Connected => {
                            limit = None;
                            transport = self.transport().await;
                            self.outlet.is_open.store(true, Ordering::Release);
                            state.send_replace(CallState::Connected);
                        }
                        RTCPeerConnectionState::Disconnected => {
                            // Gone, or a short break of the network: wait out the rest of the time without sending.
                            self.outlet.is_open.store(false, Ordering::Release);
                            let silent = peer::disconnected_after(self.timeouts.idle);
                            limit = Some((Instant::now() + self.timeouts.idle - silent, EndReason::IdleTimeout));
                        }
                        RTCPeerConnectionState::Failed => return EndReason::Failed,
                        RTCPeerConnectionState::Closed => return EndReason::HungUp,
                        _ => {}
                    }
                }
                Some(track) = events.tracks.recv() => {
                    // A track comes with its first packet, when the answer is long known.
                    if let (Some(agreed), Some(frames)) = (self.outlet.agreed.get(), self.frames.take()) {
                        let counters = self.counters.clone();
                        self.tasks.spawn(receive::run(track, *agreed, self.playout_delay, frames, counters));
                    }
                }
                channel = &mut own_channel, if !has_own_channel => {
                    has_own_channel = true;
                    if let Ok(channel) = channel {
                        self.carry(channel);
                    }
                }
                Some(channel) = events.channels.recv() => {
                    if channel.label().await.is_ok_and(|label| label == CHANNEL_LABEL) && self.messages.is_some() {
                        self.carry(channel);
                    } else {
                        let _ = channel.close().await;
                    }
                }
                Some(ended) = self.tasks.join_next() => match ended {
                    // Either stream ends when the other side closes it, or when the connection does.
                    Ok(()) => return EndReason::HungUp,
                    Err(error) => {
                        tracing::error!(%error, "a task of the call broke");
                        return EndReason::Failed;
                    }
                },
            }
        }
    }

    async fn transport(&self) -> Option<Arc<dyn DtlsTransport>> {
        let sender = self.connection.get_senders().await.into_iter().next()?;
        sender.transport().await.ok().flatten()
    }

    fn carry(&mut self, channel: Arc<dyn DataChannel>) {
        if let Some((outgoing, incoming)) = self.messages.take() {
            let counters = self.counters.clone();
            self.tasks.spawn(messages::run(channel, outgoing, incoming, counters));
        }
    }
}

async fn has_closed(transport: &Arc<dyn DtlsTransport>) -> bool {
    transport.state().await.is_ok_and(|state| state == RTCDtlsTransportState::Closed)
}

/// Random enough for a stream's number; what must be secret is made by the library.
fn random_u32() -> u32 {
    std::collections::hash_map::RandomState::new().build_hasher().finish() as u32
}
