use std::net::IpAddr;

use serde::{Deserialize, Serialize};

/// `[media]`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MediaSection {
    /// Addresses on which calls are taken; none means this machine's loopback and every address of its own.
    pub bind: Vec<IpAddr>,
    /// Addresses under which callers see this machine, when it stands behind a one-to-one NAT.
    pub public_ips: Vec<IpAddr>,
}
