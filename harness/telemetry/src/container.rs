//! The kernel's statistics of the container that a process runs in.
//!
//! Reads `/proc` and the files of control groups, version 1 and 2, which need no privileges and no
//! engine. A process in the control group of the harness runs in no container of its own. What
//! cannot be read is absent.

use std::fs;
use std::path::{Path, PathBuf};

use harness_model::metric::{
    CONTAINER_MEMORY_BYTES, CONTAINER_MEMORY_LIMIT_BYTES, CONTAINER_OOM_KILLS,
    CONTAINER_RECEIVED_BYTES, CONTAINER_SENT_BYTES, CONTAINER_THROTTLED_PERIODS,
    CONTAINER_THROTTLED_SECONDS,
};

/// Where the hierarchies are mounted.
const GROUPS: &str = "/sys/fs/cgroup";

/// A limit above this many bytes means none: version 1 states its largest number.
const NO_LIMIT: f64 = 1e15;

/// The control groups of one container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Container {
    pid: u32,
    cpu: PathBuf,
    /// Where version 1 accounts for CPU time; not always the group of its limits.
    account: PathBuf,
    memory: PathBuf,
}

impl Container {
    /// `None` for a process in no container, or when there is no such process.
    pub fn of(pid: u32) -> Option<Container> {
        let of = |pid: &str| fs::read_to_string(format!("/proc/{pid}/cgroup")).ok();
        let (its, mine) = (of(&pid.to_string())?, of("self")?);
        let (cpu, memory) = (group(&its, "cpu")?, group(&its, "memory")?);
        let shared = Some(&cpu) == group(&mine, "cpu").as_ref();
        let account = group(&its, "cpuacct").unwrap_or_else(|| cpu.clone());
        (!shared).then_some(Container {
            pid,
            cpu,
            account,
            memory,
        })
    }

    /// All available figures, by the name of their metric.
    pub fn read(&self) -> Vec<(&'static str, f64)> {
        let mut figures = self.throttling();
        figures.extend(self.memory());
        figures.extend(self.network());
        figures
    }

    /// CPU seconds of all its processes.
    pub fn cpu_s(&self) -> Option<f64> {
        let version_1 = text(&self.account, "cpuacct.usage")
            .trim()
            .parse::<f64>()
            .ok();
        let version_2 = || value(&text(&self.cpu, "cpu.stat"), "usage_usec");
        version_1
            .map(|ns| ns / 1e9)
            .or_else(|| version_2().map(|us| us / 1e6))
    }

    /// Resident bytes of all its processes; shared memory counts once.
    pub fn resident_bytes(&self) -> Option<f64> {
        let stat = text(&self.memory, "memory.stat");
        let version_1 = || Some(value(&stat, "total_rss")? + value(&stat, "total_mapped_file")?);
        let version_2 = || Some(value(&stat, "anon")? + value(&stat, "file_mapped")?);
        version_1().or_else(version_2)
    }

    fn throttling(&self) -> Vec<(&'static str, f64)> {
        let stat = text(&self.cpu, "cpu.stat");
        // Version 1 counts in nanoseconds, version 2 in microseconds.
        let seconds = value(&stat, "throttled_time").map(|ns| ns / 1e9);
        let seconds = seconds.or(value(&stat, "throttled_usec").map(|us| us / 1e6));
        let periods = value(&stat, "nr_throttled");
        let periods = periods.map(|count| (CONTAINER_THROTTLED_PERIODS, count));
        let seconds = seconds.map(|seconds| (CONTAINER_THROTTLED_SECONDS, seconds));
        periods.into_iter().chain(seconds).collect()
    }

    /// Page cache that can be dropped at once is not counted.
    fn memory(&self) -> Vec<(&'static str, f64)> {
        let first = |names: [&str; 2]| {
            let mut found = names.iter().map(|name| text(&self.memory, name));
            found.find_map(|text| text.trim().parse::<f64>().ok())
        };
        let stat = text(&self.memory, "memory.stat");
        let idle = value(&stat, "total_inactive_file").or(value(&stat, "inactive_file"));
        let used = first(["memory.usage_in_bytes", "memory.current"]);
        let used = used.map(|used| (used - idle.unwrap_or(0.0)).max(0.0));
        let limit =
            first(["memory.limit_in_bytes", "memory.max"]).filter(|bytes| *bytes < NO_LIMIT);
        let events =
            text(&self.memory, "memory.oom_control") + &text(&self.memory, "memory.events");
        [
            used.map(|bytes| (CONTAINER_MEMORY_BYTES, bytes)),
            limit.map(|bytes| (CONTAINER_MEMORY_LIMIT_BYTES, bytes)),
            value(&events, "oom_kill").map(|count| (CONTAINER_OOM_KILLS, count)),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    fn network(&self) -> Vec<(&'static str, f64)> {
        let devices = fs::read_to_string(format!("/proc/{}/net/dev", self.pid));
        let Some((received, sent)) = devices.ok().and_then(|devices| traffic(&devices)) else {
            return Vec::new();
        };
        vec![
            (CONTAINER_RECEIVED_BYTES, received),
            (CONTAINER_SENT_BYTES, sent),
        ]
    }
}

/// Seconds for which the control group of this process has waited for CPU; `None` where it has no
/// quota or cannot be read.
pub fn own_throttled_s() -> Option<f64> {
    let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
    let stat = text(&group(&groups, "cpu")?, "cpu.stat");
    value(&stat, "nr_periods").filter(|periods| *periods > 0.0)?;
    let version_1 = value(&stat, "throttled_time").map(|ns| ns / 1e9);
    version_1.or(value(&stat, "throttled_usec").map(|us| us / 1e6))
}

/// The folder of a process's group for a controller: in its own hierarchy, or in that of version 2.
fn group(groups: &str, controller: &str) -> Option<PathBuf> {
    let parts = |line: &'_ str| {
        let mut parts = line.splitn(3, ':').skip(1).map(str::to_owned);
        Some((parts.next()?, parts.next()?))
    };
    let lines: Vec<(String, String)> = groups.lines().filter_map(parts).collect();
    let below = |hierarchy: &str, path: &str| {
        Path::new(GROUPS)
            .join(hierarchy)
            .join(path.trim_start_matches('/'))
    };
    let own = lines
        .iter()
        .find(|(names, _)| names.split(',').any(|name| name == controller));
    if let Some((names, path)) = own {
        return Some(below(names, path));
    }
    let (_, path) = lines.iter().find(|(names, _)| names.is_empty())?;
    Some(below("", path))
}

fn text(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(name)).unwrap_or_default()
}

