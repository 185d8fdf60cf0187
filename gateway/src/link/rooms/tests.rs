use std::time::Duration;

use switchboard_proto::v1::link_command::Command;
use switchboard_proto::v1::link_response_item::Item as In;
use switchboard_proto::v1::session_command::Action;
use switchboard_proto::v1::{
    self, Attached, CommandAck, ErrorReason, Hole, LeaveReason, LinkEvent, LinkReset, LinkSnapshot,
    SessionCommand, Standing, event,
};
use switchboard_proto::{ConnectionId, Epoch, ParticipantId, RoomId, SessionId};

use super::*;
use crate::config::Config;
use crate::link::Beginning;
use crate::outbox::{Item, Outbox};
use crate::session::{Begin, Identity};

mod resuming;
mod shown;
mod unstored;

const ROOM: &str = "r";

fn rooms() -> Rooms {
    let metrics = Arc::new(Metrics::new());
    let config = Config { room_services: vec!["http://127.0.0.1:1".into()], ..Config::default() };
    let placement = Placement::new(&config, Arc::clone(&metrics), |endpoint| endpoint.connect_lazy());
    let placement = placement.expect("is a url");
    let mut rooms = Rooms::new(metrics, Arc::new(placement));
    rooms.linked(false, Instant::now());
    rooms
}

fn at(seq: u64) -> Option<v1::Position> {
    Some(Position::new(Epoch(7), seq).into())
}

fn input(rooms: &mut Rooms, session: &str, what: What) {
    let connection = format!("c-{session}");
    input_on(rooms, session, &connection, what);
}

fn input_on(rooms: &mut Rooms, session: &str, connection: &str, what: What) {
    let room = RoomId::parse(ROOM).expect("is an id");
    let session = SessionId::parse(session).expect("is an id");
    let connection = ConnectionId::parse(connection).expect("is an id");
    rooms.input(LinkInput { room, session, connection, what });
}

fn begin(rooms: &mut Rooms, session: &str) -> Arc<Outbox> {
    let begin = Begin::Join { metadata: String::new() };
    begin_on(rooms, session, &format!("c-{session}"), 1, begin)
}

fn begin_on(
    rooms: &mut Rooms,
    session: &str,
    connection: &str,
    generation: u64,
    begin: Begin,
) -> Arc<Outbox> {
    begin_as(rooms, session, connection, generation, begin, Manner::Frames(Encoding::Json))
}

fn begin_as(
    rooms: &mut Rooms,
    session: &str,
    connection: &str,
    generation: u64,
    begin: Begin,
    manner: Manner,
) -> Arc<Outbox> {
    let outbox = Arc::new(Outbox::new(100_000));
    let identity = Identity {
        room: RoomId::parse(ROOM).expect("is an id"),
        participant: ParticipantId::parse(&format!("p-{session}")).expect("is an id"),
        session: SessionId::parse(session).expect("is an id"),
        connection: ConnectionId::parse(connection).expect("is an id"),
        generation,
    };
    let beginning = Beginning { identity, begin, manner, outbox: Arc::clone(&outbox) };
    input_on(rooms, session, connection, What::Begin(Box::new(beginning)));
    outbox
}

fn resume(rooms: &mut Rooms, session: &str, connection: &str, generation: u64, seq: u64) -> Arc<Outbox> {
    let token = switchboard_proto::ResumeToken::parse("t").expect("is a token");
    let begin = Begin::Resume { token, position: Position::new(Epoch(7), seq) };
    begin_on(rooms, session, connection, generation, begin)
}

fn resumed(rooms: &mut Rooms, session: &str, generation: u64, seq: u64) {
    let (room_id, session_id) = (ROOM.to_owned(), session.to_owned());
    let position = at(seq);
    let answer = v1::SessionResumed { room_id, session_id, generation, position, ..Default::default() };
    respond(rooms, In::Resumed(answer));
}

fn respond(rooms: &mut Rooms, item: In) {
    rooms.response(item, Instant::now());
}

