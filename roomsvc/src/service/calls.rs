//! The unary calls of `RoomService`.

use std::ops::Deref;
use std::sync::Arc;

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::stream::BoxStream;
use prost::Message;
use switchboard_auth::audit::{Record, What};
use switchboard_proto::v1::room_service_server::{RoomService, RoomServiceServer};
use switchboard_proto::v1::{self, ErrorReason};
use switchboard_proto::{Refusal, RoomId};
use switchboard_telemetry::{Span, SpanKind};
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};
use tonic::server::NamedService as _;
use tonic::{Code, Request, Response, Status};

use super::validate::{
    Check, MESSAGE_BYTES_MAX, METADATA_BYTES_MAX, REQUEST_ID_BYTES_MAX, bad_page_token, masked, page_size,
};
use super::{explain, list, rooms_watch, watch};
use crate::access::{self, Need, Who};
use crate::config::Config;
use crate::directory::Directory;
use crate::partition::{Call, Command, Input, RequestKey};
use crate::room::{self, ApiAction, Phase, Room, SettingsPatch};
use crate::store::{Store, StoreError};

/// Where the caller's place in a trace stands in a call, by W3C.
const TRACEPARENT: &str = "traceparent";

/// A call that may be made. Its span ends with it.
struct Admitted {
    who: Who,
    span: Option<Box<Span>>,
}

impl Deref for Admitted {
    type Target = Who;

    fn deref(&self) -> &Who {
        &self.who
    }
}

impl Admitted {
    /// Its span hears how it went.
    fn answered<R>(&mut self, answer: &Result<R, Refusal>) {
        let Some(span) = &mut self.span else { return };
        let code = answer.as_ref().err().map_or(Code::Ok, |refusal| refusal.reason.code());
        span.set("rpc.grpc.status_code", code as i64);
        if let Err(refusal) = answer {
            span.set("switchboard.refused", refusal.reason.name());
            // By OpenTelemetry's rule only these are a server's own failures; others are their callers'.
            if matches!(
                code,
                Code::Unknown
                    | Code::DeadlineExceeded
                    | Code::Unimplemented
                    | Code::Internal
                    | Code::Unavailable
                    | Code::DataLoss
            ) {
                span.fail(refusal.reason.name());
            }
        }
    }
}

/// The API.
pub(crate) struct Rooms {
    directory: Arc<Directory>,
    config: Config,
}

impl Rooms {
    /// The API over the partitions of `directory`.
    pub(crate) fn new(directory: Arc<Directory>, config: Config) -> Self {
        Self { directory, config }
    }

    /// Who calls, if it may; a refusal is counted as the call's.
    async fn admit<T>(
        &self,
        method: &'static str,
        request: &Request<T>,
        need: Need<'_>,
    ) -> Result<Admitted, Status> {
        let admitted = self.config.access.admit(request, need).await;
        let who = admitted.inspect_err(|refusal| {
            self.directory.parts.metrics.call(method, Some(refusal.reason));
            let room = match need {
                Need::Room(room) | Need::Look(Some(room)) => Some(room),
                Need::List | Need::Look(None) => None,
            };
            let reason = Some(refusal.reason.name());
            Record { way: method, room, from: access::from(request), reason, ..Record::default() }
                .write(What::Refused);
        })?;
        // Only who may call is heard: nobody else takes of what callers may have traced.
        let traceparent = request.metadata().get(TRACEPARENT).and_then(|text| text.to_str().ok());
        let span = traceparent.and_then(|text| self.traced(method, need, text));
        Ok(Admitted { who, span })
    }

    /// The span of a unary call whose caller traces it.
    fn traced(&self, method: &'static str, need: Need<'_>, traceparent: &str) -> Option<Box<Span>> {
        if method.starts_with("Watch") {
            return None;
        }
        let tracer = &self.directory.parts.tracer;
        let span = tracer.child(tracer.of_caller(traceparent)?, method, SpanKind::Server);
        let span = span.with("rpc.system", "grpc").with("rpc.service", RoomServiceServer::<Self>::NAME);
        let span = span.with("rpc.method", method);
        Some(Box::new(match need {
            Need::Room(room) | Need::Look(Some(room)) => span.with("switchboard.room", room.to_owned()),
            Need::List | Need::Look(None) => span,
        }))
    }

