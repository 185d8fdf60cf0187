//! The single rights that a token may grant.

use std::fmt;

/// One right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grant {
    /// May join the room to see: it is told what happens, answers offers, sends candidates, asks to renegotiate.
    See,
    /// May join the room, and change its own metadata where the token does not name any.
    Join,
    /// May share its screen.
    Share,
    /// May publish camera, microphone and data. Media go past the server, so what it can refuse are offers: one who
    /// has neither this nor `share` nor `signal` makes none.
    Publish,
    /// May send any signal.
    Signal,
    /// May send messages.
    Message,
    /// May list the rooms that the token's room claim covers; all of them where it has none.
    ListRooms,
    /// May do everything that the API has with the rooms that the token's room claim covers.
    RoomAdmin,
    /// May do everything that the API has, with all rooms.
    Admin,
}

impl Grant {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::See,
        Self::Join,
        Self::Share,
        Self::Publish,
        Self::Signal,
        Self::Message,
        Self::ListRooms,
        Self::RoomAdmin,
        Self::Admin,
    ];

    /// Its name in a token.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::See => "see",
            Self::Join => "join",
            Self::Share => "share",
            Self::Publish => "publish",
            Self::Signal => "signal",
            Self::Message => "message",
            Self::ListRooms => "list_rooms",
            Self::RoomAdmin => "room_admin",
            Self::Admin => "admin",
        }
    }

    /// The right of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|grant| grant.name() == name)
    }
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Some rights.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Grants(u16);

impl Grants {
    /// None at all.
    pub const NONE: Self = Self(0);

    /// What somebody needs who takes part in a call: to join, share, publish, signal and send messages.
    #[must_use]
    pub fn participant() -> Self {
        [Grant::Join, Grant::Share, Grant::Publish, Grant::Signal, Grant::Message].into_iter().collect()
    }

    /// These and one more.
    #[must_use]
    pub fn with(self, grant: Grant) -> Self {
        Self(self.0 | 1 << grant as u16)
    }

    /// Whether this right is among them.
    #[must_use]
    pub fn has(self, grant: Grant) -> bool {
        self.0 & 1 << grant as u16 != 0
    }

    /// Whether one of these rights is among them.
    #[must_use]
    pub fn has_any(self, grants: &[Grant]) -> bool {
        grants.iter().any(|grant| self.has(*grant))
    }

    /// Each of them, in their order.
    pub fn iter(self) -> impl Iterator<Item = Grant> {
        Grant::ALL.into_iter().filter(move |grant| self.has(*grant))
    }

    /// Their names, in their order.
    #[must_use]
    pub fn names(self) -> Vec<String> {
        self.iter().map(|grant| grant.name().to_owned()).collect()
    }
}

impl FromIterator<Grant> for Grants {
    fn from_iter<I: IntoIterator<Item = Grant>>(grants: I) -> Self {
        grants.into_iter().fold(Self::NONE, Self::with)
    }
}

impl fmt::Debug for Grants {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(Grant::name)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_right_is_one_bit_and_one_name() {
        for grant in Grant::ALL {
            assert_eq!(Grant::from_name(grant.name()), Some(grant));
            let one = Grants::NONE.with(grant);
            assert_eq!(one.iter().collect::<Vec<_>>(), [grant]);
        }
        assert!(Grants::participant().has(Grant::Message) && !Grants::participant().has(Grant::RoomAdmin));
    }
}
