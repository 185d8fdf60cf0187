//! The API for other services: checks a call, hands it to its room's partition or reads the store, and answers.
//! No rules here.

mod calls;
mod explain;
mod list;
mod rooms_watch;
mod validate;
mod watch;

pub(crate) use calls::Rooms;
pub(crate) use validate::parse;
