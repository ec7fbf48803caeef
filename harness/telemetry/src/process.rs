//! The kernel's statistics of a process and of the machine.
//!
//! Reads `/proc` only. Where it is missing there are no statistics.

use std::fs;

/// The kernel's clock ticks a second as `/proc` reports them; fixed at 100 on Linux for user space.
const TICKS_PER_SECOND: f64 = 100.0;
const PAGE_BYTES: f64 = 4096.0;

/// Statistics of one process at one moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ProcessStats {
    pub cpu_s: f64,
    pub resident_bytes: f64,
    pub threads: f64,
    pub open_fds: f64,
}

impl ProcessStats {
    /// `None` when there is no such process.
    pub fn read(pid: u32) -> Option<ProcessStats> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let fields = after_name(&stat)?;
        let field = |index: usize| fields.get(index)?.parse::<f64>().ok();
        // Fields are numbered from 3 here: utime is 14, stime 15, threads 20, rss 24.
        let cpu_ticks = field(11)? + field(12)?;
        let open_fds = fs::read_dir(format!("/proc/{pid}/fd"))
            .map_or(f64::NAN, |entries| entries.count() as f64);
        Some(ProcessStats {
            cpu_s: cpu_ticks / TICKS_PER_SECOND,
            resident_bytes: field(21)? * PAGE_BYTES,
            threads: field(17)?,
            open_fds,
        })
    }
}

/// CPU seconds of this very process.
pub fn own_cpu_seconds() -> f64 {
    ProcessStats::read(std::process::id()).map_or(0.0, |stats| stats.cpu_s)
}

/// The fields after the process name, which may contain spaces and brackets.
fn after_name(stat: &str) -> Option<Vec<&str>> {
    Some(stat[stat.rfind(')')? + 1..].split_whitespace().collect())
}

/// Busy and total ticks of all cores since boot.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HostTicks {
    busy: f64,
    total: f64,
}

impl HostTicks {
    /// The present ticks of this machine; `None` where there is no `/proc/stat`.
    pub fn read() -> Option<HostTicks> {
        let text = fs::read_to_string("/proc/stat").ok()?;
        let ticks: Vec<f64> = text
            .lines()
            .next()?
            .split_whitespace()
            .skip(1)
            .take(8)
            .filter_map(|field| field.parse().ok())
            .collect();
        let total: f64 = ticks.iter().sum();
        let idle = ticks.get(3)? + ticks.get(4)?;
        Some(HostTicks {
            busy: total - idle,
            total,
        })
    }

    /// Share of all cores that was busy since an earlier reading, 0..=1.
    pub fn used_since(&self, earlier: &HostTicks) -> Option<f64> {
        let total = self.total - earlier.total;
        (total > 0.0).then(|| ((self.busy - earlier.busy) / total).clamp(0.0, 1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_has_memory_threads_and_files() {
        let stats = ProcessStats::read(std::process::id()).unwrap();
        assert!(stats.resident_bytes > 1e5 && stats.threads >= 1.0 && stats.open_fds >= 3.0);
        assert_eq!(ProcessStats::read(u32::MAX), None);
    }

    #[test]
    fn a_name_with_brackets_does_not_shift_the_fields() {
        assert_eq!(after_name("7 (a) b)) S 1 2").unwrap(), ["S", "1", "2"]);
    }
}
