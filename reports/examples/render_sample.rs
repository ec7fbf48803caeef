//! Writes the sample reports of the tests into a folder, to look at them:
//! `cargo run -p reports --example render_sample -- FOLDER`.

#[path = "../tests/fixtures/mod.rs"]
mod fixtures;

use std::error::Error;
use std::path::PathBuf;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args()
        .nth(1)
        .map_or_else(|| "sample-report".into(), PathBuf::from);
    let samples = [
        ("fail", fixtures::failing()),
        ("pass", fixtures::passing()),
        ("inconclusive", fixtures::inconclusive()),
    ];
    for (name, report) in samples {
        let run = folder.join(name);
        std::fs::create_dir_all(run.join("charts"))?;
        for renderer in reports::renderers() {
            std::fs::write(run.join(renderer.file_name()), renderer.render(&report)?)?;
        }
        for (file, bytes) in reports::charts(&report) {
            std::fs::write(run.join("charts").join(file), bytes)?;
        }
        std::fs::write(
            run.join("terminal.txt"),
            reports::terminal_summary(&report, 100),
        )?;
    }
    Ok(())
}
