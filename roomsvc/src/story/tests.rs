//! Stories of rooms that went through the real rules, in words.

use switchboard_proto::v1::{self, ConnectionCloser, ErrorReason, SessionFactKind as Kind, SessionState};
use switchboard_proto::{Millis, SessionId};

use super::*;
use crate::room::tests::{World, connection, gateway, id, key};
use crate::room::{Action, ApiAction, Command};

fn whom(session: &str) -> Whom {
    Whom::Session(SessionId::parse(session).expect("is an id"))
}

/// What is told when the log begins with the entry `from`.
fn explained(world: &World, from: usize, whom: Whom) -> Option<v1::ExplainSessionResponse> {
    let mut reading = Reading::new(whom, &world.room);
    world.log[from..].iter().for_each(|entry| reading.take(entry));
    reading.end(&world.room, Millis(world.now)).map(|story| told(&story))
}

fn explain(world: &World, session: &str) -> v1::ExplainSessionResponse {
    explained(world, 0, whom(session)).expect("is known")
}

fn kinds(told: &v1::ExplainSessionResponse) -> Vec<Kind> {
    told.facts.iter().map(v1::SessionFact::kind).collect()
}

fn gone(world: &mut World, code: u32, reason: ErrorReason) {
    let end = v1::ConnectionEnd {
        closed_by: ConnectionCloser::Gateway.into(),
        close_code: code,
        reason: reason.into(),
    };
    let (key, connection) = (key("bob", "s1", 1), connection("s1"));
    world.ask(&Command::Gone { key, connection, leaving: false, end: Some((&end).into()) });
}

/// bob joined, and ann who stays.
fn two() -> World {
    let mut world = World::new();
    world.join("ann", "s0");
    world.now += 1_000;
    world.join("bob", "s1");
    world.now += 1_000;
    world
}

#[test]
fn who_is_there_is_there() {
    let mut world = two();
    world.session("bob", "s1", 1, Action::StartShare { share_id: "x".into(), audio: true });
    world.session("bob", "s1", 2, Action::Message { to: vec![], body: "hi".into() });
    let told = explain(&world, "s1");
    assert_eq!((told.participant_id.as_str(), told.state()), ("bob", SessionState::Joined));
    assert_eq!(told.summary, "bob is in the room since 1970-01-01T00:16:41Z, connected.");
    assert_eq!(kinds(&told), [Kind::Joined, Kind::ShareStarted, Kind::Commanded]);
    assert_eq!(told.facts[0].sentence, "bob joined, at gateway g1.");
    assert_eq!(told.facts[0].gateway_id, "g1");
    assert_eq!(told.facts[2].sentence, "bob said something for the last time, of 2 in the log.");
    // The participant leads to the same.
    assert_eq!(explained(&world, 0, Whom::Participant(id("bob"))), Some(told));
}

#[test]
fn who_left_left_by_its_own_word() {
    let mut world = two();
    world.session("bob", "s1", 1, Action::Leave);
    let told = explain(&world, "s1");
    assert_eq!(told.summary, "bob left at 1970-01-01T00:16:42Z, by its own word.");
    assert_eq!((told.state(), kinds(&told)), (SessionState::Ended, vec![Kind::Joined, Kind::Left]));
}

#[test]
fn who_was_taken_over_is_told_by_whom() {
    let mut world = two();
    world.join("bob", "s2");
    let told = explain(&world, "s1");
    assert_eq!(
        told.summary,
        "A newer join as bob took over at 1970-01-01T00:16:42Z: session s2 at gateway g1."
    );
    assert_eq!(told.facts[1].successor_session_id, "s2");
    assert_eq!(told.other_session_ids, ["s2"]);
    // By its identity it is the newer one.
    let told = explained(&world, 0, Whom::Participant(id("bob"))).expect("is known");
    assert_eq!((told.session_id.as_str(), told.state()), ("s2", SessionState::Joined));
    assert_eq!(told.other_session_ids, ["s1"]);
}

