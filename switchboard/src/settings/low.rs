//! What was typed: flags, variables and the file, as text, with where each piece came from.
//!
//! Nothing is judged here but whether the file can be read, so that `high` can list every mistake at once.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use switchboard_auth::files;
use switchboard_proto::PARTITIONS_MAX;

use super::Mistakes;

/// The longest settings file; a real one has a few lines.
const FILE_BYTES_MAX: u64 = 64 * 1024;

/// A setting of some program.
#[allow(clippy::enum_variant_names)] // `--token-key` is what the setting is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Key {
    Listen,
    GrpcListen,
    AdminListen,
    RedisUrl,
    RedisTlsCa,
    RedisWaitReplicas,
    Partitions,
    Auth,
    AllowOrigin,
    Roomsvc,
    Log,
    LogFormat,
    GatewayLease,
    DrainWindow,
    Tls,
    TlsCertFile,
    TlsKeyFile,
    DataDir,
    PingInterval,
    SocketioPingTimeout,
    SocketioResumeWindow,
    TokenSecret,
    TokenKey,
    JwksUrl,
    TokenAudience,
    TokenIssuer,
    LinkSecret,
    Reflection,
    IceServer,
    TurnSecret,
    TurnTtl,
    TrustedHops,
    ProxyFrom,
    ConnectsPerSecond,
    JoinsPerSecond,
    RoomsPerIdentity,
    AuditLog,
    GrpcTlsCert,
    GrpcTlsKey,
    GrpcClientCa,
    GrpcGatewayName,
    GrpcAdminName,
    RoomsvcTlsCa,
    RoomsvcTlsCert,
    RoomsvcTlsKey,
    FailuresPerSecond,
    TraceEndpoint,
    TraceSample,
    TraceCallers,
}

impl Key {
    pub(crate) const ALL: [Self; 49] = [
        Self::Listen,
        Self::GrpcListen,
        Self::AdminListen,
        Self::RedisUrl,
        Self::RedisTlsCa,
        Self::RedisWaitReplicas,
        Self::Partitions,
        Self::Auth,
        Self::AllowOrigin,
        Self::Roomsvc,
        Self::Log,
        Self::LogFormat,
        Self::GatewayLease,
        Self::DrainWindow,
        Self::Tls,
        Self::TlsCertFile,
        Self::TlsKeyFile,
        Self::DataDir,
        Self::PingInterval,
        Self::SocketioPingTimeout,
        Self::SocketioResumeWindow,
        Self::TokenSecret,
        Self::TokenKey,
        Self::JwksUrl,
        Self::TokenAudience,
        Self::TokenIssuer,
        Self::LinkSecret,
        Self::Reflection,
        Self::IceServer,
        Self::TurnSecret,
        Self::TurnTtl,
        Self::TrustedHops,
        Self::ProxyFrom,
        Self::ConnectsPerSecond,
        Self::JoinsPerSecond,
        Self::RoomsPerIdentity,
        Self::AuditLog,
        Self::GrpcTlsCert,
        Self::GrpcTlsKey,
        Self::GrpcClientCa,
        Self::GrpcGatewayName,
        Self::GrpcAdminName,
        Self::RoomsvcTlsCa,
        Self::RoomsvcTlsCert,
        Self::RoomsvcTlsKey,
        Self::FailuresPerSecond,
        Self::TraceEndpoint,
        Self::TraceSample,
        Self::TraceCallers,
    ];

