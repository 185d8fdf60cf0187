//! The command line, and the help that teaches it.
//!
//! All values are text here: a flag with a wrong value is a mistake like one in a variable or in the file, listed with
//! them by `high`.

use clap::{Parser, Subcommand};

use super::high::Program;
use super::low::{Flags, Key};

/// The signaling plane for WebRTC that scales out.
///
/// Alone, it runs everything in one process, with a page to try it: a gateway for browsers and a room service. The
/// same two run apart, as many as needed, as `switchboard gateway` and `switchboard roomsvc`, over Redis.
#[derive(Debug, Parser)]
#[command(name = "switchboard", version, args_conflicts_with_subcommands = true, after_help = EXAMPLES)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    all_in_one: AllInOneFlags,
}

const EXAMPLES: &str = "Examples:
  switchboard                                    everything, on this machine only
  switchboard --redis-url redis://127.0.0.1:6379 the same, and rooms outlive a restart
  switchboard --listen 0.0.0.0:8080 --auth open  open to other machines
  switchboard --listen 0.0.0.0:8443 --auth open --tls self-signed   the same over https://, so that they can share too

  Three terminals make a cluster over one Redis:
    switchboard roomsvc --auth open --redis-url redis://127.0.0.1:6379
    switchboard gateway --auth open --roomsvc http://127.0.0.1:50051
    switchboard gateway --auth open --roomsvc http://127.0.0.1:50051 --listen localhost:8081

Try next:
  open http://localhost:8080/?room=demo&name=ann and ...&name=bob in two tabs, and share a screen
  grpcurl -plaintext 127.0.0.1:50051 switchboard.v1.RoomService/ListRooms
  switchboard rooms list
  switchboard why demo ann
  switchboard loadtest --help

Settings: a flag is stronger than its variable, the variable stronger than the file, the file than the default.
Variables: SWITCHBOARD_ and the flag's name, as in SWITCHBOARD_GRPC_LISTEN. REDIS_URL and PORT count too, a bit less.
File: the same names, as in grpc_listen = \"127.0.0.1:50051\"; a name that is none is a mistake.
Exit codes: 0 stopped as asked, 64 a wrong setting, 69 an address is taken, 70 a fault.";

/// What else it can be.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Holds the sockets of browsers; knows no store
    Gateway(Box<GatewayFlags>),
    /// Keeps the rooms; serves gRPC to gateways and other services
    Roomsvc(Box<RoomServiceFlags>),
    /// Makes and checks access tokens
    #[command(subcommand)]
    Token(crate::token::Command),
    /// Reads a configuration and says what is unsafe about it
    Check(Box<crate::check::Flags>),
    /// Lists, shows, watches and closes rooms, and removes participants, over the gRPC API
    Rooms(Box<crate::rooms::Rooms>),
    /// Tells what became of a session, in plain words, over the gRPC API
    Why(Box<crate::rooms::Why>),
    /// Puts load on gateways and tells what they do under it
    Loadtest(Box<switchboard_loadtest::Args>),
}

/// Everything in one process.
#[derive(Debug, clap::Args)]
pub(crate) struct AllInOneFlags {
    /// Where browsers come in [variable: SWITCHBOARD_LISTEN] [default: localhost:8080, IPv4 and IPv6]
    #[arg(long, value_name = "HOST:PORT")]
    listen: Vec<String>,
    /// Where gRPC comes in [variable: SWITCHBOARD_GRPC_LISTEN] [default: 127.0.0.1:50051]
    #[arg(long, value_name = "HOST:PORT")]
    grpc_listen: Vec<String>,
    #[command(flatten)]
    times: TimeFlags,
    #[command(flatten)]
    gateway: OriginFlags,
    #[command(flatten)]
    tls: TlsFlags,
    #[command(flatten)]
    store: StoreFlags,
    #[command(flatten)]
    common: CommonFlags,
}

