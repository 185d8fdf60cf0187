//! Tokens against the verifier: every way in which one can be wrong, each with its reason.

use std::time::Duration;

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256,
};
use aws_lc_rs::{hmac, rsa};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use proptest::prelude::*;
use serde_json::{Value, json};
use switchboard_auth::{Grant, Jwks, Keys, LEEWAY_MS, Secret, TOKEN_BYTES_MAX, Token, Verifier, keys};
use switchboard_proto::Millis;
use switchboard_proto::v1::ErrorReason;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_util::sync::CancellationToken;

const SECRET: &str = "a-secret-of-thirty-two-bytes-or-more";
const OTHER: &str = "another-secret-of-thirty-two-bytes..";
const NOW: Millis = Millis(1_700_000_000_000);
const NOW_S: u64 = 1_700_000_000;

/// A key that signs, and how a token names it.
enum Signer {
    Secret(String),
    Rsa(rsa::KeyPair),
    Ec(EcdsaKeyPair),
    Ed(Ed25519KeyPair),
    Nobody,
}

impl Signer {
    fn rsa() -> Self {
        Self::Rsa(rsa::KeyPair::generate(rsa::KeySize::Rsa2048).expect("a key"))
    }

    fn ec() -> Self {
        Self::Ec(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key"))
    }

    fn ed() -> Self {
        Self::Ed(Ed25519KeyPair::generate().expect("a key"))
    }

    fn algorithm(&self) -> &'static str {
        match self {
            Self::Secret(_) => "HS256",
            Self::Rsa(_) => "RS256",
            Self::Ec(_) => "ES256",
            Self::Ed(_) => "EdDSA",
            Self::Nobody => "none",
        }
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::Secret(secret) => {
                hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), message).as_ref().to_vec()
            }
            Self::Rsa(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature).expect("signs");
                signature
            }
            Self::Ec(key) => key.sign(&SystemRandom::new(), message).expect("signs").as_ref().to_vec(),
            Self::Ed(key) => key.sign(message).as_ref().to_vec(),
            Self::Nobody => Vec::new(),
        }
    }

    /// Its public half in PEM.
    fn pem(&self) -> String {
        let der = match self {
            Self::Rsa(key) => key.public_key().as_der().expect("has a form").as_ref().to_vec(),
            Self::Ec(key) => key.public_key().as_der().expect("has a form").as_ref().to_vec(),
            Self::Ed(key) => key.public_key().as_der().expect("has a form").as_ref().to_vec(),
            Self::Secret(_) | Self::Nobody => panic!("has no public half"),
        };
        let lines = STANDARD
            .encode(der)
            .as_bytes()
            .chunks(64)
            .map(String::from_utf8_lossy)
            .collect::<Vec<_>>()
            .join("\n");
        format!("-----BEGIN PUBLIC KEY-----\n{lines}\n-----END PUBLIC KEY-----\n")
    }

    fn token(&self, kid: Option<&str>, claims: &Value) -> Token {
        let mut header = json!({"alg": self.algorithm(), "typ": "JWT"});
        if let Some(kid) = kid {
            header["kid"] = kid.into();
        }
        self.token_of(&header, claims)
    }

    fn token_of(&self, header: &Value, claims: &Value) -> Token {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", part(header), part(claims));
        Token::new(format!("{message}.{}", URL_SAFE_NO_PAD.encode(self.sign(message.as_bytes()))))
    }
}

fn claims() -> Value {
    json!({"sub": "ann", "room": "demo", "grants": ["join", "share"], "exp": NOW_S + 60})
}

fn with(changes: &Value) -> Value {
    let mut claims = claims();
    for (name, value) in changes.as_object().expect("an object") {
        claims[name] = value.clone();
    }
    claims
}

fn keys(named: &[(&str, &str)]) -> Keys {
    let mut keys = Keys::default();
    for (name, secret) in named {
        keys.add_secret(name, &Secret::new(*secret)).expect("is a good secret");
    }
    keys
}

fn reason(verifier: &Verifier, token: &Token) -> Result<(), ErrorReason> {
    verifier.verify(token, NOW).map(|_| ()).map_err(|refusal| refusal.reason)
}

