//! The room service's API for others, answering what the test says.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use switchboard_proto::v1::room_service_server::RoomService;
use switchboard_proto::v1::{self, ErrorReason, RoomView};
use switchboard_proto::{Millis, Refusal};
use tonic::codegen::BoxStream;
use tonic::{Request, Response, Status};

/// What it has and what it was asked. Clones are the same one.
#[derive(Clone, Default)]
pub(crate) struct FakeRooms(Arc<State>);

#[derive(Default)]
struct State {
    rooms: Mutex<Vec<v1::Room>>,
    refusal: Mutex<Option<Refusal>>,
    takes: Mutex<Duration>,
    asked: AtomicUsize,
}

/// A room with so many people, of whom the first one shares.
pub(crate) fn room(id: &str, people: usize) -> v1::Room {
    let participants = (0..people).map(|n| v1::Participant {
        participant_id: format!("p{n}"),
        session_id: format!("s{n}"),
        join_time: Some(Millis(1_700_000_000_000 + n as u64).into()),
        share: (n == 0).then(v1::Share::default),
        ..Default::default()
    });
    let participant_count = u32::try_from(people).expect("is small");
    v1::Room {
        room_id: id.into(),
        participant_count,
        participants: participants.collect(),
        ..Default::default()
    }
}

impl FakeRooms {
    pub(crate) fn set(&self, rooms: impl IntoIterator<Item = v1::Room>) {
        *self.0.rooms.lock() = rooms.into_iter().collect();
    }

    /// Refuses everything from now on.
    pub(crate) fn refuse(&self, reason: ErrorReason) {
        *self.0.refusal.lock() = Some(reason.into());
    }

    /// Takes so long for an answer from now on.
    pub(crate) fn take(&self, time: Duration) {
        *self.0.takes.lock() = time;
    }

    /// How often it was asked.
    pub(crate) fn asked(&self) -> usize {
        self.0.asked.load(Ordering::Relaxed)
    }

    async fn begin(&self) -> Result<(), Status> {
        self.0.asked.fetch_add(1, Ordering::Relaxed);
        let takes = *self.0.takes.lock();
        tokio::time::sleep(takes).await;
        let refusal = self.0.refusal.lock().clone();
        refusal.map_or(Ok(()), |refusal| Err(refusal.into()))
    }

    async fn list(&self, request: v1::ListRoomsRequest) -> Result<v1::ListRoomsResponse, Status> {
        self.begin().await?;
        assert_eq!((request.view(), request.occupied_only), (RoomView::Participants, true));
        let from = match request.page_token.as_str() {
            "" => 0,
            token => token.parse().map_err(|_| Refusal::field("page_token", "must be another"))?,
        };
        let size = usize::try_from(request.page_size).expect("is a size");
        let rooms = self.0.rooms.lock();
        let page: Vec<_> = rooms.iter().skip(from).take(size).cloned().collect();
        let next = Some(from + page.len()).filter(|next| *next < rooms.len());
        let next_page_token = next.map(|next| next.to_string()).unwrap_or_default();
        Ok(v1::ListRoomsResponse { rooms: page, next_page_token })
    }

    async fn get(&self, request: v1::GetRoomRequest) -> Result<v1::GetRoomResponse, Status> {
        self.begin().await?;
        assert_eq!(request.view(), RoomView::Participants);
        let room = self.0.rooms.lock().iter().find(|room| room.room_id == request.room_id).cloned();
        let room = room.ok_or_else(|| Refusal::from(ErrorReason::RoomNotFound))?;
        Ok(v1::GetRoomResponse { room: Some(room) })
    }
}

type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<Response<T>, Status>> + Send + 'a>>;

/// What a gateway never asks.
macro_rules! unasked {
    ($($name:ident: $request:ident -> $response:ty),* $(,)?) => {
        $(fn $name<'a, 'b>(&'a self, _: Request<v1::$request>) -> Answer<'b, $response>
        where
            'a: 'b,
            Self: 'b,
        {
            Box::pin(async { Err(Status::unimplemented("a gateway asks no such thing")) })
        })*
    };
}

impl RoomService for FakeRooms {
    fn list_rooms<'a, 'b>(
        &'a self,
        request: Request<v1::ListRoomsRequest>,
    ) -> Answer<'b, v1::ListRoomsResponse>
    where
        'a: 'b,
        Self: 'b,
    {
        Box::pin(async move { self.list(request.into_inner()).await.map(Response::new) })
    }

    fn get_room<'a, 'b>(&'a self, request: Request<v1::GetRoomRequest>) -> Answer<'b, v1::GetRoomResponse>
    where
        'a: 'b,
        Self: 'b,
    {
        Box::pin(async move { self.get(request.into_inner()).await.map(Response::new) })
    }

    type WatchRoomStream = BoxStream<v1::WatchRoomResponse>;
    type WatchRoomsStream = BoxStream<v1::WatchRoomsResponse>;

    unasked! {
        create_room: CreateRoomRequest -> v1::CreateRoomResponse,
        update_room: UpdateRoomRequest -> v1::UpdateRoomResponse,
        close_room: CloseRoomRequest -> v1::CloseRoomResponse,
        list_participants: ListParticipantsRequest -> v1::ListParticipantsResponse,
        get_participant: GetParticipantRequest -> v1::GetParticipantResponse,
        update_participant: UpdateParticipantRequest -> v1::UpdateParticipantResponse,
        remove_participant: RemoveParticipantRequest -> v1::RemoveParticipantResponse,
        allow_participant: AllowParticipantRequest -> v1::AllowParticipantResponse,
        send_message: SendMessageRequest -> v1::SendMessageResponse,
        explain_session: ExplainSessionRequest -> v1::ExplainSessionResponse,
        watch_room: WatchRoomRequest -> Self::WatchRoomStream,
        watch_rooms: WatchRoomsRequest -> Self::WatchRoomsStream,
    }
}
