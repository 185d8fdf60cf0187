//! The rules, one by one. Each test names the invariant of ARCHITECTURE.md or the rule of the session table that it
//! holds down.

use switchboard_proto::v1::{ErrorReason, LeaveReason, ShareEndReason, SignalKind};
use switchboard_proto::{ConnectionId, Epoch, GatewayId, Millis, ParticipantId, Position, RoomId, SessionId};

use super::entry::Reason;
use super::*;

const START: u64 = 1_000_000;

pub(crate) fn id(text: &str) -> ParticipantId {
    ParticipantId::parse(text).expect("is an id")
}

pub(crate) fn key(participant: &str, session: &str, generation: u64) -> SessionKey {
    SessionKey {
        participant: id(participant),
        session: SessionId::parse(session).expect("is an id"),
        generation,
    }
}

/// A room and its log, as a store would have them.
pub(crate) struct World {
    pub(crate) room: Room,
    pub(crate) log: Vec<Entry>,
    pub(crate) now: u64,
    epochs: u64,
    begin_epoch: bool,
}

impl World {
    pub(crate) fn new() -> Self {
        let room = Room::absent(RoomId::parse("r").expect("is an id"));
        Self { room, log: Vec::new(), now: START, epochs: 0, begin_epoch: false }
    }

    /// Decides on a fresh copy and absorbs.
    pub(crate) fn ask(&mut self, command: &Command) -> Answer {
        self.epochs += 1;
        let ctx = Context {
            now: Millis(self.now),
            fresh: Epoch(self.epochs),
            begin_epoch: std::mem::take(&mut self.begin_epoch),
        };
        match self.room.decide(command, ctx) {
            Verdict::Append(entries, answer) => {
                assert!(!entries.is_empty(), "an append without entries");
                for entry in entries {
                    self.room.absorb(&entry);
                    self.log.push(entry);
                }
                answer
            }
            Verdict::Answer(answer) | Verdict::IfFresh(answer) => answer,
        }
    }

    pub(crate) fn join_at(&mut self, participant: &str, session: &str, asked_at: u64) -> Answer {
        self.ask(&Command::Join {
            key: key(participant, session, 1),
            connection: connection(session),
            gateway: gateway("g1"),
            asked_at: Millis(asked_at),
            metadata: format!("I am {participant}"),
            resubmitted: false,
            window_ms: None,
        })
    }

    pub(crate) fn join(&mut self, participant: &str, session: &str) -> Answer {
        self.join_at(participant, session, self.now)
    }

    pub(crate) fn session(&mut self, participant: &str, session: &str, n: u64, action: Action) -> Answer {
        let key = key(participant, session, 1);
        self.ask(&Command::Session { key, counter: n, after: n - 1, action })
    }

    pub(crate) fn api(&mut self, action: ApiAction) -> Answer {
        self.ask(&Command::Api { request: None, action })
    }

    pub(crate) fn gone(&mut self, participant: &str, session: &str, connection_of: &str) -> Answer {
        let connection = connection(connection_of);
        self.ask(&Command::Gone { key: key(participant, session, 1), connection, leaving: false, end: None })
    }

    fn changes(&self, from: usize) -> Vec<&Change> {
        self.log[from..].iter().map(|entry| &entry.change).collect()
    }
}

pub(crate) fn connection(of: &str) -> ConnectionId {
    ConnectionId::parse(&format!("co-{of}")).expect("is an id")
}

pub(crate) fn gateway(name: &str) -> GatewayId {
    GatewayId::parse(name).expect("is an id")
}

fn signal(to: &str) -> Action {
    Action::Signal { to: id(to), kind: SignalKind::Offer, payload: "{}".into() }
}

fn share() -> Action {
    Action::StartShare { share_id: "screen".into(), audio: false }
}

const fn refused(reason: ErrorReason) -> Answer {
    Answer::Refused(reason)
}

/// A world with alice (s1) and bob (s2).
fn two() -> World {
    let mut world = World::new();
    assert_eq!(world.join("alice", "s1"), Answer::Done);
    assert_eq!(world.join("bob", "s2"), Answer::Done);
    world
}