#[test]
fn each_wrong_token_has_its_reason() {
    use ErrorReason as E;
    let main = Signer::Secret(SECRET.into());
    let verifier = Verifier::new(keys(&[("main", SECRET)]), None, None, None);
    let good = main.token(Some("main"), &claims());
    let text = good.expose();
    let cut = |from: usize| Token::new(&text[from..]);
    let (head, rest) = text.split_once('.').expect("three parts");
    let (_, signature) = rest.split_once('.').expect("three parts");
    let other_claims = URL_SAFE_NO_PAD.encode(with(&json!({"sub": "eve"})).to_string());
    let header = |header: Value| main.token_of(&header, &claims());
    let ends = |exp: Value| main.token(None, &with(&json!({"exp": exp})));
    let leeway = LEEWAY_MS / 1_000;
    let cases = [
        ("good", good.clone(), Ok(())),
        ("good, no kid", main.token(None, &claims()), Ok(())),
        ("empty", Token::new(""), Err(E::TokenMissing)),
        ("no JWT", Token::new("hello"), Err(E::TokenMalformed)),
        ("two parts", Token::new("a.b"), Err(E::TokenMalformed)),
        ("four parts", Token::new(format!("{text}.x")), Err(E::TokenMalformed)),
        ("half a header", cut(1), Err(E::TokenMalformed)),
        ("no alg", header(json!({"typ": "JWT"})), Err(E::TokenMalformed)),
        ("crit", header(json!({"alg": "HS256", "crit": ["b64"]})), Err(E::TokenMalformed)),
        ("claims are no object", main.token(None, &json!([1])), Err(E::TokenMalformed)),
        (
            "a claim of another type",
            main.token(None, &with(&json!({"grants": "join"}))),
            Err(E::TokenMalformed),
        ),
        (
            "a claim that breaks its rule",
            main.token(None, &with(&json!({"room": ""}))),
            Err(E::TokenMalformed),
        ),
        (
            "too long",
            main.token(None, &with(&json!({"x": "x".repeat(TOKEN_BYTES_MAX)}))),
            Err(E::TokenTooLong),
        ),
        ("alg none", Signer::Nobody.token(None, &claims()), Err(E::TokenAlgorithmRefused)),
        ("alg None", header(json!({"alg": "None", "kid": "main"})), Err(E::TokenAlgorithmRefused)),
        ("alg HS512", header(json!({"alg": "HS512", "kid": "main"})), Err(E::TokenAlgorithmRefused)),
        ("alg RS256", header(json!({"alg": "RS256", "kid": "main"})), Err(E::TokenAlgorithmRefused)),
        ("unknown kid", main.token(Some("old"), &claims()), Err(E::TokenKeyUnknown)),
        ("empty kid", main.token(Some(""), &claims()), Err(E::TokenKeyUnknown)),
        (
            "another secret",
            Signer::Secret(OTHER.into()).token(Some("main"), &claims()),
            Err(E::TokenSignatureInvalid),
        ),
        (
            "another secret, no kid",
            Signer::Secret(OTHER.into()).token(None, &claims()),
            Err(E::TokenSignatureInvalid),
        ),
        (
            "no signature",
            Token::new(format!("{}.", text.rsplit_once('.').expect("parts").0)),
            Err(E::TokenSignatureInvalid),
        ),
        (
            "changed claims",
            Token::new(format!("{head}.{other_claims}.{signature}")),
            Err(E::TokenSignatureInvalid),
        ),
        ("ended", ends((NOW_S - leeway).into()), Err(E::TokenExpired)),
        ("ended, within the leeway", ends((NOW_S - leeway + 1).into()), Ok(())),
        ("ended long ago", ends(0.into()), Err(E::TokenExpired)),
        ("a fraction", ends(json!(NOW_S as f64 + 0.5)), Ok(())),
        ("never ends", main.token(None, &json!({"sub": "ann"})), Err(E::TokenMalformed)),
        ("ends at no time", ends("soon".into()), Err(E::TokenMalformed)),
        ("not yet", main.token(None, &with(&json!({"nbf": NOW_S + leeway + 1}))), Err(E::TokenNotYetValid)),
        ("not yet, within the leeway", main.token(None, &with(&json!({"nbf": NOW_S + leeway}))), Ok(())),
        ("for somebody else", main.token(None, &with(&json!({"aud": "shop"}))), Err(E::TokenWrongAudience)),
    ];
    for (what, token, want) in cases {
        assert_eq!(reason(&verifier, &token), want, "{what}");
    }
    let caller = verifier.verify(&good, NOW).expect("is good");
    assert_eq!((caller.identity.expect("has one").as_str(), &*caller.key), ("ann", "main"));
    assert!(caller.grants.has(Grant::Share) && !caller.grants.has(Grant::Message));
}

