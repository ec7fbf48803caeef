//! Which engine keeps the rows, as the URL of a store says it. A new engine is a line here.

use crate::StoreError;
use std::fmt;
use std::str::FromStr;

/// The schemes that a URL may have.
const SCHEMES: &str =
    "postgres://user:password@host:port/database, and for carts redis://host:port/database";

/// An engine, and where it is.
#[derive(Clone, Default, PartialEq, Eq)]
pub enum Engine {
    /// A file within the data folder of a process.
    #[default]
    Sqlite,
    /// A server; the URL names a database on it.
    Postgres { url: String },
    /// A Redis server, for contexts that keep values under keys and no rows.
    Redis { url: String },
}

impl FromStr for Engine {
    type Err = StoreError;

    fn from_str(url: &str) -> Result<Self, StoreError> {
        let scheme = url.split_once("://").map_or("", |(scheme, _)| scheme);
        match scheme {
            "postgres" | "postgresql" => Ok(Self::Postgres {
                url: url.to_owned(),
            }),
            "redis" => Ok(Self::Redis {
                url: url.to_owned(),
            }),
            _ => Err(StoreError::Scheme {
                scheme: scheme.to_owned(),
                known: SCHEMES,
            }),
        }
    }
}

/// Without the URL, which may hold a password.
impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "SQLite",
            Self::Postgres { .. } => "PostgreSQL",
            Self::Redis { .. } => "Redis",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Engine;

    #[test]
    fn the_scheme_of_a_url_decides() {
        for url in ["postgres://u:p@h:5432/d", "postgresql://h/d"] {
            let url = url.to_owned();
            assert_eq!(url.parse::<Engine>().unwrap(), Engine::Postgres { url });
        }
    }

    #[test]
    fn an_unknown_scheme_is_refused_with_the_known_ones_and_without_the_password() {
        for (url, scheme) in [("mysql://u:secret@h/d", "mysql"), ("secret", "")] {
            let message = url.parse::<Engine>().unwrap_err().to_string();
            assert!(message.contains(&format!("`{scheme}`")), "{message}");
            assert!(message.contains("postgres://"), "{message}");
            assert!(!message.contains("secret"), "{message}");
        }
    }
}
