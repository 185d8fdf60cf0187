//! What gateways and room services tell each other.

use std::sync::OnceLock;

use prost::Message as _;
use switchboard_gateway::fuzzing::{Rooms, Shared};
use switchboard_proto::v1::{LinkRequest, LinkResponse};
use switchboard_proto::{Epoch, Millis, RoomId};
use switchboard_roomsvc::fuzzing::Link;
use switchboard_roomsvc::room::{Context, Room, Verdict};

use crate::store::Stored;

/// Items of one input that are taken: what matters shows before.
const ITEMS_MAX: usize = 64;
/// What one session may have unanswered: its join or resume, its present and what it says of its end.
const SAID_MAX: usize = 64;

/// What a gateway says: it is parsed, and a room decides it.
pub(crate) fn request(data: &[u8]) {
    let Ok(mut request) = LinkRequest::decode(data) else { return };
    assert_eq!(LinkRequest::decode(request.encode_to_vec().as_slice()).as_ref(), Ok(&request));
    request.items.truncate(ITEMS_MAX);
    thread_local! {
        static LINK: Link = Link::new().expect("its ids are good");
    }
    let Ok(commands) = LINK.with(|link| link.read(request)) else { return };
    let mut now = Millis(1_000_000);
    let mut stored = Stored::default();
    let mut room = Room::absent(RoomId::parse("r").expect("is an id"));
    for (n, (_, command)) in (1..).zip(&commands) {
        now = now.plus(n * 100);
        for command in std::iter::once(command.clone()).chain(room.due(now)) {
            let ctx = Context { now, fresh: Epoch(n), begin_epoch: false };
            let before = room.clone();
            let verdict = room.decide(&command, ctx);
            assert_eq!(room, before, "deciding changes nothing");
            let Verdict::Append(entries, _) = verdict else { continue };
            for entry in entries {
                stored.absorb(&mut room, &entry);
            }
        }
    }
}

/// What a room service says: sessions of a gateway hear it.
pub(crate) fn response(data: &[u8]) {
    let Ok(mut response) = LinkResponse::decode(data) else { return };
    assert_eq!(LinkResponse::decode(response.encode_to_vec().as_slice()).as_ref(), Ok(&response));
    response.items.truncate(ITEMS_MAX);
    let Some(mut rooms) = Rooms::new(shared()) else { return };
    rooms.hear(response);
    let said = rooms.said().into_iter().map(|batch| batch.items.len()).sum::<usize>();
    assert!(said <= SAID_MAX * ITEMS_MAX, "{said} items for the room service");
    drop(rooms.told());
}

fn shared() -> &'static Shared {
    static SHARED: OnceLock<Shared> = OnceLock::new();
    SHARED.get_or_init(|| {
        // A channel that is never used wants a runtime that is never driven.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let _entered = runtime.enter();
        let shared = Rooms::shared().expect("the URL is one");
        std::mem::forget(runtime);
        shared
    })
}
