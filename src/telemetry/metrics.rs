//! What is counted and measured, in one registry that is handed down as a value. No label ever holds a path, a name
//! or anything else that a request brings with it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

/// Every metric of the service.
#[derive(Clone)]
pub struct Metrics {
    registry: Arc<Registry>,
    /// Requests.
    pub http: HttpMetrics,
    /// The recorder, which sets them.
    pub recorder: RecorderMetrics,
    /// The pool of read connections, which sets them.
    pub pool: PoolMetrics,
}

impl Metrics {
    /// A registry with every metric in it, all at zero.
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("child_index");
        let http = HttpMetrics::register(registry.sub_registry_with_prefix("http"));
        let recorder = RecorderMetrics::register(registry.sub_registry_with_prefix("recorder"));
        let pool = PoolMetrics::register(registry.sub_registry_with_prefix("pool"));
        Self { registry: Arc::new(registry), http, recorder, pool }
    }

    /// The metrics in the OpenMetrics text format.
    ///
    /// # Errors
    /// Only when a metric cannot be written as text, which a number always can.
    pub fn to_text(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    route: String,
    method: &'static str,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    route: String,
    method: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RefusalLabels {
    reason: &'static str,
}

/// Requests, by route pattern.
#[derive(Clone)]
pub struct HttpMetrics {
    requests: Family<RequestLabels, Counter>,
    seconds: Family<RouteLabels, Histogram>,
    token_refusals: Family<RefusalLabels, Counter>,
    panics: Counter,
}

impl HttpMetrics {
    fn register(registry: &mut Registry) -> Self {
        let metrics = Self {
            requests: Family::default(),
            // From half a millisecond to about eight seconds.
            seconds: Family::new_with_constructor(|| Histogram::new(exponential_buckets(0.0005, 2.0, 15))),
            token_refusals: Family::default(),
            panics: Counter::default(),
        };
        registry.register("requests", "Requests answered", metrics.requests.clone());
        registry.register_with_unit("request_duration", "Time to answer", Unit::Seconds, metrics.seconds.clone());
        registry.register("token_refusals", "Tokens not taken, by reason", metrics.token_refusals.clone());
        registry.register("panics", "Handlers that broke off", metrics.panics.clone());
        metrics
    }

    /// Counts an answer. `route` is a route pattern, never a path.
    pub fn count_request(&self, route: &str, method: &'static str, status: u16, took: Duration) {
        let labels = RequestLabels { route: route.to_owned(), method, status };
        self.requests.get_or_create(&labels).inc();
        let labels = RouteLabels { route: route.to_owned(), method };
        self.seconds.get_or_create(&labels).observe(took.as_secs_f64());
    }

    /// Counts a token that was not taken.
    pub fn count_token_refusal(&self, reason: &'static str) {
        self.token_refusals.get_or_create(&RefusalLabels { reason }).inc();
    }

    /// Counts a handler that panicked.
    pub fn count_panic(&self) {
        self.panics.inc();
    }
}

/// The recorder's queue and batches.
#[derive(Clone)]
pub struct RecorderMetrics {
    /// Jobs waiting to be recorded.
    pub queue_depth: Gauge,
    /// Jobs in the last batch.
    pub last_batch_size: Gauge,
    /// Jobs in each batch.
    pub batch_size: Histogram,
    /// Time from the start of a batch to its commit, in seconds.
    pub batch_seconds: Histogram,
    /// Batches that could not be committed.
    pub failures: Counter,
    /// Jobs turned away because the queue was full.
    pub refused: Counter,
}

impl RecorderMetrics {
    fn register(registry: &mut Registry) -> Self {
        let metrics = Self {
            queue_depth: Gauge::default(),
            last_batch_size: Gauge::default(),
            batch_size: Histogram::new(exponential_buckets(1.0, 2.0, 9)),
            batch_seconds: Histogram::new(exponential_buckets(0.0005, 2.0, 14)),
            failures: Counter::default(),
            refused: Counter::default(),
        };
        registry.register("queue_depth", "Jobs waiting to be recorded", metrics.queue_depth.clone());
        registry.register("last_batch_size", "Jobs in the last batch", metrics.last_batch_size.clone());
        registry.register("batch_size", "Jobs in a batch", metrics.batch_size.clone());
        registry.register_with_unit("batch_duration", "Time to commit", Unit::Seconds, metrics.batch_seconds.clone());
        registry.register("failures", "Batches that could not be committed", metrics.failures.clone());
        registry.register("refused", "Jobs turned away by a full queue", metrics.refused.clone());
        metrics
    }
}

/// The pool of read connections.
#[derive(Clone)]
pub struct PoolMetrics {
    /// Connections in use.
    pub in_use: Gauge,
    /// Time waited for a connection, in seconds.
    pub wait_seconds: Histogram,
    /// Requests that waited too long and were turned away.
    pub refused: Counter,
}

impl PoolMetrics {
    fn register(registry: &mut Registry) -> Self {
        let metrics = Self {
            in_use: Gauge::default(),
            wait_seconds: Histogram::new(exponential_buckets(0.0001, 2.0, 13)),
            refused: Counter::default(),
        };
        registry.register("in_use", "Connections in use", metrics.in_use.clone());
        registry.register_with_unit(
            "wait",
            "Time waited for a connection",
            Unit::Seconds,
            metrics.wait_seconds.clone(),
        );
        registry.register("refused", "Requests turned away after waiting", metrics.refused.clone());
        metrics
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_is_shown() {
        let metrics = Metrics::new();
        metrics.http.count_request("/v1/children/{child_id}", "GET", 200, Duration::from_millis(3));
        metrics.http.count_token_refusal("expired");
        metrics.recorder.queue_depth.set(7);
        metrics.recorder.batch_size.observe(12.0);
        metrics.pool.refused.inc();
        let text = metrics.to_text().unwrap();
        for line in [
            "child_index_http_requests_total{route=\"/v1/children/{child_id}\",method=\"GET\",status=\"200\"} 1",
            "child_index_http_request_duration_seconds_count{route=\"/v1/children/{child_id}\",method=\"GET\"} 1",
            "child_index_http_token_refusals_total{reason=\"expired\"} 1",
            "child_index_recorder_queue_depth 7",
            "child_index_recorder_batch_size_count 1",
            "child_index_pool_refused_total 1",
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
        assert!(text.ends_with("# EOF\n"));
    }
}