/// `switchboard gateway`.
#[derive(Debug, clap::Args)]
pub(crate) struct GatewayFlags {
    /// Where browsers come in [variable: SWITCHBOARD_LISTEN] [default: localhost:8080, IPv4 and IPv6]
    #[arg(long, value_name = "HOST:PORT")]
    listen: Vec<String>,
    /// The room services, or a balancer before them; parted by commas or given again
    /// [variable: SWITCHBOARD_ROOMSVC] [default: http://127.0.0.1:50051]
    #[arg(long, value_name = "URL")]
    roomsvc: Vec<String>,
    /// Over how long SIGTERM lets the sockets go, each with 5 s to come back elsewhere; 0s: all at once. Kubernetes'
    /// terminationGracePeriodSeconds has to be 10 s more. Ctrl-C or a second signal makes haste
    /// [variable: SWITCHBOARD_DRAIN_WINDOW] [default: 20s]
    #[arg(long, value_name = "TIME")]
    drain_window: Vec<String>,
    #[command(flatten)]
    times: TimeFlags,
    #[command(flatten)]
    roomsvc_tls: RoomsvcTlsFlags,
    #[command(flatten)]
    origin: OriginFlags,
    #[command(flatten)]
    tls: TlsFlags,
    #[command(flatten)]
    common: CommonFlags,
}

/// `switchboard roomsvc`.
#[derive(Debug, clap::Args)]
pub(crate) struct RoomServiceFlags {
    /// Where gRPC comes in [variable: SWITCHBOARD_LISTEN] [default: 127.0.0.1:50051]
    #[arg(long, value_name = "HOST:PORT")]
    listen: Vec<String>,
    #[command(flatten)]
    store: StoreFlags,
    #[command(flatten)]
    grpc_tls: GrpcTlsFlags,
    #[command(flatten)]
    common: CommonFlags,
}

/// gRPC over TLS, at the room service.
#[derive(Debug, clap::Args)]
struct GrpcTlsFlags {
    /// A PEM file with the certificate of the gRPC API, then those that lead to its root: it then speaks TLS; read again
    /// when it changes [variable: SWITCHBOARD_GRPC_TLS_CERT]
    #[arg(long, value_name = "FILE")]
    grpc_tls_cert: Vec<String>,
    /// A PEM file with its private key [variable: SWITCHBOARD_GRPC_TLS_KEY]
    #[arg(long, value_name = "FILE")]
    grpc_tls_key: Vec<String>,
    /// A PEM file with the authorities whose certificates gateways and other services may show in place of the link
    /// secret or a token: a CA of your own, no public one [variable: SWITCHBOARD_GRPC_CLIENT_CA]
    #[arg(long, value_name = "FILE")]
    grpc_client_ca: Vec<String>,
    /// The name, DNS or URI, in the certificates of gateways; parted by commas or given again
    /// [variable: SWITCHBOARD_GRPC_GATEWAY_NAME] [default: switchboard-gateway]
    #[arg(long, value_name = "NAME")]
    grpc_gateway_name: Vec<String>,
    /// The name, DNS or URI, in certificates that may do all that the API has; parted by commas or given again
    /// [variable: SWITCHBOARD_GRPC_ADMIN_NAME] [default: none]
    #[arg(long, value_name = "NAME")]
    grpc_admin_name: Vec<String>,
}

impl GrpcTlsFlags {
    fn typed(self) -> [(Key, Vec<String>); 5] {
        [
            (Key::GrpcTlsCert, self.grpc_tls_cert),
            (Key::GrpcTlsKey, self.grpc_tls_key),
            (Key::GrpcClientCa, self.grpc_client_ca),
            (Key::GrpcGatewayName, self.grpc_gateway_name),
            (Key::GrpcAdminName, self.grpc_admin_name),
        ]
    }
}

/// gRPC over TLS, at the gateway.
#[derive(Debug, clap::Args)]
struct RoomsvcTlsFlags {
    /// A PEM file with the authorities that room services' certificates are checked by; their URLs begin with https://
    /// [variable: SWITCHBOARD_ROOMSVC_TLS_CA]
    #[arg(long, value_name = "FILE")]
    roomsvc_tls_ca: Vec<String>,
    /// A PEM file with the certificate that room services know this gateway by; read again when it changes
    /// [variable: SWITCHBOARD_ROOMSVC_TLS_CERT]
    #[arg(long, value_name = "FILE")]
    roomsvc_tls_cert: Vec<String>,
    /// A PEM file with its private key [variable: SWITCHBOARD_ROOMSVC_TLS_KEY]
    #[arg(long, value_name = "FILE")]
    roomsvc_tls_key: Vec<String>,
}

impl RoomsvcTlsFlags {
    fn typed(self) -> [(Key, Vec<String>); 3] {
        [
            (Key::RoomsvcTlsCa, self.roomsvc_tls_ca),
            (Key::RoomsvcTlsCert, self.roomsvc_tls_cert),
            (Key::RoomsvcTlsKey, self.roomsvc_tls_key),
        ]
    }
}

