//! What was made and has to go again, whatever happens.
//!
//! Serves `run` and `shop up`: both bring a target up, and both must leave nothing. What cannot be
//! undone here, because the process itself was killed, the guardian undoes. It must not know what
//! is undone.

use std::panic::AssertUnwindSafe;

use futures::FutureExt;
use futures::future::BoxFuture;

use crate::failure::Failure;

/// Returns the names of what it could not undo.
type Undo = Box<dyn FnOnce() -> BoxFuture<'static, Vec<String>> + Send>;

/// Everything that was made so far, the last on top.
#[derive(Default)]
pub struct UndoStack {
    steps: Vec<Undo>,
    when_clean: Option<Box<dyn FnOnce() + Send>>,
}

impl UndoStack {
    /// States how to undo what was just made, or is about to be made.
    pub fn push<F>(&mut self, undo: impl FnOnce() -> F + Send + 'static)
    where
        F: Future<Output = Vec<String>> + Send + 'static,
    {
        self.steps.push(Box::new(move || undo().boxed()));
    }

    /// Takes the last step off, because what it would undo now belongs to something else.
    pub fn pop(&mut self) {
        self.steps.pop();
    }

    /// States what to do in the end if nothing is left behind.
    pub fn when_clean(&mut self, then: impl FnOnce() + Send + 'static) {
        self.when_clean = Some(Box::new(then));
    }

    async fn unwind(mut self) -> Vec<String> {
        let mut left_behind = Vec::new();
        while let Some(undo) = self.steps.pop() {
            left_behind.extend(undo().await);
        }
        if let (true, Some(then)) = (left_behind.is_empty(), self.when_clean) {
            then();
        }
        left_behind
    }
}

/// Does something and undoes it, last first, after success, an error or a panic alike. A panic
/// becomes a bug. The second value names what could not be undone.
pub async fn with_undo<T>(
    body: impl AsyncFnOnce(&mut UndoStack) -> Result<T, Failure>,
) -> (Result<T, Failure>, Vec<String>) {
    let mut stack = UndoStack::default();
    let outcome = AssertUnwindSafe(body(&mut stack)).catch_unwind().await;
    let left_behind = stack.unwind().await;
    let panicked = |_| Err(Failure::bug("go on", "it panicked, see the message above"));
    (outcome.unwrap_or_else(panicked), left_behind)
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    type Log = Arc<Mutex<Vec<&'static str>>>;

    /// How the body ended, what is left and what was done in which order.
    type Ending = (Result<(), Failure>, Vec<String>, Vec<&'static str>);

    /// Makes two things, of which the first cannot be undone if `stuck`, and ends with `body`.
    async fn end(stuck: bool, body: impl AsyncFnOnce() -> Result<(), Failure>) -> Ending {
        let log = Log::default();
        let step = |name: &'static str, stuck: bool| {
            let log = Arc::clone(&log);
            move || async move {
                log.lock().unwrap().push(name);
                stuck.then(|| name.to_owned()).into_iter().collect()
            }
        };
        let (outcome, left) = with_undo(async |undo: &mut UndoStack| {
            undo.push(step("first", stuck));
            undo.push(step("taken over", false));
            undo.pop();
            undo.push(step("second", false));
            let log = Arc::clone(&log);
            undo.when_clean(move || log.lock().unwrap().push("clean"));
            body().await
        })
        .await;
        let order = log.lock().unwrap().clone();
        (outcome, left, order)
    }

    #[tokio::test]
    async fn what_was_made_last_is_undone_first_on_every_way_out() {
        let order = ["second", "first", "clean"];

        let (outcome, _, done) = end(false, async || Ok(())).await;
        assert!(outcome.is_ok());
        assert_eq!(done, order);

        let (outcome, _, done) = end(false, async || Err(Failure::usage("no"))).await;
        assert_eq!(outcome.unwrap_err().message, "no");
        assert_eq!(done, order);

        let (outcome, _, done) = end(false, async || panic!("a planned panic")).await;
        assert_eq!(outcome.unwrap_err().code, harness_model::ExitCode::Bug);
        assert_eq!(done, order);
    }

    #[tokio::test]
    async fn what_cannot_be_undone_is_named_and_nothing_passes_for_clean() {
        let (_, left, done) = end(true, async || Ok(())).await;
        assert_eq!(left, ["first"]);
        assert_eq!(done, ["second", "first"]);
    }
}
