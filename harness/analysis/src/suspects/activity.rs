//! Whether a process stood still: bytes came, and it did not even wake up.
//!
//! It must not know what that says of it.

use harness_model::metric::MetricPoint;

use crate::run::windows::{Window, Windows};

/// Bytes that reach a machine without anybody having sent it a request.
const IDLE_BYTES: f64 = 200.0;

/// Of one instance: when it used no CPU time, and the bytes that reached it.
#[derive(Default)]
pub struct Activity<'a> {
    pub still: Option<Window>,
    pub received: &'a [MetricPoint],
}

impl Activity<'_> {
    /// A server that nobody asks may sleep; one to which bytes come and that does not even wake up
    /// is stopped.
    pub fn stood_still(&self) -> bool {
        let Some(still) = &self.still else {
            return false;
        };
        let mut within = self.received.iter().filter(|point| still.holds(point.at));
        let first = within.next();
        let last = within.next_back();
        first
            .zip(last)
            .is_some_and(|(first, last)| last.value - first.value > IDLE_BYTES)
    }
}

/// The longest stretch in which the counter of CPU time did not move at all, if it is most of the
/// time in question, and longer than it ever was in the baseline.
pub fn still(series: &[MetricPoint], windows: &Windows) -> Option<Window> {
    let longest = |window: &Window| {
        let mut longest = Window {
            from: window.from,
            to: window.from,
        };
        let mut since = None;
        let within = series.windows(2).filter(|pair| window.holds(pair[1].at));
        for pair in within {
            if pair[1].value == pair[0].value {
                let from = *since.get_or_insert(pair[0].at);
                let to = pair[1].at;
                if to - from > longest.to - longest.from {
                    longest = Window { from, to };
                }
            } else {
                since = None;
            }
        }
        longest
    };
    let length = |window: &Window| (window.to - window.from).secs_f64();
    let still = longest(&windows.during);
    let most = length(&still) >= 0.5 * length(&windows.during);
    (most && length(&still) > 2.0 * length(&longest(&windows.before))).then_some(still)
}
