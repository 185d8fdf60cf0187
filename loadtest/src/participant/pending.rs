//! A session's commands under way: pure. Which are to be sent again, and what became of them.

use std::collections::{BTreeMap, HashMap};

use switchboard_proto::v1::{self, ErrorReason, client_message::Kind as Ask};

use crate::checker::Outcome;

/// Commands without an answer: the protocol's bound.
pub(super) const PENDING_MAX: usize = 64;

/// A session and the commands it has under way. `T` goes back to whoever sent the command.
#[derive(Debug)]
pub(super) struct Session<T> {
    pub(super) id: String,
    pub(super) token: String,
    /// Of the newest attempt.
    pub(super) generation: u64,
    /// The counter of the newest command.
    counter: u64,
    /// The counter that was sent last on this connection, or that the gateway said was decided last.
    sent: u64,
    pending: BTreeMap<u64, Pending<T>>,
}

#[derive(Debug)]
struct Pending<T> {
    command: Ask,
    /// What it will have been once that is stored; none before its answer.
    decided: Option<Outcome>,
    back: T,
}

/// A command that has its outcome: which, and to whom it goes back.
pub(super) type Done<T> = (u64, Outcome, T);

impl<T> Session<T> {
    pub(super) fn new(welcome: &v1::Welcome) -> Self {
        Self {
            id: welcome.session_id.clone(),
            token: welcome.resume_token.clone(),
            generation: welcome.generation.max(1),
            counter: 0,
            sent: 0,
            pending: BTreeMap::new(),
        }
    }

    pub(super) fn is_full(&self) -> bool {
        self.pending.len() >= PENDING_MAX
    }

    pub(super) fn under_way(&self) -> usize {
        self.pending.len()
    }

    /// A new command: numbered, kept, and as it is to be sent.
    pub(super) fn number(&mut self, command: Ask, back: T) -> v1::ClientMessage {
        self.counter += 1;
        let counter = self.counter;
        let after = std::mem::replace(&mut self.sent, counter);
        self.pending.insert(counter, Pending { command: command.clone(), decided: None, back });
        v1::ClientMessage { counter, after, kind: Some(command) }
    }

    /// The session was taken up: what was decided meanwhile is done if it is stored, and kept if it is not;
    /// the rest is to be sent again, in order, the first with `after` = `last`.
    pub(super) fn resumed(&mut self, resumed: &v1::Resumed) -> (Vec<Done<T>>, Vec<v1::ClientMessage>) {
        if !resumed.resume_token.is_empty() {
            self.token.clone_from(&resumed.resume_token);
        }
        let refused: HashMap<u64, ErrorReason> =
            resumed.refused.iter().map(|refused| (refused.counter, refused.reason())).collect();
        let above = self.pending.split_off(&(resumed.last + 1));
        let mut decided = std::mem::replace(&mut self.pending, above);
        let unstored = decided.split_off(&(resumed.stored.unwrap_or(resumed.last).min(resumed.last) + 1));
        let outcome = |counter: u64| match refused.get(&counter) {
            Some(&reason) => Outcome::Refused(reason),
            None => Outcome::Accepted { stored: true },
        };
        let done: Vec<_> =
            decided.into_iter().map(|(counter, pending)| (counter, outcome(counter), pending.back)).collect();
        self.sent = resumed.last;
        // A counter that was used up and answered by the edge alone is not used again.
        self.counter = self.counter.max(resumed.last);
        let again = self.pending.iter().map(|(&counter, pending)| {
            let after = std::mem::replace(&mut self.sent, counter);
            v1::ClientMessage { counter, after, kind: Some(pending.command.clone()) }
        });
        let again = again.collect();
        for (counter, mut pending) in unstored {
            pending.decided = Some(outcome(counter));
            self.pending.insert(counter, pending);
        }
        (done, again)
    }

    /// An answer came. None where the command is kept on, or was answered before.
    pub(super) fn answered(&mut self, counter: u64, outcome: Outcome) -> Option<Done<T>> {
        if outcome == (Outcome::Accepted { stored: false }) {
            if let Some(pending) = self.pending.get_mut(&counter) {
                pending.decided = Some(Outcome::Accepted { stored: true });
            }
            return None;
        }
        self.pending.remove(&counter).map(|pending| (counter, outcome, pending.back))
    }

    /// It is refused, and that is not stored: while the store is away the room may be given up for another one, which
    /// took the command.
    pub(super) fn refused_for_now(&mut self, counter: u64, reason: ErrorReason) {
        if let Some(pending) = self.pending.get_mut(&counter) {
            pending.decided = Some(Outcome::Refused(reason));
        }
    }

