//! What is told of a room: the contract's messages, made from a room or from an entry alone.

use std::sync::Arc;

use prost::Message as _;
use switchboard_proto::v1::event::Event as Told;
use switchboard_proto::{Position, v1};

use super::{Change, Entry, Member, Room};

/// The most that one piece of a snapshot holds, in bytes of protobuf: under the 256 KiB that a gateway and a room
/// service take in one message, and still so when its JSON is twice as long.
pub const SNAPSHOT_PIECE_BYTES: usize = 100 * 1024;

/// The room as callers and browsers see it.
#[must_use]
pub fn room_view(room: &Room) -> v1::Room {
    v1::Room {
        room_id: room.id.to_string(),
        position: Some(room.head.into()),
        create_time: Some(room.created_at.into()),
        metadata: room.metadata.to_string(),
        settings: Some((&room.settings).into()),
        participant_count: u32::try_from(room.members.len()).unwrap_or(u32::MAX),
        participants: Vec::new(),
    }
}

/// The room and who is in it, for who looks at many rooms: participants without their metadata.
#[must_use]
pub fn room_view_with_participants(room: &Room) -> v1::Room {
    let participants = room
        .members
        .iter()
        .map(|(id, member)| v1::Participant { metadata: String::new(), ..member_view(id, member) });
    v1::Room { participants: participants.collect(), ..room_view(room) }
}

/// A participant as callers and browsers see it; `None` if it is not in the room.
#[must_use]
pub fn participant(room: &Room, id: &switchboard_proto::ParticipantId) -> Option<v1::Participant> {
    room.members.get(id).map(|member| member_view(id, member))
}

fn member_view(id: &switchboard_proto::ParticipantId, member: &Member) -> v1::Participant {
    let record: &Arc<_> = &member.record;
    let state = match record.until {
        Some(_) => v1::ParticipantState::Reconnecting,
        None => v1::ParticipantState::Joined,
    };
    v1::Participant {
        participant_id: id.to_string(),
        session_id: record.session.to_string(),
        state: state.into(),
        join_time: Some(record.joined_at.into()),
        metadata: record.metadata.clone(),
        share: record.share.as_ref().map(|share| v1::Share {
            share_id: share.share_id.clone(),
            audio: share.audio,
            start_time: Some(share.started_at.into()),
        }),
    }
}

impl Room {
    /// All participants in the order of their ids.
    pub fn participants(&self) -> impl Iterator<Item = v1::Participant> {
        self.members.iter().map(|(id, member)| member_view(id, member))
    }
}

/// The room and everybody in it, in pieces of at most [`SNAPSHOT_PIECE_BYTES`] (one participant at least). The
/// last piece has the position.
#[must_use]
pub fn snapshot(room: &Room) -> Vec<v1::Snapshot> {
    let mut piece = v1::Snapshot { room: Some(room_view(room)), ..Default::default() };
    let mut pieces = Vec::with_capacity(1);
    let mut bytes = piece.encoded_len();
    for participant in room.participants() {
        let more = participant.encoded_len() + 4;
        if bytes + more > SNAPSHOT_PIECE_BYTES && !piece.participants.is_empty() {
            piece.more = true;
            pieces.push(std::mem::take(&mut piece));
            bytes = 0;
        }
        bytes += more;
        piece.participants.push(participant);
    }
    piece.position = Some(room.head.into());
    pieces.push(piece);
    pieces
}

impl Entry {
    /// The entry as it is told; `None` for what is told to nobody.
    #[must_use]
    pub fn event(&self, prev: Position, stored: bool) -> Option<v1::Event> {
        let sender = self.from.as_ref().map(|from| v1::Sender {
            participant_id: from.participant.to_string(),
            session_id: from.session.to_string(),
            counter: self.counter.map_or(0, |counter| counter.n),
        });
        Some(v1::Event {
            position: Some(self.position.into()),
            prev: Some(prev.into()),
            time: Some(self.at.into()),
            from: sender,
            stored,
            event: Some(self.told()?),
        })
    }

    fn told(&self) -> Option<Told> {
        Some(match &self.change {
            Change::Created { .. }
            | Change::Refused { .. }
            | Change::EpochBegan {}
            | Change::Removed { .. }
            | Change::Allowed { .. } => return None,
            Change::Joined { participant, session, metadata, .. } => {
                Told::ParticipantJoined(v1::ParticipantJoined {
                    participant: Some(v1::Participant {
                        participant_id: participant.to_string(),
                        session_id: session.to_string(),
                        state: v1::ParticipantState::Joined.into(),
                        join_time: Some(self.at.into()),
                        metadata: metadata.clone(),
                        share: None,
                    }),
                })
            }
            Change::Resumed { participant, session, .. } | Change::Present { participant, session } => {
                Told::ParticipantReturned(v1::ParticipantReturned {
                    participant_id: participant.to_string(),
                    session_id: session.to_string(),
                })
            }
            Change::Reconnecting { participant, session, until, .. } => {
                Told::ParticipantReconnecting(v1::ParticipantReconnecting {
                    participant_id: participant.to_string(),
                    session_id: session.to_string(),
                    expire_time: Some((*until).into()),
                })
            }
            Change::Left { participant, session, reason } => Told::ParticipantLeft(v1::ParticipantLeft {
                participant_id: participant.to_string(),
                session_id: session.to_string(),
                reason: reason.0.into(),
            }),
            Change::Updated { participant, metadata } => Told::ParticipantUpdated(v1::ParticipantUpdated {
                participant_id: participant.to_string(),
                metadata: metadata.clone(),
            }),
            Change::Shared { participant, share_id, audio } => Told::ShareStarted(v1::ShareStarted {
                participant_id: participant.to_string(),
                share: Some(v1::Share {
                    share_id: share_id.clone(),
                    audio: *audio,
                    start_time: Some(self.at.into()),
                }),
            }),
            Change::Unshared { participant, share_id, reason } => Told::ShareEnded(v1::ShareEnded {
                participant_id: participant.to_string(),
                share_id: share_id.clone(),
                reason: reason.0.into(),
            }),
            Change::Signal { kind } => {
                Told::SignalReceived(v1::SignalReceived { kind: kind.0.into(), payload: self.body.clone() })
            }
            Change::Message {} => Told::MessageReceived(v1::MessageReceived { body: self.body.clone() }),
            Change::Renegotiate {} => Told::RenegotiateRequested(v1::RenegotiateRequested {}),
            Change::RoomUpdated { settings, metadata } => Told::RoomUpdated(v1::RoomUpdated {
                metadata: metadata.clone(),
                settings: Some(settings.into()),
            }),
            Change::Closed { reason } => Told::RoomClosed(v1::RoomClosed { reason: reason.0.into() }),
        })
    }
}
