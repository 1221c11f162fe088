use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
};

use serde::{Deserialize, Serialize};

/// `[http]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HttpConfig {
    /// Address of the page and the API. Port 0 takes a free one.
    pub listen: SocketAddr,
    /// File with the token that staff must send (`Authorization: Bearer …`) to read tickets and metrics. Without it
    /// only this machine may read them.
    pub staff_token_file: Option<PathBuf>,
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self { listen: (Ipv4Addr::LOCALHOST, 8080).into(), staff_token_file: None }
    }
}
