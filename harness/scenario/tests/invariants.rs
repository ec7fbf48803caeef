//! Invariants of a target definition: what cannot be counted is refused before anything starts.

#[expect(dead_code, reason = "no golden file is compared here")]
mod support;

use harness_scenario::{Sources, Stores, parse_definition, plan};
use support::{Known, MONOLITH, request};

/// The monolith with one invariant more.
fn with_invariant(left: &str, is: &str, right: &str) -> String {
    let invariant = format!("name = \"x\"\nleft = \"{left}\"\nis = \"{is}\"\nright = \"{right}\"");
    format!("{MONOLITH}\n[[invariant]]\n{invariant}\n")
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
            "counts what ordre has, but ordre has no audit",
        ),
        (
            with_invariant("order.placed", "equal", "0") + "limit = 1\n",
            "unknown field `limit`",
        ),
        (
            MONOLITH.replace("audit = \"/audit\"\n", ""),
            "but order has no audit",
        ),
        (
            with_invariant("order.placed", "equal", "0").replace("no event waits", "x"),
            "two invariants are called x",
        ),
    ];
    for (text, expected) in cases {
        let errors = parse_definition("shop", &text).unwrap_err().to_string();
        assert!(errors.contains(expected), "{expected}: {errors}");
    }
}

#[test]
fn a_law_of_an_earlier_version_is_an_error_that_names_the_new_key() {
    let text = with_invariant("order.placed", "equal", "0").replace("[[invariant]]", "[[law]]");
    let diagnostics = parse_definition("shop", &text).unwrap_err();
    let [law] = diagnostics.list() else {
        panic!("{diagnostics}")
    };
    assert!(law.message.contains("law"), "{}", law.message);
    assert!(law.remedy.contains("[[invariant]]"), "{}", law.remedy);
    let line = 1 + text[..text.find("[[law]]").unwrap()].matches('\n').count();
    assert_eq!(law.at, Some((line, 3)));
}

/// The monolith with an invariant about something that no shopper can ask.
struct Misspelt;

impl Sources for Misspelt {
    fn definition(&self, _: &str, _: Option<Stores>) -> Result<String, String> {
        Ok(with_invariant("order.placed", "at-least", "ok:ordr"))
    }

    fn workload(&self, name: &str) -> Result<String, String> {
        Known.workload(name)
    }
}

#[test]
fn an_invariant_about_an_operation_that_the_workload_has_not_is_an_error_of_the_scenario() {
    let text = harness_scenario::builtin("hundred-thousand-monolith").unwrap();
    assert!(plan(&request("known", text), &Known).is_ok());
    let diagnostics = plan(&request("misspelt", text), &Misspelt).unwrap_err();
    let message = &diagnostics.list()[0].message;
    assert!(
        message.contains("invariant \"x\" counts answers to ordr"),
        "{message}"
    );
    assert_eq!(diagnostics.list().len(), 1);
}
