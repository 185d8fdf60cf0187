//! What a start tells people: where things are, what they stand on, and what to try next.

use std::fmt::{self, Write as _};
use std::net::SocketAddr;
use std::time::SystemTime;

use switchboard_gateway::{CertificateFacts, TlsSource};

use crate::settings::high::{Auth, Program, RoomService, Settings};

/// Where the program really listens, ports that the machine chose included.
#[derive(Debug, Clone, Default)]
pub(crate) struct Bound {
    pub(crate) web: Vec<SocketAddr>,
    pub(crate) grpc: Option<SocketAddr>,
    pub(crate) gateway_admin: Option<SocketAddr>,
    pub(crate) room_service_admin: Option<SocketAddr>,
}

/// The lines of a start. `certificate` is what browsers are shown, if they come over TLS.
pub(crate) fn text(settings: &Settings, bound: &Bound, certificate: Option<&CertificateFacts>) -> String {
    let mut text = String::new();
    // Writing to a string can't fail.
    let _ = write(&mut text, settings, bound, certificate);
    text
}

fn write(
    out: &mut String,
    settings: &Settings,
    bound: &Bound,
    certificate: Option<&CertificateFacts>,
) -> fmt::Result {
    let program = match settings.program {
        Program::AllInOne => "gateway and room service",
        Program::Gateway => "gateway",
        Program::RoomService => "room service",
    };
    writeln!(out, "Switchboard {}: {program}", env!("CARGO_PKG_VERSION"))?;
    let scheme = if certificate.is_some() { "https" } else { "http" };
    let page = page_url(scheme, &bound.web);
    if let Some(page) = &page {
        let listens: Vec<_> = bound.web.iter().map(SocketAddr::to_string).collect();
        line(out, "page", format_args!("{page} (listens on {})", listens.join(", ")))?;
    }
    if let Some(certificate) = certificate {
        write_certificate(out, settings, bound, certificate)?;
    }
    if let Some(grpc) = bound.grpc {
        line(out, "gRPC API", format_args!("{grpc}"))?;
    }
    if let Some(gateway) = settings.gateway.as_ref().filter(|gateway| !gateway.roomsvc.is_empty()) {
        line(out, "room services", format_args!("{}", gateway.roomsvc.join(", ")))?;
    }
    if let Some(room_service) = &settings.room_service {
        match &room_service.redis_url {
            Some(url) => line(out, "store", format_args!("Redis at {url}"))?,
            None => line(out, "store", format_args!("memory: rooms live in this process and end with it"))?,
        }
    }
    match &settings.auth {
        Auth::Open => line(out, "auth", format_args!("open: whoever reaches it can join any room"))?,
        Auth::Token(token) => line(out, "auth", format_args!("token: {}", token.told))?,
    }
    for (name, address) in [("gateway", bound.gateway_admin), ("room service", bound.room_service_admin)] {
        if let Some(address) = address {
            line(out, "admin", format_args!("http://{address}/metrics ({name})"))?;
        }
    }
    if let Some(file) = &settings.file {
        line(out, "settings file", format_args!("{file}"))?;
    }
    for variable in &settings.from_environment {
        line(out, "from environment", format_args!("{variable}"))?;
    }
    writeln!(out, "Try next:")?;
    if let Some(page) = &page {
        writeln!(out, "  open {page}/?room=demo&name=ann")?;
        writeln!(out, "  and  {page}/?room=demo&name=bob in a second tab, and press Share screen in one")?;
    }
    if let (Some(room_service), Some(grpc)) = (&settings.room_service, bound.grpc) {
        write_grpc_hints(out, settings, room_service, reachable(grpc))?;
    }
    Ok(())
}

