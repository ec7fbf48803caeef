//! The commands that the harness starts itself: worker, guardian, fixture, health check.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

use harness_fixture::FixtureConfig;
use harness_model::ExitCode;
use tokio::signal::unix::{SignalKind, signal};

use crate::args::FixtureOptions;
use crate::failure::Failure;

/// Serves one process of the calibrated target until it is ended.
///
/// # Errors
/// When it cannot listen.
pub fn fixture(options: FixtureOptions) -> Result<ExitCode, Failure> {
    let FixtureOptions {
        name,
        listen,
        otlp,
        back,
    } = options;
    harness_fixture::serve(FixtureConfig {
        name,
        listen,
        otlp,
        back,
    })
    .map(|()| ExitCode::Pass)
    .map_err(Failure::target)
}

/// Sends the load that the harness orders on the standard input.
///
/// # Errors
/// When the order cannot be read, or the harness cannot be reached.
pub fn worker() -> Result<ExitCode, Failure> {
    outlive_the_terminal().map_err(|error| Failure::bug("keep a signal away", error))?;
    harness_load::worker_main()
        .map(|()| ExitCode::Pass)
        .map_err(|error| Failure::bug("load", error))
}

/// The end of the terminal reaches all its processes at once; the harness decides what it means,
/// and tells the worker.
fn outlive_the_terminal() -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()?;
    // The handler stays for as long as the process lives, and does nothing.
    let hangup = async { signal(SignalKind::hangup()).map(drop) };
    runtime.block_on(hangup)
}

/// Waits for the end of the harness and, unless that has cleaned up itself, undoes what it named.
///
/// # Errors
/// When the journal cannot be opened.
pub fn guardian(journal: &Path) -> Result<ExitCode, Failure> {
    chaos_inject::guardian_main(journal, harness_deploy::clean_up)
        .map(|()| ExitCode::Pass)
        .map_err(|error| Failure::bug("guard a run", error))
}

/// Asks once, over plain HTTP; takes only milliseconds of CPU time from the target.
///
/// # Errors
/// When there is no answer within three seconds, or another one than 200.
pub fn healthy(url: &str) -> Result<ExitCode, Failure> {
    const LIMIT: Duration = Duration::from_secs(3);
    let ask = || -> std::io::Result<String> {
        let rest = url.trim_start_matches("http://");
        let (address, path) = rest.split_once('/').unwrap_or((rest, ""));
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(LIMIT))?;
        let request =
            format!("GET /{path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes())?;
        let mut status = String::new();
        BufReader::new(stream).read_line(&mut status)?;
        Ok(status)
    };
    let status = ask().map_err(|error| Failure::target(format!("failed to ask {url}: {error}")))?;
    match status.split(' ').nth(1) {
        Some("200") => Ok(ExitCode::Pass),
        _ => Err(Failure::target(format!("{url} answered {}", status.trim()))),
    }
}
