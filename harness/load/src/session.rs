//! What each session does, drawn from the seed and its number alone.
//!
//! Session `i` is the same in every run of a plan, whichever user takes it and whenever. It must
//! not know clocks or sockets.

use std::collections::HashMap;

use harness_model::Seed;
use harness_model::load::{LoadPlan, Mix};
use harness_model::workload::Draw;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, LogNormal, Zipf};

use crate::shuffle::Shuffle;

/// The steps to take and the think time before each.
#[derive(Debug, Clone, PartialEq)]
pub struct Session {
    pub index: u64,
    /// Index into the workload's journeys; `None` for a single call.
    pub journey: Option<usize>,
    pub steps: Vec<PlannedStep>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct PlannedStep {
    /// Index into the workload's operations.
    pub operation: usize,
    pub think_ns: u64,
    pub essential: bool,
}

/// Draws sessions by number.
pub struct Sessions {
    seed: Seed,
    plan: LoadPlan,
    operations: HashMap<String, usize>,
    /// For single calls: cumulated counts and their operations, and the order of the calls.
    calls: Vec<(u64, usize)>,
    order: Shuffle,
    /// Cumulated weights of journeys.
    weights: Vec<(f64, usize)>,
}

impl Sessions {
    pub fn new(plan: &LoadPlan, seed: Seed) -> Sessions {
        let named = plan.workload.operations.iter().enumerate();
        let operations: HashMap<String, usize> = named
            .map(|(index, operation)| (operation.name.clone(), index))
            .collect();
        let mut calls = Vec::new();
        let mut weights = Vec::new();
        match &plan.mix {
            Mix::Calls { counts } => {
                let mut sum = 0;
                for (name, count) in counts {
                    sum += count;
                    calls.push((sum, operations.get(name).copied().unwrap_or(0)));
                }
            }
            Mix::Journeys { weights: shares } => {
                let mut sum = 0.0;
                for (name, weight) in shares {
                    let at = plan
                        .workload
                        .journeys
                        .iter()
                        .position(|one| one.name == *name);
                    sum += weight;
                    weights.extend(at.map(|index| (sum, index)));
                }
            }
        }
        Sessions {
            seed,
            plan: plan.clone(),
            operations,
            order: Shuffle::new(calls.last().map_or(0, |(sum, _)| *sum), seed, "calls"),
            calls,
            weights,
        }
    }

    /// Session number `index`; `None` when the requests that the plan asks for are handed out.
    pub fn session(&self, index: u64) -> Option<Session> {
        if self.weights.is_empty() {
            let steps = vec![PlannedStep {
                operation: self.call(index)?,
                think_ns: 0,
                essential: false,
            }];
            return Some(Session {
                index,
                journey: None,
                steps,
            });
        }
        let mut draw = self.seed.child("session", index).stream("steps");
        let total = self.weights.last().map_or(0.0, |(sum, _)| *sum);
        let point = draw.random::<f64>() * total;
        let (_, journey) = *self.weights.iter().find(|(sum, _)| point < *sum)?;
        let mut steps = Vec::new();
        for step in &self.plan.workload.journeys[journey].steps {
            let operation = *self.operations.get(&step.operation)?;
            for _ in 0..draw.random_range(step.repeat_min..=step.repeat_max) {
                let think_ns = if steps.is_empty() {
                    0
                } else {
                    self.think(&mut draw)
                };
                steps.push(PlannedStep {
                    operation,
                    think_ns,
                    essential: step.essential,
                });
            }
        }
        Some(Session {
            index,
            journey: Some(journey),
            steps,
        })
    }

    /// The operation of a single call. Without a number of requests the counts are shares: a
    /// Poisson process may have more arrivals than their sum, and then they begin anew.
    fn call(&self, index: u64) -> Option<usize> {
        let (all, _) = self.calls.last()?;
        let index = match self.plan.requests {
            Some(_) => index,
            None => index.checked_rem(*all)?,
        };
        let place = self.order.place_of(index)?;
        let kind = self.calls.partition_point(|(until, _)| *until <= place);
        self.calls.get(kind).map(|(_, operation)| *operation)
    }

    /// Log-normal with the plan's median, cut at fifteen medians.
    fn think(&self, draw: &mut ChaCha8Rng) -> u64 {
        let median = self.plan.think_median_ns as f64;
        match LogNormal::new(median.max(1.0).ln(), self.plan.think_sigma) {
            Ok(think) if median > 0.0 => think.sample(draw).min(median * 15.0) as u64,
            _ => 0,
        }
    }
}

/// Draws a variable. `serial` makes unique draws unique within the run.
pub fn draw(kind: &Draw, random: &mut ChaCha8Rng, run: &str, serial: u64) -> String {
    match kind {
        Draw::Zipf { n, s, format, .. } => {
            let rank = Zipf::new(*n as f64, *s).map_or(1.0, |zipf| zipf.sample(random));
            number(format, rank as u64)
        }
        Draw::Uniform {
            from, to, format, ..
        } => number(format, random.random_range(*from..=(*to).max(*from))),
        Draw::Choice { of, .. } => of
            .get(random.random_range(0..of.len().max(1)))
            .cloned()
            .unwrap_or_default(),
        Draw::Unique { format, .. } => format.replacen("{}", &format!("{run}-{serial}"), 1),
    }
}

/// True when a variable keeps its value for a whole session.
pub fn is_fixed(kind: &Draw) -> bool {
    match kind {
        Draw::Zipf { session, .. }
        | Draw::Uniform { session, .. }
        | Draw::Choice { session, .. }
        | Draw::Unique { session, .. } => *session,
    }
}

/// Prints into `{}` or, padded with zeros, into `{:05}`.
fn number(format: &str, value: u64) -> String {
    let Some((before, rest)) = format.split_once('{') else {
        return format.to_owned();
    };
    let Some((spec, after)) = rest.split_once('}') else {
        return format.to_owned();
    };
    let width = spec.trim_start_matches(':').parse().unwrap_or(0);
    format!("{before}{value:0width$}{after}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_padded_as_the_format_says() {
        assert_eq!(number("p{:05}", 42), "p00042");
        assert_eq!(number("{}", 42), "42");
    }

    #[test]
    fn zipf_prefers_the_first_ranks() {
        let kind = Draw::Zipf {
            n: 10_000,
            s: 0.99,
            format: "{}".to_owned(),
            session: false,
        };
        let mut random = Seed(1).stream("zipf");
        let firsts = (0..20_000)
            .filter(|_| draw(&kind, &mut random, "r", 0) == "1")
            .count();
        // The top of 10,000 ranks with s = 0.99 has 9.8 % of the picks.
        assert!((1_700..2_250).contains(&firsts), "{firsts}");
    }
}
