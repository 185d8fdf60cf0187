//! The log, to standard error, and the audit, which is in no log.

use std::io::{self, IsTerminal as _, Write};
use std::sync::Mutex;

use tracing_subscriber::filter::{FilterExt as _, LevelFilter, filter_fn};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer as _, reload};

use crate::levels::{BadFilter, Levels, parse};

/// How the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// For people where standard error is a terminal, else as JSON.
    #[default]
    Auto,
    /// For people.
    Text,
    /// A line of JSON an entry: `timestamp`, `level`, `target`, `message`, and the fields beside them.
    Json,
}

impl Format {
    /// Whether it is JSON where this process writes.
    #[must_use]
    pub fn is_json(self) -> bool {
        match self {
            Self::Auto => !io::stderr().is_terminal(),
            Self::Text => false,
            Self::Json => true,
        }
    }
}

/// What is logged, and how.
pub struct Log<'a> {
    /// A level, or levels by module, as in `info` or `switchboard_gateway=debug,warn`.
    pub filter: &'a str,
    /// How.
    pub format: Format,
    /// Where records of the audit go, and the target that they have. They are in no log, whatever is logged.
    pub audit: (&'static str, Option<Box<dyn Write + Send>>),
}

/// Starts the log of this process; gives the handle that changes what is logged.
///
/// # Errors
/// When the filter is none.
///
/// # Panics
/// When it is called twice in a process.
pub fn start(log: Log<'_>) -> Result<Levels, BadFilter> {
    let (audit, file) = log.audit;
    let (filter, handle) = reload::Layer::new(parse(log.filter)?);
    let levels = Levels::new(log.filter, move |filter| handle.reload(filter).is_ok());
    let is_audit = move |metadata: &tracing::Metadata<'_>| metadata.target() == audit;
    // A filter by function could want anything, and would have every span of every library made: it tells its level.
    let allowed = filter_fn(move |metadata| !is_audit(metadata) && may_be_logged(metadata));
    let filter = filter.and(allowed.with_max_level_hint(LevelFilter::TRACE));
    let layer = tracing_subscriber::fmt::layer().with_writer(io::stderr);
    let layer = if log.format.is_json() {
        let layer = layer.json().flatten_event(true).with_current_span(false).with_span_list(false);
        layer.boxed()
    } else {
        layer.with_ansi(io::stderr().is_terminal()).boxed()
    };
    let record = file.map(|file| {
        let lines = tracing_subscriber::fmt::layer().json().flatten_event(true).with_current_span(false);
        let lines = lines.with_span_list(false).with_target(false).with_level(false);
        let only_audit = filter_fn(is_audit).with_max_level_hint(LevelFilter::INFO);
        lines.with_writer(Mutex::new(file)).with_filter(only_audit)
    });
    tracing_subscriber::registry().with(layer.with_filter(filter)).with(record).init();
    Ok(levels)
}

/// What libraries log below info are whole messages and headers, such as a WebSocket's frames: with the access tokens,
/// link secrets and resume tokens that came in them. None of it is logged, whatever the filter says.
fn may_be_logged(metadata: &tracing::Metadata<'_>) -> bool {
    metadata.target().starts_with("switchboard") || *metadata.level() <= tracing::Level::INFO
}