    /// Its name in the file. Flag and variable are made of it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Listen => "listen",
            Self::GrpcListen => "grpc_listen",
            Self::AdminListen => "admin_listen",
            Self::RedisUrl => "redis_url",
            Self::RedisTlsCa => "redis_tls_ca",
            Self::RedisWaitReplicas => "redis_wait_replicas",
            Self::Partitions => "partitions",
            Self::Auth => "auth",
            Self::AllowOrigin => "allow_origin",
            Self::Roomsvc => "roomsvc",
            Self::Log => "log",
            Self::LogFormat => "log_format",
            Self::GatewayLease => "gateway_lease",
            Self::DrainWindow => "drain_window",
            Self::Tls => "tls",
            Self::TlsCertFile => "tls_cert",
            Self::TlsKeyFile => "tls_key",
            Self::DataDir => "data_dir",
            Self::PingInterval => "ping_interval",
            Self::SocketioPingTimeout => "socketio_ping_timeout",
            Self::SocketioResumeWindow => "socketio_resume_window",
            Self::TokenSecret => "token_secret",
            Self::TokenKey => "token_key",
            Self::JwksUrl => "jwks_url",
            Self::TokenAudience => "token_audience",
            Self::TokenIssuer => "token_issuer",
            Self::LinkSecret => "link_secret",
            Self::Reflection => "reflection",
            Self::IceServer => "ice_server",
            Self::TurnSecret => "turn_secret",
            Self::TurnTtl => "turn_ttl",
            Self::TrustedHops => "trusted_hops",
            Self::ProxyFrom => "proxy_from",
            Self::ConnectsPerSecond => "connects_per_second",
            Self::JoinsPerSecond => "joins_per_second",
            Self::RoomsPerIdentity => "rooms_per_identity",
            Self::AuditLog => "audit_log",
            Self::GrpcTlsCert => "grpc_tls_cert",
            Self::GrpcTlsKey => "grpc_tls_key",
            Self::GrpcClientCa => "grpc_client_ca",
            Self::GrpcGatewayName => "grpc_gateway_name",
            Self::GrpcAdminName => "grpc_admin_name",
            Self::RoomsvcTlsCa => "roomsvc_tls_ca",
            Self::RoomsvcTlsCert => "roomsvc_tls_cert",
            Self::RoomsvcTlsKey => "roomsvc_tls_key",
            Self::FailuresPerSecond => "failures_per_second",
            Self::TraceEndpoint => "trace_endpoint",
            Self::TraceSample => "trace_sample",
            Self::TraceCallers => "trace_callers",
        }
    }

    pub(crate) fn flag(self) -> String {
        format!("--{}", self.name().replace('_', "-"))
    }

    pub(crate) fn variable(self) -> String {
        format!("SWITCHBOARD_{}", self.name().to_ascii_uppercase())
    }

    /// The variable that the earlier system had for it. Weaker than our own, stronger than the file.
    pub(crate) fn earlier_variable(self) -> Option<&'static str> {
        match self {
            Self::Listen => Some("PORT"),
            Self::RedisUrl => Some("REDIS_URL"),
            _ => None,
        }
    }

    /// The whole numbers that it may be, where it is one.
    pub(crate) fn numbers(self) -> Option<RangeInclusive<u32>> {
        Some(match self {
            Self::TrustedHops => 0..=16,
            Self::ConnectsPerSecond
            | Self::JoinsPerSecond
            | Self::FailuresPerSecond
            | Self::RoomsPerIdentity => 1..=1_000_000,
            // More replicas than any Redis has that is to answer soon.
            Self::RedisWaitReplicas => 0..=16,
            // Above it the collector would have most of the machine.
            Self::TraceCallers => 0..=10_000,
            Self::Partitions => 1..=PARTITIONS_MAX,
            _ => return None,
        })
    }

    /// The times that it may be, in whole seconds, where it is one.
    pub(crate) fn seconds(self) -> Option<RangeInclusive<u64>> {
        Some(match self {
            Self::DrainWindow => 0..=600,
            Self::PingInterval
            | Self::SocketioPingTimeout
            | Self::SocketioResumeWindow
            | Self::GatewayLease => 1..=300,
            Self::TurnTtl => 60..=7 * 24 * 3_600,
            _ => return None,
        })
    }

    /// Whether its value is told to nobody, in no listing of settings either.
    pub(crate) fn is_secret(self) -> bool {
        matches!(self, Self::TokenSecret | Self::LinkSecret | Self::TurnSecret)
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|key| key.name() == name)
    }
}

/// Where a setting came from, in the words of whoever has to change it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    Flag(String),
    Variable(String),
    File(PathBuf, &'static str),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) | Self::Variable(name) => f.write_str(name),
            Self::File(path, key) => write!(f, "{key} in {}", path.display()),
        }
    }
}

/// A setting as text. Lists are several texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Typed {
    pub(crate) texts: Vec<String>,
    pub(crate) source: Source,
}

/// Flags of one program, as typed.
pub(crate) type Flags = BTreeMap<Key, Vec<String>>;

/// Everything that was typed for one program.
#[derive(Debug, Default)]
pub(crate) struct Low {
    flags: Flags,
    variables: BTreeMap<String, String>,
    file: BTreeMap<Key, Vec<String>>,
    file_path: Option<PathBuf>,
}

