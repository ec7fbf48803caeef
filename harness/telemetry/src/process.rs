//! The kernel's statistics of the processes of an instance.
//!
//! Reads `/proc` only. Where it is missing there are no statistics.

use std::collections::BTreeMap;
use std::fs;

use harness_model::InstanceId;
use harness_process::{Entry, Identity, Table};

/// The kernel's clock ticks a second as `/proc` reports them; fixed at 100 on Linux for user space.
pub const TICKS_PER_SECOND: f64 = 100.0;
const PAGE_BYTES: f64 = 4096.0;

/// Statistics of one process, or of several together, at one moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ProcessStats {
    /// With that of children which have ended and were waited for.
    pub cpu_s: f64,
    pub resident_bytes: f64,
    pub threads: f64,
    pub open_fds: f64,
}

impl ProcessStats {
    /// `None` when there is no such process.
    pub fn read(pid: u32) -> Option<ProcessStats> {
        Some(ProcessStats::of(&[&Entry::read(pid)?]))
    }

    /// Of an instance: its first process and whatever that has started. `None` when it does not
    /// run.
    pub fn of_instance(table: &Table, leader: u32) -> Option<ProcessStats> {
        let leader = table.get(leader)?.identity();
        let members = table.of_instance(Some(leader), None);
        Some(ProcessStats::of(&members))
    }

    fn of(members: &[&Entry]) -> ProcessStats {
        let sum = |figure: &dyn Fn(&Entry) -> f64| members.iter().map(|one| figure(one)).sum();
        let alone = members.len() == 1;
        ProcessStats {
            cpu_s: sum(&|one| (one.cpu_ticks + one.children_ticks) as f64 / TICKS_PER_SECOND),
            resident_bytes: sum(&|one| {
                let resident = one.resident_pages as f64 * PAGE_BYTES;
                match alone {
                    true => resident,
                    false => proportional(one.pid).unwrap_or(resident),
                }
            }),
            threads: sum(&|one| one.threads as f64),
            open_fds: sum(&|one| open_fds(one.pid)),
        }
    }
}

fn open_fds(pid: u32) -> f64 {
    fs::read_dir(format!("/proc/{pid}/fd")).map_or(f64::NAN, |entries| entries.count() as f64)
}

/// Resident bytes, where pages that several processes share count once among them (PSS).
fn proportional(pid: u32) -> Option<f64> {
    let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("Pss:"))?;
    let kib: f64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib * 1024.0)
}

/// CPU seconds of this very process.
pub fn own_cpu_seconds() -> f64 {
    let own = Entry::read(std::process::id());
    own.map_or(0.0, |own| own.cpu_ticks as f64 / TICKS_PER_SECOND)
}

/// CPU counters of instances that never fall while the first process is the same.
///
/// The sum over the living does: what a process has used goes with it when somebody else than its
/// parent waits for it.
#[derive(Debug, Default)]
pub struct CpuCounters {
    last: BTreeMap<InstanceId, Counter>,
}

#[derive(Debug, Clone, Copy)]
struct Counter {
    leader: Identity,
    sum_s: f64,
    /// Of those that are gone.
    gone_s: f64,
}

impl CpuCounters {
    /// The counter of an instance whose living processes have used `sum_s` together.
    pub fn read(&mut self, instance: &InstanceId, leader: Identity, sum_s: f64) -> f64 {
        let first = Counter {
            leader,
            sum_s,
            gone_s: 0.0,
        };
        let counter = self.last.entry(instance.clone()).or_insert(first);
        if counter.leader != leader {
            *counter = first;
        }
        counter.gone_s += (counter.sum_s - sum_s).max(0.0);
        counter.sum_s = sum_s;
        counter.sum_s + counter.gone_s
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn this_process_has_memory_threads_and_files() {
        let stats = ProcessStats::read(std::process::id()).unwrap();
        assert!(stats.resident_bytes > 1e5 && stats.threads >= 1.0 && stats.open_fds >= 3.0);
        assert_eq!(ProcessStats::read(u32::MAX), None);
    }

    #[test]
    fn what_a_wrapped_server_uses_counts_for_its_wrapper() {
        let mut wrapper = Command::new("sh")
            .args(["-c", "sleep 60 & sleep 60 & echo; wait"])
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let out = wrapper.stdout.as_mut().unwrap();
        std::io::BufRead::read_line(&mut std::io::BufReader::new(out), &mut line).unwrap();
        let stats = ProcessStats::of_instance(&Table::read(), wrapper.id()).unwrap();
        let children = Table::read();
        let pids: Vec<_> = children
            .children(wrapper.id())
            .map(Entry::identity)
            .collect();
        for child in pids {
            child.end();
        }
        wrapper.wait().unwrap();
        assert_eq!(stats.threads, 3.0);
        assert!(stats.open_fds >= 9.0, "{stats:?}");
    }

    #[test]
    fn a_counter_falls_only_when_the_instance_was_started_again() {
        let id = InstanceId::new("web");
        let leader = |start_time| Identity { pid: 7, start_time };
        let mut counters = CpuCounters::default();
        let mut read = |start, sum| counters.read(&id, leader(start), sum);
        assert_eq!(read(1, 5.0), 5.0);
        assert_eq!(read(1, 2.0), 5.0, "a worker that had used 3 s is gone");
        assert_eq!(read(1, 2.5), 5.5);
        assert_eq!(read(2, 0.5), 0.5);
    }
}
