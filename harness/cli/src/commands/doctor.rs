//! `shakedown doctor`: what this machine can do, and what that means for scenarios.

use std::path::Path;
use std::process::Command;

use harness_model::ExitCode;

use crate::failure::Failure;
use crate::places;

/// One line of the answer.
struct Finding {
    able: bool,
    what: &'static str,
    detail: String,
}

#[expect(clippy::print_stdout, reason = "the command line speaks here")]
pub fn doctor() -> Result<ExitCode, Failure> {
    println!("shakedown {} on this machine\n", env!("CARGO_PKG_VERSION"));
    for finding in [
        cores(),
        memory(),
        open_files(),
        signals(),
        places_writable(),
        docker(),
    ] {
        let mark = if finding.able { "ok " } else { "-- " };
        println!("  {mark} {:<18} {}", finding.what, finding.detail);
    }
    println!(
        "\nprocess faults (kill, freeze) and edge faults (latency, refuse, hang) need no root."
    );
    Ok(ExitCode::Pass)
}

fn cores() -> Finding {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let detail = match cores {
        0..2 => format!("{cores}: generator and target will compete; expect invalid runs"),
        2..4 => format!("{cores}: enough for the built-in scenarios"),
        _ => cores.to_string(),
    };
    Finding {
        able: cores >= 2,
        what: "cores",
        detail,
    }
}

fn memory() -> Finding {
    let available = meminfo("MemAvailable:");
    Finding {
        able: available.is_some_and(|kib| kib > 1024 * 1024),
        what: "memory",
        detail: available.map_or_else(
            || "unknown: /proc/meminfo could not be read".to_owned(),
            |kib| format!("{} MB available; the shop idles under 300 MB", kib / 1024),
        ),
    }
}

fn meminfo(key: &str) -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find(|line| line.starts_with(key))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

fn open_files() -> Finding {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    Finding {
        able: limit.is_none_or(|limit| limit >= 4096),
        what: "open files",
        detail: limit.map_or_else(|| "unlimited".to_owned(), |limit| format!("{limit} (soft)")),
    }
}

fn signals() -> Finding {
    let proc = Path::new("/proc/self/stat").exists();
    Finding {
        able: proc,
        what: "process control",
        detail: if proc {
            "signals and /proc: kill, freeze, process statistics".to_owned()
        } else {
            "no /proc: process statistics are missing".to_owned()
        },
    }
}

fn places_writable() -> Finding {
    let cache = places::cache();
    let able = std::fs::create_dir_all(&cache).is_ok();
    let state = if able {
        "kept between runs"
    } else {
        "not writable; set SHAKEDOWN_HOME"
    };
    Finding {
        able,
        what: "cache",
        detail: format!("{} ({state})", cache.display()),
    }
}

fn docker() -> Finding {
    let version = Command::new("docker")
        .args(["version", "--format", "{{.Server.Version}}"])
        .output()
        .ok()
        .filter(|output| output.status.success())
        .map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    Finding {
        able: version.is_some(),
        what: "docker",
        detail: match version {
            Some(version) => {
                format!("engine {version}; the docker runtime is not part of this version")
            }
            None => "not usable; runtime = \"process\" needs none".to_owned(),
        },
    }
}
