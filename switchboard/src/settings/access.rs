//! Who may use it: from settings to keys, secrets and ICE servers.

use std::sync::Arc;

use switchboard_auth::{IceServers, Jwks, Keys, LinkSecrets, Secret, Verifier, files};

use super::Mistakes;
use super::high::{Auth, Gateway, Program, Reader};
use super::low::{Key, Low};

/// The largest file of a secret, in bytes.
const FILE_BYTES_MAX: u64 = 4 * 1024;

/// What tokens and gateways are checked with.
#[derive(Debug, Clone)]
pub(crate) struct TokenAuth {
    pub(crate) verifier: Arc<Verifier>,
    pub(crate) link_secrets: LinkSecrets,
    /// For people, without secrets.
    pub(crate) told: String,
}

/// Reads who may use the program. A server is started with token unless somebody names open.
pub(super) fn read(reader: &mut Reader<'_>, program: Program, gateway: Option<&mut Gateway>) -> Auth {
    let wants_token = reader.one(Key::Auth, |text| match text {
        "open" => Ok(false),
        "token" => Ok(true),
        _ => Err(format!("{text:?} is none of open, token")),
    });
    let mut link_secrets = link_secrets(reader);
    if program == Program::AllInOne && link_secrets.is_empty() {
        // Its gateway is in the same process, and nobody else's gateway belongs here.
        link_secrets = LinkSecrets::new(vec![random_secret()]).unwrap_or_default();
    }
    if let Some(gateway) = gateway {
        gateway.link_secrets = link_secrets.clone();
    }
    if !wants_token.unwrap_or(program != Program::AllInOne) {
        return Auth::Open;
    }
    // A mistake in the mode is told by itself.
    let named = reader.low.get(Key::Auth).map_or_else(|| Key::Auth.flag(), |typed| typed.source.to_string());
    let said_wrongly = reader.low.get(Key::Auth).is_some() && wants_token.is_none();
    let before = reader.mistakes.count();
    let keys = keys(reader);
    let has_no_keys = keys.is_none() && reader.mistakes.count() == before;
    if has_no_keys && !said_wrongly {
        reader.mistakes.add(
            &named,
            "token needs a key to check access tokens with: --token-secret, --token-key or --jwks-url \
             (docs/tokens.md); or let everybody in with --auth open",
        );
    }
    // A certificate says who a gateway is just as well.
    let by_certificate = match program {
        Program::Gateway => reader.low.get(Key::RoomsvcTlsCert).is_some(),
        Program::RoomService => reader.low.get(Key::GrpcClientCa).is_some(),
        Program::AllInOne => false,
    };
    if link_secrets.is_empty() && !by_certificate && !said_wrongly {
        reader.mistakes.add(
            &named,
            "token needs --link-secret, the same for gateways and room services; make one with: openssl rand -hex 32; or \
             certificates (docs/tokens.md)",
        );
    }
    let Some((verifier, told)) = keys else { return Auth::Open };
    Auth::Token(TokenAuth { verifier: Arc::new(verifier), link_secrets, told })
}

/// What access tokens are checked with, and how that is told; none if nothing is set.
fn keys(reader: &mut Reader<'_>) -> Option<(Verifier, String)> {
    let mut keys = Keys::default();
    let mut told = Vec::new();
    let secrets = reader.list(Key::TokenSecret, named_secret);
    for (name, secret) in secrets.unwrap_or_default() {
        match keys.add_secret(&name, &secret) {
            Ok(()) => told.push(name),
            Err(error) => reader.mistakes.add(&Key::TokenSecret.flag(), error),
        }
    }
    let files = reader.list(Key::TokenKey, |text| {
        let (name, path) =
            named(text).ok_or_else(|| format!("{text:?} is no NAME=FILE, as in main=main.pem"))?;
        Ok((name.to_owned(), path.to_owned()))
    });
    for (name, path) in files.unwrap_or_default() {
        match keys.add_file(&name, path.as_ref()) {
            Ok(()) => told.push(name),
            Err(error) => reader.mistakes.add(&Key::TokenKey.flag(), error),
        }
    }
    let mut url = None;
    let jwks = reader.one(Key::JwksUrl, |text| {
        let jwks = Jwks::new(text).map_err(|error| error.to_string())?;
        Ok((text.to_owned(), std::cell::Cell::new(Some(jwks))))
    });
    let jwks = jwks.and_then(|(text, jwks)| {
        url = Some(text);
        jwks.take()
    });
    let audience = reader.one(Key::TokenAudience, |text| Ok(text.to_owned()));
    let issuer = reader.one(Key::TokenIssuer, |text| Ok(text.to_owned()));
    if keys.is_empty() && jwks.is_none() {
        return None;
    }
    let mut sentence = "who has an access token may use it".to_owned();
    if !told.is_empty() {
        sentence.push_str(&format!("; keys {}", told.join(", ")));
    }
    if let Some(url) = url {
        sentence.push_str(&format!("; keys of {url}"));
    }
    Some((Verifier::new(keys, jwks, audience, issuer), sentence))
}