    /// All that was decided up to `counter` is stored now.
    pub(super) fn stored(&mut self, counter: u64) -> Vec<Done<T>> {
        let decided = self.pending.range(..=counter);
        let decided: Vec<_> =
            decided.filter_map(|(&counter, pending)| Some((counter, pending.decided?))).collect();
        decided.into_iter().filter_map(|(counter, outcome)| self.answered(counter, outcome)).collect()
    }

    /// The session is lost, and with it what was under way.
    pub(super) fn lost(&mut self) -> Vec<Done<T>> {
        let pending = std::mem::take(&mut self.pending);
        pending.into_iter().map(|(counter, pending)| (counter, Outcome::Unknown, pending.back)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(commands: u64) -> Session<u64> {
        let mut session = Session::new(&v1::Welcome { generation: 1, ..Default::default() });
        for n in 1..=commands {
            let message = session.number(Ask::StopShare(v1::StopShare {}), n);
            assert_eq!((message.counter, message.after), (n, n - 1));
        }
        session
    }

    #[test]
    fn a_resume_resolves_what_was_decided_and_sends_the_rest_again() {
        let mut session = session(5);
        assert_eq!(session.answered(1, Outcome::Accepted { stored: true }).map(|done| done.2), Some(1));
        let refused = vec![v1::RefusedCounter { counter: 2, reason: ErrorReason::NotSharing.into() }];
        let (done, again) = session.resumed(&v1::Resumed { last: 3, refused, ..Default::default() });
        let outcomes: Vec<_> = done.into_iter().map(|(counter, outcome, _)| (counter, outcome)).collect();
        let want = [(2, Outcome::Refused(ErrorReason::NotSharing)), (3, Outcome::Accepted { stored: true })];
        assert_eq!(outcomes, want);
        let numbers: Vec<_> = again.iter().map(|message| (message.counter, message.after)).collect();
        assert_eq!(numbers, [(4, 3), (5, 4)]);
        assert_eq!(session.number(Ask::Leave(v1::Leave {}), 6).after, 5);
    }

    #[test]
    fn a_resume_keeps_what_is_accepted_and_sends_it_again_once_it_is_lost() {
        let mut session = session(4);
        assert!(session.answered(2, Outcome::Accepted { stored: false }).is_none());
        let (done, again) = session.resumed(&v1::Resumed { last: 3, stored: Some(1), ..Default::default() });
        assert_eq!(done.into_iter().map(|done| done.0).collect::<Vec<_>>(), [1]);
        assert_eq!(again.iter().map(|message| message.counter).collect::<Vec<_>>(), [4]);
        let counters: Vec<_> = session.stored(2).into_iter().map(|done| done.0).collect();
        assert_eq!(counters, [2]);
        let (_, again) = session.resumed(&v1::Resumed { last: 2, stored: Some(2), ..Default::default() });
        let numbers: Vec<_> = again.iter().map(|message| (message.counter, message.after)).collect();
        assert_eq!(numbers, [(3, 2), (4, 3)]);
    }

    #[test]
    fn inv5_a_refusal_is_told_once_it_is_stored() {
        let mut session = session(3);
        session.refused_for_now(1, ErrorReason::NotSharing);
        session.refused_for_now(2, ErrorReason::NotSharing);
        let refused = vec![v1::RefusedCounter { counter: 3, reason: ErrorReason::NotSharing.into() }];
        let resumed = v1::Resumed { last: 3, stored: Some(0), refused, ..Default::default() };
        let (done, again) = session.resumed(&resumed);
        assert!(done.is_empty() && again.is_empty(), "decided, and not for good");
        // Another room had taken the first one, and is the one that is stored.
        let taken = session.answered(1, Outcome::Accepted { stored: true });
        assert_eq!(taken.map(|done| done.1), Some(Outcome::Accepted { stored: true }));
        let done: Vec<_> = session.stored(3).into_iter().map(|done| (done.0, done.1)).collect();
        assert!(done.contains(&(3, Outcome::Refused(ErrorReason::NotSharing))), "{done:?}");
    }

    #[test]
    fn accepted_is_kept_until_it_is_stored() {
        let mut session = session(3);
        assert!(session.answered(1, Outcome::Accepted { stored: false }).is_none());
        assert!(session.answered(3, Outcome::Accepted { stored: false }).is_none());
        let counters: Vec<_> = session.stored(2).into_iter().map(|done| done.0).collect();
        assert_eq!(counters, [1]);
        let counters: Vec<_> = session.lost().into_iter().map(|done| (done.0, done.1)).collect();
        assert_eq!(counters, [(2, Outcome::Unknown), (3, Outcome::Unknown)]);
    }
}
