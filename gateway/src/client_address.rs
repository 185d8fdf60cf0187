//! Whose a request is, by its address. Pure.
//!
//! Behind a balancer every peer is the balancer. Who stands behind it is said by a header that anybody may send, so it
//! is believed only as far as somebody has said that proxies stand in the way, see [`of_request`]; a balancer of TCP
//! says it by the PROXY protocol, see `proxy`.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::http::HeaderMap;

/// Who is at the other end of the connection, or whom a trusted balancer has named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// Each proxy puts whom it heard from behind what it was told.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// The client of a request that came by `hops` trusted proxies: so many from the right of `X-Forwarded-For`. What
/// stands left of it was said by the client. With fewer entries, or one that is no address, the peer.
pub(crate) fn of_request(peer: Peer, headers: &HeaderMap, hops: usize) -> IpAddr {
    let Some(nth) = hops.checked_sub(1) else { return peer.0.to_canonical() };
    let values = headers.get_all(FORWARDED_FOR).iter().rev().filter_map(|value| value.to_str().ok());
    let mut entries = values.flat_map(|value| value.rsplit(','));
    entries.nth(nth).and_then(parse).unwrap_or(peer.0).to_canonical()
}

/// An address as proxies write it: bare, in brackets, with a port.
fn parse(entry: &str) -> Option<IpAddr> {
    let entry = entry.trim();
    let bare = entry.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(entry);
    bare.parse().ok().or_else(|| entry.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

/// What limits count by: an IPv4 address, or the network of an IPv6 one, of which one customer has 2^64 addresses.
pub(crate) fn counted(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.into(),
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX)).into(),
    }
}

/// A network: addresses whose first `bits` are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u32,
}

impl std::str::FromStr for Network {
    type Err = String;

    /// `10.0.0.0/8`, `fd00::/8`, or one address.
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no address or network, as in 10.0.0.0/8");
        let (address, bits) =
            text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(most), |bits| bits.parse().map_err(|_| wrong()))?;
        if bits > most { Err(wrong()) } else { Ok(Self { address, bits }) }
    }
}

impl std::fmt::Display for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.address, self.bits)
    }
}

impl Network {
    /// How many of its first bits are fixed: of 32 for IPv4, of 128 for IPv6.
    #[must_use]
    pub fn bits(&self) -> u32 {
        self.bits
    }

    /// Whether its addresses are of IPv4.
    #[must_use]
    pub fn is_ipv4(&self) -> bool {
        self.address.is_ipv4()
    }

    /// Whether it has this address.
    #[must_use]
    pub fn has(&self, address: IpAddr) -> bool {
        // Shifted out altogether: every address is in it.
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                (own.to_bits() ^ other.to_bits()).checked_shr(32 - self.bits).unwrap_or(0) == 0
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                (own.to_bits() ^ other.to_bits()).checked_shr(128 - self.bits).unwrap_or(0) == 0
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_believed_as_far_as_there_are_proxies() {
        let cases: [(usize, &[&str], &str); 11] = [
            (0, &["1.1.1.1"], "9.9.9.9"),
            (1, &[], "9.9.9.9"),
            (1, &["1.1.1.1"], "1.1.1.1"),
            (1, &["6.6.6.6, 1.1.1.1"], "1.1.1.1"),
            (1, &["6.6.6.6", "1.1.1.1"], "1.1.1.1"),
            (2, &["6.6.6.6, 1.1.1.1 ,10.0.0.1"], "1.1.1.1"),
            (2, &["1.1.1.1"], "9.9.9.9"),
            (1, &["unknown"], "9.9.9.9"),
            (1, &["1.1.1.1:443"], "1.1.1.1"),
            (1, &["[2001:db8::1]:443"], "2001:db8::1"),
            (1, &["::ffff:1.1.1.1"], "1.1.1.1"),
        ];
        for (hops, values, want) in cases {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(FORWARDED_FOR, value.parse().expect("is a value"));
            }
            let peer = Peer("9.9.9.9".parse().expect("is an address"));
            let got = of_request(peer, &headers, hops);
            assert_eq!(got, want.parse::<IpAddr>().expect("is an address"), "{hops} of {values:?}");
        }
    }

    #[test]
    fn limits_count_by_network_and_networks_have_their_addresses() {
        let address = |text: &str| text.parse::<IpAddr>().expect("is an address");
        assert_eq!(counted(address("2001:db8::1")), counted(address("2001:db8::2:1")));
        assert_ne!(counted(address("2001:db8::1")), counted(address("2001:db8:0:1::1")));
        assert_ne!(counted(address("10.0.0.1")), counted(address("10.0.0.2")));
        let cases = [
            ("10.0.0.0/8", "10.1.2.3", true),
            ("10.0.0.0/8", "11.1.2.3", false),
            ("10.0.0.1", "10.0.0.2", false),
            ("0.0.0.0/0", "11.1.2.3", true),
            ("0.0.0.0/0", "::2", false),
            ("::/0", "fd00::1", true),
            ("127.0.0.1", "::ffff:127.0.0.1", true),
            ("fd00::/8", "fe00::1", false),
        ];
        for (network, other, want) in cases {
            assert_eq!(
                network.parse::<Network>().expect("is one").has(address(other)),
                want,
                "{network} {other}"
            );
        }
        for wrong in ["10.0.0.0/33", "10.0.0/8", "", "x", "::/129", "10.0.0.0/-1"] {
            assert!(wrong.parse::<Network>().is_err(), "{wrong}");
        }
    }
}