#[test]
fn inv1_a_join_makes_the_room_and_seq_rises_by_one() {
    let world = two();
    let seqs: Vec<_> = world.log.iter().map(|entry| entry.position.seq).collect();
    assert_eq!(seqs, [1, 2, 3]);
    assert_eq!(world.room.phase(), Phase::Open);
    assert_eq!(world.room.member_count(), 2);
}

#[test]
fn inv7_a_newer_join_takes_over_and_the_older_one_changes_nothing_any_more() {
    let mut world = two();
    assert_eq!(world.session("alice", "s1", 1, share()), Answer::Done);
    let before = world.log.len();
    world.now += 5;
    assert_eq!(world.join("alice", "s3"), Answer::Done);
    let Change::Unshared { reason: Reason(ShareEndReason::Left), .. } = world.changes(before)[0] else {
        panic!("the older session's share ends first: {:?}", world.changes(before));
    };
    let Change::Left { reason: Reason(LeaveReason::TakenOver), session, .. } = world.changes(before)[1]
    else {
        panic!("the older session is told: {:?}", world.changes(before));
    };
    assert!(world.log[before + 1].visible(session), "the one taken over is told so");
    assert_eq!(world.room.member_count(), 2);
    let head = world.room.head();
    for action in [share(), signal("bob"), Action::UpdateMetadata("x".into())] {
        let answer = world.session("alice", "s1", 2, action);
        assert_eq!(answer, Answer::Ended(LeaveReason::TakenOver));
    }
    assert_eq!(world.room.head(), head);
}

#[test]
fn inv7_a_late_join_never_takes_over_a_newer_one() {
    let mut world = two();
    assert_eq!(world.join_at("alice", "s0", START - JOIN_SKEW_MAX_MS - 1), refused(ErrorReason::StaleJoin));
    // S48: the older session's join, sent again, does not bring it back.
    world.now += 1;
    assert_eq!(world.join("alice", "s3"), Answer::Done);
    assert_eq!(world.join("alice", "s1"), Answer::Ended(LeaveReason::TakenOver));
    world.now += JOIN_AGE_MAX_MS + 1;
    assert_eq!(world.join_at("carol", "s4", START), refused(ErrorReason::StaleJoin));
}

#[test]
fn inv6_a_store_whose_clock_was_set_back_locks_nobody_out() {
    let mut world = two();
    world.now = START / 2;
    assert_eq!(world.join("alice", "s3"), Answer::Done);
    // One that was held up is late by this clock, too.
    let late = world.now - JOIN_SKEW_MAX_MS - 1;
    assert_eq!(world.join_at("alice", "s4", late), refused(ErrorReason::StaleJoin));
}

#[test]
fn inv7_of_two_joins_at_the_same_time_the_one_decided_last_wins_for_good() {
    let mut world = two();
    // Another gateway, whose clock is a little behind, and a person who joined after being in already.
    assert_eq!(world.join_at("alice", "s3", START - JOIN_SKEW_MAX_MS), Answer::Done);
    assert_eq!(world.join("alice", "s1"), Answer::Ended(LeaveReason::TakenOver));
    assert_eq!(world.room.member_count(), 2);
}

#[test]
fn a_join_sent_again_is_answered_as_before() {
    let mut world = two();
    let head = world.room.head();
    assert_eq!(world.join("alice", "s1"), Answer::Done);
    assert_eq!(world.room.head(), head);
}

#[test]
fn inv8_a_full_room_refuses_but_a_takeover_needs_no_place() {
    let mut world = World::new();
    let settings = SettingsPatch { participants_max: Some(1), ..Default::default() };
    assert_eq!(world.api(ApiAction::Create { settings, metadata: String::new() }), Answer::Done);
    assert_eq!(world.join("alice", "s1"), Answer::Done);
    assert_eq!(world.join("bob", "s2"), refused(ErrorReason::RoomFull));
    assert_eq!(world.join("alice", "s3"), Answer::Done);
    assert_eq!(world.session("alice", "s3", 1, Action::Leave), Answer::Done);
    assert_eq!(world.join("bob", "s4"), Answer::Done);
}

