//! What the whole machine did between two readings, and how much of it was neither the target nor
//! the harness.
//!
//! Reads `/proc` and the control group of this process. What cannot be read is absent. It must not
//! judge: the analysis says what was too much.

use std::collections::BTreeMap;
use std::fs;
use std::time::Instant;

use harness_model::InstanceId;
use harness_model::metric::{
    HOST_CORES, HOST_CPU_USED, HOST_MEMORY_STALLED, HOST_OTHERS_CORES, HOST_STEAL_CORES,
    HOST_THROTTLED,
};
use harness_process::Table;

use crate::container::own_throttled_s;
use crate::process::TICKS_PER_SECOND;

/// CPU seconds that a container has used since it started.
pub type ContainerCpu = BTreeMap<InstanceId, f64>;

/// Compares each reading with the one before.
#[derive(Debug, Default)]
pub struct HostWatch {
    last: Option<HostReading>,
}

#[derive(Debug, Clone)]
struct HostReading {
    at: Instant,
    ticks: HostTicks,
    /// CPU seconds of this process and all its descendants.
    own_s: f64,
    containers: ContainerCpu,
    throttled_s: Option<f64>,
    memory_stalled_s: Option<f64>,
}

impl HostWatch {
    /// The figures since the call before, by the name of their metric; none at the first.
    /// `containers` are those of the target, whose processes are not ours.
    pub fn read(&mut self, table: &Table, containers: ContainerCpu) -> Vec<(&'static str, f64)> {
        let Some(ticks) = HostTicks::read() else {
            return Vec::new();
        };
        let now = HostReading {
            at: Instant::now(),
            ticks,
            own_s: own_tree_s(table),
            containers,
            throttled_s: own_throttled_s(),
            memory_stalled_s: stalled_s(
                &fs::read_to_string("/proc/pressure/memory").unwrap_or_default(),
            ),
        };
        let figures = self.last.as_ref().map(|last| now.since(last));
        self.last = Some(now);
        figures.unwrap_or_default()
    }
}

impl HostReading {
    fn since(&self, last: &HostReading) -> Vec<(&'static str, f64)> {
        let wall_s = (self.at - last.at).as_secs_f64();
        let total = self.ticks.total - last.ticks.total;
        if total <= 0.0 || wall_s <= 0.0 {
            return Vec::new();
        }
        let cores = self.ticks.cores;
        // In cores, whatever a tick is.
        let of_total = |ticks: f64| (ticks / total).clamp(0.0, 1.0) * cores;
        let grown =
            |now: Option<f64>, before: Option<f64>| Some(((now? - before?) / wall_s).max(0.0));
        let ours = (self.own_s - last.own_s).max(0.0) + self.contained_since(last);
        let processes = of_total(self.ticks.processes - last.ticks.processes);
        let figures = [
            (
                HOST_CPU_USED,
                Some(of_total(self.ticks.busy - last.ticks.busy) / cores),
            ),
            (HOST_CORES, Some(cores)),
            (
                HOST_OTHERS_CORES,
                Some((processes - ours / wall_s).max(0.0)),
            ),
            (
                HOST_STEAL_CORES,
                Some(of_total(self.ticks.steal - last.ticks.steal)),
            ),
            (
                HOST_THROTTLED,
                grown(self.throttled_s, last.throttled_s).map(|share| share.min(1.0)),
            ),
            (
                HOST_MEMORY_STALLED,
                grown(self.memory_stalled_s, last.memory_stalled_s).map(|share| share.min(1.0)),
            ),
        ];
        let known = figures.into_iter();
        known
            .filter_map(|(metric, value)| Some((metric, value?)))
            .collect()
    }

    /// A container that was started again counts from zero.
    fn contained_since(&self, last: &HostReading) -> f64 {
        let grown = self.containers.iter().map(|(instance, now)| {
            let before = last.containers.get(instance).copied().unwrap_or(0.0);
            if *now >= before { now - before } else { *now }
        });
        grown.sum()
    }
}

/// CPU seconds of this process and its descendants, those that have ended included.
fn own_tree_s(table: &Table) -> f64 {
    let ours = table.trees([std::process::id()]);
    let ticks: u64 = ours
        .iter()
        .map(|one| one.cpu_ticks + one.children_ticks)
        .sum();
    ticks as f64 / TICKS_PER_SECOND
}

/// Seconds in which some process waited for a resource, from a file of `/proc/pressure`.
fn stalled_s(text: &str) -> Option<f64> {
    let some = text.lines().find(|line| line.starts_with("some "))?;
    let total = some
        .split_whitespace()
        .find_map(|one| one.strip_prefix("total="))?;
    Some(total.parse::<f64>().ok()? / 1e6)
}

/// Ticks of all cores since boot.
#[derive(Debug, Clone, Copy, PartialEq)]
struct HostTicks {
    cores: f64,
    /// In programs and, for them, in the kernel; without interrupts, which nobody caused alone.
    processes: f64,
    steal: f64,
    busy: f64,
    total: f64,
}

