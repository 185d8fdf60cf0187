//! Replies of Redis, read part by part.

use ::redis::{Value, from_redis_value};
use switchboard_proto::{Epoch, Millis, Position, RoomId};

use crate::room::BadRecord;
use crate::store::log::Stored;
use crate::store::{Meta, StoreError, TokenKeys};

/// The parts of a reply, in order.
pub(crate) struct Reader(std::vec::IntoIter<Value>);

impl Reader {
    pub(crate) fn new(reply: Value) -> Self {
        let parts = match reply {
            Value::Array(parts) => parts,
            other => vec![other],
        };
        Self(parts.into_iter())
    }

    fn next(&mut self) -> Value {
        self.0.next().unwrap_or(Value::Nil)
    }

    /// What is an array itself: its parts.
    pub(crate) fn parts(&mut self) -> Self {
        Self::new(self.next())
    }

    pub(crate) fn text(&mut self) -> Result<String, StoreError> {
        text(self.next())
    }

    pub(crate) fn optional_text(&mut self) -> Result<Option<String>, StoreError> {
        match self.next() {
            Value::Nil => Ok(None),
            value => text(value).map(Some),
        }
    }

    pub(crate) fn number(&mut self) -> Result<u64, StoreError> {
        number(self.next())
    }

    pub(crate) fn millis(&mut self) -> Result<Millis, StoreError> {
        self.number().map(Millis)
    }

    pub(crate) fn texts(&mut self) -> Result<Vec<String>, StoreError> {
        array(self.next())?.into_iter().map(text).collect()
    }

    /// Fields or members, each with its value.
    pub(crate) fn pairs(&mut self) -> Result<Vec<(String, String)>, StoreError> {
        from_redis_value(self.next()).map_err(|error| unreadable("reply", &error.to_string()))
    }

    /// Two parts, epoch and seq; empty ones: there is no such room.
    pub(crate) fn head(&mut self) -> Result<Option<Position>, StoreError> {
        let (epoch, seq) = (self.text()?, self.text()?);
        if epoch.is_empty() { Ok(None) } else { position(&epoch, &seq).map(Some) }
    }

    /// Entries of a log as XRANGE gives them.
    pub(crate) fn entries(&mut self) -> Result<Vec<Stored<String>>, StoreError> {
        array(self.next())?.into_iter().map(entry).collect()
    }
}

fn entry(value: Value) -> Result<Stored<String>, StoreError> {
    let mut parts = Reader::new(value);
    let id = parts.text()?;
    let (mut epoch, mut json, mut body) = (String::new(), String::new(), String::new());
    for (field, value) in parts.pairs()? {
        match field.as_str() {
            "epoch" => epoch = value,
            "entry" => json = value,
            "body" => body = value,
            _ => {}
        }
    }
    let seq = id.split_once('-').map_or("", |(seq, _)| seq);
    Ok(Stored { position: position(&epoch, seq)?, entry: json, body })
}

/// The head and the fields that are the room's own.
pub(crate) fn room(fields: Vec<(String, String)>) -> Result<(Position, Vec<(String, String)>), StoreError> {
    let (mut epoch, mut seq) = (String::new(), String::new());
    let mut own = Vec::with_capacity(fields.len());
    for (field, value) in fields {
        match field.as_str() {
            "epoch" => epoch = value,
            "seq" => seq = value,
            "fence" | "by" | "touched" | "log_from" | "log_bytes" => {}
            _ => own.push((field, value)),
        }
    }
    Ok((position(&epoch, &seq)?, own))
}

pub(crate) fn meta(fields: Vec<(String, String)>) -> Result<Meta, StoreError> {
    let tokens = TokenKeys::default();
    let mut meta = Meta { partitions: 0, hash: String::new(), layout: 0, tokens };
    for (field, value) in fields {
        let bad = |_| unreadable(&field, "it is not a number");
        match field.as_str() {
            "partitions" => meta.partitions = value.parse().map_err(bad)?,
            "layout" => meta.layout = value.parse().map_err(bad)?,
            "hash" => meta.hash = value,
            "token_key" => meta.tokens.newest = value,
            "token_key_made" => meta.tokens.newest_made = Millis(value.parse().map_err(bad)?),
            "token_keys_older" => {
                let keys = value.split(',').filter(|key| !key.is_empty());
                meta.tokens.older = keys.map(str::to_owned).collect();
            }
            _ => {}
        }
    }
    Ok(meta)
}

/// The reply of TIME.
pub(crate) fn time(value: Value) -> Result<Millis, StoreError> {
    let mut parts = Reader::new(value);
    let (seconds, micros) = (parts.number()?, parts.number()?);
    let millis = seconds.checked_mul(1_000).and_then(|millis| millis.checked_add(micros / 1_000));
    millis.map(Millis).ok_or_else(|| unreadable("reply", "it is no time"))
}

pub(crate) fn room_id(text: &str) -> Result<RoomId, StoreError> {
    RoomId::parse(text).map_err(|error| unreadable("rooms", &error.to_string()))
}

pub(crate) fn position(epoch: &str, seq: &str) -> Result<Position, StoreError> {
    let epoch = u64::from_str_radix(epoch, 16).map_err(|_| unreadable("epoch", "it is not hexadecimal"))?;
    let seq = seq.parse().map_err(|_| unreadable("seq", "it is not a number"))?;
    Ok(Position::new(Epoch(epoch), seq))
}

fn array(value: Value) -> Result<Vec<Value>, StoreError> {
    match value {
        Value::Array(values) | Value::Set(values) => Ok(values),
        Value::Nil => Ok(Vec::new()),
        other => Err(unreadable("reply", &format!("no list: {other:?}"))),
    }
}

fn text(value: Value) -> Result<String, StoreError> {
    match value {
        Value::BulkString(bytes) => {
            String::from_utf8(bytes).map_err(|_| unreadable("reply", "it is not UTF-8"))
        }
        Value::SimpleString(text) => Ok(text),
        other => Err(unreadable("reply", &format!("no text: {other:?}"))),
    }
}

fn number(value: Value) -> Result<u64, StoreError> {
    let negative = || unreadable("reply", "it is not a number");
    match value {
        Value::Int(number) => u64::try_from(number).map_err(|_| negative()),
        other => text(other)?.parse().map_err(|_| negative()),
    }
}

fn unreadable(field: &str, why: &str) -> StoreError {
    StoreError::Unreadable(BadRecord { field: field.to_owned(), why: why.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replied(seconds: i64, micros: i64) -> Result<Millis, StoreError> {
        time(Value::Array(vec![Value::Int(seconds), Value::Int(micros)]))
    }

    #[test]
    fn a_time_that_is_none_is_unreadable() {
        assert_eq!(replied(1_700_000_000, 999_999).ok(), Some(Millis(1_700_000_000_999)));
        for (seconds, micros) in [(i64::MAX, 0), (58_446_744_073_709_551, 7), (-1, 0)] {
            let told = replied(seconds, micros).expect_err("is no time");
            assert!(matches!(told, StoreError::Unreadable(_)), "{told}");
        }
    }
}
