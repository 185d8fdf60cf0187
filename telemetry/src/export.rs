//! Carries spans that have ended to the collector, some at a time. Nobody waits for it.

use std::time::Duration;

use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use switchboard_metrics::{Counter, Family};
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::tracer::Became;

/// Spans that may wait for the collector: about 4 MB, and seconds of a fleet that samples far too much.
pub(crate) const QUEUE_SPANS_MAX: usize = 4_096;
/// How long one export may take.
pub(crate) const EXPORT_TIMEOUT: Duration = Duration::from_secs(3);
/// Spans of one export.
const BATCH_SPANS_MAX: usize = 512;
/// How long a batch that is not full waits for more.
const LINGER: Duration = Duration::from_millis(500);

/// Exports until `stop`, then what is left.
pub(crate) async fn export(
    exporter: impl SpanExporter,
    mut ended: mpsc::Receiver<SpanData>,
    spans: Family<Became, Counter>,
    stop: CancellationToken,
) {
    let mut fails = false;
    loop {
        let mut batch = Vec::new();
        tokio::select! {
            taken = ended.recv_many(&mut batch, BATCH_SPANS_MAX) => if taken == 0 { return },
            () = stop.cancelled(), if !ended.is_closed() => {
                ended.close();
                continue;
            }
        }
        if batch.len() < BATCH_SPANS_MAX && !ended.is_closed() {
            tokio::select! {
                () = sleep(LINGER) => {}
                () = stop.cancelled() => ended.close(),
            }
            let more = ended.len().min(BATCH_SPANS_MAX - batch.len());
            if more > 0 {
                ended.recv_many(&mut batch, more).await;
            }
        }
        let count = batch.len() as u64;
        let exported = match timeout(EXPORT_TIMEOUT, exporter.export(batch)).await {
            Ok(exported) => exported.map_err(|error| error.to_string()),
            Err(_) => Err(format!("no answer within {EXPORT_TIMEOUT:?}")),
        };
        spans.get(if exported.is_ok() { Became::Sent } else { Became::Failed }).inc_by(count);
        // One line at each end of it, however long the collector is away.
        match exported {
            Err(error) if !fails => {
                tracing::warn!(
                    error,
                    "spans can't be sent to the collector; they are dropped until it answers"
                );
                fails = true;
            }
            Ok(()) if fails => {
                tracing::info!("spans reach the collector again");
                fails = false;
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

    use opentelemetry::trace::SpanKind;
    use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
    use switchboard_metrics::Registry;
    use switchboard_proto::TraceContext;

    use super::*;
    use crate::{TraceConfig, TraceMetrics, Tracer};

    /// A collector that may be away.
    #[derive(Debug, Clone, Default)]
    struct Collector {
        away: Arc<AtomicBool>,
        had: Arc<AtomicUsize>,
    }

    impl SpanExporter for Collector {
        async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
            if self.away.load(Ordering::Relaxed) {
                return Err(OTelSdkError::InternalFailure("away".into()));
            }
            self.had.fetch_add(batch.len(), Ordering::Relaxed);
            Ok(())
        }
    }

    const CONTEXT: TraceContext = TraceContext { trace_id: [1; 16], span_id: [2; 8] };

    /// A span's data, taken from a tracer whose own collector is not there.
    async fn data(metrics: &TraceMetrics) -> (mpsc::Sender<SpanData>, mpsc::Receiver<SpanData>, SpanData) {
        let (queue, ended) = mpsc::channel(QUEUE_SPANS_MAX);
        let mut span = None;
        let tracer = Tracer::test(queue.clone(), metrics.clone());
        drop(tracer.child(CONTEXT, "append", SpanKind::Consumer));
        let mut ended = ended;
        if let Some(data) = ended.recv().await {
            span = Some(data);
        }
        (queue, ended, span.expect("a span that ends is told of"))
    }

    #[tokio::test(start_paused = true)]
    async fn what_a_collector_misses_is_counted_and_the_stop_sends_the_rest() {
        let mut registry = Registry::new("test", "1");
        let metrics = TraceMetrics::new(&mut registry);
        let (queue, ended, data) = data(&metrics).await;
        let collector = Collector::default();
        let stop = CancellationToken::new();
        let task = tokio::spawn(export(collector.clone(), ended, metrics.spans.clone(), stop.clone()));
        collector.away.store(true, Ordering::Relaxed);
        queue.send(data.clone()).await.expect("it is taken");
        while metrics.spans.get(Became::Failed).get() == 0 {
            sleep(Duration::from_millis(10)).await;
        }
        collector.away.store(false, Ordering::Relaxed);
        for _ in 0..BATCH_SPANS_MAX + 7 {
            queue.send(data.clone()).await.expect("it is taken");
        }
        stop.cancel();
        task.await.expect("it ends");
        assert_eq!(collector.had.load(Ordering::Relaxed), BATCH_SPANS_MAX + 7);
        assert_eq!(metrics.spans.get(Became::Sent).get(), (BATCH_SPANS_MAX + 7) as u64);
    }

    #[tokio::test]
    async fn a_full_queue_drops_and_counts() {
        let mut registry = Registry::new("test", "1");
        let metrics = TraceMetrics::new(&mut registry);
        let (queue, ended) = mpsc::channel(2);
        let tracer = Tracer::test(queue, metrics.clone());
        for _ in 0..5 {
            drop(tracer.child(CONTEXT, "append", SpanKind::Consumer));
        }
        assert_eq!(metrics.spans.get(Became::Dropped).get(), 3);
        drop(ended);
    }

    #[tokio::test]
    async fn a_collector_that_is_not_there_costs_the_spans_and_a_bounded_stop() {
        let mut registry = Registry::new("test", "1");
        let metrics = TraceMetrics::new(&mut registry);
        let config =
            TraceConfig { endpoint: "http://127.0.0.1:1".into(), sample: 1.0, callers_per_second: 1 };
        let tracer =
            Tracer::start(Some(&config), "test", "1".into(), metrics.clone()).expect("is an address");
        let sampled = tracer.sample("signal", SpanKind::Server).expect("all are taken");
        assert_eq!(tracer.of_caller(&sampled.context().to_string()), Some(sampled.context()));
        assert_eq!(tracer.of_caller(&sampled.context().to_string()), None, "one a second");
        drop(sampled);
        tracer.end(Duration::from_secs(10)).await;
        assert_eq!(metrics.spans.get(Became::Failed).get(), 1);
        drop(tracer.sample("signal", SpanKind::Server));
        assert_eq!(metrics.spans.get(Became::Dropped).get(), 1, "it has stopped");
        let config = TraceConfig { endpoint: "no address".into(), ..config };
        assert!(Tracer::start(Some(&config), "test", "1".into(), metrics).is_err());
    }
}