#[test]
fn who_lost_its_socket_has_the_gateways_reason_and_its_time() {
    let mut world = two();
    gone(&mut world, 4202, ErrorReason::SlowReader);
    let told = explain(&world, "s1");
    assert_eq!(
        told.summary,
        "bob lost its connection at 1970-01-01T00:16:42Z. The gateway closed the connection (4202 SLOW_READER): the \
         client read too slowly, and more waited for it than is kept. It may come back until 1970-01-01T00:17:12Z."
    );
    assert_eq!(
        (told.state(), kinds(&told)),
        (SessionState::Reconnecting, vec![Kind::Joined, Kind::ConnectionEnded])
    );
    let end = told.facts[1].connection_end.as_ref().expect("is told");
    assert_eq!((end.close_code, end.reason()), (4202, ErrorReason::SlowReader));
    // The state has it too, and when it began, should the log have lost both.
    let shorter = explained(&world, world.log.len(), whom("s1")).expect("is known");
    assert_eq!((&shorter.summary, kinds(&shorter)), (&told.summary, kinds(&told)));
    assert_eq!(shorter.facts[0].sentence, "bob joined; at which gateway is not known any more.");
    assert_eq!((shorter.facts[0].time, shorter.log_begin_time), (told.facts[0].time, None));

    world.now += 31_000;
    world.ask(&Command::Expire(key("bob", "s1", 1)));
    let told = explain(&world, "s1");
    assert!(told.summary.starts_with("bob did not come back within its resume window, and was taken out"));
    assert!(
        told.summary
            .contains("at 1970-01-01T00:17:13Z. It had lost its connection at 1970-01-01T00:16:42Z. The")
    );
    assert!(told.summary.contains("4202 SLOW_READER"), "{}", told.summary);
}

#[test]
fn who_came_back_is_told_from_where_to_where() {
    let mut world = two();
    let resume = |generation, on: &str| Command::Resume {
        key: key("bob", "s1", generation),
        connection: connection(on),
        gateway: gateway(on),
    };
    world.ask(&resume(2, "g2"));
    world.ask(&Command::GatewayLost { key: key("bob", "s1", 2), checked_at: Millis(world.now) });
    let lost = explain(&world, "s1");
    assert!(
        lost.summary.contains("The gateway g2 gave no sign of life for a whole lease"),
        "{}",
        lost.summary
    );
    world.ask(&resume(3, "g3"));
    let told = explain(&world, "s1");
    assert_eq!(kinds(&told), [Kind::Joined, Kind::Resumed, Kind::GatewayLost, Kind::Resumed]);
    assert!(told.facts[1].sentence.contains("Its gateway g1 had told of no end of the one before"));
    assert_eq!(told.facts[3].sentence, "bob went on over another connection, at gateway g3.");
    assert!(told.summary.contains("connected again. It last lost its connection at"), "{}", told.summary);
}

#[test]
fn who_was_removed_is_told_by_whom_and_until_when() {
    let mut world = two();
    let remove =
        |for_ms| ApiAction::Remove { participant: id("bob"), for_ms, by: Some("ops (key main)".into()) };
    world.api(remove(Some(60_000)));
    let told = explain(&world, "s1");
    assert_eq!(
        told.summary,
        "bob was put out of the room at 1970-01-01T00:16:42Z, by a call of the API. bob was removed at \
         1970-01-01T00:16:42Z by ops (key main) and may not join until 1970-01-01T00:17:42Z."
    );
    assert_eq!(told.facts[2].removed_by, "ops (key main)");
    // Without the log nothing leads from the participant to the session, and the removal is still told.
    let told = explained(&world, world.log.len(), Whom::Participant(id("bob"))).expect("is known");
    assert_eq!((told.state(), told.session_id.as_str()), (SessionState::Unspecified, ""));
    assert!(
        told.summary.contains("bob was removed by ops (key main) and may not join until"),
        "{}",
        told.summary
    );
    world.api(remove(None));
    assert!(explain(&world, "s1").summary.ends_with("until that is taken back (AllowParticipant)."));
    world.api(ApiAction::Allow(id("bob")));
    let told = explain(&world, "s1");
    assert!(!told.summary.contains("may not join"), "{}", told.summary);
    assert_eq!(told.facts.last().map(|fact| fact.sentence.as_str()), Some("bob may join again."));
}

