//! The peer connection: how the library below is set up, and its callbacks as channels.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use rtc::ice::mdns::MulticastDnsMode;
use rtc::interceptor::Registry;
use rtc::media_stream::MediaStreamTrack;
use rtc::peer_connection::configuration::interceptor_registry::configure_rtcp_reports;
use rtc::peer_connection::configuration::media_engine::MediaEngine;
use rtc::peer_connection::configuration::setting_engine::{SctpMaxMessageSize, SettingEngineBuilder};
use rtc::peer_connection::transport::RTCDtlsRole;
use rtc::rtp_transceiver::rtp_sender::{RTCRtpCodingParameters, RTCRtpEncodingParameters, RtpCodecKind};
use rtc::shared::error::Error;
use tokio::sync::{mpsc, watch};
use webrtc::data_channel::DataChannel;
use webrtc::media_stream::track_local::static_rtp::TrackLocalStaticRTP;
use webrtc::media_stream::track_remote::TrackRemote;
use webrtc::peer_connection::{
    PeerConnection, PeerConnectionBuilder, PeerConnectionEventHandler, RTCIceGatheringState, RTCPeerConnectionState,
};

use crate::codec::Codec;
use crate::messages::MAX_MESSAGE_BYTES;

/// Without a word from the other side for this long, the connection counts as broken (and may still heal).
const MAX_DISCONNECTED: Duration = Duration::from_secs(5);
/// The checks of the connection (RFC 7675) go out this often.
const KEEP_ALIVE: Duration = Duration::from_secs(2);
/// Tracks and channels that wait for the supervisor; more are not wanted.
const QUEUE: usize = 16;
/// What SCTP holds for us at most, and what we leave with it at most.
const CHANNEL_BUFFER_BYTES: u32 = 512 * 1024;

/// A peer connection and what comes out of it.
pub(crate) struct Peer {
    pub(crate) connection: Arc<dyn PeerConnection>,
    pub(crate) events: PeerEvents,
}

/// What the library tells.
pub(crate) struct PeerEvents {
    pub(crate) state: watch::Receiver<RTCPeerConnectionState>,
    pub(crate) is_gathered: watch::Receiver<bool>,
    pub(crate) tracks: mpsc::Receiver<Arc<dyn TrackRemote>>,
    pub(crate) channels: mpsc::Receiver<Arc<dyn DataChannel>>,
}

/// How long the connection may be silent until it counts as broken.
pub(crate) fn disconnected_after(idle_timeout: Duration) -> Duration {
    idle_timeout.min(MAX_DISCONNECTED)
}

impl Peer {
    /// Binds `port` on each of the addresses and starts the connection's driver task.
    pub(crate) async fn bind(
        codecs: &[Codec],
        addresses: &[IpAddr],
        port: u16,
        idle_timeout: Duration,
    ) -> Result<Self, Error> {
        let mut media = MediaEngine::default();
        for codec in codecs {
            media.register_codec(codec.parameters(), RtpCodecKind::Audio)?;
        }
        let settings = SettingEngineBuilder::new()
            // The DTLS client sends first; if that were us, it would often be before the browser listens (190 ms).
            .with_answering_dtls_role(RTCDtlsRole::Server)
            .with_ice_timeouts(Some(disconnected_after(idle_timeout)), None, Some(KEEP_ALIVE.min(idle_timeout / 4)))
            .with_multicast_dns_mode(MulticastDnsMode::Disabled)
            .with_sctp_max_message_size(SctpMaxMessageSize::Bounded(MAX_MESSAGE_BYTES as u32))
            .with_sctp_max_receive_buffer_size(CHANNEL_BUFFER_BYTES)
            .build();
        let (handler, events) = Handler::new();
        let connection = PeerConnectionBuilder::new()
            .with_media_engine(media)
            .with_setting_engine(settings)
            // Neither NACK nor transport-wide feedback: sound is concealed, not sent again.
            .with_interceptor_registry(configure_rtcp_reports(Registry::new()))
            .with_data_channel_send_buffer_limit(CHANNEL_BUFFER_BYTES as usize)
            .with_handler(Arc::new(handler))
            .with_udp_addrs(addresses.iter().map(|&ip| SocketAddr::new(ip, port)).collect())
            .build()
            .await?;
        Ok(Self { connection: Arc::new(connection), events })
    }
}

/// The track that carries our sound, in any of the codecs.
pub(crate) fn audio_track(ssrc: u32, codecs: &[Codec]) -> TrackLocalStaticRTP {
    let encoding = RTCRtpEncodingParameters {
        rtp_coding_parameters: RTCRtpCodingParameters { ssrc: Some(ssrc), ..Default::default() },
        active: true,
        codec: codecs.first().copied().unwrap_or(Codec::Opus).capability(),
        ..Default::default()
    };
    let name = |what: &str| format!("ermu-{what}");
    TrackLocalStaticRTP::new(MediaStreamTrack::new(
        name("stream"),
        name("audio"),
        name("audio"),
        RtpCodecKind::Audio,
        vec![encoding],
    ))
}

/// Runs on the driver's task, so it must never wait.
struct Handler {
    state: watch::Sender<RTCPeerConnectionState>,
    is_gathered: watch::Sender<bool>,
    tracks: mpsc::Sender<Arc<dyn TrackRemote>>,
    channels: mpsc::Sender<Arc<dyn DataChannel>>,
}

impl Handler {
    fn new() -> (Self, PeerEvents) {
        let (state, state_out) = watch::channel(RTCPeerConnectionState::New);
        let (is_gathered, is_gathered_out) = watch::channel(false);
        let (tracks, tracks_out) = mpsc::channel(QUEUE);
        let (channels, channels_out) = mpsc::channel(QUEUE);
        let events =
            PeerEvents { state: state_out, is_gathered: is_gathered_out, tracks: tracks_out, channels: channels_out };
        (Self { state, is_gathered, tracks, channels }, events)
    }
}

#[async_trait::async_trait]
impl PeerConnectionEventHandler for Handler {
    async fn on_ice_gathering_state_change(&self, state: RTCIceGatheringState) {
        self.is_gathered.send_replace(state == RTCIceGatheringState::Complete);
    }

    async fn on_connection_state_change(&self, state: RTCPeerConnectionState) {
        self.state.send_replace(state);
    }

    async fn on_track(&self, track: Arc<dyn TrackRemote>) {
        let _ = self.tracks.try_send(track);
    }

    async fn on_data_channel(&self, channel: Arc<dyn DataChannel>) {
        let _ = self.channels.try_send(channel);
    }
}
