//! What a connection has traced: some of its commands from the frame to the answer, and events of traced commands from
//! their link to the socket.

use std::collections::VecDeque;

use switchboard_proto::v1::session_command::Action;
use switchboard_proto::v1::{ErrorReason, SessionCommand, SignalKind};
use switchboard_proto::{Position, TraceContext};
use switchboard_telemetry::{Span, SpanKind, Tracer};
use tokio::time::Instant;

use crate::config::UNANSWERED_COMMANDS_MAX;
use crate::session::Session;

/// Sockets of one gateway to which the delivery of one event is traced: a message may go to a whole room.
pub(crate) const DELIVERIES_MAX: usize = 16;

/// The commands of one connection that are traced and have no answer yet. A span ends with it at the latest.
#[derive(Debug, Default)]
pub(crate) struct Traced(VecDeque<(u64, Span)>);

impl Traced {
    /// A command goes to its room: begins a trace, if it is one of the sample.
    pub(crate) fn forward(&mut self, command: &mut SessionCommand, session: &Session, tracer: &Tracer) {
        let Some(span) = name(command).and_then(|name| tracer.sample(name, SpanKind::Server)) else { return };
        command.traceparent = span.context().to_string();
        let read = session.read_at(command.counter).map_or_else(Default::default, |read| read.elapsed());
        let span = told(span.begun(read), session).with("switchboard.counter", command.counter as i64);
        // A session that began anew on its connection has forgotten what it asked before.
        if self.0.len() >= UNANSWERED_COMMANDS_MAX {
            self.0.pop_front();
        }
        self.0.push_back((command.counter, span));
    }

    /// The socket was told what became of a command.
    pub(crate) fn answered(&mut self, counter: u64, refused: Option<ErrorReason>) {
        let Some(at) = self.0.iter().position(|(traced, _)| *traced == counter) else { return };
        if let (Some((_, mut span)), Some(reason)) = (self.0.remove(at), refused) {
            span.set("switchboard.refused", reason.name());
        }
    }
}

/// The name of what may begin a trace: what people say to each other.
fn name(command: &SessionCommand) -> Option<&'static str> {
    match command.action.as_ref()? {
        Action::Signal(signal) => Some(match signal.kind() {
            SignalKind::Offer => "signal offer",
            SignalKind::Answer => "signal answer",
            SignalKind::Candidate => "signal candidate",
            SignalKind::Unspecified => "signal",
        }),
        Action::Message(_) => Some("message"),
        _ => None,
    }
}

/// An event of a traced command was written to its socket, just now.
pub(crate) fn delivered(
    tracer: &Tracer,
    context: TraceContext,
    session: &Session,
    heard: Instant,
    position: Position,
) {
    let span = tracer.child(context, "deliver", SpanKind::Consumer).begun(heard.elapsed());
    drop(told(span, session).with("switchboard.position", position.to_string()));
}

/// Says whose it is.
fn told(mut span: Span, session: &Session) -> Span {
    let record = session.record();
    let ids = [
        ("switchboard.room", record.room),
        ("switchboard.participant", record.identity),
        ("switchboard.session", record.session),
    ];
    for (key, id) in ids {
        if let Some(id) = id {
            span.set(key, id.to_owned());
        }
    }
    span
}
