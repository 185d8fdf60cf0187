//! Which share of all rooms a room belongs to.

use crate::RoomId;

/// The name of the hash in [`partition_of`], told in a link's hello and written into the store.
pub const HASH_NAME: &str = "fnv1a-64-fold";

/// P unless chosen otherwise: enough that 16 room services share evenly, few enough that a gateway's idle links
/// cost nothing.
pub const PARTITIONS_DEFAULT: u32 = 128;

/// The largest P: every partition is a stream of every gateway.
pub const PARTITIONS_MAX: u32 = 1024;

/// `hash(room) mod partitions`, with FNV-1a of 64 bits over the id's UTF-8, its high half folded onto the low one.
///
/// # Panics
/// When `partitions` is 0.
#[must_use]
pub fn partition_of(room: &RoomId, partitions: u32) -> u32 {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    let hash = room.as_str().bytes().fold(OFFSET, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME));
    // The high half too: FNV's low bits alone mix worst.
    u32::try_from((hash ^ (hash >> 32)) % u64::from(partitions)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_never_changes() {
        // Gateways of one version talk to room services of another: these values are part of the contract.
        let cases = [("a", 64), ("lobby", 5), ("Zürich", 25)];
        let got: Vec<_> = cases
            .iter()
            .map(|(id, _)| partition_of(&RoomId::parse(id).expect("is an id"), PARTITIONS_DEFAULT))
            .collect();
        assert_eq!(got, cases.map(|(_, partition)| partition));
    }

    #[test]
    fn rooms_spread_evenly() {
        let mut counts = [0_u32; 128];
        for n in 0..12_800 {
            counts[partition_of(&RoomId::parse(&format!("room-{n}")).expect("is an id"), 128) as usize] += 1;
        }
        assert!(counts.iter().all(|count| (50..=160).contains(count)), "{counts:?}");
    }
}
