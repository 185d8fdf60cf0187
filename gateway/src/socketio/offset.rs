//! What a client keeps to go on after a break: it sends back the `pid` of its connect and the last string that came
//! with an event, the offset.
//!
//! A `pid` is given before anybody joins, so it can name no room. What a gateway that has never heard of the session
//! needs (room, participant, session and the secret that proves it) therefore stands in the offset, behind the
//! position: it is with the client, whichever process dies.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use switchboard_proto::v1;
use switchboard_proto::{Epoch, Position};

/// The longest offset that is read, in bytes.
const BYTES_MAX: usize = 1_536;

/// What stands behind the position in the offsets of one session.
pub(super) fn tail(room: &str, participant: &str, session: &str, token: &str) -> Box<str> {
    let (room, participant) = (URL_SAFE_NO_PAD.encode(room), URL_SAFE_NO_PAD.encode(participant));
    format!(".{session}.{token}.{room}.{participant}").into()
}

/// An offset.
pub(super) fn write(position: Position, tail: &str) -> String {
    format!("{:x}-{}{tail}", position.epoch.0, position.seq)
}

/// The resume that an offset asks for, but for its generation; `None` if it is none of ours.
pub(super) fn read(offset: &str) -> Option<v1::Resume> {
    if offset.len() > BYTES_MAX {
        return None;
    }
    let mut parts = offset.split('.');
    let (epoch, seq) = parts.next()?.split_once('-')?;
    let position = Position::new(Epoch(u64::from_str_radix(epoch, 16).ok()?), seq.parse().ok()?);
    let (session, token) = (parts.next()?, parts.next()?);
    let mut id = || String::from_utf8(URL_SAFE_NO_PAD.decode(parts.next()?).ok()?).ok();
    Some(v1::Resume {
        room_id: id()?,
        participant_id: id()?,
        session_id: session.to_owned(),
        resume_token: token.to_owned(),
        position: Some(position.into()),
        ..v1::Resume::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_goes_to_the_client_and_back() {
        let position = Position::new(Epoch(u64::MAX), 1 << 40);
        let offset = write(position, &tail("a.b/ü", "{x}", "sock~1", "token-_"));
        let read = read(&offset).expect("is one");
        assert_eq!(read.position.map(Position::from), Some(position));
        assert_eq!((&*read.room_id, &*read.participant_id), ("a.b/ü", "{x}"));
        assert_eq!((&*read.session_id, &*read.resume_token), ("sock~1", "token-_"));
    }

    #[test]
    fn what_is_none_is_not_read() {
        for offset in ["", "bob", "1-2", "x-1.s.t.cg.cA", "1-2.s.t.cg", "1-2.s.t.!.cA", &"1".repeat(2_000)] {
            assert!(read(offset).is_none(), "{offset:?}");
        }
    }
}
