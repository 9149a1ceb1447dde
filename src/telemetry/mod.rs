//! Logs and metrics.

mod logs;
mod metrics;
mod spans;

pub use logs::{LogStyle, LogsError, start_logs, subscriber};
pub use metrics::{HttpMetrics, Metrics, PoolMetrics, RecorderMetrics};
pub use spans::{RequestId, RequestSpan, RoutePattern, UNMATCHED, known_method};
