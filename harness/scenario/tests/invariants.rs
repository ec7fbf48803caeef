//! Invariants of a target definition: what cannot be counted is refused before anything starts.

#[expect(dead_code, reason = "no golden file is compared here")]
mod support;

use harness_scenario::{Sources, Stores, parse_definition, plan};
use support::{Known, LIBRARY, request};

/// The library with one invariant more.
fn with_invariant(left: &str, is: &str, right: &str) -> String {
    let invariant = format!("name = \"x\"\nleft = \"{left}\"\nis = \"{is}\"\nright = \"{right}\"");
    format!("{LIBRARY}\n[[invariant]]\n{invariant}\n")
}

#[test]
fn an_invariant_of_counts_answers_and_numbers_is_read() {
    let text = with_invariant("loans.made + 2", "at-least", "ok:steps");
    let definition = parse_definition("library", &text).unwrap();
    let invariant = definition.invariants.last().unwrap();
    assert_eq!(invariant.left.to_string(), "loans.made + 2");
}

#[test]
fn what_cannot_be_counted_is_an_error() {
    let cases = [
        (
            with_invariant("made", "equal", "0"),
            "`made` cannot be counted",
        ),
        (
            with_invariant("loans.made", "equal", ""),
            "`` cannot be counted",
        ),
        (
            with_invariant("loans.made", "equals", "0"),
            "unknown variant `equals`",
        ),
        (
            with_invariant("laons.made", "equal", "0"),
            "counts what laons has, but laons has no audit",
        ),
        (
            with_invariant("loans.made", "equal", "0") + "limit = 1\n",
            "unknown field `limit`",
        ),
        (
            LIBRARY.replace("audit = \"/audit\"\n", ""),
            "but loans has no audit",
        ),
        (
            with_invariant("loans.made", "equal", "0").replace("every loan is kept", "x"),
            "two invariants are called x",
        ),
    ];
    for (text, expected) in cases {
        let errors = parse_definition("library", &text).unwrap_err().to_string();
        assert!(errors.contains(expected), "{expected}: {errors}");
    }
}

#[test]
fn a_law_of_an_earlier_version_is_an_error_that_names_the_new_key() {
    let text = with_invariant("loans.made", "equal", "0").replace("[[invariant]]", "[[law]]");
    let diagnostics = parse_definition("library", &text).unwrap_err();
    let [law] = diagnostics.list() else {
        panic!("{diagnostics}")
    };
    assert!(law.message.contains("law"), "{}", law.message);
    assert!(law.remedy.contains("[[invariant]]"), "{}", law.remedy);
    let line = 1 + text[..text.find("[[law]]").unwrap()].matches('\n').count();
    assert_eq!(law.at, Some((line, 3)));
}

const SCENARIO: &str = r#"
name = "loans"
[target]
shape = "library"
[load]
workload = "calibrated"
mix = "instant"
rate = "5/s"
duration = "10s"
"#;

/// The library with an invariant about something that no visitor can ask.
struct Misspelt;

impl Sources for Misspelt {
    fn definition(&self, _: &str, _: Option<Stores>) -> Result<String, String> {
        Ok(with_invariant("loans.made", "at-least", "ok:stpes"))
    }

    fn workload(&self, name: &str) -> Result<String, String> {
        Known.workload(name)
    }
}

#[test]
fn an_invariant_about_an_operation_that_the_workload_has_not_is_an_error_of_the_scenario() {
    assert!(plan(&request("known", SCENARIO), &Known).is_ok());
    let diagnostics = plan(&request("misspelt", SCENARIO), &Misspelt).unwrap_err();
    let message = &diagnostics.list()[0].message;
    assert!(
        message.contains("invariant \"x\" counts answers to stpes"),
        "{message}"
    );
    assert_eq!(diagnostics.list().len(), 1);
}
