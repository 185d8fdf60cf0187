//! What is meant: typed settings of one program, or every mistake in them.

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use rustls::{ClientConfig, ServerConfig};
use switchboard_auth::{CertificateNames, IceServers, LinkSecrets, Mutual, files};
use switchboard_gateway::{LimitsConfig, Network, Rate, TlsError, TlsSource};
use switchboard_roomsvc::store::hide_secrets;
use switchboard_telemetry::{Format, Levels, TraceConfig};

use super::Mistakes;
use super::access::{self, TokenAuth};
use super::address::{Address, RedisUrl, parse_grpc_url, parse_origin};
use super::low::{Key, Low, Source, Typed};

/// Where browsers come in: the port that a first run opens in a browser.
pub(crate) const LISTEN_PORT: u16 = 8080;
/// Where gRPC comes in: the port of gRPC's own examples.
pub(crate) const GRPC_PORT: u16 = 50051;
/// The largest file of authorities, in bytes; all that browsers trust take a fifth of it.
const AUTHORITIES_BYTES_MAX: u64 = 1 << 20;
/// One of a thousand: some traces a minute of a few busy rooms, and nothing that the processes feel.
const TRACE_SAMPLE: f64 = 0.001;
/// A person with a debugger, and no more of a caller that samples everything.
const TRACE_CALLERS: u32 = 10;
/// What is logged unless somebody says otherwise.
const LOG: &str = "info";

/// Which program it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Program {
    /// Gateway and room service in one process.
    AllInOne,
    /// `switchboard gateway`.
    Gateway,
    /// `switchboard roomsvc`.
    RoomService,
}

/// Who may use it.
#[derive(Debug, Clone)]
pub(crate) enum Auth {
    /// Whoever reaches it.
    Open,
    /// Who has an access token; and a gateway that knows the link secret.
    Token(TokenAuth),
}

/// The gateway's half.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Gateway {
    pub(crate) listen: Vec<Address>,
    pub(crate) allow_origins: Vec<String>,
    /// Empty in the all-in-one, which knows its own room service.
    pub(crate) roomsvc: Vec<String>,
    /// None: the gateway's own default. The all-in-one has none.
    pub(crate) drain_window: Option<Duration>,
    /// None: plain HTTP.
    pub(crate) tls: Option<TlsSource>,
    /// None: the gateway's own default.
    pub(crate) ping_interval: Option<Duration>,
    /// As `ping_interval`.
    pub(crate) socketio_ping_timeout: Option<Duration>,
    /// As `ping_interval`.
    pub(crate) socketio_resume_window: Option<Duration>,
    pub(crate) ice_servers: IceServers,
    /// What room services know it by; in open mode they don't ask.
    pub(crate) link_secrets: LinkSecrets,
    pub(crate) trusted_hops: usize,
    /// Balancers that speak the PROXY protocol.
    pub(crate) proxies: Vec<Network>,
    pub(crate) limits: LimitsConfig,
    /// None: room services are reached without TLS.
    pub(crate) room_service_tls: Option<Mutual<ClientConfig>>,
}

/// The room service's half.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RoomService {
    pub(crate) listen: SocketAddr,
    /// None: the memory store.
    pub(crate) redis_url: Option<RedisUrl>,
    /// The authorities that its certificates are checked by, PEM. None: the machine's.
    pub(crate) redis_tls_ca: Option<Vec<u8>>,
    /// How many replicas a write waits for. None: the room service's own default.
    pub(crate) redis_wait_replicas: Option<u32>,
    /// P. None: the room service's own default.
    pub(crate) partitions: Option<u32>,
    /// None: the room service's own default.
    pub(crate) gateway_lease: Option<Duration>,
    pub(crate) reflection: bool,
    /// None: gRPC without TLS.
    pub(crate) tls: Option<Mutual<ServerConfig>>,
    /// Whose certificates are whose.
    pub(crate) names: CertificateNames,
}

