//! Who is next: of each aggregate one at a time, in the order of arrival. Pure.

use std::collections::{HashMap, VecDeque};

/// Things that wait behind another of the same aggregate.
pub(super) struct Lanes<T>(HashMap<String, VecDeque<T>>);

impl<T> Lanes<T> {
    pub(super) fn new() -> Self {
        Self(HashMap::new())
    }

    /// Something has arrived; it is given back if nothing of its aggregate is under way.
    pub(super) fn arrive(&mut self, aggregate: &str, thing: T) -> Option<T> {
        if let Some(waiting) = self.0.get_mut(aggregate) {
            waiting.push_back(thing);
            return None;
        }
        self.0.insert(aggregate.to_owned(), VecDeque::new());
        Some(thing)
    }

    /// What was under way of this aggregate is done; the next, if there is one.
    pub(super) fn done(&mut self, aggregate: &str) -> Option<T> {
        let next = self.0.get_mut(aggregate).and_then(VecDeque::pop_front);
        if next.is_none() {
            self.0.remove(aggregate);
        }
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_each_aggregate_one_is_under_way_and_the_others_follow_in_order() {
        let mut lanes = Lanes::new();
        assert_eq!(lanes.arrive("a", 1), Some(1));
        assert_eq!(lanes.arrive("a", 2), None);
        assert_eq!(lanes.arrive("b", 3), Some(3));
        assert_eq!(lanes.arrive("a", 4), None);
        assert_eq!(lanes.done("a"), Some(2));
        assert_eq!(lanes.done("b"), None);
        assert_eq!(lanes.done("a"), Some(4));
        assert_eq!(lanes.done("a"), None);
        assert_eq!(lanes.arrive("a", 5), Some(5));
    }

    #[test]
    fn an_aggregate_that_is_done_leaves_nothing_behind() {
        let mut lanes = Lanes::new();
        lanes.arrive("a", ());
        lanes.done("a");
        assert!(lanes.0.is_empty());
    }
}
