//! Invariants of a target definition: what cannot be counted is refused before anything starts.

#[expect(dead_code, reason = "no golden file is compared here")]
mod support;

use harness_model::FaultKind;
use harness_model::plan::Runtime;
use harness_scenario::{Sources, Stores, parse_definition, plan};
use support::{Known, MONOLITH, request};

/// The monolith with one invariant more.
fn with_invariant(left: &str, is: &str, right: &str) -> String {
    format!(
        "{MONOLITH}\n[[invariant]]\nname = \"x\"\nleft = \"{left}\"\nis = \"{is}\"\nright = \"{right}\"\n"
    )
}

#[test]
fn an_invariant_of_counts_answers_and_numbers_is_read() {
    let text = with_invariant("order.placed + 2", "at-least", "ok:order");
    let definition = parse_definition("shop", &text).unwrap();
    let invariant = definition.invariants.last().unwrap();
    assert_eq!(invariant.left.to_string(), "order.placed + 2");
}

#[test]
fn what_cannot_be_counted_is_an_error() {
    let cases = [
        (
            with_invariant("placed", "equal", "0"),
            "`placed` cannot be counted",
        ),
        (
            with_invariant("order.placed", "equal", ""),
            "`` cannot be counted",
        ),
        (
            with_invariant("order.placed", "equals", "0"),
            "unknown variant `equals`",
        ),
        (
            with_invariant("ordre.placed", "equal", "0"),
            "counts what ordre has, and nobody audits that",
        ),
        (
            with_invariant("order.placed", "equal", "0") + "limit = 1\n",
            "unknown field `limit`",
        ),
        (
            MONOLITH.replace("audit = \"/audit\"\n", ""),
            "and nobody audits that",
        ),
        (
            with_invariant("order.placed", "equal", "0").replace("no event waits", "x"),
            "two invariants are called x",
        ),
    ];
    for (text, expected) in cases {
        let faults = parse_definition("shop", &text).unwrap_err().to_string();
        assert!(faults.contains(expected), "{expected}: {faults}");
    }
}

/// The monolith with an invariant about something that no shopper can ask.
struct Misspelt;

impl Sources for Misspelt {
    fn definition(&self, _: &str, _: Option<Stores>) -> Result<String, String> {
        Ok(with_invariant("order.placed", "at-least", "ok:ordr"))
    }

    fn missing(&self, kind: &FaultKind, runtime: Runtime) -> Vec<&'static str> {
        Known.missing(kind, runtime)
    }

    fn workload(&self, name: &str) -> Result<String, String> {
        Known.workload(name)
    }
}

#[test]
fn an_invariant_about_an_operation_that_the_workload_has_not_is_an_error_of_the_scenario() {
    let text = harness_scenario::builtin("hundred-thousand-monolith").unwrap();
    assert!(plan(&request("known", text), &Known).is_ok());
    let faults = plan(&request("misspelt", text), &Misspelt).unwrap_err();
    let told = faults.to_string();
    assert!(
        told.contains("invariant \"x\" counts answers to ordr"),
        "{told}"
    );
    assert_eq!(faults.list().len(), 1);
}
