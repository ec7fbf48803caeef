//! Made-up runs whose fault is hard to see: stores that leave no spans, callers that cope, services
//! whose spans are lost. The analysis, which is not told, must name it all the same.

mod support;

use harness_model::fault::FaultKind;
use harness_model::report::{FaultReport, Indication, Suspect, Unseen};
use support::MadeUpRun;

fn fault(made_up: &MadeUpRun) -> FaultReport {
    let report = harness_analysis::report(&made_up.run());
    report.faults.into_iter().next().expect("one fault")
}

fn name(suspect: &Suspect) -> String {
    let edge = suspect.edge.as_ref().map(ToString::to_string);
    edge.unwrap_or_else(|| suspect.service.clone())
}

fn names(fault: &FaultReport) -> Vec<String> {
    fault.suspects.iter().map(name).collect()
}

/// The first suspect is what was injected; returns the fault for further questions.
fn found(made_up: &MadeUpRun) -> FaultReport {
    let fault = fault(made_up);
    let kind = made_up.kind.name();
    assert_eq!(fault.truth_rank, Some(1), "{kind}: {:#?}", fault.suspects);
    fault
}

fn on(kind: FaultKind, target: &'static str, servers: usize) -> MadeUpRun {
    MadeUpRun {
        servers,
        ..MadeUpRun::new(kind, target)
    }
}

fn latency(ms: u64) -> FaultKind {
    FaultKind::Latency {
        delay_ns: ms * 1_000_000,
        jitter_ns: 0,
    }
}

fn of_a_process() -> Vec<FaultKind> {
    let cpu = FaultKind::Cpu { cores: 0.1 };
    vec![
        FaultKind::Kill,
        FaultKind::Freeze,
        FaultKind::Restart,
        FaultKind::Disconnect,
        cpu,
    ]
}

fn of_a_path() -> Vec<FaultKind> {
    vec![
        FaultKind::Refuse,
        FaultKind::Hang,
        latency(20),
        latency(300),
    ]
}

#[test]
fn a_store_and_the_only_way_to_it_are_told_apart_by_the_state_of_the_store() {
    for kind in of_a_process() {
        found(&on(kind, "payment-db", 2));
    }
    for kind in of_a_path() {
        found(&on(kind, "payment -> payment-db", 2));
    }
}

#[test]
fn a_store_that_all_callers_miss_is_blamed_and_of_one_caller_its_path() {
    for scraped in [true, false] {
        for kind in of_a_process() {
            let mut made_up = on(kind, "db", 1);
            made_up.scraped = scraped;
            found(&made_up);
        }
        for kind in of_a_path() {
            let mut made_up = on(kind, "payment -> db", 1);
            made_up.scraped = scraped;
            found(&made_up);
        }
    }
}

#[test]
fn a_store_that_stood_still_is_told_from_one_that_nobody_could_reach() {
    let still = |fault: &FaultReport| {
        let why = fault.suspects.iter().flat_map(|suspect| &suspect.why);
        why.clone().any(|one| *one == Indication::StoodStill)
    };
    assert!(still(&found(&on(FaultKind::Freeze, "payment-db", 2))));
    let hung = found(&on(FaultKind::Hang, "payment -> payment-db", 2));
    assert!(!still(&hung), "{:#?}", hung.suspects);
}

#[test]
fn a_fault_that_retries_or_a_fallback_hide_from_visitors_is_named() {
    for target in ["order -> payment", "payment -> payment-db"] {
        let mut masked = on(FaultKind::Refuse, target, 2);
        masked.spares_retries = true;
        found(&masked);
    }
    for kind in [FaultKind::Refuse, FaultKind::Hang] {
        let mut cached = on(kind, "gateway -> inventory", 2);
        cached.fallback = true;
        found(&cached);
    }
}

#[test]
fn an_open_breaker_is_put_down_to_what_opened_it() {
    for (kind, target) in [
        (FaultKind::Kill, "payment-db"),
        (FaultKind::Refuse, "payment -> payment-db"),
    ] {
        let mut open = on(kind, target, 2);
        open.breaker = true;
        found(&open);
    }
}

