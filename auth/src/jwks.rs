//! Keys behind an address: fetched at the start, then at times, and when a token names one that is not known.
//!
//! What was fetched stays in use while the address does not answer, for a day: a key that was taken out there is out
//! here within the interval as long as it answers. Everything is bounded: the answer's size, the keys, the time that it
//! may take, and how often tokens can make us ask.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::body::Bytes;
use hyper::{StatusCode, Uri};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::keys::{Key, KeyError};

/// How often the set is fetched: within this, a key that was taken out counts no more.
pub const INTERVAL: Duration = Duration::from_secs(300);
/// How often at most, whatever tokens name: a flood of invented keys is not passed on.
pub const INTERVAL_MIN: Duration = Duration::from_secs(10);
/// How long a fetch may take, and how long a token waits for one.
pub const TIMEOUT: Duration = Duration::from_secs(5);
/// How long keys count after the last fetch that worked.
pub const KEEP: Duration = Duration::from_secs(24 * 3_600);
/// The largest set, in bytes.
const BYTES_MAX: usize = 256 * 1024;
/// The most keys of a set.
const KEYS_MAX: usize = 64;

type Http = Client<HttpsConnector<HttpConnector>, Empty<Bytes>>;

/// A key set behind an address.
pub struct Jwks {
    uri: Uri,
    http: Http,
    interval_min: Duration,
    fetched: ArcSwap<Fetched>,
    /// How often it was tried, with success or not.
    tries: watch::Sender<u64>,
    wanted: Notify,
}

/// What the last fetch that worked brought.
#[derive(Default)]
struct Fetched {
    keys: Arc<[Key]>,
    at: Option<Instant>,
}

impl std::fmt::Debug for Jwks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Jwks({})", self.uri)
    }
}

/// Why a set could not be fetched.
#[derive(Debug, thiserror::Error)]
enum FetchError {
    #[error("no answer within {} s", TIMEOUT.as_secs())]
    Timeout,
    #[error(transparent)]
    Http(#[from] hyper_util::client::legacy::Error),
    #[error("the answer is {0}")]
    Status(StatusCode),
    #[error("the answer can't be read, or is larger than {BYTES_MAX} bytes")]
    Body,
    #[error("the answer is no key set")]
    Format,
}

impl Jwks {
    /// The set at an `https` address; `http` only on this machine. Nothing is fetched yet.
    ///
    /// # Errors
    /// When the address is none of these, or the machine has no root certificates.
    pub fn new(url: &str) -> Result<Self, KeyError> {
        Self::with_interval_min(url, INTERVAL_MIN)
    }

    /// As [`Self::new`], with another bound than [`INTERVAL_MIN`].
    ///
    /// # Errors
    /// As there.
    pub fn with_interval_min(url: &str, interval_min: Duration) -> Result<Self, KeyError> {
        let no_url = || KeyError::new(format!("{url:?} is no https address of a key set"));
        let uri: Uri = url.parse().map_err(|_| no_url())?;
        let host = uri.host().ok_or_else(no_url)?;
        let loopback = host == "localhost"
            || host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
        match uri.scheme_str() {
            Some("https") => {}
            // Whoever is on the way could put a key of its own in.
            Some("http") if loopback => {}
            _ => return Err(no_url()),
        }
        let provider = rustls::crypto::aws_lc_rs::default_provider();
        let connector = HttpsConnectorBuilder::new();
        let connector = if uri.scheme_str() == Some("https") {
            let connector = connector.with_provider_and_native_roots(provider);
            connector.map_err(|error| KeyError::new(format!("this machine's root certificates: {error}")))?
        } else {
            let config = rustls::ClientConfig::builder_with_provider(Arc::new(provider));
            let config = config.with_safe_default_protocol_versions();
            let config = config.map_err(|error| KeyError::new(error.to_string()))?;
            connector.with_tls_config(
                config.with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth(),
            )
        };
        let http =
            Client::builder(TokioExecutor::new()).build(connector.https_or_http().enable_http1().build());
        Ok(Self {
            uri,
            http,
            interval_min,
            fetched: ArcSwap::default(),
            tries: watch::Sender::new(0),
            wanted: Notify::new(),
        })
    }

