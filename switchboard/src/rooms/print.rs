//! What came from the API, for people in tables and sentences, for programs as JSON.
//!
//! Names, metadata and messages are other people's text: on a terminal nothing of it may be more than text.

use std::fmt::Write as _;
use std::io::{self, StdoutLock, Write};
use std::time::{Duration, SystemTime};

use switchboard_proto::Millis;
use switchboard_proto::v1::event::Event as Kind;
use switchboard_proto::v1::watch_room_response::Response as Told;
use switchboard_proto::v1::{self, ParticipantState};

use super::api::Failed;

/// As much of a text as a table or a line shows.
const SHOWN_CHARS: usize = 60;
/// The last second that RFC 3339 has, in milliseconds.
const TIME_MAX_MS: u64 = 253_402_300_799_000;

/// Standard output, and how it is to be told.
pub(super) struct Out {
    pub(super) json: bool,
    to: StdoutLock<'static>,
}

impl Out {
    pub(super) fn new(json: bool) -> Self {
        Self { json, to: io::stdout().lock() }
    }

    pub(super) fn to(&mut self) -> &mut impl Write {
        &mut self.to
    }

    fn say(&mut self, text: &str) -> Result<(), Failed> {
        self.to.write_all(text.as_bytes()).and_then(|()| self.to.flush()).map_err(Failed::Output)
    }

    /// A message of the contract as a line of JSON.
    pub(super) fn line(&mut self, message: &impl serde::Serialize) -> Result<(), Failed> {
        let line = serde_json::to_string(message).map_err(|error| Failed::Fault(error.to_string()))?;
        self.say(&(line + "\n"))
    }

    /// Something beside what was asked for: never among what a program reads.
    pub(super) fn note(&mut self, text: &str) -> Result<(), Failed> {
        writeln!(io::stderr(), "{}", plain(text)).map_err(Failed::Output)
    }

    pub(super) fn rooms(&mut self, rooms: &[v1::Room]) -> Result<(), Failed> {
        if rooms.is_empty() {
            return self.say("There are no rooms.\n");
        }
        let rows = rooms.iter().map(|room| {
            let locked = room.settings.as_ref().and_then(|settings| settings.locked).unwrap_or_default();
            [
                plain(&room.room_id),
                room.participant_count.to_string(),
                when(room.create_time),
                if locked { "locked" } else { "open" }.to_owned(),
                plain(&room.metadata),
            ]
        });
        let text = table(["ROOM", "PEOPLE", "CREATED", "STATE", "METADATA"], rows);
        self.say(&text)
    }

    pub(super) fn room(&mut self, room: &v1::Room) -> Result<(), Failed> {
        let text = room_told(room);
        self.say(&text)
    }

    pub(super) fn story(&mut self, room: &str, told: &v1::ExplainSessionResponse) -> Result<(), Failed> {
        let text = story_told(room, told);
        self.say(&text)
    }

    /// One thing of a watch.
    pub(super) fn watched(&mut self, response: &v1::WatchRoomResponse) -> Result<(), Failed> {
        if self.json {
            return self.line(response);
        }
        let text = watched_told(response);
        self.say(&text)
    }
}

