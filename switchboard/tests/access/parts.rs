//! A gateway and a room service in this process that want tokens, and the tokens.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use switchboard_auth::{Claims, Grant, IceServers, Keys, LinkSecrets, Secret, Verifier, keys, now};
use switchboard_gateway::{Access, Gateway, Handle};
use switchboard_loadtest::{Client, ClientError, Encoding, Options};
use switchboard_proto::v1;
use switchboard_proto::v1::room_service_client::RoomServiceClient;
use switchboard_roomsvc::StoreChoice;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Channel;
use tonic::{Request, Status};

/// Longer than anything here takes on a busy machine; reached only by a test that fails.
pub(crate) const WITHIN: Duration = Duration::from_secs(20);
pub(crate) const SECRET: &str = "the-secret-of-the-tests-has-more-than-32-bytes";
const OTHER: &str = "another-secret-that-nobody-here-has-ever-known";
pub(crate) const LINK_SECRET: &str = "gateways-say-this-to-room-services";

/// Both, running; dropped, they stop.
pub(crate) struct Parts {
    pub(crate) url: String,
    pub(crate) grpc: SocketAddr,
    pub(crate) handle: Handle,
    _stop: tokio_util::sync::DropGuard,
}

/// What tokens are checked with.
pub(crate) fn verifier() -> Arc<Verifier> {
    let mut keys = Keys::default();
    keys.add_secret("main", &Secret::new(SECRET)).expect("is a good secret");
    Arc::new(Verifier::new(keys, None, None, None))
}

fn link_secrets(secret: &str) -> LinkSecrets {
    LinkSecrets::new(vec![Secret::new(secret)]).expect("is a good secret")
}

impl Parts {
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    pub(crate) async fn start_with(change: impl FnOnce(&mut switchboard_gateway::Config)) -> Self {
        let parts = Self::start_apart(change).await;
        let by = tokio::time::Instant::now() + WITHIN;
        while !parts.handle.is_ready() {
            assert!(tokio::time::Instant::now() < by, "the gateway is not ready");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        parts
    }

    /// As [`Self::start`], without waiting for the gateway to reach its room service.
    pub(crate) async fn start_apart(change: impl FnOnce(&mut switchboard_gateway::Config)) -> Self {
        let stop = CancellationToken::new();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let grpc = listener.local_addr().expect("is bound");
        let access = switchboard_roomsvc::Access::Token {
            verifier: verifier(),
            link_secrets: link_secrets(LINK_SECRET),
            names: Default::default(),
        };
        let config = switchboard_roomsvc::Config { store: StoreChoice::Memory, access, ..Default::default() };
        let stopping = stop.clone();
        tokio::spawn(async move {
            switchboard_roomsvc::run(listener, None, config, stopping).await.expect("runs until stopped");
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("ws://{}/ws", listener.local_addr().expect("is bound"));
        let mut config = switchboard_gateway::Config {
            room_services: vec![format!("http://{grpc}")],
            access: Access::SameOrigin,
            verifier: Some(verifier()),
            link_secrets: link_secrets(LINK_SECRET),
            ice_servers: IceServers::default(),
            ..Default::default()
        };
        change(&mut config);
        let gateway = Gateway::new(config).expect("is a good configuration");
        let handle = gateway.handle();
        tokio::spawn(gateway.run(vec![listener], vec![], stop.clone()));
        Self { url, grpc, handle, _stop: stop.drop_guard() }
    }

    /// A client that has not joined.
    pub(crate) async fn connect(&self, encoding: Encoding, token: Option<String>) -> Client {
        let options = Options { encoding, token, deadline: WITHIN, ..Options::default() };
        Client::connect(&self.url, options).await.expect("connects")
    }

    /// A client that has joined, or why not.
    pub(crate) async fn join(
        &self,
        room: &str,
        who: &str,
        token: Option<String>,
    ) -> Result<Client, ClientError> {
        let mut client = self.connect(Encoding::Json, token).await;
        client.join(room, who, "").await?;
        Ok(client)
    }

    pub(crate) async fn channel(&self) -> Channel {
        let endpoint =
            tonic::transport::Endpoint::from_shared(format!("http://{}", self.grpc)).expect("is a URL");
        endpoint.connect().await.expect("connects")
    }

    /// The API, with what is said in `authorization`.
    pub(crate) async fn api(
        &self,
        authorization: Option<String>,
    ) -> RoomServiceClient<InterceptedService<Channel, Says>> {
        RoomServiceClient::with_interceptor(self.channel().await, Says(authorization))
    }
}

/// Says an `authorization` on every call.
#[derive(Clone)]
pub(crate) struct Says(pub(crate) Option<String>);

impl Interceptor for Says {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(authorization) = &self.0 {
            request.metadata_mut().insert("authorization", authorization.parse().expect("is a value"));
        }
        Ok(request)
    }
}

/// What takes up ann's session in room `a`.
pub(crate) fn resume_of_ann(welcome: &v1::Welcome, position: Option<v1::Position>) -> v1::Resume {
    v1::Resume {
        resume_token: welcome.resume_token.clone(),
        generation: 2,
        position,
        room_id: "a".into(),
        participant_id: "ann".into(),
        session_id: welcome.session_id.clone(),
        token: String::new(),
    }
}

/// A token for a room and an identity that lasts a minute.
pub(crate) fn token(room: &str, who: &str, grants: &[Grant]) -> String {
    token_of(SECRET, &claims(room, who, grants, 60))
}

/// The claims of one that lasts so many seconds; below 0, it has ended.
pub(crate) fn claims(room: &str, who: &str, grants: &[Grant], seconds: i64) -> Claims {
    Claims {
        sub: Some(who.into()),
        room: Some(room.into()),
        grants: grants.iter().map(|grant| grant.name().to_owned()).collect(),
        exp: Some((now().0 / 1_000).saturating_add_signed(seconds)),
        ..Claims::default()
    }
}

pub(crate) fn token_of(secret: &str, claims: &Claims) -> String {
    keys::mint(claims, "main", &Secret::new(secret)).expect("is made").expose().to_owned()
}

/// A token with a signature that no key here has made.
pub(crate) fn forged(room: &str, who: &str, grants: &[Grant]) -> String {
    token_of(OTHER, &claims(room, who, grants, 60))
}
