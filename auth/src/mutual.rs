//! Connections on which both sides show a certificate: between gateways and room services, and of other services that
//! call the API. A room service also takes who shows none, and then wants a link secret or a token; whoever shows one
//! must show a good one.
//!
//! The files are looked at again and again. New ones count from the next handshake on; connections that are open stay.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use rustls::client::{Resumption, WebPkiServerVerifier};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::sign::SingleCertAndKey;
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio_util::sync::CancellationToken;

use crate::certificate::{self, Looked, Pem, TlsError, facts, read, watch};

/// How often the files are looked at.
const CHECK_INTERVAL: Duration = Duration::from_secs(5);
/// Authorities that one file may hold.
const AUTHORITIES_MAX: usize = 64;

/// Where a side has its certificate, and by which authorities it checks the other's. PEM files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MutualFiles {
    /// The certificate, with those that lead to its root, and its key. A client may have none.
    pub own: Option<(PathBuf, PathBuf)>,
    /// The authorities. A server without asks nobody for a certificate.
    pub authorities: Option<PathBuf>,
}

/// The files, read.
#[derive(Clone, PartialEq, Eq)]
struct Contents {
    own: Option<Pem>,
    authorities: Option<Vec<u8>>,
}

impl MutualFiles {
    fn read(&self) -> Result<Contents, TlsError> {
        let own = self.own.as_ref().map(|(cert, key)| Pem::read(cert, key)).transpose()?;
        let authorities = self.authorities.as_ref().map(|path| {
            let told = |error| TlsError::Authorities(format!("{}: {error}", path.display()));
            read(path).map_err(told)
        });
        Ok(Contents { own, authorities: authorities.transpose()? })
    }
}

impl Contents {
    fn roots(&self) -> Result<Option<Arc<RootCertStore>>, TlsError> {
        let Some(pem) = &self.authorities else { return Ok(None) };
        let wrong = |what: String| TlsError::Authorities(what);
        let mut roots = RootCertStore::empty();
        for authority in CertificateDer::pem_slice_iter(pem).take(AUTHORITIES_MAX) {
            let authority =
                authority.map_err(|error| wrong(format!("the authorities are no good PEM: {error}")))?;
            roots.add(authority).map_err(|error| wrong(format!("an authority can't be used: {error}")))?;
        }
        if roots.is_empty() {
            return Err(wrong("the file of the authorities holds no certificate in PEM".into()));
        }
        Ok(Some(Arc::new(roots)))
    }
}

/// One side of such connections, made of files. Cheap to clone; all clones use the same.
pub struct Mutual<C> {
    files: MutualFiles,
    make: fn(&Contents) -> Result<C, TlsError>,
    used: Arc<ArcSwap<(Contents, Arc<C>)>>,
}

impl<C> Clone for Mutual<C> {
    fn clone(&self) -> Self {
        Self { files: self.files.clone(), make: self.make, used: Arc::clone(&self.used) }
    }
}

impl<C> fmt::Debug for Mutual<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mutual").field("files", &self.files).finish_non_exhaustive()
    }
}

impl<C> PartialEq for Mutual<C> {
    fn eq(&self, other: &Self) -> bool {
        self.files == other.files
    }
}

impl<C> Eq for Mutual<C> {}

impl Mutual<ServerConfig> {
    /// The room service's side.
    ///
    /// # Errors
    /// What is wrong with which file.
    pub fn server(files: MutualFiles) -> Result<Self, TlsError> {
        Self::load(files, server)
    }
}

impl Mutual<ClientConfig> {
    /// The gateway's side.
    ///
    /// # Errors
    /// What is wrong with which file.
    pub fn client(files: MutualFiles) -> Result<Self, TlsError> {
        Self::load(files, client)
    }
}