    /// How long the address rests between two questions.
    pub(crate) fn interval_min(&self) -> Duration {
        self.interval_min
    }

    /// The keys at hand; none once they are too old.
    pub(crate) fn keys(&self) -> Arc<[Key]> {
        let fetched = self.fetched.load();
        if fetched.at.is_some_and(|at| at.elapsed() < KEEP) {
            Arc::clone(&fetched.keys)
        } else {
            Arc::default()
        }
    }

    /// Whether there is an answer that still counts.
    pub(crate) fn was_fetched(&self) -> bool {
        self.fetched.load().at.is_some_and(|at| at.elapsed() < KEEP)
    }

    /// Fetches until stopped.
    pub(crate) async fn watch(&self, stop: CancellationToken) {
        let mut told = false;
        loop {
            let fetched = tokio::select! {
                fetched = timeout(TIMEOUT, self.fetch()) => fetched.unwrap_or(Err(FetchError::Timeout)),
                () = stop.cancelled() => return,
            };
            match fetched {
                Ok(keys) => {
                    if told {
                        tracing::info!(keys = keys.len(), address = %self.uri, "the key set answers again");
                    }
                    told = false;
                    self.fetched.store(Arc::new(Fetched { keys: keys.into(), at: Some(Instant::now()) }));
                }
                Err(error) => {
                    if !told {
                        tracing::warn!(%error, address = %self.uri, "the key set can't be fetched; trying again");
                    }
                    told = true;
                }
            }
            self.tries.send_modify(|tries| *tries += 1);
            let rest = if told { self.interval_min } else { INTERVAL };
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(rest) => {}
                () = async {
                    tokio::time::sleep(self.interval_min).await;
                    self.wanted.notified().await;
                } => {}
            }
        }
    }

    /// Waits until the set was tried once more, within a deadline. Returns at once if that was done lately.
    pub(crate) async fn look_again(&self) {
        if self.fetched.load().at.is_some_and(|at| at.elapsed() < self.interval_min) {
            return;
        }
        let mut tries = self.tries.subscribe();
        let before = *tries.borrow_and_update();
        self.wanted.notify_one();
        let deadline = Instant::now() + TIMEOUT;
        let _ = timeout_at(deadline, tries.wait_for(|tries| *tries > before)).await;
    }

    async fn fetch(&self) -> Result<Vec<Key>, FetchError> {
        let response = self.http.get(self.uri.clone()).await?;
        if response.status() != StatusCode::OK {
            return Err(FetchError::Status(response.status()));
        }
        let body = Limited::new(response.into_body(), BYTES_MAX).collect().await;
        parse(&body.map_err(|_| FetchError::Body)?.to_bytes()).ok_or(FetchError::Format)
    }
}

/// The keys of a set that can be used here; those that can't be are passed over, as RFC 7517 wants it.
fn parse(set: &[u8]) -> Option<Vec<Key>> {
    #[derive(serde::Deserialize)]
    struct Set {
        keys: Vec<serde_json::Value>,
    }
    let set: Set = serde_json::from_slice(set).ok()?;
    let keys = set
        .keys
        .into_iter()
        .filter_map(|key| serde_json::from_value(key).ok())
        .filter_map(|key| usable(&key));
    Some(keys.take(KEYS_MAX).collect())
}

fn usable(jwk: &Jwk) -> Option<Key> {
    if jwk.common.public_key_use.as_ref().is_some_and(|usage| *usage != PublicKeyUse::Signature) {
        return None;
    }
    // No secrets: who reads the set could make tokens.
    let (algorithm, named) = match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => (Algorithm::RS256, KeyAlgorithm::RS256),
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => {
            (Algorithm::ES256, KeyAlgorithm::ES256)
        }
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => {
            (Algorithm::EdDSA, KeyAlgorithm::EdDSA)
        }
        _ => return None,
    };
    if jwk.common.key_algorithm.is_some_and(|algorithm| algorithm != named) {
        return None;
    }
    let name = jwk.common.key_id.as_deref().unwrap_or_default().into();
    Some(Key { name, algorithm, key: DecodingKey::from_jwk(jwk).ok()? })
}
