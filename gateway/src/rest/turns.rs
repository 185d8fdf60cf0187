//! Questions that are asked in turns: whoever asks the same shares one answer, and after each turn the room services
//! have three times as long to themselves.
//!
//! So dashboards take at most a quarter of what one of them could take alone, however many poll and however often, and
//! an answer is never older than its question: it was asked for after the question came, which a cache of fixed age
//! could not promise. Where a turn takes milliseconds nobody notices the rest; where it takes a second, polling slows.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use switchboard_proto::Refusal;
use switchboard_proto::v1::ErrorReason;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until, timeout};

/// Questions that may wait for the next turn. Whoever comes then is told to come back.
const WAITING_MAX: usize = 256;
/// How much longer than a turn the rest after it is.
const REST_FACTOR: u32 = 3;
/// The longest rest.
const REST_MAX: Duration = Duration::from_secs(2);
/// How long a question may wait for its answer: two turns and the rest between them.
const WAIT_MAX: Duration = Duration::from_secs(12);

type Answer<A> = Result<A, Refusal>;
type Question<K, A> = (K, oneshot::Sender<Answer<A>>);

/// Where questions are put.
pub(crate) struct Turns<K, A>(mpsc::Sender<Question<K, A>>);

/// Who asks them.
pub(crate) struct Asking<K, A>(mpsc::Receiver<Question<K, A>>);

/// Both ends.
pub(crate) fn new<K, A>() -> (Turns<K, A>, Asking<K, A>) {
    let (sender, receiver) = mpsc::channel(WAITING_MAX);
    (Turns(sender), Asking(receiver))
}

impl<K, A> Turns<K, A> {
    /// Waits for the answer to `key`.
    ///
    /// # Errors
    /// What the room services refuse with; OVERLOADED when too many wait.
    pub(crate) async fn ask(&self, key: K) -> Answer<A> {
        let (sender, answer) = oneshot::channel();
        self.0.try_send((key, sender)).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => ErrorReason::Overloaded,
            mpsc::error::TrySendError::Closed(_) => ErrorReason::ShuttingDown,
        })?;
        match timeout(WAIT_MAX, answer).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => Err(ErrorReason::ShuttingDown.into()),
            Err(_) => Err(ErrorReason::RoomServiceUnavailable.into()),
        }
    }
}

impl<K: Eq + Hash + Clone, A: Clone> Asking<K, A> {
    /// Asks turn by turn, `at_once` different questions at one time, until no more can come.
    pub(crate) async fn run<F>(mut self, at_once: usize, ask: impl Fn(K) -> F)
    where
        F: Future<Output = Answer<A>>,
    {
        let mut rest_until = Instant::now();
        while let Some(first) = self.0.recv().await {
            sleep_until(rest_until).await;
            let mut turn: HashMap<K, Vec<oneshot::Sender<Answer<A>>>> = HashMap::new();
            let mut next = Some(first);
            while let Some((key, sender)) = next {
                // Who went away needs no answer.
                if !sender.is_closed() {
                    turn.entry(key).or_default().push(sender);
                }
                next = self.0.try_recv().ok();
            }
            let began = Instant::now();
            let answers = stream::iter(turn).for_each_concurrent(at_once, |(key, senders)| {
                let answer = ask(key);
                async move {
                    let answer = answer.await;
                    for sender in senders {
                        let _ = sender.send(answer.clone());
                    }
                }
            });
            answers.await;
            let now = Instant::now();
            rest_until = now + ((now - began) * REST_FACTOR).min(REST_MAX);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    const TURN: Duration = Duration::from_millis(100);

    /// Turns in which each question takes a tenth of a second and is answered with how many were asked before.
    fn turns() -> (Arc<Turns<&'static str, usize>>, Arc<AtomicUsize>) {
        let (turns, asking) = new();
        let asked = Arc::new(AtomicUsize::new(0));
        let counts = Arc::clone(&asked);
        tokio::spawn(asking.run(1, move |_| {
            let number = counts.fetch_add(1, Ordering::Relaxed);
            async move {
                tokio::time::sleep(TURN).await;
                Ok(number)
            }
        }));
        (Arc::new(turns), asked)
    }

    #[tokio::test(start_paused = true)]
    async fn the_same_question_is_asked_once_a_turn_and_never_answered_from_before() {
        let (turns, asked) = turns();
        let ask = |key| {
            let turns = Arc::clone(&turns);
            tokio::spawn(async move { turns.ask(key).await.expect("is answered") })
        };
        let first = ask("rooms");
        tokio::time::sleep(TURN / 2).await;
        // While the first is under way: these came later than it began.
        let later: Vec<_> = (0..100).map(|_| ask("rooms")).collect();
        assert_eq!(first.await.expect("ran"), 0);
        for later in later {
            assert_eq!(later.await.expect("ran"), 1);
        }
        assert_eq!(asked.load(Ordering::Relaxed), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn who_polls_without_a_pause_takes_a_quarter_of_the_time() {
        let (turns, asked) = turns();
        let end = Instant::now() + 40 * TURN;
        while Instant::now() < end {
            turns.ask("rooms").await.expect("is answered");
        }
        assert!((9..=11).contains(&asked.load(Ordering::Relaxed)), "{asked:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn more_than_may_wait_are_told_so() {
        let (turns, _asking) = new::<u32, ()>();
        let turns = Arc::new(turns);
        for key in 0..WAITING_MAX as u32 {
            let turns = Arc::clone(&turns);
            tokio::spawn(async move { turns.ask(key).await });
        }
        while turns.0.capacity() > 0 {
            tokio::task::yield_now().await;
        }
        let refused = turns.ask(u32::MAX).await.expect_err("is one too many");
        assert_eq!(refused.reason, ErrorReason::Overloaded);
    }
}
