//! What an admin says of a room counts at every gateway, and outlives the room service that it was said to: processes
//! as an operator starts them, over a real Redis.

use std::time::Duration;

use switchboard_auth::Grant;
use switchboard_loadtest::testing::RedisServer;
use switchboard_loadtest::{Client, ClientError, Encoding, Options};
use switchboard_proto::duration;
use switchboard_proto::v1::room_service_client::RoomServiceClient;
use switchboard_proto::v1::{self, ErrorReason};
use tokio::time::Instant;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Channel, Endpoint};

use crate::parts::{LINK_SECRET, SECRET, Says, WITHIN, resume_of_ann, token};
use crate::program::Running;

/// Two gateways that know both of two room services.
struct Processes {
    _redis: RedisServer,
    /// What a room service is started with, but for where it listens.
    room_service: String,
    room_services: Vec<Running>,
    gateways: Vec<Running>,
}

impl Processes {
    async fn start() -> Self {
        let redis = RedisServer::start().await;
        let access = format!("--token-secret main={SECRET} --link-secret {LINK_SECRET}");
        let room_service = format!("roomsvc --redis-url {} {access}", redis.url());
        let line = format!("{room_service} --listen 127.0.0.1:0");
        let room_services = vec![Running::start(&line), Running::start(&line)];
        let urls = room_services.iter().map(|service| format!("http://{}", grpc(service)));
        let urls = urls.collect::<Vec<_>>().join(",");
        let line = format!("gateway --listen 127.0.0.1:0 --roomsvc {urls} {access}");
        let gateways = vec![Running::start(&line), Running::start(&line)];
        Self { _redis: redis, room_service, room_services, gateways }
    }

    /// Kills a room service, and starts one that knows nothing of it at its address.
    fn start_another_in_place_of(&mut self, which: usize) {
        let killed = self.room_services.remove(which);
        let address = grpc(&killed).to_owned();
        drop(killed);
        let another = Running::start(&format!("{} --listen {address}", self.room_service));
        self.room_services.insert(which, another);
    }

    async fn connect(&self, gateway: usize, room: &str, who: &str) -> Client {
        let page = self.gateways[gateway].find("page").expect("is told");
        let url = page.split(' ').next().expect("is a URL").replace("http", "ws") + "/ws";
        let token = Some(token(room, who, &[Grant::Join, Grant::Message]));
        let options = Options { token, deadline: WITHIN, ..Options::from(Encoding::Json) };
        Client::connect(&url, options).await.expect("connects")
    }

    /// A client that has joined, or why not; asked again while a room service is looked for.
    async fn join(&self, gateway: usize, room: &str, who: &str) -> Result<Client, ErrorReason> {
        let by = Instant::now() + WITHIN;
        loop {
            let mut client = self.connect(gateway, room, who).await;
            let refused = match client.join(room, who, "").await {
                Ok(_) => return Ok(client),
                Err(error) => reason(&error),
            };
            if !refused.is_temporary() || Instant::now() > by {
                return Err(refused);
            }
        }
    }

    async fn api(&self, room_service: usize) -> RoomServiceClient<InterceptedService<Channel, Says>> {
        let url = format!("http://{}", grpc(&self.room_services[room_service]));
        let channel = Endpoint::from_shared(url).expect("is a URL").connect().await.expect("connects");
        let admin = format!("Bearer {}", token("a", "ops", &[Grant::RoomAdmin]));
        RoomServiceClient::with_interceptor(channel, Says(Some(admin)))
    }
}

fn grpc(room_service: &Running) -> &str {
    room_service.find("gRPC API").expect("is told")
}

fn reason(error: &ClientError) -> ErrorReason {
    error.reason().unwrap_or_else(|| panic!("no reason: {error}"))
}

