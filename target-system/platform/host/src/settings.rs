//! Settings: every default in TOML, every override strict, every context with its own section.

use serde::{Deserialize, de::DeserializeOwned};
use toml::Table;

/// The platform's own defaults.
const DEFAULTS: &str = include_str!("settings.toml");

/// All settings of a process: the defaults of the platform and of every context, and over them
/// whatever a scenario overrides.
#[derive(Clone, Debug)]
pub struct Settings(Table);

/// How large the seeded world is.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataSettings {
    pub products: u32,
    pub customers: u32,
}

/// Why settings were not understood.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    #[error("parse the settings: {0}")]
    Syntax(#[from] toml::de::Error),
    #[error("parse the overrides: {0}")]
    Overrides(#[from] serde_json::Error),
    #[error("set `{0}`: there is no such setting")]
    Unknown(String),
    #[error("set `{key}`: it must be a {expected}")]
    Type { key: String, expected: &'static str },
    #[error("read section `{section}`: {source}")]
    Section {
        section: String,
        source: toml::de::Error,
    },
}

impl Settings {
    /// The defaults of the platform and of these sections, each a name and its TOML.
    ///
    /// # Errors
    /// When a default is not TOML.
    pub fn defaults<'a>(
        sections: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, SettingsError> {
        let mut all: Table = DEFAULTS.parse()?;
        for (name, text) in sections {
            let section: Table = text.parse()?;
            if !section.is_empty() {
                all.insert(name.to_owned(), section.into());
            }
        }
        Ok(Self(all))
    }

    /// These settings with a JSON object of overrides laid over them.
    ///
    /// # Errors
    /// When an override names no setting or has another type than its default.
    pub fn overridden(mut self, json: &str) -> Result<Self, SettingsError> {
        let overrides: Table = serde_json::from_str(json)?;
        lay_over(&mut self.0, overrides, "")?;
        Ok(self)
    }

    /// A section as a type. Unknown fields are refused by the type, not by hope.
    ///
    /// # Errors
    /// When the section is missing or does not fit.
    pub fn section<T: DeserializeOwned>(&self, section: &str) -> Result<T, SettingsError> {
        let table = self
            .0
            .get(section)
            .cloned()
            .unwrap_or_else(|| Table::new().into());
        table.try_into().map_err(|source| SettingsError::Section {
            section: section.to_owned(),
            source,
        })
    }

    /// Everything, for the target definition.
    #[must_use]
    pub fn table(&self) -> &Table {
        &self.0
    }
}

fn lay_over(base: &mut Table, over: Table, path: &str) -> Result<(), SettingsError> {
    for (name, value) in over {
        let key = if path.is_empty() {
            name.clone()
        } else {
            format!("{path}.{name}")
        };
        let Some(slot) = base.get_mut(&name) else {
            return Err(SettingsError::Unknown(key));
        };
        let expected = slot.type_str();
        match (slot, value) {
            (toml::Value::Table(inner), toml::Value::Table(value)) => {
                lay_over(inner, value, &key)?;
            }
            (slot @ toml::Value::Float(_), toml::Value::Integer(whole)) => {
                let whole = i32::try_from(whole).map_err(|_| SettingsError::Type {
                    key,
                    expected: "number",
                })?;
                *slot = toml::Value::Float(f64::from(whole));
            }
            (slot, value) if slot.same_type(&value) => *slot = value,
            _ => return Err(SettingsError::Type { key, expected }),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use shop_calls::Resilience;
    use std::time::Duration;

    fn overridden(json: &str) -> Result<Settings, SettingsError> {
        Settings::defaults([("payment", "grace = \"1s\"")])?.overridden(json)
    }

    #[test]
    fn an_override_replaces_one_setting_and_leaves_the_others() {
        let settings = overridden(r#"{"resilience": {"timeout": "800ms", "retries": 0}}"#).unwrap();
        let resilience: Resilience = settings.section("resilience").unwrap();
        assert_eq!(resilience.timeout, Duration::from_millis(800));
        assert_eq!((resilience.retries, resilience.bulkhead), (0, 256));
    }

    #[test]
    fn a_whole_number_is_accepted_for_a_fraction() {
        let settings = overridden(r#"{"resilience": {"retry_budget": 1}}"#).unwrap();
        let resilience: Resilience = settings.section("resilience").unwrap();
        assert!((resilience.retry_budget - 1.0).abs() < f64::EPSILON);
    }

    #[test]
    fn a_setting_that_does_not_exist_is_named() {
        let error = overridden(r#"{"payment": {"graze": "2s"}}"#).unwrap_err();
        assert_eq!(
            error.to_string(),
            "set `payment.graze`: there is no such setting"
        );
    }

    #[test]
    fn a_setting_of_another_type_is_refused() {
        let error = overridden(r#"{"resilience": {"breaker": "yes"}}"#).unwrap_err();
        assert_eq!(
            error.to_string(),
            "set `resilience.breaker`: it must be a boolean"
        );
    }
}
