//! One span: what happened between two moments, for a trace.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use opentelemetry::trace::{SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState};
use opentelemetry::{Key, KeyValue, Value};
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};
use switchboard_proto::TraceContext;

use crate::tracer::Kept;

/// Something that is traced. It ends when it is dropped, so that whatever way it takes, it is told of.
///
/// Where this process sends no spans it is nothing but a context that is passed on.
pub struct Span {
    context: TraceContext,
    open: Option<Box<Open>>,
}

struct Open {
    kept: Arc<Kept>,
    data: SpanData,
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Span({})", self.context)
    }
}

impl Span {
    /// A span that nobody is told of, of a process that sends none.
    pub(crate) fn passed_on(context: TraceContext) -> Self {
        Self { context, open: None }
    }

    /// One that begins now. `parent`: its span, and whether that is of another process.
    pub(crate) fn begin(
        kept: &Arc<Kept>,
        context: TraceContext,
        parent: Option<TraceContext>,
        name: &'static str,
        kind: SpanKind,
    ) -> Self {
        let trace_id = TraceId::from_bytes(context.trace_id);
        let span_id = SpanId::from_bytes(context.span_id);
        let now = SystemTime::now();
        let data = SpanData {
            span_context: SpanContext::new(trace_id, span_id, TraceFlags::SAMPLED, false, TraceState::NONE),
            parent_span_id: parent.map_or(SpanId::INVALID, |parent| SpanId::from_bytes(parent.span_id)),
            // What takes over from another process is a server's or a consumer's.
            parent_span_is_remote: parent.is_some() && matches!(kind, SpanKind::Server | SpanKind::Consumer),
            span_kind: kind,
            name: Cow::Borrowed(name),
            start_time: now,
            end_time: now,
            attributes: Vec::new(),
            dropped_attributes_count: 0,
            events: SpanEvents::default(),
            links: SpanLinks::default(),
            status: Status::Unset,
            instrumentation_scope: kept.scope.clone(),
        };
        Self { context, open: Some(Box::new(Open { kept: Arc::clone(kept), data })) }
    }

    /// What its children belong to.
    #[must_use]
    pub fn context(&self) -> TraceContext {
        self.context
    }

    /// It began so long ago.
    #[must_use]
    pub fn begun(mut self, ago: Duration) -> Self {
        if let Some(Open { data, .. }) = self.open.as_deref_mut() {
            data.start_time = data.start_time.checked_sub(ago).unwrap_or(data.start_time);
        }
        self
    }

    /// Says something of it.
    #[must_use]
    pub fn with(mut self, key: impl Into<Key>, value: impl Into<Value>) -> Self {
        self.set(key, value);
        self
    }

    /// As [`Self::with`]; what was said under that key before is taken back.
    pub fn set(&mut self, key: impl Into<Key>, value: impl Into<Value>) {
        if let Some(Open { data, .. }) = self.open.as_deref_mut() {
            let said = KeyValue::new(key, value);
            data.attributes.retain(|before| before.key != said.key);
            data.attributes.push(said);
        }
    }

    /// It came to nothing, for this reason.
    pub fn fail(&mut self, why: impl Into<Cow<'static, str>>) {
        if let Some(Open { data, .. }) = self.open.as_deref_mut() {
            data.status = Status::error(why);
        }
    }
}

impl Drop for Span {
    fn drop(&mut self) {
        if let Some(open) = self.open.take() {
            let Open { kept, mut data } = *open;
            data.end_time = SystemTime::now();
            kept.end(data);
        }
    }
}
