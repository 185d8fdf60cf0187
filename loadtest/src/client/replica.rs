//! What a client knows of its room: pure, told by snapshots and events, with the protocol's checks.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use switchboard_proto::v1::{self, ParticipantState, event::Event as Kind};

use super::ClientError;

/// Counters remembered for a sender; far above what can be sent twice.
const SEEN_MAX: usize = 1_024;

/// A room as one receiver sees it.
#[derive(Debug, Default)]
pub(crate) struct Replica {
    pub(super) room: Option<v1::Room>,
    pub(super) participants: BTreeMap<String, v1::Participant>,
    /// The last position told; none before the first whole snapshot and after a reset.
    pub(super) position: Option<v1::Position>,
    pub(super) dropped: Dropped,
    /// Signals and messages had: counters by the sender's session.
    seen: HashMap<String, BTreeSet<u64>>,
    /// Whether pieces of a snapshot were taken and the last one was not.
    partial: bool,
}

/// What came more than once and was dropped, as the protocol asks of every receiver.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Dropped {
    /// Events at or before the position that was already applied.
    pub events: u64,
    /// Signals and messages whose (sender's session, counter) was there before.
    pub signals: u64,
}

impl Replica {
    /// Takes a piece of a snapshot. True once the snapshot is whole.
    pub(super) fn snapshot(&mut self, piece: &v1::Snapshot) -> Result<bool, ClientError> {
        if !self.partial {
            self.participants.clear();
            self.position = None;
            self.room = None;
        }
        if piece.room.is_some() {
            self.room.clone_from(&piece.room);
        }
        let members = piece.participants.iter();
        self.participants.extend(members.map(|p| (p.participant_id.clone(), p.clone())));
        self.partial = piece.more;
        if piece.more {
            return Ok(false);
        }
        let position =
            piece.position.ok_or_else(|| unreadable("the last piece of a snapshot has no position"))?;
        self.position = Some(position);
        Ok(true)
    }

    /// A receiver that stands at `position` and knows nobody: what a resume begins with in another process.
    pub(super) fn at(position: v1::Position) -> Self {
        Self { position: Some(position), ..Self::default() }
    }

    /// A reset: nothing is known until the next whole snapshot.
    pub(super) fn reset(&mut self) {
        self.position = None;
        self.partial = false;
    }

    /// The cursor, which may take a quiet receiver forward.
    pub(super) fn heartbeat(&mut self, position: v1::Position) {
        if let Some(at) = self.position
            && !at_or_before(position, at)
        {
            self.position = Some(position);
        }
    }

    /// Applies an event. False when it was there before and has to be dropped.
    pub(super) fn event(&mut self, event: &v1::Event) -> Result<bool, ClientError> {
        let position = event.position.ok_or_else(|| unreadable("an event has no position"))?;
        let prev = event.prev.unwrap_or_default();
        let at = self.position.ok_or_else(|| unreadable("an event came before the snapshot"))?;
        if at_or_before(position, at) {
            self.dropped.events += 1;
            return Ok(false);
        }
        if prev != at {
            return Err(ClientError::OutOfOrder { position, prev, at });
        }
        self.position = Some(position);
        let kind = event.event.as_ref().ok_or_else(|| unreadable("an event is of no kind"))?;
        if matches!(kind, Kind::SignalReceived(_) | Kind::MessageReceived(_)) && !self.is_first(event) {
            self.dropped.signals += 1;
            return Ok(false);
        }
        self.absorb(kind);
        Ok(true)
    }

    fn is_first(&mut self, event: &v1::Event) -> bool {
        let Some(from) = event.from.as_ref().filter(|from| from.counter != 0) else { return true };
        let Some(seen) = self.seen.get_mut(&from.session_id) else {
            self.seen.insert(from.session_id.clone(), BTreeSet::from([from.counter]));
            return true;
        };
        let is_first = seen.insert(from.counter);
        if seen.len() > SEEN_MAX {
            seen.pop_first();
        }
        is_first
    }

    fn absorb(&mut self, kind: &Kind) {
        match kind {
            Kind::ParticipantJoined(joined) => {
                if let Some(participant) = &joined.participant {
                    self.participants.insert(participant.participant_id.clone(), participant.clone());
                }
            }
            Kind::ParticipantLeft(left) => {
                let member = self.participants.get(&left.participant_id);
                if member.is_some_and(|p| p.session_id == left.session_id) {
                    self.participants.remove(&left.participant_id);
                }
                self.seen.remove(&left.session_id);
            }
            Kind::ParticipantUpdated(e) => {
                self.with(&e.participant_id, |p| p.metadata.clone_from(&e.metadata));
            }
            Kind::ParticipantReconnecting(e) => {
                self.with(&e.participant_id, |p| p.set_state(ParticipantState::Reconnecting));
            }
            Kind::ParticipantReturned(e) => {
                self.with(&e.participant_id, |p| p.set_state(ParticipantState::Joined));
            }
            Kind::ShareStarted(e) => self.with(&e.participant_id, |p| p.share.clone_from(&e.share)),
            Kind::ShareEnded(e) => self.with(&e.participant_id, |p| p.share = None),
            Kind::RoomUpdated(e) => {
                if let Some(room) = &mut self.room {
                    room.metadata.clone_from(&e.metadata);
                    room.settings.clone_from(&e.settings);
                }
            }
            Kind::SignalReceived(_)
            | Kind::MessageReceived(_)
            | Kind::RoomClosed(_)
            | Kind::RenegotiateRequested(_) => {}
        }
    }

