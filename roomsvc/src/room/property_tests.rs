//! Random commands against the invariants: what holds after every step, whatever was asked.

use std::collections::BTreeSet;

use proptest::prelude::*;
use switchboard_proto::v1::{self, SignalKind};
use switchboard_proto::{Epoch, Millis, SessionId};

use super::tests::{connection, gateway, id, key};
use super::*;

#[derive(Debug, Clone)]
struct Step {
    kind: u8,
    who: u8,
    other: u8,
    number: u8,
    wait: u16,
}

fn step() -> impl Strategy<Value = Step> {
    (0..18_u8, 0..4_u8, 0..4_u8, 0..6_u8, prop_oneof![4 => 0..50_u16, 1 => 0..40_000_u16])
        .prop_map(|(kind, who, other, number, wait)| Step { kind, who, other, number, wait })
}

/// How a socket ended, where its gateway tells.
fn end(number: u8) -> Option<ConnectionEnd> {
    let end = v1::ConnectionEnd {
        closed_by: v1::ConnectionCloser::Gateway.into(),
        close_code: 4202,
        reason: v1::ErrorReason::SlowReader.into(),
    };
    number.is_multiple_of(2).then(|| (&end).into())
}

/// What a run of commands keeps track of from outside.
struct Run {
    room: Room,
    log: Vec<Entry>,
    now: u64,
    sessions: u64,
    epochs: u64,
    /// The newest session of each participant, with its next counter and generation.
    current: [(String, u64, u64); 4],
    /// What has ended stays so.
    ended: BTreeSet<SessionId>,
}

impl Run {
    fn command(&mut self, step: &Step) -> Command {
        let who = usize::from(step.who);
        let name = format!("p{who}");
        if step.kind < 3 || self.current[who].0.is_empty() {
            self.sessions += 1;
            self.current[who] = (format!("s{}", self.sessions), 0, 1);
        }
        let (session, counter, generation) = &mut self.current[who];
        let of = |generation| key(&name, session, generation);
        let socket = |n: u64| connection(&format!("{session}-{n}"));
        let to = id(&format!("p{}", step.other));
        let action = match step.kind {
            0..3 => {
                return Command::Join {
                    key: of(1),
                    connection: socket(1),
                    gateway: gateway("g1"),
                    asked_at: Millis(self.now - u64::from(step.number)),
                    metadata: name.clone(),
                    resubmitted: step.number == 5,
                    window_ms: step.number.is_multiple_of(2).then_some(2_000),
                };
            }
            3 => {
                *generation += 1;
                let generation = *generation;
                return Command::Resume {
                    key: of(generation),
                    connection: socket(generation),
                    gateway: gateway("g2"),
                };
            }
            4 | 5 => {
                let socket = socket(u64::from(step.number));
                return Command::Gone {
                    key: of(*generation),
                    connection: socket,
                    leaving: step.kind == 5,
                    end: end(step.number),
                };
            }
            6 => return Command::Present { key: of(*generation), connection: socket(*generation) },
            7 => return Command::Expire(of(*generation)),
            8 => return Command::GatewayLost { key: of(*generation), checked_at: Millis(u64::MAX) },
            9 => return Command::CloseIfEmpty,
            10 => {
                let action = match step.number {
                    0 => ApiAction::Remove {
                        participant: to,
                        for_ms: (step.kind & 1 == 0).then_some(500),
                        by: (step.kind & 2 == 0).then(|| "ops".into()),
                    },
                    1 => ApiAction::Allow(to),
                    2 => ApiAction::Close,
                    3 => ApiAction::Create { settings: SettingsPatch::default(), metadata: String::new() },
                    4 => ApiAction::UpdateParticipant { participant: to, metadata: Some("new".into()) },
                    _ => ApiAction::Message { to: vec![], body: "hi".into() },
                };
                return Command::Api { request: None, action };
            }
            11 => Action::Leave,
            12 => Action::StartShare { share_id: format!("share{}", step.number), audio: false },
            13 => Action::StopShare,
            14 => Action::Message { to: vec![to], body: "hi".into() },
            15 => Action::UpdateMetadata(format!("m{}", step.number)),
            16 => Action::Renegotiate,
            _ => Action::Signal { to, kind: SignalKind::Candidate, payload: "{}".into() },
        };
        // Sometimes a repeat, sometimes a hole, mostly the next.
        let (n, after) = match step.number {
            0 => (*counter, counter.saturating_sub(1)),
            1 => (*counter + 3, *counter + 2),
            2 => (*counter + 2, *counter),
            _ => (*counter + 1, *counter),
        };
        *counter = n.max(*counter).max(1);
        Command::Session { key: of(*generation), counter: n.max(1), after, action }
    }

