//! A child that is watched until it ends: its time and its peak memory.
//!
//! It must not know what the child does.

use std::process::Child;
use std::time::{Duration, Instant};

/// Looks at a child every few milliseconds until it ends; kills it when the patience is over.
pub fn watch(
    child: &mut Child,
    patience: Duration,
    mut look: impl FnMut(u32),
) -> Result<(), String> {
    let begun = Instant::now();
    loop {
        look(child.id());
        if child
            .try_wait()
            .map_err(|error| error.to_string())?
            .is_some()
        {
            return Ok(());
        }
        if begun.elapsed() > patience {
            drop(child.kill());
            drop(child.wait());
            return Err(format!("not done within {} s", patience.as_secs()));
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// The highest resident memory the kernel has noted for a process, in KiB; it only ever grows.
pub fn peak(pid: u32) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with("VmHWM:"));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_has_a_peak_and_a_dead_one_has_none() {
        assert!(peak(std::process::id()) > 0);
        assert_eq!(peak(u32::MAX), 0);
    }
}
