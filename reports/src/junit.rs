//! `junit.xml`: a suite each for budgets, invariants, faults and validity, so that any CI shows
//! red.
//!
//! A budget that cannot be judged is skipped, as JUnit has no third colour; a run that cannot be
//! judged is an *error*, so that it is not mistaken for a pass.

use harness_model::Verdict;
use harness_model::report::{BudgetResult, FaultReport, Report, Validity};
use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};

use crate::renderer::{RenderError, Renderer};
use crate::{number, words};

/// The report as JUnit XML, in UTF-8.
pub struct JunitSuites;

impl Renderer for JunitSuites {
    fn file_name(&self) -> &str {
        "junit.xml"
    }

    fn render(&self, report: &Report) -> Result<Vec<u8>, RenderError> {
        let mut document = quick_junit::Report::new(format!("shakedown {}", report.run.scenario));
        document.add_test_suite(budgets(report));
        if !report.invariants.is_empty() {
            document.add_test_suite(invariants(report));
        }
        if !report.faults.is_empty() {
            document.add_test_suite(faults(report));
        }
        document.add_test_suite(validity(report));
        Ok(document.to_string()?.into_bytes())
    }
}

fn suite(report: &Report, name: &str) -> TestSuite {
    let run = &report.run;
    let mut suite = TestSuite::new(format!("{}: {name}", run.scenario));
    suite.add_properties([
        ("run", run.id.as_str()),
        ("seed", &run.seed.to_string()),
        ("shape", &run.shape),
        ("runtime", &run.runtime),
        ("tool", &run.tool_version),
        ("verdict", report.verdict.name()),
        ("reproduce", &run.command),
    ]);
    suite
}

fn case(class: &str, name: String, status: TestCaseStatus) -> TestCase {
    let mut case = TestCase::new(name, status);
    case.set_classname(class.to_owned());
    case
}

fn broken(kind: NonSuccessKind, message: String, description: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    status.set_message(message);
    if !description.is_empty() {
        status.set_description(description.to_owned());
    }
    status
}

fn budgets(report: &Report) -> TestSuite {
    let mut suite = suite(report, "budgets");
    for budget in &report.budgets {
        let mut case = case(
            &budget.of.to_string(),
            words::rule(budget),
            budget_status(budget),
        );
        case.add_property(("stated at", budget.stated_at.as_str()));
        suite.add_test_case(case);
    }
    suite
}

fn budget_status(budget: &BudgetResult) -> TestCaseStatus {
    match budget.verdict {
        Verdict::Pass => TestCaseStatus::success(),
        Verdict::Fail => broken(
            NonSuccessKind::Failure,
            words::observation(budget),
            &words::budget_reason(budget),
        ),
        Verdict::Inconclusive => {
            let mut status = TestCaseStatus::skipped();
            let why = words::budget_reason(budget);
            status.set_message(format!("{}: {why}", words::observation(budget)));
            status
        }
    }
}

fn invariants(report: &Report) -> TestSuite {
    let mut suite = suite(report, "invariants");
    for invariant in &report.invariants {
        let why = words::invariant_reason(invariant);
        let status = match invariant.holds {
            Ok(true) => TestCaseStatus::success(),
            Ok(false) => broken(NonSuccessKind::Failure, why, ""),
            Err(_) => {
                let mut status = TestCaseStatus::skipped();
                status.set_message(why);
                status
            }
        };
        suite.add_test_case(case("target", invariant.name.clone(), status));
    }
    suite
}

fn faults(report: &Report) -> TestSuite {
    let mut suite = suite(report, "faults");
    for fault in &report.faults {
        let status = if words::is_proven(fault) {
            TestCaseStatus::success()
        } else {
            broken(NonSuccessKind::Error, unproven(fault), "")
        };
        let mut case = case(
            &fault.target.to_string(),
            format!("{} was injected and healed", fault.name),
            status,
        );
        case.set_system_out(words::story(fault).join("\n"));
        case.add_properties([
            ("recovery", words::recovery(fault).as_str()),
            ("lost", &number::plain(fault.lost)),
            (
                "suspect",
                &fault
                    .suspects
                    .first()
                    .map(words::suspect)
                    .unwrap_or_default(),
            ),
        ]);
        suite.add_test_case(case);
    }
    suite
}

fn unproven(fault: &FaultReport) -> String {
    match fault.injected_s {
        None => "the fault was not injected".to_owned(),
        Some(_) => format!("the fault is not proven: {}", words::evidence(fault)),
    }
}

fn validity(report: &Report) -> TestSuite {
    let mut suite = suite(report, "validity");
    suite.add_test_case(case("run", "run validity".to_owned(), run_status(report)));
    let load = &report.load;
    let generator = match load.validity {
        Validity::Valid => TestCaseStatus::success(),
        Validity::Invalid => broken(
            NonSuccessKind::Error,
            words::load_doubts(load).join("; "),
            "the load is not valid",
        ),
    };
    suite.add_test_case(case(
        "load",
        "the load is what the scenario asks for".to_owned(),
        generator,
    ));
    suite
}

/// Red whenever the exit code is: an inconclusive run is an error, and so is a failure that no
/// single budget or invariant explains.
fn run_status(report: &Report) -> TestCaseStatus {
    let explained = report
        .budgets
        .iter()
        .any(|budget| budget.verdict == Verdict::Fail)
        || report
            .invariants
            .iter()
            .any(|invariant| invariant.holds == Ok(false));
    let reasons = words::reasons(report);
    let summary = words::summary(report);
    let all = reasons.join("\n");
    match report.verdict {
        Verdict::Pass => TestCaseStatus::success(),
        // What failed stands; the doubt beside it must not be overlooked.
        Verdict::Fail if explained && !report.doubts.is_empty() => {
            broken(NonSuccessKind::Error, summary, &all)
        }
        Verdict::Fail if explained => TestCaseStatus::success(),
        Verdict::Fail => broken(NonSuccessKind::Failure, summary, &all),
        Verdict::Inconclusive => {
            let first = reasons.first().unwrap_or(&summary);
            broken(
                NonSuccessKind::Error,
                format!("inconclusive: {first}"),
                &all,
            )
        }
    }
}
