//! The append, as arguments of its script and back.

use ::redis::Cmd;
use switchboard_proto::Position;
use tokio::time::Instant;

use super::RedisStore;
use super::decode::Reader;
use crate::store::keys::NEVER;
use crate::store::log::{History, Place, StoredRequest, encode};
use crate::store::{
    AHEAD_MAX_MS, Append, AppendReply, LOG_BYTES_MAX, LOG_ENTRIES_MAX, NextLook, REQUEST_TTL_MS, ROOM_TTL_MS,
    StoreError, TAIL_MAX,
};

impl RedisStore {
    pub(super) async fn do_append(&self, append: Append) -> Result<AppendReply, StoreError> {
        let place = append.place()?;
        let cmd = self.append_cmd(&append, place);
        let called = Instant::now();
        let (line, reply) = self.run_script(&append.room, &self.scripts.append, cmd).await?;
        let mut reply = Reader::new(reply);
        let status = reply.text()?;
        self.clock.learn(reply.millis()?, called);
        let partition = self.keys.partition(&append.room);
        match status.as_str() {
            "stored" => self.replicated(&line, partition, &reply.text()?).await?,
            "repeat" | "stale" => self.replicated(&line, partition, "").await?,
            _ => {}
        }
        match status.as_str() {
            "stored" => Ok(AppendReply::Stored),
            "fence" => Ok(AppendReply::Fence),
            "ahead" => Ok(AppendReply::Ahead),
            "repeat" => {
                let n = usize::try_from(reply.number()?).unwrap_or(usize::MAX);
                let key = append.requests.get(n).map_or("", |request| request.key.as_str());
                Ok(AppendReply::Repeat(StoredRequest::decode(key, &reply.text()?)?))
            }
            "stale" => {
                let Some(head) = reply.head()? else {
                    return Ok(AppendReply::Stale { head: None, tail: Vec::new() });
                };
                let history = History::parse(head, &reply.text()?)?;
                let after = append.expect.unwrap_or(Position::ZERO);
                let tail = history.tail(after, &reply.entries()?)?;
                Ok(AppendReply::Stale { head: Some(head), tail })
            }
            other => Err(StoreError::Unclear(format!("the append script says {other:?}"))),
        }
    }

    fn append_cmd(&self, append: &Append, place: Place) -> Cmd {
        let partition = self.keys.partition(&append.room);
        let (sets, dels): (Vec<_>, Vec<_>) = append.fields.iter().partition(|(_, value)| value.is_some());
        let entries: Vec<_> = append.entries.iter().map(encode).collect();
        let look = append.look();
        let keys = 2 + usize::from(look.is_some()) + append.requests.len();
        let bytes = entries.iter().map(String::len).sum::<usize>()
            + append.entries.iter().map(|entry| entry.body.len() + 80).sum::<usize>()
            + append.fields.iter().map(|(n, v)| n.len() + v.as_ref().map_or(0, String::len)).sum::<usize>();
        let mut cmd = Cmd::with_capacity(
            3 + keys + 23 + entries.len() * 5 + sets.len() * 2 + dels.len() + append.requests.len(),
            bytes + 1_024,
        );
        cmd.arg("EVALSHA").arg(self.scripts.append.hash()).arg(keys);
        cmd.arg(self.keys.room(&append.room)).arg(self.keys.log(&append.room));
        if look.is_some() {
            cmd.arg(self.keys.rooms(partition));
        }
        for request in &append.requests {
            cmd.arg(self.keys.request(&append.room, &request.key));
        }
        match append.expect {
            Some(head) => cmd.arg(head.epoch.to_string()).arg(head.seq),
            None => cmd.arg("").arg(""),
        };
        cmd.arg(match place {
            Place::Follow => "follow",
            Place::Create => "create",
            Place::Replace => "replace",
        });
        cmd.arg(u8::from(append.begins_epoch)).arg(append.now.0).arg(append.keep_ms).arg(&append.by);
        cmd.arg(u8::from(append.tombstone_ms.is_some()));
        match look {
            None => cmd.arg(""),
            Some(NextLook::Gone) => cmd.arg("gone"),
            Some(NextLook::Never) => cmd.arg(NEVER),
            Some(NextLook::At(at)) => cmd.arg(at.0.min(NEVER)),
        };
        cmd.arg(append.room.as_str()).arg(self.keys.channel(partition));
        cmd.arg(entries.len()).arg(sets.len()).arg(dels.len());
        cmd.arg(TAIL_MAX).arg(LOG_ENTRIES_MAX).arg(LOG_BYTES_MAX);
        cmd.arg(ROOM_TTL_MS)
            .arg(append.tombstone_ms.unwrap_or_default())
            .arg(REQUEST_TTL_MS)
            .arg(AHEAD_MAX_MS);
        cmd.arg(self.publish_word()).arg(self.wait_replicas);
        for (entry, json) in append.entries.iter().zip(&entries) {
            let Position { epoch, seq } = entry.position;
            cmd.arg(seq).arg(epoch.to_string()).arg(entry.at.0).arg(json).arg(&entry.body);
        }
        for (name, value) in sets {
            cmd.arg(name).arg(value);
        }
        for (name, _) in dels {
            cmd.arg(name);
        }
        for request in &append.requests {
            cmd.arg(StoredRequest::encode(request));
        }
        cmd
    }
}
