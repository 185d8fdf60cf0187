//! One event, many sockets: encoded once for each pair of encoding and `prev`, however many sockets get it.

use std::collections::HashMap;
use std::sync::Arc;

use switchboard_proto::v1::{Event, ServerMessage, server_message};
use switchboard_proto::{Position, TraceContext};
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Message;

use crate::codec::{self, Encoding};
use crate::traced::DELIVERIES_MAX;

/// An event on its way to sockets.
pub(crate) struct FanOut<'a> {
    message: ServerMessage,
    /// When it was read on its link.
    pub(crate) heard: Instant,
    frames: &'a mut HashMap<(Encoding, Position), Message>,
    last: Option<(Encoding, Position, Message)>,
    shared: Option<Arc<Event>>,
    /// The span that its deliveries belong to, and how many of them are still told of.
    trace: Option<(TraceContext, usize)>,
}

impl<'a> FanOut<'a> {
    /// `frames` is scratch space.
    pub(crate) fn new(
        event: Event,
        heard: Instant,
        frames: &'a mut HashMap<(Encoding, Position), Message>,
    ) -> Self {
        frames.clear();
        let message = ServerMessage { kind: Some(server_message::Kind::Event(event)) };
        Self { message, heard, frames, last: None, shared: None, trace: None }
    }

    /// Its deliveries are traced, if this is the `traceparent` of a trace.
    pub(crate) fn traced(mut self, traceparent: &str) -> Self {
        // Almost never.
        if !traceparent.is_empty() {
            self.trace = TraceContext::parse(traceparent).map(|context| (context, DELIVERIES_MAX));
        }
        self
    }

    /// The span that the next delivery belongs to.
    pub(crate) fn trace(&mut self) -> Option<Box<TraceContext>> {
        let (context, left) = self.trace.as_mut()?;
        *left = left.checked_sub(1)?;
        Some(Box::new(*context))
    }

    /// The event itself; its `prev` says nothing.
    pub(crate) fn event(&mut self) -> Arc<Event> {
        let kind = &self.message.kind;
        let event = self.shared.get_or_insert_with(|| match kind {
            Some(server_message::Kind::Event(event)) => Arc::new(event.clone()),
            _ => Arc::default(),
        });
        Arc::clone(event)
    }

    /// The frame for a socket that was told `prev` last.
    pub(crate) fn frame(&mut self, encoding: Encoding, prev: Position) -> Message {
        // Mostly all sockets stand at one place: then no map is needed.
        if let Some((e, p, frame)) = &self.last
            && (*e, *p) == (encoding, prev)
        {
            return frame.clone();
        }
        if let Some(frame) = self.frames.get(&(encoding, prev)) {
            return frame.clone();
        }
        if let Some(server_message::Kind::Event(event)) = &mut self.message.kind {
            event.prev = Some(prev.into());
        }
        let frame = codec::encode(encoding, &self.message);
        if let Some((e, p, older)) = self.last.replace((encoding, prev, frame.clone())) {
            self.frames.insert((e, p), older);
        }
        frame
    }
}

#[cfg(test)]
mod tests {
    use switchboard_proto::Epoch;

    use super::*;

    #[test]
    fn of_a_traced_event_some_deliveries_are_traced_and_of_others_none() {
        let mut scratch = HashMap::new();
        let traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let mut traced = |traceparent| {
            let mut fan_out = FanOut::new(Event::default(), Instant::now(), &mut scratch).traced(traceparent);
            std::iter::from_fn(|| fan_out.trace()).take(1_000).count()
        };
        assert_eq!(traced(traceparent), DELIVERIES_MAX);
        assert_eq!([traced(""), traced("from a newer version")], [0, 0]);
    }

    #[test]
    fn sockets_at_one_place_share_the_bytes() {
        let mut scratch = HashMap::new();
        let mut fan_out = FanOut::new(Event::default(), Instant::now(), &mut scratch);
        let at = |seq| Position::new(Epoch(7), seq);
        let mut pointer = |encoding, seq| match fan_out.frame(encoding, at(seq)) {
            Message::Text(text) => text.as_str().as_ptr() as usize,
            Message::Binary(bytes) => bytes.as_ptr() as usize,
            other => panic!("{other:?} is no data frame"),
        };
        let first = pointer(Encoding::Json, 1);
        let second = pointer(Encoding::Json, 2);
        let binary = pointer(Encoding::Protobuf, 1);
        assert_ne!(first, second);
        assert_ne!(first, binary);
        assert_eq!(pointer(Encoding::Json, 1), first);
        assert_eq!(pointer(Encoding::Json, 2), second);
        assert_eq!(pointer(Encoding::Protobuf, 1), binary);
    }
}
