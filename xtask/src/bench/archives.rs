//! What run folders of growing size cost: to write and seal, and to report on.
//!
//! Ten spans a request, as the shop makes them. Time and memory must grow in step with the run. It
//! must not know what is in a folder.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::watched::{peak, watch};

/// Requests of each folder, and within which seconds and MB its report must be there.
const SIZES: [(u64, &str, &str); 3] = [
    (10_000, "", ""),
    (100_000, "<= 5 s", "<= 300 MB"),
    (1_000_000, "<= 40 s", "<= 1000 MB"),
];
/// What takes longer is ended and shows as missing.
const PATIENCE: Duration = Duration::from_secs(600);

/// Lines of `what <tab> aim <tab> measured`; `folder` is emptied by the caller.
pub fn lines(writer: &Path, shakedown: &Path, folder: &Path) -> Result<Vec<String>, String> {
    let mut lines = Vec::new();
    for (requests, seconds, megabytes) in SIZES {
        let run = folder.join(requests.to_string());
        let mut write = Command::new(writer);
        let wrote = measured(write.arg(&run).arg(requests.to_string()))?;
        let spans = requests * 10;
        lines.push(format!(
            "{spans} spans written and sealed\t\t{:.1} s",
            wrote.seconds
        ));
        lines.push(format!("its peak memory\t\t{} MB", wrote.peak_mb));
        lines.push(format!("its folder\t\t{} MB", size(&run) / 1_000_000));
        let mut report = Command::new(shakedown);
        let reported = measured(report.arg("report").arg(&run))?;
        if !run.join("report.html").exists() {
            return Err("the report was not written".to_owned());
        }
        lines.push(format!(
            "report of {requests} requests and {spans} spans\t{seconds}\t{:.1} s",
            reported.seconds
        ));
        lines.push(format!(
            "its peak memory\t{megabytes}\t{} MB",
            reported.peak_mb
        ));
    }
    Ok(lines)
}

struct Measured {
    seconds: f64,
    peak_mb: u64,
}

/// Runs a program to its end. The report ends with the code of its verdict, so only that it wrote
/// what it should is looked at, by the caller.
fn measured(command: &mut Command) -> Result<Measured, String> {
    let begun = Instant::now();
    let mut child = command
        .stdout(Stdio::null())
        .spawn()
        .map_err(|error| error.to_string())?;
    let mut peak_kib = 0;
    watch(&mut child, PATIENCE, |pid| {
        peak_kib = peak_kib.max(peak(pid))
    })?;
    Ok(Measured {
        seconds: begun.elapsed().as_secs_f64(),
        peak_mb: peak_kib / 1024,
    })
}

/// Bytes of the files of a folder.
fn size(folder: &Path) -> u64 {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let files = files.filter_map(|file| file.metadata().ok());
    files
        .filter(|file| file.is_file())
        .map(|file| file.len())
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_measured_while_it_runs_and_a_folder_is_as_large_as_its_files() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a"), [0; 700]).unwrap();
        std::fs::create_dir(folder.path().join("b")).unwrap();
        assert_eq!(size(folder.path()), 700);
        assert_eq!(size(&folder.path().join("nothing")), 0);
        // It reads until its input ends, which is at once, and has memory until then.
        let ran = measured(Command::new("sort").arg(folder.path().join("a"))).unwrap();
        assert!(ran.seconds > 0.0);
        let missing = measured(&mut Command::new(folder.path().join("nothing")));
        assert!(missing.is_err());
    }
}
