//! The stall oracle: a target that freezes for 2 of 10 s, against a closed form.
//!
//! Every step of every visit takes `E`; the target stands still from 4 s to 6 s, and what is on
//! its way then waits. Arrivals are even, `RATE` a second, and a visit is three steps without
//! thinking, so `users` serve `users / 3 E` visits a second; let `rho = RATE 3 E / users`.
//!
//! **With users for all** who come in the freeze (`users >= RATE S`), who comes `x` before its end
//! waits `x`. So of `n = RATE T` visits those with a wait above `x` are `RATE (S - x)`, and the
//! `q`-quantile of the wait is `S - (1 - q) T` (research: `P(L > x) = (S - x) / T`).
//!
//! **With fewer**, who comes `t` into the freeze is the `RATE t`-th in the queue, and is taken
//! `rho t` after its end: it waits `(S - t) + rho t`. Who comes `t` after the end waits until the
//! queue before it is gone: `rho S - (1 - rho) t`. Both are one line, from `S` at the beginning of
//! the freeze down to 0 with slope `1 - rho`; so the quantile is `S - (1 - rho) (1 - q) T`.
//!
//! **With a patience of `P < S`**: the first `users` who come in the freeze are on their way and
//! wait for all of it, `S - k / RATE` for the k-th. Those after them are dropped, and count as `P`,
//! until `P` before the end; the rest are a freeze of length `P`. The quantile is that of the
//! first while `(1 - q) n < users`, then `P` until `1 - q = (S - P) / T`, and then
//! `P - (1 - rho) ((1 - q) - (S - P) / T) T`.
//!
//! **Later steps**: a step after a stall is intended `E` after the one before it and is sent once
//! that is answered, `E` after it was taken. What the first step waited, each step of the visit
//! has waited. So all steps have the distribution of the first, and a target without a stall
//! answers each in `E`.

use harness_model::plan::{Phase, PhaseKind};
use harness_model::{Offset, Sample};

use super::orders::{at_ms, journey, ms, ns, steady};
use super::target::{Asked, Reply};
use super::{Outcome, run};

const RATE: f64 = 250.0;
const T_MS: f64 = 10_000.0;
const S_MS: f64 = 2_000.0;
const E_MS: f64 = 1.0;
const QUANTILES: [f64; 6] = [0.5, 0.84, 0.9, 0.95, 0.99, 0.999];

/// Answers in `E`, but for the time in which the target is frozen.
fn freezes(asked: Asked<'_>) -> Reply {
    let (from, to) = (at_ms(4_000), at_ms(6_000));
    let done = asked.at + ms(1);
    let frozen = match asked.at < from {
        _ if asked.at >= to || done <= from => Offset::ZERO,
        true => to - from,
        false => to - asked.at,
    };
    Reply::ok((done + frozen.since(Offset::ZERO)).since(asked.at))
}

fn stalled(users: usize, patience_ms: Option<u64>, think_ms: u64) -> Outcome {
    let mut order = steady(RATE, 10_000);
    let steps = [("page", false), ("pay", false), ("page", false)];
    journey(&mut order, &steps, ms(think_ms));
    let phases = [
        (PhaseKind::Baseline, 0, 4_000),
        (PhaseKind::Fault(0), 4_000, 6_000),
        (PhaseKind::After(0), 6_000, 10_000),
    ];
    order.phases = phases
        .map(|(kind, from, to)| Phase {
            name: kind.name().to_owned(),
            kind,
            from: at_ms(from),
            to: at_ms(to),
        })
        .to_vec();
    order.plan.pool = users;
    if let Some(patience_ms) = patience_ms {
        order.plan.patience_ns = ns(ms(patience_ms));
    }
    let outcome = run(order, None, freezes);
    outcome.assert_balanced();
    outcome
}

/// The wait that a share of `1 - q` exceeds, in milliseconds.
fn closed_form_ms(users: usize, patience_ms: Option<u64>, q: f64) -> f64 {
    let slower = 1.0 - q;
    let visits = RATE * T_MS / 1e3;
    let for_all = users as f64 >= RATE * S_MS / 1e3;
    let rho = match for_all {
        true => 0.0,
        false => RATE / 1e3 * 3.0 * E_MS / users as f64,
    };
    let Some(patience) = patience_ms.filter(|_| !for_all).map(|ms| ms as f64) else {
        return (S_MS - (1.0 - rho) * slower * T_MS).max(0.0);
    };
    let dropped = (S_MS - patience) / T_MS;
    if slower * visits < users as f64 {
        S_MS - slower * T_MS
    } else if slower <= dropped {
        patience
    } else {
        (patience - (1.0 - rho) * (slower - dropped) * T_MS).max(0.0)
    }
}

/// The smallest value that at most a share of `1 - q` exceeds.
fn quantile_ms(sorted: &[u64], q: f64) -> f64 {
    let rank = (q * sorted.len() as f64).ceil() as usize;
    sorted[rank.max(1) - 1] as f64 / 1e6
}

#[test]
fn each_of_three_dependent_steps_shows_the_stall_as_the_closed_form_has_it() {
    for patience_ms in [None, Some(500)] {
        for users in [5, 20, 500] {
            let outcome = stalled(users, patience_ms, 0);
            let drops = patience_ms.is_some() && users < 500;
            assert_eq!(outcome.tally.dropped > 0, drops, "{users} {patience_ms:?}");
            for step in 0..3 {
                let all = outcome.samples.iter().chain(&outcome.unsent);
                let of_step = all.filter(|sample| sample.step == step);
                let mut responses: Vec<u64> = of_step.map(Sample::response_ns).collect();
                responses.sort_unstable();
                assert_eq!(responses.len(), 2_500, "{users} {patience_ms:?}");
                for q in QUANTILES {
                    let found = quantile_ms(&responses, q);
                    let waits = closed_form_ms(users, patience_ms, q);
                    // Whoever is dropped is never answered.
                    let expected = if patience_ms.is_some_and(|ms| waits == ms as f64) {
                        waits
                    } else {
                        waits + E_MS
                    };
                    let off = (found - expected).abs() / expected;
                    let what = format!("{users} users, {patience_ms:?}, step {step}, q {q}");
                    assert!(off <= 0.02, "{what}: {found} ms, expected {expected} ms");
                }
            }
        }
    }
}

/// While visitors think, steps of earlier visits come at the same rate as first ones, so each step
/// meets the freeze as a stream of its own; thinking hides what a step before it has waited.
#[test]
fn with_thinking_between_them_steps_show_the_same_stall_each_by_itself() {
    let outcome = stalled(2_000, None, 300);
    for step in 0..3 {
        let of_step = outcome.samples.iter().filter(|sample| sample.step == step);
        let mut responses: Vec<u64> = of_step.map(Sample::response_ns).collect();
        responses.sort_unstable();
        let n = responses.len() as f64;
        for q in [0.9, 0.95, 0.99, 0.999] {
            // The steps that come after the end are not due.
            let waits = S_MS - (1.0 - q) * n / RATE * 1e3;
            let off = (quantile_ms(&responses, q) - waits - E_MS).abs() / waits;
            assert!(off <= 0.02, "step {step}, q {q}: off by {off}");
        }
    }
}

#[test]
fn expected_times_are_those_of_the_baseline_and_are_handed_over_once() {
    let outcome = stalled(500, None, 0);
    let expected = [("page", 1.0), ("pay", 1.0)].map(|(name, ms)| (name.to_owned(), ms));
    assert_eq!(outcome.expected_ms, expected.into());
}
