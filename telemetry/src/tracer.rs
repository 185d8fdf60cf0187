//! What is traced: a fraction of what begins here, and what came with a context that says so.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use opentelemetry::trace::SpanKind;
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SpanData, SpanExporter as _};
use parking_lot::Mutex;
use switchboard_metrics::{Counter, Family, Registry, label};
use switchboard_proto::TraceContext;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::callers::Callers;
use crate::export::{EXPORT_TIMEOUT, QUEUE_SPANS_MAX, export};
use crate::span::Span;

/// Where spans go, and which there are.
#[derive(Debug, Clone, PartialEq)]
pub struct TraceConfig {
    /// A collector of OTLP over gRPC, without TLS, as in `http://localhost:4317`.
    pub endpoint: String,
    /// Which fraction of the signals that come in here begins a trace: 0 to 1.
    pub sample: f64,
    /// How many traces a second callers of the API may have kept here by a `traceparent` that says `sampled`.
    pub callers_per_second: u32,
}

/// Why there can be no traces.
#[derive(Debug, thiserror::Error)]
#[error("spans can't be sent to {endpoint}: {why}")]
pub struct TraceError {
    endpoint: String,
    why: String,
}

label! {
    /// What became of a span.
    pub(crate) enum Became("outcome") {
        Sent = "sent",
        /// The collector was away or refused it.
        Failed = "failed",
        /// Too many waited for the collector.
        Dropped = "dropped",
    }
}

/// What traces cost and lose. Copies count together.
#[derive(Debug, Clone)]
pub struct TraceMetrics {
    pub(crate) spans: Family<Became, Counter>,
    callers_limited: Option<Arc<Counter>>,
}

impl TraceMetrics {
    /// Declares them, each under `trace_`.
    #[must_use]
    pub fn new(r: &mut Registry) -> Self {
        Self {
            spans: r.counters(
                "trace_spans",
                "Spans that ended, by what became of them on the way to the collector",
            ),
            callers_limited: None,
        }
    }

    /// With what is only for who has callers of its own.
    #[must_use]
    pub fn with_callers(mut self, r: &mut Registry) -> Self {
        self.callers_limited = Some(r.counter(
            "trace_callers_limited",
            "Calls whose traceparent said sampled, beyond what --trace-callers allows; they were served untraced",
        ));
        self
    }
}

/// What all copies of a tracer share.
pub(crate) struct Kept {
    queue: mpsc::Sender<SpanData>,
    pub(crate) scope: InstrumentationScope,
    /// Of 2^32.
    threshold: u64,
    callers: Callers,
    metrics: TraceMetrics,
    stop: CancellationToken,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl Kept {
    /// A span has ended.
    pub(crate) fn end(&self, data: SpanData) {
        if self.queue.try_send(data).is_err() {
            self.metrics.spans.get(Became::Dropped).inc();
        }
    }
}

/// Begins spans. Cheap to clone; the one by [`Default`] begins none.
#[derive(Clone, Default)]
pub struct Tracer(Option<Arc<Kept>>);

impl fmt::Debug for Tracer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tracer({})", if self.0.is_some() { "on" } else { "off" })
    }
}

impl Tracer {
    /// Sends spans as those of `service`, of which this process is `instance`; without a configuration none. Needs a tokio
    /// runtime. A collector that is away is no error: what it misses is counted.
    ///
    /// # Errors
    /// When the endpoint is no address.
    pub fn start(
        config: Option<&TraceConfig>,
        service: &'static str,
        instance: String,
        metrics: TraceMetrics,
    ) -> Result<Self, TraceError> {
        let Some(config) = config else { return Ok(Self::default()) };
        let exporter = SpanExporter::builder()
            .with_tonic()
            .with_endpoint(config.endpoint.as_str())
            .with_timeout(EXPORT_TIMEOUT)
            .build();
        let mut exporter = exporter
            .map_err(|error| TraceError { endpoint: config.endpoint.clone(), why: error.to_string() })?;
        let resource = Resource::builder_empty().with_attributes([
            KeyValue::new("service.name", service),
            KeyValue::new("service.namespace", "switchboard"),
            KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
            KeyValue::new("service.instance.id", instance),
        ]);
        exporter.set_resource(&resource.build());
        let (queue, ended) = mpsc::channel(QUEUE_SPANS_MAX);
        let stop = CancellationToken::new();
        let spans = metrics.spans.clone();
        let task = tokio::spawn(export(exporter, ended, spans, stop.clone()));
        Ok(Self(Some(Arc::new(Kept {
            queue,
            scope: InstrumentationScope::builder(service).build(),
            threshold: threshold(config.sample),
            callers: Callers::new(config.callers_per_second),
            metrics,
            stop,
            task: Mutex::new(Some(task)),
        }))))
    }

