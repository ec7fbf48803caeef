//! What an edge does to its traffic at the moment.

use std::time::Duration;

use harness_model::TrafficRule;
use tokio::sync::watch;

/// One rule is in force on an edge at any time; open and new connections both feel it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Rule {
    /// Bytes pass as fast as the sockets allow.
    #[default]
    Pass,
    /// Every exchange is held back once, on its way to the callee, by `delay` plus or minus a
    /// uniform draw of up to `jitter`. Replies pass untouched, so a caller sees one delay an
    /// exchange and not two.
    Delay { delay: Duration, jitter: Duration },
    /// Open connections are reset and the port is closed: at once, or where no connection was
    /// open, when the first attempt has been reset.
    Refuse,
    /// Connections are accepted and requests are taken, but nothing is answered. When the rule
    /// ends, the connections that were left waiting are reset.
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