impl Low {
    /// Takes flags and variables, and reads the file that they name.
    pub(crate) fn read(
        flags: Flags,
        config: Option<String>,
        variables: impl Fn(&str) -> Option<String>,
        mistakes: &mut Mistakes,
    ) -> Self {
        // An empty variable is none: that is how compose files pass what is not set.
        let variables = |name: &str| variables(name).filter(|value| !value.is_empty());
        let names = Key::ALL
            .iter()
            .flat_map(|key| std::iter::once(key.variable()).chain(key.earlier_variable().map(str::to_owned)));
        let variables: BTreeMap<_, _> = names
            .chain(["SWITCHBOARD_CONFIG".to_owned()])
            .filter_map(|name| variables(&name).map(|value| (name, value)))
            .collect();
        let named_by = if config.is_some() { "--config" } else { "SWITCHBOARD_CONFIG" };
        let path = config.or_else(|| variables.get("SWITCHBOARD_CONFIG").cloned()).map(PathBuf::from);
        let mut low = Self { flags, variables, file: BTreeMap::new(), file_path: None };
        if let Some(path) = path {
            match files::read_text(&path, FILE_BYTES_MAX) {
                Ok(text) => low.take_file(&path, &text, mistakes),
                Err(error) => mistakes.add(named_by, format_args!("{}: {error}", path.display())),
            }
            low.file_path = Some(path);
        }
        low
    }

    /// Takes the text of a settings file.
    pub(crate) fn take_file(&mut self, path: &Path, text: &str, mistakes: &mut Mistakes) {
        self.file = parse_file(path, text, mistakes);
        self.file_path = Some(path.to_path_buf());
    }

    /// The strongest word on a setting, but for the earlier system's variable.
    pub(crate) fn get(&self, key: Key) -> Option<Typed> {
        let name = key.variable();
        if let Some(texts) = self.flags.get(&key) {
            return Some(Typed { texts: texts.clone(), source: Source::Flag(key.flag()) });
        }
        if let Some(text) = self.variables.get(&name) {
            return Some(Typed { texts: vec![text.clone()], source: Source::Variable(name) });
        }
        if let Some(typed) = self.get_earlier(key) {
            return Some(typed);
        }
        let texts = self.file.get(&key)?.clone();
        let path = self.file_path.clone().unwrap_or_default();
        Some(Typed { texts, source: Source::File(path, key.name()) })
    }

    fn get_earlier(&self, key: Key) -> Option<Typed> {
        let name = key.earlier_variable()?;
        let text = self.variables.get(name)?.clone();
        Some(Typed { texts: vec![text], source: Source::Variable(name.to_owned()) })
    }

    /// The file, if one was named.
    pub(crate) fn file_path(&self) -> Option<&PathBuf> {
        self.file_path.as_ref()
    }

    /// Whether the file was named by a variable.
    pub(crate) fn config_variable(&self) -> Option<&str> {
        self.variables.get("SWITCHBOARD_CONFIG").map(String::as_str)
    }
}

/// Line and column of a mistake in the file, both from 1. The line itself may hold a secret.
fn place(text: &str, error: &toml::de::Error) -> String {
    let start = error.span().map_or(text.len(), |span| span.start);
    let before = text.get(..start).unwrap_or(text);
    let line = before.split('\n').count();
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    format!("line {line}, column {column}")
}

fn parse_file(path: &Path, text: &str, mistakes: &mut Mistakes) -> BTreeMap<Key, Vec<String>> {
    let table: toml::Table = match text.parse() {
        Ok(table) => table,
        Err(error) => {
            let what = "texts stand in quotes, as in listen = \"localhost:8080\"";
            mistakes.add(&path.display(), format_args!("is not TOML at {}; {what}", place(text, &error)));
            return BTreeMap::new();
        }
    };
    let mut file = BTreeMap::new();
    for (name, value) in table {
        let Some(key) = Key::from_name(&name) else {
            let known = Key::ALL.map(Key::name).join(", ");
            mistakes.add(
                &format_args!("{name} in {}", path.display()),
                format_args!("is no setting; known are {known}"),
            );
            continue;
        };
        match texts(value) {
            Some(texts) => drop(file.insert(key, texts)),
            None => {
                mistakes
                    .add(&Source::File(path.to_path_buf(), key.name()), "has to be text or a list of texts");
            }
        }
    }
    file
}

fn texts(value: toml::Value) -> Option<Vec<String>> {
    match value {
        toml::Value::String(text) => Some(vec![text]),
        toml::Value::Array(values) => values.into_iter().map(|v| v.as_str().map(str::to_owned)).collect(),
        _ => None,
    }
}
