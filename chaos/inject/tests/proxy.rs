//! The edge proxy over real sockets: what a caller sees under each rule and after it is lifted.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

use std::time::Duration;

use chaos_inject::{EdgeProxy, Rule, Symptom};
use harness_model::{Edge, Seed};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

/// A callee that echoes every chunk until its caller has closed, and then sends `bye`.
async fn echo() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut buffer = [0; 4096];
                while let Ok(length @ 1..) = stream.read(&mut buffer).await {
                    stream.write_all(&buffer[..length]).await?;
                }
                stream.write_all(b"bye").await
            });
        }
    });
    address
}

fn free_address() -> String {
    let probe = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    probe.local_addr().unwrap().to_string()
}

async fn open(upstream: &str) -> (EdgeProxy, String) {
    let listen = free_address();
    let edge = Edge::new("gateway", "cart");
    let proxy = EdgeProxy::open(edge, &listen, upstream, Seed(1))
        .await
        .unwrap();
    (proxy, listen)
}

async fn exchange(stream: &mut TcpStream, text: &[u8]) -> std::io::Result<Vec<u8>> {
    stream.write_all(text).await?;
    let mut reply = vec![0; text.len()];
    stream.read_exact(&mut reply).await?;
    Ok(reply)
}

#[tokio::test]
async fn a_caller_that_has_closed_its_side_still_gets_the_rest_of_the_reply() {
    let (_proxy, address) = open(&echo().await).await;
    let mut caller = TcpStream::connect(&address).await.unwrap();
    caller.write_all(b"hello ").await.unwrap();
    caller.shutdown().await.unwrap();
    let mut reply = String::new();
    caller.read_to_string(&mut reply).await.unwrap();
    assert_eq!(reply, "hello bye");
}

#[tokio::test]
async fn refusing_resets_open_connections_and_closes_the_port_until_it_is_lifted() {
    let (proxy, address) = open(&echo().await).await;
    let mut caller = TcpStream::connect(&address).await.unwrap();
    exchange(&mut caller, b"before").await.unwrap();
    let mark = proxy.mark();

    proxy.set(Rule::Refuse).await.unwrap();
    let refused = TcpStream::connect(&address).await.unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
    let cut = caller.read_u8().await.unwrap_err();
    assert_eq!(cut.kind(), std::io::ErrorKind::ConnectionReset);
    let evidence = proxy.evidence(mark, Symptom::ProxyRule);
    assert_eq!((evidence.eligible, evidence.affected), (1, 1));

    proxy.clear().await.unwrap();
    assert!(proxy.is_clear());
    let mut again = TcpStream::connect(&address).await.unwrap();
    assert_eq!(exchange(&mut again, b"after").await.unwrap(), b"after");
}

/// Without open connections, only new attempts can meet a refusal.
#[tokio::test]
async fn a_refusal_is_met_by_an_attempt_where_no_connection_was_open() {
    let (proxy, address) = open(&echo().await).await;
    let mark = proxy.mark();
    proxy.set(Rule::Refuse).await.unwrap();
    assert!(!proxy.is_clear());
    let refused = async {
        loop {
            match TcpStream::connect(&address).await {
                Ok(mut early) => assert!(exchange(&mut early, b"no").await.is_err()),
                Err(error) => return error,
            }
        }
    };
    let refused = timeout(Duration::from_secs(5), refused).await.unwrap();
    let evidence = proxy.evidence(mark, Symptom::ProxyRule);
    assert_eq!((evidence.eligible, evidence.affected), (1, 1));
    let kind = refused.kind();
    assert!(
        [
            std::io::ErrorKind::ConnectionRefused,
            std::io::ErrorKind::ConnectionReset
        ]
        .contains(&kind),
        "{kind:?}"
    );

    proxy.clear().await.unwrap();
    let mut again = TcpStream::connect(&address).await.unwrap();
    assert_eq!(exchange(&mut again, b"after").await.unwrap(), b"after");
}

#[tokio::test]
async fn a_refusal_that_nobody_meets_leaves_no_evidence_and_an_open_port() {
    let (proxy, address) = open(&echo().await).await;
    let mark = proxy.mark();
    proxy.set(Rule::Refuse).await.unwrap();
    proxy.clear().await.unwrap();
    assert!(proxy.is_clear());
    let evidence = proxy.evidence(mark, Symptom::ProxyRule);
    assert_eq!((evidence.eligible, evidence.affected), (0, 0));
    let mut caller = TcpStream::connect(&address).await.unwrap();
    assert_eq!(exchange(&mut caller, b"after").await.unwrap(), b"after");
}

#[tokio::test]
async fn a_hang_answers_nobody_then_resets_waiting_callers_and_spares_idle_ones() {
    let (proxy, address) = open(&echo().await).await;
    let mut waiting = TcpStream::connect(&address).await.unwrap();
    let mut idle = TcpStream::connect(&address).await.unwrap();
    exchange(&mut waiting, b"before").await.unwrap();
    exchange(&mut idle, b"before").await.unwrap();
    let mark = proxy.mark();

    proxy.set(Rule::Hang).await.unwrap();
    let mut fresh = TcpStream::connect(&address).await.unwrap();
    let moment = Duration::from_millis(100);
    for caller in [&mut waiting, &mut fresh] {
        assert!(timeout(moment, exchange(caller, b"anyone?")).await.is_err());
    }
    let evidence = proxy.evidence(mark, Symptom::ProxyRule);
    assert_eq!((evidence.eligible, evidence.affected), (2, 2));

    proxy.clear().await.unwrap();
    for caller in [&mut waiting, &mut fresh] {
        let cut = caller.read_u8().await.unwrap_err();
        assert_eq!(cut.kind(), std::io::ErrorKind::ConnectionReset);
    }
    assert_eq!(exchange(&mut idle, b"after").await.unwrap(), b"after");
}

#[tokio::test]
async fn a_dead_callee_is_a_reset_for_the_caller_and_evidence_for_a_kill() {
    let (proxy, address) = open(&free_address()).await;
    let mark = proxy.mark();
    let mut caller = TcpStream::connect(&address).await.unwrap();
    let cut = caller.read_u8().await.unwrap_err();
    assert_eq!(cut.kind(), std::io::ErrorKind::ConnectionReset);
    let evidence = proxy.evidence(mark, Symptom::Silence);
    assert_eq!((evidence.eligible, evidence.affected), (1, 1));
}

#[tokio::test]
async fn a_delay_is_applied_once_per_exchange_on_a_kept_connection() {
    let (proxy, address) = open(&echo().await).await;
    let mut caller = TcpStream::connect(&address).await.unwrap();
    exchange(&mut caller, b"fast").await.unwrap();
    let mark = proxy.mark();
    let (delay, jitter) = (Duration::from_millis(60), Duration::ZERO);
    proxy.set(Rule::Delay { delay, jitter }).await.unwrap();
    for _ in 0..3 {
        let start = std::time::Instant::now();
        exchange(&mut caller, b"slow").await.unwrap();
        assert!(
            (60..115).contains(&start.elapsed().as_millis()),
            "{:?}",
            start.elapsed()
        );
    }
    let evidence = proxy.evidence(mark, Symptom::ProxyRule);
    assert_eq!((evidence.eligible, evidence.affected), (3, 3));
}