/// The number behind a key, one key a line.
fn value(text: &str, key: &str) -> Option<f64> {
    let mut lines = text.lines().filter_map(|line| line.split_once(' '));
    let (_, value) = lines.find(|(name, _)| *name == key)?;
    value.trim().parse().ok()
}

/// Bytes received and sent by all devices but the loopback.
fn traffic(devices: &str) -> Option<(f64, f64)> {
    let mut total = None;
    for line in devices.lines() {
        let Some((device, counts)) = line.split_once(':') else {
            continue;
        };
        if device.trim() == "lo" {
            continue;
        }
        let count = |index: usize| counts.split_whitespace().nth(index)?.parse::<f64>().ok();
        let (received, sent) = total.unwrap_or((0.0, 0.0));
        total = Some((received + count(0)?, sent + count(8)?));
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_group_of_either_version_is_found() {
        let version_1 = "4:memory:/docker/abc\n3:cpu,cpuacct:/docker/abc\n0::/docker/abc\n";
        let cpu = group(version_1, "cpu").unwrap();
        assert_eq!(cpu, Path::new("/sys/fs/cgroup/cpu,cpuacct/docker/abc"));
        let version_2 = "0::/system.slice/docker-abc.scope\n";
        let memory = group(version_2, "memory").unwrap();
        assert_eq!(
            memory,
            Path::new("/sys/fs/cgroup/system.slice/docker-abc.scope")
        );
    }

    #[test]
    fn the_files_of_either_version_give_the_same_figures() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        let container = Container {
            pid: u32::MAX,
            cpu: folder.path().into(),
            account: folder.path().into(),
            memory: folder.path().into(),
        };
        let expected = vec![
            (CONTAINER_THROTTLED_PERIODS, 5.0),
            (CONTAINER_THROTTLED_SECONDS, 0.25),
            (CONTAINER_MEMORY_BYTES, 700.0),
            (CONTAINER_MEMORY_LIMIT_BYTES, 4096.0),
            (CONTAINER_OOM_KILLS, 1.0),
        ];
        write(
            "cpu.stat",
            "nr_periods 9\nnr_throttled 5\nthrottled_time 250000000\n",
        );
        write("memory.usage_in_bytes", "1000\n");
        write("memory.limit_in_bytes", "4096\n");
        write(
            "memory.stat",
            "rss 1\ninactive_file 1\n\
             total_rss 500\ntotal_mapped_file 100\ntotal_inactive_file 300\n",
        );
        write(
            "memory.oom_control",
            "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n",
        );
        write("cpuacct.usage", "1500000000\n");
        assert_eq!(container.read(), expected);
        assert_eq!(container.cpu_s(), Some(1.5));
        assert_eq!(container.resident_bytes(), Some(600.0));
        for name in [
            "cpuacct.usage",
            "memory.usage_in_bytes",
            "memory.limit_in_bytes",
            "memory.oom_control",
        ] {
            fs::remove_file(folder.path().join(name)).unwrap();
        }
        write(
            "cpu.stat",
            "usage_usec 1500000\nnr_throttled 5\nthrottled_usec 250000\n",
        );
        write("memory.current", "1000\n");
        write("memory.max", "4096\n");
        write(
            "memory.stat",
            "anon 500\nfile_mapped 100\ninactive_file 300\n",
        );
        write("memory.events", "oom 2\noom_kill 1\noom_group_kill 0\n");
        assert_eq!(container.read(), expected);
        assert_eq!(container.cpu_s(), Some(1.5));
        assert_eq!(container.resident_bytes(), Some(600.0));
    }

    #[test]
    fn no_limit_gives_no_figure() {
        let folder = tempfile::tempdir().unwrap();
        let container = Container {
            pid: u32::MAX,
            cpu: folder.path().into(),
            account: folder.path().into(),
            memory: folder.path().into(),
        };
        for (name, none) in [
            ("memory.max", "max"),
            ("memory.limit_in_bytes", "9223372036854771712"),
        ] {
            fs::write(folder.path().join(name), none).unwrap();
            assert_eq!(container.read(), []);
        }
    }

    #[test]
    fn the_loopback_does_not_count_as_traffic() {
        let devices = "Inter-|   Receive  |  Transmit\n face |bytes packets\n\
                       lo: 7 1 0 0 0 0 0 0 7 1 0 0 0 0 0 0\n\
                       eth0: 100 1 0 0 0 0 0 0 50 1 0 0 0 0 0 0\n";
        assert_eq!(traffic(devices), Some((100.0, 50.0)));
    }

    #[test]
    fn this_process_runs_in_no_container_of_its_own() {
        assert_eq!(Container::of(std::process::id()), None);
    }
}