/// Other people's text, on one line and as nothing but text: what a terminal takes for a command is written out, and
/// so is what turns the direction of text around.
pub(super) fn plain(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        let turns = matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if c.is_control() || turns || matches!(c, '\u{2028}' | '\u{2029}') {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    shown
}

fn short(text: &str) -> String {
    let mut shown: String = text.chars().take(SHOWN_CHARS).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

fn when(at: Option<pbjson_types::Timestamp>) -> String {
    at.map_or_else(|| "-".to_owned(), |at| time(Millis::from(at)))
}

/// UTC, by RFC 3339, which has no year above 9999.
fn time(at: Millis) -> String {
    let at = SystemTime::UNIX_EPOCH + Duration::from_millis(at.0.min(TIME_MAX_MS));
    humantime::format_rfc3339_millis(at).to_string()
}

/// Rows below their names, each column as wide as its widest.
fn table<const N: usize>(names: [&str; N], rows: impl Iterator<Item = [String; N]>) -> String {
    let rows: Vec<_> = std::iter::once(names.map(str::to_owned))
        .chain(rows.map(|row| row.map(|cell| short(&cell))))
        .collect();
    let mut widths = [0; N];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = String::new();
    for row in &rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(widths) {
            // Writing to a text does not fail.
            let _ = write!(line, "{cell:<width$}  ");
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

fn room_told(room: &v1::Room) -> String {
    let settings = room.settings.unwrap_or_default();
    let mut text = String::new();
    let mut line = |name: &str, value: &str| {
        if !value.is_empty() {
            let _ = writeln!(text, "{name:<15} {value}");
        }
    };
    let seconds = |time: &Option<pbjson_types::Duration>| {
        let ms = time.as_ref().and_then(switchboard_proto::millis);
        ms.map(|ms| humantime::format_duration(Duration::from_millis(ms)).to_string()).unwrap_or_default()
    };
    line("room", &plain(&room.room_id));
    line("created", &when(room.create_time));
    line("people", &format!("{} of {}", room.participant_count, settings.participants_max));
    line("locked", if settings.locked.unwrap_or_default() { "yes" } else { "no" });
    line(
        "shares",
        if settings.share_policy() == v1::SharePolicy::Multiple {
            "several at a time"
        } else {
            "one at a time"
        },
    );
    line("resume window", &seconds(&settings.resume_window));
    line("metadata", &plain(&room.metadata));
    if !room.participants.is_empty() {
        text.push('\n');
        text.push_str(&people(&room.participants));
    }
    text
}

fn people(participants: &[v1::Participant]) -> String {
    let rows = participants.iter().map(|participant| {
        let state = match participant.state() {
            ParticipantState::Joined => "joined",
            ParticipantState::Reconnecting => "reconnecting",
            ParticipantState::Unspecified => "-",
        };
        let share = if participant.share.is_some() { "sharing" } else { "" };
        [
            plain(&participant.participant_id),
            state.to_owned(),
            when(participant.join_time),
            share.to_owned(),
            plain(&participant.session_id),
            plain(&participant.metadata),
        ]
    });
    table(["IDENTITY", "STATE", "SINCE", "SHARE", "SESSION", "METADATA"], rows)
}

fn story_told(room: &str, told: &v1::ExplainSessionResponse) -> String {
    let mut text = format!("{}\n", plain(&told.summary));
    let whose = [("room", room), ("participant", &told.participant_id), ("session", &told.session_id)];
    text.push('\n');
    for (name, value) in whose.into_iter().filter(|(_, value)| !value.is_empty()) {
        let _ = writeln!(text, "{name:<12} {}", plain(value));
    }
    if !told.other_session_ids.is_empty() {
        let _ = writeln!(text, "{:<12} {}", "others", plain(&told.other_session_ids.join(", ")));
    }
    text.push('\n');
    for fact in &told.facts {
        let at = if fact.time.is_some() { when(fact.time) } else { "at a time not known".to_owned() };
        let _ = writeln!(text, "{at:<25} {}", plain(&fact.sentence));
    }
    match told.log_begin_time {
        Some(from) => {
            let _ = writeln!(text, "\nThe room's log begins at {}.", time(from.into()));
        }
        None => text.push_str("\nNothing is left of the room's log.\n"),
    }
    text
}

fn watched_told(response: &v1::WatchRoomResponse) -> String {
    match &response.response {
        Some(Told::Snapshot(snapshot)) => {
            let mut text = snapshot.room.as_ref().map(room_told).unwrap_or_default();
            if !snapshot.participants.is_empty() {
                let _ = write!(text, "\n{}", people(&snapshot.participants));
            }
            if !snapshot.more {
                text.push('\n');
            }
            text
        }
        Some(Told::Reset(reset)) => {
            format!("what was missed is gone ({}); the room as it is now:\n", reset.reason().as_str_name())
        }
        Some(Told::Event(event)) => event_told(event),
        None => String::new(),
    }
}

fn event_told(event: &v1::Event) -> String {
    let name = |id: &str| plain(id);
    let what = match &event.event {
        Some(Kind::ParticipantJoined(joined)) => {
            let id = joined.participant.as_ref().map(|participant| participant.participant_id.as_str());
            format!("{} joined", name(id.unwrap_or_default()))
        }
        Some(Kind::ParticipantLeft(left)) => {
            let why = left.reason().as_str_name().trim_start_matches("LEAVE_REASON_").to_ascii_lowercase();
            format!("{} left ({})", name(&left.participant_id), why.replace('_', " "))
        }
        Some(Kind::ParticipantUpdated(updated)) => {
            format!(
                "{} has new metadata: {}",
                name(&updated.participant_id),
                short(&plain(&updated.metadata))
            )
        }
        Some(Kind::ParticipantReconnecting(lost)) => {
            format!("{} is reconnecting, until {}", name(&lost.participant_id), when(lost.expire_time))
        }
        Some(Kind::ParticipantReturned(back)) => format!("{} is back", name(&back.participant_id)),
        Some(Kind::ShareStarted(share)) => format!("{} shares", name(&share.participant_id)),
        Some(Kind::ShareEnded(share)) => {
            let why =
                share.reason().as_str_name().trim_start_matches("SHARE_END_REASON_").to_ascii_lowercase();
            format!("{} shares no more ({why})", name(&share.participant_id))
        }
        Some(Kind::MessageReceived(message)) => {
            let from =
                event.from.as_ref().map(|from| from.participant_id.as_str()).filter(|id| !id.is_empty());
            format!("{}: {}", name(from.unwrap_or("the API")), short(&plain(&message.body)))
        }
        Some(Kind::RoomUpdated(_)) => "the room's settings or metadata changed".to_owned(),
        Some(Kind::RoomClosed(closed)) => {
            let why =
                closed.reason().as_str_name().trim_start_matches("ROOM_CLOSE_REASON_").to_ascii_lowercase();
            format!("the room is closed ({why})")
        }
        Some(Kind::RenegotiateRequested(_)) => {
            let from = event.from.as_ref().map(|from| from.participant_id.as_str()).unwrap_or_default();
            format!("{} asks the others to offer again", name(from))
        }
        // Not told to who watches.
        Some(Kind::SignalReceived(_)) | None => return String::new(),
    };
    let unstored = if event.stored { "" } else { " (not stored yet)" };
    format!("{:<25} {what}{unstored}\n", when(event.time))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_others_is_nothing_but_text() {
        assert_eq!(plain("Zürich {1} 🦀"), "Zürich {1} 🦀");
        assert_eq!(plain("a\u{1b}[2Jb\r\nc\u{7}"), "a\\u{1b}[2Jb\\r\\nc\\u{7}");
        assert_eq!(plain("a\u{202e}b\u{85}"), "a\\u{202e}b\\u{85}");
        let event = v1::Event {
            event: Some(Kind::MessageReceived(v1::MessageReceived { body: "\u{1b}]0;x\u{7}".into() })),
            from: Some(v1::Sender { participant_id: "ann".into(), ..Default::default() }),
            stored: true,
            ..Default::default()
        };
        assert!(!event_told(&event).trim_end().contains(char::is_control), "{:?}", event_told(&event));
    }

    #[test]
    fn columns_are_as_wide_as_their_widest() {
        let rows = [["a", "1"], ["long name", "22"]].map(|row| row.map(str::to_owned));
        assert_eq!(table(["ROOM", "N"], rows.into_iter()), "ROOM       N\na          1\nlong name  22\n");
        assert_eq!(short(&"x".repeat(100)).chars().count(), SHOWN_CHARS + 1);
    }

    #[test]
    fn every_time_can_be_told() {
        assert_eq!(time(Millis(1_000)), "1970-01-01T00:00:01.000Z");
        assert_eq!(time(Millis(u64::MAX)), "9999-12-31T23:59:59.000Z");
    }

    #[test]
    fn json_is_the_contracts() {
        let room = v1::Room { room_id: "a".into(), participant_count: 2, ..Default::default() };
        let json: serde_json::Value = serde_json::to_value(&room).expect("is JSON");
        assert_eq!((json["roomId"].as_str(), json["participantCount"].as_u64()), (Some("a"), Some(2)));
    }
}
