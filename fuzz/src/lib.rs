//! Fuzz targets: everything that reads bytes of others, each as a plain function that panics where a promise is broken.
//!
//! `tools/fuzz.sh` runs them under libFuzzer; `tests/corpus.rs` runs them over the kept corpus with every test. A target
//! takes whatever bytes there are, and says more than "no panic" where that is cheap: what was read is written and
//! read again, both encodings say the same, secrets are not told, invariants of rooms hold.

mod access;
mod frames;
mod links;
pub mod seeds;
mod settings;
mod socketio;
mod store;

/// A target: its name, which is that of its folder in the corpus, and the function.
pub type Target = (&'static str, fn(&[u8]));

/// All targets.
pub const TARGETS: [Target; 11] = [
    ("frame_json", frames::json),
    ("frame_protobuf", frames::protobuf),
    ("engineio_payload", socketio::payload),
    ("socketio_packet", socketio::packet),
    ("access_token", access::token),
    ("link_request", links::request),
    ("link_response", links::response),
    ("stored_room", store::room),
    ("log_entry", store::log),
    ("store_reply", store::reply),
    ("settings", settings::settings),
];

/// The target with that name.
#[must_use]
pub fn target(name: &str) -> Option<Target> {
    TARGETS.into_iter().find(|(known, _)| *known == name)
}
