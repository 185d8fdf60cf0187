//! What both stores do alike around a log: check an append, and judge what was read.

use serde::{Deserialize, Serialize};
use switchboard_proto::{Position, Seq};

use super::{ANSWER_BYTES_MAX, Append, LOG_PAGE_MAX, LogPage, NextLook, RequestRecord, StoreError};
use crate::room::{self, BadRecord, Entry};

/// Where an append's entries go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Behind the log.
    Follow,
    /// In place of a tombstone or of nothing: what is left there goes first.
    Create,
    /// In place of a log whose end they don't follow unbroken (R8 b): log and fields go first.
    Replace,
}

impl Append {
    /// Where the entries go.
    ///
    /// # Errors
    /// When the append is one that no store may take: a fault of the caller.
    pub(super) fn place(&self) -> Result<Place, StoreError> {
        let refuse = |why: &str| Err(StoreError::Refused(format!("the append to room {}: {why}", self.room)));
        let Some(first) = self.entries.first().map(|entry| entry.position.seq).filter(|seq| *seq > 0) else {
            return refuse("it has no entries");
        };
        let seqs = self.entries.iter().map(|entry| entry.position.seq);
        if seqs.zip(first..).any(|(seq, want)| seq != want) {
            return refuse("its entries have a hole");
        }
        if self.requests.iter().any(|request| request.answer.len() > ANSWER_BYTES_MAX) {
            return refuse("an answer is too long");
        }
        match self.expect {
            Some(head) if Some(first) == head.seq.checked_add(1) => Ok(Place::Follow),
            None => Ok(Place::Create),
            Some(_) if first == 1 => Ok(Place::Create),
            Some(head) if first > head.seq => Ok(Place::Replace),
            Some(_) => refuse("its entries stand before the head"),
        }
    }

    /// The head behind the entries.
    pub(super) fn head(&self) -> Position {
        self.entries.last().map_or(Position::ZERO, |entry| entry.position)
    }

    /// What becomes of the room's place on its partition's list.
    pub(super) fn look(&self) -> Option<NextLook> {
        if self.tombstone_ms.is_some() { Some(NextLook::Gone) } else { self.next_look }
    }
}

/// An entry in its stored form.
#[derive(Debug, Clone)]
pub(crate) struct Stored<T> {
    pub(crate) position: Position,
    pub(crate) entry: T,
    pub(crate) body: T,
}

impl<T: AsRef<str>> Stored<T> {
    pub(crate) fn decode(&self) -> Result<Entry, BadRecord> {
        let mut entry: Entry = serde_json::from_str(self.entry.as_ref())
            .map_err(|error| BadRecord { field: format!("log {}", self.position), why: error.to_string() })?;
        entry.position = self.position;
        self.body.as_ref().clone_into(&mut entry.body);
        Ok(entry)
    }
}

/// The JSON of an entry, for the field `entry`.
pub(crate) fn encode(entry: &Entry) -> String {
    // Plain data with string keys: writing it to a string has no way to fail.
    serde_json::to_string(entry).unwrap_or_default()
}

/// The stored form of a request's record; its key is the store's key.
#[derive(Serialize, Deserialize)]
pub(super) struct StoredRequest {
    digest: String,
    answer: String,
}

impl StoredRequest {
    pub(super) fn encode(record: &RequestRecord) -> String {
        let stored = Self { digest: record.digest.clone(), answer: record.answer.clone() };
        serde_json::to_string(&stored).unwrap_or_default()
    }

    pub(super) fn decode(key: &str, text: &str) -> Result<RequestRecord, BadRecord> {
        let Self { digest, answer } = serde_json::from_str(text)
            .map_err(|error| BadRecord { field: format!("req {key}"), why: error.to_string() })?;
        Ok(RequestRecord { key: key.to_owned(), digest, answer })
    }
}

/// Where a room stands and stood.
pub(super) struct History {
    pub(super) head: Position,
    pub(super) past: Vec<Position>,
}

impl History {
    /// `past` is the field of that name; empty where it is missing.
    pub(super) fn parse(head: Position, past: &str) -> Result<Self, BadRecord> {
        let past = if past.is_empty() { Vec::new() } else { room::parse_past(past)? };
        Ok(Self { head, past })
    }

    fn has(&self, position: Position) -> bool {
        room::in_history(position, self.head, self.past.iter().copied())
    }

    /// What a stale caller at `after` is told of `read`: all of it or, where it does not follow, nothing.
    pub(super) fn tail<T: AsRef<str>>(
        &self,
        after: Position,
        read: &[Stored<T>],
    ) -> Result<Vec<Entry>, BadRecord> {
        if self.has(after) && follows(after.seq, read) {
            read.iter().map(Stored::decode).collect()
        } else {
            Ok(Vec::new())
        }
    }

    /// The page behind `after`, of which the log gave `read`. Contiguity is proven, not believed (S43): the first
    /// entry is the next one, none is missing, and a page that is not full ends at the head.
    pub(super) fn page<T: AsRef<str>>(
        &self,
        after: Position,
        read: &[Stored<T>],
    ) -> Result<LogPage, BadRecord> {
        let head = self.head;
        if !self.has(after) {
            return Ok(LogPage::NotInHistory { head });
        }
        let last = read.last().map_or(after.seq, |entry| entry.position.seq);
        if !follows(after.seq, read) || (read.len() < LOG_PAGE_MAX && last != head.seq) {
            return Ok(LogPage::Trimmed { head });
        }
        let entries = read.iter().map(Stored::decode).collect::<Result<_, _>>()?;
        Ok(LogPage::Entries { entries, head })
    }
}

impl History {
    /// The first page of a log, of which it gave `read`.
    pub(super) fn first_page<T: AsRef<str>>(&self, read: &[Stored<T>]) -> Result<LogPage, BadRecord> {
        let head = self.head;
        let Some(first) = read.first() else { return Ok(LogPage::Entries { entries: Vec::new(), head }) };
        let last = read.last().map_or(first.position.seq, |entry| entry.position.seq);
        if !follows(first.position.seq.saturating_sub(1), read)
            || (read.len() < LOG_PAGE_MAX && last != head.seq)
        {
            return Ok(LogPage::Trimmed { head });
        }
        let entries = read.iter().map(Stored::decode).collect::<Result<_, _>>()?;
        Ok(LogPage::Entries { entries, head })
    }
}

fn follows<T>(after: Seq, read: &[Stored<T>]) -> bool {
    read.iter().zip(1..).all(|(entry, n)| Some(entry.position.seq) == after.checked_add(n))
}
