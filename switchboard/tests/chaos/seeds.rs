//! Chance that can be had again: SplitMix64.

/// A stream of numbers from one seed.
#[derive(Debug, Clone)]
pub(crate) struct Seeds(pub(crate) u64);

impl Seeds {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Less than `bound`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound.max(1)).expect("is small");
        usize::try_from(self.next() % bound).expect("is small")
    }
}
