//! The lists of who is in a room, when those that they were kept for go and others come in their place.

use super::*;

const EVENTS: Manner = Manner::Events { resume_window: Duration::from_secs(8) };

fn participant(name: &str, session: &str) -> v1::Participant {
    v1::Participant { participant_id: name.into(), session_id: session.into(), ..Default::default() }
}

/// The answer to a join, with the room as a piece of it.
fn taken_in(rooms: &mut Rooms, session: &str, seq: u64, people: &[v1::Participant]) {
    answered(rooms, session, seq);
    let (room, participants) = (Some(v1::Room::default()), people.to_vec());
    let piece = v1::Snapshot { position: at(seq), room, participants, ..v1::Snapshot::default() };
    let (room_id, session_id) = (ROOM.into(), session.into());
    respond(rooms, In::Snapshot(LinkSnapshot { room_id, session_id, snapshot: Some(piece) }));
}

fn answered(rooms: &mut Rooms, session: &str, seq: u64) {
    let (room_id, session_id) = (ROOM.to_owned(), session.to_owned());
    respond(rooms, In::Joined(v1::Joined { room_id, session_id, position: at(seq), ..Default::default() }));
}

fn begins(rooms: &mut Rooms, session: &str, begin: Begin) {
    begin_as(rooms, session, &format!("c-{session}"), 1, begin, EVENTS);
}

fn joins() -> Begin {
    Begin::Join { metadata: String::new() }
}

fn left(rooms: &mut Rooms, seq: u64, name: &str, session: &str) {
    let (participant_id, session_id) = (name.into(), session.into());
    let reason = LeaveReason::TakenOver.into();
    let left = v1::ParticipantLeft { participant_id, session_id, reason };
    event_of(rooms, seq, seq - 1, &[], event::Event::ParticipantLeft(left));
}

fn came(rooms: &mut Rooms, seq: u64, name: &str, session: &str) {
    let came = v1::ParticipantJoined { participant: Some(participant(name, session)) };
    event_of(rooms, seq, seq - 1, &[], event::Event::ParticipantJoined(came));
}

/// Whom the lists show, by their sessions.
fn shown(rooms: &Rooms) -> Vec<String> {
    let lists = rooms.rooms[ROOM].replica.as_ref().and_then(|replica| replica.lists()).expect("are there");
    let users: serde_json::Value = serde_json::from_str(&lists.users).expect("is JSON");
    let users = users.as_array().expect("is a list").iter();
    users.map(|user| user["socketId"].as_str().expect("is text").to_owned()).collect()
}

#[tokio::test]
async fn who_takes_over_alone_is_shown_though_its_own_join_comes_behind_its_answer() {
    let mut rooms = rooms();
    begins(&mut rooms, "old", joins());
    taken_in(&mut rooms, "old", 2, &[participant("ann", "old")]);
    begins(&mut rooms, "new", joins());
    left(&mut rooms, 3, "ann", "old");
    taken_in(&mut rooms, "new", 4, &[participant("ann", "new")]);
    came(&mut rooms, 4, "ann", "new");
    assert_eq!(shown(&rooms), ["new"]);
    came(&mut rooms, 5, "bob", "b");
    assert_eq!(shown(&rooms), ["new", "b"]);
}

#[tokio::test]
async fn who_goes_on_alone_is_shown_what_happened_while_it_asked() {
    let mut rooms = rooms();
    begins(&mut rooms, "old", joins());
    taken_in(&mut rooms, "old", 2, &[participant("ann", "old"), participant("bob", "b")]);
    let token = switchboard_proto::ResumeToken::parse("t").expect("is a token");
    begins(&mut rooms, "b", Begin::Resume { token, position: Position::new(Epoch(7), 2) });
    left(&mut rooms, 3, "ann", "old");
    // The room is at 4 when it answers; the event is on its way.
    resumed(&mut rooms, "b", 1, 4);
    came(&mut rooms, 4, "eve", "e");
    assert_eq!(shown(&rooms), ["b", "e"]);
    assert_eq!(rooms.metrics.event_holes.get(), 0);
}
