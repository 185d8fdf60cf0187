//! A certificate and its key, from PEM to what a handshake shows, and the look whether there is another one.

use std::fmt::{self, Write as _};
use std::fs::File;
use std::io::{self, Read as _};
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use ::aws_lc_rs::digest;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use rustls::{Error, InconsistentKeys};
use x509_parser::extensions::GeneralName;

/// The longest file that is read: a chain has some 10 KiB.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// Why there is no certificate, in a sentence without its subject: the flag or setting that named the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TlsError {
    /// The certificate's file.
    #[error("{0}")]
    Cert(String),
    /// The key's file.
    #[error("{0}")]
    Key(String),
    /// Both are good, but not for each other.
    #[error("{0}")]
    Pair(String),
    /// The folder that keeps a self-signed one.
    #[error("{0}")]
    Folder(String),
    /// The file of the authorities.
    #[error("{0}")]
    Authorities(String),
}

/// What became of a look.
#[derive(Debug)]
pub enum Looked<'a> {
    /// What was read is used from now on.
    Changed,
    /// What was read can't be used, and is not what was told last; the old stays.
    Failed(&'a TlsError),
}

/// Reads every `period` what somebody else may have written, and has it taken, until stopped. `take` says whether it
/// was new. A mistake is told once, until it is another one.
pub async fn watch<T: Send + 'static>(
    period: Duration,
    stop: CancellationToken,
    read: impl Fn() -> Result<T, TlsError> + Clone + Send + 'static,
    take: impl Fn(T) -> Result<bool, TlsError>,
    tell: impl Fn(Looked<'_>),
) {
    let mut ticks = interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut last_error = None;
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = stop.cancelled() => return,
        }
        // Files: not on a thread that serves sockets.
        let Ok(read) = tokio::task::spawn_blocking(read.clone()).await else { continue };
        let error = match read.and_then(&take) {
            Ok(true) => {
                tell(Looked::Changed);
                None
            }
            Ok(false) => None,
            Err(error) => Some(error),
        };
        if error != last_error {
            if let Some(error) = &error {
                tell(Looked::Failed(error));
            }
            last_error = error;
        }
    }
}

/// What a certificate says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateFacts {
    /// SHA-256 over the certificate, as browsers show it: `AB:CD:…`.
    pub fingerprint: String,
    /// The DNS names that it is for.
    pub names: Vec<String>,
    /// The URIs that it is for.
    pub uris: Vec<String>,
    /// The addresses that it is for.
    pub addresses: Vec<IpAddr>,
    /// When it runs out.
    pub not_after: SystemTime,
}

/// A certificate with its key, ready for handshakes.
pub struct Certificate {
    /// What it was read from.
    pub pem: Pem,
    /// For handshakes.
    pub key: Arc<CertifiedKey>,
    /// What it says of itself.
    pub facts: CertificateFacts,
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate").field("facts", &self.facts).finish_non_exhaustive()
    }
}

impl fmt::Debug for Pem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pem").field("names", &self.names).finish_non_exhaustive()
    }
}

/// Certificate and key as text.
#[derive(Clone, PartialEq, Eq)]
pub struct Pem {
    /// Names for people.
    names: (String, String),
    cert: Vec<u8>,
    key: Vec<u8>,
}

impl Pem {
    /// Takes both as they were read; the paths are their names in errors.
    #[must_use]
    pub fn new(cert_path: &Path, cert: Vec<u8>, key_path: &Path, key: Vec<u8>) -> Self {
        Self { names: (cert_path.display().to_string(), key_path.display().to_string()), cert, key }
    }

    /// Reads both files.
    ///
    /// # Errors
    /// Which file can't be read.
    pub fn read(cert: &Path, key: &Path) -> Result<Self, TlsError> {
        let why = |path: &Path, error: io::Error| format!("{}: {error}", path.display());
        let cert_pem = read(cert).map_err(|error| TlsError::Cert(why(cert, error)))?;
        let key_pem = read(key).map_err(|error| TlsError::Key(why(key, error)))?;
        Ok(Self::new(cert, cert_pem, key, key_pem))
    }

    /// Checks that the two belong together.
    ///
    /// # Errors
    /// What is wrong with which of them.
    pub fn parse(self) -> Result<Certificate, TlsError> {
        let (cert_name, key_name) = &self.names;
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&self.cert).collect();
        let chain = chain.map_err(|error| TlsError::Cert(format!("{cert_name} is no good PEM: {error}")))?;
        let Some(leaf) = chain.first() else {
            return Err(TlsError::Cert(format!(
                "{cert_name} holds no certificate in PEM, which begins with -----BEGIN CERTIFICATE-----"
            )));
        };
        let facts = facts(leaf).map_err(|why| {
            TlsError::Cert(format!("{cert_name} holds a certificate that can't be read: {why}"))
        })?;
        let key = PrivateKeyDer::from_pem_slice(&self.key)
            .map_err(|error| TlsError::Key(no_key(key_name, &self.key, &error)))?;
        let key = match CertifiedKey::from_der(chain, key, &aws_lc_rs::default_provider()) {
            Ok(key) => key,
            Err(Error::InconsistentKeys(InconsistentKeys::KeyMismatch)) => {
                let what = format!("the key in {key_name} does not belong to the certificate in {cert_name}");
                return Err(TlsError::Pair(what));
            }
            Err(error) => {
                return Err(TlsError::Key(format!("{key_name} holds a key that can't be used: {error}")));
            }
        };
        Ok(Certificate { key: Arc::new(key), facts, pem: self })
    }
}

fn no_key(name: &str, pem: &[u8], error: &dyn std::fmt::Display) -> String {
    let encrypted = b"-----BEGIN ENCRYPTED PRIVATE KEY-----";
    if pem.windows(encrypted.len()).any(|window| window == encrypted) {
        return format!("{name} holds an encrypted key; take the password off: openssl pkey -in {name}");
    }
    format!("{name} holds no private key in PEM: {error}")
}

/// Reads a file of certificates or keys.
pub(crate) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(io::Error::other("it is longer than any certificate or key"));
    }
    Ok(bytes)
}

/// What the certificate says of itself.
///
/// # Errors
/// Why it can't be read.
pub fn facts(der: &CertificateDer<'_>) -> Result<CertificateFacts, String> {
    let (_, certificate) = x509_parser::parse_x509_certificate(der).map_err(|error| error.to_string())?;
    let seconds = certificate.validity().not_after.timestamp();
    let not_after = UNIX_EPOCH + Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
    let (mut names, mut uris, mut addresses) = (Vec::new(), Vec::new(), Vec::new());
    let alternatives = certificate.subject_alternative_name().map_err(|error| error.to_string())?;
    for name in alternatives.iter().flat_map(|alternatives| &alternatives.value.general_names) {
        match name {
            GeneralName::DNSName(name) => names.push((*name).to_owned()),
            GeneralName::URI(uri) => uris.push((*uri).to_owned()),
            GeneralName::IPAddress(bytes) => addresses.extend(address(bytes)),
            _ => {}
        }
    }
    Ok(CertificateFacts { fingerprint: fingerprint(der), names, uris, addresses, not_after })
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    let v4 = <[u8; 4]>::try_from(bytes).map(IpAddr::from);
    v4.or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from)).ok()
}

fn fingerprint(der: &[u8]) -> String {
    let mut text = String::new();
    for (n, byte) in digest::digest(&digest::SHA256, der).as_ref().iter().enumerate() {
        // Writing to a string can't fail.
        let _ = write!(text, "{}{byte:02X}", if n == 0 { "" } else { ":" });
    }
    text
}
