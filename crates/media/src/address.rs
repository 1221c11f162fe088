//! Which addresses and ports a call binds.

use std::collections::HashSet;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::{Arc, Mutex, PoisonError};

use rtc::shared::ifaces::ifaces;

use crate::config::PortRange;

/// The addresses that `bind` stands for now. The library below takes `0.0.0.0` for all interfaces but loopback, and
/// callers on the same machine must be served too.
pub(crate) fn expand(bind: &[IpAddr]) -> Vec<IpAddr> {
    let mut addresses = Vec::new();
    for &address in bind {
        if !address.is_unspecified() {
            addresses.push(address);
            continue;
        }
        let interfaces = ifaces().unwrap_or_else(|error| {
            tracing::warn!(%error, "cannot list the network interfaces; only loopback is served");
            Vec::new()
        });
        addresses.push(match address {
            IpAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
        });
        let usable = interfaces.iter().filter_map(|interface| interface.addr.map(|at| at.ip()));
        addresses.extend(usable.filter(|ip| ip.is_ipv4() == address.is_ipv4() && is_reachable(ip)));
    }
    let mut seen = HashSet::new();
    addresses.retain(|address| seen.insert(*address));
    addresses
}

/// Not loopback, and not link-local, which needs a scope that a candidate cannot tell.
fn is_reachable(ip: &IpAddr) -> bool {
    let is_link_local = match ip {
        IpAddr::V4(ip) => ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_unicast_link_local(),
    };
    !ip.is_loopback() && !ip.is_unspecified() && !is_link_local
}

/// The ports that calls may use.
#[derive(Debug)]
pub(crate) struct PortPool {
    range: Option<PortRange>,
    used: Mutex<Used>,
}

#[derive(Debug, Default)]
struct Used {
    ports: HashSet<u16>,
    /// Where the search goes on, so that a port rests before it is used again.
    next: u16,
}

/// A port of the pool, 0 for one that the system chooses; goes back when dropped.
#[derive(Debug)]
pub(crate) struct PortLease {
    port: u16,
    pool: Arc<PortPool>,
}

impl PortPool {
    pub(crate) fn new(range: Option<PortRange>) -> Arc<Self> {
        Arc::new(Self { range, used: Mutex::default() })
    }

    /// A port that is free on all `addresses`; `None` if there is none.
    pub(crate) fn lease(self: &Arc<Self>, addresses: &[IpAddr]) -> Option<PortLease> {
        let Some(range) = &self.range else { return Some(PortLease { port: 0, pool: self.clone() }) };
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        let from = used.next;
        let order = range.clone().filter(|port| *port >= from).chain(range.clone().filter(|port| *port < from));
        for port in order {
            let is_free = || addresses.iter().all(|&ip| UdpSocket::bind(SocketAddr::new(ip, port)).is_ok());
            if !used.ports.contains(&port) && is_free() {
                used.ports.insert(port);
                used.next = port.wrapping_add(1);
                return Some(PortLease { port, pool: self.clone() });
            }
        }
        None
    }
}

impl PortLease {
    pub(crate) fn port(&self) -> u16 {
        self.port
    }
}

impl Drop for PortLease {
    fn drop(&mut self) {
        self.pool.used.lock().unwrap_or_else(PoisonError::into_inner).ports.remove(&self.port);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    #[test]
    fn unspecified_means_loopback_and_every_interface() {
        let addresses = expand(&[Ipv4Addr::UNSPECIFIED.into(), Ipv4Addr::LOCALHOST.into()]);
        assert_eq!(addresses.iter().filter(|ip| ip.is_loopback()).count(), 1);
        assert!(addresses.iter().all(|ip| ip.is_ipv4() && !ip.is_unspecified()));
    }

    #[test]
    fn a_port_is_leased_once_and_comes_back() {
        let loopback = [Ipv4Addr::LOCALHOST.into()];
        // A port that is surely taken, and its neighbour.
        let taken = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        let pool = PortPool::new(Some(port..=port));
        assert!(pool.lease(&loopback).is_none(), "another process holds it");
        drop(taken);
        let lease = pool.lease(&loopback).unwrap();
        assert_eq!(lease.port(), port);
        assert!(pool.lease(&loopback).is_none());
        drop(lease);
        assert!(pool.lease(&loopback).is_some());
    }
}
