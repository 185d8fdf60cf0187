//! The one place where keys are made.
//!
//! | key | type | content | expiry | written by | read by |
//! | --- | --- | --- | --- | --- | --- |
//! | `sb:{tag}:room:<id>` | hash | the room, one JSON value a field: `past`, `state`, `room`, `removed`, `removed_until`, `removed_by`, `ended`, `p:<participant>`, `c:<participant>`; the head in `epoch` (hex) and `seq`; and the store's own: `fence` (of the server that took the last append), `by` (who appended), `touched` (ms of the last renewal of the expiries), `log_from` (ms of the oldest entry), `log_bytes` | 24 h, renewed at most hourly; when closed 1 h, or as long as somebody is barred | `append` | `load`, `read_log`, `append` |
//! | `sb:{tag}:log:<id>` | stream | the log; id `<seq>-0`, fields `epoch` (hex), `at` (ms), `entry` (JSON), `body`; trimmed by age, count and bytes | as the room; only the end is left when closed | `append` | `read_log`, `append` |
//! | `sb:{tag}:rooms` | sorted set | the partition's rooms that are not closed, each with the time (ms) of its next look; 9e15: never | none; rooms that expired are taken out by whoever loads them | `append`, `forget`, `look_again` | `list_rooms`, `due_rooms` |
//! | `sb:{tag}:req:<digest>` | string | JSON: digest of the request, and its answer | 5 min | `append` | `append`, `request` |
//! | `sb:gateway:<id>` | string | `1`: the gateway lives | the lease, 15 s unless configured | `renew_lease` | `leases` |
//! | `sb:meta` | hash | `partitions`, `hash`, `layout`; `token_key`, `token_key_made` (ms), `token_keys_older` (parted by commas, the newest first) | none | `init`, `replace_token_keys` | `init` |
//! | `sb:{tag}:wait` | string | `1`: a word whose way to the replicas is waited for, with `--redis-wait-replicas` only | 1 min | each call that waits | – |
//! | channel `sb:{tag}` | pub/sub | `moved <epoch> <seq> <room>` or `knock <room>` | – | `append`, `knock` | `subscribe` |
//! | channel `sb:{tag}:probe:<random>` | pub/sub | a number, which has to come back: the subscription is not deaf | – | `subscribe` | `subscribe`, of the same process |
//!
//! `sb` is the prefix unless configured otherwise. The tag of a partition is from a fixed table (see [`tags`]), so
//! that all keys of a partition lie in one slot and the partitions spread evenly over a Redis Cluster. Ids stand
//! last, since they may hold anything.

use switchboard_proto::{GatewayId, RoomId, partition_of};

/// The score of a room that nobody has to look at: beyond every time, and exact in a double.
pub(super) const NEVER: u64 = 9_000_000_000_000_000;

/// Slots of a Redis Cluster.
pub(super) const SLOTS: u32 = 16_384;

/// Makes the keys.
#[derive(Debug, Clone)]
pub(super) struct Keys {
    prefix: String,
    tags: Vec<String>,
}

impl Keys {
    /// Keys of `partitions` partitions.
    pub(super) fn new(prefix: &str, partitions: u32) -> Self {
        Self { prefix: prefix.to_owned(), tags: tags(partitions) }
    }

    pub(super) fn partition(&self, room: &RoomId) -> u32 {
        partition_of(room, u32::try_from(self.tags.len()).unwrap_or(u32::MAX))
    }

    pub(super) fn partitions(&self) -> u32 {
        u32::try_from(self.tags.len()).unwrap_or(u32::MAX)
    }

    pub(super) fn room(&self, room: &RoomId) -> String {
        self.of_room(room, "room", room.as_str())
    }

    pub(super) fn log(&self, room: &RoomId) -> String {
        self.of_room(room, "log", room.as_str())
    }

    pub(super) fn request(&self, room: &RoomId, digest: &str) -> String {
        self.of_room(room, "req", digest)
    }

    pub(super) fn rooms(&self, partition: u32) -> String {
        format!("{}:rooms", self.channel(partition))
    }

    pub(super) fn channel(&self, partition: u32) -> String {
        // A partition beyond P has no keys; the trait's callers never ask for one.
        let tag = self.tags.get(partition as usize).map_or("", |tag| tag.as_str());
        format!("{}:{{{tag}}}", self.prefix)
    }