#[test]
fn audience_and_issuer_count_if_they_are_set() {
    use ErrorReason as E;
    let main = Signer::Secret(SECRET.into());
    let verifier = Verifier::new(
        keys(&[("main", SECRET)]),
        None,
        Some("calls".into()),
        Some("https://id.example".into()),
    );
    let cases = [
        (json!({"aud": "calls", "iss": "https://id.example"}), Ok(())),
        (json!({"aud": ["shop", "calls"], "iss": "https://id.example"}), Ok(())),
        (json!({"aud": "shop", "iss": "https://id.example"}), Err(E::TokenWrongAudience)),
        (json!({"aud": [], "iss": "https://id.example"}), Err(E::TokenWrongAudience)),
        (json!({"iss": "https://id.example"}), Err(E::TokenWrongAudience)),
        (json!({"aud": "calls", "iss": "https://evil.example"}), Err(E::TokenWrongIssuer)),
        (json!({"aud": "calls"}), Err(E::TokenWrongIssuer)),
    ];
    for (changes, want) in cases {
        assert_eq!(reason(&verifier, &main.token(None, &with(&changes))), want, "{changes}");
    }
}

#[test]
fn secrets_are_replaced_without_a_gap() {
    let (old, new) = (Signer::Secret(OTHER.into()), Signer::Secret(SECRET.into()));
    let both = Verifier::new(keys(&[("2026", SECRET), ("2025", OTHER)]), None, None, None);
    for kid in [Some("2025"), None] {
        assert_eq!(reason(&both, &old.token(kid, &claims())), Ok(()));
    }
    assert_eq!(reason(&both, &new.token(Some("2026"), &claims())), Ok(()));
    // One key's name with another key's signature is nobody's token.
    assert_eq!(reason(&both, &old.token(Some("2026"), &claims())), Err(ErrorReason::TokenSignatureInvalid));
    let after = Verifier::new(keys(&[("2026", SECRET)]), None, None, None);
    assert_eq!(reason(&after, &old.token(Some("2025"), &claims())), Err(ErrorReason::TokenKeyUnknown));
}

#[test]
fn public_keys_take_their_own_algorithm_only() {
    let signers = [Signer::rsa(), Signer::ec(), Signer::ed()];
    for signer in &signers {
        let algorithm = signer.algorithm();
        let mut keys = Keys::default();
        keys.add_pem("public", &signer.pem()).expect("is a public key");
        let verifier = Verifier::new(keys, None, None, None);
        assert_eq!(reason(&verifier, &signer.token(Some("public"), &claims())), Ok(()), "{algorithm}");
        // The public key is no secret, so whoever has it could sign with it, were it taken for one.
        let confused = Signer::Secret(signer.pem()).token(Some("public"), &claims());
        assert_eq!(reason(&verifier, &confused), Err(ErrorReason::TokenAlgorithmRefused), "{algorithm}");
        let unsigned = Signer::Nobody.token(Some("public"), &claims());
        assert_eq!(reason(&verifier, &unsigned), Err(ErrorReason::TokenAlgorithmRefused), "{algorithm}");
        for other in signers.iter().filter(|other| other.algorithm() != algorithm) {
            let token = other.token(Some("public"), &claims());
            assert_eq!(reason(&verifier, &token), Err(ErrorReason::TokenAlgorithmRefused), "{algorithm}");
        }
        let twin = match signer {
            Signer::Rsa(_) => Signer::rsa(),
            Signer::Ec(_) => Signer::ec(),
            _ => Signer::ed(),
        };
        let forged = twin.token(Some("public"), &claims());
        assert_eq!(reason(&verifier, &forged), Err(ErrorReason::TokenSignatureInvalid), "{algorithm}");
    }
}

#[test]
fn what_is_minted_is_taken() {
    let claims = serde_json::from_value(claims()).expect("are claims");
    let token = keys::mint(&claims, "main", &Secret::new(SECRET)).expect("is made");
    let verifier = Verifier::new(keys(&[("main", SECRET)]), None, None, None);
    assert_eq!(reason(&verifier, &token), Ok(()));
}

proptest! {
    #[test]
    fn no_text_is_a_token_by_chance(text in "[A-Za-z0-9_.-]{0,200}") {
        let verifier = Verifier::new(keys(&[("main", SECRET)]), None, None, None);
        prop_assert!(verifier.verify(&Token::new(text), NOW).is_err());
    }

    #[test]
    fn one_changed_character_is_a_refusal(at in 0_usize..10_000, to in "[A-Za-z0-9_.-]") {
        let verifier = Verifier::new(keys(&[("main", SECRET)]), None, None, None);
        let good = Signer::Secret(SECRET.into()).token(Some("main"), &claims());
        let mut text = good.expose().to_owned();
        // The last character has bits that belong to no byte.
        let at = at % (text.len() - 1);
        prop_assume!(text[at..=at] != *to);
        text.replace_range(at..=at, &to);
        prop_assert!(verifier.verify(&Token::new(text), NOW).is_err());
    }
}

