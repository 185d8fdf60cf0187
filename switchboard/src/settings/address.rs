//! Addresses and URLs, parsed.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use switchboard_roomsvc::store::{RedisAddress, hide_secrets};

/// Where to listen: `localhost` stands for both of its addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) socket: SocketAddr,
    /// The IPv6 half of `localhost`: left out on a machine that has no IPv6.
    pub(crate) may_be_absent: bool,
}

impl Address {
    fn required(ip: IpAddr, port: u16) -> Self {
        Self { socket: SocketAddr::new(ip, port), may_be_absent: false }
    }

    /// Both addresses of `localhost`.
    pub(crate) fn localhost(port: u16) -> Vec<Self> {
        let v6 = SocketAddr::new(Ipv6Addr::LOCALHOST.into(), port);
        vec![Self::required(Ipv4Addr::LOCALHOST.into(), port), Self { socket: v6, may_be_absent: true }]
    }

    /// Reads `HOST:PORT`, several parted by commas.
    pub(crate) fn parse_list(text: &str) -> Result<Vec<Self>, String> {
        let mut addresses = Vec::new();
        for part in text.split(',').map(str::trim) {
            addresses.extend(Self::parse(part)?);
        }
        Ok(addresses)
    }

    /// Reads one `HOST:PORT`; of `localhost` the IPv4 address.
    pub(crate) fn parse_one(text: &str) -> Result<SocketAddr, String> {
        match Self::parse(text.trim())?.first() {
            Some(address) => Ok(address.socket),
            None => Err(how_to(text)),
        }
    }

    fn parse(text: &str) -> Result<Vec<Self>, String> {
        let (host, port) = text.rsplit_once(':').ok_or_else(|| how_to(text))?;
        let port: u16 = port.parse().map_err(|_| how_to(text))?;
        if host == "localhost" {
            return Ok(Self::localhost(port));
        }
        let ip = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
            Some(v6) => v6.parse().map(IpAddr::V6),
            None => host.parse().map(IpAddr::V4),
        };
        Ok(vec![Self::required(ip.map_err(|_| how_to(text))?, port)])
    }
}

fn how_to(text: &str) -> String {
    format!("{text:?} is no HOST:PORT, as in localhost:8080, 0.0.0.0:8080 or [::]:8080")
}

/// The address of a store, with its secrets hidden from everything that prints it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct RedisUrl {
    text: String,
    tls: bool,
}

impl RedisUrl {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        RedisAddress::parse(text).map(|address| Self { text: text.to_owned(), tls: address.is_tls() })
    }

    /// Whether its connections are TLS.
    pub(crate) fn is_tls(&self) -> bool {
        self.tls
    }

    /// The URL with its secrets, for the store alone.
    pub(crate) fn expose(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hide_secrets(&self.text))
    }
}

impl fmt::Debug for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Reads an origin, as a browser sends it.
pub(crate) fn parse_origin(text: &str) -> Result<String, String> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    // It would be taken for a word of its own that no browser says, or for a promise that anybody may connect.
    if text.contains('*') {
        return Err(format!(
            "{text:?}: pages are let in one by one; name each whole origin, as in https://app.example.com"
        ));
    }
    match rest {
        Some(host) if !host.is_empty() && !host.contains(['/', '@', '?', '#']) => {
            Ok(text.to_ascii_lowercase())
        }
        _ => Err(format!("{text:?} is no origin, as in https://app.example.com")),
    }
}

/// Reads the URL of a gRPC server.
pub(crate) fn parse_grpc_url(text: &str) -> Result<String, String> {
    match text.strip_prefix("http://").or_else(|| text.strip_prefix("https://")) {
        Some(rest) if !rest.trim_end_matches('/').is_empty() => Ok(text.trim_end_matches('/').to_owned()),
        _ => Err(format!("{text:?} is no URL of a room service, as in http://127.0.0.1:50051")),
    }
}