/// All settings of one program.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) program: Program,
    pub(crate) gateway: Option<Gateway>,
    pub(crate) room_service: Option<RoomService>,
    pub(crate) admin_listen: Option<SocketAddr>,
    pub(crate) auth: Auth,
    pub(crate) log: String,
    pub(crate) log_format: Format,
    /// None: nothing is traced.
    pub(crate) trace: Option<TraceConfig>,
    /// Where the audit goes; `-`: standard output.
    pub(crate) audit_log: Option<PathBuf>,
    /// What came from the environment, as `NAME=value` without secrets.
    pub(crate) from_environment: Vec<String>,
    pub(crate) file: Option<String>,
}

impl Settings {
    /// Reads what was typed. Mistakes are added to those that were found before; all are told at once.
    pub(crate) fn from_low(program: Program, low: &Low, mut mistakes: Mistakes) -> Result<Self, Mistakes> {
        let mut reader = Reader { low, mistakes: &mut mistakes, from_environment: Vec::new() };
        if let Some(path) = low.config_variable() {
            reader.from_environment.push(format!("SWITCHBOARD_CONFIG={path}"));
        }
        let mut gateway = (program != Program::RoomService).then(|| reader.gateway(program));
        let room_service = (program != Program::Gateway).then(|| reader.room_service(program));
        let admin_listen = reader.one(Key::AdminListen, Address::parse_one);
        let auth = access::read(&mut reader, program, gateway.as_mut());
        let log = reader.one(Key::Log, parse_log).unwrap_or_else(|| LOG.to_owned());
        let log_format = reader.one(Key::LogFormat, parse_log_format).unwrap_or_default();
        let trace = reader.trace();
        let audit_log = reader.one(Key::AuditLog, parse_path);
        let from_environment = reader.from_environment;
        let settings = Self {
            program,
            gateway,
            room_service,
            admin_listen,
            auth,
            log,
            log_format,
            trace,
            audit_log,
            from_environment,
            file: low.file_path().map(|path| path.display().to_string()),
        };
        if program == Program::AllInOne && low.get(Key::Auth).is_none() {
            settings.require_auth_off_loopback(low, &mut mistakes);
        }
        if mistakes.is_empty() { Ok(settings) } else { Err(mistakes) }
    }

    /// A first run has no auth and is for one machine; whoever opens it to others has to say so.
    fn require_auth_off_loopback(&self, low: &Low, mistakes: &mut Mistakes) {
        let web = self.gateway.iter().flat_map(|gateway| &gateway.listen).map(|address| address.socket);
        let grpc = self.room_service.iter().map(|room_service| room_service.listen);
        let listens = web.map(|socket| (Key::Listen, socket));
        let listens = listens.chain(grpc.map(|socket| (Key::GrpcListen, socket)));
        let listens = listens.chain(self.admin_listen.map(|socket| (Key::AdminListen, socket)));
        for (key, socket) in listens.filter(|(_, socket)| !socket.ip().is_loopback()) {
            let source = low.get(key).map_or_else(|| key.flag(), |typed| typed.source.to_string());
            let what = "is open to other machines, where anybody could join any room; \
                        say that it is meant so with --auth open";
            mistakes.add(&source, format_args!("{socket} {what}"));
        }
    }
}

/// Takes settings out of what was typed and notes what came from the environment.
pub(super) struct Reader<'a> {
    pub(super) low: &'a Low,
    pub(super) mistakes: &'a mut Mistakes,
    pub(super) from_environment: Vec<String>,
}

