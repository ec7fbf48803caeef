//! Instances of a service: their names, and which of them a fault is about.
//!
//! It must not know addresses or how an instance runs.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The name of one instance, unique in a run. Telemetry carries it as `service.instance.id`.
#[derive(
    Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct InstanceId(String);

impl InstanceId {
    /// Takes any text; see [`InstanceId::of_service`] for the form that runs use.
    pub fn new(name: impl Into<String>) -> InstanceId {
        InstanceId(name.into())
    }

    /// The ids of all instances of a service: its own name for a single one, else `NAME-1` and on.
    pub fn of_service(service: &str, count: usize) -> Vec<InstanceId> {
        match count {
            1 => vec![InstanceId::new(service)],
            _ => (1..=count)
                .map(|number| InstanceId(format!("{service}-{number}")))
                .collect(),
        }
    }

    /// The name alone, such as `payment` or `payment-2`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for InstanceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Which instances of a service are meant.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum InstanceSelection {
    #[default]
    All,
    /// One of them or some of them.
    Named(Vec<InstanceId>),
}

impl InstanceSelection {
    /// False even where every instance is named.
    pub fn is_all(&self) -> bool {
        *self == InstanceSelection::All
    }

    /// Whether an instance of one service may be in both.
    pub fn overlaps(&self, other: &InstanceSelection) -> bool {
        match (self, other) {
            (InstanceSelection::Named(names), InstanceSelection::Named(others)) => {
                names.iter().any(|name| others.contains(name))
            }
            (InstanceSelection::All, _) | (_, InstanceSelection::All) => true,
        }
    }

    /// The selected ones among all instances of a service.
    ///
    /// # Errors
    /// The first named instance that the service does not have.
    pub fn among(&self, all: &[InstanceId]) -> Result<Vec<InstanceId>, InstanceId> {
        let InstanceSelection::Named(names) = self else {
            return Ok(all.to_vec());
        };
        match names.iter().find(|name| !all.contains(name)) {
            Some(unknown) => Err(unknown.clone()),
            None => Ok(names.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_single_instance_is_called_like_its_service_and_several_are_numbered() {
        assert_eq!(InstanceId::of_service("cart", 1), [InstanceId::new("cart")]);
        let two = ["cart-1", "cart-2"].map(InstanceId::new);
        assert_eq!(InstanceId::of_service("cart", 2), two);
    }

    #[test]
    fn all_one_and_some_instances_are_selected_and_an_unknown_one_is_named() {
        let all = InstanceId::of_service("cart", 3);
        assert_eq!(InstanceSelection::All.among(&all), Ok(all.clone()));
        for some in [&all[1..2], &all[1..]] {
            let named = InstanceSelection::Named(some.to_vec());
            assert_eq!(named.among(&all), Ok(some.to_vec()));
        }
        let unknown = InstanceId::new("cart-4");
        let named = InstanceSelection::Named(vec![all[0].clone(), unknown.clone()]);
        assert_eq!(named.among(&all), Err(unknown));
    }
}
