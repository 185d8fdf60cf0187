//! The way to the API: where it is, what it is shown, and what of a call may be repeated.

use std::fmt;
use std::future::Future;
use std::io;
use std::path::Path;
use std::time::Duration;

use switchboard_auth::{Mutual, MutualFiles, TOKEN_BYTES_MAX, Token, files};
use switchboard_gateway::dial;
use switchboard_proto::Refusal;
use switchboard_proto::v1::ErrorReason;
use switchboard_proto::v1::room_service_client::RoomServiceClient;
use tokio::time::{sleep, timeout};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Response, Status};

use crate::settings::Mistakes;
use crate::settings::address::parse_grpc_url;

/// Where a room service is that was started by hand.
const ADDRESS: &str = "http://127.0.0.1:50051";
/// How long a connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// How long one call may take: longer than a room service gives its store, so that it can say itself what is wrong.
const CALL_TIMEOUT: Duration = Duration::from_secs(10);
/// How often a call is made that may be repeated.
const ATTEMPTS: u32 = 3;
/// The rest between them.
const REST: Duration = Duration::from_millis(500);
/// Bytes of the largest answer: a page of rooms (docs of ListRooms), with room to spare.
const MESSAGE_BYTES_MAX: usize = 8 << 20;

/// Where the API is, and what it is shown.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct ApiFlags {
    /// The gRPC API: a room service, or a balancer before it [variable: SWITCHBOARD_API_ADDRESS]
    /// [default: http://127.0.0.1:50051]
    #[arg(long, global = true, value_name = "URL", env = "SWITCHBOARD_API_ADDRESS", hide_env = true)]
    address: Option<String>,
    /// A file with the access token that is shown; read anew for each call. It has to grant admin, or room_admin for
    /// the room and list_rooms for lists. The token itself may be in SWITCHBOARD_API_TOKEN; it is never typed, since
    /// others see that [variable: SWITCHBOARD_API_TOKEN_FILE]
    #[arg(long, global = true, value_name = "FILE", env = "SWITCHBOARD_API_TOKEN_FILE", hide_env = true)]
    token_file: Option<String>,
    /// At https://: a PEM file with the authorities that the API's certificate is checked by
    /// [variable: SWITCHBOARD_API_TLS_CA]
    #[arg(long, global = true, value_name = "FILE", env = "SWITCHBOARD_API_TLS_CA", hide_env = true)]
    tls_ca: Option<String>,
    /// At https://: a PEM file with a certificate that is shown, in place of a token [variable: SWITCHBOARD_API_TLS_CERT]
    #[arg(long, global = true, value_name = "FILE", env = "SWITCHBOARD_API_TLS_CERT", hide_env = true)]
    tls_cert: Option<String>,
    /// A PEM file with its private key [variable: SWITCHBOARD_API_TLS_KEY]
    #[arg(long, global = true, value_name = "FILE", env = "SWITCHBOARD_API_TLS_KEY", hide_env = true)]
    tls_key: Option<String>,
    /// Say it for programs: one JSON object a line, as the contract's messages (proto3 JSON)
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

/// Why something did not work.
#[derive(Debug)]
pub(crate) enum Failed {
    /// The API says no.
    Refused(Refusal),
    /// The API can't be reached, or says that something behind it can't.
    Away(String),
    /// The token can't be read.
    Token(String),
    /// What came could not be told.
    Output(io::Error),
    /// A fault of ours.
    Fault(String),
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => write!(f, "{}: {}", refusal.reason.name(), refusal.message),
            Self::Away(what) | Self::Token(what) | Self::Fault(what) => f.write_str(what),
            Self::Output(error) => write!(f, "what came can't be told: {error}"),
        }
    }
}

/// Says the token of a call.
#[derive(Clone)]
pub(crate) struct Says(Option<tonic::metadata::MetadataValue<tonic::metadata::Ascii>>);

impl Interceptor for Says {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(value) = &self.0 {
            request.metadata_mut().insert("authorization", value.clone());
        }
        Ok(request)
    }
}

/// A client for one call.
pub(crate) type Client = RoomServiceClient<InterceptedService<Channel, Says>>;

/// Where a token is.
#[derive(Debug)]
enum TokenAt {
    Nowhere,
    Variable(Token),
    File(String),
}

/// The API.
pub(crate) struct Api {
    address: String,
    channel: Channel,
    token: TokenAt,
}

