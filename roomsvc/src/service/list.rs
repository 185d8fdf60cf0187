//! A page of rooms, over all partitions.
//!
//! Rooms lie in partitions, and a partition's list is one read of the store, a room's state another: both are asked for
//! some at a time, so that a page costs round trips by the tens and not by the thousand.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::{StreamExt as _, stream};
use prost::Message as _;
use switchboard_proto::v1::{self, ErrorReason, RoomView};
use switchboard_proto::{Refusal, RoomId};
use tokio::time::{Instant, timeout_at};

use super::calls::{read, store_refusal};
use super::validate::{Check, bad_page_token, page_size};
use crate::access::Who;
use crate::directory::Directory;
use crate::room::{room_view, room_view_with_participants};
use crate::store::Store;

/// Partitions whose lists are read at one time.
const LISTS_AT_ONCE: usize = 16;
/// Rooms that are read at one time: others want to be served by the store too.
const READS_AT_ONCE: usize = 16;
/// About where a page ends, in bytes. A room is never split, so that a page may have the largest room beyond it: 10,000
/// participants without metadata are under 3 MiB, and callers take messages of 4 MiB.
const PAGE_BYTES: usize = 1 << 20;

/// Where a page goes on: the partition, and the room behind which.
type Place = (u32, Option<RoomId>);

/// A page that is being filled.
struct Page {
    rooms: Vec<v1::Room>,
    bytes: usize,
    size: usize,
    view: RoomView,
    occupied_only: bool,
}

impl Page {
    fn is_full(&self) -> bool {
        self.rooms.len() >= self.size || self.bytes >= PAGE_BYTES
    }

    fn add(&mut self, room: &crate::room::Room) {
        let room = view(room, self.view);
        if self.occupied_only && room.participant_count == 0 {
            return;
        }
        self.bytes += room.encoded_len();
        self.rooms.push(room);
    }
}

/// The room, with as much as the caller wants of it.
pub(crate) fn view(room: &crate::room::Room, view: RoomView) -> v1::Room {
    match view {
        RoomView::Unspecified | RoomView::Basic => room_view(room),
        RoomView::Participants => room_view_with_participants(room),
    }
}

/// The view with that number.
pub(crate) fn parse_view(check: &mut Check, number: i32) -> RoomView {
    RoomView::try_from(number).unwrap_or_else(|_| {
        check.wrong("view", "must be a RoomView");
        RoomView::Unspecified
    })
}

/// Answers ListRooms by `deadline`, with the rooms that `who` may be told of.
pub(crate) async fn list(
    directory: &Directory,
    request: &v1::ListRoomsRequest,
    who: &Who,
    deadline: Instant,
) -> Result<v1::ListRoomsResponse, Refusal> {
    let mut check = Check::default();
    let size = page_size(&mut check, request.page_size);
    let view = parse_view(&mut check, request.view);
    check.done(Some(()))?;
    let from = match request.page_token.as_str() {
        "" => (0, None),
        token => place(token).ok_or_else(bad_page_token)?,
    };
    let page = Page { rooms: Vec::new(), bytes: 0, size, view, occupied_only: request.occupied_only };
    let filled = fill(directory.parts.store.as_ref(), directory.partitions(), from, who, page);
    let filled = timeout_at(deadline, filled).await;
    let (rooms, next) = filled.unwrap_or_else(|_| Err(ErrorReason::StoreUnavailable.into()))?;
    Ok(v1::ListRoomsResponse { rooms, next_page_token: next.map(|next| token(&next)).unwrap_or_default() })
}

async fn fill(
    store: &dyn Store,
    partitions: u32,
    (first, after): Place,
    who: &Who,
    mut page: Page,
) -> Result<(Vec<v1::Room>, Option<Place>), Refusal> {
    let size = page.size;
    let lists = stream::iter(first..partitions).map(|partition| {
        let after = after.clone().filter(|_| partition == first);
        async move { (partition, store.list_rooms(partition, after, size).await) }
    });
    let mut lists = lists.buffered(LISTS_AT_ONCE);
    while let Some((partition, ids)) = lists.next().await {
        let ids = ids.map_err(|error| store_refusal(&error, None))?;
        let rest = ids.last().cloned().filter(|_| ids.len() == size);
        let reads =
            stream::iter(ids.into_iter().filter(|id| who.is_told_of(id.as_str()))).map(|id| async move {
                let room = read(store, &id).await;
                (id, room)
            });
        let mut reads = reads.buffered(READS_AT_ONCE);
        while let Some((id, room)) = reads.next().await {
            match room {
                Ok(room) => page.add(&room),
                // Closed between the list and the look: not on this page.
                Err(refusal) if refusal.reason == ErrorReason::RoomNotFound => {}
                Err(refusal) => return Err(refusal),
            }
            if page.is_full() {
                return Ok((page.rooms, Some((partition, Some(id)))));
            }
        }
        if rest.is_some() {
            return Ok((page.rooms, Some((partition, rest))));
        }
    }
    Ok((page.rooms, None))
}

/// Where a page of rooms goes on, as a token.
fn token((partition, after): &Place) -> String {
    let after = after.as_ref().map(RoomId::as_str).unwrap_or_default();
    URL_SAFE_NO_PAD.encode(format!("{partition}\n{after}"))
}

fn place(token: &str) -> Option<Place> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
    let (partition, after) = text.split_once('\n')?;
    let after = if after.is_empty() { None } else { Some(RoomId::parse(after).ok()?) };
    Some((partition.parse().ok()?, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_token_goes_there_and_back() {
        let room = RoomId::parse("a b{c}").expect("is an id");
        for at in [(7, Some(room)), (9, None)] {
            assert_eq!(place(&token(&at)), Some(at));
        }
        assert_eq!(place("not a token"), None);
    }
}
