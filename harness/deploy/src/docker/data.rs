//! Each container's own copy of the prepared data, owned by the user it runs as.

use std::fs;
use std::io;
use std::os::unix::fs::chown;
use std::path::Path;

use rustix::process::{geteuid, getgid};

/// The unprivileged user of services when the harness runs as root.
const UNPRIVILEGED_USER: u32 = 10_001;

/// The user and group that services run as. Only root may change the owner of files, so without
/// root the services run as the user of the harness.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owner {
    pub user: u32,
    pub group: u32,
}

impl Owner {
    pub fn of_services() -> Owner {
        match geteuid().is_root() {
            true => Owner {
                user: UNPRIVILEGED_USER,
                group: UNPRIVILEGED_USER,
            },
            false => Owner {
                user: geteuid().as_raw(),
                group: getgid().as_raw(),
            },
        }
    }

    fn take_over(self, path: &Path) -> io::Result<()> {
        if !geteuid().is_root() {
            return Ok(());
        }
        chown(path, Some(self.user), Some(self.group))
    }
}

/// Copies a folder, which need not exist, and sets the owner of the copy.
pub fn copy_owned(from: &Path, to: &Path, owner: Owner) -> io::Result<()> {
    fs::create_dir_all(to)?;
    owner.take_over(to)?;
    if !from.exists() {
        return Ok(());
    }
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let copy = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_owned(&entry.path(), &copy, owner)?;
        } else {
            fs::copy(entry.path(), &copy)?;
            owner.take_over(&copy)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::MetadataExt;

    #[test]
    fn every_file_of_a_copy_belongs_to_the_user_of_the_services() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        fs::create_dir_all(from.join("below")).unwrap();
        fs::write(from.join("below/file"), "kept").unwrap();
        let owner = Owner::of_services();
        copy_owned(&from, &to, owner).unwrap();
        assert_eq!(fs::read_to_string(to.join("below/file")).unwrap(), "kept");
        for path in [to.clone(), to.join("below"), to.join("below/file")] {
            assert_eq!(fs::metadata(path).unwrap().uid(), owner.user);
        }
        assert_ne!(owner.user, 0, "services never run as root");
    }
}
