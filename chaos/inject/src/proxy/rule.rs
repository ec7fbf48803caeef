//! What a proxy does to the traffic of its edge.

use std::time::Duration;

use harness_model::TrafficRule;
use tokio::sync::watch;

/// Exactly one rule is in force on an edge at any time, for open and for new connections.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Rule {
    /// Bytes pass as fast as the sockets allow.
    #[default]
    Pass,
    /// Every exchange is delayed once, on its way to the callee, by `delay` plus or minus a uniform
    /// draw of up to `jitter`. Replies are not delayed, so a caller sees one delay per exchange.
    Delay { delay: Duration, jitter: Duration },
    /// Open connections are reset and the port is closed: at once or, where no connection was open,
    /// after the first attempt has been reset.
    Refuse,
    /// Connections are accepted and requests are read, but nothing is answered. When the rule ends,
    /// the connections that wait for an answer are reset.
    Hang,
}

impl From<TrafficRule> for Rule {
    fn from(rule: TrafficRule) -> Rule {
        match rule {
            TrafficRule::Delay {
                delay_ns,
                jitter_ns,
            } => Rule::Delay {
                delay: Duration::from_nanos(delay_ns),
                jitter: Duration::from_nanos(jitter_ns),
            },
            TrafficRule::Refuse => Rule::Refuse,
            TrafficRule::Hang => Rule::Hang,
        }
    }
}

/// Waits until connections are to be refused, or the edge is closed for good.
pub async fn refused(rule: &mut watch::Receiver<Rule>) {
    let _ = rule.wait_for(|rule| *rule == Rule::Refuse).await;
}

/// Waits until connections are no longer refused, or the edge is closed for good.
pub async fn admitted(rule: &mut watch::Receiver<Rule>) {
    let _ = rule.wait_for(|rule| *rule != Rule::Refuse).await;
}