    /// Has a change decided by its room and waits for the answer.
    ///
    /// Dropping the future (the caller went away) leaves the command in the room's queue: it happens or not, and
    /// a repeat of its `request_id` tells.
    async fn change<R: Message + Default>(
        &self,
        who: &mut Admitted,
        method: &'static str,
        room: RoomId,
        request: Option<RequestKey>,
        action: ApiAction,
    ) -> Result<Response<R>, Status> {
        let trace = who.span.as_ref().map(|span| {
            let span = self.directory.parts.tracer.child(span.context(), "append", SpanKind::Internal);
            Box::new(span.with("switchboard.room", room.to_string()))
        });
        let answer = self.decided(room, request, action, trace).await;
        who.answered(&answer);
        self.directory.parts.metrics.call(method, answer.as_ref().err().map(|refusal| refusal.reason));
        let response = R::decode(&*answer?).map_err(|_| Refusal::from(ErrorReason::Internal))?;
        Ok(Response::new(response))
    }

    async fn decided(
        &self,
        room: RoomId,
        request: Option<RequestKey>,
        action: ApiAction,
        trace: Option<Box<Span>>,
    ) -> Result<Vec<u8>, Refusal> {
        let partition = self.directory.of(&room)?;
        let deadline = Instant::now() + self.config.call_deadline;
        let (reply, answer) = oneshot::channel();
        let key = request.as_ref().map(|request| request.key.clone());
        let call = Call { action: action.clone(), request, reply };
        let command = room::Command::Api { request: key, action };
        let command = Box::new(Command { command, link: None, call: Some(call), trace });
        let answered = async {
            partition.send(Input::Call { room, command }).await?;
            // A partition that stops drops the caller; whether it still appended is not known.
            answer.await.unwrap_or(Err(ErrorReason::OutcomeUnknown))
        };
        match timeout_at(deadline, answered).await {
            Ok(answer) => answer.map_err(Refusal::from),
            Err(_) => Err(ErrorReason::OutcomeUnknown.into()),
        }
    }

    async fn read(&self, room: &RoomId) -> Result<Room, Refusal> {
        read(self.directory.parts.store.as_ref(), room).await
    }

    /// Counts a call that reads.
    fn told<R>(
        &self,
        who: &mut Admitted,
        method: &'static str,
        answer: Result<R, Refusal>,
    ) -> Result<Response<R>, Status> {
        who.answered(&answer);
        self.directory.parts.metrics.call(method, answer.as_ref().err().map(|refusal| refusal.reason));
        Ok(Response::new(answer?))
    }
}

/// The room as the store has it.
pub(super) async fn read(store: &dyn Store, room: &RoomId) -> Result<Room, Refusal> {
    let stored = store.load(room).await.map_err(|error| store_refusal(&error, Some(room)))?;
    stored.filter(|room| room.phase() == Phase::Open).ok_or_else(|| ErrorReason::RoomNotFound.into())
}

/// A failed read: nothing was changed, so it is simply away.
pub(super) fn store_refusal(error: &StoreError, room: Option<&RoomId>) -> Refusal {
    tracing::warn!(room = room.map(RoomId::as_str), %error, "the store can't be read");
    match error {
        StoreError::Refused(_) | StoreError::Unclear(_) => ErrorReason::StoreUnavailable.into(),
        StoreError::Unreadable(_) => ErrorReason::UnsupportedVersion.into(),
    }
}

fn sha256(parts: &[&[u8]]) -> String {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in parts {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part);
    }
    URL_SAFE_NO_PAD.encode(context.finish())
}

/// The place of a `request_id` in the store: of one caller, method and room (S12).
fn request_key(
    check: &mut Check,
    who: &Who,
    method: &str,
    room_id: &str,
    request_id: &str,
    request: &impl Message,
) -> Option<RequestKey> {
    check.bytes("request_id", request_id, REQUEST_ID_BYTES_MAX);
    if request_id.is_empty() {
        return None;
    }
    let key = sha256(&[who.name().as_bytes(), method.as_bytes(), room_id.as_bytes(), request_id.as_bytes()]);
    Some(RequestKey { key, digest: sha256(&[&request.encode_to_vec()]) })
}