/// A session that has joined at `seq` and was told the snapshot.
fn joined(rooms: &mut Rooms, session: &str, seq: u64) -> Arc<Outbox> {
    let outbox = begin(rooms, session);
    let (room_id, session_id) = (ROOM.to_owned(), session.to_owned());
    let answer = v1::Joined { room_id, session_id, position: at(seq), ..v1::Joined::default() };
    respond(rooms, In::Joined(answer));
    snapshot(rooms, session, seq);
    sent(rooms);
    told(&outbox);
    outbox
}

fn snapshot(rooms: &mut Rooms, session: &str, seq: u64) {
    let piece = v1::Snapshot { position: at(seq), ..v1::Snapshot::default() };
    let (room_id, session_id) = (ROOM.into(), session.into());
    respond(rooms, In::Snapshot(LinkSnapshot { room_id, session_id, snapshot: Some(piece) }));
}

fn event(rooms: &mut Rooms, seq: u64, prev: u64, to: &[&str]) {
    event_of(rooms, seq, prev, to, event::Event::RenegotiateRequested(v1::RenegotiateRequested {}));
}

fn event_of(rooms: &mut Rooms, seq: u64, prev: u64, to: &[&str], kind: event::Event) {
    let event = v1::Event {
        position: at(seq),
        prev: at(prev),
        event: Some(kind),
        stored: true,
        ..v1::Event::default()
    };
    let to_session_ids = to.iter().map(|to| (*to).to_owned()).collect();
    respond(
        rooms,
        In::Event(LinkEvent {
            room_id: ROOM.into(),
            event: Some(event),
            to_session_ids,
            ..LinkEvent::default()
        }),
    );
}

fn command(rooms: &mut Rooms, session: &str, counter: u64) {
    let action = Some(Action::StopShare(v1::StopShare {}));
    input(
        rooms,
        session,
        What::Command(SessionCommand { counter, after: counter - 1, action, ..Default::default() }),
    );
}

/// What goes out, in words.
fn sent(rooms: &mut Rooms) -> Vec<String> {
    let mut words = Vec::new();
    while rooms.has_output() {
        for item in rooms.batch(64, 128 * 1024).items {
            words.push(match item.item.expect("is something") {
                Out::Hello(_) => "hello".into(),
                Out::Attach(attach) => {
                    let mut sessions: Vec<_> =
                        attach.sessions.iter().map(|s| s.session_id.as_str()).collect();
                    sessions.sort_unstable();
                    let seq = attach.position.map_or(0, |position| position.seq);
                    format!("attach at {seq}: {}", sessions.join(" "))
                }
                Out::Command(command) => {
                    let session = command.session_id;
                    match command.command.expect("is something") {
                        Command::Join(join) if join.resubmitted => "join anew".into(),
                        Command::Join(_) => format!("{session} join"),
                        Command::Resume(_) => format!("{session} resume"),
                        Command::Gone(_) => format!("{session} gone"),
                        Command::Present(_) => format!("{session} present"),
                        Command::Session(c) => format!("{session} {} after {}", c.counter, c.after),
                    }
                }
            });
        }
    }
    words
}

/// What a socket is told, in words: an event as `prev→position`.
fn told(outbox: &Outbox) -> Vec<String> {
    let mut words = Vec::new();
    while let Some(item) = outbox.pop() {
        words.push(match item {
            Item::Event { frame, .. } => {
                let json: serde_json::Value =
                    serde_json::from_str(frame.to_text().expect("is text")).expect("is json");
                let seq = |name: &str| json["event"][name]["seq"].as_str().unwrap_or("0").to_owned();
                format!("{}→{}", seq("prev"), seq("position"))
            }
            Item::Answer(Answer::Position(position)) => format!("at {}", position.seq),
            Item::Answer(Answer::Joined(_)) => "joined".into(),
            Item::Answer(Answer::Snapshot(_)) => "snapshot".into(),
            Item::Answer(Answer::Resumed(_)) => "resumed".into(),
            Item::Answer(Answer::Reset(_)) => "reset".into(),
            Item::Answer(Answer::Ack { counter, refused, .. }) => match refused {
                None => format!("ack {counter}"),
                Some(reason) => format!("refused {counter} {}", reason.name()),
            },
            Item::Answer(Answer::Close(reason)) => format!("close {}", reason.code()),
            Item::Answer(Answer::Refused(reason)) => format!("refused {}", reason.name()),
            Item::Answer(other) => format!("{other:?}"),
            Item::Told { .. } | Item::Lists(_) => "for another protocol".into(),
            Item::PieceEnd => "piece ends".into(),
        });
    }
    words
}