#[test]
fn inv5_a_repeated_counter_has_one_effect_and_the_first_outcome() {
    let mut world = two();
    assert_eq!(world.session("alice", "s1", 1, signal("bob")), Answer::Done);
    assert_eq!(world.session("alice", "s1", 2, signal("nobody")), refused(ErrorReason::ParticipantNotFound));
    let head = world.room.head();
    // S5: bob's name comes true meanwhile; the outcome stays.
    assert_eq!(world.session("alice", "s1", 1, signal("bob")), Answer::Done);
    assert_eq!(world.session("alice", "s1", 2, signal("bob")), refused(ErrorReason::ParticipantNotFound));
    assert_eq!(world.room.head(), head);
    assert_eq!(world.session("alice", "s1", 3, signal("bob")), Answer::Done);
}

#[test]
fn inv5_a_hole_is_noticed_and_lost_counters_stay_refused() {
    let mut world = two();
    let ask = |world: &mut World, counter, after| {
        let key = key("alice", "s1", 1);
        world.ask(&Command::Session { key, counter, after, action: signal("bob") })
    };
    // S7: c2 comes, c1 did not.
    assert_eq!(ask(&mut world, 2, 1), Answer::Hole { last: 0 });
    // The gateway refused 1 and 2 itself.
    assert_eq!(ask(&mut world, 3, 0), Answer::Done);
    assert_eq!(ask(&mut world, 1, 0), refused(ErrorReason::NotForwarded));
    assert_eq!(ask(&mut world, 2, 0), refused(ErrorReason::NotForwarded));
    assert_eq!(ask(&mut world, 3, 0), Answer::Done);
    // A counter that jumps far costs so many places, not its distance.
    assert_eq!(ask(&mut world, u64::MAX, 3), Answer::Done);
    let refused = &world.room.members[&id("alice")].counters.refused;
    assert!(refused.len() <= REFUSED_MAX, "{}", refused.len());
}

#[test]
fn inv5_a_leave_that_is_repeated_was_done() {
    let mut world = two();
    assert_eq!(world.session("alice", "s1", 1, Action::Leave), Answer::Done);
    assert_eq!(world.session("alice", "s1", 1, Action::Leave), Answer::Done);
    assert_eq!(world.session("alice", "s1", 2, signal("bob")), Answer::Ended(LeaveReason::Left));
}

#[test]
fn inv6_a_lost_socket_is_shown_as_reconnecting_until_its_window_ends() {
    let mut world = two();
    assert_eq!(world.gone("alice", "s1", "another"), Answer::Done);
    assert_eq!(world.log.len(), 3, "another socket's end is nothing");
    assert_eq!(world.gone("alice", "s1", "s1"), Answer::Done);
    assert_eq!(world.room.member_count(), 2);
    assert_eq!(world.room.next_look(), Some(Millis(world.now + 30_000)));
    world.now += 29_999;
    assert!(world.room.due(Millis(world.now)).is_empty());
    assert_eq!(world.ask(&Command::Expire(key("alice", "s1", 1))), Answer::Done);
    assert_eq!(world.room.member_count(), 2, "V14: nobody leaves before the window ends");
    world.now += 1;
    for command in world.room.due(Millis(world.now)) {
        world.ask(&command);
    }
    assert_eq!(world.room.member_count(), 1);
    assert_eq!(world.join_at("alice", "s1", world.now), Answer::Ended(LeaveReason::Expired));
}

#[test]
fn inv6_a_resume_ends_the_window_and_late_words_of_the_older_gateway_are_nothing() {
    let mut world = two();
    assert_eq!(world.gone("alice", "s1", "s1"), Answer::Done);
    let resume = |generation, of: &str| Command::Resume {
        key: key("alice", "s1", generation),
        connection: connection(of),
        gateway: gateway("g2"),
    };
    assert_eq!(world.ask(&resume(2, "b")), Answer::Done);
    assert_eq!(world.room.next_look(), None);
    let head = world.room.head();
    assert_eq!(world.ask(&resume(2, "b")), Answer::Done, "the repeat has the same answer");
    assert_eq!(world.ask(&resume(2, "c")), refused(ErrorReason::SessionSuperseded));
    assert_eq!(world.gone("alice", "s1", "s1"), refused(ErrorReason::SessionSuperseded), "S47");
    assert_eq!(world.session("alice", "s1", 1, signal("bob")), refused(ErrorReason::SessionSuperseded));
    assert_eq!(world.ask(&Command::Expire(key("alice", "s1", 1))), Answer::Done, "S49");
    assert_eq!(world.room.head(), head);
    // S44: an answer was lost, the browser tries again with the next generation.
    assert_eq!(world.ask(&resume(3, "d")), Answer::Done);
}

