//! Whether what clients saw and what the store has in the end keep the promises.

mod history;

pub use history::{Audience, Author, Change, Entry, Observation, Outcome, StoredRoom, What};
