//! What the rules judge: the settings, where their secrets stand, and who may read those files.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use switchboard_roomsvc::store::RedisAddress;

use crate::settings::given::{self, Given, Place};
use crate::settings::high::{Auth, Gateway, Program, RoomService, Settings};
use crate::settings::low::{Key, Low};

/// A file with a secret in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SecretFile {
    pub(crate) path: PathBuf,
    /// The bits of its permissions.
    pub(crate) mode: u32,
}

/// Everything that a rule may look at.
#[derive(Debug)]
pub(crate) struct Facts<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) redis: Option<RedisAddress>,
    pub(crate) secrets: Vec<Given>,
    pub(crate) files: Vec<SecretFile>,
    /// Whether a gateway shows room services a certificate; it may also check theirs and show none.
    pub(crate) shows_certificate: bool,
}

impl<'a> Facts<'a> {
    /// Reads who may read the files with secrets; the rest is in the settings.
    pub(crate) fn read(settings: &'a Settings, low: &Low) -> Self {
        let redis = settings.room_service.as_ref().and_then(|part| part.redis_url.as_ref());
        let secrets = given::secrets(settings.program, low);
        let paths = secrets.iter().filter_map(|given| match &given.place {
            Place::File(path) => Some(path.clone()),
            Place::Flag(_) | Place::Variable(_) => None,
        });
        let keys = given::key_files(settings.program, low).into_iter().map(|(_, path)| path);
        // Each once, in a fixed order.
        let modes: BTreeMap<_, _> = paths
            .chain(keys)
            .filter_map(|path| Some((path.clone(), std::fs::metadata(path).ok()?.permissions().mode())))
            .collect();
        Self {
            settings,
            redis: redis.and_then(|url| RedisAddress::parse(url.expose()).ok()),
            secrets,
            files: modes.into_iter().map(|(path, mode)| SecretFile { path, mode }).collect(),
            shows_certificate: low.get(Key::RoomsvcTlsCert).is_some(),
        }
    }

    pub(crate) fn is_open(&self) -> bool {
        matches!(self.settings.auth, Auth::Open)
    }

    /// The gateway's half, if the program has it.
    pub(crate) fn gateway(&self) -> Option<&'a Gateway> {
        self.settings.gateway.as_ref()
    }

    /// The gateway's half of a gateway that runs alone.
    pub(crate) fn gateway_alone(&self) -> Option<&'a Gateway> {
        self.gateway().filter(|_| self.settings.program == Program::Gateway)
    }

    pub(crate) fn room_service(&self) -> Option<&'a RoomService> {
        self.settings.room_service.as_ref()
    }

    /// Where browsers come in.
    pub(crate) fn web(&self) -> impl Iterator<Item = SocketAddr> + 'a {
        self.gateway().into_iter().flat_map(|gateway| &gateway.listen).map(|address| address.socket)
    }

    /// Where browsers on other machines come in.
    pub(crate) fn web_beyond(&self) -> impl Iterator<Item = SocketAddr> + 'a {
        self.web().filter(|socket| !is_loopback(socket.ip()))
    }

    /// Where gRPC of other machines comes in.
    pub(crate) fn grpc_beyond(&self) -> Option<SocketAddr> {
        Some(self.room_service()?.listen).filter(|socket| !is_loopback(socket.ip()))
    }

    /// The room services on other machines that a gateway dials.
    pub(crate) fn room_services_beyond(&self) -> impl Iterator<Item = &'a str> {
        let urls = self.gateway_alone().into_iter().flat_map(|gateway| &gateway.roomsvc);
        urls.map(String::as_str).filter(|url| !is_local(host_of(url)))
    }

    /// Redis, if it is on another machine.
    pub(crate) fn redis_beyond(&self) -> Option<&RedisAddress> {
        self.redis.as_ref().filter(|redis| !redis.hosts().all(is_local))
    }
}

/// Whether only this machine reaches it.
pub(crate) fn is_loopback(ip: IpAddr) -> bool {
    ip.to_canonical().is_loopback()
}

/// Whether an address is one of a network of one's own: loopback, or not routed on the Internet. The unspecified one is
/// not: it is whatever the machine has.
pub(crate) fn is_of_own_network(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(v4) => {
            // 100.64.0.0/10 is shared address space, which clouds and overlays use (RFC 6598).
            let is_shared = v4.octets()[0] == 100 && v4.octets()[1] & 0xc0 == 64;
            v4.is_loopback() || v4.is_private() || v4.is_link_local() || is_shared
        }
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local(),
    }
}

/// Whether a host is this machine.
fn is_local(host: &str) -> bool {
    let name = host.trim_end_matches('.').to_ascii_lowercase();
    name == "localhost" || name.ends_with(".localhost") || host.parse().is_ok_and(is_loopback)
}

/// The host in a URL, of an IPv6 address without brackets.
pub(crate) fn host_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    match host.strip_prefix('[').and_then(|host| host.split_once(']')) {
        Some((v6, _)) => v6,
        None => host.split_once(':').map_or(host, |(host, _)| host),
    }
}

/// Whether an origin or URL is on this machine.
pub(crate) fn is_local_url(url: &str) -> bool {
    is_local(host_of(url))
}
