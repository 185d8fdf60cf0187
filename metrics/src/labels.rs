//! Labels: types of which every value is known beforehand.

use std::borrow::Cow;

use switchboard_proto::PARTITIONS_MAX;
use switchboard_proto::v1::{ErrorReason, LeaveReason, ResetReason};

/// The values of one label, or of several together.
pub trait Labels: Copy + 'static {
    /// How many there are.
    const COUNT: usize;

    /// The labels' names.
    fn names() -> Vec<&'static str>;

    /// The text of the value with that index, one for each name. `None`: nothing has that index.
    fn texts(index: usize) -> Option<Vec<Cow<'static, str>>>;

    /// Below [`Self::COUNT`].
    fn index(&self) -> usize;
}

/// Two labels side by side.
impl<A: Labels, B: Labels> Labels for (A, B) {
    const COUNT: usize = A::COUNT * B::COUNT;

    fn names() -> Vec<&'static str> {
        [A::names(), B::names()].concat()
    }

    fn texts(index: usize) -> Option<Vec<Cow<'static, str>>> {
        Some([A::texts(index / B::COUNT)?, B::texts(index % B::COUNT)?].concat())
    }

    fn index(&self) -> usize {
        self.0.index() * B::COUNT + self.1.index()
    }
}

/// Makes an enum whose variants are the values of one label: `label! { enum Name("label") { Variant = "value", … } }`.
#[macro_export]
macro_rules! label {
    ($(#[$meta:meta])* $vis:vis enum $name:ident($label:literal) {
        $($(#[$of_variant:meta])* $variant:ident = $value:literal),+ $(,)?
    }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        $vis enum $name { $($(#[$of_variant])* $variant),+ }

        impl $crate::Labels for $name {
            const COUNT: usize = [$($value),+].len();

            fn names() -> Vec<&'static str> {
                vec![$label]
            }

            fn texts(index: usize) -> Option<Vec<std::borrow::Cow<'static, str>>> {
                [$($value),+].get(index).map(|value| vec![(*value).into()])
            }

            fn index(&self) -> usize {
                *self as usize
            }
        }
    };
}

/// The label `partition`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Partition(pub u32);

impl Labels for Partition {
    const COUNT: usize = PARTITIONS_MAX as usize;

    fn names() -> Vec<&'static str> {
        vec!["partition"]
    }

    fn texts(index: usize) -> Option<Vec<Cow<'static, str>>> {
        Some(vec![index.to_string().into()])
    }

    fn index(&self) -> usize {
        (self.0 as usize).min(Self::COUNT - 1)
    }
}

/// The label `reason` of an enum of the contract, by the names that stand in logs.
macro_rules! reason {
    ($name:ident, $prefix:literal, $count:literal) => {
        impl Labels for $name {
            const COUNT: usize = $count;

            fn names() -> Vec<&'static str> {
                vec!["reason"]
            }

            fn texts(index: usize) -> Option<Vec<Cow<'static, str>>> {
                let reason = Self::try_from(i32::try_from(index).ok()?).ok()?;
                Some(vec![reason.as_str_name().trim_start_matches($prefix).into()])
            }

            fn index(&self) -> usize {
                usize::try_from(i32::from(*self)).unwrap_or(0).min(Self::COUNT - 1)
            }
        }
    };
}

reason!(ErrorReason, "ERROR_REASON_", 96);
reason!(LeaveReason, "LEAVE_REASON_", 8);
reason!(ResetReason, "RESET_REASON_", 8);

#[cfg(test)]
mod tests {
    use super::*;

    label! {
        enum Color("color") { Red = "red", Green = "green" }
    }

    #[test]
    fn two_labels_are_each_with_each() {
        type Both = (Color, LeaveReason);
        assert_eq!(Both::names(), ["color", "reason"]);
        assert_eq!((Color::Red, LeaveReason::Unspecified).index(), 0);
        let both = (Color::Green, LeaveReason::Expired);
        assert_eq!(Both::texts(both.index()).expect("is one"), ["green", "EXPIRED"]);
        let all: Vec<_> = (0..Both::COUNT).filter_map(Both::texts).collect();
        assert_eq!(all.len(), 2 * 6, "what the contract does not have is left out");
    }

    #[test]
    fn the_contract_has_no_reason_beyond_the_last() {
        for beyond in ErrorReason::COUNT - 1..1_000 {
            assert!(ErrorReason::texts(beyond).is_none(), "{beyond}: raise the number of reasons");
        }
        for beyond in LeaveReason::COUNT - 1..100 {
            assert!(LeaveReason::texts(beyond).is_none() && ResetReason::texts(beyond).is_none(), "{beyond}");
        }
    }
}