#[test]
fn inv6_a_wrongly_lost_socket_comes_back_by_present_but_not_after_gone() {
    let mut world = two();
    assert_eq!(
        world.ask(&Command::GatewayLost { key: key("alice", "s1", 1), checked_at: Millis(world.now) }),
        Answer::Done
    );
    let present = Command::Present { key: key("alice", "s1", 1), connection: connection("s1") };
    assert_eq!(world.ask(&present), Answer::Done);
    assert_eq!(world.room.next_look(), None);
    assert_eq!(world.gone("alice", "s1", "s1"), Answer::Done);
    assert_eq!(world.ask(&present), Answer::Done);
    assert!(world.room.next_look().is_some(), "R13: gone is final");
}

#[test]
fn inv6_a_browser_that_goes_away_has_a_short_window() {
    let mut world = two();
    let gone =
        Command::Gone { key: key("alice", "s1", 1), connection: connection("s1"), leaving: true, end: None };
    assert_eq!(world.ask(&gone), Answer::Done);
    assert_eq!(world.room.next_look(), Some(Millis(world.now + LEAVING_WINDOW_MS)));
}

#[test]
fn the_newest_share_wins_and_the_older_one_ends_first() {
    let mut world = two();
    assert_eq!(world.session("alice", "s1", 1, Action::StopShare), refused(ErrorReason::NotSharing));
    assert_eq!(world.session("alice", "s1", 2, share()), Answer::Done);
    let before = world.log.len();
    assert_eq!(world.session("bob", "s2", 1, share()), Answer::Done);
    let changes = world.changes(before);
    assert!(
        matches!(changes[0], Change::Unshared { participant, reason: Reason(ShareEndReason::Replaced), .. }
            if *participant == id("alice")),
        "{changes:?}"
    );
    assert!(world.log[before].visible(&key("alice", "s1", 1).session), "its sharer is told");
    assert!(matches!(changes[1], Change::Shared { participant, .. } if *participant == id("bob")));
    assert_eq!(world.session("alice", "s1", 3, Action::StopShare), refused(ErrorReason::NotSharing));
    assert_eq!(world.session("bob", "s2", 2, Action::StopShare), Answer::Done);
}

#[test]
fn several_may_share_where_the_room_allows_it() {
    let mut world = World::new();
    let settings = SettingsPatch { shares_many: Some(true), ..Default::default() };
    world.api(ApiAction::Create { settings, metadata: String::new() });
    world.join("alice", "s1");
    world.join("bob", "s2");
    world.session("alice", "s1", 1, share());
    world.session("bob", "s2", 1, share());
    let sharers = world.room.members.values().filter(|member| member.record.share.is_some());
    assert_eq!(sharers.count(), 2);
}

#[test]
fn inv10_a_signal_is_told_to_its_receiver_alone_with_the_session_that_sent_it() {
    let mut world = two();
    world.join("carol", "s3");
    assert_eq!(world.session("alice", "s1", 1, signal("bob")), Answer::Done);
    let entry = world.log.last().expect("was appended");
    let told = |session: &str| entry.visible(&SessionId::parse(session).expect("is an id"));
    assert!(told("s2") && !told("s1") && !told("s3"));
    let event = entry.event(Position::ZERO, true).expect("is told");
    let from = event.from.expect("has a sender");
    assert_eq!((&*from.participant_id, &*from.session_id, from.counter), ("alice", "s1", 1));
}