/// Commands that work with its TLS and its tokens.
fn write_grpc_hints(
    out: &mut String,
    settings: &Settings,
    room_service: &RoomService,
    grpc: SocketAddr,
) -> fmt::Result {
    let is_open = matches!(settings.auth, Auth::Open);
    let own = room_service.tls.as_ref().and_then(|tls| tls.files().own.as_ref());
    let (says, note) = if is_open {
        ("", "")
    } else {
        (" -H \"authorization: Bearer $TOKEN\"", "  # a token that grants list_rooms: docs/tokens.md")
    };
    // Go, and so grpcurl, takes a certificate as its own authority: no other file is known here to have signed it.
    let trusts = own.map_or_else(|| "-plaintext".into(), |(cert, _)| format!("-cacert {}", cert.display()));
    writeln!(out, "  grpcurl {trusts}{says} {grpc} switchboard.v1.RoomService/ListRooms{note}")?;
    if settings.program == Program::RoomService {
        let mode = if is_open { " --auth open" } else { "" };
        let (scheme, ca) = if own.is_some() { ("https", " --roomsvc-tls-ca FILE") } else { ("http", "") };
        writeln!(out, "  switchboard gateway{mode} --roomsvc {scheme}://{grpc}{ca}")?;
    }
    Ok(())
}

/// What the certificate is, and where other machines come in.
fn write_certificate(
    out: &mut String,
    settings: &Settings,
    bound: &Bound,
    certificate: &CertificateFacts,
) -> fmt::Result {
    let source = settings.gateway.as_ref().and_then(|gateway| gateway.tls.as_ref());
    let kind = match source {
        Some(TlsSource::SelfSigned { folder }) => {
            // Who listens on all addresses is found under each of them.
            let open = bound.web.iter().find(|address| address.ip().is_unspecified());
            for address in switchboard_gateway::tls::lan_addresses() {
                if let Some(open) = open.filter(|open| open.is_ipv6() || address.is_ipv4()) {
                    line(
                        out,
                        "on the LAN",
                        format_args!("https://{}", SocketAddr::new(address, open.port())),
                    )?;
                }
            }
            format!("self-signed, kept in {}", folder.join("tls").display())
        }
        Some(TlsSource::Files { cert, .. }) => format!("from {}", cert.display()),
        None => String::new(),
    };
    let until = humantime::format_rfc3339_seconds(certificate.not_after);
    let expired = if certificate.not_after < SystemTime::now() { ", which is over" } else { "" };
    let names = certificate.names.iter().cloned();
    let names: Vec<_> = names.chain(certificate.addresses.iter().map(ToString::to_string)).collect();
    line(out, "certificate", format_args!("{kind}, until {until}{expired}"))?;
    line(out, "  for", format_args!("{}", names.join(", ")))?;
    line(out, "  SHA-256", format_args!("{}", certificate.fingerprint))
}

fn line(out: &mut String, name: &str, value: fmt::Arguments<'_>) -> fmt::Result {
    writeln!(out, "  {name:<18}{value}")
}

/// An address under which this machine reaches itself.
pub(crate) fn reachable(address: SocketAddr) -> SocketAddr {
    let mut reachable = address;
    if address.ip().is_unspecified() {
        reachable.set_ip(if address.is_ipv4() {
            std::net::Ipv4Addr::LOCALHOST.into()
        } else {
            std::net::Ipv6Addr::LOCALHOST.into()
        });
    }
    reachable
}

