//! A certificate that signs itself, for loopback and the LAN: made once and kept, so that a browser or phone that was
//! told to trust it still does after a restart.
//!
//! The key never changes. The certificate is made anew when it runs out, or when this machine has an address that it
//! does not name; addresses that were named before stay, so that a laptop which goes to and fro between two networks
//! keeps one certificate.

use std::fs::{self, DirBuilder, Permissions};
use std::io::{self, ErrorKind, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::Path;
use std::time::{Duration, SystemTime};

use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose,
    SanType, SerialNumber,
};
use tempfile::NamedTempFile;
use time::OffsetDateTime;

use switchboard_auth::certificate::{CertificateFacts, Pem, TlsError};

const DAY: Duration = Duration::from_secs(86_400);
/// iOS takes no server's certificate that is good for more than 825 days.
const VALID_FOR: Duration = Duration::from_secs(820 * 86_400);
/// So long before it runs out there is a new one.
const RENEW_BEFORE: Duration = Duration::from_secs(30 * 86_400);
/// Clocks of phones may be behind.
const VALID_SINCE: Duration = DAY;
/// Addresses that a certificate names at most; the newest count.
const ADDRESSES_MAX: usize = 32;

/// The certificate in `folder`, as it should be at `now` on a machine with these LAN addresses; made if need be.
pub(super) fn ensure(folder: &Path, lan: &[IpAddr], now: SystemTime) -> Result<Pem, TlsError> {
    let folder = folder.join("tls");
    let wrong = |error: &dyn std::fmt::Display| {
        TlsError::Folder(format!("{} can't keep the certificate: {error}", folder.display()))
    };
    DirBuilder::new().recursive(true).mode(0o700).create(&folder).map_err(|error| wrong(&error))?;
    let (key_path, cert_path) = (folder.join("self-signed.key"), folder.join("self-signed.crt"));
    let key_pem = keep_key(&folder, &key_path).map_err(|error| wrong(&error))?;

    let mut addresses: Vec<IpAddr> = vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
    addresses.extend(lan);
    if let Ok(cert_pem) = fs::read(&cert_path) {
        // One that can't be read, or is another key's, gives way to a new one.
        let kept = Pem::new(&cert_path, cert_pem, &key_path, key_pem.clone());
        if let Ok(certificate) = kept.clone().parse() {
            if is_good(&certificate.facts, &addresses, now) {
                return Ok(kept);
            }
            let before = certificate.facts.addresses.into_iter();
            let before: Vec<_> = before.filter(|address| !addresses.contains(address)).collect();
            addresses.extend(before);
        }
    }
    addresses.truncate(ADDRESSES_MAX);
    let cert_pem = make(&key_pem, &addresses, now).map_err(|error| wrong(&error))?;
    let mut file = new_file(&folder, cert_pem.as_bytes()).map_err(|error| wrong(&error))?;
    // Nothing of it is secret, and people copy it to where it is to be trusted.
    file.as_file_mut().set_permissions(Permissions::from_mode(0o644)).map_err(|error| wrong(&error))?;
    file.persist(&cert_path).map_err(|error| wrong(&error.error))?;
    Ok(Pem::new(&cert_path, cert_pem.into_bytes(), &key_path, key_pem))
}

/// Whether it names all of that and is good for a while.
fn is_good(facts: &CertificateFacts, addresses: &[IpAddr], now: SystemTime) -> bool {
    let names_all = addresses.iter().take(ADDRESSES_MAX).all(|address| facts.addresses.contains(address));
    names_all && facts.names.iter().any(|name| name == "localhost") && now + RENEW_BEFORE < facts.not_after
}

/// The key that is there, else a new one. Readable by its owner alone, at every moment.
fn keep_key(folder: &Path, path: &Path) -> io::Result<Vec<u8>> {
    let is_there = |error: &io::Error| error.kind() == ErrorKind::AlreadyExists;
    if !path.exists() {
        let key = KeyPair::generate().map_err(io::Error::other)?.serialize_pem();
        match new_file(folder, key.as_bytes())?.persist_noclobber(path) {
            Ok(_) => {}
            // Another process on the same folder was quicker.
            Err(error) if is_there(&error.error) => {}
            Err(error) => return Err(error.error),
        }
    }
    if fs::metadata(path)?.permissions().mode() & 0o077 != 0 {
        tracing::warn!(path = %path.display(), "others could read the key; now its owner alone can");
        fs::set_permissions(path, Permissions::from_mode(0o600))?;
    }
    fs::read(path)
}

/// A file of its own, with mode 0600, that gets its name when it is whole.
fn new_file(folder: &Path, bytes: &[u8]) -> io::Result<NamedTempFile> {
    let mut file = NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    Ok(file)
}

fn make(key_pem: &[u8], addresses: &[IpAddr], now: SystemTime) -> Result<String, String> {
    let key = std::str::from_utf8(key_pem).map_err(|_| "the key is no PEM".to_owned())?;
    let key = KeyPair::from_pem(key).map_err(|error| format!("the key can't be used: {error}"))?;
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "Switchboard, self-signed");
    // Browsers refuse a second certificate of one issuer with one number.
    let mut number: [u8; 16] = rand::random();
    number[0] &= 0x7f;
    params.serial_number = Some(SerialNumber::from_slice(&number));
    params.not_before = OffsetDateTime::from(now - VALID_SINCE);
    params.not_after = OffsetDateTime::from(now + VALID_FOR);
    let localhost = "localhost".try_into().map_err(|error: rcgen::Error| error.to_string())?;
    params.subject_alt_names = vec![SanType::DnsName(localhost)];
    params.subject_alt_names.extend(addresses.iter().map(|address| SanType::IpAddress(*address)));
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let certificate = params.self_signed(&key).map_err(|error| error.to_string())?;
    Ok(certificate.pem())
}