#[test]
fn a_message_goes_to_all_or_to_some() {
    let mut world = two();
    let message =
        |to: &[&str]| Action::Message { to: to.iter().map(|to| id(to)).collect(), body: "hi".into() };
    assert_eq!(world.session("alice", "s1", 1, message(&[])), Answer::Done);
    assert_eq!(world.log.last().map(|entry| &entry.to), Some(&Audience::All));
    assert_eq!(world.session("alice", "s1", 2, message(&["bob"])), Answer::Done);
    assert!(matches!(&world.log.last().expect("is there").to, Audience::Sessions(to) if to.len() == 1));
    let answer = world.session("alice", "s1", 3, message(&["bob", "nobody"]));
    assert_eq!(answer, refused(ErrorReason::ParticipantNotFound));
}

#[test]
fn a_locked_room_takes_nobody_new() {
    let mut world = two();
    let lock = |locked| ApiAction::Update {
        settings: SettingsPatch { locked: Some(locked), ..Default::default() },
        metadata: None,
    };
    assert_eq!(world.api(lock(true)), Answer::Done);
    assert_eq!(world.join("carol", "s3"), refused(ErrorReason::RoomLocked));
    // Who is here may go on, and come anew.
    assert_eq!(world.session("alice", "s1", 1, signal("bob")), Answer::Done);
    assert_eq!(world.join("alice", "s4"), Answer::Done);
    assert_eq!(world.session("bob", "s2", 1, Action::Leave), Answer::Done);
    assert_eq!(world.join("bob", "s5"), refused(ErrorReason::RoomLocked));
    assert_eq!(world.api(lock(false)), Answer::Done);
    assert_eq!(world.join("carol", "s6"), Answer::Done);
}

#[test]
fn a_removal_sticks_until_it_is_taken_back() {
    let mut world = two();
    assert_eq!(world.api(remove("alice", None)), Answer::Done);
    assert_eq!(world.session("alice", "s1", 1, signal("bob")), Answer::Ended(LeaveReason::Removed));
    assert_eq!(world.join("alice", "s3"), refused(ErrorReason::ParticipantRemoved));
    assert_eq!(world.api(ApiAction::Allow(id("alice"))), Answer::Done);
    assert_eq!(world.join("alice", "s4"), Answer::Done);
    // An identity that was never there can be barred too.
    assert_eq!(world.api(remove("mallory", None)), Answer::Done);
    assert_eq!(world.join("mallory", "s5"), refused(ErrorReason::ParticipantRemoved));
}

fn remove(participant: &str, for_ms: Option<u64>) -> ApiAction {
    ApiAction::Remove { participant: id(participant), for_ms, by: Some("ops".into()) }
}

#[test]
fn a_removal_for_a_time_is_over_after_it_and_the_last_one_counts() {
    let mut world = two();
    assert_eq!(world.api(remove("alice", Some(60_000))), Answer::Done);
    world.now += 59_999;
    assert_eq!(world.join("alice", "s3"), refused(ErrorReason::ParticipantRemoved));
    assert_eq!(world.api(remove("alice", Some(10_000))), Answer::Done);
    world.now += 9_999;
    assert_eq!(world.join("alice", "s4"), refused(ErrorReason::ParticipantRemoved));
    world.now += 1;
    assert_eq!(world.join("alice", "s5"), Answer::Done);
    // What is over takes no place from others.
    for n in 0..REMOVED_MAX {
        assert_eq!(world.api(remove(&format!("p{n}"), Some(1_000))), Answer::Done);
    }
    assert_eq!(world.api(remove("one-more", None)), refused(ErrorReason::Overloaded));
    assert_eq!(world.api(remove("p0", None)), Answer::Done, "is barred already");
    world.now += 1_000;
    assert_eq!(world.api(remove("one-more", None)), Answer::Done);
    let kept: Vec<_> = world.room.removed.iter().map(|removal| removal.participant.as_str()).collect();
    assert_eq!(kept, ["p0", "one-more"]);
}

