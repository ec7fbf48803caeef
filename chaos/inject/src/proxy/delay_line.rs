//! A queue of chunks, each due at its own time.
//!
//! Chunks wait in parallel, so a delay costs latency and not throughput. Order is kept: no chunk is
//! due before the one in front of it. The queue is bounded by bytes; when it is full, reading
//! stops, as in a real network. It must not know sockets or rules.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use tokio::time::{Instant, sleep_until};

/// Most bytes held before reading stops.
const CAPACITY_BYTES: usize = 4 * 1024 * 1024;

/// The bytes of one direction of a connection that are held back.
#[derive(Debug, Default)]
pub struct DelayLine {
    queue: VecDeque<(Instant, Bytes)>,
    held_bytes: usize,
}

impl DelayLine {
    /// Whether nothing is held back.
    pub fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Whether reading may go on. The last chunk may exceed the capacity.
    pub fn has_room(&self) -> bool {
        self.held_bytes < CAPACITY_BYTES
    }

    /// Holds a chunk back for `delay`, or longer if the chunk in front of it is due later.
    pub fn push(&mut self, chunk: Bytes, delay: Duration) {
        let mut due = Instant::now() + delay;
        if let Some((last, _)) = self.queue.back() {
            due = due.max(*last);
        }
        self.held_bytes += chunk.len();
        self.queue.push_back((due, chunk));
    }

    /// Waits until the first chunk is due; forever when there is none. Safe to cancel.
    pub async fn due(&self) {
        match self.queue.front() {
            Some((due, _)) => sleep_until(*due).await,
            None => std::future::pending().await,
        }
    }

    /// The next chunk that is due.
    pub fn pop_due(&mut self) -> Option<Bytes> {
        let (due, _) = self.queue.front()?;
        if *due > Instant::now() {
            return None;
        }
        let (_, chunk) = self.queue.pop_front()?;
        self.held_bytes -= chunk.len();
        Some(chunk)
    }

    /// Makes all chunks due now, in the same order.
    pub fn release(&mut self) {
        let now = Instant::now();
        for (due, _) in &mut self.queue {
            *due = (*due).min(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_short_delay_never_overtakes_a_long_one() {
        let mut line = DelayLine::default();
        line.push(Bytes::from_static(b"slow"), Duration::from_millis(50));
        line.push(Bytes::from_static(b"fast"), Duration::ZERO);
        assert_eq!(line.pop_due(), None);
        line.due().await;
        assert_eq!(line.pop_due().unwrap(), "slow");
        assert_eq!(line.pop_due().unwrap(), "fast");
    }

    #[tokio::test(start_paused = true)]
    async fn a_full_line_has_no_room_until_something_leaves() {
        let mut line = DelayLine::default();
        line.push(Bytes::from(vec![0; CAPACITY_BYTES]), Duration::from_secs(1));
        assert!(!line.has_room());
        line.release();
        assert_eq!(line.pop_due().unwrap().len(), CAPACITY_BYTES);
        assert!(line.has_room());
    }
}