fn attached(rooms: &mut Rooms, seq: u64, sessions: &[(&str, Standing, u64)]) {
    let sessions = sessions.iter().map(|(session, standing, last)| v1::SessionStanding {
        session_id: (*session).into(),
        standing: (*standing).into(),
        last: *last,
        ..v1::SessionStanding::default()
    });
    let sessions = sessions.collect();
    respond(rooms, In::Attached(Attached { room_id: ROOM.into(), position: at(seq), sessions }));
}

#[tokio::test]
async fn each_session_has_its_own_prev() {
    let mut rooms = rooms();
    let a = joined(&mut rooms, "a", 1);
    event(&mut rooms, 2, 1, &[]);
    // The joiner gets its snapshot, and nothing that it shows.
    let b = begin(&mut rooms, "b");
    event(&mut rooms, 3, 2, &[]);
    assert_eq!(told(&b), Vec::<String>::new());
    respond(
        &mut rooms,
        In::Joined(v1::Joined {
            room_id: ROOM.into(),
            session_id: "b".into(),
            position: at(3),
            ..v1::Joined::default()
        }),
    );
    snapshot(&mut rooms, "b", 3);
    event(&mut rooms, 4, 3, &["a"]);
    event(&mut rooms, 6, 4, &["b"]);
    event(&mut rooms, 7, 6, &[]);
    // Had before: dropped.
    event(&mut rooms, 6, 4, &[]);
    assert_eq!(told(&a), ["1→2", "2→3", "3→4", "4→7"]);
    assert_eq!(told(&b), ["joined", "snapshot", "3→6", "6→7"]);
}

#[tokio::test]
async fn a_hole_attaches_the_room_again_and_loses_nothing() {
    let mut rooms = rooms();
    let a = joined(&mut rooms, "a", 1);
    event(&mut rooms, 3, 2, &[]);
    assert_eq!(sent(&mut rooms), ["attach at 1: a"]);
    // From before the attach, though it would follow; and what is new waits.
    event(&mut rooms, 4, 3, &[]);
    command(&mut rooms, "a", 1);
    assert_eq!((told(&a), sent(&mut rooms)), (vec![], vec![]));
    attached(&mut rooms, 1, &[("a", Standing::Current, 0)]);
    event(&mut rooms, 2, 1, &[]);
    event(&mut rooms, 3, 2, &[]);
    assert_eq!(told(&a), ["1→2", "2→3"]);
    assert_eq!(sent(&mut rooms), ["a 1 after 0"]);
}

#[tokio::test]
async fn after_a_break_the_unanswered_goes_out_again_in_order() {
    let mut rooms = rooms();
    let a = joined(&mut rooms, "a", 1);
    for counter in 1..=3 {
        command(&mut rooms, "a", counter);
    }
    let b = begin(&mut rooms, "b");
    assert_eq!(sent(&mut rooms), ["a 1 after 0", "a 2 after 1", "a 3 after 2", "b join"]);
    rooms.broken();
    command(&mut rooms, "a", 4);
    assert_eq!(sent(&mut rooms), Vec::<String>::new());
    rooms.linked(false, Instant::now());
    assert_eq!(sent(&mut rooms), ["attach at 1: a"]);
    attached(&mut rooms, 1, &[("a", Standing::Current, 1)]);
    assert_eq!(told(&a), ["ack 1"]);
    let mut again = sent(&mut rooms);
    again.sort();
    assert_eq!(again, ["a 2 after 1", "a 3 after 2", "a 4 after 3", "b join"]);
    assert_eq!(told(&b), Vec::<String>::new());
}

#[tokio::test]
async fn a_command_hole_is_filled_once() {
    let mut rooms = rooms();
    let _a = joined(&mut rooms, "a", 1);
    for counter in 5..=7 {
        command(&mut rooms, "a", counter);
    }
    sent(&mut rooms);
    for counter in 5..=7 {
        let (room_id, session_id) = (ROOM.into(), "a".into());
        respond(&mut rooms, In::Hole(Hole { room_id, session_id, counter, last: 3 }));
    }
    assert_eq!(sent(&mut rooms), ["a 5 after 3", "a 6 after 5", "a 7 after 6"]);
}

