//! The table of images that the servers of a target run from.
//!
//! The table is part of the tool; a file and then the environment may replace entries. It must not
//! know what an image contains.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The file in the user's folder that replaces entries.
const FILE: &str = "images.toml";

/// Prefix of the environment variables that replace an entry.
const VARIABLE_PREFIX: &str = "SHAKEDOWN_IMAGE_";

const TABLE: &str = include_str!("../../../../scenarios/images.toml");

/// Why the table of images cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ImagesError {
    #[error("read {path}: {source}")]
    Read {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("understand {place}: {why}")]
    Toml { place: String, why: String },
    #[error("find the image {name} that {place} names: known are {known}")]
    Unknown {
        name: String,
        place: String,
        known: String,
    },
    #[error("use the image {reference:?} that {place} names: write name:tag or name@digest")]
    Reference { reference: String, place: String },
}

/// The image of each server that a target may use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Images(BTreeMap<String, String>);

/// The table with the replacements of the user's folder and the environment.
pub fn images(home: &Path) -> Result<Images, ImagesError> {
    let path = home.join(FILE);
    let file = match std::fs::read_to_string(&path) {
        Ok(text) => Some((path.display().to_string(), text)),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(source) => return Err(ImagesError::Read { path, source }),
    };
    // Text that is not UTF-8 becomes an invalid reference.
    let variables = std::env::vars_os().map(|(name, value)| {
        let text = |one: std::ffi::OsString| one.to_string_lossy().into_owned();
        (text(name), text(value))
    });
    let file = file
        .as_ref()
        .map(|(place, text)| (place.as_str(), text.as_str()));
    resolve(file, variables)
}

/// The environment wins over the file, and the file over the table. An empty variable counts as
/// unset.
pub(super) fn resolve(
    file: Option<(&str, &str)>,
    variables: impl Iterator<Item = (String, String)>,
) -> Result<Images, ImagesError> {
    let mut images = Images(entries("the built-in table", TABLE)?);
    if let Some((place, text)) = file {
        for (name, reference) in entries(place, text)? {
            images.replace(&name, reference, place)?;
        }
    }
    for (variable, reference) in variables.filter(|(_, value)| !value.is_empty()) {
        if let Some(name) = variable.strip_prefix(VARIABLE_PREFIX) {
            images.replace(&name.to_lowercase(), reference, &variable)?;
        }
    }
    Ok(images)
}

fn entries(place: &str, text: &str) -> Result<BTreeMap<String, String>, ImagesError> {
    toml::from_str(text).map_err(|error| ImagesError::Toml {
        place: place.into(),
        why: error.to_string(),
    })
}

impl Images {
    /// The image of a server, by its name in the table.
    pub fn of(&self, name: &str) -> Result<&str, ImagesError> {
        let found = self.0.get(name).map(String::as_str);
        found.ok_or_else(|| self.unknown(name, "the target"))
    }

    /// Names and images, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let entries = self.0.iter();
        entries.map(|(name, image)| (name.as_str(), image.as_str()))
    }

    fn replace(&mut self, name: &str, reference: String, place: &str) -> Result<(), ImagesError> {
        if !is_pinned(&reference) {
            let place = place.into();
            return Err(ImagesError::Reference { reference, place });
        }
        match self.0.get_mut(name) {
            Some(entry) => *entry = reference,
            None => return Err(self.unknown(name, place)),
        }
        Ok(())
    }

    fn unknown(&self, name: &str, place: &str) -> ImagesError {
        let known: Vec<_> = self.0.keys().map(String::as_str).collect();
        ImagesError::Unknown {
            name: name.into(),
            place: place.into(),
            known: known.join(", "),
        }
    }
}

/// The variable that replaces an entry.
pub fn variable(name: &str) -> String {
    format!("{VARIABLE_PREFIX}{}", name.to_uppercase())
}

