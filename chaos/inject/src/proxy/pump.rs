//! The two directions of one proxied connection.
//!
//! Generic over the streams, so that tests run on paused time. It must not know listeners,
//! addresses or how a connection is reset.

use std::io;
use std::time::Duration;

use bytes::BytesMut;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::select;
use tokio::sync::watch;

use super::counters::Exchanges;
use super::delay_line::DelayLine;
use super::rule::Rule;

/// Largest read.
const CHUNK_BYTES: usize = 64 * 1024;

/// Forwards the caller's bytes to the callee, delayed if the rule says so, until the caller closes.
///
/// # Errors
/// An error of either stream, or the end of a hang while the caller waits: the connection must be
/// reset.
pub async fn requests(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut rule: watch::Receiver<Rule>,
    exchanges: &Exchanges,
    mut draws: ChaCha8Rng,
) -> io::Result<()> {
    let mut line = DelayLine::default();
    let mut buffer = BytesMut::new();
    let mut current = *rule.borrow_and_update();
    let mut delay = Duration::ZERO;
    let mut ended = false;
    while !ended || !line.is_empty() {
        let hanging = current == Rule::Hang;
        buffer.reserve(CHUNK_BYTES);
        select! {
            biased;
            changed = rule.changed() => {
                changed.map_err(|_| io::ErrorKind::ConnectionReset)?;
                let before = std::mem::replace(&mut current, *rule.borrow_and_update());
                rule_changed(before, current, exchanges, &mut line)?;
            }
            () = line.due(), if !hanging => {
                while let Some(chunk) = line.pop_due() {
                    to.write_all(&chunk).await?;
                }
            }
            read = from.read_buf(&mut buffer), if !ended && line.has_room() => {
                if read? == 0 {
                    ended = true;
                    exchanges.caller_left();
                    if hanging && exchanges.is_open() {
                        return Err(io::ErrorKind::ConnectionReset.into());
                    }
                    continue;
                }
                if exchanges.asked() {
                    delay = draw_delay(current, &mut draws);
                }
                let chunk = buffer.split().freeze();
                match current {
                    Rule::Hang => exchanges.affect(),
                    Rule::Delay { .. } => {
                        exchanges.affect();
                        line.push(chunk, delay);
                    }
                    Rule::Pass | Rule::Refuse if line.is_empty() => to.write_all(&chunk).await?,
                    Rule::Pass | Rule::Refuse => line.push(chunk, Duration::ZERO),
                }
            }
        }
    }
    to.shutdown().await
}

/// Applies a change of rules to a connection that is already open.
fn rule_changed(
    before: Rule,
    now: Rule,
    exchanges: &Exchanges,
    line: &mut DelayLine,
) -> io::Result<()> {
    if before == Rule::Hang && now != Rule::Hang && exchanges.is_open() {
        // Its request was swallowed or its reply withheld, so the exchange cannot be completed.
        return Err(io::ErrorKind::ConnectionReset.into());
    }
    if now == Rule::Hang {
        exchanges.affect();
    }
    if now == Rule::Pass {
        line.release();
    }
    Ok(())
}

/// Forwards the callee's bytes to the caller, unless the rule withholds them.
pub async fn replies(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut rule: watch::Receiver<Rule>,
    exchanges: &Exchanges,
) -> io::Result<()> {
    let mut buffer = BytesMut::new();
    loop {
        let hanging = *rule.borrow_and_update() == Rule::Hang;
        buffer.reserve(CHUNK_BYTES);
        select! {
            biased;
            changed = rule.changed() => {
                changed.map_err(|_| io::ErrorKind::ConnectionReset)?;
            }
            read = from.read_buf(&mut buffer), if !hanging => {
                if read? == 0 {
                    exchanges.callee_left();
                    return to.shutdown().await;
                }
                exchanges.answered();
                to.write_all(&buffer.split()).await?;
            }
        }
    }
}

