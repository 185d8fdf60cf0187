//! A plan's load as timed actions: who does what when.
//!
//! Load is open loop: an action is due when the plan says so, whatever became of the ones before it, and its latency
//! counts from there. A server that stalls for a second is charged for all that was due in that second.
//!
//! Each activity is a small description: what its `n`th start has people do, and when after it. Nothing here is left to
//! chance, so two runs of a plan do the same.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::plan::{Activity, Plan, Signal};

/// What somebody does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    /// Joins, and connects before where it has not yet.
    Join,
    /// Leaves.
    Leave,
    /// Sends a signal to another member of its room.
    Signal { to: usize, signal: Signal, bytes: u32 },
    /// Says something to the room.
    Message { bytes: u32 },
    /// Starts or ends its share.
    Share { is_on: bool },
}

/// An action of one of the people, so long after the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Timed {
    pub(crate) at: Duration,
    pub(crate) person: usize,
    pub(crate) action: Action,
}

/// When a browser finds its candidates after it has set its description, in milliseconds, and how long each is: first the
/// machine's own, then those of STUN and TURN, which have to be asked.
const CANDIDATES: [(u64, u32); 8] =
    [(0, 140), (0, 155), (1, 150), (1, 165), (35, 190), (40, 190), (80, 210), (85, 210)];
/// Bytes of a browser's offer for sound and picture, and of the answer to it.
const OFFER: u32 = 5_500;
const ANSWER: u32 = 2_800;
/// How long a browser takes until its answer is there.
const ANSWER_AFTER_MS: u64 = 30;
/// Between two pairs of one room, since one page makes one offer after the other.
const PAIRS_APART_MS: u64 = 5;

/// The timed actions, in order.
#[derive(Debug)]
pub(crate) struct Timeline {
    shape: Shape,
    cadences: Vec<Cadence>,
    /// What has started and is still to come: by time, and of the same time in the order in which it was made.
    waiting: BTreeMap<(Duration, u64), Timed>,
    made: u64,
    until: Duration,
}

#[derive(Debug, Clone, Copy)]
struct Shape {
    rooms: usize,
    people: usize,
    /// Members who stay.
    stable: usize,
}

#[derive(Debug)]
struct Cadence {
    activity: Activity,
    rate: f64,
    started: u64,
}

impl Timeline {
    /// That of one step, at its factor: warm-up and what is measured. What starts before its end goes on to its own end.
    pub(crate) fn new(plan: &Plan, factor: f64) -> Self {
        let cadence = |activity: &Activity| Cadence {
            rate: activity.rate() * factor,
            activity: activity.clone(),
            started: 0,
        };
        Self {
            shape: Shape { rooms: plan.rooms, people: plan.people, stable: plan.stable() },
            cadences: plan.load.iter().map(cadence).collect(),
            waiting: BTreeMap::new(),
            made: 0,
            until: plan.warm_up.0 + plan.duration.0,
        }
    }

    fn start_next(&mut self, cadence: usize) {
        let cadence = &mut self.cadences[cadence];
        let start = cadence.next_start(self.shape, self.until).unwrap_or_default();
        let actions = actions(&cadence.activity, self.shape, cadence.started);
        cadence.started += 1;
        for (after, person, action) in actions {
            let at = start + after;
            self.waiting.insert((at, self.made), Timed { at, person, action });
            self.made += 1;
        }
    }
}

impl Iterator for Timeline {
    type Item = Timed;

    fn next(&mut self) -> Option<Timed> {
        loop {
            let starts = self.cadences.iter().enumerate();
            let starts =
                starts.filter_map(|(n, cadence)| Some((cadence.next_start(self.shape, self.until)?, n)));
            let first = starts.min();
            let waiting = self.waiting.first_key_value().map(|((at, _), _)| *at);
            match (first, waiting) {
                (Some((start, n)), waiting) if waiting.is_none_or(|at| start < at) => self.start_next(n),
                _ => return self.waiting.pop_first().map(|(_, timed)| timed),
            }
        }
    }
}

impl Cadence {
    /// When it starts next, if it still does.
    fn next_start(&self, shape: Shape, until: Duration) -> Option<Duration> {
        if matches!(self.activity, Activity::Joins { .. }) && self.started >= shape.total() {
            return None;
        }
        let start = Duration::try_from_secs_f64(self.started as f64 / self.rate).ok()?;
        // People who are to join do so however long it takes.
        (start < until || matches!(self.activity, Activity::Joins { .. })).then_some(start)
    }
}

impl Shape {
    fn total(self) -> u64 {
        (self.rooms * self.people) as u64
    }

    /// The room of the `n`th start, and how many starts it had before.
    fn turn(self, n: u64) -> (usize, usize) {
        let rooms = self.rooms as u64;
        (usize::try_from(n % rooms).unwrap_or_default(), usize::try_from(n / rooms).unwrap_or_default())
    }
}