const ROOM_FIELDS: [&str; 7] = [
    "metadata",
    "settings.participants_max",
    "settings.share_policy",
    "settings.resume_window",
    "settings.empty_timeout",
    "settings.departure_timeout",
    "settings.locked",
];

#[tonic::async_trait]
impl RoomService for Rooms {
    async fn create_room(
        &self,
        request: Request<v1::CreateRoomRequest>,
    ) -> Result<Response<v1::CreateRoomResponse>, Status> {
        let mut who = self.admit("CreateRoom", &request, Need::Room(&request.get_ref().room_id)).await?;
        let r = request.into_inner();
        let mut check = Check::default();
        let room = check.room("room_id", &r.room_id);
        check.bytes("metadata", &r.metadata, METADATA_BYTES_MAX);
        let settings = check.settings(r.settings.as_ref(), "settings");
        let key = request_key(&mut check, &who, "CreateRoom", &r.room_id, &r.request_id, &r);
        let room = check.done(room)?;
        self.change(&mut who, "CreateRoom", room, key, ApiAction::Create { settings, metadata: r.metadata })
            .await
    }

    async fn get_room(
        &self,
        request: Request<v1::GetRoomRequest>,
    ) -> Result<Response<v1::GetRoomResponse>, Status> {
        let mut who = self.admit("GetRoom", &request, Need::Look(Some(&request.get_ref().room_id))).await?;
        let mut check = Check::default();
        let id = check.room("room_id", &request.get_ref().room_id);
        let view = list::parse_view(&mut check, request.get_ref().view);
        let id = check.done(id)?;
        let room = self.read(&id).await;
        self.told(
            &mut who,
            "GetRoom",
            room.map(|room| v1::GetRoomResponse { room: Some(list::view(&room, view)) }),
        )
    }

    async fn list_rooms(
        &self,
        request: Request<v1::ListRoomsRequest>,
    ) -> Result<Response<v1::ListRoomsResponse>, Status> {
        let mut who = self.admit("ListRooms", &request, Need::Look(None)).await?;
        let deadline = Instant::now() + self.config.call_deadline;
        let answer = list::list(&self.directory, request.get_ref(), &who, deadline).await;
        self.told(&mut who, "ListRooms", answer)
    }

    async fn update_room(
        &self,
        request: Request<v1::UpdateRoomRequest>,
    ) -> Result<Response<v1::UpdateRoomResponse>, Status> {
        let named = request.get_ref().room.as_ref().map(|room| room.room_id.clone()).unwrap_or_default();
        let mut who = self.admit("UpdateRoom", &request, Need::Room(&named)).await?;
        let r = request.into_inner();
        let mut check = Check::default();
        let wanted = r.room.clone().unwrap_or_default();
        let room = check.room("room.room_id", &wanted.room_id);
        check.bytes("room.metadata", &wanted.metadata, METADATA_BYTES_MAX);
        let patch = check.settings(wanted.settings.as_ref(), "room.settings");
        let named = masked(&mut check, r.update_mask.as_ref(), &ROOM_FIELDS);
        let all = r.update_mask.as_ref().is_none_or(|mask| mask.paths.is_empty());
        let key = request_key(&mut check, &who, "UpdateRoom", &wanted.room_id, &r.request_id, &r);
        let room = check.done(room)?;
        let has = |field: &str| named.contains(&field);
        let settings = SettingsPatch {
            participants_max: patch.participants_max.filter(|_| has("settings.participants_max")),
            shares_many: patch.shares_many.filter(|_| has("settings.share_policy")),
            resume_window_ms: patch.resume_window_ms.filter(|_| has("settings.resume_window")),
            empty_timeout_ms: patch.empty_timeout_ms.filter(|_| has("settings.empty_timeout")),
            departure_timeout_ms: patch.departure_timeout_ms.filter(|_| has("settings.departure_timeout")),
            locked: patch.locked.filter(|_| has("settings.locked")),
        };
        // Without a mask all that is set changes (AIP-134); metadata can be emptied only by naming it.
        let metadata = (has("metadata") && !(all && wanted.metadata.is_empty())).then_some(wanted.metadata);
        self.change(&mut who, "UpdateRoom", room, key, ApiAction::Update { settings, metadata }).await
    }