/// Under which addresses other machines of the LAN reach this one. Global IPv6 addresses are none of them: they change
/// from day to day, and the certificate with them.
#[must_use]
pub fn lan_addresses() -> Vec<IpAddr> {
    let interfaces = match nix::ifaddrs::getifaddrs() {
        Ok(interfaces) => interfaces,
        Err(error) => {
            tracing::warn!(%error, "the addresses of this machine can't be listed");
            return Vec::new();
        }
    };
    let addresses = interfaces.filter_map(|interface| {
        let address = interface.address?;
        let v4 = address.as_sockaddr_in().map(|address| IpAddr::V4(address.ip()));
        v4.or_else(|| address.as_sockaddr_in6().map(|address| IpAddr::V6(address.ip())))
    });
    let mut addresses: Vec<_> = addresses.filter(is_lan).collect();
    addresses.sort_unstable();
    addresses.dedup();
    addresses
}

fn is_lan(address: &IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => !v4.is_loopback() && !v4.is_link_local() && !v4.is_unspecified(),
        IpAddr::V6(v6) => v6.is_unique_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOME: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 168, 1, 7));
    const OFFICE: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 9));

    fn facts(folder: &Path, lan: &[IpAddr], now: SystemTime) -> CertificateFacts {
        ensure(folder, lan, now).expect("is kept").parse().expect("is a good pair").facts
    }

    #[test]
    fn it_names_loopback_and_lan_and_stays_the_same() {
        let folder = tempfile::tempdir().expect("a folder");
        let now = SystemTime::now();
        let first = facts(folder.path(), &[HOME], now);
        assert_eq!(first.names, ["localhost"]);
        assert_eq!(
            first.addresses,
            ["127.0.0.1".parse().expect("is one"), IpAddr::V6(Ipv6Addr::LOCALHOST), HOME]
        );
        assert!(first.not_after < now + 825 * DAY);
        assert_eq!(facts(folder.path(), &[HOME], now + 700 * DAY), first);
        // The interface is down.
        assert_eq!(facts(folder.path(), &[], now), first);
    }

    #[test]
    fn a_new_address_is_added_and_the_old_ones_stay() {
        let folder = tempfile::tempdir().expect("a folder");
        let now = SystemTime::now();
        let first = facts(folder.path(), &[HOME], now);
        let second = facts(folder.path(), &[OFFICE], now);
        assert_ne!(first.fingerprint, second.fingerprint);
        assert!(second.addresses.contains(&HOME) && second.addresses.contains(&OFFICE));
        for lan in [HOME, OFFICE] {
            assert_eq!(facts(folder.path(), &[lan], now), second);
        }
        // And never too many: those of now stay.
        let many: Vec<_> = (0..100).map(|n| IpAddr::from([10, 1, 0, n])).collect();
        let third = facts(folder.path(), &many, now);
        assert_eq!((third.addresses.len(), third.addresses[2]), (ADDRESSES_MAX, many[0]));
        assert_eq!(facts(folder.path(), &many, now), third);
    }

    #[test]
    fn it_is_made_anew_before_it_runs_out_and_when_it_can_not_be_used() {
        let folder = tempfile::tempdir().expect("a folder");
        let now = SystemTime::now();
        let first = facts(folder.path(), &[], now);
        let later = now + 795 * DAY;
        let second = facts(folder.path(), &[], later);
        assert!(first.fingerprint != second.fingerprint && second.not_after > later + 800 * DAY);
        fs::write(folder.path().join("tls/self-signed.crt"), "garbage").expect("is written");
        let third = facts(folder.path(), &[], now);
        fs::remove_file(folder.path().join("tls/self-signed.key")).expect("is there");
        let fourth = facts(folder.path(), &[], now);
        assert_ne!(third.fingerprint, fourth.fingerprint);
    }

    #[test]
    fn the_key_is_its_owners_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let mode = |path: &str| {
            fs::metadata(folder.path().join(path)).expect("is there").permissions().mode() & 0o777
        };
        let inner = folder.path().join("new/deeper");
        ensure(&inner, &[], SystemTime::now()).expect("is kept");
        assert_eq!(mode("new/deeper/tls/self-signed.key"), 0o600);
        assert_eq!(mode("new/deeper/tls"), 0o700);
        let key = inner.join("tls/self-signed.key");
        fs::set_permissions(&key, Permissions::from_mode(0o644)).expect("is ours");
        ensure(&inner, &[], SystemTime::now()).expect("is kept");
        assert_eq!(mode("new/deeper/tls/self-signed.key"), 0o600);
        let left: Vec<_> = fs::read_dir(inner.join("tls")).expect("is there").collect();
        assert_eq!(left.len(), 2, "no temporary file is left");
    }

    #[test]
    fn a_folder_that_can_not_be_used_is_told() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("file");
        fs::write(&file, "").expect("is written");
        let error = ensure(&file, &[], SystemTime::now()).expect_err("is a file");
        assert!(error.to_string().contains("can't keep the certificate"), "{error}");
    }

    #[test]
    fn lan_addresses_are_those_of_the_lan() {
        let cases = [
            ("127.0.0.1", false),
            ("169.254.3.4", false),
            ("192.168.1.7", true),
            ("203.0.113.9", true),
            ("::1", false),
            ("fe80::1", false),
            ("fd12::1", true),
            ("2001:db8::1", false),
        ];
        for (address, lan) in cases {
            assert_eq!(is_lan(&address.parse().expect("is one")), lan, "{address}");
        }
        assert!(lan_addresses().iter().all(is_lan));
    }
}