impl Reader<'_> {
    fn gateway(&mut self, program: Program) -> Gateway {
        let listen = self.listen();
        let allow_origins = self.list(Key::AllowOrigin, parse_origin).unwrap_or_default();
        let roomsvc = match program {
            Program::Gateway => {
                let default = || vec![format!("http://127.0.0.1:{GRPC_PORT}")];
                self.list(Key::Roomsvc, parse_grpc_url).unwrap_or_else(default)
            }
            _ => Vec::new(),
        };
        let drain_window = if program == Program::Gateway { self.time(Key::DrainWindow) } else { None };
        let ping_interval = self.time(Key::PingInterval);
        let socketio_ping_timeout = self.time(Key::SocketioPingTimeout);
        let socketio_resume_window = self.time(Key::SocketioResumeWindow);
        let tls = self.tls();
        let room_service_tls = self.room_service_tls(&roomsvc);
        let ice_servers = access::ice_servers(self);
        let link_secrets = LinkSecrets::default();
        Gateway {
            listen,
            allow_origins,
            roomsvc,
            drain_window,
            tls,
            ping_interval,
            socketio_ping_timeout,
            socketio_resume_window,
            ice_servers,
            link_secrets,
            trusted_hops: self.number(Key::TrustedHops).unwrap_or_default() as usize,
            proxies: self.list(Key::ProxyFrom, |text| text.parse::<Network>()).unwrap_or_default(),
            limits: self.limits(),
            room_service_tls,
        }
    }

    /// Sample and callers count nothing without an endpoint: they may stand in a file that all processes share.
    fn trace(&mut self) -> Option<TraceConfig> {
        let endpoint = self.one(Key::TraceEndpoint, parse_collector_url);
        let sample = self.one(Key::TraceSample, parse_fraction).unwrap_or(TRACE_SAMPLE);
        let callers_per_second = self.number(Key::TraceCallers).unwrap_or(TRACE_CALLERS);
        Some(TraceConfig { endpoint: endpoint?, sample, callers_per_second })
    }

    fn number(&mut self, key: Key) -> Option<u32> {
        self.one(key, |text| parse_number(text, key.numbers().unwrap_or(0..=u32::MAX)))
    }

    pub(super) fn time(&mut self, key: Key) -> Option<Duration> {
        self.one(key, |text| parse_duration(text, key.seconds().unwrap_or(0..=u64::from(u32::MAX))))
    }

    fn limits(&mut self) -> LimitsConfig {
        let mut limits = LimitsConfig::default();
        let rate = |per_second: u32| Rate { per_second, burst: per_second * 20 };
        if let Some(number) = self.number(Key::ConnectsPerSecond) {
            limits.connects = rate(number);
        }
        if let Some(number) = self.number(Key::JoinsPerSecond) {
            limits.joins = rate(number);
        }
        if let Some(number) = self.number(Key::FailuresPerSecond) {
            limits.failures = Rate { per_second: number, burst: number * 30 };
        }
        if let Some(number) = self.number(Key::RoomsPerIdentity) {
            limits.rooms_per_identity = number as usize;
        }
        limits
    }

    /// Certificate and key from files, or made here. Files are read once already, so that what is wrong with them is
    /// told with all other mistakes.
    fn tls(&mut self) -> Option<TlsSource> {
        let named = |reader: &Self, key: Key| reader.low.get(key).map(|typed| typed.source);
        let (cert_from, key_from, mode_from) =
            (named(self, Key::TlsCertFile), named(self, Key::TlsKeyFile), named(self, Key::Tls));
        let mode = self.one(Key::Tls, parse_tls);
        let cert = self.one(Key::TlsCertFile, parse_path);
        let key = self.one(Key::TlsKeyFile, parse_path);
        let data_dir = self.one(Key::DataDir, parse_path);
        match (mode, cert_from, key_from) {
            (Some(TlsMode::Off), ..) => None,
            (Some(TlsMode::SelfSigned), None, None) => match data_dir.or_else(default_data_dir) {
                Some(folder) => Some(TlsSource::SelfSigned { folder }),
                None => {
                    let source = mode_from.map_or_else(String::new, |source| source.to_string());
                    let what = "there is no home folder to keep the certificate in; name one with --data-dir";
                    self.mistakes.add(&source, what);
                    None
                }
            },
            (Some(TlsMode::SelfSigned), Some(other), _) | (Some(TlsMode::SelfSigned), None, Some(other)) => {
                self.mistakes
                    .add(&other, "can't be used with --tls self-signed, which makes its own certificate");
                None
            }
            (None, None, None) => None,
            (None, Some(source), None) => {
                self.mistakes.add(&source, "needs its key too: --tls-key FILE");
                None
            }
            (None, None, Some(source)) => {
                self.mistakes.add(&source, "needs its certificate too: --tls-cert FILE");
                None
            }
            (None, Some(cert_from), Some(key_from)) => {
                // Mistakes in the mode or the paths themselves are noted already.
                if mode_from.is_some() {
                    return None;
                }
                let source = TlsSource::Files { cert: cert?, key: key? };
                match source.check() {
                    Ok(()) => return Some(source),
                    Err(error @ TlsError::Cert(_)) => self.mistakes.add(&cert_from, error),
                    Err(error) => self.mistakes.add(&key_from, error),
                }
                None
            }
        }
    }

    fn room_service(&mut self, program: Program) -> RoomService {
        let key = if program == Program::AllInOne { Key::GrpcListen } else { Key::Listen };
        let default = SocketAddr::from(([127, 0, 0, 1], GRPC_PORT));
        let typed = self.low.get(key);
        // The room service has no port of its own in the earlier system.
        let listen = match typed {
            Some(typed) if is_port_variable(&typed) => None,
            _ => self.one(key, Address::parse_one),
        };
        let room_service = RoomService {
            listen: listen.unwrap_or(default),
            redis_url: self.one(Key::RedisUrl, RedisUrl::parse),
            redis_tls_ca: self.one(Key::RedisTlsCa, read_authorities),
            redis_wait_replicas: self.number(Key::RedisWaitReplicas),
            partitions: self.number(Key::Partitions),
            gateway_lease: self.time(Key::GatewayLease),
            reflection: self.one(Key::Reflection, parse_switch).unwrap_or(true),
            tls: self.grpc_tls(),
            names: self.certificate_names(),
        };
        if let (Some(typed), Some(url)) = (self.low.get(Key::RedisTlsCa), &room_service.redis_url)
            && !url.is_tls()
        {
            let what = format_args!("{url} does not speak TLS: write rediss in place of redis");
            self.mistakes.add(&typed.source, what);
        }
        room_service
    }

    /// Where browsers come in. `PORT` of the earlier system is a port alone.
    fn listen(&mut self) -> Vec<Address> {
        let default = || Address::localhost(LISTEN_PORT);
        match self.low.get(Key::Listen) {
            Some(typed) if is_port_variable(&typed) => self
                .one(Key::Listen, |text| {
                    let port = text.parse().map_err(|_| format!("{text:?} is no port, as in 8080"))?;
                    Ok(Address::localhost(port))
                })
                .unwrap_or_else(default),
            _ => {
                let lists = self.each(Key::Listen, Address::parse_list);
                lists.map_or_else(default, |lists| lists.into_iter().flatten().collect())
            }
        }
    }

    /// A setting that is one text.
    pub(super) fn one<T>(&mut self, key: Key, parse: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        let typed = self.take(key)?;
        if let [text] = typed.texts.as_slice() {
            return parse(text).map_err(|what| self.mistakes.add(&typed.source, what)).ok();
        }
        self.mistakes.add(&typed.source, "can be set to one value only");
        None
    }

    /// A setting that is a list: given several times, or parted by commas.
    pub(super) fn list<T>(&mut self, key: Key, parse: impl Fn(&str) -> Result<T, String>) -> Option<Vec<T>> {
        let typed = self.take(key)?;
        let parts = typed.texts.iter().flat_map(|text| text.split(',')).map(str::trim);
        let parts = parts.filter(|part| !part.is_empty());
        Some(
            parts
                .filter_map(|part| parse(part).map_err(|what| self.mistakes.add(&typed.source, what)).ok())
                .collect(),
        )
    }

    /// A setting that may be given several times; each text is parsed as a whole.
    fn each<T>(&mut self, key: Key, parse: impl Fn(&str) -> Result<T, String>) -> Option<Vec<T>> {
        let typed = self.take(key)?;
        let texts = typed.texts.iter();
        Some(
            texts
                .filter_map(|text| parse(text).map_err(|what| self.mistakes.add(&typed.source, what)).ok())
                .collect(),
        )
    }

    fn take(&mut self, key: Key) -> Option<Typed> {
        let typed = self.low.get(key)?;
        if let Source::Variable(name) = &typed.source {
            let value = match key.is_secret() {
                true => "***".to_owned(),
                false => hide_secrets(&typed.texts.join(",")),
            };
            self.from_environment.push(format!("{name}={value}"));
        }
        Some(typed)
    }
}

