//! Whether a fact that was not taken in is tried again or given up. Pure.

use shop_calls::RemoteError;
use shop_contracts::ErrorCode;
use std::time::Duration;

/// How often a listener may fail over a fact before it is given up.
const FAILURES: u32 = 5;
const FIRST_WAIT: Duration = Duration::from_millis(100);
/// The waits of a fact that fails are 0.1, 0.4, 1.6 and 6.4 seconds.
const GROWTH: u32 = 4;
/// The longest wait for a listener that is unavailable.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// The tries of one fact so far.
#[derive(Debug, Default)]
pub(super) struct Tries {
    /// The listener failed over the fact.
    failed: u32,
    /// The listener was unavailable, whatever the fact.
    unavailable: u32,
}

/// What happens to the fact next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Retry(Duration),
    DeadLetter,
}

impl Tries {
    /// Another try has failed. An unreachable store says nothing about the fact, and an outage must
    /// not dead-letter every fact that arrives: such tries go on for ever.
    pub(super) fn failed(&mut self, error: &RemoteError) -> Outcome {
        let code = error.code();
        if matches!(code, ErrorCode::Unavailable | ErrorCode::Deadline) {
            let wait = FIRST_WAIT.saturating_mul(1 << self.unavailable.min(10));
            self.unavailable += 1;
            return Outcome::Retry(wait.min(LONGEST_WAIT));
        }
        self.failed += 1;
        if self.failed >= FAILURES {
            return Outcome::DeadLetter;
        }
        Outcome::Retry(FIRST_WAIT * GROWTH.pow(self.failed - 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcomes(code: ErrorCode, tries: u32) -> Vec<Outcome> {
        let mut so_far = Tries::default();
        let error = RemoteError::own(code, "no");
        (0..tries).map(|_| so_far.failed(&error)).collect()
    }

    #[test]
    fn a_fact_that_fails_five_times_is_given_up_after_growing_waits() {
        let again = |ms| Outcome::Retry(Duration::from_millis(ms));
        assert_eq!(
            outcomes(ErrorCode::Internal, 5),
            [
                again(100),
                again(400),
                again(1_600),
                again(6_400),
                Outcome::DeadLetter
            ]
        );
    }

    #[test]
    fn an_outage_of_the_listener_gives_no_fact_up() {
        let last = outcomes(ErrorCode::Unavailable, 1_000).pop();
        assert_eq!(last, Some(Outcome::Retry(LONGEST_WAIT)));
    }

    #[test]
    fn an_outage_in_between_does_not_count_against_the_fact() {
        let mut tries = Tries::default();
        let (sick, away) = (ErrorCode::Internal, ErrorCode::Unavailable);
        for code in [sick, away, sick, away, away, sick, sick] {
            let outcome = tries.failed(&RemoteError::own(code, "no"));
            assert_ne!(outcome, Outcome::DeadLetter);
        }
        assert_eq!(
            tries.failed(&RemoteError::own(sick, "no")),
            Outcome::DeadLetter
        );
    }
}
