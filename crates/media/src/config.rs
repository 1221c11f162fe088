//! How the media end behaves.

use std::net::{IpAddr, Ipv4Addr};
use std::ops::RangeInclusive;
use std::time::Duration;

use crate::codec::Codec;

/// UDP ports, first and last.
pub type PortRange = RangeInclusive<u16>;

/// Settings of a [`MediaServer`](crate::MediaServer).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaConfig {
    /// Addresses to receive calls on. `0.0.0.0` (the default) and `::` stand for every interface of that family that
    /// there is when a call comes, loopback included.
    pub bind: Vec<IpAddr>,
    /// UDP ports to use, one for each call; `None` (the default) lets the system choose. The range must hold at least
    /// as many ports as `max_calls`, or calls are refused as busy earlier.
    pub ports: Option<PortRange>,
    /// Addresses under which the machine is reached from outside a one-to-one NAT; offered besides its own.
    pub public_ips: Vec<IpAddr>,
    /// From the answer to the connection (10 s).
    pub setup_timeout: Duration,
    /// A connected call that hears nothing for this long, not even the transport's own checks, has ended (8 s).
    pub idle_timeout: Duration,
    /// Calls at the same time (64).
    pub max_calls: usize,
    /// The largest offer that is read (64 KiB; a browser's is about 7 KiB).
    pub max_sdp_bytes: usize,
}

impl Default for MediaConfig {
    fn default() -> Self {
        Self {
            bind: vec![Ipv4Addr::UNSPECIFIED.into()],
            ports: None,
            public_ips: Vec::new(),
            setup_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(8),
            max_calls: 64,
            max_sdp_bytes: 64 * 1024,
        }
    }
}

/// Settings of a [`MediaClient`](crate::MediaClient).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientConfig {
    /// What is offered, the best first (all that there are).
    pub codecs: Vec<Codec>,
    /// Addresses to call from; as in [`MediaConfig::bind`].
    pub bind: Vec<IpAddr>,
    /// From the offer to the connection (10 s).
    pub setup_timeout: Duration,
    /// As in [`MediaConfig::idle_timeout`].
    pub idle_timeout: Duration,
    /// How long received sound is held back to even out the network's jitter (40 ms, as the server does; rounded up to
    /// frames of 20 ms). On the same machine one frame is enough.
    pub playout_delay: Duration,
}

/// What the server, and a caller who says nothing else, holds sound back for.
pub(crate) const PLAYOUT_DELAY: Duration = Duration::from_millis(40);

impl Default for ClientConfig {
    fn default() -> Self {
        let MediaConfig { bind, setup_timeout, idle_timeout, .. } = MediaConfig::default();
        Self { codecs: Codec::ALL.to_vec(), bind, setup_timeout, idle_timeout, playout_delay: PLAYOUT_DELAY }
    }
}
