//! What services did and used.

use harness_model::report::ContainerReport;

use crate::number;

/// The titles of the figures of [`container`], in its order.
pub const CONTAINER: [&str; 6] = [
    "Throttled",
    "Memory",
    "Limit",
    "Received",
    "Sent",
    "Killed for memory",
];

/// In the order of [`CONTAINER`]: seconds, four sizes in MB, a count. What was not measured reads
/// [`number::NONE`].
pub fn container(container: &ContainerReport) -> [String; 6] {
    let mb = |value| number::optional(value, |mb| number::with_unit(mb, "MB"));
    [
        number::seconds(container.throttled_s),
        mb(container.memory_mb),
        mb(container.memory_limit_mb),
        mb(container.received_mb),
        mb(container.sent_mb),
        number::count(container.oom_kills),
    ]
}

/// `started again once`, `started again 3 times`
pub fn restarts(n: u64) -> String {
    match n {
        1 => "started again once".to_owned(),
        n => format!("started again {} times", number::count(n)),
    }
}
