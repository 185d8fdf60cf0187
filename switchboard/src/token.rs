//! `switchboard token`: makes access tokens and says what is wrong with one.

use std::io::Read as _;
use std::process::ExitCode;
use std::time::Duration;

use switchboard_auth::{Claims, Grant, Grants, TOKEN_BYTES_MAX, Token, keys, now};

use crate::settings::Mistakes;
use crate::settings::access;
use crate::settings::flags::TokenFlags;
use crate::settings::low::{Key, Low};
use crate::{EXIT_FAULT, EXIT_SETTINGS};

/// What is to be done with a token.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Makes a token, signed with HS256, and prints it; with the same secrets as the gateway
    Create(Box<Create>),
    /// Checks a token as a gateway would, and prints what it says
    Verify(Box<Verify>),
}

/// `switchboard token create`.
#[derive(Debug, clap::Args)]
pub(crate) struct Create {
    /// The room that it is for
    #[arg(long, value_name = "ROOM", conflicts_with = "room_pattern")]
    room: Option<String>,
    /// The rooms that it is for, where * stands for any text, as in team-*
    #[arg(long, value_name = "PATTERN")]
    room_pattern: Option<String>,
    /// Who it is for
    #[arg(long, value_name = "IDENTITY")]
    identity: Option<String>,
    /// Its name for people
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// The participant's metadata, which it can't change then
    #[arg(long, value_name = "TEXT")]
    metadata: Option<String>,
    /// What it grants: see, join, share, publish, signal, message, list_rooms, room_admin, admin; parted by commas or
    /// given again [default: join,share,publish,signal,message]
    #[arg(long = "grant", value_name = "GRANT", value_delimiter = ',', value_parser = grant)]
    grants: Vec<Grant>,
    /// How long it lasts
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = humantime::parse_duration)]
    ttl: Duration,
    /// The name of the secret that signs it [default: the first]
    #[arg(long, value_name = "NAME")]
    key: Option<String>,
    #[command(flatten)]
    token: TokenFlags,
    /// A TOML file with settings [variable: SWITCHBOARD_CONFIG]
    #[arg(long, value_name = "FILE")]
    config: Option<String>,
}

/// `switchboard token verify`.
#[derive(Debug, clap::Args)]
pub(crate) struct Verify {
    /// The token; without it, standard input is read, which no listing of processes shows
    token_text: Option<String>,
    #[command(flatten)]
    token: TokenFlags,
    /// A TOML file with settings [variable: SWITCHBOARD_CONFIG]
    #[arg(long, value_name = "FILE")]
    config: Option<String>,
}

fn grant(name: &str) -> Result<Grant, String> {
    let known = Grant::ALL.map(Grant::name).join(", ");
    Grant::from_name(name).ok_or_else(|| format!("is none of {known}"))
}

/// Does what was asked.
pub(crate) async fn run(command: Command) -> ExitCode {
    match command {
        Command::Create(create) => self::create(*create),
        Command::Verify(verify) => self::verify(*verify).await,
    }
}

fn settings(token: TokenFlags, config: Option<String>, mistakes: &mut Mistakes) -> Low {
    let flags = token.typed().into_iter().filter(|(_, texts)| !texts.is_empty()).collect();
    let environment = |name: &str| std::env::var_os(name)?.into_string().ok();
    Low::read(flags, config, environment, mistakes)
}

fn create(create: Create) -> ExitCode {
    let mut mistakes = Mistakes::default();
    let low = settings(create.token, create.config, &mut mistakes);
    let secret = access::signing_secret(&low, &mut mistakes, create.key.as_deref());
    let Some((name, secret)) = secret.filter(|_| mistakes.is_empty()) else {
        if mistakes.is_empty() {
            mistakes.add("--token-secret", "is needed: the secret that the token is to be signed with");
        }
        return wrong(&mistakes);
    };
    let grants: Grants =
        if create.grants.is_empty() { Grants::participant() } else { create.grants.into_iter().collect() };
    let made = now().0 / 1_000;
    let claims = Claims {
        sub: create.identity,
        name: create.name,
        metadata: create.metadata,
        room: create.room,
        room_pattern: create.room_pattern,
        grants: grants.names(),
        exp: Some(made.saturating_add(create.ttl.max(Duration::from_secs(1)).as_secs())),
        iat: Some(made),
        aud: access::one(&low, &mut mistakes, Key::TokenAudience).into_iter().collect(),
        iss: access::one(&low, &mut mistakes, Key::TokenIssuer),
        ..Claims::default()
    };
    // What a gateway would not take is not made.
    if let Err(refusal) = switchboard_auth::Caller::parse(claims.clone(), now(), name.as_str().into()) {
        mistakes.add("token create", refusal);
        return wrong(&mistakes);
    }
    match keys::mint(&claims, &name, &secret) {
        Ok(token) => {
            println!("{}", token.expose());
            ExitCode::SUCCESS
        }
        Err(error) => {
            mistakes.add("--token-secret", error);
            wrong(&mistakes)
        }
    }
}

async fn verify(verify: Verify) -> ExitCode {
    let mut mistakes = Mistakes::default();
    let low = settings(verify.token, verify.config, &mut mistakes);
    let keys = access::verifier(&low, &mut mistakes);
    let Some((verifier, _)) = keys.filter(|_| mistakes.is_empty()) else {
        if mistakes.is_empty() {
            mistakes.add(
                "--token-secret",
                "is needed, or --token-key or --jwks-url: what the token is checked with",
            );
        }
        return wrong(&mistakes);
    };
    let text = match verify.token_text {
        Some(text) => text,
        None => {
            let mut text = String::new();
            let bytes_max = u64::try_from(TOKEN_BYTES_MAX + 2).unwrap_or(u64::MAX);
            if let Err(error) = std::io::stdin().take(bytes_max).read_to_string(&mut text) {
                eprintln!("switchboard token verify: {error}");
                return EXIT_FAULT.into();
            }
            text
        }
    };
    let token = Token::new(text.trim());
    let stop = tokio_util::sync::CancellationToken::new();
    let checked = tokio::select! {
        checked = verifier.check(&token, now()) => checked,
        () = verifier.watch(stop) => return EXIT_FAULT.into(),
    };
    match checked {
        Ok(caller) => {
            println!("The token is good. Key {}, grants {:?}, {:?}.", caller.key, caller.grants, caller.room);
            if let Some(identity) = &caller.identity {
                println!("Identity {identity}.");
            }
            let left = Duration::from_millis(caller.expires_at.0.saturating_sub(now().0));
            println!("It lasts for {}.", humantime::format_duration(Duration::from_secs(left.as_secs())));
            ExitCode::SUCCESS
        }
        Err(refusal) => {
            eprintln!("{}: {}", refusal.reason.name(), refusal.message);
            ExitCode::FAILURE
        }
    }
}

fn wrong(mistakes: &Mistakes) -> ExitCode {
    eprintln!("{}\nHelp: switchboard token --help", mistakes);
    EXIT_SETTINGS.into()
}
