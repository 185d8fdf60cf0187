//! HTTPS and WSS at the gateway: which certificate is shown, and that it stays the right one.
//!
//! A certificate and key come from files that somebody else renews, or are made here and kept (`self_signed`). Either
//! way they are looked at every few seconds: a new good pair is shown from the next handshake on, connections that are
//! open keep theirs; a bad one is told in the log and counted, and the old one stays.

mod handshake;
mod self_signed;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use parking_lot::RwLock;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::server::{ClientHello, NoServerSessionStorage, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use crate::metrics::{CertificateSource, Metrics};
pub(crate) use handshake::{Stream, secure};
pub use self_signed::lan_addresses;
use switchboard_auth::certificate::{Certificate, Looked, Pem, watch};
pub use switchboard_auth::{CertificateFacts, TlsError};

/// Where certificate and key come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TlsSource {
    /// PEM files that somebody else writes.
    Files {
        /// The certificate, then those that lead to its root, if any.
        cert: PathBuf,
        /// Its private key.
        key: PathBuf,
    },
    /// A certificate that signs itself, made when it is first needed and kept, for this machine's loopback and LAN
    /// addresses.
    SelfSigned {
        /// The folder that keeps it, in `tls`.
        folder: PathBuf,
    },
}

/// What is shown in handshakes. Cheap to clone; all clones show the same.
#[derive(Clone)]
pub struct Tls {
    source: TlsSource,
    shown: Arc<Shown>,
    acceptor: TlsAcceptor,
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").field("source", &self.source).field("certificate", &self.certificate()).finish()
    }
}

/// The certificate of the next handshake.
struct Shown(RwLock<Certificate>);

impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shown")
    }
}

impl ResolvesServerCert for Shown {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        // Whatever name is asked for: browsers say best what is wrong with another one's certificate.
        Some(Arc::clone(&self.0.read().key))
    }
}

impl TlsSource {
    /// Reads it; a self-signed one is made, or made anew, if that is due.
    ///
    /// # Errors
    /// What is wrong with which file.
    fn read(&self) -> Result<Pem, TlsError> {
        match self {
            Self::Files { cert, key } => Pem::read(cert, key),
            Self::SelfSigned { folder } => self_signed::ensure(folder, &lan_addresses(), SystemTime::now()),
        }
    }

    /// Checks the files without using them; of a self-signed one there is nothing to check.
    ///
    /// # Errors
    /// What is wrong with which file.
    pub fn check(&self) -> Result<(), TlsError> {
        match self {
            Self::Files { .. } => self.read()?.parse().map(drop),
            Self::SelfSigned { .. } => Ok(()),
        }
    }

    fn label(&self) -> CertificateSource {
        match self {
            Self::Files { .. } => CertificateSource::Files,
            Self::SelfSigned { .. } => CertificateSource::SelfSigned,
        }
    }
}

impl Tls {
    /// Reads certificate and key, or makes and keeps them.
    ///
    /// # Errors
    /// What is wrong with which file.
    pub fn load(source: TlsSource) -> Result<Self, TlsError> {
        let shown = Arc::new(Shown(RwLock::new(source.read()?.parse()?)));
        let broken = |error: rustls::Error| TlsError::Cert(format!("TLS can't be set up: {error}"));
        let builder = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
        let resolver = Arc::clone(&shown) as Arc<dyn ResolvesServerCert>;
        let mut config = builder
            .with_safe_default_protocol_versions()
            .map_err(broken)?
            .with_no_client_auth()
            .with_cert_resolver(resolver);
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        // Thousands that come back at once are cheaper to take with tickets, which need no memory here.
        config.ticketer = aws_lc_rs::Ticketer::new().map_err(broken)?;
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 1;
        Ok(Self { source, shown, acceptor: TlsAcceptor::from(Arc::new(config)) })
    }

    /// Whether the certificate signs itself.
    #[must_use]
    pub fn is_self_signed(&self) -> bool {
        matches!(self.source, TlsSource::SelfSigned { .. })
    }

    /// The certificate of the next handshake, for people.
    #[must_use]
    pub fn certificate(&self) -> CertificateFacts {
        self.shown.0.read().facts.clone()
    }

    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        self.acceptor.clone()
    }

    /// Looks every `period` whether there is another pair, until stopped.
    pub(crate) async fn watch(self, metrics: Arc<Metrics>, period: Duration, stop: CancellationToken) {
        self.note_expiry(&metrics);
        let source = self.source.clone();
        let tell = |looked: Looked<'_>| match looked {
            Looked::Changed => {
                metrics.tls_reloads.inc();
                self.note_expiry(&metrics);
                let CertificateFacts { fingerprint, .. } = self.certificate();
                tracing::info!(%fingerprint, "a new certificate is shown");
            }
            Looked::Failed(error) => {
                metrics.tls_reload_failures.inc();
                tracing::error!(%error, "the new certificate or key is not used; the old one stays");
            }
        };
        watch(period, stop, move || source.read(), |pem| self.show(&pem), tell).await;
    }

    /// Shows what was read; false if that is shown already.
    fn show(&self, pem: &Pem) -> Result<bool, TlsError> {
        if self.shown.0.read().pem == *pem {
            return Ok(false);
        }
        let certificate = pem.clone().parse()?;
        *self.shown.0.write() = certificate;
        Ok(true)
    }

    fn note_expiry(&self, metrics: &Metrics) {
        let CertificateFacts { not_after, .. } = self.certificate();
        let seconds = not_after.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        metrics.tls_certificate_not_after.get(self.source.label()).set(seconds);
        if not_after < SystemTime::now() {
            tracing::warn!("the certificate has expired; browsers refuse it until there is a new one");
        }
    }
}