#[tokio::test]
async fn busy_waits_and_goes_on_in_order() {
    let mut rooms = rooms();
    let _a = joined(&mut rooms, "a", 1);
    command(&mut rooms, "a", 1);
    command(&mut rooms, "a", 2);
    sent(&mut rooms);
    for counter in 1..=2 {
        let (room_id, session_id) = (ROOM.into(), "a".into());
        respond(&mut rooms, In::Busy(v1::Busy { room_id, session_id, counter, ..v1::Busy::default() }));
    }
    command(&mut rooms, "a", 3);
    assert_eq!(sent(&mut rooms), Vec::<String>::new());
    let due = rooms.due().expect("something is due");
    let later = Instant::now() + Duration::from_millis(200);
    assert!(due <= later && rooms.tick(later));
    assert_eq!(sent(&mut rooms), ["a 1 after 0", "a 2 after 1", "a 3 after 2"]);
    assert_eq!(rooms.due(), None);
}

#[tokio::test]
async fn an_attach_tells_where_each_session_stands() {
    let mut rooms = rooms();
    let outboxes: Vec<_> = ["a", "b", "c", "d"].iter().map(|s| joined(&mut rooms, s, 1)).collect();
    rooms.linked(false, Instant::now());
    assert_eq!(sent(&mut rooms), ["attach at 1: a b c d"]);
    attached(
        &mut rooms,
        1,
        &[
            ("a", Standing::Current, 0),
            ("b", Standing::Superseded, 0),
            ("c", Standing::Ended, 0),
            ("d", Standing::Unknown, 0),
        ],
    );
    let told: Vec<_> = outboxes.iter().map(|outbox| told(outbox)).collect();
    assert_eq!(told, [vec![], vec!["close 4004".to_owned()], vec!["close 4202".into()], vec![]]);
    // Forgotten by the room: it joins anew, and its connection's words still find it.
    assert_eq!(sent(&mut rooms), ["join anew"]);
    assert_eq!(rooms.metrics.sessions.get(), 2);
    input(&mut rooms, "d", What::Gone(v1::GoneCommand::default()));
    assert_eq!(sent(&mut rooms).len(), 1);
}

#[tokio::test]
async fn a_lost_socket_is_said_until_it_is_noted() {
    let mut rooms = rooms();
    let _a = joined(&mut rooms, "a", 1);
    input(&mut rooms, "a", What::Gone(v1::GoneCommand { leaving: true, end: None }));
    assert_eq!(sent(&mut rooms), ["a gone"]);
    rooms.linked(false, Instant::now());
    attached(&mut rooms, 1, &[("a", Standing::Current, 0)]);
    assert_eq!(sent(&mut rooms), ["attach at 1: a", "a gone"]);
    let (room_id, session_id, connection_id) = (ROOM.into(), "a".into(), "c-a".into());
    respond(&mut rooms, In::Noted(v1::SessionNoted { room_id, session_id, connection_id }));
    assert_eq!((rooms.metrics.sessions.get(), rooms.metrics.rooms.get()), (0, 0));

    // A join that never went out needs no word at all.
    rooms.broken();
    begin(&mut rooms, "b");
    input(&mut rooms, "b", What::Gone(v1::GoneCommand::default()));
    rooms.linked(false, Instant::now());
    assert_eq!((sent(&mut rooms), rooms.metrics.sessions.get()), (vec![], 0));
}

#[tokio::test]
async fn a_live_socket_shown_as_reconnecting_is_present() {
    let mut rooms = rooms();
    let a = joined(&mut rooms, "a", 1);
    let lost =
        v1::ParticipantReconnecting { session_id: "a".into(), ..v1::ParticipantReconnecting::default() };
    event_of(&mut rooms, 2, 1, &[], event::Event::ParticipantReconnecting(lost));
    assert_eq!((told(&a), sent(&mut rooms)), (vec!["1→2".to_owned()], vec!["a present".to_owned()]));
}

