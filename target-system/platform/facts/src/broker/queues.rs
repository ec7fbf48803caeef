//! Which message is next: of each aggregate one at a time, in the order of arrival. Pure.

use std::collections::{HashMap, VecDeque};

/// Messages that wait behind another of the same aggregate.
pub(super) struct AggregateQueues<T>(HashMap<String, VecDeque<T>>);

impl<T> AggregateQueues<T> {
    pub(super) fn new() -> Self {
        Self(HashMap::new())
    }

    /// A message has arrived; it is returned if no other of its aggregate is under way.
    pub(super) fn arrive(&mut self, aggregate: &str, message: T) -> Option<T> {
        if let Some(waiting) = self.0.get_mut(aggregate) {
            waiting.push_back(message);
            return None;
        }
        self.0.insert(aggregate.to_owned(), VecDeque::new());
        Some(message)
    }

    /// The message of this aggregate under way is done; the next, if there is one.
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
        let mut queues = AggregateQueues::new();
        assert_eq!(queues.arrive("a", 1), Some(1));
        assert_eq!(queues.arrive("a", 2), None);
        assert_eq!(queues.arrive("b", 3), Some(3));
        assert_eq!(queues.arrive("a", 4), None);
        assert_eq!(queues.done("a"), Some(2));
        assert_eq!(queues.done("b"), None);
        assert_eq!(queues.done("a"), Some(4));
        assert_eq!(queues.done("a"), None);
        assert_eq!(queues.arrive("a", 5), Some(5));
    }

    #[test]
    fn a_finished_aggregate_leaves_no_queue_behind() {
        let mut queues = AggregateQueues::new();
        queues.arrive("a", ());
        queues.done("a");
        assert!(queues.0.is_empty());
    }
}