    /// The channel of a process' own probes, in the slot of a partition.
    pub(super) fn probe(&self, partition: u32, name: &str) -> String {
        format!("{}:probe:{name}", self.channel(partition))
    }

    /// The word that replicas are waited for with, in the slot of a partition.
    pub(super) fn wait(&self, partition: u32) -> String {
        format!("{}:wait", self.channel(partition))
    }

    /// The slot of a partition.
    pub(super) fn slot_of(&self, partition: u32) -> u16 {
        slot(&self.channel(partition))
    }

    pub(super) fn gateway(&self, gateway: &GatewayId) -> String {
        format!("{}:gateway:{gateway}", self.prefix)
    }

    pub(super) fn meta(&self) -> String {
        format!("{}:meta", self.prefix)
    }

    fn of_room(&self, room: &RoomId, kind: &str, id: &str) -> String {
        format!("{}:{kind}:{id}", self.channel(self.partition(room)))
    }
}

/// The hash tag of each partition: `<p>.<n>` with the smallest n that puts it into the p-th of P equal shares of all
/// slots.
fn tags(partitions: u32) -> Vec<String> {
    let fits = |p: u32, tag: &str| u32::from(crc16(tag.as_bytes())) % SLOTS * partitions / SLOTS == p;
    (0..partitions)
        .map(|p| (0_u32..).map(|n| format!("{p}.{n}")).find(|tag| fits(p, tag)).unwrap_or_default())
        .collect()
}

/// The slot of a key: of what stands between the first brace and the next closing one, if anything does.
pub(super) fn slot(key: &str) -> u16 {
    let tag = key.split_once('{').and_then(|(_, rest)| rest.split_once('}')).map(|(tag, _)| tag);
    let hashed = tag.filter(|tag| !tag.is_empty()).unwrap_or(key);
    crc16(hashed.as_bytes()) % SLOTS as u16
}

/// CRC16 of the XMODEM kind, as Redis Cluster uses it.
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, byte| {
        (0..8).fold(crc ^ (u16::from(*byte) << 8), |crc, _| {
            if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ 0x1021 }
        })
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn crc16_is_that_of_redis_cluster() {
        assert_eq!(crc16(b"123456789"), 0x31c3);
    }

    #[test]
    fn tags_are_unique_and_even() {
        for partitions in [1, 2, 3, 100, 128, 1_024] {
            let tags = tags(partitions);
            assert_eq!(tags.iter().collect::<BTreeSet<_>>().len(), partitions as usize);
            for (p, tag) in (0..).zip(&tags) {
                assert_eq!(u32::from(crc16(tag.as_bytes()) % 16_384) * partitions / 16_384, p, "{tag}");
            }
        }
    }

    #[test]
    fn tags_never_change() {
        // Stored rooms stand under them.
        let tags = tags(128);
        assert_eq!([&tags[0], &tags[1], &tags[127]], ["0.178", "1.118", "127.135"]);
    }

    #[test]
    fn a_key_has_the_slot_that_redis_gives_it() {
        // As CLUSTER KEYSLOT says.
        let slots = [
            ("foo", 12_182),
            ("a{foo}b{c}", 12_182),
            ("{}foo", 9_500),
            ("{foo", 13_308),
            ("sb:meta", 10_798),
        ];
        for (key, want) in slots {
            assert_eq!(slot(key), want, "{key}");
        }
        let keys = Keys::new("sb", 128);
        let room = RoomId::parse("a {b}").expect("is an id");
        let partition = keys.partition(&room);
        for key in [keys.room(&room), keys.rooms(partition), keys.probe(partition, "x"), keys.wait(partition)]
        {
            assert_eq!(slot(&key), keys.slot_of(partition), "{key}");
        }
    }

    #[test]
    fn an_id_stands_last_whatever_it_holds() {
        let keys = Keys::new("sb", 1);
        let room = RoomId::parse("a {b} \"c\" :ü").expect("is an id");
        assert_eq!(keys.room(&room), format!("sb:{{{}}}:room:a {{b}} \"c\" :ü", keys.tags[0]));
    }
}