    /// A span that begins a trace, for a sample of all that ask; `None` for the others.
    #[inline]
    #[must_use]
    pub fn sample(&self, name: &'static str, kind: SpanKind) -> Option<Span> {
        let kept = self.0.as_ref()?;
        if u64::from(rand::random::<u32>()) >= kept.threshold {
            return None;
        }
        let context = TraceContext { trace_id: not_zero(), span_id: not_zero() };
        Some(Span::begin(kept, context, None, name, kind))
    }

    /// A span within another one, maybe of another process.
    #[must_use]
    pub fn child(&self, parent: TraceContext, name: &'static str, kind: SpanKind) -> Span {
        let Some(kept) = &self.0 else { return Span::passed_on(parent) };
        let context = TraceContext { trace_id: parent.trace_id, span_id: not_zero() };
        Span::begin(kept, context, Some(parent), name, kind)
    }

    /// Whether spans are sent.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// What a caller's `traceparent` says, if its trace is to be kept: well formed, sampled, and within what callers may
    /// have.
    #[must_use]
    pub fn of_caller(&self, traceparent: &str) -> Option<TraceContext> {
        let kept = self.0.as_ref()?;
        let context = TraceContext::parse(traceparent)?;
        if kept.callers.take() {
            return Some(context);
        }
        if let Some(limited) = &kept.metrics.callers_limited {
            limited.inc();
        }
        None
    }

    /// Sends what has ended, within that time, and stops. Spans that end later are dropped.
    pub async fn end(&self, within: Duration) {
        let Some(kept) = &self.0 else { return };
        kept.stop.cancel();
        let task = kept.task.lock().take();
        let Some(mut task) = task else { return };
        if timeout(within, &mut task).await.is_err() {
            task.abort();
        }
    }
}

#[cfg(test)]
impl Tracer {
    /// One whose spans go into `queue`.
    pub(crate) fn test(queue: mpsc::Sender<SpanData>, metrics: TraceMetrics) -> Self {
        Self(Some(Arc::new(Kept {
            queue,
            scope: InstrumentationScope::builder("test").build(),
            threshold: threshold(1.0),
            callers: Callers::new(1),
            metrics,
            stop: CancellationToken::new(),
            task: Mutex::new(None),
        })))
    }
}

/// How many of 2^32 numbers are taken.
fn threshold(sample: f64) -> u64 {
    // A float's cast saturates, and NaN is 0.
    (sample.clamp(0.0, 1.0) * (1_u64 << 32) as f64) as u64
}

fn not_zero<const N: usize>() -> [u8; N]
where
    [u8; N]: Default,
{
    let mut id = [0; N];
    while id == [0; N] {
        rand::fill(&mut id[..]);
    }
    id
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fraction_is_a_threshold() {
        assert_eq!([threshold(0.0), threshold(-1.0), threshold(f64::NAN)], [0; 3]);
        assert_eq!([threshold(1.0), threshold(7.0)], [1 << 32; 2]);
        assert_eq!(threshold(0.25), 1 << 30);
    }

    #[test]
    fn a_tracer_that_is_off_passes_contexts_on() {
        let tracer = Tracer::default();
        assert!(tracer.sample("signal", SpanKind::Server).is_none());
        let context = TraceContext { trace_id: [1; 16], span_id: [2; 8] };
        assert_eq!(tracer.child(context, "append", SpanKind::Consumer).context(), context);
        assert_eq!(tracer.of_caller(&context.to_string()), None);
    }
}
