//! The client on real sockets: which failures it tells apart, and how long it keeps connections.

use harness_model::ErrorClass;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::orders::steady;
use crate::attack::{client, noting_reuse};
use crate::classify;

/// Answers so many requests on each connection, and closes it when the next one has come.
async fn serve(listener: TcpListener, answers: usize) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(answer(stream, answers));
    }
}

async fn answer(mut stream: TcpStream, answers: usize) -> std::io::Result<()> {
    for _ in 0..answers {
        read_request(&mut stream).await?;
        stream
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
            .await?;
    }
    read_request(&mut stream).await
}

async fn read_request(stream: &mut TcpStream) -> std::io::Result<()> {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        request.push(stream.read_u8().await?);
    }
    Ok(())
}

/// What becomes of requests one after the other, and whether each went out on a used connection.
fn asked(answers: usize, requests: usize, idle_ns: u64) -> Vec<(ErrorClass, bool)> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        tokio::spawn(serve(listener, answers));
        let mut plan = steady(1.0, 1_000).plan;
        plan.idle_ns = idle_ns;
        let client = client(&plan).unwrap();
        let mut outcomes = Vec::new();
        for _ in 0..requests {
            let (outcome, reused) = noting_reuse(client.get(&url).send()).await;
            let class = match outcome {
                Ok(response) => {
                    assert_eq!(response.text().await.unwrap(), "ok");
                    ErrorClass::None
                }
                Err(error) => classify::unanswered(&error, reused),
            };
            outcomes.push((class, reused));
            // On this one thread, the client's own tasks put the connection back meanwhile.
            for _ in 0..16 {
                tokio::task::yield_now().await;
            }
        }
        outcomes
    })
}

const MINUTE_NS: u64 = 60_000_000_000;

#[test]
fn a_reset_says_whether_the_connection_had_carried_an_answer_before() {
    let (fresh, reused) = (false, true);
    let dies_at_once = asked(0, 2, MINUTE_NS);
    assert_eq!(dies_at_once, [(ErrorClass::Reset, fresh); 2]);
    let dies_later = asked(2, 4, MINUTE_NS);
    let expected = [
        (ErrorClass::None, fresh),
        (ErrorClass::None, reused),
        (ErrorClass::ResetOnReuse, reused),
        (ErrorClass::None, fresh),
    ];
    assert_eq!(dies_later, expected);
}

#[test]
fn a_connection_that_was_idle_for_longer_than_stated_is_not_used_again() {
    let kept = asked(3, 3, MINUTE_NS);
    assert_eq!(kept.iter().filter(|(_, reused)| *reused).count(), 2);
    // Whatever comes next comes later than a nanosecond.
    let dropped = asked(3, 3, 1);
    assert_eq!(dropped, [(ErrorClass::None, false); 3]);
}