#[test]
fn a_consumer_that_nobody_waits_for_is_named() {
    let mut slow = MadeUpRun::new(FaultKind::Cpu { cores: 0.1 }, "mail");
    slow.announces = true;
    let fault = found(&slow);
    let own = |one: &Indication| matches!(one, Indication::OwnTime { ms, .. } if *ms > 90.0);
    assert!(
        fault.suspects[0].why.iter().any(own),
        "{:?}",
        fault.suspects
    );
}

#[test]
fn two_faults_at_the_same_time_are_the_first_two_suspects() {
    let mut both = on(FaultKind::Kill, "payment-db", 2);
    both.second = Some((latency(300), "gateway -> inventory"));
    assert_eq!(
        names(&found(&both))[..2],
        ["payment-db", "gateway -> inventory"]
    );
    let mut both = on(FaultKind::Freeze, "inventory", 0);
    both.second = Some((FaultKind::Refuse, "gateway -> order"));
    let mut named = names(&fault(&both));
    named.truncate(2);
    named.sort();
    assert_eq!(named, ["gateway -> order", "inventory"]);
}

#[test]
fn a_service_whose_spans_are_lost_is_said_to_be_unseen_and_is_not_cleared() {
    let mut lossy = MadeUpRun::new(FaultKind::Cpu { cores: 0.1 }, "order");
    (lossy.scraped, lossy.drops) = (false, Some("order"));
    let fault = fault(&lossy);
    let calls = fault
        .blind_spots
        .iter()
        .find_map(|blind| match &blind.what {
            Unseen::Calls(calls) if blind.service.as_deref() == Some("order") => Some(*calls),
            _ => None,
        });
    let calls = calls.expect("order left spans out");
    assert_eq!(calls.baseline_count, 0.0);
    let share = calls.count / calls.of as f64;
    assert!((0.4..0.8).contains(&share), "{calls:?}");
    assert!(
        names(&fault).contains(&"order".to_owned()),
        "{:#?}",
        fault.suspects
    );
}

#[test]
fn what_was_seen_whole_leaves_nothing_unseen() {
    let fault = fault(&MadeUpRun::new(latency(300), "order -> payment"));
    assert_eq!(fault.blind_spots, []);
}

#[test]
fn the_part_of_a_monolith_that_got_slow_is_named_with_its_statement() {
    let mut run = MadeUpRun::new(FaultKind::Freeze, "nobody");
    run.monolith = true;
    let mut run = run.run();
    let strings = &mut run.strings;
    let [module, fast, slow] =
        ["payment/authorise", "SELECT stock", "INSERT payments"].map(|name| strings.intern(name));
    let second = 1_000_000_000;
    let roots: Vec<harness_model::Span> = run.spans.iter().collect();
    run.spans.clear();
    let mut id = 1_000_000;
    for root in roots.into_iter().filter(|span| span.parent == 77) {
        let during = (30 * second..40 * second).contains(&root.start.0);
        let took = if during { 40_000_000 } else { 1_000_000 };
        let mut at = root.start.0 + 1_000_000;
        let (mut inner, mut statement) = (root, root);
        id += 4;
        (inner.id, inner.parent, inner.name) = (id, root.id, module);
        inner.kind = harness_model::SpanKind::Internal;
        for (offset, name, length) in [(1, fast, 1_000_000), (2, slow, took)] {
            (statement.id, statement.parent, statement.name) = (id + offset, inner.id, name);
            statement.kind = harness_model::SpanKind::Client;
            statement.start.0 = at;
            at += length;
            statement.end.0 = at;
            run.spans.push(statement);
        }
        inner.end.0 = at;
        let mut root = root;
        root.end.0 = at + 1_000_000;
        run.spans.extend([inner, root]);
    }
    let report = harness_analysis::report(&run);
    let first = &report.faults[0].suspects[0];
    let part = first.part.as_ref().expect("a part");
    assert_eq!(
        (
            first.service.as_str(),
            part.unit.as_str(),
            part.operation.as_deref()
        ),
        ("shop", "payment/authorise", Some("INSERT payments"))
    );
}
