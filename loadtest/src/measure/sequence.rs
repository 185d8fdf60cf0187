//! The order of arrival: what is lost, doubled, and out of order.

use std::collections::BTreeSet;

/// How something arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// For the first time, behind all that came before.
    InOrder,
    /// For the first time, after a later one.
    Late,
    /// Not for the first time.
    Again,
}

/// The order in which one sender's messages 0, 1, 2 … came.
#[derive(Debug, Default)]
pub(crate) struct Sequence {
    next: u64,
    missing: BTreeSet<u64>,
}

impl Sequence {
    pub(crate) fn arrived(&mut self, n: u64) -> Arrival {
        if n >= self.next {
            self.missing.extend(self.next..n);
            self.next = n + 1;
            Arrival::InOrder
        } else if self.missing.remove(&n) {
            Arrival::Late
        } else {
            Arrival::Again
        }
    }
}

/// The order in which something went on and off again: number 0, 1, 2 … of them, told by nothing but on or off.
#[derive(Debug, Default)]
pub(crate) struct Toggles {
    next: usize,
}

impl Toggles {
    /// The number of the one that came, the `even` ones being 0, 2, 4 …: one that is not told is skipped.
    pub(crate) fn arrived(&mut self, is_even: bool) -> usize {
        let n = if self.next.is_multiple_of(2) == is_even { self.next } else { self.next + 1 };
        self.next = n + 1;
        n
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn losses_repeats_and_disorder_are_told_apart() {
        // What came of 6 sent; then how many for the first time, doubled, reordered.
        let cases: [(&[u64], [usize; 3]); 6] = [
            (&[0, 1, 2, 3, 4, 5], [6, 0, 0]),
            (&[0, 1, 2, 3], [4, 0, 0]),
            (&[0, 2, 3, 5], [4, 0, 0]),
            (&[0, 0, 1, 2, 3, 4, 5, 5], [6, 2, 0]),
            (&[1, 0, 2, 4, 3, 5], [6, 0, 2]),
            (&[], [0, 0, 0]),
        ];
        for (arrived, want) in cases {
            let mut sequence = Sequence::default();
            let how: Vec<_> = arrived.iter().map(|n| sequence.arrived(*n)).collect();
            let count = |what| how.iter().filter(|how| **how == what).count();
            let first = how.len() - count(Arrival::Again);
            assert_eq!([first, count(Arrival::Again), count(Arrival::Late)], want, "{arrived:?}");
        }
    }

    #[test]
    fn what_goes_on_and_off_is_numbered_though_one_is_lost() {
        let mut toggles = Toggles::default();
        let told = [true, false, true, /* one is lost */ true, false];
        assert_eq!(told.map(|even| toggles.arrived(even)), [0, 1, 2, 4, 5]);
    }
}