/// The delay of one exchange.
fn draw_delay(rule: Rule, draws: &mut ChaCha8Rng) -> Duration {
    let Rule::Delay { delay, jitter } = rule else {
        return Duration::ZERO;
    };
    let swing = 2.0 * draws.random::<f64>() - 1.0;
    let seconds = delay.as_secs_f64() + swing * jitter.as_secs_f64();
    Duration::from_secs_f64(seconds.max(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proxy::counters::{EdgeCounters, Symptom};
    use harness_model::Seed;
    use std::sync::Arc;
    use tokio::io::duplex;
    use tokio::time::{Instant, sleep};

    const DELAY: Rule = Rule::Delay {
        delay: Duration::from_millis(100),
        jitter: Duration::ZERO,
    };

    /// Both ends of a request pump, its rule and its counters.
    fn edge(
        rule: Rule,
    ) -> (
        tokio::io::DuplexStream,
        tokio::io::DuplexStream,
        watch::Sender<Rule>,
        Arc<EdgeCounters>,
    ) {
        let (caller, near) = duplex(1024 * 1024);
        let (far, callee) = duplex(1024 * 1024);
        let (set_rule, rule) = watch::channel(rule);
        let counters = Arc::new(EdgeCounters::default());
        let exchanges = Exchanges::new(counters.clone());
        tokio::spawn(async move {
            requests(near, far, rule, &exchanges, Seed(1).stream("jitter")).await
        });
        (caller, callee, set_rule, counters)
    }

    #[tokio::test(start_paused = true)]
    async fn ten_writes_five_milliseconds_apart_are_each_delayed_once() {
        let (mut caller, mut callee, _rule, _) = edge(DELAY);
        let start = Instant::now();
        tokio::spawn(async move {
            for number in 0..10_u8 {
                caller.write_all(&[number]).await.unwrap();
                sleep(Duration::from_millis(5)).await;
            }
        });
        for number in 0..10_u8 {
            assert_eq!(callee.read_u8().await.unwrap(), number);
            let late = start.elapsed().as_millis() as i64 - 5 * i64::from(number);
            assert!(
                (100..=102).contains(&late),
                "byte {number} was {late} ms late"
            );
        }
        assert!(start.elapsed() <= Duration::from_millis(147));
    }

    #[tokio::test(start_paused = true)]
    async fn a_delay_does_not_throttle_a_stream_larger_than_one_chunk() {
        let (mut caller, mut callee, _rule, _) = edge(DELAY);
        let start = Instant::now();
        tokio::spawn(async move { caller.write_all(&vec![7; 3_000_000]).await });
        let mut received = Vec::new();
        callee.read_to_end(&mut received).await.unwrap();
        assert_eq!(received.len(), 3_000_000);
        assert!(
            start.elapsed() < Duration::from_millis(250),
            "{:?}",
            start.elapsed()
        );
    }

    #[tokio::test(start_paused = true)]
    async fn lifting_a_delay_delivers_what_was_held_at_once_and_in_order() {
        let (mut caller, mut callee, rule, counters) = edge(Rule::Delay {
            delay: Duration::from_secs(3600),
            jitter: Duration::ZERO,
        });
        caller.write_all(b"held ").await.unwrap();
        sleep(Duration::from_millis(10)).await;
        let start = Instant::now();
        rule.send(Rule::Pass).unwrap();
        caller.write_all(b"free").await.unwrap();
        let mut received = [0; 9];
        callee.read_exact(&mut received).await.unwrap();
        assert_eq!(&received, b"held free");
        assert!(start.elapsed() < Duration::from_millis(10));
        let evidence = counters.evidence(EdgeCounters::default().mark(), Symptom::ProxyRule);
        assert_eq!(evidence.affected, 1);
    }

    #[test]
    fn jitter_is_reproducible_and_stays_within_its_bounds() {
        let rule = Rule::Delay {
            delay: Duration::from_millis(100),
            jitter: Duration::from_millis(20),
        };
        let draw = |seed: u64| -> Vec<Duration> {
            let mut draws = Seed(seed).stream("jitter");
            (0..200).map(|_| draw_delay(rule, &mut draws)).collect()
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
        let (low, high) = (Duration::from_millis(80), Duration::from_millis(120));
        assert!(draw(7).iter().all(|delay| (low..=high).contains(delay)));
        assert!(
            draw(7)
                .iter()
                .any(|delay| *delay < Duration::from_millis(90))
        );
        assert!(
            draw(7)
                .iter()
                .any(|delay| *delay > Duration::from_millis(110))
        );
    }
}