/// When a socket is taken for lost, and how long a client of Socket.IO is waited for.
#[derive(Debug, clap::Args)]
struct TimeFlags {
    /// How often a quiet socket is pinged; one that leaves two fifths of that time (10 s of 25) without an answer is
    /// closed [variable: SWITCHBOARD_PING_INTERVAL] [default: 25s]
    #[arg(long, value_name = "TIME")]
    ping_interval: Vec<String>,
    /// How long a client of Socket.IO has to answer a ping, which it gets every --ping-interval
    /// [variable: SWITCHBOARD_SOCKETIO_PING_TIMEOUT] [default: 20s]
    #[arg(long, value_name = "TIME")]
    socketio_ping_timeout: Vec<String>,
    /// How long a client of Socket.IO that was lost may come back as itself; the others are told that it left only then
    /// [variable: SWITCHBOARD_SOCKETIO_RESUME_WINDOW] [default: 8s]
    #[arg(long, value_name = "TIME")]
    socketio_resume_window: Vec<String>,
}

impl TimeFlags {
    fn typed(self) -> [(Key, Vec<String>); 3] {
        [
            (Key::PingInterval, self.ping_interval),
            (Key::SocketioPingTimeout, self.socketio_ping_timeout),
            (Key::SocketioResumeWindow, self.socketio_resume_window),
        ]
    }
}

#[derive(Debug, clap::Args)]
struct OriginFlags {
    /// An origin whose pages may connect, beside the gateway's own and, in open mode, those of this machine; parted by
    /// commas or given again [variable: SWITCHBOARD_ALLOW_ORIGIN]
    #[arg(long, value_name = "ORIGIN")]
    allow_origin: Vec<String>,
    #[command(flatten)]
    ice: IceFlags,
    #[command(flatten)]
    limits: LimitFlags,
}

/// Whose a connection is, and how much one may have.
#[derive(Debug, clap::Args)]
struct LimitFlags {
    /// How many proxies of HTTP stand before the gateway, each of which adds whom it heard from to X-Forwarded-For;
    /// 0: the header is not believed [variable: SWITCHBOARD_TRUSTED_HOPS] [default: 0]
    #[arg(long, value_name = "NUMBER")]
    trusted_hops: Vec<String>,
    /// Balancers of TCP, as addresses or networks: they begin with the PROXY protocol, version 2; parted by commas or
    /// given again [variable: SWITCHBOARD_PROXY_FROM]
    #[arg(long, value_name = "NETWORK")]
    proxy_from: Vec<String>,
    /// How many connections a second one address may make, with a burst of 20 times as many
    /// [variable: SWITCHBOARD_CONNECTS_PER_SECOND] [default: 50]
    #[arg(long, value_name = "NUMBER")]
    connects_per_second: Vec<String>,
    /// How many joins and resumes a second one address may make, with a burst of 20 times as many
    /// [variable: SWITCHBOARD_JOINS_PER_SECOND] [default: 50]
    #[arg(long, value_name = "NUMBER")]
    joins_per_second: Vec<String>,
    /// How many access tokens a second of one address may be ones that are not taken, with a burst of 30 times as many,
    /// before none of it is looked at [variable: SWITCHBOARD_FAILURES_PER_SECOND] [default: 1]
    #[arg(long, value_name = "NUMBER")]
    failures_per_second: Vec<String>,
    /// How many rooms one identity may be in at one gateway [variable: SWITCHBOARD_ROOMS_PER_IDENTITY] [default: 100]
    #[arg(long, value_name = "NUMBER")]
    rooms_per_identity: Vec<String>,
}

impl LimitFlags {
    fn typed(self) -> [(Key, Vec<String>); 6] {
        [
            (Key::TrustedHops, self.trusted_hops),
            (Key::ProxyFrom, self.proxy_from),
            (Key::ConnectsPerSecond, self.connects_per_second),
            (Key::JoinsPerSecond, self.joins_per_second),
            (Key::FailuresPerSecond, self.failures_per_second),
            (Key::RoomsPerIdentity, self.rooms_per_identity),
        ]
    }
}

