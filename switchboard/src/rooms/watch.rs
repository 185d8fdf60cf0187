//! A room, live: goes on from the last position after every break that may pass.

use std::time::Duration;

use switchboard_proto::v1::watch_room_response::Response as Told;
use switchboard_proto::v1::{self, ErrorReason};
use tokio::time::{sleep, timeout};
use tonic::{Code, Status};

use super::api::{Api, Failed};
use super::print::Out;

/// How long the API may take to take up a watch.
const BEGIN_TIMEOUT: Duration = Duration::from_secs(10);
/// The rest before it is asked again; doubled each time that it is in vain.
const REST_MIN: Duration = Duration::from_millis(250);
const REST_MAX: Duration = Duration::from_secs(5);

/// Watches until Ctrl-C, or until the room is closed.
pub(super) async fn watch(api: &Api, mut out: Out, room: String) -> Result<(), Failed> {
    tokio::select! {
        done = follow(api, &mut out, room) => done,
        _ = tokio::signal::ctrl_c() => Ok(()),
    }
}

async fn follow(api: &Api, out: &mut Out, room: String) -> Result<(), Failed> {
    let mut position = None;
    let mut rest = REST_MIN;
    loop {
        let before = position;
        let status = match watch_once(api, out, &room, &mut position).await? {
            Ended::RoomClosed => return Ok(()),
            Ended::Broken(status) => status,
        };
        let failed = api.failed(&status);
        match &failed {
            // Closed while nobody here looked.
            Failed::Refused(refusal)
                if position.is_some()
                    && matches!(refusal.reason, ErrorReason::RoomClosed | ErrorReason::RoomNotFound) =>
            {
                return out.note(&format!("{room} is closed."));
            }
            // Its token may be a new one by now, and who reads slowly goes on where it was.
            Failed::Refused(refusal)
                if position.is_some()
                    && matches!(refusal.reason, ErrorReason::SlowReader | ErrorReason::TokenExpired)
                    && position != before => {}
            // Somebody who never saw the room is told at once.
            Failed::Away(_) if position.is_some() => {
                if position != before || rest == REST_MIN {
                    out.note(&format!("{failed} Going on from the last position once it is there."))?;
                }
            }
            _ => return Err(failed),
        }
        rest = if position == before { (rest * 2).min(REST_MAX) } else { REST_MIN };
        sleep(rest).await;
    }
}

enum Ended {
    RoomClosed,
    Broken(Status),
}

/// One stream, to its end.
async fn watch_once(
    api: &Api,
    out: &mut Out,
    room: &str,
    position: &mut Option<v1::Position>,
) -> Result<Ended, Failed> {
    let mut client = api.client()?;
    let request = v1::WatchRoomRequest { room_id: room.to_owned(), position: *position };
    let mut stream = match timeout(BEGIN_TIMEOUT, client.watch_room(request)).await {
        Ok(Ok(stream)) => stream.into_inner(),
        Ok(Err(status)) => return Ok(Ended::Broken(status)),
        Err(_) => {
            return Ok(Ended::Broken(Status::unavailable(format!("no answer within {BEGIN_TIMEOUT:?}"))));
        }
    };
    loop {
        let response = match stream.message().await {
            Ok(Some(response)) => response,
            Ok(None) => return Ok(Ended::Broken(Status::new(Code::Unavailable, "the stream has ended"))),
            Err(status) => return Ok(Ended::Broken(status)),
        };
        out.watched(&response)?;
        match &response.response {
            Some(Told::Snapshot(snapshot)) => *position = snapshot.position.or(*position),
            Some(Told::Event(event)) => {
                *position = event.position.or(*position);
                if let Some(v1::event::Event::RoomClosed(_)) = event.event {
                    return Ok(Ended::RoomClosed);
                }
            }
            Some(Told::Reset(_)) | None => {}
        }
    }
}
