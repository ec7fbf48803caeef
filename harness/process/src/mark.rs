//! The mark that every process of an instance carries in its environment.
//!
//! Children inherit it, and it stays with a process that starts a session of its own and whose
//! parent has ended. Jenkins finds the strays of a build in the same way (`BUILD_ID`).

/// The environment variable: the private folder of the run, a slash, and the id of the instance.
pub const MARK: &str = "SHAKEDOWN_INSTANCE";

/// The mark of a process; `None` without one, for a zombie, and for a process of somebody else.
pub fn mark(pid: u32) -> Option<String> {
    let environment = std::fs::read(format!("/proc/{pid}/environ")).ok()?;
    let mut variables = environment.split(|byte| *byte == 0);
    let value = variables.find_map(|one| one.strip_prefix(MARK.as_bytes())?.strip_prefix(b"="))?;
    Some(String::from_utf8_lossy(value).into_owned())
}