    fn check(&self) {
        let room = &self.room;
        // Invariant 7: one identity, one participant, and nobody who has ended is in the room.
        let sessions: BTreeSet<_> = room.members.values().map(|member| &member.record.session).collect();
        assert_eq!(sessions.len(), room.members.len());
        assert!(sessions.iter().all(|session| !self.ended.contains(*session)), "an ended session is back");
        // One sharer, as long as nothing else was chosen.
        let shares = room.members.values().filter(|member| member.record.share.is_some()).count();
        assert!(room.settings.shares_many || shares <= 1, "{shares} share");
        // Invariant 6: who is reconnecting has an end; who has no socket is reconnecting.
        for member in room.members.values() {
            assert!(member.record.connection.is_some() || member.record.until.is_some(), "a ghost");
        }
        // An empty room has an end, and only an empty one.
        assert_eq!(room.close_at.is_some(), room.phase == Phase::Open && room.members.is_empty());
        // Invariant 8.
        assert!(room.ended.len() <= ENDED_MAX && room.past.len() <= PAST_MAX);
        assert!(room.members.values().all(|member| member.counters.refused.len() <= REFUSED_MAX));
    }
}

/// The stored fields, as a store would have them after every entry's changes.
fn store(stored: &mut std::collections::BTreeMap<String, String>, room: &Room, touched: &Touched) {
    if touched.everything {
        stored.clear();
    }
    for (field, value) in fields(room, touched) {
        match value {
            Some(value) => stored.insert(field, value),
            None => stored.remove(&field),
        };
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// Invariants 1, 2, 5, 6 and 7 over random commands; V2: the room in memory is the stored room, field for field.
    #[test]
    fn whatever_is_asked_the_invariants_hold(steps in prop::collection::vec(step(), 1..120)) {
        let empty = || (String::new(), 0, 1);
        let mut run = Run {
            room: Room::absent(RoomId::parse("r").expect("is an id")),
            log: Vec::new(), now: 1_000_000, sessions: 0, epochs: 0,
            current: [empty(), empty(), empty(), empty()], ended: BTreeSet::new(),
        };
        let mut stored = std::collections::BTreeMap::new();
        for step in steps {
            run.now += u64::from(step.wait);
            run.epochs += 1;
            let command = run.command(&step);
            let begin_epoch = step.wait % 17 == 16 && run.room.phase() == Phase::Open;
            let ctx = Context { now: Millis(run.now), fresh: Epoch(run.epochs), begin_epoch };
            let before = run.room.clone();
            let Verdict::Append(entries, answer) = run.room.decide(&command, ctx) else {
                prop_assert_eq!(&before, &run.room);
                continue;
            };
            let was_open = before.phase() == Phase::Open;
            for entry in entries {
                let created = matches!(entry.change, Change::Created { .. });
                if created {
                    run.log.clear();
                    // Other rooms, other sessions: ids of gateways never return, so these stay ended.
                }
                // Invariant 1: seq rises by one; a position is told once.
                let want = if created { 1 } else { run.room.head().seq + 1 };
                prop_assert_eq!(entry.position.seq, want);
                if let Change::Left { session, .. } = &entry.change {
                    run.ended.insert(session.clone());
                }
                if matches!(entry.change, Change::Closed { .. }) {
                    run.ended.extend(run.room.members.values().map(|member| member.record.session.clone()));
                }
                // V11: the sender was current, with that generation, when the entry was decided.
                if let (Some(from), Some(_)) = (&entry.from, entry.counter) {
                    let member = before.members.get(&from.participant).expect("speaks from within the room");
                    prop_assert_eq!(&member.record.session, &from.session);
                    prop_assert_eq!(member.record.generation, from.generation);
                }
                // What is written to the log comes back the same.
                let text = serde_json::to_string(&entry).expect("is plain data");
                let mut read: Entry = serde_json::from_str(&text).expect("was just written");
                read.position = entry.position;
                read.body.clone_from(&entry.body);
                prop_assert_eq!(&read, &entry);
                let touched = run.room.absorb(&entry);
                store(&mut stored, &run.room, &touched);
                run.log.push(entry);
            }
            run.check();
            let flat: Vec<_> = stored.iter().map(|(field, value)| (field.clone(), value.clone())).collect();
            let loaded = load(run.room.id(), run.room.head(), &flat).expect("was just stored");
            prop_assert_eq!(&loaded, &run.room, "V2");
            // Invariant 5: asked again, nothing happens and the answer is the same.
            if let Command::Session { key, .. } = &command
                && was_open && run.room.member(&key.participant, &key.session).is_some()
            {
                let again = run.room.decide(&command, Context { begin_epoch: false, ..ctx });
                prop_assert_eq!(again, Verdict::Answer(answer));
            }
        }
        // V3: replaying the log gives the same room.
        let mut replayed = Room::absent(run.room.id().clone());
        for entry in &run.log {
            replayed.absorb(entry);
        }
        prop_assert_eq!(&replayed, &run.room);
    }
}
