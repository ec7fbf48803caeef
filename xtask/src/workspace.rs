//! The members of the workspace, as its manifest names them, with their own manifests.
//!
//! It must not know what a crate is for: levels and rules are `tidy`'s.

use std::fs;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

/// One crate of the workspace.
pub struct Member {
    pub name: String,
    /// Relative to the workspace, with `/` between its parts.
    pub folder: String,
    pub manifest: Table,
}

/// Every member, ordered by folder. A `*` stands for every folder that holds a manifest.
pub fn members(root: &Path) -> Result<Vec<Member>, String> {
    let manifest = manifest(&root.join("Cargo.toml"))?;
    let patterns = manifest
        .get("workspace")
        .and_then(|workspace| workspace.get("members")?.as_array())
        .ok_or("the workspace names no members")?;
    let mut folders = Vec::new();
    for pattern in patterns.iter().filter_map(Value::as_str) {
        folders.extend(expand(root, pattern)?);
    }
    folders.sort();
    folders.dedup();
    folders
        .into_iter()
        .map(|folder| member(root, folder))
        .collect()
}

fn member(root: &Path, folder: String) -> Result<Member, String> {
    let manifest = manifest(&root.join(&folder).join("Cargo.toml"))?;
    let name = manifest
        .get("package")
        .and_then(|package| package.get("name")?.as_str())
        .ok_or_else(|| format!("{folder}/Cargo.toml names no package"))?
        .to_owned();
    Ok(Member {
        name,
        folder,
        manifest,
    })
}

fn expand(root: &Path, pattern: &str) -> Result<Vec<String>, String> {
    let mut folders = vec![PathBuf::new()];
    for part in pattern.split('/') {
        let mut next = Vec::new();
        for folder in folders {
            match part {
                "*" => next.extend(subfolders(root, &folder)?),
                _ => next.push(folder.join(part)),
            }
        }
        folders = next;
    }
    let globbed = pattern.contains('*');
    folders.retain(|folder| !globbed || root.join(folder).join("Cargo.toml").exists());
    Ok(folders
        .iter()
        .map(|folder| folder.display().to_string())
        .collect())
}

fn subfolders(root: &Path, folder: &Path) -> Result<Vec<PathBuf>, String> {
    let path = root.join(folder);
    let failed = |error| format!("failed to read {}: {error}", path.display());
    let mut found = Vec::new();
    for entry in fs::read_dir(&path).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if entry.path().is_dir() {
            found.push(folder.join(entry.file_name()));
        }
    }
    Ok(found)
}

fn manifest(path: &Path) -> Result<Table, String> {
    let failed =
        |error: &dyn std::fmt::Display| format!("failed to read {}: {error}", path.display());
    let text = fs::read_to_string(path).map_err(|error| failed(&error))?;
    text.parse().map_err(|error| failed(&error))
}
