//! Who may call: gateways by the link secret or a certificate, other services by an access token or a certificate. Everything is refused that is not
//! granted; in open mode whoever reaches the port is everybody.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::BoxStream;
use futures_util::{FutureExt as _, StreamExt as _};
use switchboard_auth::audit::{Record, What};
use switchboard_auth::{Caller, CertificateNames, LEEWAY_MS, LinkSecrets, Token, Verifier};
use switchboard_proto::v1::ErrorReason;
use switchboard_proto::{ParticipantId, Refusal};
use tonic::metadata::MetadataMap;
use tonic::{Request, Status};

use crate::tls::Peer;

/// Where a token stands in a call.
const AUTHORIZATION: &str = "authorization";
/// As much of a certificate's name as a room keeps.
const NAME_CHARS_MAX: usize = 128;
/// No stream is open for longer.
const STREAM_MAX: Duration = Duration::from_secs(366 * 24 * 3_600);

/// Who may call a room service.
#[derive(Debug, Clone, Default)]
pub enum Access {
    /// Whoever reaches the port: for a first run, and where a network lets nobody else in.
    #[default]
    Open,
    /// Gateways that say one of these secrets, and callers with a token that this verifier takes.
    Token {
        /// Checks access tokens.
        verifier: Arc<Verifier>,
        /// Secrets of gateways; with none, no gateway gets in by one.
        link_secrets: LinkSecrets,
        /// Whose certificates are gateways' and admins'.
        names: CertificateNames,
    },
}

impl PartialEq for Access {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Open, Self::Open) => true,
            (
                Self::Token { verifier, link_secrets, names },
                Self::Token { verifier: of_other, link_secrets: secrets_of_other, names: names_of_other },
            ) => {
                Arc::ptr_eq(verifier, of_other) && link_secrets == secrets_of_other && names == names_of_other
            }
            _ => false,
        }
    }
}

impl Eq for Access {}

/// What a call needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need<'a> {
    /// To administer this room.
    Room(&'a str),
    /// To list rooms.
    List,
    /// To see this room, for which one has to administer it, or all: for which one has to list them. A gateway may,
    /// with its link secret: it answers dashboards, whose tokens it has checked.
    Look(Option<&'a str>),
}

/// Who calls.
#[derive(Debug, Clone)]
pub(crate) enum Who {
    /// Nobody asked, in open mode.
    Anybody,
    /// A gateway, by its link secret or certificate.
    Gateway,
    /// An admin, by this name in its certificate.
    Certificate(Box<str>),
    /// Somebody with a token.
    Caller(Box<Caller>),
}

impl Who {
    /// Tells callers apart whose `request_id`s are their own (S12).
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Anybody => "open".into(),
            Self::Gateway => "gateway".into(),
            Self::Certificate(name) => format!("certificate\n{name}"),
            Self::Caller(caller) => format!("token\n{}", caller.name_for_requests()),
        }
    }

    /// What the audit says of it: the key of its token, and whose that is.
    pub(crate) fn record(&self) -> Record<'_> {
        match self {
            Self::Anybody => Record::default(),
            Self::Gateway => Record { by: Some("gateway"), ..Record::default() },
            Self::Certificate(name) => {
                Record { key: Some("certificate"), by: Some(name), ..Record::default() }
            }
            Self::Caller(caller) => {
                let by = caller.identity.as_ref().map(ParticipantId::as_str);
                Record { key: Some(&caller.key), by, ..Record::default() }
            }
        }
    }

    /// Who it is, as a room keeps it for people; none where nobody is asked.
    pub(crate) fn told(&self) -> Option<Box<str>> {
        match self {
            Self::Anybody => None,
            Self::Gateway => Some("a gateway".into()),
            Self::Certificate(name) => {
                let name: String = name.chars().filter(|c| !c.is_control()).take(NAME_CHARS_MAX).collect();
                Some(format!("certificate {name}").into())
            }
            Self::Caller(caller) => Some(match &caller.identity {
                Some(identity) => format!("{identity} (key {})", caller.key).into(),
                None => format!("key {}", caller.key).into(),
            }),
        }
    }

    /// Whether a list shows it this room.
    pub(crate) fn is_told_of(&self, room: &str) -> bool {
        match self {
            Self::Anybody | Self::Gateway | Self::Certificate(_) => true,
            Self::Caller(caller) => caller.is_told_of(room),
        }
    }

    /// A stream that ends with its caller's token.
    pub(crate) fn bound<T: Send + 'static>(
        &self,
        stream: BoxStream<'static, Result<T, Status>>,
    ) -> BoxStream<'static, Result<T, Status>> {
        let Self::Caller(caller) = self else { return stream };
        let ends = caller.expires_at.0.saturating_add(LEEWAY_MS);
        let left = Duration::from_millis(ends.saturating_sub(switchboard_auth::now().0)).min(STREAM_MAX);
        let expired = tokio::time::sleep(left)
            .map(|()| Err(Refusal::from(ErrorReason::TokenExpired).into()))
            .into_stream();
        // The item of the clock, and then nothing, whatever the stream still has.
        let both =
            futures_util::stream::select(stream.map(|item| (item, false)), expired.map(|item| (item, true)));
        let mut over = false;
        Box::pin(
            both.take_while(move |(_, last)| {
                let goes_on = !over;
                over |= *last;
                std::future::ready(goes_on)
            })
            .map(|(item, _)| item),
        )
    }
}

