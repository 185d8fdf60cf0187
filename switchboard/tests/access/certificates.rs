//! gRPC with certificates: gateways and admins known by the names in theirs; everything else is refused. Processes as an
//! operator starts them, with certificates of an authority that is made here.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair, SanType,
};
use switchboard_auth::{Grant, Mutual, MutualFiles};
use switchboard_gateway::dial;
use switchboard_loadtest::{Client, ClientError, Options};
use switchboard_proto::Refusal;
use switchboard_proto::v1::gateway_link_client::GatewayLinkClient;
use switchboard_proto::v1::room_service_client::RoomServiceClient;
use switchboard_proto::v1::{self, ErrorReason};
use tempfile::TempDir;
use time::OffsetDateTime;
use tokio::time::Instant;
use tonic::transport::Channel;
use tonic::{Code, Status};

use crate::parts::{LINK_SECRET, SECRET, Says, WITHIN, token};
use crate::program::{Running, output};

/// A folder of certificates, of one authority.
struct Authority {
    folder: TempDir,
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer =
            CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("is made");
        fs::write(folder.path().join("ca.pem"), issuer.pem()).expect("is written");
        Self { folder, issuer }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    /// Writes `<file>.crt` and `<file>.key`; ended since an hour, or for an hour to come.
    fn issue(&self, file: &str, names: &[SanType], ended: bool) {
        let mut params = CertificateParams::default();
        params.subject_alt_names = names.to_vec();
        params.extended_key_usages =
            vec![ExtendedKeyUsagePurpose::ClientAuth, ExtendedKeyUsagePurpose::ServerAuth];
        let now = OffsetDateTime::now_utc();
        let hour = Duration::from_secs(3_600);
        params.not_before = now - 2 * hour;
        params.not_after = if ended { now - hour } else { now + hour };
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.issuer).expect("is made");
        fs::write(self.path(&format!("{file}.key")), key.serialize_pem()).expect("is written");
        fs::write(self.path(&format!("{file}.crt")), certificate.pem()).expect("is written");
    }
}

fn dns(name: &str) -> SanType {
    SanType::DnsName(name.try_into().expect("is a name"))
}

fn uri(text: &str) -> SanType {
    SanType::URI(text.try_into().expect("is a URI"))
}

fn loopback() -> SanType {
    SanType::IpAddress("127.0.0.1".parse().expect("is an address"))
}

/// A channel that trusts `trusted` and shows this certificate.
fn channel(grpc: &str, trusted: &Authority, shown: Option<(&Authority, &str)>) -> Channel {
    let own = shown.map(|(of, file)| (of.path(&format!("{file}.crt")), of.path(&format!("{file}.key"))));
    let files = MutualFiles { own, authorities: Some(trusted.path("ca.pem")) };
    let tls = Mutual::client(files).expect("are good files");
    let endpoint = tonic::transport::Endpoint::from_shared(format!("https://{grpc}")).expect("is a URL");
    dial::channel(&endpoint, tls)
}

/// What comes of a call: done, or a reason of ours, or none at all where the handshake failed.
fn outcome<T>(answer: Result<T, Status>) -> Result<(), Option<ErrorReason>> {
    answer.map(drop).map_err(|status| Refusal::from_status(&status).map(|refusal| refusal.reason))
}

/// A gateway that shows the certificate `gateway` to the room service at `grpc`.
fn gateway(own: &Authority, grpc: &str) -> Running {
    let (ca, cert, key) = (own.text("ca.pem"), own.text("gateway.crt"), own.text("gateway.key"));
    Running::start(&format!(
        "gateway --listen 127.0.0.1:0 --roomsvc https://{grpc} --token-secret main={SECRET} \
         --roomsvc-tls-ca {ca} --roomsvc-tls-cert {cert} --roomsvc-tls-key {key}"
    ))
}

async fn join(url: &str) -> Result<(), ClientError> {
    let token = Some(token("a", "ann", &[Grant::Join]));
    let options = Options { token, deadline: WITHIN, ..Options::default() };
    Client::connect(url, options).await.expect("connects").join("a", "ann", "").await.map(drop)
}

/// Joins as soon as the gateway has a link. Until then it says that this will pass.
async fn until_linked(url: &str, within: Duration) {
    let by = Instant::now() + within;
    while let Err(error) = join(url).await {
        assert!(error.reason().is_some_and(ErrorReason::is_temporary), "{error}");
        assert!(Instant::now() < by, "no link in time: no certificate that is taken is shown");
    }
}

