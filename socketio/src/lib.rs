//! The protocol of `socket.io-client` 4: Socket.IO 5 packets on Engine.IO 4.
//!
//! [`engine`] carries messages, over HTTP polling, over a WebSocket, and over the first until the second stands;
//! [`packet`] is what the messages mean: namespaces, events, acknowledgements, binary attachments. Neither knows
//! anything of rooms, or of who is served. The example `socketio_echo` is a whole server on them.

pub mod engine;
pub mod packet;