#[test]
fn a_removal_outlives_the_room() {
    for anew in [true, false] {
        let mut world = two();
        world.api(remove("alice", Some(7_200_000)));
        world.api(remove("mallory", None));
        world.api(ApiAction::Close);
        assert_eq!(world.room.tombstone_ms(Millis(world.now)), 86_400_000, "for mallory's sake");
        world.now += 3_600_000;
        if anew {
            // Another one makes the room again, and those stay out.
            assert_eq!(world.join("carol", "s3"), Answer::Done);
        }
        assert_eq!(world.join("alice", "s4"), refused(ErrorReason::ParticipantRemoved));
        assert_eq!(world.join("mallory", "s5"), refused(ErrorReason::ParticipantRemoved));
        world.now += 3_600_000;
        assert_eq!(world.join("alice", "s6"), Answer::Done);
        assert_eq!(world.join("mallory", "s7"), refused(ErrorReason::ParticipantRemoved));
        assert_eq!(world.api(ApiAction::Allow(id("mallory"))), Answer::Done);
        assert_eq!(world.join("mallory", "s8"), Answer::Done);
    }
    let mut world = two();
    world.api(remove("alice", Some(7_200_000)));
    assert_eq!(world.room.tombstone_ms(Millis(world.now)), 7_200_000);
    assert_eq!(world.room.tombstone_ms(Millis(world.now + 7_200_000)), TOMBSTONE_MS);
}

#[test]
fn a_room_ends_when_it_is_closed_or_was_empty_for_its_time() {
    let mut world = two();
    assert_eq!(world.api(ApiAction::Close), Answer::Done);
    assert_eq!(world.room.phase(), Phase::Closed);
    assert_eq!(world.session("alice", "s1", 1, signal("bob")), Answer::Ended(LeaveReason::RoomClosed));
    assert_eq!(world.api(ApiAction::Close), refused(ErrorReason::RoomNotFound));

    let mut world = two();
    world.session("alice", "s1", 1, Action::Leave);
    world.session("bob", "s2", 1, Action::Leave);
    assert_eq!(world.room.next_look(), Some(Millis(world.now + 20_000)));
    assert_eq!(world.ask(&Command::CloseIfEmpty), Answer::Done);
    assert_eq!(world.room.phase(), Phase::Open, "not before its time");
    world.now += 20_000;
    world.ask(&Command::CloseIfEmpty);
    assert_eq!(world.room.phase(), Phase::Closed);
}

#[test]
fn inv1_a_room_made_in_place_of_a_closed_one_is_another_history() {
    let mut world = two();
    let old = world.room.head();
    world.api(ApiAction::Close);
    world.log.clear();
    world.now += 1;
    assert_eq!(world.join("alice", "s9"), Answer::Done);
    assert_eq!(world.log[0].position.seq, 1);
    assert!(!world.room.in_history(old));
    assert_eq!(world.room.member_count(), 1);
    // A join of the closed room's time that was held up is of a session that has ended (S48).
    assert_eq!(world.join("bob", "s2"), Answer::Ended(LeaveReason::RoomClosed));
    assert_eq!(
        world.api(ApiAction::Create { settings: SettingsPatch::default(), metadata: String::new() }),
        refused(ErrorReason::RoomExists)
    );
}

#[test]
fn inv1_a_new_epoch_resets_nobody_whose_position_is_in_the_history() {
    let mut world = two();
    let old = world.room.head();
    world.gone("alice", "s1", "s1");
    let until = world.room.next_look();
    world.begin_epoch = true;
    world.now += 20_000;
    assert_eq!(world.session("bob", "s2", 1, share()), Answer::Done);
    assert_ne!(world.room.head().epoch, old.epoch);
    assert_eq!(world.room.head().seq, old.seq + 2, "seq never restarts while the room lives");
    assert!(world.room.in_history(old));
    assert!(!world.room.in_history(Position::new(old.epoch, old.seq + 2)), "what the old epoch never told");
    assert!(world.room.next_look() > until, "R7: windows are armed anew");
}

#[test]
fn inv6_a_new_epoch_ends_no_window_and_is_begun_by_the_look_at_one() {
    let mut world = two();
    world.gone("alice", "s1", "s1");
    // Another server, whose clock is an hour ahead.
    world.now += 3_600_000;
    world.begin_epoch = true;
    let old = world.room.head();
    for command in world.room.due(Millis(world.now)) {
        assert_eq!(world.ask(&command), Answer::Done);
    }
    assert_ne!(world.room.head().epoch, old.epoch);
    assert_eq!((world.room.member_count(), world.room.next_look()), (2, Some(Millis(world.now + 30_000))));
    world.now += 30_000;
    for command in world.room.due(Millis(world.now)) {
        world.ask(&command);
    }
    assert_eq!(world.room.member_count(), 1);
}

