//! What is logged, changed while the process runs: `GET` and `PUT /log` of the admin port.

use std::fmt;
use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::routing::get;
use tokio::sync::Mutex;
use tracing_subscriber::EnvFilter;

/// The longest filter, in bytes.
const FILTER_BYTES_MAX: usize = 4 << 10;

/// Why a text is no filter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no filter, as in info or switchboard_gateway=debug,info: {why}")]
pub struct BadFilter {
    text: String,
    why: String,
}

/// The filter that a text says.
pub(crate) fn parse(text: &str) -> Result<EnvFilter, BadFilter> {
    let text = text.trim();
    let bad = |why: String| BadFilter { text: text.chars().take(80).collect(), why };
    // Without this nothing would be logged any more, errors neither, and nobody would have said so.
    if text.split(',').all(|directive| directive.trim().is_empty()) {
        return Err(bad("it is empty; off says that nothing is to be logged".into()));
    }
    // `inof` alone would be taken for a module of that name, all of which is logged: a level that was mistyped.
    let mistyped = text.split(',').map(str::trim).find(|directive| {
        let is_word = !directive.is_empty() && directive.chars().all(|c| c.is_ascii_alphanumeric());
        is_word && directive.parse::<tracing_subscriber::filter::LevelFilter>().is_err()
    });
    if let Some(word) = mistyped {
        return Err(bad(format!("{word} is no level: error, warn, info, debug, trace or off")));
    }
    EnvFilter::try_new(text).map_err(|error| bad(error.to_string()))
}

type Reload = dyn Fn(EnvFilter) -> bool + Send + Sync;

/// The handle that changes what is logged. Cheap to clone.
#[derive(Clone)]
pub struct Levels {
    now: Arc<Mutex<String>>,
    reload: Arc<Reload>,
}

impl fmt::Debug for Levels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Levels")
    }
}

impl PartialEq for Levels {
    /// Whether it is the same log's.
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.now, &other.now)
    }
}

impl Levels {
    pub(crate) fn new(filter: &str, reload: impl Fn(EnvFilter) -> bool + Send + Sync + 'static) -> Self {
        Self { now: Arc::new(Mutex::new(filter.trim().to_owned())), reload: Arc::new(reload) }
    }

    /// Checks a filter without using it.
    ///
    /// # Errors
    /// When it is none.
    pub fn check(text: &str) -> Result<(), BadFilter> {
        parse(text).map(drop)
    }

    /// What is logged now.
    pub async fn now(&self) -> String {
        self.now.lock().await.clone()
    }

    /// Logs by `text` from here on, in the whole process.
    ///
    /// # Errors
    /// When it is no filter; what was logged before still is.
    pub async fn set(&self, text: &str) -> Result<(), BadFilter> {
        let filter = parse(text)?;
        // Held over the change, so that what is told is what is done.
        let mut now = self.now.lock().await;
        (self.reload)(filter);
        let before = std::mem::replace(&mut *now, text.trim().to_owned());
        // The filter may hide this line itself: it is an operator's own.
        tracing::warn!(before, now = *now, "what is logged was changed");
        Ok(())
    }
}

/// `GET /log` tells what is logged, `PUT /log` takes a filter as its body: 200, or 400 with a sentence. Without a handle
/// there is nothing there.
pub fn routes<S: Clone + Send + Sync + 'static>(levels: Option<Levels>) -> Router<S> {
    let Some(levels) = levels else { return Router::new() };
    let to_put = levels.clone();
    let tell = move || async move { levels.now().await + "\n" };
    let put = move |text: String| async move {
        match to_put.set(&text).await {
            Ok(()) => (StatusCode::OK, to_put.now().await + "\n"),
            Err(error) => (StatusCode::BAD_REQUEST, format!("{error}\n")),
        }
    };
    Router::new().route("/log", get(tell).put(put)).layer(DefaultBodyLimit::max(FILTER_BYTES_MAX))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn a_bad_filter_changes_nothing() {
        let reloads = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&reloads);
        let levels = Levels::new("info", move |_| counted.fetch_add(1, Ordering::Relaxed) < 9);
        for bad in ["", " , ", "inof", "switchboard_gateway=loud", "info,[", "info,warm"] {
            let error = levels.set(bad).await.expect_err(bad).to_string();
            assert!(error.contains("is no filter, as in info"), "{error}");
        }
        assert_eq!((levels.now().await.as_str(), reloads.load(Ordering::Relaxed)), ("info", 0));
        for good in ["debug", " off\n", "switchboard_gateway=debug,info", "WARN", "switchboard_gateway::link"]
        {
            levels.set(good).await.expect(good);
            assert_eq!(levels.now().await, good.trim());
        }
        assert_eq!(reloads.load(Ordering::Relaxed), 5);
    }
}