fn room_service(own: &Authority) -> Running {
    let (ca, cert, key) = (own.text("ca.pem"), own.text("server.crt"), own.text("server.key"));
    Running::start(&format!(
        "roomsvc --listen 127.0.0.1:0 --token-secret main={SECRET} --link-secret {LINK_SECRET} \
         --grpc-tls-cert {cert} --grpc-tls-key {key} --grpc-client-ca {ca} \
         --grpc-admin-name spiffe://test/ops,ops.test"
    ))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn links_and_calls_by_every_certificate() {
    let (own, other) = (Authority::new(), Authority::new());
    own.issue("server", &[loopback()], false);
    own.issue("gateway", &[dns("Switchboard-Gateway")], false);
    own.issue("ended", &[dns("switchboard-gateway"), dns("ops.test")], true);
    own.issue("star", &[dns("*"), dns("*.test"), dns("switchboard-gateway.test")], false);
    own.issue("ops", &[uri("spiffe://test/ops")], false);
    own.issue("ops-by-dns", &[dns("OPS.test")], false);
    own.issue("nobody", &[uri("spiffe://test/ops/more"), dns("nobody.test")], false);
    other.issue("gateway", &[dns("switchboard-gateway"), dns("ops.test")], false);
    let service = room_service(&own);
    let grpc = service.find("gRPC API").expect("is told");

    let (no_secret, no_token) =
        (Err(Some(ErrorReason::LinkSecretInvalid)), Err(Some(ErrorReason::TokenMissing)));
    // (who, its certificate, a link, a call of the API, a list)
    let cases = [
        ("none", None, no_secret, no_token, no_token),
        ("a gateway", Some((&own, "gateway")), Ok(()), no_token, Ok(())),
        ("an admin", Some((&own, "ops")), no_secret, Ok(()), Ok(())),
        ("an admin by DNS", Some((&own, "ops-by-dns")), no_secret, Ok(()), Ok(())),
        ("nobody", Some((&own, "nobody")), no_secret, no_token, no_token),
        ("a star", Some((&own, "star")), no_secret, no_token, no_token),
        // Not even a handshake.
        ("ended", Some((&own, "ended")), Err(None), Err(None), Err(None)),
        ("another authority", Some((&other, "gateway")), Err(None), Err(None), Err(None)),
    ];
    for (who, shown, link, call, list) in cases {
        let channel = channel(grpc, &own, shown);
        let place = GatewayLinkClient::new(channel.clone()).r#where(v1::WhereRequest {}).await;
        assert_eq!(outcome(place), link, "a link by {who}");
        let mut api = RoomServiceClient::new(channel);
        let create = v1::CreateRoomRequest { room_id: who.into(), ..Default::default() };
        assert_eq!(outcome(api.create_room(create).await), call, "a call by {who}");
        assert_eq!(outcome(api.list_rooms(v1::ListRoomsRequest::default()).await), list, "a list by {who}");
    }
    // Without a certificate the link secret and tokens count as ever.
    let bare = channel(grpc, &own, None);
    let says = |text: String| Says(Some(format!("Bearer {text}")));
    let mut link = GatewayLinkClient::with_interceptor(bare.clone(), says(LINK_SECRET.into()));
    link.r#where(v1::WhereRequest {}).await.expect("knows the secret");
    let mut api = RoomServiceClient::with_interceptor(bare, says(token("a", "ops", &[Grant::Admin])));
    api.list_rooms(v1::ListRoomsRequest::default()).await.expect("has a token");
    // And who trusts another authority does not talk to this room service.
    let mut wary = GatewayLinkClient::new(channel(grpc, &other, None));
    assert_eq!(
        wary.r#where(v1::WhereRequest {}).await.expect_err("is not trusted").code(),
        Code::Unavailable
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gateway_with_a_certificate_serves_without_a_link_secret_and_new_ones_count_while_it_runs() {
    let (own, other) = (Authority::new(), Authority::new());
    own.issue("server", &[loopback()], false);
    own.issue("gateway", &[dns("switchboard-gateway")], false);
    let service = room_service(&own);
    let grpc = service.find("gRPC API").expect("is told");
    let gateway = gateway(&own, grpc);
    let url = format!("ws://{}/ws", gateway.host());
    until_linked(&url, WITHIN).await;
    let by = Instant::now() + WITHIN;
    // The room service is given the other authority's certificate: whoever trusts that one is served from then on.
    other.issue("server", &[loopback()], false);
    for file in ["server.key", "server.crt"] {
        fs::copy(other.path(file), own.path(file)).expect("is written");
    }
    while GatewayLinkClient::with_interceptor(
        channel(grpc, &other, None),
        Says(Some(format!("Bearer {LINK_SECRET}"))),
    )
    .r#where(v1::WhereRequest {})
    .await
    .is_err()
    {
        assert!(Instant::now() < by, "the new certificate is not shown");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gateway_whose_certificate_has_ended_links_with_the_renewed_one_without_a_restart() {
    let own = Authority::new();
    own.issue("server", &[loopback()], false);
    own.issue("gateway", &[dns("switchboard-gateway")], true);
    let service = room_service(&own);
    let grpc = service.find("gRPC API").expect("is told");
    let gateway = gateway(&own, grpc);
    let url = format!("ws://{}/ws", gateway.host());
    // No room service takes what it shows.
    let refused = join(&url).await.expect_err("has no link");
    assert!(refused.reason().is_some_and(ErrorReason::is_temporary), "{refused}");
    own.issue("gateway", &[dns("switchboard-gateway")], false);
    until_linked(&url, 3 * WITHIN).await;
}

#[test]
fn authorities_of_callers_in_open_mode_are_warned_of() {
    let own = Authority::new();
    own.issue("server", &[loopback()], false);
    let (ca, cert, key) = (own.text("ca.pem"), own.text("server.crt"), own.text("server.key"));
    let line =
        format!("roomsvc --auth open --listen 127.0.0.1:0 --grpc-tls-cert {cert} --grpc-tls-key {key}");
    for (more, warned) in [(String::new(), false), (format!("--grpc-client-ca {ca}"), true)] {
        let log = fs::File::create(own.path("log")).expect("is made");
        let mut service = Running::start_with_log(&format!("{line} {more}"), log);
        let text = fs::read_to_string(own.path("log")).expect("is there");
        assert_eq!(text.contains("--grpc-client-ca lets nobody out"), warned, "{text}");
        // What it says to try does work there: Go takes a certificate that it is shown as its own authority.
        let try_next = service.hint("grpcurl");
        assert!(try_next.starts_with(&format!("-cacert {cert} 127.0.0.1:")), "{try_next}");
        service.hint("switchboard gateway --auth open --roomsvc https://127.0.0.1:");
    }
}

#[test]
fn what_is_wrong_with_the_files_is_told() {
    let own = Authority::new();
    own.issue("server", &[loopback()], false);
    let (ca, cert, key) = (own.text("ca.pem"), own.text("server.crt"), own.text("server.key"));
    let open = "--auth open --listen 127.0.0.1:0";
    let cases = [
        (
            format!("roomsvc {open} --grpc-tls-cert {cert}"),
            "--grpc-tls-cert: needs its key too: --grpc-tls-key FILE",
        ),
        (
            format!("roomsvc {open} --grpc-client-ca {ca}"),
            "--grpc-client-ca: needs a certificate for the API too",
        ),
        (
            format!("roomsvc {open} --grpc-admin-name ops"),
            "--grpc-admin-name: is for who shows a certificate",
        ),
        (
            format!("roomsvc {open} --grpc-tls-cert {cert} --grpc-tls-key {key} --grpc-client-ca {key}"),
            "--grpc-client-ca: the file of the authorities holds no certificate",
        ),
        (
            format!("gateway {open} --roomsvc https://127.0.0.1:1"),
            "--roomsvc: https:// needs authorities too",
        ),
        (
            format!("gateway {open} --roomsvc-tls-ca {ca}"),
            "--roomsvc-tls-ca: is for room services at https://",
        ),
    ];
    for (line, want) in cases {
        let out = output(&line, &[]);
        let text = String::from_utf8_lossy(&out.stderr);
        assert!(out.status.code() == Some(64) && text.contains(want), "{line}: {text}");
    }
}

#[test]
fn an_operators_commands_show_a_certificate_or_a_token_over_tls() {
    let (own, other) = (Authority::new(), Authority::new());
    own.issue("server", &[loopback()], false);
    own.issue("ops", &[uri("spiffe://test/ops")], false);
    own.issue("nobody", &[dns("nobody.test")], false);
    let service = room_service(&own);
    let at = format!("--address https://{}", service.find("gRPC API").expect("is told"));
    let shown = |file: &str| {
        format!(
            "--tls-cert {} --tls-key {}",
            own.text(&format!("{file}.crt")),
            own.text(&format!("{file}.key"))
        )
    };
    let trusted = format!("--tls-ca {}", own.text("ca.pem"));
    let admin = token("x", "ops", &[Grant::Admin]);
    let cases = [
        (format!("{trusted} {}", shown("ops")), None, 0, ""),
        (format!("{trusted} {}", shown("nobody")), None, 1, "TOKEN_MISSING"),
        (trusted.clone(), Some(admin.as_str()), 0, ""),
        (trusted, None, 1, "TOKEN_MISSING"),
        // Whose server it is can't be known: no token is told to it.
        (format!("--tls-ca {}", other.text("ca.pem")), Some(admin.as_str()), 69, "can't be reached"),
    ];
    for (flags, token, code, want) in cases {
        for command in ["rooms list", "why a ann"] {
            let variables: Vec<_> = token.map(|token| ("SWITCHBOARD_API_TOKEN", token)).into_iter().collect();
            let out = output(&format!("{command} {at} {flags}"), &variables);
            let told = String::from_utf8_lossy(&out.stderr).into_owned();
            // There is no room yet.
            let (code, want) =
                if (command, code) == ("why a ann", 0) { (1, "ROOM_NOT_FOUND") } else { (code, want) };
            assert_eq!(out.status.code(), Some(code), "{command} {flags}: {told}");
            assert!(told.contains(want) && !told.contains(&admin), "{command} {flags}: {told}");
        }
    }
}