/// Whether a reference has a tag or a digest: for a bare name an engine pulls every tag.
fn is_pinned(reference: &str) -> bool {
    let last = reference
        .rsplit_once('/')
        .map_or(reference, |(_, last)| last);
    let parts = last.split_once('@').or_else(|| last.split_once(':'));
    let named = parts.is_some_and(|(name, which)| !name.is_empty() && !which.is_empty());
    named && !reference.contains(|c: char| c.is_whitespace() || c.is_control())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(file: &str, variables: &[(&str, &str)]) -> Result<Images, String> {
        let variables = variables.iter().map(|(name, value)| {
            let (name, value) = (*name, *value);
            (name.to_owned(), value.to_owned())
        });
        let file = (!file.is_empty()).then_some(("images.toml", file));
        resolve(file, variables).map_err(|error| error.to_string())
    }

    #[test]
    fn the_environment_wins_over_the_file_and_the_file_over_the_table() {
        let table = with("", &[]).unwrap();
        let file = "postgres = \"mine:1\"\nredis = \"mine:2\"";
        let both = with(file, &[("SHAKEDOWN_IMAGE_REDIS", "mine:3")]).unwrap();
        assert_eq!(both.of("postgres").unwrap(), "mine:1");
        assert_eq!(both.of("redis").unwrap(), "mine:3");
        assert_eq!(both.of("rabbitmq").unwrap(), table.of("rabbitmq").unwrap());
        assert_ne!(both.of("postgres").unwrap(), table.of("postgres").unwrap());
    }

    #[test]
    fn every_image_of_the_table_is_pinned() {
        let table = with("", &[]).unwrap();
        assert_eq!(table.iter().count(), 3);
        for (name, reference) in table.iter() {
            assert!(is_pinned(reference), "{name} = {reference}");
            assert!(!reference.ends_with(":latest"), "{name} = {reference}");
        }
    }

    #[test]
    fn an_empty_variable_and_one_of_another_program_replace_nothing() {
        let others = [("SHAKEDOWN_IMAGE_REDIS", ""), ("IMAGE_POSTGRES", "mine:1")];
        assert_eq!(with("", &others), with("", &[]));
    }

    #[test]
    fn an_unknown_name_is_refused_with_the_known_ones_and_its_place() {
        let known = "known are postgres, rabbitmq, redis";
        let found = [
            (with("mysql = \"mysql:8\"", &[]), "images.toml"),
            (
                with("", &[("SHAKEDOWN_IMAGE_MYSQL", "mysql:8")]),
                "SHAKEDOWN_IMAGE_MYSQL",
            ),
        ];
        for (images, place) in found {
            let error = images.unwrap_err();
            assert!(error.contains("mysql") && error.contains(known), "{error}");
            assert!(error.contains(place), "{error}");
        }
        let error = with("", &[]).unwrap().of("mysql").unwrap_err().to_string();
        assert!(error.contains("mysql") && error.contains(known), "{error}");
    }

    #[test]
    fn a_file_that_does_not_map_names_to_images_is_refused() {
        for file in ["postgres = 17", "[postgres]\nimage = \"a:1\"", "postgres"] {
            let error = with(file, &[]).unwrap_err();
            assert!(error.contains("images.toml"), "{error}");
        }
    }

    #[test]
    fn an_image_needs_a_tag_or_a_digest() {
        for reference in [
            "a:1",
            "127.0.0.1:5000/a:1",
            "x/a@sha256:00",
            "a:1@sha256:00",
        ] {
            assert!(is_pinned(reference), "{reference}");
        }
        for reference in ["", "a", "127.0.0.1:5000/a", "a:", ":1", "a: 1", "a:1\n"] {
            assert!(!is_pinned(reference), "{reference:?}");
        }
        let error = with("redis = \"redis\"", &[]).unwrap_err();
        assert!(error.contains("name:tag"), "{error}");
    }

    #[test]
    fn the_file_in_the_users_folder_is_optional() {
        let home = tempfile::tempdir().unwrap();
        assert!(images(home.path()).is_ok());
        std::fs::write(home.path().join(FILE), "mysql = \"mysql:8\"").unwrap();
        let error = images(home.path()).unwrap_err().to_string();
        assert!(error.contains(FILE), "{error}");
    }
}
