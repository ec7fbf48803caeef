//! Gives sessions out when they are due, from a thread of its own.
//!
//! Nothing that the target does reaches this thread: it sleeps, hands out, and never waits for a
//! user. It must not know how sessions are walked.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use harness_model::load::LoadModel;
use harness_model::{LoadPlan, Offset, Seed};

use crate::arrivals::arrivals;
use crate::books::Books;
use crate::session::{Session, Sessions};

/// A session that is due.
pub struct Ticket {
    pub session: Session,
    pub due: Offset,
}

/// How often a sleeping scheduler looks whether it should stop.
const NAP: Duration = Duration::from_millis(50);

/// Hands out every session of an open load; returns when all are given or the load is stopped.
pub fn hand_out(
    plan: &LoadPlan,
    seed: Seed,
    zero: Instant,
    sessions: &Sessions,
    books: &Books,
    tickets: &flume::Sender<Ticket>,
    stop: &Arc<AtomicBool>,
) {
    for (index, due) in schedule(plan, seed).enumerate() {
        let Some(session) = sessions.session(index as u64) else {
            return;
        };
        if !sleep_until(zero + due.since(Offset::ZERO), stop) {
            return;
        }
        books.owe(&session, due);
        if tickets.send(Ticket { session, due }).is_err() {
            return;
        }
    }
}

/// The arrivals, continued at the last rate when an exact number of requests is asked for and the
/// schedule ends before it.
fn schedule(plan: &LoadPlan, seed: Seed) -> Box<dyn Iterator<Item = Offset>> {
    let due = arrivals(&plan.model, seed);
    let LoadModel::Open {
        arrivals: segments, ..
    } = &plan.model
    else {
        return Box::new(due);
    };
    let rate = segments.last().map_or(0.0, |last| last.to_per_s);
    if plan.requests.is_none() || rate <= 0.0 {
        return Box::new(due);
    }
    let end = plan.duration_ns as f64;
    let beyond = move |i: u64| Offset((end + i as f64 / rate * 1e9) as i64);
    Box::new(due.chain((0..).map(beyond)))
}

/// `false` when the load was stopped meanwhile.
fn sleep_until(due: Instant, stop: &AtomicBool) -> bool {
    loop {
        if stop.load(Ordering::Relaxed) {
            return false;
        }
        let left = due.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return true;
        }
        std::thread::sleep(left.min(NAP));
    }
}
