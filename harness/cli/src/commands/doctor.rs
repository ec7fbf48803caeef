//! `shakedown doctor`: what this machine can do, and which scenarios that allows.

use std::fmt::Display;
use std::path::Path;

use harness_deploy::ImageStatus;
use harness_model::ExitCode;

use crate::failure::Failure;
use crate::places;
use crate::say;

/// One line of the answer.
struct Finding {
    able: bool,
    what: &'static str,
    detail: String,
}

/// Prints a line for each thing that runs need, `ok` or `--`. What is missing is no error.
pub fn doctor() -> Result<ExitCode, Failure> {
    say::line(format_args!(
        "shakedown {} on this machine\n",
        env!("CARGO_PKG_VERSION")
    ));
    let here = [
        cores(),
        memory(),
        open_files(),
        signals(),
        places_writable(),
    ];
    for finding in here.into_iter().chain(docker()) {
        let mark = if finding.able { "ok " } else { "-- " };
        say::line(format_args!(
            "  {mark} {:<18} {}",
            finding.what, finding.detail
        ));
    }
    say::line(format_args!(
        "\nprocess faults (kill, freeze, restart, crash_loop) and edge faults (latency, refuse,\n\
         hang) need no root; cpu, memory and disconnect need runtime = \"docker\"."
    ));
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

fn docker() -> Vec<Finding> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let usable = runtime.map(|one| one.block_on(engine_and_images()));
    usable.unwrap_or_else(|error| vec![no_docker(error)])
}

async fn engine_and_images() -> Vec<Finding> {
    let engine = match harness_deploy::usable().await {
        Ok(engine) => Finding {
            able: true,
            what: "docker",
            detail: format!(
                "engine {}, cgroups v{}, storage {}; --runtime docker works",
                engine.version, engine.cgroups, engine.storage
            ),
        },
        Err(error) => return vec![no_docker(format!("failed to {error}"))],
    };
    vec![engine, images().await]
}

fn no_docker(why: impl Display) -> Finding {
    Finding {
        able: false,
        what: "docker",
        detail: format!("not usable ({why}); --runtime process needs none"),
    }
}

async fn images() -> Finding {
    let home = places::settings();
    let found = match harness_deploy::images(&home) {
        Ok(table) => harness_deploy::image_statuses(&table).await,
        Err(error) => Err(error.into()),
    };
    let (able, detail) = match found {
        Ok(found) => (found.iter().all(|one| one.present), list(&found, &home)),
        Err(error) => (false, format!("failed to {error}")),
    };
    Finding {
        able,
        what: "images",
        detail,
    }
}

/// A line an image, and how to get those that are missing.
fn list(found: &[ImageStatus], home: &Path) -> String {
    let mut lines: Vec<String> = found
        .iter()
        .map(|one| match one.present {
            true => format!("{}: {}, in the engine", one.name, one.image),
            false => format!("{0}: missing; docker pull {1}", one.name, one.image),
        })
        .collect();
    if found.iter().any(|one| !one.present) {
        lines.push(format!(
            "a run pulls what is missing; without a registry, .ci/images/build --write {} makes \
             stand-ins",
            home.join("images.toml").display()
        ));
    }
    lines.join(&format!("\n{:25}", ""))
}
