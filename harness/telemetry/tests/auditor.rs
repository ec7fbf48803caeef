//! Audits of made-up services: all counts of those that answer, and the names of the others.

use std::collections::BTreeMap;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use harness_telemetry::{AuditTarget, Auditor};
use tokio::net::TcpListener;

async fn service(name: &str, status: u16, answer: &'static str) -> AuditTarget {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("it listens").to_string();
    let status = StatusCode::from_u16(status).expect("a status");
    let app = Router::new().route("/audit", get(async move || (status, answer)));
    tokio::spawn(async { axum::serve(listener, app).await });
    AuditTarget {
        service: name.to_owned(),
        address,
        path: "/audit".to_owned(),
    }
}

#[tokio::test]
async fn an_audit_has_all_counts_and_names_the_services_without_any() {
    let absent = AuditTarget {
        address: "127.0.0.1:1".to_owned(),
        ..service("absent", 200, "{}").await
    };
    let targets = vec![
        service("order", 200, r#"{"order.placed": 7, "order.outbox": 0}"#).await,
        service("pay", 200, r#"{"pay.captured": -3}"#).await,
        service("twin", 200, r#"{"twin.a": 1, "order.placed": 7}"#).await,
        service("ill", 503, "{}").await,
        service("vague", 200, r#"{"vague.a": 1.5}"#).await,
        absent,
    ];
    let audit = Auditor::new(targets).expect("a client").audit().await;
    let counts = [
        ("order.outbox", 0),
        ("order.placed", 7),
        ("pay.captured", -3),
    ];
    let owned = counts.map(|(name, count)| (name.to_owned(), count));
    assert_eq!(audit.counts, BTreeMap::from(owned));
    let failed: Vec<&str> = audit.failed.keys().map(String::as_str).collect();
    assert_eq!(failed, ["absent", "ill", "twin", "vague"]);
    assert_eq!(
        audit.failed["twin"],
        "another service counts order.placed, too"
    );
    assert_eq!(audit.failed["absent"], "it could not be reached");
}
