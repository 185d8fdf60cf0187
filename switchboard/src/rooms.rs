//! `switchboard rooms` and `switchboard why`: what an operator asks and does over the gRPC API.
//!
//! [`api`] finds the way there and repeats what may be repeated, [`print`] says what came, [`watch`] follows a room.

mod api;
mod print;
mod watch;

use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use switchboard_proto::v1::{self, ErrorReason};

pub(crate) use api::ApiFlags;
use api::{Api, Failed};
use print::Out;

use crate::settings::Mistakes;
use crate::{EXIT_FAULT, EXIT_SETTINGS};

/// Rooms or participants that one call brings.
const PAGE: i32 = 500;

const EXIT_CODES: &str = "Exit codes: 0 done, 1 refused or not there, 64 a wrong argument or setting, 69 the API can't be \
reached or is away, 70 a fault.";

/// `switchboard rooms`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct Rooms {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    api: ApiFlags,
}

/// What is to be done with rooms.
#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Lists the rooms, page by page to the last
    List {
        /// Only rooms with somebody in them
        #[arg(long)]
        occupied: bool,
    },
    /// Shows a room and who is in it
    Show {
        /// The room
        room: String,
    },
    /// Shows what happens in a room, live, until Ctrl-C or until the room is closed; goes on by itself after a break.
    /// Signals are not told
    Watch {
        /// The room
        room: String,
    },
    /// Puts a participant out of a room; it may not come back until its time is over or it is allowed
    Remove {
        /// The room
        room: String,
        /// Who, by its identity; needs not be there
        identity: String,
        /// For how long, 1s to 30days [default: until rooms allow]
        #[arg(long = "for", value_name = "TIME", value_parser = humantime::parse_duration)]
        duration: Option<Duration>,
    },
    /// Takes a removal back
    Allow {
        /// The room
        room: String,
        /// Who, by its identity
        identity: String,
    },
    /// Closes a room and ends the sessions in it; a later join makes it anew
    Close {
        /// The room
        room: String,
    },
}

/// `switchboard why`.
///
/// What became of a session: how it came, lost its connections and why, and ended. As far back as the room's log goes,
/// which is 5 minutes at least unless much happened; and the ends of the newest sessions, up to an hour after the room
/// was closed.
#[derive(Debug, clap::Args)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct Why {
    /// The room
    room: String,
    /// The session, or the identity of a participant: then its newest session
    #[arg(value_name = "SESSION|IDENTITY")]
    whose: String,
    #[command(flatten)]
    api: ApiFlags,
}

/// Does what was asked with rooms.
pub(crate) async fn run(rooms: Rooms) -> ExitCode {
    let out = Out::new(rooms.api.json);
    let api = match Api::of(&rooms.api) {
        Ok(api) => api,
        Err(mistakes) => return wrong(&mistakes, "rooms"),
    };
    ended(match rooms.command {
        Command::List { occupied } => list(&api, out, occupied).await,
        Command::Show { room } => show(&api, out, room).await,
        Command::Watch { room } => watch::watch(&api, out, room).await,
        Command::Remove { room, identity, duration } => remove(&api, out, room, identity, duration).await,
        Command::Allow { room, identity } => allow(&api, out, room, identity).await,
        Command::Close { room } => close(&api, out, room).await,
    })
}

/// Tells what became of a session.
pub(crate) async fn why(why: Why) -> ExitCode {
    let out = Out::new(why.api.json);
    let api = match Api::of(&why.api) {
        Ok(api) => api,
        Err(mistakes) => return wrong(&mistakes, "why"),
    };
    ended(explain(&api, out, &why.room, &why.whose).await)
}

fn wrong(mistakes: &Mistakes, command: &str) -> ExitCode {
    eprintln!(
        "{}\nHelp: switchboard {command} --help",
        mistakes.as_text(&format!("switchboard {command} can't go on"))
    );
    EXIT_SETTINGS.into()
}