impl Api {
    /// The one that was typed. Nothing is dialled yet.
    pub(crate) fn of(flags: &ApiFlags) -> Result<Self, Mistakes> {
        let mut mistakes = Mistakes::default();
        // An empty variable is none, as for all other settings.
        let given = |value: &Option<String>| value.clone().filter(|value| !value.is_empty());
        let url = given(&flags.address).unwrap_or_else(|| ADDRESS.to_owned());
        let url = parse_grpc_url(&url).map_err(|what| mistakes.add("--address", what)).ok();
        let (cert, key, ca) = (given(&flags.tls_cert), given(&flags.tls_key), given(&flags.tls_ca));
        let token = match (given(&flags.token_file), std::env::var("SWITCHBOARD_API_TOKEN")) {
            (Some(path), _) => TokenAt::File(path),
            (None, Ok(token)) if !token.trim().is_empty() => TokenAt::Variable(Token::new(token.trim())),
            (None, _) => TokenAt::Nowhere,
        };
        let is_secure = url.as_ref().is_none_or(|url| url.starts_with("https://"));
        let own = match (cert, key) {
            (Some(cert), Some(key)) => Some((cert.into(), key.into())),
            (None, None) => None,
            (Some(_), None) => {
                mistakes.add("--tls-cert", "needs its key too: --tls-key FILE");
                None
            }
            (None, Some(_)) => {
                mistakes.add("--tls-key", "needs its certificate too: --tls-cert FILE");
                None
            }
        };
        if !is_secure && (own.is_some() || ca.is_some()) {
            let flag = if ca.is_some() { "--tls-ca" } else { "--tls-cert" };
            mistakes.add(flag, "is for an API at https://: write so in --address");
        }
        let mut tls = None;
        if is_secure && url.is_some() {
            if ca.is_none() {
                mistakes.add("--address", "https:// needs authorities too: --tls-ca FILE");
            } else {
                let files = MutualFiles { own, authorities: ca.map(Into::into) };
                tls = Mutual::client(files).map_err(|error| mistakes.add("--tls-ca", error)).ok();
            }
        }
        let endpoint = url.and_then(|url| {
            let endpoint = Endpoint::from_shared(url.clone());
            endpoint.map_err(|error| mistakes.add("--address", format_args!("{url:?}: {error}"))).ok()
        });
        let Some(endpoint) = endpoint.filter(|_| mistakes.is_empty()) else { return Err(mistakes) };
        let address = endpoint.uri().to_string();
        // A watch that hears nothing for long has to know whether somebody is still there.
        let endpoint = endpoint
            .connect_timeout(CONNECT_TIMEOUT)
            .http2_keep_alive_interval(Duration::from_secs(10))
            .keep_alive_timeout(Duration::from_secs(5))
            .keep_alive_while_idle(true);
        let channel = match tls {
            None => endpoint.connect_lazy(),
            Some(tls) => dial::channel(&endpoint, tls),
        };
        Ok(Self { address, channel, token })
    }

    /// A client that says the token as it is now.
    pub(crate) fn client(&self) -> Result<Client, Failed> {
        let token = match &self.token {
            TokenAt::Nowhere => None,
            TokenAt::Variable(token) => Some(token.expose().to_owned()),
            TokenAt::File(path) => Some(read_token(path.as_ref())?),
        };
        let value = token.map(|token| format!("Bearer {token}").parse());
        let mut value: Option<tonic::metadata::MetadataValue<_>> = value
            .transpose()
            .map_err(|_| Failed::Token("the access token has characters that no token has".into()))?;
        value.iter_mut().for_each(|value| value.set_sensitive(true));
        let client = RoomServiceClient::with_interceptor(self.channel.clone(), Says(value));
        Ok(client.max_decoding_message_size(MESSAGE_BYTES_MAX))
    }

    /// Makes a call, again if it may be repeated: all that read may, and changes say a `request_id`.
    pub(crate) async fn call<Q: Clone, A, F>(
        &self,
        request: &Q,
        call: impl Fn(Client, Q) -> F,
    ) -> Result<A, Failed>
    where
        F: Future<Output = Result<Response<A>, Status>>,
    {
        let mut attempt = 1;
        loop {
            let answer = timeout(CALL_TIMEOUT, call(self.client()?, request.clone())).await;
            let status = match answer {
                Ok(Ok(answer)) => return Ok(answer.into_inner()),
                Ok(Err(status)) => status,
                Err(_) => Status::unavailable(format!("no answer within {CALL_TIMEOUT:?}")),
            };
            if status.code() != Code::Unavailable || attempt >= ATTEMPTS {
                return Err(self.failed(&status));
            }
            attempt += 1;
            sleep(REST).await;
        }
    }

    /// What a status means to who asked.
    pub(crate) fn failed(&self, status: &Status) -> Failed {
        match Refusal::from_status(status) {
            Some(refusal) if refusal.reason.code() == Code::Unavailable => {
                Failed::Away(format!("{}: {}", refusal.reason.name(), refusal.message))
            }
            Some(refusal) => Failed::Refused(refusal),
            None => match status.code() {
                Code::Unavailable | Code::DeadlineExceeded | Code::Unknown | Code::Cancelled => {
                    Failed::Away(format!(
                        "the API at {} can't be reached: {}; is a room service there (--address), and does it want \
                         https://?",
                        self.address,
                        innermost(status)
                    ))
                }
                Code::Unimplemented => Failed::Refused(Refusal::new(
                    ErrorReason::UnsupportedVersion,
                    "what is there does not know this call: it is older, or no room service",
                )),
                _ => Failed::Fault(format!("the API at {} failed: {}", self.address, status.message())),
            },
        }
    }
}

/// The reason at the bottom of what the transport says, which names neither host nor cause by itself.
fn innermost(status: &Status) -> String {
    let mut error: &dyn std::error::Error = status;
    while let Some(source) = error.source() {
        error = source;
    }
    match error.downcast_ref::<Status>() {
        Some(status) => status.message().to_owned(),
        None => error.to_string(),
    }
}

fn read_token(path: &Path) -> Result<String, Failed> {
    let most = u64::try_from(TOKEN_BYTES_MAX + 2).unwrap_or(u64::MAX);
    let text = files::read_text(path, most)
        .map_err(|error| Failed::Token(format!("--token-file {}: {error}", path.display())))?;
    Ok(text.trim().to_owned())
}

/// A name for a change, so that a repeat has no further effect.
pub(crate) fn request_id() -> Result<String, Failed> {
    let mut bytes = [0_u8; 16];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| Failed::Fault("this machine has no randomness".into()))?;
    Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
}
