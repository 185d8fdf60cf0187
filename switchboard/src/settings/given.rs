//! Secrets as they were given: which, and where. For whoever judges settings; what is used is read by `access`.

use std::path::PathBuf;

use switchboard_auth::Secret;
use switchboard_roomsvc::store::RedisAddress;

use super::access::{named, secret_of};
use super::high::Program;
use super::low::{Key, Low, Source, Typed};

/// A secret, and where it was given.
#[derive(Debug)]
pub(crate) struct Given {
    pub(crate) key: Key,
    /// For people, as in `the link secret`.
    pub(crate) name: String,
    pub(crate) secret: Secret,
    pub(crate) place: Place,
}

/// Where a secret stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// On the command line.
    Flag(String),
    /// In a variable of the environment.
    Variable(String),
    /// In a file of its own, or in the settings file.
    File(PathBuf),
}

/// All secrets of a program. What can't be read is left out: it is a mistake that the settings have told.
pub(crate) fn secrets(program: Program, low: &Low) -> Vec<Given> {
    let gateway = (program != Program::RoomService).then_some(Key::TurnSecret);
    let room_service = (program != Program::Gateway).then_some(Key::RedisUrl);
    let keys = [Key::TokenSecret, Key::LinkSecret].into_iter().chain(gateway).chain(room_service);
    keys.filter_map(|key| Some((key, low.get(key)?)))
        .flat_map(|(key, typed)| of_setting(key, &typed))
        .collect()
}

/// The private keys that are named by files.
pub(crate) fn key_files(program: Program, low: &Low) -> Vec<(Key, PathBuf)> {
    let keys: &[Key] = match program {
        Program::AllInOne => &[Key::TlsKeyFile],
        Program::Gateway => &[Key::TlsKeyFile, Key::RoomsvcTlsKey],
        Program::RoomService => &[Key::GrpcTlsKey],
    };
    let texts = keys.iter().filter_map(|key| Some((*key, low.get(*key)?.texts)));
    texts.flat_map(|(key, texts)| texts.into_iter().map(move |text| (key, PathBuf::from(text)))).collect()
}

fn of_setting(key: Key, typed: &Typed) -> Vec<Given> {
    let whole = typed.texts.iter().map(String::as_str);
    match key {
        Key::TokenSecret => parts(typed)
            .filter_map(named)
            .filter_map(|(name, text)| given(key, format!("the token secret {name}"), text, &typed.source))
            .collect(),
        Key::LinkSecret => parts(typed)
            .filter_map(|text| given(key, "the link secret".into(), text, &typed.source))
            .collect(),
        Key::TurnSecret => {
            whole.filter_map(|text| given(key, "the TURN secret".into(), text, &typed.source)).collect()
        }
        Key::RedisUrl => whole
            .filter_map(|text| RedisAddress::parse(text).ok())
            .flat_map(|address| {
                let of_redis =
                    address.password().map(|password| ("the password of Redis", Secret::new(password)));
                let of_sentinel = address.sentinel_password();
                let of_sentinel =
                    of_sentinel.map(|password| ("the password of the Sentinels", Secret::new(password)));
                of_redis.into_iter().chain(of_sentinel).collect::<Vec<_>>()
            })
            .map(|(name, secret)| Given { key, name: name.into(), secret, place: place(&typed.source) })
            .collect(),
        _ => Vec::new(),
    }
}

/// The parts of a setting that is a list.
fn parts(typed: &Typed) -> impl Iterator<Item = &str> {
    let parts = typed.texts.iter().flat_map(|text| text.split(',')).map(str::trim);
    parts.filter(|part| !part.is_empty())
}

fn given(key: Key, name: String, text: &str, source: &Source) -> Option<Given> {
    let place = text.strip_prefix('@').map_or_else(|| place(source), |path| Place::File(path.into()));
    Some(Given { key, name, secret: secret_of(text).ok()?, place })
}

fn place(source: &Source) -> Place {
    match source {
        Source::Flag(name) => Place::Flag(name.clone()),
        Source::Variable(name) => Place::Variable(name.clone()),
        Source::File(path, _) => Place::File(path.clone()),
    }
}