/// Answers HTTP requests with what `set` holds at that time, or with 500.
async fn key_set(set: std::sync::Arc<std::sync::Mutex<Option<Value>>>, stop: CancellationToken) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/keys", listener.local_addr().expect("an address"));
    tokio::spawn(async move {
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = stop.cancelled() => return,
            };
            let Ok((mut stream, _)) = accepted else { continue };
            let mut request = [0; 2_048];
            let _ = stream.read(&mut request).await;
            let body = set.lock().expect("not poisoned").as_ref().map(Value::to_string);
            let status = if body.is_some() { "200 OK" } else { "500 Fault" };
            let body = body.unwrap_or_default();
            let answer = format!(
                "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            );
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    url
}

fn jwk(kid: &str, signer: &Signer) -> Value {
    let Signer::Ed(key) = signer else { panic!("Ed25519 only") };
    json!({"kty": "OKP", "crv": "Ed25519", "use": "sig", "kid": kid, "x": URL_SAFE_NO_PAD.encode(key.public_key())})
}

#[tokio::test]
async fn a_key_set_is_fetched_and_followed() {
    let (one, two) = (Signer::ed(), Signer::ed());
    let stop = CancellationToken::new();
    let _guard = stop.clone().drop_guard();
    let set = std::sync::Arc::new(std::sync::Mutex::new(None));
    let url = key_set(set.clone(), stop.clone()).await;
    let jwks = Jwks::with_interval_min(&url, Duration::from_millis(5)).expect("is an address");
    let verifier = std::sync::Arc::new(Verifier::new(Keys::default(), Some(jwks), None, None));
    let watching = verifier.clone();
    let watch = tokio::spawn(async move { watching.watch(stop).await });
    let token = one.token(Some("one"), &claims());
    let check =
        async |token: &Token| verifier.check(token, NOW).await.map(|_| ()).map_err(|refusal| refusal.reason);

    // It does not answer yet: that is no fault of the token.
    assert_eq!(check(&token).await, Err(ErrorReason::KeysUnavailable));
    let away = verifier.verify(&token, NOW).expect_err("has no keys");
    assert_eq!(away.retry_after, Some(Duration::from_millis(5)), "as long as the address is let rest");
    // A key of another kind and a secret stand beside it, and are passed over.
    let odd = [json!({"kty": "LWE"}), json!({"kty": "oct", "kid": "s", "k": URL_SAFE_NO_PAD.encode(SECRET)})];
    *set.lock().expect("not poisoned") = Some(json!({"keys": [odd[0], odd[1], jwk("one", &one)]}));
    assert_eq!(check(&token).await, Ok(()));
    let by_secret = Signer::Secret(SECRET.into()).token(Some("s"), &claims());
    assert_eq!(check(&by_secret).await, Err(ErrorReason::TokenKeyUnknown));

    // A key that is new there is found when a token names it, and the old one is out.
    let next = two.token(Some("two"), &claims());
    assert_eq!(check(&next).await, Err(ErrorReason::TokenKeyUnknown));
    *set.lock().expect("not poisoned") = Some(json!({"keys": [jwk("two", &two)]}));
    let found = tokio::time::timeout(Duration::from_secs(20), async {
        while check(&next).await.is_err() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    });
    found.await.expect("is found");
    assert_eq!(reason(&verifier, &token), Err(ErrorReason::TokenKeyUnknown));

    // Away, the known ones stay in use.
    *set.lock().expect("not poisoned") = None;
    assert_eq!(check(&token).await, Err(ErrorReason::TokenKeyUnknown));
    assert_eq!(check(&next).await, Ok(()));
    drop(_guard);
    watch.await.expect("ends");
}

#[test]
fn a_key_set_is_fetched_over_tls_but_for_this_machine() {
    for good in
        ["https://id.example/keys", "http://127.0.0.1:1/keys", "http://localhost/keys", "http://[::1]:1/"]
    {
        // A machine without root certificates says so; that is another matter.
        let told = Jwks::new(good).err().map(|error| error.to_string());
        assert!(told.as_ref().is_none_or(|told| told.contains("root certificates")), "{good}: {told:?}");
    }
    for wrong in
        ["http://id.example/keys", "ftp://id.example", "id.example", "", "http://127.0.0.1.evil.example/"]
    {
        assert!(Jwks::new(wrong).is_err(), "{wrong}");
    }
}