#[tokio::test]
async fn the_end_of_a_session_closes_its_socket() {
    let cases = [
        (LeaveReason::TakenOver, "close 4004"),
        (LeaveReason::Removed, "close 4005"),
        (LeaveReason::RoomClosed, "close 4006"),
        (LeaveReason::Left, "close 1000"),
        (LeaveReason::Expired, "close 4202"),
    ];
    for (reason, close) in cases {
        let mut rooms = rooms();
        let a = joined(&mut rooms, "a", 1);
        let b = joined(&mut rooms, "b", 1);
        let left = v1::ParticipantLeft {
            session_id: "a".into(),
            participant_id: "p-a".into(),
            reason: reason.into(),
        };
        event_of(&mut rooms, 2, 1, &[], event::Event::ParticipantLeft(left));
        assert_eq!(told(&a), ["1→2", close]);
        assert_eq!(told(&b), ["1→2"]);
    }
}

#[tokio::test]
async fn a_reset_of_the_room_begins_from_its_snapshot() {
    let mut rooms = rooms();
    let a = joined(&mut rooms, "a", 5);
    let reset = LinkReset { room_id: ROOM.into(), ..LinkReset::default() };
    respond(&mut rooms, In::Reset(reset));
    event(&mut rooms, 6, 5, &[]);
    snapshot(&mut rooms, "", 3);
    event(&mut rooms, 4, 3, &[]);
    assert_eq!(told(&a), ["reset", "snapshot", "3→4"]);
}

#[tokio::test]
async fn a_replay_is_told_to_one_and_before_what_is_live() {
    let mut rooms = rooms();
    let a = joined(&mut rooms, "a", 1);
    for seq in 2..=5 {
        event(&mut rooms, seq, seq - 1, &[]);
    }
    told(&a);
    let outbox = resume(&mut rooms, "b", "c-b2", 2, 3);
    assert_eq!(sent(&mut rooms), ["b resume"]);
    resumed(&mut rooms, "b", 2, 6);
    for seq in [4, 5] {
        let event = v1::Event { position: at(seq), prev: at(seq - 1), ..v1::Event::default() };
        respond(
            &mut rooms,
            In::Event(LinkEvent {
                room_id: ROOM.into(),
                event: Some(event),
                to_session_ids: vec![],
                replay_session_id: "b".into(),
                ..LinkEvent::default()
            }),
        );
    }
    event(&mut rooms, 6, 5, &[]);
    event(&mut rooms, 7, 6, &[]);
    let told_b = told(&outbox);
    assert_eq!(told_b[1..], ["3→4", "4→5", "5→7"]);
    assert_eq!(told(&a), ["5→6", "6→7"]);
}

#[tokio::test]
async fn inv4_what_a_replay_told_of_an_older_epoch_is_not_told_again() {
    let mut rooms = rooms();
    let _a = joined(&mut rooms, "a", 1);
    let outbox = resume(&mut rooms, "b", "c-b2", 2, 1);
    // An epoch began at 3, and the replay of b goes up to there.
    let begun = Some(v1::Position { epoch: 8, seq: 3 });
    let (room_id, session_id) = (ROOM.to_owned(), "b".to_owned());
    let answer =
        v1::SessionResumed { room_id, session_id, generation: 2, position: begun, ..Default::default() };
    respond(&mut rooms, In::Resumed(answer));
    for (position, prev) in [(at(2), at(1)), (begun, at(2))] {
        let event = v1::Event { position, prev, ..v1::Event::default() };
        respond(
            &mut rooms,
            In::Event(LinkEvent {
                room_id: ROOM.into(),
                event: Some(event),
                to_session_ids: vec![],
                replay_session_id: "b".into(),
                ..LinkEvent::default()
            }),
        );
    }
    // The gateway itself still stands before the epoch.
    event(&mut rooms, 2, 1, &[]);
    assert_eq!(told(&outbox)[1..], ["1→2", "2→3"]);
}

#[tokio::test]
async fn an_attach_without_answer_gives_the_link_up() {
    let mut rooms = rooms();
    let _a = joined(&mut rooms, "a", 1);
    rooms.linked(false, Instant::now());
    let start = Instant::now();
    assert!(rooms.tick(start + Duration::from_secs(9)));
    let late = start + Duration::from_secs(11);
    assert!(rooms.due().is_some_and(|due| due <= late));
    assert!(!rooms.tick(late));
}