impl HostTicks {
    /// `None` where there is no `/proc/stat`.
    fn read() -> Option<HostTicks> {
        HostTicks::parse(&fs::read_to_string("/proc/stat").ok()?)
    }

    /// The first line is `cpu user nice system idle iowait irq softirq steal ..`, and a line for
    /// each core follows.
    fn parse(text: &str) -> Option<HostTicks> {
        let mut lines = text.lines();
        let all = lines.next()?.split_whitespace().skip(1).take(8);
        let ticks: Vec<f64> = all.filter_map(|field| field.parse().ok()).collect();
        let [user, nice, system, idle, waiting, _, _, steal] = *ticks.as_slice() else {
            return None;
        };
        let total: f64 = ticks.iter().sum();
        Some(HostTicks {
            cores: lines.take_while(|line| line.starts_with("cpu")).count() as f64,
            processes: user + nice + system,
            steal,
            busy: total - idle - waiting,
            total,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Command, Stdio};
    use std::time::Duration;

    #[test]
    fn the_first_line_is_all_cores_and_the_next_ones_are_counted() {
        let text = "cpu  10 20 30 400 50 6 7 8 0 0\ncpu0 1 2\ncpu1 1 2\nintr 5\n";
        let ticks = HostTicks::parse(text).unwrap();
        assert_eq!(
            (ticks.cores, ticks.processes, ticks.steal),
            (2.0, 60.0, 8.0)
        );
        assert_eq!((ticks.busy, ticks.total), (81.0, 531.0));
        assert_eq!(HostTicks::parse("intr 5"), None);
    }

    #[test]
    fn pressure_is_read_in_microseconds() {
        let text = "some avg10=0.00 avg60=0.00 avg300=0.00 total=2500000\n\
                    full avg10=0.00 avg60=0.00 avg300=0.00 total=7\n";
        assert_eq!(stalled_s(text), Some(2.5));
        assert_eq!(stalled_s(""), None);
    }

    /// Half of a machine with two cores for one second: what is not ours is somebody else's.
    #[test]
    fn what_neither_our_processes_nor_our_containers_used_was_taken_by_others() {
        let reading = |at, processes: f64, total: f64, own_s, contained: f64| HostReading {
            at,
            ticks: HostTicks {
                cores: 2.0,
                processes,
                steal: 0.0,
                busy: processes,
                total,
            },
            own_s,
            containers: ContainerCpu::from([(InstanceId::new("web"), contained)]),
            throttled_s: None,
            memory_stalled_s: Some(0.25),
        };
        let start = Instant::now();
        let before = reading(start, 0.0, 0.0, 1.0, 0.5);
        let after = reading(start + Duration::from_secs(1), 180.0, 200.0, 1.5, 0.75);
        let figures: BTreeMap<_, _> = after.since(&before).into_iter().collect();
        let others = figures[HOST_OTHERS_CORES];
        assert!((others - 1.05).abs() < 1e-9, "1.8 - 0.5 - 0.25: {others}");
        assert!((figures[HOST_CPU_USED] - 0.9).abs() < 1e-9);
        assert_eq!(figures[HOST_MEMORY_STALLED], 0.0);
        assert!(!figures.contains_key(HOST_THROTTLED));
    }

    /// A child of this test is its own, so `setsid` with a parent that has ended makes a stranger.
    #[test]
    fn a_busy_loop_of_a_stranger_is_seen_and_that_of_a_child_is_ours() {
        let mut watch = HostWatch::default();
        watch.read(&Table::read(), ContainerCpu::new());
        let busy = "end=$(($(date +%s) + 3)); while [ $(date +%s) -lt $end ]; do :; done";
        let ours_before = own_tree_s(&Table::read());
        let mut child = Command::new("timeout")
            .args(["3", "sh", "-c", busy])
            .spawn()
            .unwrap();
        child.wait().unwrap();
        let ours = own_tree_s(&Table::read()) - ours_before;
        let others = |figures: Vec<(&str, f64)>| {
            let found = figures
                .iter()
                .find(|(metric, _)| *metric == HOST_OTHERS_CORES);
            found.map_or(f64::NAN, |(_, cores)| *cores)
        };
        watch.read(&Table::read(), ContainerCpu::new());
        let orphan = format!("timeout 3 sh -c '{}' >/dev/null 2>&1 &", busy);
        Command::new("setsid")
            .args(["sh", "-c", &orphan])
            .stdout(Stdio::null())
            .spawn()
            .unwrap()
            .wait()
            .unwrap();
        std::thread::sleep(Duration::from_secs(3));
        let taken = others(watch.read(&Table::read(), ContainerCpu::new()));
        assert!(ours > 0.3, "the child used {ours} s");
        assert!(taken > 0.1, "the stranger took {taken} cores");
    }
}
