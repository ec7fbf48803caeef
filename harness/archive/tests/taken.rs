//! A folder belongs to one run.

#[expect(dead_code, reason = "the large archive of the benchmark uses the rest")]
mod common;

use std::sync::Barrier;

use harness_archive::{ArchiveError, ArchiveWriter, is_there};

#[test]
fn of_runs_that_begin_in_one_folder_at_the_same_moment_one_gets_it() {
    const RUNS: usize = 8;
    for round in 0..20 {
        let folder = tempfile::tempdir().unwrap();
        let run = folder.path().join("run");
        if round % 2 == 0 {
            std::fs::create_dir(&run).unwrap();
        }
        let together = Barrier::new(RUNS);
        let begin = || {
            together.wait();
            ArchiveWriter::create(&run, &common::manifest(), "", &common::plan()).map(drop)
        };
        let outcomes: Vec<_> = std::thread::scope(|scope| {
            let runs: Vec<_> = (0..RUNS).map(|_| scope.spawn(begin)).collect();
            runs.into_iter().map(|run| run.join().unwrap()).collect()
        });
        let taken = |outcome: &&Result<(), ArchiveError>| {
            matches!(outcome, Err(ArchiveError::Taken { .. }))
        };
        assert_eq!(outcomes.iter().filter(|one| one.is_ok()).count(), 1);
        assert_eq!(outcomes.iter().filter(taken).count(), RUNS - 1);
        assert!(is_there(&run));
    }
}