    async fn close_room(
        &self,
        request: Request<v1::CloseRoomRequest>,
    ) -> Result<Response<v1::CloseRoomResponse>, Status> {
        let mut who = self.admit("CloseRoom", &request, Need::Room(&request.get_ref().room_id)).await?;
        let from = access::from(&request);
        let r = request.into_inner();
        let mut check = Check::default();
        let room = check.room("room_id", &r.room_id);
        let key = request_key(&mut check, &who, "CloseRoom", &r.room_id, &r.request_id, &r);
        let room = check.done(room)?;
        let done = self.change(&mut who, "CloseRoom", room, key, ApiAction::Close).await?;
        Record { way: "CloseRoom", room: Some(&r.room_id), from, ..who.record() }.write(What::Closed);
        Ok(done)
    }

    async fn list_participants(
        &self,
        request: Request<v1::ListParticipantsRequest>,
    ) -> Result<Response<v1::ListParticipantsResponse>, Status> {
        let mut who =
            self.admit("ListParticipants", &request, Need::Room(&request.get_ref().room_id)).await?;
        let r = request.into_inner();
        let mut check = Check::default();
        let id = check.room("room_id", &r.room_id);
        let size = page_size(&mut check, r.page_size);
        let id = check.done(id)?;
        let after =
            URL_SAFE_NO_PAD.decode(&r.page_token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let after = after.ok_or_else(bad_page_token)?;
        let answer = self.read(&id).await.map(|room| {
            let mut rest = room.participants().filter(|p| p.participant_id > after);
            let participants: Vec<_> = rest.by_ref().take(size).collect();
            let last = participants.last().filter(|_| rest.next().is_some());
            let next_page_token = last.map(|p| URL_SAFE_NO_PAD.encode(&p.participant_id)).unwrap_or_default();
            v1::ListParticipantsResponse { participants, next_page_token }
        });
        self.told(&mut who, "ListParticipants", answer)
    }

    async fn get_participant(
        &self,
        request: Request<v1::GetParticipantRequest>,
    ) -> Result<Response<v1::GetParticipantResponse>, Status> {
        let mut who = self.admit("GetParticipant", &request, Need::Room(&request.get_ref().room_id)).await?;
        let r = request.into_inner();
        let mut check = Check::default();
        let room = check.room("room_id", &r.room_id);
        let participant = check.participant("participant_id", &r.participant_id);
        let (room, participant) = check.done(room.zip(participant))?;
        let answer = self.read(&room).await.and_then(|room| {
            let participant = room::participant(&room, &participant);
            let participant = Some(participant.ok_or(ErrorReason::ParticipantNotFound)?);
            Ok(v1::GetParticipantResponse { participant })
        });
        self.told(&mut who, "GetParticipant", answer)
    }

    async fn update_participant(
        &self,
        request: Request<v1::UpdateParticipantRequest>,
    ) -> Result<Response<v1::UpdateParticipantResponse>, Status> {
        let mut who =
            self.admit("UpdateParticipant", &request, Need::Room(&request.get_ref().room_id)).await?;
        let r = request.into_inner();
        let mut check = Check::default();
        let wanted = r.participant.clone().unwrap_or_default();
        let room = check.room("room_id", &r.room_id);
        let participant = check.participant("participant.participant_id", &wanted.participant_id);
        check.bytes("participant.metadata", &wanted.metadata, METADATA_BYTES_MAX);
        masked(&mut check, r.update_mask.as_ref(), &["metadata"]);
        let key = request_key(&mut check, &who, "UpdateParticipant", &r.room_id, &r.request_id, &r);
        let (room, participant) = check.done(room.zip(participant))?;
        let action = ApiAction::UpdateParticipant { participant, metadata: Some(wanted.metadata) };
        self.change(&mut who, "UpdateParticipant", room, key, action).await
    }

    async fn remove_participant(
        &self,
        request: Request<v1::RemoveParticipantRequest>,
    ) -> Result<Response<v1::RemoveParticipantResponse>, Status> {
        let mut who =
            self.admit("RemoveParticipant", &request, Need::Room(&request.get_ref().room_id)).await?;
        let from = access::from(&request);
        let r = request.into_inner();
        let mut check = Check::default();
        let room = check.room("room_id", &r.room_id);
        let participant = check.participant("participant_id", &r.participant_id);
        let for_ms = check.removal(r.duration.as_ref());
        let key = request_key(&mut check, &who, "RemoveParticipant", &r.room_id, &r.request_id, &r);
        let (room, participant) = check.done(room.zip(participant))?;
        let action = ApiAction::Remove { participant, for_ms, by: who.told() };
        let done = self.change(&mut who, "RemoveParticipant", room, key, action).await?;
        let (room, identity) = (Some(&*r.room_id), Some(&*r.participant_id));
        Record { way: "RemoveParticipant", room, identity, from, ..who.record() }.write(What::Removed);
        Ok(done)
    }

    async fn allow_participant(
        &self,
        request: Request<v1::AllowParticipantRequest>,
    ) -> Result<Response<v1::AllowParticipantResponse>, Status> {
        let mut who =
            self.admit("AllowParticipant", &request, Need::Room(&request.get_ref().room_id)).await?;
        let from = access::from(&request);
        let r = request.into_inner();
        let mut check = Check::default();
        let room = check.room("room_id", &r.room_id);
        let participant = check.participant("participant_id", &r.participant_id);
        let key = request_key(&mut check, &who, "AllowParticipant", &r.room_id, &r.request_id, &r);
        let (room, participant) = check.done(room.zip(participant))?;
        let done =
            self.change(&mut who, "AllowParticipant", room, key, ApiAction::Allow(participant)).await?;
        Record {
            way: "AllowParticipant",
            room: Some(&r.room_id),
            identity: Some(&r.participant_id),
            from,
            ..who.record()
        }
        .write(What::Allowed);
        Ok(done)
    }

    async fn send_message(
        &self,
        request: Request<v1::SendMessageRequest>,
    ) -> Result<Response<v1::SendMessageResponse>, Status> {
        let mut who = self.admit("SendMessage", &request, Need::Room(&request.get_ref().room_id)).await?;
        let r = request.into_inner();
        let mut check = Check::default();
        let room = check.room("room_id", &r.room_id);
        check.bytes("body", &r.body, MESSAGE_BYTES_MAX);
        let to = check.recipients(&r.to);
        let key = request_key(&mut check, &who, "SendMessage", &r.room_id, &r.request_id, &r);
        let room = check.done(room)?;
        self.change(&mut who, "SendMessage", room, key, ApiAction::Message { to, body: r.body }).await
    }

    async fn explain_session(
        &self,
        request: Request<v1::ExplainSessionRequest>,
    ) -> Result<Response<v1::ExplainSessionResponse>, Status> {
        let mut who = self.admit("ExplainSession", &request, Need::Room(&request.get_ref().room_id)).await?;
        let deadline = Instant::now() + self.config.call_deadline;
        let r = request.into_inner();
        let mut check = Check::default();
        let room = check.room("room_id", &r.room_id);
        let whom = check.whom(&r.session_id, &r.participant_id);
        let (room, whom) = check.done(room.zip(whom))?;
        let answer = explain::explain(self.directory.parts.store.as_ref(), &room, whom, deadline).await;
        self.told(&mut who, "ExplainSession", answer)
    }

    type WatchRoomStream = BoxStream<'static, Result<v1::WatchRoomResponse, Status>>;

    async fn watch_room(
        &self,
        request: Request<v1::WatchRoomRequest>,
    ) -> Result<Response<Self::WatchRoomStream>, Status> {
        let mut who = self.admit("WatchRoom", &request, Need::Room(&request.get_ref().room_id)).await?;
        let r = request.into_inner();
        let mut check = Check::default();
        let room = check.room("room_id", &r.room_id);
        let room = check.done(room)?;
        let watched = watch::watch(&self.directory, room, r.position.map(Into::into)).await;
        let watched = watched.map(|stream| who.bound(stream));
        self.told(&mut who, "WatchRoom", watched)
    }

    type WatchRoomsStream = BoxStream<'static, Result<v1::WatchRoomsResponse, Status>>;

    async fn watch_rooms(
        &self,
        request: Request<v1::WatchRoomsRequest>,
    ) -> Result<Response<Self::WatchRoomsStream>, Status> {
        let mut who = self.admit("WatchRooms", &request, Need::List).await?;
        let stream = rooms_watch::watch(self.directory.clone(), who.clone());
        let stream = who.bound(stream);
        self.told(&mut who, "WatchRooms", Ok(stream))
    }
}
