//! Asks the room services by their API for others. Any of them can answer for any room.

use std::sync::Arc;
use std::time::Duration;

use switchboard_auth::RoomClaim;
use switchboard_proto::v1::room_service_client::RoomServiceClient;
use switchboard_proto::v1::{self, ErrorReason, RoomView};
use switchboard_proto::{Refusal, RoomId};
use tokio::time::{Instant, timeout_at};
use tonic::Status;

use super::answer::{RoomAnswer, Stats};
use crate::config::LINK_MESSAGE_BYTES_MAX;
use crate::placement::{Linked, Placement};

/// How long one room service has for one question: longer than its store has for a read, so that it can say itself
/// what is wrong.
const ATTEMPT_TIMEOUT: Duration = Duration::from_millis(2_500);
/// How long an answer may take in all. A page that is not full by then is told short.
const DEADLINE: Duration = Duration::from_secs(5);
/// Participants after which a page is full, whatever number of rooms was asked for: about 2 MiB of JSON.
const PAGE_PARTICIPANTS: usize = 10_000;

/// Which page of rooms.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct PageKey {
    /// At most so many rooms.
    pub(crate) limit: usize,
    /// From the page before; empty: the first one.
    pub(crate) token: String,
    /// Only these rooms; none said: all.
    pub(crate) rooms: RoomClaim,
}

impl PageKey {
    fn shows(&self, room: &v1::Room) -> bool {
        // One of the version before knows no filter.
        room.participant_count > 0 && (self.rooms == RoomClaim::None || self.rooms.covers(&room.room_id))
    }
}

/// A page of rooms.
#[derive(Debug)]
pub(crate) struct RoomPage {
    pub(crate) rooms: Vec<RoomAnswer>,
    /// The token of the page behind it, if there is one.
    pub(crate) next: Option<String>,
}

/// Asks.
pub(crate) struct Asker {
    placement: Arc<Placement>,
}

impl Asker {
    pub(crate) fn new(placement: Arc<Placement>) -> Self {
        Self { placement }
    }

    /// A page of the rooms that somebody is in.
    pub(crate) async fn page(&self, key: &PageKey) -> Result<RoomPage, Refusal> {
        let deadline = Instant::now() + DEADLINE;
        let mut page = RoomPage { rooms: Vec::new(), next: Some(key.token.clone()) };
        let mut participants = 0_usize;
        while let Some(token) = page.next.clone() {
            let request = v1::ListRoomsRequest {
                page_size: i32::try_from(key.limit - page.rooms.len()).unwrap_or(i32::MAX),
                page_token: token,
                view: RoomView::Participants.into(),
                occupied_only: true,
            };
            let answer = self.ask(deadline, |mut client| {
                let request = request.clone();
                async move { client.list_rooms(request).await }
            });
            let answer = match answer.await {
                Ok(answer) => answer,
                // What is there by now is good, and the rest is behind the link.
                Err(_) if !page.rooms.is_empty() && deadline <= Instant::now() => break,
                Err(refusal) => return Err(refusal),
            };
            page.next = Some(answer.next_page_token).filter(|token| !token.is_empty());
            for room in answer.rooms.into_iter().filter(|room| key.shows(room)) {
                participants += room.participants.len();
                page.rooms.push(RoomAnswer::new(room));
            }
            if page.rooms.len() >= key.limit || participants >= PAGE_PARTICIPANTS {
                break;
            }
        }
        Ok(page)
    }

    /// Who is in a room; nobody in one that is not there.
    pub(crate) async fn stats(&self, room: &RoomId) -> Result<Stats, Refusal> {
        let request = v1::GetRoomRequest { room_id: room.to_string(), view: RoomView::Participants.into() };
        let answer = self.ask(Instant::now() + DEADLINE, |mut client| {
            let request = request.clone();
            async move { client.get_room(request).await }
        });
        match answer.await {
            Ok(answer) => Ok(answer.room.map(Stats::new).unwrap_or_default()),
            Err(refusal) if refusal.reason == ErrorReason::RoomNotFound => Ok(Stats::default()),
            Err(refusal) => Err(refusal),
        }
    }

    /// Asks one room service after the other until one answers.
    async fn ask<T, F>(
        &self,
        deadline: Instant,
        call: impl Fn(RoomServiceClient<Linked>) -> F,
    ) -> Result<T, Refusal>
    where
        F: Future<Output = Result<tonic::Response<T>, Status>>,
    {
        let mut refusal = Refusal::from(ErrorReason::RoomServiceUnavailable);
        for at in self.placement.to_ask() {
            let now = Instant::now();
            if deadline <= now {
                break;
            }
            let Some(address) = self.placement.addresses.get(at) else { continue };
            let client = RoomServiceClient::new(address.channel.clone())
                .max_decoding_message_size(LINK_MESSAGE_BYTES_MAX);
            match timeout_at(deadline.min(now + ATTEMPT_TIMEOUT), call(client)).await {
                Ok(Ok(answer)) => return Ok(answer.into_inner()),
                Ok(Err(status)) => match Refusal::from_status(&status) {
                    Some(told) if told.reason.is_temporary() => refusal = told,
                    Some(told) => return Err(told),
                    // The transport's: another one may be reached.
                    None => tracing::debug!(url = %address.url, %status, "a room service could not be asked"),
                },
                Err(_) => tracing::debug!(url = %address.url, "a room service did not answer in time"),
            }
        }
        Err(refusal)
    }
}