#[tokio::test]
async fn standings_come_unasked_after_a_fork() {
    let mut rooms = rooms();
    let outboxes: Vec<_> = ["a", "b", "c"].iter().map(|s| joined(&mut rooms, s, 1)).collect();
    command(&mut rooms, "a", 1);
    sent(&mut rooms);
    attached(&mut rooms, 9, &[("b", Standing::Superseded, 0), ("c", Standing::Unknown, 0)]);
    assert_eq!(sent(&mut rooms), ["join anew"]);
    event(&mut rooms, 2, 1, &[]);
    assert_eq!(told(&outboxes[0]), ["1→2"]);
    assert_eq!(told(&outboxes[1]), ["close 4004"]);
}

#[tokio::test]
async fn a_large_room_attaches_in_pieces() {
    let mut rooms = rooms();
    let names: Vec<_> = (0..1_200).map(|n| format!("s{n}")).collect();
    let outboxes: Vec<_> = names.iter().map(|name| joined(&mut rooms, name, 1)).collect();
    command(&mut rooms, "s7", 1);
    rooms.linked(false, Instant::now());
    for want in [500, 500, 200] {
        let items = rooms.batch(1, 64 * 1024).items;
        let [LinkRequestItem { item: Some(Out::Attach(attach)) }] = &items[..] else {
            panic!("one piece at a time")
        };
        assert_eq!(attach.sessions.len(), want);
        assert!(!rooms.has_output() || want == 500);
        let standings: Vec<_> =
            attach.sessions.iter().map(|s| (s.session_id.clone(), Standing::Current, 0)).collect();
        let standings: Vec<_> =
            standings.iter().map(|(s, standing, last)| (s.as_str(), *standing, *last)).collect();
        attached(&mut rooms, 1, &standings);
    }
    assert_eq!(sent(&mut rooms), ["s7 1 after 0"]);
    event(&mut rooms, 2, 1, &[]);
    assert!(outboxes.iter().all(|outbox| told(outbox) == ["1→2"]));
}

#[tokio::test]
async fn a_refusal_that_says_the_session_is_over_closes_its_socket() {
    let mut rooms = rooms();
    let a = joined(&mut rooms, "a", 1);
    command(&mut rooms, "a", 1);
    respond(
        &mut rooms,
        In::Ack(CommandAck {
            room_id: ROOM.into(),
            session_id: "a".into(),
            counter: 1,
            refused: ErrorReason::SessionSuperseded.into(),
            stored: true,
        }),
    );
    assert_eq!(told(&a), ["refused 1 SESSION_SUPERSEDED", "close 4004"]);
    assert_eq!(rooms.metrics.sessions.get(), 0);
}

#[tokio::test]
async fn inv4_who_is_told_nothing_hears_how_far_the_room_is_and_goes_on_from_there() {
    let mut rooms = rooms();
    let (one, two) = (joined(&mut rooms, "s1", 2), joined(&mut rooms, "s2", 2));
    event(&mut rooms, 3, 2, &["s2"]);
    event_of_no_kind(&mut rooms, 7, 3);
    assert_eq!(told(&one), ["at 7"]);
    assert_eq!(told(&two), ["2→3", "at 7"]);
    event(&mut rooms, 8, 7, &[]);
    assert_eq!(told(&one), ["7→8"]);
    assert_eq!(told(&two), ["7→8"]);
    // It counts as an event: a hole before it is noticed.
    event_of_no_kind(&mut rooms, 12, 10);
    assert_eq!((told(&one), told(&two)), (vec![], vec![]));
    assert_eq!(sent(&mut rooms), ["attach at 8: s1 s2"]);
}

fn event_of_no_kind(rooms: &mut Rooms, seq: u64, prev: u64) {
    let event = v1::Event { position: at(seq), prev: at(prev), stored: true, ..v1::Event::default() };
    let to_session_ids = vec![switchboard_proto::NOBODY.to_owned()];
    let event =
        LinkEvent { room_id: ROOM.into(), event: Some(event), to_session_ids, ..LinkEvent::default() };
    respond(rooms, In::Event(event));
}
