//! What every report keeps, whatever the run was: red is red, nothing is fetched, unknown is
//! never zero, and no text from a run can break out of its place.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests may unwrap as tests do"
)]

mod fixtures;

use harness_model::plan::Subject;
use harness_model::report::{BudgetResult, ContainerReport, Doubt, FaultReport, OperationReport};
use harness_model::{Report, Verdict};
use quick_junit::{NonSuccessKind, TestCaseStatus};

fn render(report: &Report, name: &str) -> String {
    let renderer = reports::renderers()
        .into_iter()
        .find(|renderer| renderer.file_name() == name)
        .unwrap();
    String::from_utf8(renderer.render(report).unwrap()).unwrap()
}

fn junit(report: &Report) -> quick_junit::Report {
    quick_junit::Report::deserialize_from_str(&render(report, "junit.xml")).unwrap()
}

fn samples() -> [Report; 3] {
    [
        fixtures::failing(),
        fixtures::passing(),
        fixtures::inconclusive(),
    ]
}

/// Start tags without an end, in order; panics where an end tag meets the wrong start.
fn assert_well_formed(svg: &str) {
    let mut open = Vec::new();
    for piece in svg.split('<').skip(1) {
        let (tag, _) = piece.split_once('>').expect("every tag is closed");
        let name = tag
            .split([' ', '\n', '/'])
            .find(|part| !part.is_empty())
            .unwrap();
        match (tag.starts_with('/'), tag.ends_with('/')) {
            (true, _) => assert_eq!(open.pop(), Some(name)),
            (false, false) => open.push(name),
            (false, true) => {}
        }
    }
    assert!(open.is_empty(), "left open: {open:?}");
}

#[test]
fn containers_appear_only_where_there_are_any() {
    let mut report = fixtures::passing();
    let texts = |report: &Report| ["report.html", "report.md"].map(|name| render(report, name));
    for text in texts(&report) {
        assert!(!text.contains("Throttled") && !text.contains("started again"));
    }
    report.services[0].restarts = 3;
    report.services[0].container = Some(ContainerReport {
        throttled_s: 2.5,
        memory_limit_mb: Some(64.0),
        oom_kills: 2,
        ..ContainerReport::default()
    });
    for text in texts(&report) {
        assert!(text.contains("Throttled"));
        assert!(text.contains("64.0\u{202f}MB"));
    }
    assert!(render(&report, "report.html").contains("started again 3 times"));
}

#[test]
fn the_same_report_gives_the_same_bytes() {
    for renderer in reports::renderers() {
        let report = fixtures::passing();
        assert_eq!(
            renderer.render(&report).unwrap(),
            renderer.render(&report).unwrap()
        );
    }
    assert_eq!(
        reports::charts(&fixtures::passing()),
        reports::charts(&fixtures::passing())
    );
}

#[test]
fn a_failed_budget_is_red_in_every_report() {
    let mut report = fixtures::failing();
    let page = render(&report, "report.html");
    assert!(page.contains("class=\"chip fail\">✕ FAIL<"));
    assert!(page.contains("class=\"chip fail\">✕ failed<"));
    assert!(render(&report, "report.md").starts_with("## ❌ FAIL"));
    assert!(render(&report, "report.json").contains("\"verdict\": \"fail\""));
    assert!(reports::terminal_summary(&report, 100).starts_with("FAIL"));
    let message = "message=\"p95 612.0\u{202f}ms &gt; 500\u{202f}ms (CI 590 – 640\u{202f}ms, \
                   n=8\u{202f}123)\"";
    assert!(render(&report, "junit.xml").contains(message));
    report.invariants.clear();
    assert_eq!(junit(&report).failures, 1);
}

#[test]
fn a_broken_invariant_is_red_in_every_report_and_an_unknown_one_is_not_green() {
    let mut report = fixtures::failing();
    report.budgets.clear();
    assert_eq!(junit(&report).failures, 1);
    let page = render(&report, "report.html");
    assert!(page.contains("<h2>Invariants"));
    assert!(page.contains("class=\"chip fail\">✕ broken<"));
    assert!(page.contains("class=\"chip inconclusive\">? not known<"));
    assert!(
        render(&report, "report.md").contains("| ❌ broken | every acknowledged order is kept")
    );
    let lines = reports::terminal_summary(&report, 100);
    assert!(lines.contains("invariant   broken: every acknowledged order is kept: "));
    assert!(!lines.contains("of 3 hold"));
    let passing = reports::terminal_summary(&fixtures::passing(), 100);
    assert!(passing.contains("\ninvariants  1 of 1 hold\n"));
}

#[test]
fn a_run_without_invariants_says_nothing_of_them() {
    let report = fixtures::inconclusive();
    for name in ["report.html", "report.md", "junit.xml", "report.json"] {
        let text = render(&report, name);
        assert!(
            !text.contains("Invariants") && !text.contains("invariants"),
            "{name}"
        );
    }
    assert!(!reports::terminal_summary(&report, 100).contains("invariant"));
}

