//! Where log lines go and which are let through.

use std::fmt;

use tracing::level_filters::LevelFilter;
use tracing::{Level, Metadata};
use tracing_subscriber::filter::{EnvFilter, FilterFn};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::{Registry, fmt as layers};

/// How a log line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogStyle {
    /// One JSON object a line, for machines.
    Json,
    /// Words, for a terminal.
    Plain,
}

/// Why logs could not be started.
#[derive(Debug)]
pub enum LogsError {
    /// The level is neither a severity nor a list of directives.
    Level(String),
    /// Somebody else started logs in this process.
    AlreadyStarted,
}

impl fmt::Display for LogsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Level(level) => {
                write!(
                    f,
                    "log.level {level:?} is neither a severity (error, warn, info, debug) nor a list of directives"
                )
            }
            Self::AlreadyStarted => f.write_str("logs were started twice"),
        }
    }
}

impl std::error::Error for LogsError {}

/// Starts logs on standard error for the whole process: its one static.
///
/// Libraries are heard from `warn` upwards whatever the level says, because at lower levels some of them log headers
/// and paths; and records of the `log` crate are not taken at all. A panic is logged by its place alone: its message
/// may hold a value.
///
/// # Errors
/// When the level cannot be read, or when logs were started before.
pub fn start_logs(style: LogStyle, level: &str) -> Result<(), LogsError> {
    let subscriber = subscriber(style, level, std::io::stderr)?;
    tracing::subscriber::set_global_default(subscriber).map_err(|_| LogsError::AlreadyStarted)?;
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "panicked");
    }));
    Ok(())
}

/// Makes the subscriber that [`start_logs`] starts, writing elsewhere: a test reads what would be logged.
///
/// # Errors
/// [`LogsError::Level`].
pub fn subscriber<W>(
    style: LogStyle,
    level: &str,
    writer: W,
) -> Result<Box<dyn tracing::Subscriber + Send + Sync>, LogsError>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let chosen = EnvFilter::builder()
        .with_default_directive(LevelFilter::INFO.into())
        .parse(level)
        .map_err(|_| LogsError::Level(level.to_owned()))?;
    let ours = FilterFn::new(|metadata: &Metadata<'_>| {
        metadata.target().starts_with("child_index") || *metadata.level() <= Level::WARN
    });
    let lines = match style {
        LogStyle::Json => layers::layer().json().flatten_event(true).with_writer(writer).boxed(),
        LogStyle::Plain => layers::layer().with_ansi(false).with_writer(writer).boxed(),
    };
    Ok(Box::new(Registry::default().with(chosen).with(lines.with_filter(ours))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn logged(style: LogStyle, level: &str, work: impl FnOnce()) -> String {
        let lines = Lines::default();
        let writer = lines.clone();
        let subscriber = subscriber(style, level, move || writer.clone()).unwrap();
        tracing::subscriber::with_default(subscriber, work);
        String::from_utf8(lines.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn libraries_are_not_heard_below_warnings() {
        for style in [LogStyle::Json, LogStyle::Plain] {
            let text = logged(style, "trace", || {
                tracing::debug!(target: "h2::codec", "authorization: Bearer secret");
                tracing::warn!(target: "h2::codec", "went away");
                tracing::debug!(target: "child_index::api", "ours");
            });
            assert!(!text.contains("secret") && text.contains("went away") && text.contains("ours"), "{text}");
        }
    }

    #[test]
    fn a_line_stays_one_line() {
        for style in [LogStyle::Json, LogStyle::Plain] {
            let text = logged(style, "info", || tracing::info!(target: "child_index", name = "a\r\nb\u{1b}[31m", "x"));
            assert_eq!(text.lines().count(), 1, "{text:?}");
            assert!(!text.trim_end().contains(['\r', '\u{1b}']), "{text:?}");
        }
    }

    #[test]
    fn a_level_that_is_none_is_refused() {
        let refused = subscriber(LogStyle::Json, "child_index=loudly", std::io::stderr);
        assert!(matches!(refused.err(), Some(LogsError::Level(_))));
    }
}
