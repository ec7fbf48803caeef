//! Who listens to what. Stores know it because an outbox has a row for each listener.

use shop_contracts::{Context, FactName};
use std::collections::HashMap;

/// Who listens to what. The composition derives it from every context's `HEARS`.
#[derive(Clone, Debug, Default)]
pub struct Subscriptions {
    listeners: HashMap<(Context, String), Vec<Context>>,
    /// The listeners of facts that have none listed.
    otherwise: Vec<Context>,
}

impl Subscriptions {
    /// Subscriptions for tests: one listener hears everything.
    #[must_use]
    pub fn everything_to(listener: Context) -> Self {
        Self {
            listeners: HashMap::new(),
            otherwise: vec![listener],
        }
    }

    /// Adds a listener.
    pub fn add(&mut self, fact: FactName, listener: Context) {
        self.listeners
            .entry((fact.context, fact.name.to_owned()))
            .or_default()
            .push(listener);
    }

    /// Who listens to this fact.
    #[must_use]
    pub fn of(&self, context: Context, fact: &str) -> &[Context] {
        self.listeners
            .get(&(context, fact.to_owned()))
            .unwrap_or(&self.otherwise)
    }

    /// Whether this context listens to anything.
    #[must_use]
    pub fn hears(&self, context: Context) -> bool {
        let mut all = self.listeners.values().flatten();
        all.any(|listener| *listener == context)
    }

    /// The listeners of any fact of this context.
    #[must_use]
    pub fn to(&self, context: Context) -> Vec<Context> {
        let of_context = self
            .listeners
            .iter()
            .filter(|((publisher, _), _)| *publisher == context);
        let mut listeners: Vec<_> = of_context
            .flat_map(|(_, listeners)| listeners)
            .copied()
            .collect();
        listeners.sort_unstable();
        listeners.dedup();
        listeners
    }
}