    fn with(&mut self, participant_id: &str, change: impl FnOnce(&mut v1::Participant)) {
        if let Some(participant) = self.participants.get_mut(participant_id) {
            change(participant);
        }
    }
}

/// Epochs have no order, so a position of another epoch is never "before".
fn at_or_before(position: v1::Position, at: v1::Position) -> bool {
    position.epoch == at.epoch && position.seq <= at.seq
}

fn unreadable(what: &str) -> ClientError {
    ClientError::Unreadable(what.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(epoch: u64, seq: u64) -> v1::Position {
        v1::Position { epoch, seq }
    }

    fn member(id: &str, session: &str) -> v1::Participant {
        v1::Participant { participant_id: id.into(), session_id: session.into(), ..Default::default() }
    }

    fn event(prev: v1::Position, position: v1::Position, kind: Kind) -> v1::Event {
        let from = v1::Sender { participant_id: "b".into(), session_id: "sb".into(), counter: position.seq };
        v1::Event {
            position: Some(position),
            prev: Some(prev),
            from: Some(from),
            stored: true,
            event: Some(kind),
            ..Default::default()
        }
    }

    fn message(prev: v1::Position, position: v1::Position) -> v1::Event {
        event(prev, position, Kind::MessageReceived(v1::MessageReceived { body: "x".into() }))
    }

    fn standing_at(position: v1::Position) -> Replica {
        let mut replica = Replica::default();
        let piece = v1::Snapshot { position: Some(position), ..Default::default() };
        assert!(replica.snapshot(&piece).expect("a snapshot"));
        replica
    }

    #[test]
    fn events_apply_in_order_and_once() {
        let mut replica = standing_at(at(1, 5));
        assert!(replica.event(&message(at(1, 5), at(1, 7))).expect("follows"));
        assert!(!replica.event(&message(at(1, 5), at(1, 7))).expect("a repeat is dropped"));
        assert_eq!(replica.dropped, Dropped { events: 1, signals: 0 });
        // A new epoch follows the old one.
        assert!(replica.event(&message(at(1, 7), at(2, 8))).expect("follows"));
        assert_eq!(replica.position, Some(at(2, 8)));
    }

    #[test]
    fn a_hole_is_noticed() {
        let mut replica = standing_at(at(1, 5));
        let error = replica.event(&message(at(1, 6), at(1, 7))).expect_err("6 is missing");
        assert!(matches!(error, ClientError::OutOfOrder { .. }), "{error}");
        let text = "an event at 0000000000000001:7 has prev 0000000000000001:6, \
                    but this client stands at 0000000000000001:5";
        assert_eq!(error.to_string(), text);
        assert_eq!(replica.position, Some(at(1, 5)), "a hole moves nothing");
    }

    #[test]
    fn a_signal_sent_twice_is_dropped_but_moves_the_position() {
        let mut replica = standing_at(at(1, 5));
        let mut first = message(at(1, 5), at(1, 6));
        let mut second = message(at(1, 6), at(1, 7));
        for event in [&mut first, &mut second] {
            event.from.as_mut().expect("a sender").counter = 3;
        }
        assert!(replica.event(&first).expect("follows"));
        assert!(!replica.event(&second).expect("follows"));
        assert_eq!(replica.dropped, Dropped { events: 0, signals: 1 });
        assert_eq!(replica.position, Some(at(1, 7)));
    }

    #[test]
    fn members_follow_snapshot_and_events() {
        let mut replica = Replica::default();
        let pieces = [
            v1::Snapshot { participants: vec![member("a", "sa")], more: true, ..Default::default() },
            v1::Snapshot {
                participants: vec![member("b", "sb")],
                position: Some(at(1, 1)),
                ..Default::default()
            },
        ];
        assert!(!replica.snapshot(&pieces[0]).expect("a piece"));
        assert!(replica.snapshot(&pieces[1]).expect("a piece"));
        let left = |session: &str| {
            let session_id = session.into();
            Kind::ParticipantLeft(v1::ParticipantLeft { participant_id: "a".into(), session_id, reason: 2 })
        };
        let joined = Kind::ParticipantJoined(v1::ParticipantJoined { participant: Some(member("a", "sa2")) });
        let steps = [(joined, vec!["sa2", "sb"]), (left("sa"), vec!["sa2", "sb"]), (left("sa2"), vec!["sb"])];
        for (n, (kind, want)) in (1..).zip(steps) {
            replica.event(&event(at(1, n), at(1, n + 1), kind)).expect("follows");
            let sessions: Vec<_> = replica.participants.values().map(|p| p.session_id.as_str()).collect();
            assert_eq!(sessions, want);
        }
    }

    #[test]
    fn a_reset_forgets_the_position_and_a_snapshot_replaces_all() {
        let mut replica = standing_at(at(1, 5));
        replica.participants.insert("old".into(), member("old", "so"));
        replica.reset();
        assert!(replica.event(&message(at(1, 5), at(1, 6))).is_err(), "nothing applies before the snapshot");
        let piece = v1::Snapshot { position: Some(at(9, 2)), ..Default::default() };
        assert!(replica.snapshot(&piece).expect("a snapshot"));
        assert!(replica.participants.is_empty());
        assert_eq!(replica.position, Some(at(9, 2)));
    }

    #[test]
    fn a_heartbeat_takes_forward_and_never_back() {
        let mut replica = standing_at(at(1, 5));
        for (told, want) in [(at(1, 4), at(1, 5)), (at(1, 8), at(1, 8))] {
            replica.heartbeat(told);
            assert_eq!(replica.position, Some(want));
        }
    }
}