#[derive(Debug, clap::Args)]
struct TlsFlags {
    /// Whether browsers come in over https:// and wss://: off, or self-signed, with a certificate that is made here for
    /// localhost and this machine's LAN addresses, and kept. Other machines may share a screen only over https://
    /// [variable: SWITCHBOARD_TLS] [default: off, or on where --tls-cert is given]
    #[arg(long, value_name = "MODE")]
    tls: Vec<String>,
    /// A PEM file with the certificate, then those that lead to its root; read again when it changes
    /// [variable: SWITCHBOARD_TLS_CERT]
    #[arg(long, value_name = "FILE")]
    tls_cert: Vec<String>,
    /// A PEM file with the certificate's private key; read again when it changes [variable: SWITCHBOARD_TLS_KEY]
    #[arg(long, value_name = "FILE")]
    tls_key: Vec<String>,
    /// The folder that keeps what has to outlive a restart: the self-signed certificate
    /// [variable: SWITCHBOARD_DATA_DIR] [default: $XDG_DATA_HOME/switchboard, or ~/.local/share/switchboard]
    #[arg(long, value_name = "FOLDER")]
    data_dir: Vec<String>,
}

impl TlsFlags {
    fn typed(self) -> [(Key, Vec<String>); 4] {
        [
            (Key::Tls, self.tls),
            (Key::TlsCertFile, self.tls_cert),
            (Key::TlsKeyFile, self.tls_key),
            (Key::DataDir, self.data_dir),
        ]
    }
}

#[derive(Debug, clap::Args)]
struct StoreFlags {
    /// The Redis that keeps the rooms; without it they live in this process and end with it. One server:
    /// redis://user:password@host:6379/0; by Sentinels: redis-sentinel://host:26379,host:26379/service; a Cluster:
    /// redis-cluster://host:6379,host:6379. With rediss in place of redis it speaks TLS
    /// [variable: SWITCHBOARD_REDIS_URL, or REDIS_URL]
    #[arg(long, value_name = "URL")]
    redis_url: Vec<String>,
    /// A PEM file with the authorities that Redis' certificates are checked by, in place of the machine's
    /// [variable: SWITCHBOARD_REDIS_TLS_CA]
    #[arg(long, value_name = "FILE")]
    redis_tls_ca: Vec<String>,
    /// How many replicas must have a write before it is acknowledged as stored; with fewer there, rooms go on as if
    /// Redis were away [variable: SWITCHBOARD_REDIS_WAIT_REPLICAS] [default: 0]
    #[arg(long, value_name = "N")]
    redis_wait_replicas: Vec<String>,
    /// Into how many shares the rooms are divided: fixed for a Redis at its first start, and the same at every later
    /// one [variable: SWITCHBOARD_PARTITIONS] [default: 128]
    #[arg(long, value_name = "P")]
    partitions: Vec<String>,
    /// How long a gateway lives without a word of a room service: then its people are shown as reconnecting; the same
    /// for all room services of a Redis [variable: SWITCHBOARD_GATEWAY_LEASE] [default: 15s]
    #[arg(long, value_name = "TIME")]
    gateway_lease: Vec<String>,
    /// Whether the gRPC API tells its schema, which grpcurl needs: on or off [variable: SWITCHBOARD_REFLECTION]
    /// [default: on]
    #[arg(long, value_name = "ON|OFF")]
    reflection: Vec<String>,
}

/// What access tokens are checked with.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct TokenFlags {
    /// A secret that signs access tokens with HS256: NAME=SECRET, or NAME=@FILE, with the name that tokens say in kid;
    /// parted by commas or given again. At least 32 bytes. Others see flags: better the variable or a file
    /// [variable: SWITCHBOARD_TOKEN_SECRET]
    #[arg(long, value_name = "NAME=SECRET")]
    token_secret: Vec<String>,
    /// A public key that access tokens are checked with, in PEM: RS256, ES256 or EdDSA; parted by commas or given again
    /// [variable: SWITCHBOARD_TOKEN_KEY]
    #[arg(long, value_name = "NAME=FILE")]
    token_key: Vec<String>,
    /// Where such keys are as a JWKS [variable: SWITCHBOARD_JWKS_URL]
    #[arg(long, value_name = "URL")]
    jwks_url: Vec<String>,
    /// What access tokens must have in aud; without it they must have none [variable: SWITCHBOARD_TOKEN_AUDIENCE]
    #[arg(long, value_name = "NAME")]
    token_audience: Vec<String>,
    /// What access tokens must have in iss; without it anything [variable: SWITCHBOARD_TOKEN_ISSUER]
    #[arg(long, value_name = "NAME")]
    token_issuer: Vec<String>,
}