fn is_port_variable(typed: &Typed) -> bool {
    matches!(&typed.source, Source::Variable(name) if name == "PORT")
}

/// A whole number in a range.
fn parse_number(text: &str, range: RangeInclusive<u32>) -> Result<u32, String> {
    match text.parse() {
        Ok(number) if range.contains(&number) => Ok(number),
        _ => Err(format!("{text:?} is no whole number from {} to {}", range.start(), range.end())),
    }
}

/// The certificates of authorities in a PEM file.
fn read_authorities(path: &str) -> Result<Vec<u8>, String> {
    let pem = files::read(path, AUTHORITIES_BYTES_MAX).map_err(|error| format!("{path}: {error}"))?;
    let has_one = String::from_utf8_lossy(&pem).contains("-----BEGIN CERTIFICATE-----");
    if has_one {
        Ok(pem)
    } else {
        Err(format!("{path}: there is no certificate in it (-----BEGIN CERTIFICATE-----)"))
    }
}

/// A time as in `15s` or `500ms`, within a range of whole seconds.
fn parse_duration(text: &str, seconds: RangeInclusive<u64>) -> Result<Duration, String> {
    let (least, most) = (Duration::from_secs(*seconds.start()), Duration::from_secs(*seconds.end()));
    match humantime::parse_duration(text) {
        Ok(time) if (least..=most).contains(&time) => Ok(time),
        Ok(_) => Err(format!("{text:?} is not within {least:?} to {most:?}")),
        Err(_) => Err(format!("{text:?} is no time, as in 15s or 500ms")),
    }
}

