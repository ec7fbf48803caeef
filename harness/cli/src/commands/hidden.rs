//! The commands that the binary gives itself: worker, guardian, fixture.

use std::path::Path;

use harness_fixture::FixtureConfig;
use harness_model::ExitCode;

use crate::args::FixtureOptions;
use crate::failure::Failure;

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

pub fn worker() -> Result<ExitCode, Failure> {
    harness_load::worker_main()
        .map(|()| ExitCode::Pass)
        .map_err(|error| Failure::bug("load", error))
}

pub fn guardian(journal: &Path) -> Result<ExitCode, Failure> {
    chaos_inject::guardian_main(journal)
        .map(|()| ExitCode::Pass)
        .map_err(|error| Failure::bug("guard a run", error))
}