impl TokenFlags {
    pub(crate) fn typed(self) -> [(Key, Vec<String>); 5] {
        [
            (Key::TokenSecret, self.token_secret),
            (Key::TokenKey, self.token_key),
            (Key::JwksUrl, self.jwks_url),
            (Key::TokenAudience, self.token_audience),
            (Key::TokenIssuer, self.token_issuer),
        ]
    }
}

#[derive(Debug, clap::Args)]
struct IceFlags {
    /// A STUN or TURN server that browsers are told, as in stun:stun.example:3478 or turn:turn.example:3478; parted by
    /// commas or given again [variable: SWITCHBOARD_ICE_SERVER]
    #[arg(long, value_name = "URL")]
    ice_server: Vec<String>,
    /// The secret that TURN servers share with the gateway (coturn: use-auth-secret, static-auth-secret), or @FILE
    /// [variable: SWITCHBOARD_TURN_SECRET]
    #[arg(long, value_name = "SECRET")]
    turn_secret: Vec<String>,
    /// How long credentials for TURN last; they are renewed at half of it [variable: SWITCHBOARD_TURN_TTL] [default: 1h]
    #[arg(long, value_name = "TIME")]
    turn_ttl: Vec<String>,
}

impl IceFlags {
    fn typed(self) -> [(Key, Vec<String>); 3] {
        [
            (Key::IceServer, self.ice_server),
            (Key::TurnSecret, self.turn_secret),
            (Key::TurnTtl, self.turn_ttl),
        ]
    }
}

impl StoreFlags {
    fn typed(self) -> [(Key, Vec<String>); 6] {
        [
            (Key::Reflection, self.reflection),
            (Key::RedisUrl, self.redis_url),
            (Key::RedisTlsCa, self.redis_tls_ca),
            (Key::RedisWaitReplicas, self.redis_wait_replicas),
            (Key::Partitions, self.partitions),
            (Key::GatewayLease, self.gateway_lease),
        ]
    }
}

#[derive(Debug, clap::Args)]
struct CommonFlags {
    /// Where /metrics and debugging are; the all-in-one's room service takes the next port
    /// [variable: SWITCHBOARD_ADMIN_LISTEN] [default: nowhere]
    #[arg(long, value_name = "HOST:PORT")]
    admin_listen: Vec<String>,
    /// Who may use it: token (who has an access token, see docs/tokens.md) or open (whoever reaches it)
    /// [variable: SWITCHBOARD_AUTH] [default: token; the all-in-one: open, and on this machine only]
    #[arg(long, value_name = "MODE")]
    auth: Vec<String>,
    #[command(flatten)]
    token: TokenFlags,
    /// The secret that gateways and room services share, or @FILE; given again: gateways say the first, room services
    /// take all. At least 16 characters [variable: SWITCHBOARD_LINK_SECRET]
    #[arg(long, value_name = "SECRET")]
    link_secret: Vec<String>,
    /// What is logged, to standard error: a level, or levels by module; of libraries nothing below info, which might hold
    /// tokens [variable: SWITCHBOARD_LOG] [default: info]
    #[arg(long, value_name = "FILTER")]
    log: Vec<String>,
    /// How it is logged: text, json, or auto: text where standard error is a terminal, else JSON
    /// [variable: SWITCHBOARD_LOG_FORMAT] [default: auto]
    #[arg(long, value_name = "FORMAT")]
    log_format: Vec<String>,
    /// A file that records who came in, who was refused and who was removed, one JSON object a line, without secrets;
    /// - for standard output [variable: SWITCHBOARD_AUDIT_LOG] [default: none]
    #[arg(long, value_name = "FILE")]
    audit_log: Vec<String>,
    #[command(flatten)]
    trace: TraceFlags,
    /// A TOML file with settings [variable: SWITCHBOARD_CONFIG]
    #[arg(long, value_name = "FILE")]
    config: Option<String>,
}