#[test]
fn refusals_of_the_living_are_entries() {
    let mut world = two();
    let head = world.room.head();
    world.session("alice", "s1", 1, signal("nobody"));
    assert_eq!(world.room.head().seq, head.seq + 1, "R3: the compare covers a refusal too");
    assert_eq!(world.log.last().map(|entry| &entry.to), Some(&Audience::Silent));
}

#[test]
fn a_stale_copy_can_not_say_unknown() {
    let world = World::new();
    let ctx = Context { now: Millis(START), fresh: Epoch(1), begin_epoch: false };
    let command =
        Command::Session { key: key("alice", "s1", 1), counter: 1, after: 0, action: Action::StopShare };
    let verdict = world.room.decide(&command, ctx);
    assert_eq!(verdict, Verdict::IfFresh(refused(ErrorReason::SessionNotFound)));
    let verdict = world.room.decide(&Command::Api { request: None, action: ApiAction::Close }, ctx);
    assert_eq!(verdict, Verdict::IfFresh(refused(ErrorReason::RoomNotFound)));
}

#[test]
fn inv5_a_refusal_is_known_as_long_as_it_may_be_asked_for() {
    let mut world = two();
    assert_eq!(world.session("alice", "s1", 1, signal("nobody")), refused(ErrorReason::ParticipantNotFound));
    // As many as may be unanswered, and as may be decided while the store is away and none of it stored.
    for n in 2..=64 + 256 {
        world.session("alice", "s1", n, signal("bob"));
    }
    assert_eq!(world.session("alice", "s1", 1, signal("bob")), refused(ErrorReason::ParticipantNotFound));
}

#[test]
fn a_word_behind_a_resume_that_was_lost_is_not_refused() {
    let world = two();
    let ctx = Context { now: Millis(START), fresh: Epoch(1), begin_epoch: false };
    let command =
        Command::Session { key: key("alice", "s1", 2), counter: 1, after: 0, action: Action::StopShare };
    assert_eq!(world.room.decide(&command, ctx), Verdict::IfFresh(Answer::Behind));
}

#[test]
fn settings_out_of_range_are_all_named() {
    use switchboard_proto::{duration, v1::RoomSettings};
    let settings = RoomSettings {
        participants_max: 10_001,
        resume_window: Some(duration(500)),
        empty_timeout: Some(duration(86_400_001)),
        share_policy: 9,
        ..Default::default()
    };
    let refusal = SettingsPatch::parse(&settings, "settings").expect_err("is out of range");
    let fields: Vec<_> = refusal.violations.iter().map(|violation| &*violation.field).collect();
    assert_eq!(
        fields,
        [
            "settings.resume_window",
            "settings.empty_timeout",
            "settings.participants_max",
            "settings.share_policy"
        ]
    );
}

#[test]
fn a_snapshot_comes_in_pieces_and_the_last_one_has_the_position() {
    let mut world = World::new();
    for n in 0..120 {
        let joined = world.ask(&Command::Join {
            key: key(&format!("p{n:03}"), &format!("s{n}"), 1),
            connection: connection("c"),
            gateway: gateway("g1"),
            asked_at: Millis(START),
            metadata: "x".repeat(4_000),
            resubmitted: false,
            window_ms: None,
        });
        assert_eq!(joined, Answer::Done);
    }
    let pieces = snapshot(&world.room);
    assert!(pieces.len() > 3, "{}", pieces.len());
    for (n, piece) in pieces.iter().enumerate() {
        let last = n + 1 == pieces.len();
        assert_eq!((piece.more, piece.position.is_some(), piece.room.is_some()), (!last, last, n == 0));
        assert!(prost::Message::encoded_len(piece) <= SNAPSHOT_PIECE_BYTES + 5_000);
    }
    assert_eq!(pieces.iter().map(|piece| piece.participants.len()).sum::<usize>(), 120);
}