fn page_url(scheme: &str, web: &[SocketAddr]) -> Option<String> {
    let first = reachable(*web.first()?);
    // A browser shares a screen on a secure page only, and http://localhost counts as one.
    if first.ip().is_loopback() {
        return Some(format!("{scheme}://localhost:{}", first.port()));
    }
    Some(format!("{scheme}://{first}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Mistakes;
    use crate::settings::low::Low;

    fn settings(program: Program, variables: &[(&str, &str)]) -> Settings {
        let open: &[_] = if program == Program::AllInOne { &[] } else { &[("SWITCHBOARD_AUTH", "open")] };
        let variables = [open, variables].concat();
        let look = |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
        let mut mistakes = Mistakes::default();
        let low = Low::read(Default::default(), None, look, &mut mistakes);
        Settings::from_low(program, &low, mistakes).expect("good settings")
    }

    fn told(program: Program, variables: &[(&str, &str)]) -> String {
        let settings = settings(program, variables);
        let web =
            vec!["127.0.0.1:8080".parse().expect("an address"), "[::1]:8080".parse().expect("an address")];
        let bound = match program {
            Program::AllInOne => Bound { web, grpc: "127.0.0.1:50051".parse().ok(), ..Bound::default() },
            Program::Gateway => Bound { web, ..Bound::default() },
            Program::RoomService => Bound { grpc: "0.0.0.0:50051".parse().ok(), ..Bound::default() },
        };
        text(&settings, &bound, None)
    }

    #[test]
    fn a_first_run_tells_where_things_are_and_what_to_try() {
        let text = told(Program::AllInOne, &[]);
        let wanted = [
            "page              http://localhost:8080 (listens on 127.0.0.1:8080, [::1]:8080)",
            "gRPC API          127.0.0.1:50051",
            "store             memory: rooms live in this process and end with it",
            "auth              open",
            "open http://localhost:8080/?room=demo&name=ann",
            "grpcurl -plaintext 127.0.0.1:50051 switchboard.v1.RoomService/ListRooms",
        ];
        for want in wanted {
            assert!(text.contains(want), "{want:?} is not in\n{text}");
        }
        assert!(!text.contains("environment"));
    }

    #[test]
    fn the_environment_is_told_without_its_secrets() {
        let variables = [("REDIS_URL", "redis://ann:hunter2@db:6379"), ("PORT", "9000")];
        let text = told(Program::AllInOne, &variables);
        for want in [
            "from environment  REDIS_URL=redis://***@db:6379",
            "from environment  PORT=9000",
            "Redis at redis://***@db:6379",
        ] {
            assert!(text.contains(want), "{want:?} is not in\n{text}");
        }
        assert!(!text.contains("hunter2"));
    }

    #[test]
    fn a_certificate_is_told_with_its_fingerprint() {
        let variables =
            [("SWITCHBOARD_TLS", "self-signed"), ("SWITCHBOARD_DATA_DIR", "/data"), ("PORT", "5010")];
        let settings = settings(Program::AllInOne, &variables);
        let certificate = CertificateFacts {
            fingerprint: "AB:CD".into(),
            names: vec!["localhost".into()],
            uris: Vec::new(),
            addresses: vec!["127.0.0.1".parse().expect("is one"), "::1".parse().expect("is one")],
            not_after: SystemTime::UNIX_EPOCH,
        };
        let web = vec!["127.0.0.1:5010".parse().expect("an address")];
        let text = text(&settings, &Bound { web, ..Bound::default() }, Some(&certificate));
        for want in [
            "page              https://localhost:5010 (listens on 127.0.0.1:5010)",
            "certificate       self-signed, kept in /data/tls, until 1970-01-01T00:00:00Z, which is over",
            "for             localhost, 127.0.0.1, ::1",
            "SHA-256         AB:CD",
            "open https://localhost:5010/?room=demo&name=ann",
        ] {
            assert!(text.contains(want), "{want:?} is not in\n{text}");
        }
        assert!(!text.contains("LAN"), "it listens on loopback only: {text}");
    }

    #[test]
    fn with_tokens_the_command_says_one() {
        let variables = [
            ("SWITCHBOARD_AUTH", "token"),
            ("SWITCHBOARD_TOKEN_SECRET", "main=6f1c0e8a5b7d4932a1f0c3e5d7b92846"),
        ];
        let want = "grpcurl -plaintext -H \"authorization: Bearer $TOKEN\" 127.0.0.1:50051 ";
        let text = told(Program::AllInOne, &variables);
        assert!(text.contains(want), "{text}");
        assert!(!told(Program::AllInOne, &[]).contains("Bearer"));
    }

    #[test]
    fn each_program_tells_its_own() {
        let gateway = told(Program::Gateway, &[]);
        assert!(
            gateway.contains("room services     http://127.0.0.1:50051") && !gateway.contains("store"),
            "{gateway}"
        );
        let room_service = told(Program::RoomService, &[]);
        assert!(!room_service.contains("page"), "{room_service}");
        assert!(
            room_service.contains("switchboard gateway --auth open --roomsvc http://127.0.0.1:50051"),
            "{room_service}"
        );
    }
}
