//! What is unsafe: one row a rule. Ids are stable, since others silence or count findings by them; docs/production.md
//! lists the same rows.
//!
//! What the settings refuse anyway, such as a token secret of five letters, has no row: it never runs.

use std::collections::BTreeMap;

use switchboard_auth::{Secret, keys};
use switchboard_gateway::{Network, TlsSource};

use super::facts::{Facts, is_local_url, is_loopback, is_of_own_network};
use crate::settings::given::{Given, Place};
use crate::settings::low::Key;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Severity {
    /// Somebody gets in, or reads along, who shouldn't.
    Danger,
    /// It makes harm easier, greater or harder to see.
    Warning,
}

impl Severity {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Danger => "danger",
            Self::Warning => "warning",
        }
    }
}

/// A rule.
pub(crate) struct Rule {
    pub(crate) id: &'static str,
    pub(crate) severity: Severity,
    /// When it is broken, for the documentation.
    pub(crate) broken_when: &'static str,
    /// What to do, as a sentence.
    pub(crate) advice: &'static str,
    /// A sentence for each place that breaks it.
    pub(super) find: fn(&Facts<'_>) -> Vec<String>,
}

/// The shortest secret that can't be tried out by who has something signed with it, in characters: 128 bits in hex.
const SECRET_CHARACTERS_MIN: usize = keys::SECRET_BYTES_MIN;
/// The shortest password of Redis, in characters: it can only be tried at Redis itself.
const PASSWORD_CHARACTERS_MIN: usize = 16;
/// Fewer different characters than any random secret of that length has.
const DIFFERENT_CHARACTERS_MIN: usize = 6;
/// What stands in secrets that somebody took from a page, in small letters.
const EXAMPLES: [&str; 14] = [
    "change-me",
    "changeme",
    "change_me",
    "replace",
    "example",
    "your-",
    "your_",
    "secret",
    "password",
    "hunter2",
    "foobared",
    "switchboard",
    "openssl",
    "${",
];
/// Above these nobody is limited.
const PER_SECOND_MAX: u32 = 1_000;
const FAILURES_PER_SECOND_MAX: u32 = 100;
const ROOMS_PER_IDENTITY_MAX: usize = 10_000;
/// Networks with fewer fixed bits are a good part of the Internet; 10.0.0.0/8 is not.
const V4_BITS_MIN: u32 = 8;
const V6_BITS_MIN: u32 = 16;

/// All rules, as docs/production.md lists them.
pub(crate) const RULES: &[Rule] = &[
    Rule {
        id: "auth-open",
        severity: Severity::Danger,
        broken_when: "`--auth open` on an address that other machines reach",
        advice: "Use --auth token with a key (docs/tokens.md), or listen on 127.0.0.1.",
        find: auth_open,
    },
    Rule {
        id: "link-nothing",
        severity: Severity::Danger,
        broken_when: "a gateway shows room services on other machines neither a link secret nor a certificate",
        advice: "Give both sides --link-secret @FILE, or certificates, and --auth token.",
        find: link_nothing,
    },
    Rule {
        id: "client-ca-open",
        severity: Severity::Warning,
        broken_when: "`--grpc-client-ca` with `--auth open`: who shows no certificate may do everything as well",
        advice: "Use --auth token, and name with --grpc-gateway-name and --grpc-admin-name who is who.",
        find: client_ca_open,
    },
    Rule {
        id: "secret-short",
        severity: Severity::Danger,
        broken_when: "a secret has fewer than 32 characters, or a password of Redis fewer than 16",
        advice: "Make a new one with: openssl rand -hex 32",
        find: secret_short,
    },
    Rule {
        id: "secret-guessable",
        severity: Severity::Danger,
        broken_when: "a secret is one of the documentation's, has words such as `password` in it, or repeats a few characters",
        advice: "Make a new one with: openssl rand -hex 32",
        find: secret_guessable,
    },
    Rule {
        id: "secret-in-flag",
        severity: Severity::Danger,
        broken_when: "a secret is written on the command line, which every user of the machine can list",
        advice: "Write it into a file that only the program's user reads, and name that: @FILE, or --config for the URL of Redis.",
        find: secret_in_flag,
    },
    Rule {
        id: "secret-in-environment",
        severity: Severity::Warning,
        broken_when: "a secret is in a variable, which child processes, crash reports and container tools show",
        advice: "Write it into a file that only the program's user reads, and name that: @FILE, or --config for the URL of Redis.",
        find: secret_in_environment,
    },
    Rule {
        id: "secret-file-readable",
        severity: Severity::Danger,
        broken_when: "a file with a secret or a private key may be read or written by every user of the machine",
        advice: "Take the rights of others away: chmod o-rwx FILE; in Kubernetes set defaultMode: 0440 for the volume.",
        find: secret_file_readable,
    },
    Rule {
        id: "secret-reused",
        severity: Severity::Warning,
        broken_when: "one secret serves two purposes, so that who has to know it for one has the other as well",
        advice: "Make one for each with: openssl rand -hex 32",
        find: secret_reused,
    },
    Rule {
        id: "web-without-tls",
        severity: Severity::Danger,
        broken_when: "browsers on other machines come in without TLS, and no proxy is named that ends it before (`--trusted-hops`, on an address of your own network)",
        advice: "Use --tls-cert and --tls-key; or let a proxy end TLS, listen on an address that only it reaches, and say --trusted-hops 1.",
        find: web_without_tls,
    },
    Rule {
        id: "web-self-signed",
        severity: Severity::Warning,
        broken_when: "browsers on other machines are shown a self-signed certificate, which teaches people to click warnings away",
        advice: "Use --tls-cert and --tls-key with a certificate of an authority that browsers know.",
        find: web_self_signed,
    },
    Rule {
        id: "origin-without-tls",
        severity: Severity::Warning,
        broken_when: "pages of an `http://` origin on another machine may connect: whoever is on the way can change them",
        advice: "Serve the page over https:// and name that in --allow-origin.",
        find: origin_without_tls,
    },
    Rule {
        id: "forwarded-from-anybody",
        severity: Severity::Danger,
        broken_when: "`X-Forwarded-For` is believed (`--trusted-hops`) on an address that is not of your own network: who gets past the proxies says who they are, to limits and audit",
        advice: "Listen on the address that only the proxies reach, such as 127.0.0.1 or one of a private network.",
        find: forwarded_from_anybody,
    },
    Rule {
        id: "proxy-from-anybody",
        severity: Severity::Danger,
        broken_when: "`--proxy-from` names a network wider than /8 (IPv6: /16), from where anybody says who they are, to limits and audit",
        advice: "Name the balancers' own addresses or subnets in --proxy-from.",
        find: proxy_from_anybody,
    },
    Rule {
        id: "limits-off",
        severity: Severity::Warning,
        broken_when: "a limit is so high that it is none: more than 1,000 connections or joins, or 100 failed tokens, a second of one address, or 10,000 rooms of one identity",
        advice: "Leave the default, or set what an office behind one address needs.",
        find: limits_off,
    },
    Rule {
        id: "limits-uncounted",
        severity: Severity::Warning,
        broken_when: "a gateway listens on this machine only, so that everybody comes by a local proxy, and connections of this machine are not counted",
        advice: "Say how many proxies there are with --trusted-hops, or name the balancer of TCP with --proxy-from 127.0.0.1.",
        find: limits_uncounted,
    },
    Rule {
        id: "admin-beyond-loopback",
        severity: Severity::Danger,
        broken_when: "the admin port, which asks nobody who they are, is reached by other machines",
        advice: "Use --admin-listen 127.0.0.1:PORT and let whoever collects metrics run beside it.",
        find: admin_beyond_loopback,
    },
    Rule {
        id: "grpc-without-tls",
        severity: Severity::Danger,
        broken_when: "gRPC of other machines comes in without TLS: tokens, the link secret and all signals can be read",
        advice: "Use switchboard roomsvc with --grpc-tls-cert and --grpc-tls-key; of all in one keep --grpc-listen on 127.0.0.1.",
        find: grpc_without_tls,
    },
    Rule {
        id: "roomsvc-without-tls",
        severity: Severity::Danger,
        broken_when: "a gateway reaches room services on other machines without TLS",
        advice: "Write https:// in --roomsvc, and name their authority with --roomsvc-tls-ca.",
        find: roomsvc_without_tls,
    },
    Rule {
        id: "reflection-on",
        severity: Severity::Warning,
        broken_when: "with `--auth token`, the API tells its schema to other machines' callers who have any token",
        advice: "Use --reflection off.",
        find: reflection_on,
    },
    Rule {
        id: "redis-without-tls",
        severity: Severity::Danger,
        broken_when: "Redis on another machine is reached without TLS",
        advice: "Write rediss:// in --redis-url (docs/redis.md).",
        find: redis_without_tls,
    },
    Rule {
        id: "redis-without-password",
        severity: Severity::Danger,
        broken_when: "Redis on another machine, or its Sentinels, are asked without a password",
        advice: "Give Redis a user of its own for this (docs/redis.md) and write rediss://USER:PASSWORD@HOST, in the settings file.",
        find: redis_without_password,
    },
    Rule {
        id: "redis-default-user",
        severity: Severity::Warning,
        broken_when: "Redis is used as its default user, who may do everything there",
        advice: "Give Redis a user with no more rights than needed (docs/redis.md) and write USER:PASSWORD@ into the URL.",
        find: redis_default_user,
    },
    Rule {
        id: "audit-none",
        severity: Severity::Warning,
        broken_when: "nothing records who joined, was refused or was removed",
        advice: "Use --audit-log FILE.",
        find: audit_none,
    },
    Rule {
        id: "ice-none",
        severity: Severity::Warning,
        broken_when: "browsers are told of no STUN or TURN server, so that calls between networks fail",
        advice: "Name a TURN server with --ice-server and its secret with --turn-secret @FILE.",
        find: ice_none,
    },
    Rule {
        id: "ice-without-turn",
        severity: Severity::Warning,
        broken_when: "browsers are told of STUN servers only, so that people behind strict firewalls have no call",
        advice: "Name a TURN server with --ice-server and its secret with --turn-secret @FILE.",
        find: ice_without_turn,
    },
];

/// A sentence if it is so.
fn if_so(broken: bool, sentence: impl FnOnce() -> String) -> Vec<String> {
    broken.then(sentence).into_iter().collect()
}

fn auth_open(facts: &Facts<'_>) -> Vec<String> {
    if !facts.is_open() {
        return Vec::new();
    }
    let sockets = facts.web_beyond().chain(facts.grpc_beyond());
    sockets.map(|socket| format!("Whoever reaches {socket} may join any room, under any name.")).collect()
}

fn link_nothing(facts: &Facts<'_>) -> Vec<String> {
    let has_no_secret = facts.gateway_alone().is_some_and(|gateway| gateway.link_secrets.is_empty());
    let shows_nothing = has_no_secret && !facts.shows_certificate;
    let mut urls = facts.room_services_beyond().filter(|_| shows_nothing);
    let told = |url| format!("The room service at {url} can't tell this gateway from anybody else.");
    urls.next().map(told).into_iter().collect()
}

fn client_ca_open(facts: &Facts<'_>) -> Vec<String> {
    let tls = facts.room_service().and_then(|part| part.tls.as_ref());
    let names_authorities = tls.is_some_and(|tls| tls.files().authorities.is_some());
    if_so(facts.is_open() && names_authorities, || {
        "Certificates of callers are checked, and nobody has to show one.".into()
    })
}

fn secret_short(facts: &Facts<'_>) -> Vec<String> {
    let least = |given: &Given| match given.key {
        Key::RedisUrl => PASSWORD_CHARACTERS_MIN,
        _ => SECRET_CHARACTERS_MIN,
    };
    let short = facts.secrets.iter().filter(|given| given.secret.expose().chars().count() < least(given));
    short.map(|given| format!("{} has fewer than {} characters.", start(&given.name), least(given))).collect()
}

fn secret_guessable(facts: &Facts<'_>) -> Vec<String> {
    let guessable = facts.secrets.iter().filter(|given| is_guessable(&given.secret));
    guessable.map(|given| format!("{} can be guessed.", start(&given.name))).collect()
}

/// Whether it is no random one.
fn is_guessable(secret: &Secret) -> bool {
    let text = secret.expose().to_ascii_lowercase();
    let mut different: Vec<_> = text.chars().collect();
    different.sort_unstable();
    different.dedup();
    different.len() < DIFFERENT_CHARACTERS_MIN || EXAMPLES.iter().any(|example| text.contains(example))
}

fn secret_in_flag(facts: &Facts<'_>) -> Vec<String> {
    let flags = facts.secrets.iter().filter_map(|given| match &given.place {
        Place::Flag(flag) => Some(format!("{} is on the command line, in {flag}.", start(&given.name))),
        _ => None,
    });
    flags.collect()
}

fn secret_in_environment(facts: &Facts<'_>) -> Vec<String> {
    let variables = facts.secrets.iter().filter_map(|given| match &given.place {
        Place::Variable(name) => Some(format!("{} is in the environment, in {name}.", start(&given.name))),
        _ => None,
    });
    variables.collect()
}

fn secret_file_readable(facts: &Facts<'_>) -> Vec<String> {
    let readable = facts.files.iter().filter(|file| file.mode & 0o006 != 0);
    readable
        .map(|file| {
            let mode = file.mode & 0o777;
            format!(
                "{} holds a secret, and every user of this machine gets at it (mode {mode:03o}).",
                file.path.display()
            )
        })
        .collect()
}

fn secret_reused(facts: &Facts<'_>) -> Vec<String> {
    let mut by_secret: BTreeMap<&str, Vec<&Given>> = BTreeMap::new();
    for given in &facts.secrets {
        by_secret.entry(given.secret.expose()).or_default().push(given);
    }
    let reused = by_secret.into_values().filter_map(|all| {
        let (first, others) = all.split_first()?;
        let other = others.iter().find(|other| other.name != first.name)?;
        Some(format!("{} is {} as well.", start(&first.name), other.name))
    });
    reused.collect()
}

fn web_without_tls(facts: &Facts<'_>) -> Vec<String> {
    let Some(gateway) = facts.gateway().filter(|gateway| gateway.tls.is_none()) else { return Vec::new() };
    let behind_proxy = |ip| gateway.trusted_hops > 0 && is_of_own_network(ip);
    let sockets = facts.web_beyond().filter(|socket| !behind_proxy(socket.ip()));
    sockets
        .map(|socket| format!("Tokens and signals that come in at {socket} can be read on the way."))
        .collect()
}

fn web_self_signed(facts: &Facts<'_>) -> Vec<String> {
    let self_signed =
        matches!(facts.gateway().and_then(|part| part.tls.as_ref()), Some(TlsSource::SelfSigned { .. }));
    let mut sockets = facts.web_beyond().filter(|_| self_signed);
    let told = |socket| {
        format!("The certificate at {socket} is signed by itself: nobody can tell it from another's.")
    };
    sockets.next().map(told).into_iter().collect()
}

fn origin_without_tls(facts: &Facts<'_>) -> Vec<String> {
    let origins = facts.gateway().into_iter().flat_map(|gateway| &gateway.allow_origins);
    let plain = origins.filter(|origin| origin.starts_with("http://") && !is_local_url(origin));
    plain
        .map(|origin| format!("Pages of {origin} may connect, and may be changed on their way to people."))
        .collect()
}

fn forwarded_from_anybody(facts: &Facts<'_>) -> Vec<String> {
    let believed = facts.gateway().is_some_and(|gateway| gateway.trusted_hops > 0);
    let sockets = facts.web().filter(|socket| believed && !is_of_own_network(socket.ip()));
    sockets
        .map(|socket| format!("Whoever reaches {socket} past the proxies is believed in X-Forwarded-For."))
        .collect()
}

fn proxy_from_anybody(facts: &Facts<'_>) -> Vec<String> {
    let least = |network: &Network| if network.is_ipv4() { V4_BITS_MIN } else { V6_BITS_MIN };
    let networks = facts.gateway().into_iter().flat_map(|gateway| &gateway.proxies);
    let wide = networks.filter(|network| network.bits() < least(network));
    wide.map(|network| format!("{network} is believed to be balancers, whoever it is.")).collect()
}

fn limits_off(facts: &Facts<'_>) -> Vec<String> {
    let Some(gateway) = facts.gateway() else { return Vec::new() };
    let limits = gateway.limits;
    let off = [
        (Key::ConnectsPerSecond, limits.connects.per_second > PER_SECOND_MAX),
        (Key::JoinsPerSecond, limits.joins.per_second > PER_SECOND_MAX),
        (Key::FailuresPerSecond, limits.failures.per_second > FAILURES_PER_SECOND_MAX),
        (Key::RoomsPerIdentity, limits.rooms_per_identity > ROOMS_PER_IDENTITY_MAX),
    ];
    let off = off.into_iter().filter(|(_, off)| *off);
    off.map(|(key, _)| format!("{} is so high that it limits nobody.", key.flag())).collect()
}

fn limits_uncounted(facts: &Facts<'_>) -> Vec<String> {
    let uncounted = facts.gateway_alone().is_some_and(|gateway| {
        gateway.trusted_hops == 0
            && gateway.proxies.is_empty()
            && gateway.listen.iter().all(|address| is_loopback(address.socket.ip()))
    });
    if_so(uncounted, || "Everybody comes from this machine, whose connections no limit counts.".into())
}

fn admin_beyond_loopback(facts: &Facts<'_>) -> Vec<String> {
    let admin = facts.settings.admin_listen.filter(|socket| !is_loopback(socket.ip()));
    let told = |socket| {
        format!("Other machines reach metrics and debugging at {socket}, and nobody is asked for a token.")
    };
    admin.map(told).into_iter().collect()
}

fn grpc_without_tls(facts: &Facts<'_>) -> Vec<String> {
    let plain = facts.room_service().is_some_and(|part| part.tls.is_none());
    let socket = facts.grpc_beyond().filter(|_| plain);
    let told = |socket| {
        format!("Secrets, tokens and signals that come in at {socket} by gRPC can be read on the way.")
    };
    socket.map(told).into_iter().collect()
}

fn roomsvc_without_tls(facts: &Facts<'_>) -> Vec<String> {
    let plain = facts.room_services_beyond().filter(|url| url.starts_with("http://"));
    plain.map(|url| format!("The link secret and all signals go to {url} in the clear.")).collect()
}

fn reflection_on(facts: &Facts<'_>) -> Vec<String> {
    let on = !facts.is_open() && facts.room_service().is_some_and(|part| part.reflection);
    let socket = facts.grpc_beyond().filter(|_| on);
    socket.map(|socket| format!("The API at {socket} tells its schema.")).into_iter().collect()
}

fn redis_without_tls(facts: &Facts<'_>) -> Vec<String> {
    let redis = facts.redis_beyond().filter(|redis| !redis.is_tls());
    let told = |redis| {
        format!("What goes to Redis ({redis}), its password too, can be read and changed on the way.")
    };
    redis.map(told).into_iter().collect()
}

fn redis_without_password(facts: &Facts<'_>) -> Vec<String> {
    let Some(redis) = facts.redis_beyond() else { return Vec::new() };
    let of_redis = redis
        .password()
        .is_none()
        .then(|| format!("Redis ({redis}) is asked without a password, as anybody may."));
    let of_sentinel = redis.is_sentinel() && redis.sentinel_password().is_none();
    let of_sentinel = of_sentinel.then(|| {
        format!(
            "The Sentinels ({redis}) are asked without a password: who reaches them may name another Redis."
        )
    });
    of_redis.into_iter().chain(of_sentinel).collect()
}

fn redis_default_user(facts: &Facts<'_>) -> Vec<String> {
    let redis = facts.redis.as_ref().filter(|redis| redis.user().is_none());
    redis.map(|redis| format!("Redis ({redis}) is used as its default user.")).into_iter().collect()
}

fn audit_none(facts: &Facts<'_>) -> Vec<String> {
    if_so(facts.settings.audit_log.is_none(), || "Nobody will be able to tell who was in which room.".into())
}

fn ice_none(facts: &Facts<'_>) -> Vec<String> {
    let none = facts.gateway().is_some_and(|gateway| gateway.ice_servers.is_empty());
    if_so(none, || "Browsers are told of no STUN or TURN server: calls only work within one network.".into())
}

fn ice_without_turn(facts: &Facts<'_>) -> Vec<String> {
    let stun_only = facts.gateway().map(|gateway| &gateway.ice_servers);
    let stun_only = stun_only.is_some_and(|servers| !servers.is_empty() && !servers.has_turn());
    if_so(stun_only, || {
        "Browsers are told of no TURN server: people behind strict firewalls have no call.".into()
    })
}

/// A name at the beginning of a sentence.
fn start(name: &str) -> String {
    let mut characters = name.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}