fn ended(done: Result<(), Failed>) -> ExitCode {
    let failed = match done {
        Ok(()) => return ExitCode::SUCCESS,
        // Whoever read what is told has enough.
        Err(Failed::Output(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => {
            return ExitCode::SUCCESS;
        }
        Err(failed) => failed,
    };
    eprintln!("{failed}");
    match failed {
        Failed::Refused(_) => ExitCode::FAILURE,
        Failed::Token(_) => EXIT_SETTINGS.into(),
        Failed::Away(_) => crate::EXIT_ADDRESS.into(),
        Failed::Output(_) | Failed::Fault(_) => EXIT_FAULT.into(),
    }
}

async fn list(api: &Api, mut out: Out, occupied_only: bool) -> Result<(), Failed> {
    let mut page_token = String::new();
    let mut rooms = Vec::new();
    loop {
        let request = v1::ListRoomsRequest {
            page_size: PAGE,
            page_token,
            view: v1::RoomView::Basic.into(),
            occupied_only,
        };
        let page = api.call(&request, |mut client, request| async move { client.list_rooms(request).await });
        let page = page.await?;
        if out.json {
            // Page by page: there may be many.
            page.rooms.iter().try_for_each(|room| out.line(room))?;
        } else {
            rooms.extend(page.rooms);
        }
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    if !out.json {
        out.rooms(&rooms)?;
    }
    Ok(())
}

async fn show(api: &Api, mut out: Out, room_id: String) -> Result<(), Failed> {
    let request = v1::GetRoomRequest { room_id: room_id.clone(), view: v1::RoomView::Basic.into() };
    let room =
        api.call(&request, |mut client, request| async move { client.get_room(request).await }).await?;
    let mut room = room.room.unwrap_or_default();
    let mut page_token = String::new();
    loop {
        let request = v1::ListParticipantsRequest { room_id: room_id.clone(), page_size: PAGE, page_token };
        let page =
            api.call(&request, |mut client, request| async move { client.list_participants(request).await });
        let page = page.await?;
        room.participants.extend(page.participants);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    if out.json { out.line(&room) } else { out.room(&room) }
}

async fn remove(
    api: &Api,
    mut out: Out,
    room_id: String,
    participant_id: String,
    duration: Option<Duration>,
) -> Result<(), Failed> {
    let wire =
        |time: Duration| switchboard_proto::duration(u64::try_from(time.as_millis()).unwrap_or(u64::MAX));
    let request = v1::RemoveParticipantRequest {
        room_id,
        participant_id,
        request_id: api::request_id()?,
        duration: duration.map(wire),
    };
    let done =
        api.call(&request, |mut client, request| async move { client.remove_participant(request).await });
    done.await?;
    let until = match duration {
        Some(time) => format!("for {}", humantime::format_duration(time)),
        None => "until it is allowed again (switchboard rooms allow)".to_owned(),
    };
    let v1::RemoveParticipantRequest { room_id, participant_id, .. } = &request;
    out.done(&format_args!("{participant_id} is removed from {room_id}, {until}."))
}

async fn allow(api: &Api, mut out: Out, room_id: String, participant_id: String) -> Result<(), Failed> {
    let request = v1::AllowParticipantRequest { room_id, participant_id, request_id: api::request_id()? };
    let done =
        api.call(&request, |mut client, request| async move { client.allow_participant(request).await });
    done.await?;
    let v1::AllowParticipantRequest { room_id, participant_id, .. } = &request;
    out.done(&format_args!("{participant_id} may join {room_id} again."))
}

async fn close(api: &Api, mut out: Out, room_id: String) -> Result<(), Failed> {
    let request = v1::CloseRoomRequest { room_id, request_id: api::request_id()? };
    api.call(&request, |mut client, request| async move { client.close_room(request).await }).await?;
    out.done(&format_args!("{} is closed.", request.room_id))
}

async fn explain(api: &Api, mut out: Out, room: &str, whose: &str) -> Result<(), Failed> {
    let mut request = v1::ExplainSessionRequest {
        room_id: room.to_owned(),
        session_id: whose.to_owned(),
        participant_id: String::new(),
    };
    let ask = async |api: &Api, request: &v1::ExplainSessionRequest| {
        api.call(request, |mut client, request| async move { client.explain_session(request).await }).await
    };
    let told = match ask(api, &request).await {
        // No session of that name: then it is somebody's.
        Err(Failed::Refused(refusal)) if refusal.reason == ErrorReason::SessionNotFound => {
            request.participant_id = std::mem::take(&mut request.session_id);
            ask(api, &request).await?
        }
        other => other?,
    };
    if out.json { out.line(&told) } else { out.story(room, &told) }
}

impl Out {
    /// Says that something is done; nothing to a program, which has the exit code.
    fn done(&mut self, what: &std::fmt::Arguments<'_>) -> Result<(), Failed> {
        if self.json {
            return Ok(());
        }
        writeln!(self.to(), "{}", print::plain(&what.to_string())).map_err(Failed::Output)
    }
}