fn remove(for_ms: Option<u64>) -> v1::RemoveParticipantRequest {
    v1::RemoveParticipantRequest {
        room_id: "a".into(),
        participant_id: "ann".into(),
        duration: for_ms.map(duration),
        ..Default::default()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_removal_lasts_as_long_as_said_though_the_room_service_that_did_it_is_killed() {
    let mut all = Processes::start().await;
    let mut ann = all.join(0, "a", "ann").await.expect("joins");
    let _bob = all.join(1, "a", "bob").await.expect("joins");
    let welcome = ann.welcome().expect("is there").clone();
    let position = ann.position();
    let resume = async |all: &Processes, gateway: usize| {
        let mut client = all.connect(gateway, "a", "ann").await;
        let resume = resume_of_ann(&welcome, position);
        client.resume(resume).await
    };
    for wrong in [1, 31 * 86_400_000] {
        let refused =
            all.api(0).await.remove_participant(remove(Some(wrong))).await.expect_err("is out of range");
        assert_eq!(refused.code(), tonic::Code::InvalidArgument);
    }
    all.api(0).await.remove_participant(remove(Some(3_600_000))).await.expect("is removed");
    // With it goes all that is only in its memory.
    drop(all.room_services.remove(0));
    assert_eq!(ann.closed().await.expect("is closed").0, 4005);
    for gateway in [0, 1] {
        let refused = all.join(gateway, "a", "ann").await.expect_err("is barred");
        assert_eq!(refused, ErrorReason::ParticipantRemoved, "at gateway {gateway}");
        assert!(resume(&all, gateway).await.is_err(), "at gateway {gateway}");
        all.join(gateway, "a", &format!("carol-{gateway}")).await.expect("is somebody else");
        all.join(gateway, "b", "ann").await.expect("is another room");
    }
    // Said again it counts from then on, and is over after it: not before, at either gateway.
    let (time, began) = (Duration::from_secs(2), Instant::now());
    all.api(0).await.remove_participant(remove(Some(2_000))).await.expect("is removed");
    for gateway in [0, 1] {
        while let Err(refused) = all.join(gateway, "a", "ann").await {
            assert_eq!(refused, ErrorReason::ParticipantRemoved);
            assert!(began.elapsed() < WITHIN, "is barred for longer than said");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert!(began.elapsed() >= time, "is let in before its time is over");
        assert!(resume(&all, gateway).await.is_err(), "that session is over for good");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_removal_and_its_end_are_read_back_from_redis_by_a_room_service_that_was_not_there() {
    let mut all = Processes::start().await;
    // The other one would know it from before: here nobody but Redis does.
    drop(all.room_services.remove(1));
    let _carol = all.join(0, "a", "carol").await.expect("joins");
    let (mut ann, mut eve) =
        (all.join(0, "a", "ann").await.expect("joins"), all.join(1, "a", "eve").await.expect("joins"));
    let (time, began) = (Duration::from_secs(5), Instant::now());
    all.api(0).await.remove_participant(remove(Some(5_000))).await.expect("is removed");
    let for_good = v1::RemoveParticipantRequest { participant_id: "eve".into(), ..remove(None) };
    all.api(0).await.remove_participant(for_good).await.expect("is removed");
    for client in [&mut ann, &mut eve] {
        assert_eq!(client.closed().await.expect("is closed").0, 4005);
    }
    all.start_another_in_place_of(0);
    for gateway in [0, 1] {
        let refused = all.join(gateway, "a", "eve").await.expect_err("is barred for good");
        assert_eq!(refused, ErrorReason::ParticipantRemoved, "at gateway {gateway}");
        while let Err(refused) = all.join(gateway, "a", "ann").await {
            assert_eq!(refused, ErrorReason::ParticipantRemoved);
            assert!(began.elapsed() < time + WITHIN, "is barred for longer than said");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert!(began.elapsed() >= time, "is let in before its time is over");
        assert_eq!(
            all.join(gateway, "a", "eve").await.expect_err("is barred"),
            ErrorReason::ParticipantRemoved
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_locked_room_is_locked_at_every_gateway() {
    let all = Processes::start().await;
    let mut ann = all.join(0, "a", "ann").await.expect("joins");
    let lock = async |locked: bool| {
        let settings = Some(v1::RoomSettings { locked: Some(locked), ..Default::default() });
        let room = Some(v1::Room { room_id: "a".into(), settings, ..Default::default() });
        let request = v1::UpdateRoomRequest { room, ..Default::default() };
        all.api(1).await.update_room(request).await.expect("is changed");
    };
    lock(true).await;
    for gateway in [0, 1] {
        let refused = all.join(gateway, "a", "bob").await.expect_err("is new");
        assert_eq!(refused, ErrorReason::RoomLocked, "at gateway {gateway}");
    }
    // Who is in it is told, goes on, and may come by the other gateway.
    while !ann.room().and_then(|room| room.settings.as_ref()?.locked).unwrap_or_default() {
        ann.next_event().await.expect("is told");
    }
    let counter = ann.message(&[], "still here").await.expect("is sent");
    ann.ack(counter).await.expect("is taken");
    all.join(1, "a", "ann").await.expect("is nobody new");
    lock(false).await;
    for gateway in [0, 1] {
        all.join(gateway, "a", &format!("bob-{gateway}")).await.expect("is open");
    }
}