#[test]
fn a_closed_room_remembers_the_ends_of_its_sessions() {
    let mut world = two();
    world.api(ApiAction::Close);
    let told = explain(&world, "s1");
    assert_eq!(told.summary, "The room was closed at 1970-01-01T00:16:42Z, by a call of the API.");
    // Its log is gone but for the last entry, and with it whose session it was.
    let told = explained(&world, world.log.len() - 1, whom("s1")).expect("is known");
    assert_eq!((told.participant_id.as_str(), told.state()), ("", SessionState::Ended));
    assert_eq!(told.summary, "The room was closed at 1970-01-01T00:16:42Z, by a call of the API.");
}

#[test]
fn a_locked_or_full_room_says_so_to_who_is_not_in_it() {
    let mut world = two();
    world.session("bob", "s1", 1, Action::Leave);
    let settings = crate::room::SettingsPatch { locked: Some(true), ..Default::default() };
    world.api(ApiAction::Update { settings, metadata: None });
    assert!(explain(&world, "s1").summary.ends_with("The room is locked by now: nobody new may join."));
    let settings =
        crate::room::SettingsPatch { locked: Some(false), participants_max: Some(1), ..Default::default() };
    world.api(ApiAction::Update { settings, metadata: None });
    assert!(explain(&world, "s1").summary.ends_with("The room is full by now: 1 are in it."));
}

#[test]
fn of_whom_nothing_is_known_nothing_is_told() {
    let world = two();
    assert_eq!(explained(&world, 0, whom("s9")), None);
    assert_eq!(explained(&world, 0, Whom::Participant(id("eve"))), None);
}

#[test]
fn a_time_beyond_all_calendars_is_still_a_time() {
    let mut world = two();
    world.api(ApiAction::Remove { participant: id("bob"), for_ms: Some(u64::MAX), by: None });
    assert!(explain(&world, "s1").summary.ends_with("may not join until 9999-12-31T23:59:59Z."));
}

#[test]
fn an_older_gateway_and_an_older_room_service_are_understood() {
    let mut world = two();
    world.gone("bob", "s1", "s1");
    let told = explain(&world, "s1");
    assert!(told.summary.contains("its gateway, which is older, did not tell how."), "{}", told.summary);
    assert_eq!(told.facts[1].connection_end, Some(v1::ConnectionEnd::default()));
    // Written by the version before; and by one after it, whose fields this one passes over, as the one before does.
    let before = r#"{"type":"reconnecting","participant":"bob","session":"s1","until":5,"gone":true}"#;
    let after = before.replace("\"gone\"", r#""more":{"x":1},"gone""#);
    let parse = |text: &str| serde_json::from_str::<Change>(text).expect("is read");
    assert!(matches!(parse(before), Change::Reconnecting { end: None, gone: true, .. }));
    assert_eq!(parse(&after), parse(before));
    let removed = r#"{"type":"removed","participant":"bob"}"#;
    assert!(
        matches!(parse(removed), Change::Removed(removal) if removal.by.is_none() && removal.until.is_none())
    );
    // A reason that this version does not know is none.
    let unknown = r#"{"by":"CONNECTION_CLOSER_GATEWAY","code":4299,"reason":"ERROR_REASON_OF_TOMORROW"}"#;
    let end: ConnectionEnd = serde_json::from_str(unknown).expect("is read");
    assert_eq!(v1::ConnectionEnd::from(&end).sentence(), "The gateway closed the connection (4299).");
}
