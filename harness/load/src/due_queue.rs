//! The sessions that are due and wait for a free user, first come, first served.
//!
//! Unlike a channel it lets go of those who have waited too long without any user being free. It
//! must not know what a session does, nor how long is too long.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use harness_model::Offset;
use tokio::sync::Semaphore;

use crate::session::Session;

/// A session, and the moment at which it is due.
#[derive(Debug)]
pub struct DueSession {
    pub session: Session,
    pub due: Offset,
}

/// Unbounded: nobody who comes ever waits for a user.
pub struct DueQueue {
    waiting: Mutex<VecDeque<DueSession>>,
    /// A permit for every session that waits, and once it is closed one for every user.
    turns: Semaphore,
    users: usize,
}

impl DueQueue {
    /// For so many users, each of which takes sessions until there are no more.
    pub fn new(users: usize) -> DueQueue {
        DueQueue {
            waiting: Mutex::default(),
            turns: Semaphore::new(0),
            users,
        }
    }

    pub fn push(&self, session: DueSession) {
        self.locked().push_back(session);
        self.turns.add_permits(1);
    }

    /// No session comes any more. To be called once.
    pub fn close(&self) {
        self.turns.add_permits(self.users);
    }

    /// Waits for the next session; `None` when there will be no more.
    pub async fn next(&self) -> Option<DueSession> {
        self.turns.acquire().await.ok()?.forget();
        self.locked().pop_front()
    }

    /// The first session if it was due before a moment and no user is about to take it.
    pub fn take_due_before(&self, moment: Offset) -> Option<DueSession> {
        let mut waiting = self.locked();
        waiting.front().filter(|first| first.due < moment)?;
        self.turns.try_acquire().ok()?.forget();
        waiting.pop_front()
    }

    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.locked().len()
    }

    fn locked(&self) -> MutexGuard<'_, VecDeque<DueSession>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