/// What is traced, and where that goes.
#[derive(Debug, clap::Args)]
struct TraceFlags {
    /// Where spans go: an OpenTelemetry collector that takes OTLP over gRPC, as in http://localhost:4317
    /// [variable: SWITCHBOARD_TRACE_ENDPOINT] [default: nowhere]
    #[arg(long, value_name = "URL")]
    trace_endpoint: Vec<String>,
    /// Which fraction of the signals and messages that come in at a gateway is traced to its receivers, 0 to 1
    /// [variable: SWITCHBOARD_TRACE_SAMPLE] [default: 0.001]
    #[arg(long, value_name = "FRACTION")]
    trace_sample: Vec<String>,
    /// How many calls a second of the gRPC API are traced since their caller's traceparent says sampled
    /// [variable: SWITCHBOARD_TRACE_CALLERS] [default: 10]
    #[arg(long, value_name = "NUMBER")]
    trace_callers: Vec<String>,
}

impl TraceFlags {
    fn typed(self) -> [(Key, Vec<String>); 3] {
        [
            (Key::TraceEndpoint, self.trace_endpoint),
            (Key::TraceSample, self.trace_sample),
            (Key::TraceCallers, self.trace_callers),
        ]
    }
}

/// What a program was typed with.
pub(crate) struct Typed {
    pub(crate) program: Program,
    pub(crate) flags: Flags,
    pub(crate) config: Option<String>,
}

/// What was asked for: a program, load on one, or a word on it.
pub(crate) enum Asked {
    Program(Typed),
    LoadTest(Box<switchboard_loadtest::Args>),
    Token(crate::token::Command),
    Check(crate::check::Asked),
    Rooms(Box<crate::rooms::Rooms>),
    Why(Box<crate::rooms::Why>),
}

impl Cli {
    /// What was asked for.
    pub(crate) fn into_asked(self) -> Asked {
        Asked::Program(match self.command {
            None => self.all_in_one.into(),
            Some(Command::Gateway(flags)) => (*flags).into(),
            Some(Command::Roomsvc(flags)) => (*flags).into(),
            Some(Command::Token(command)) => return Asked::Token(command),
            Some(Command::Check(flags)) => return Asked::Check((*flags).into()),
            Some(Command::Rooms(asked)) => return Asked::Rooms(asked),
            Some(Command::Why(asked)) => return Asked::Why(asked),
            Some(Command::Loadtest(args)) => return Asked::LoadTest(args),
        })
    }
}

fn typed(
    program: Program,
    flags: impl IntoIterator<Item = (Key, Vec<String>)>,
    common: CommonFlags,
) -> Typed {
    let shared = [
        (Key::AdminListen, common.admin_listen),
        (Key::Auth, common.auth),
        (Key::LinkSecret, common.link_secret),
        (Key::Log, common.log),
        (Key::LogFormat, common.log_format),
        (Key::AuditLog, common.audit_log),
    ];
    let flags = flags.into_iter().chain(shared).chain(common.token.typed()).chain(common.trace.typed());
    let flags = flags.filter(|(_, texts)| !texts.is_empty()).collect();
    Typed { program, flags, config: common.config }
}

impl From<AllInOneFlags> for Typed {
    fn from(flags: AllInOneFlags) -> Self {
        let own = [
            (Key::Listen, flags.listen),
            (Key::GrpcListen, flags.grpc_listen),
            (Key::AllowOrigin, flags.gateway.allow_origin),
        ];
        let own = own.into_iter().chain(flags.store.typed()).chain(flags.tls.typed());
        let own = own.chain(flags.times.typed());
        let own = own.chain(flags.gateway.ice.typed()).chain(flags.gateway.limits.typed());
        typed(Program::AllInOne, own, flags.common)
    }
}

impl From<GatewayFlags> for Typed {
    fn from(flags: GatewayFlags) -> Self {
        let own = [
            (Key::Listen, flags.listen),
            (Key::Roomsvc, flags.roomsvc),
            (Key::DrainWindow, flags.drain_window),
            (Key::AllowOrigin, flags.origin.allow_origin),
        ];
        let own = own
            .into_iter()
            .chain(flags.times.typed())
            .chain(flags.tls.typed())
            .chain(flags.origin.ice.typed());
        let own = own.chain(flags.origin.limits.typed()).chain(flags.roomsvc_tls.typed());
        typed(Program::Gateway, own, flags.common)
    }
}

impl From<RoomServiceFlags> for Typed {
    fn from(flags: RoomServiceFlags) -> Self {
        let own = [(Key::Listen, flags.listen)];
        let own = own.into_iter().chain(flags.store.typed()).chain(flags.grpc_tls.typed());
        typed(Program::RoomService, own, flags.common)
    }
}