/// What access tokens are checked with, for a command that has no other settings.
pub(crate) fn verifier(low: &Low, mistakes: &mut Mistakes) -> Option<(Verifier, String)> {
    keys(&mut Reader { low, mistakes, from_environment: Vec::new() })
}

/// A named secret that makes tokens: the one called `name`, or the first.
pub(crate) fn signing_secret(
    low: &Low,
    mistakes: &mut Mistakes,
    name: Option<&str>,
) -> Option<(String, Secret)> {
    let secrets = Reader { low, mistakes, from_environment: Vec::new() }.list(Key::TokenSecret, named_secret);
    secrets?.into_iter().find(|(found, _)| name.is_none_or(|name| name == found))
}

/// A setting that is one text.
pub(crate) fn one(low: &Low, mistakes: &mut Mistakes, key: Key) -> Option<String> {
    Reader { low, mistakes, from_environment: Vec::new() }.one(key, |text| Ok(text.to_owned()))
}

/// Reads `NAME=SECRET`; what is wrong is said without what was given.
fn named_secret(text: &str) -> Result<(String, Secret), String> {
    let (name, secret) =
        named(text).ok_or("is no NAME=SECRET or NAME=@FILE, as in main=@/run/secrets/main")?;
    Ok((name.to_owned(), secret_of(secret)?))
}

pub(super) fn named(text: &str) -> Option<(&str, &str)> {
    text.split_once('=').filter(|(name, value)| !name.is_empty() && !value.is_empty())
}

fn link_secrets(reader: &mut Reader<'_>) -> LinkSecrets {
    let secrets = reader.list(Key::LinkSecret, secret_of).unwrap_or_default();
    LinkSecrets::new(secrets).unwrap_or_else(|what| {
        reader.mistakes.add(&Key::LinkSecret.flag(), what);
        LinkSecrets::default()
    })
}

/// STUN and TURN servers for browsers.
pub(super) fn ice_servers(reader: &mut Reader<'_>) -> IceServers {
    let urls = reader.list(Key::IceServer, |text| Ok(text.to_owned())).unwrap_or_default();
    let secret = reader.one(Key::TurnSecret, secret_of);
    let ttl = reader.time(Key::TurnTtl);
    IceServers::new(&urls, secret, ttl.unwrap_or(switchboard_auth::ice::TURN_TTL)).unwrap_or_else(|what| {
        reader.mistakes.add(&Key::IceServer.flag(), what);
        IceServers::default()
    })
}

/// A secret as it was given, or what stands in the file behind `@`, without the line end that editors put there.
pub(super) fn secret_of(text: &str) -> Result<Secret, String> {
    let Some(path) = text.strip_prefix('@') else { return Ok(Secret::new(text)) };
    let told = |error: std::io::Error| format!("{path}: {error}");
    let secret = files::read_text(path, FILE_BYTES_MAX).map_err(told)?;
    Ok(Secret::new(secret.trim_end_matches(['\r', '\n'])))
}

fn random_secret() -> Secret {
    let mut bytes = [0_u8; 32];
    // Without randomness of the machine nothing of this is safe, and TLS would not start either.
    if aws_lc_rs::rand::fill(&mut bytes).is_err() {
        return Secret::new("");
    }
    Secret::new(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}