#[test]
fn a_run_that_fails_without_a_failed_budget_or_invariant_is_red_in_junit_too() {
    let mut report = fixtures::failing();
    report.budgets.clear();
    report.invariants.clear();
    assert_eq!(junit(&report).failures, 1);
}

#[test]
fn a_failure_beside_a_doubt_is_told_with_it_in_every_report() {
    let mut report = fixtures::failing();
    report.doubts = fixtures::inconclusive().doubts;
    let doubt =
        "This stands, although the run is doubtful: fault latency-inventory met no traffic.";
    for name in ["report.html", "report.md", "report.json"] {
        let text = render(&report, name);
        assert!(text.contains("Broke: ") && text.contains(doubt), "{name}");
    }
    assert!(reports::terminal_summary(&report, 200).contains(doubt));
    let junit = junit(&report);
    assert_eq!((junit.failures, junit.errors), (2, 1));
}

#[test]
fn a_schedule_that_was_not_kept_is_the_first_thing_that_is_said() {
    let mut report = fixtures::passing();
    let schedule = report.load.schedule.as_mut().unwrap();
    schedule.planned_per_s = 600.0;
    schedule.achieved_per_s = 260.2;
    (schedule.planned_s, schedule.took_s) = (166.7, 385.0);
    (schedule.kept, schedule.best_effort) = (false, true);
    let sentence = "Counted, and not at the planned rate: 260 of 600 requests a second were sent, over \
                385\u{202f}s instead of 167\u{202f}s. Held: ";
    assert!(render(&report, "report.html").contains(&format!("<h1>{sentence}")));
    assert!(render(&report, "report.md").contains(&format!("**{sentence}")));
    let lines = reports::terminal_summary(&report, 200);
    let head = lines.lines().next().unwrap();
    assert!(
        head.starts_with("PASS  quickstart  260 of 600/s sent ("),
        "{head}"
    );
    report.load.schedule.as_mut().unwrap().kept = true;
    assert!(render(&report, "report.md").contains("**Counted at the planned rate. Held: "));
}

#[test]
fn a_latency_among_the_failures_is_slower_than_any_limit_in_every_report() {
    let mut report = fixtures::failing();
    let budget = &mut report.budgets[4];
    (budget.observed, budget.ci) = (Some(f64::INFINITY), [Some(2_000.0), None]);
    (budget.n, budget.failed) = (1_000, 700);
    let sentence = "slower than any limit (500\u{202f}ms): 70.0\u{202f}% failed";
    for text in [
        render(&report, "report.html"),
        render(&report, "report.md"),
        render(&report, "junit.xml"),
        reports::terminal_summary(&report, 200),
    ] {
        assert!(text.contains(sentence), "{text}");
    }
    let json: serde_json::Value = serde_json::from_str(&render(&report, "report.json")).unwrap();
    assert_eq!(json["budgets"][4]["observed"], serde_json::Value::Null);
    assert_eq!(json["budgets"][4]["observed_text"], "slower than any limit");
}

#[test]
fn the_page_explains_budgets_only_where_one_did_not_hold() {
    let budgets = |report: &Report| {
        let page = render(report, "report.html");
        let (_, rest) = page.split_once("<h2>Budgets").unwrap();
        rest.split_once("</section>").unwrap().0.to_owned()
    };
    assert!(budgets(&fixtures::failing()).contains("<th>Why</th>"));
    assert!(!budgets(&fixtures::passing()).contains("Why"));
    assert!(!budgets(&fixtures::passing()).contains("class=\"why\""));
}

#[test]
fn an_inconclusive_run_is_an_error_and_its_budgets_are_skipped() {
    let junit = junit(&fixtures::inconclusive());
    let cases: Vec<_> = junit
        .test_suites
        .iter()
        .flat_map(|suite| &suite.test_cases)
        .collect();
    let run = cases
        .iter()
        .find(|case| case.name.as_str() == "run validity")
        .unwrap();
    let is_error = matches!(
        run.status,
        TestCaseStatus::NonSuccess {
            kind: NonSuccessKind::Error,
            ..
        }
    );
    assert!(is_error);
    let is_skipped = |status: &TestCaseStatus| matches!(status, TestCaseStatus::Skipped { .. });
    assert_eq!(
        cases.iter().filter(|case| is_skipped(&case.status)).count(),
        7
    );
    assert_eq!(junit.failures, 0);
}

#[test]
fn a_passing_run_has_no_red_in_junit() {
    let junit = junit(&fixtures::passing());
    assert_eq!((junit.failures, junit.errors), (0, 0));
}

#[test]
fn the_page_is_small_and_fetches_nothing() {
    for report in samples() {
        let page = render(&report, "report.html");
        assert!(page.len() < 2_000_000);
        for fetch in [
            "http://", "https://", "<script", "<link", "@import", "url(", "src=",
        ] {
            assert!(!page.contains(fetch), "{fetch}");
        }
    }
}