/// What `--tls` may say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TlsMode {
    Off,
    SelfSigned,
}

fn parse_tls(text: &str) -> Result<TlsMode, String> {
    match text {
        "off" => Ok(TlsMode::Off),
        "self-signed" => Ok(TlsMode::SelfSigned),
        _ => Err(format!(
            "{text:?} is none of off, self-signed; a certificate of your own is named by --tls-cert"
        )),
    }
}

pub(super) fn parse_path(text: &str) -> Result<PathBuf, String> {
    if text.is_empty() { Err("names no file".into()) } else { Ok(PathBuf::from(text)) }
}

/// Where programs of this user keep their data (XDG Base Directory Specification).
fn default_data_dir() -> Option<PathBuf> {
    let folder = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    data_dir(folder("XDG_DATA_HOME"), folder("HOME"))
}

fn data_dir(data_home: Option<PathBuf>, home: Option<PathBuf>) -> Option<PathBuf> {
    let data_home = data_home.or_else(|| Some(home?.join(".local/share")));
    Some(data_home?.join("switchboard"))
}

fn parse_switch(text: &str) -> Result<bool, String> {
    match text {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err(format!("{text:?} is none of on, off")),
    }
}

#[cfg(test)]
#[test]
fn data_is_kept_where_the_platform_says() {
    let path = |text: &str| Some(PathBuf::from(text));
    assert_eq!(data_dir(path("/data"), path("/home/ann")), path("/data/switchboard"));
    assert_eq!(data_dir(None, path("/home/ann")), path("/home/ann/.local/share/switchboard"));
    assert_eq!(data_dir(None, None), None);
}

fn parse_log_format(text: &str) -> Result<Format, String> {
    match text {
        "auto" => Ok(Format::Auto),
        "text" => Ok(Format::Text),
        "json" => Ok(Format::Json),
        _ => Err(format!("{text:?} is none of auto, text, json")),
    }
}

fn parse_log(text: &str) -> Result<String, String> {
    Levels::check(text).map(|()| text.to_owned()).map_err(|error| error.to_string())
}

/// Only without TLS: tonic's own, which the exporter would use, has every other `https` address of the process go through
/// it too, and those have certificates of their own.
fn parse_collector_url(text: &str) -> Result<String, String> {
    if text.starts_with("https://") {
        return Err(format!(
            "{text:?}: spans are sent without TLS; a collector beside it sends them on with"
        ));
    }
    let what = || format!("{text:?} is no URL of a collector, as in http://localhost:4317");
    parse_grpc_url(text).map_err(|_| what())
}

fn parse_fraction(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(fraction) if (0.0..=1.0).contains(&fraction) => Ok(fraction),
        _ => Err(format!("{text:?} is no fraction from 0 to 1, as in 0.01")),
    }
}