impl<C: Send + Sync + 'static> Mutual<C> {
    fn load(files: MutualFiles, make: fn(&Contents) -> Result<C, TlsError>) -> Result<Self, TlsError> {
        let contents = files.read()?;
        let config = Arc::new(make(&contents)?);
        Ok(Self { files, make, used: Arc::new(ArcSwap::from_pointee((contents, config))) })
    }

    /// Where it has them from.
    #[must_use]
    pub fn files(&self) -> &MutualFiles {
        &self.files
    }

    /// For the next handshake.
    #[must_use]
    pub fn config(&self) -> Arc<C> {
        Arc::clone(&self.used.load().1)
    }

    /// Takes what the files have now; false if that is used already.
    ///
    /// # Errors
    /// What is wrong with which file; what was used before stays.
    pub fn reload(&self) -> Result<bool, TlsError> {
        self.files.read().and_then(|contents| self.take(contents))
    }

    fn take(&self, contents: Contents) -> Result<bool, TlsError> {
        if self.used.load().0 == contents {
            return Ok(false);
        }
        let config = Arc::new((self.make)(&contents)?);
        self.used.store(Arc::new((contents, config)));
        Ok(true)
    }

    /// Looks at the files until stopped.
    pub async fn watch(self, stop: CancellationToken) {
        let files = self.files.clone();
        let tell = |looked: Looked<'_>| match looked {
            Looked::Changed => tracing::info!("new certificates are used between gateways and room services"),
            Looked::Failed(error) => {
                tracing::error!(%error, "a new certificate, key or authority is not used; the old one stays");
            }
        };
        watch(CHECK_INTERVAL, stop, move || files.read(), |contents| self.take(contents), tell).await;
    }
}

fn broken(error: &dyn fmt::Display) -> TlsError {
    TlsError::Cert(format!("TLS can't be set up: {error}"))
}

fn own(contents: &Contents) -> Result<Option<certificate::Certificate>, TlsError> {
    contents.own.clone().map(Pem::parse).transpose()
}

fn server(contents: &Contents) -> Result<ServerConfig, TlsError> {
    let Some(own) = own(contents)? else { return Err(TlsError::Cert("there is no certificate".into())) };
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider));
    let builder = builder.with_safe_default_protocol_versions().map_err(|error| broken(&error))?;
    let builder = match contents.roots()? {
        None => builder.with_no_client_auth(),
        Some(roots) => {
            let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider);
            let verifier = verifier.allow_unauthenticated().build().map_err(|error| broken(&error))?;
            builder.with_client_cert_verifier(verifier)
        }
    };
    let mut config = builder.with_cert_resolver(Arc::new(SingleCertAndKey::from(own.key)));
    config.alpn_protocols = vec![b"h2".to_vec()];
    // A resumed session would bring a certificate along that may have ended, or whose authority is gone.
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(config)
}

fn client(contents: &Contents) -> Result<ClientConfig, TlsError> {
    let Some(roots) = contents.roots()? else {
        return Err(TlsError::Authorities("there are no authorities".into()));
    };
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(&provider)).build();
    let builder = ClientConfig::builder_with_provider(provider);
    let builder = builder.with_safe_default_protocol_versions().map_err(|error| broken(&error))?;
    let builder = builder.with_webpki_verifier(verifier.map_err(|error| broken(&error))?);
    let mut config = match own(contents)? {
        None => builder.with_no_client_auth(),
        Some(own) => builder.with_client_cert_resolver(Arc::new(SingleCertAndKey::from(own.key))),
    };
    config.alpn_protocols = vec![b"h2".to_vec()];
    config.resumption = Resumption::disabled();
    Ok(config)
}

/// What names in certificates stand for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CertificateNames {
    /// Of gateways.
    pub gateways: Vec<String>,
    /// Of callers that may do all that the API has.
    pub admins: Vec<String>,
}

/// The names, DNS names and URIs, of a certificate that a handshake has checked.
///
/// # Errors
/// Why it can't be read.
pub fn names(certificate: &CertificateDer<'_>) -> Result<Vec<String>, String> {
    let facts = facts(certificate)?;
    // DNS names know no case; URIs do.
    let dns = facts.names.into_iter().map(|name| name.to_ascii_lowercase());
    Ok(dns.chain(facts.uris).collect())
}

impl CertificateNames {
    /// The one of these names by which it is a gateway's.
    #[must_use]
    pub fn gateway<'a>(&self, names: &'a [String]) -> Option<&'a str> {
        one_of(&self.gateways, names)
    }

    /// The one of these names by which it is an admin's.
    #[must_use]
    pub fn admin<'a>(&self, names: &'a [String]) -> Option<&'a str> {
        one_of(&self.admins, names)
    }
}

/// Whole names only: one with a `*` is no name of everybody.
fn one_of<'a>(known: &[String], names: &'a [String]) -> Option<&'a str> {
    let is_known = |name: &str| known.iter().any(|known| known == name);
    names.iter().map(String::as_str).find(|name| is_known(name))
}