#[test]
fn every_chart_has_a_text_alternative_and_its_numbers() {
    let page = render(&fixtures::passing(), "report.html");
    let drawings = page.matches("<svg").count();
    assert_eq!(drawings, 4);
    for part in [
        "role=\"img\"",
        "</title>\n<desc ",
        "The numbers behind this chart",
    ] {
        assert_eq!(page.matches(part).count(), drawings, "{part}");
    }
    for (name, bytes) in reports::charts(&fixtures::passing()) {
        let svg = String::from_utf8(bytes).unwrap();
        assert!(svg.contains("<title") && svg.contains("<desc"), "{name}");
        assert!(svg.contains("prefers-color-scheme"), "{name}");
        assert_well_formed(&svg);
    }
}

#[test]
fn what_is_not_known_is_never_written_as_zero() {
    let page = render(&fixtures::failing(), "report.html");
    let row = page
        .split("<tr>")
        .find(|row| row.starts_with("<td>refund</td>"))
        .unwrap();
    assert_eq!(row.matches("title=\"not enough data\">-<").count(), 7);
    let summary = render(&fixtures::failing(), "report.md");
    assert!(summary.contains("| refund | 7 | 1 | - | - | - |"));
    let services = page
        .split("<tr>")
        .find(|row| row.starts_with("<td>notification</td>"))
        .unwrap();
    assert_eq!(services.matches(">-<").count(), 4);
}

#[test]
fn a_recovery_that_was_not_seen_reads_as_a_bound() {
    let report = fixtures::failing();
    for text in [
        render(&report, "report.html").replace("&gt;", ">"),
        render(&report, "report.md"),
        reports::terminal_summary(&report, 100),
    ] {
        assert!(text.contains(">\u{202f}24.0\u{202f}s"));
    }
}

#[test]
fn the_terminal_gets_ten_lines_that_fit() {
    for report in samples() {
        for width in [40, 80, 120] {
            let summary = reports::terminal_summary(&report, width);
            assert!(summary.lines().count() <= 10);
            assert!(summary.lines().all(|line| line.chars().count() <= width));
        }
    }
}

#[test]
fn a_summary_of_a_huge_run_still_fits_a_ci_step() {
    let mut report = fixtures::failing();
    let long = "a budget with a very long explanation ".repeat(400);
    let budget = BudgetResult {
        unsettled: Some(long.clone()),
        of: Subject::Operation(long.clone()),
        ..report.budgets[0].clone()
    };
    report.budgets = vec![budget; 2_000];
    let fault = FaultReport {
        unsettled: Some(long.repeat(40)),
        ..report.faults[0].clone()
    };
    report.faults = vec![fault; 300];
    let operation = OperationReport {
        name: long,
        ..report.operations[0].clone()
    };
    report.operations = vec![operation; 3_000];
    let summary = render(&report, "report.md");
    assert!(summary.len() < 900_000);
    assert!(summary.contains("and 1900 more in report.html"));
}

#[test]
fn a_long_run_still_gives_a_small_page() {
    let mut report = fixtures::failing();
    let hour = |values: &[f64]| {
        values
            .iter()
            .copied()
            .cycle()
            .take(7_200)
            .collect::<Vec<_>>()
    };
    let timeline = &mut report.timeline;
    timeline.offered = hour(&timeline.offered);
    timeline.goodput = hour(&timeline.goodput);
    timeline.errors = hour(&timeline.errors);
    for row in &mut report.heatmap.counts {
        *row = row.iter().copied().cycle().take(7_200).collect();
    }
    assert!(render(&report, "report.html").len() < 2_000_000);
}

#[test]
fn text_from_a_run_cannot_become_markup() {
    let mut report = fixtures::failing();
    report.verdict = Verdict::Inconclusive;
    report.doubts = vec![Doubt::Stated(
        "<script>alert(1)</script> & \u{1}".to_owned(),
    )];
    report.faults[0].name = "</title><script>".to_owned();
    report.budgets[0].of = Subject::Operation("a | b".to_owned());
    let page = render(&report, "report.html");
    assert!(!page.contains("<script"));
    assert!(!render(&report, "report.md").contains("<script"));
    assert!(render(&report, "report.md").contains("a \\| b"));
    junit(&report);
}

#[test]
fn an_empty_run_renders_without_charts() {
    let mut report = fixtures::inconclusive();
    report.budgets.clear();
    report.operations.clear();
    report.faults.clear();
    report.services.clear();
    report.timeline = Default::default();
    report.heatmap = Default::default();
    assert!(reports::charts(&report).is_empty());
    for renderer in reports::renderers() {
        assert!(!renderer.render(&report).unwrap().is_empty());
    }
    assert!(reports::terminal_summary(&report, 80).starts_with("INCONCLUSIVE"));
}