impl Access {
    /// Who calls, if a caller of the API may do what it asks for.
    pub(crate) async fn admit<T>(&self, request: &Request<T>, need: Need<'_>) -> Result<Who, Refusal> {
        let Self::Token { verifier, names, .. } = self else { return Ok(Who::Anybody) };
        if matches!(need, Need::Look(_)) && self.is_gateway(request).is_ok() {
            return Ok(Who::Gateway);
        }
        if let Some(name) = names.admin(certificate(request)) {
            return Ok(Who::Certificate(name.into()));
        }
        let token = token(request.metadata()).ok_or(ErrorReason::TokenMissing)?;
        let caller = verifier.check(&token, switchboard_auth::now()).await?;
        match need {
            Need::Room(room) | Need::Look(Some(room)) => caller.administers(room)?,
            Need::List | Need::Look(None) => caller.lists()?,
        }
        Ok(Who::Caller(Box::new(caller)))
    }

    /// Lets gateways in, and nobody else.
    #[allow(clippy::result_large_err)] // tonic's own type for it
    pub(crate) fn gateway(&self, request: Request<()>) -> Result<Request<()>, Status> {
        self.is_gateway(&request).inspect_err(|refusal| {
            let reason = Some(refusal.reason.name());
            Record { way: "link", from: from(&request), reason, ..Record::default() }.write(What::Refused);
        })?;
        Ok(request)
    }

    fn is_gateway<T>(&self, request: &Request<T>) -> Result<(), Refusal> {
        match self {
            Self::Token { names, .. } if names.gateway(certificate(request)).is_some() => Ok(()),
            Self::Token { link_secrets, .. } => link_secrets.check(authorization(request.metadata())),
            Self::Open => Ok(()),
        }
    }

    /// Lets in who has any token that is taken: for what tells nothing about rooms.
    #[allow(clippy::result_large_err)]
    pub(crate) fn anybody_known(&self, request: Request<()>) -> Result<Request<()>, Status> {
        if let Self::Token { verifier, names, .. } = self
            && names.admin(certificate(&request)).is_none()
        {
            let token = token(request.metadata()).ok_or_else(|| Refusal::from(ErrorReason::TokenMissing));
            let known = token.and_then(|token| verifier.verify(&token, switchboard_auth::now()));
            known.inspect_err(|refusal| {
                let reason = Some(refusal.reason.name());
                Record { way: "reflection", from: from(&request), reason, ..Record::default() }
                    .write(What::Refused);
            })?;
        }
        Ok(request)
    }
}

/// From where a call comes, as far as that is known.
pub(crate) fn from<T>(request: &Request<T>) -> Option<IpAddr> {
    let peer = request.extensions().get::<Peer>().map(|peer| peer.address);
    peer.or_else(|| request.remote_addr()).map(|address| address.ip().to_canonical())
}

/// The names in the caller's certificate.
fn certificate<T>(request: &Request<T>) -> &[String] {
    request.extensions().get::<Peer>().map_or(&[], |peer| &peer.names)
}

fn authorization(metadata: &MetadataMap) -> Option<&str> {
    metadata.get(AUTHORIZATION)?.to_str().ok()
}

fn token(metadata: &MetadataMap) -> Option<Token> {
    Token::of_header(authorization(metadata)?)
}
