//! Who may do what: access tokens and the keys that they are checked with, the secret of gateways, and credentials for
//! TURN. Used by gateways, room services and the program; knows no socket and no room.
//!
//! # Layout
//!
//! [`grants`] are the single rights; [`claims`] is what a token says, as it is written and read; [`caller`] is who
//! speaks once a token has passed, and asks whether something is granted; [`keys`] are named keys from settings and
//! files, [`jwks`] those behind an address; [`verifier`] puts them together; [`link`] is the secret that gateways and
//! room services share, [`mutual`] their certificates, which [`certificate`] reads; [`files`] reads files that settings name; [`ice`] makes
//! credentials for TURN; [`audit`] records who came in; [`secret`] has the types that no log shows.
//!
//! All but the fetching of a key set and the reading of files is pure: the time comes in as an argument.

pub mod audit;
pub mod caller;
pub mod certificate;
pub mod claims;
pub mod files;
pub mod grants;
pub mod ice;
pub mod jwks;
pub mod keys;
pub mod link;
pub mod mutual;
pub mod secret;
pub mod verifier;

pub use caller::Caller;
pub use certificate::{CertificateFacts, TlsError};
pub use claims::{Claims, RoomClaim};
pub use grants::{Grant, Grants};
pub use ice::IceServers;
pub use jwks::Jwks;
pub use keys::{KeyError, Keys};
pub use link::LinkSecrets;
pub use mutual::{CertificateNames, Mutual, MutualFiles};
pub use secret::{Secret, Token};
pub use verifier::{LEEWAY_MS, TOKEN_BYTES_MAX, Verifier};

use std::time::{SystemTime, UNIX_EPOCH};

use switchboard_proto::Millis;

/// This machine's time: tokens are dated by clocks, not by the store.
#[must_use]
pub fn now() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
