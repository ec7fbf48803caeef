//! What this process may hold open.
//!
//! It must not know who opens what.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Raises the soft limit of open files to the hard one, because every connection is one. A shell's
/// usual 1024 is meant for programs that use `select`. Without leave to do so nothing changes, and
/// requests that find no descriptor are counted as such.
pub fn raise_open_files() {
    let limit = getrlimit(Resource::Nofile);
    if limit.current != limit.maximum {
        let raised = Rlimit {
            current: limit.maximum,
            maximum: limit.maximum,
        };
        let _ = setrlimit(Resource::Nofile, raised);
    }
}
