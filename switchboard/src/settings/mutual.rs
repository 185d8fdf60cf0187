//! gRPC over TLS: from settings to both sides of it.

use rustls::{ClientConfig, ServerConfig};
use switchboard_auth::{CertificateNames, Mutual, MutualFiles, TlsError};

use super::high::{Reader, parse_path};
use super::low::Key;

/// The name in the certificates of gateways, unless another one is set.
const GATEWAY_NAME: &str = "switchboard-gateway";

impl Reader<'_> {
    /// The room service's side.
    pub(super) fn grpc_tls(&mut self) -> Option<Mutual<ServerConfig>> {
        let keys = [Key::GrpcTlsCert, Key::GrpcTlsKey, Key::GrpcClientCa];
        let files = self.mutual_files(keys, [Key::GrpcGatewayName, Key::GrpcAdminName])?;
        if files.own.is_none() {
            self.mistakes.add(&keys[2].flag(), "needs a certificate for the API too: --grpc-tls-cert FILE");
            return None;
        }
        Mutual::server(files).map_err(|error| self.note(keys, &error)).ok()
    }

    /// The gateway's side.
    pub(super) fn room_service_tls(&mut self, urls: &[String]) -> Option<Mutual<ClientConfig>> {
        let keys = [Key::RoomsvcTlsCert, Key::RoomsvcTlsKey, Key::RoomsvcTlsCa];
        let secure = urls.iter().any(|url| url.starts_with("https://"));
        let Some(files) = self.mutual_files(keys, []) else {
            if secure {
                self.mistakes
                    .add(&Key::Roomsvc.flag(), "https:// needs authorities too: --roomsvc-tls-ca FILE");
            }
            return None;
        };
        if files.authorities.is_none() {
            self.mistakes.add(&keys[0].flag(), "needs authorities too: --roomsvc-tls-ca FILE");
            return None;
        }
        if !urls.iter().all(|url| url.starts_with("https://")) {
            let what = "is for room services at https://: write so in --roomsvc, for all of them";
            self.mistakes.add(&keys[2].flag(), what);
            return None;
        }
        Mutual::client(files).map_err(|error| self.note(keys, &error)).ok()
    }

    /// Whose certificates are whose.
    pub(super) fn certificate_names(&mut self) -> CertificateNames {
        // DNS names know no case.
        let name =
            |text: &str| Ok(if text.contains(':') { text.to_owned() } else { text.to_ascii_lowercase() });
        let gateways = self.list(Key::GrpcGatewayName, name);
        let admins = self.list(Key::GrpcAdminName, name).unwrap_or_default();
        CertificateNames { gateways: gateways.unwrap_or_else(|| vec![GATEWAY_NAME.into()]), admins }
    }

    /// The files of certificate, key and authorities; none if none is set, or one is set wrongly.
    fn mutual_files<const N: usize>(&mut self, keys: [Key; 3], names: [Key; N]) -> Option<MutualFiles> {
        let [cert_key, key_key, ca_key] = keys;
        let [cert, key, authorities] = keys.map(|key| self.one(key, parse_path));
        for name in names.into_iter().filter(|name| authorities.is_none() && self.low.get(*name).is_some()) {
            let what =
                format_args!("is for who shows a certificate: name its authorities with {}", ca_key.flag());
            self.mistakes.add(&name.flag(), what);
        }
        let own = match (cert, key) {
            (Some(cert), Some(key)) => Some((cert, key)),
            (None, None) => None,
            (Some(_), None) => {
                self.mistakes
                    .add(&cert_key.flag(), format_args!("needs its key too: {} FILE", key_key.flag()));
                return None;
            }
            (None, Some(_)) => {
                let what = format_args!("needs its certificate too: {} FILE", cert_key.flag());
                self.mistakes.add(&key_key.flag(), what);
                return None;
            }
        };
        (own.is_some() || authorities.is_some()).then_some(MutualFiles { own, authorities })
    }

    fn note(&mut self, [cert, key, authorities]: [Key; 3], error: &TlsError) {
        let key = match error {
            TlsError::Cert(_) | TlsError::Folder(_) => cert,
            TlsError::Key(_) | TlsError::Pair(_) => key,
            TlsError::Authorities(_) => authorities,
        };
        self.mistakes.add(&key.flag(), error);
    }
}