/// What the `n`th start of an activity has people do, and how long after it.
fn actions(activity: &Activity, shape: Shape, n: u64) -> Vec<(Duration, usize, Action)> {
    let (room, turn) = shape.turn(n);
    let person = |member: usize| room * shape.people + member;
    let now = Duration::ZERO;
    match *activity {
        Activity::Joins { .. } => {
            vec![(now, usize::try_from(n).unwrap_or_default() % (shape.rooms * shape.people), Action::Join)]
        }
        Activity::Relay { signal, size, .. } => {
            let from = turn % shape.stable;
            // To the one neighbour and to the other: in rooms of an even number both hang on another gateway of two.
            let step = if (turn / shape.stable).is_multiple_of(2) { 1 } else { shape.stable - 1 };
            let to = (from + step) % shape.stable;
            vec![(now, person(from), Action::Signal { to, signal, bytes: signal.bytes(size) })]
        }
        Activity::Messages { size, .. } => {
            let bytes = Signal::Candidate.bytes(size);
            vec![(now, person(turn % shape.stable), Action::Message { bytes })]
        }
        Activity::Shares { hold, .. } => {
            let share = |is_on| Action::Share { is_on };
            vec![(now, person(0), share(true)), (hold.0, person(0), share(false))]
        }
        Activity::Churn { away, .. } => {
            let last = person(shape.people - 1);
            vec![(now, last, Action::Leave), (away.0, last, Action::Join)]
        }
        Activity::Mesh { .. } => {
            let mut actions = Vec::new();
            let pairs = (0..shape.stable).flat_map(|a| (a + 1..shape.stable).map(move |b| (a, b)));
            for (pair, (one, other)) in (0_u64..).zip(pairs) {
                let begun = pair * PAIRS_APART_MS;
                let mut say = |after: u64, from: usize, to: usize, signal, bytes| {
                    let action = Action::Signal { to, signal, bytes };
                    actions.push((Duration::from_millis(begun + after), person(from), action));
                };
                // The newer one offers.
                say(0, other, one, Signal::Offer, OFFER);
                say(ANSWER_AFTER_MS, one, other, Signal::Answer, ANSWER);
                for (after, bytes) in CANDIDATES {
                    say(after, other, one, Signal::Candidate, bytes);
                    say(ANSWER_AFTER_MS + after, one, other, Signal::Candidate, bytes);
                }
            }
            actions
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Time;

    fn plan(load: Vec<Activity>) -> Plan {
        Plan {
            rooms: 3,
            people: 4,
            warm_up: Time::seconds(1),
            duration: Time::seconds(1),
            load,
            ..Plan::default()
        }
    }

    fn at_ms(timed: &Timed) -> u128 {
        timed.at.as_millis()
    }

    #[test]
    fn a_relay_neither_drifts_nor_bunches_and_takes_all_in_turn() {
        let relay = Activity::Relay { rate: 12.0, signal: Signal::Candidate, size: 0 };
        let all: Vec<_> = Timeline::new(&plan(vec![relay]), 3.0).collect();
        assert_eq!(all.len(), 72);
        assert_eq!(all[..4].iter().map(at_ms).collect::<Vec<_>>(), [0, 27, 55, 83]);
        let mut spoke: Vec<_> = all[..12].iter().map(|timed| timed.person).collect();
        spoke.sort_unstable();
        assert_eq!(spoke, (0..12).collect::<Vec<_>>());
        for timed in &all {
            let Action::Signal { to, .. } = timed.action else { panic!("{timed:?}") };
            assert_eq!((to + timed.person % 4) % 2, 1, "across gateways: {timed:?}");
        }
        let to = |timed: &Timed| matches!(timed.action, Action::Signal { to: 1, .. });
        assert_eq!(all.iter().filter(|timed| timed.person == 0 && to(timed)).count(), 3, "to both in turn");
    }

    #[test]
    fn two_activities_are_one_line_in_order() {
        let load = vec![
            Activity::Churn { rate: 3.0, away: Time(Duration::from_millis(700)) },
            Activity::Shares { rate: 1.0, hold: Time(Duration::from_millis(100)) },
        ];
        let all: Vec<_> = Timeline::new(&plan(load), 1.0).collect();
        assert!(all.is_sorted_by_key(|timed| timed.at), "{all:?}");
        let count = |action| all.iter().filter(|timed| timed.action == action).count();
        assert_eq!(
            [count(Action::Leave), count(Action::Join)],
            [6, 6],
            "who left comes back, also after the end"
        );
        assert_eq!([count(Action::Share { is_on: true }), count(Action::Share { is_on: false })], [2, 2]);
        let churners: Vec<_> = all.iter().filter(|t| t.action == Action::Leave).map(|t| t.person).collect();
        assert_eq!(churners, [3, 7, 11, 3, 7, 11]);
    }

    #[test]
    fn in_a_mesh_everybody_negotiates_with_everybody() {
        let all: Vec<_> = Timeline::new(&plan(vec![Activity::Mesh { rate: 0.5 }]), 1.0).collect();
        assert_eq!(all.len(), 6 * (2 + 16));
        let of = |want| {
            let signal =
                move |timed: &&Timed| matches!(timed.action, Action::Signal { signal, .. } if signal == want);
            all.iter().filter(signal).count()
        };
        assert_eq!([of(Signal::Offer), of(Signal::Answer), of(Signal::Candidate)], [6, 6, 96]);
        assert!(all.is_sorted_by_key(|timed| timed.at));
    }

    #[test]
    fn everybody_joins_once() {
        let all: Vec<_> = Timeline::new(&plan(vec![Activity::Joins { rate: 2.0 }]), 1.0).collect();
        assert_eq!(all.iter().map(|timed| timed.person).collect::<Vec<_>>(), (0..12).collect::<Vec<_>>());
        assert_eq!(all.last().map(at_ms), Some(5500));
    }
}
