//! A statement and its arguments, and the span that every execution leaves.

use super::{Row, StoreError};
use crate::{Call, Telemetry};
use shop_contracts::Cents;
use sqlx::any::AnyArguments;
use sqlx::{AnyConnection, Arguments as _, AssertSqlSafe, Executor as _};
use std::borrow::Cow;
use std::fmt::Write as _;
use tokio::time::Instant;

/// A statement with its arguments, not yet run.
pub struct Statement {
    text: Cow<'static, str>,
    arguments: Vec<Argument>,
}

/// Starts a statement: `sql("SELECT name FROM catalog_products WHERE product_id = $1").bind(&id)`.
#[must_use]
pub fn sql(text: impl Into<Cow<'static, str>>) -> Statement {
    Statement {
        text: text.into(),
        arguments: Vec::new(),
    }
}

/// A value for a parameter.
#[derive(Clone, Debug)]
pub enum Argument {
    Number(i64),
    Text(String),
    Null,
}

impl From<i64> for Argument {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<u32> for Argument {
    fn from(number: u32) -> Self {
        Self::Number(number.into())
    }
}

impl From<Cents> for Argument {
    fn from(amount: Cents) -> Self {
        Self::Number(amount.0)
    }
}

impl From<String> for Argument {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl<T: AsRef<str> + ?Sized> From<&T> for Argument {
    fn from(text: &T) -> Self {
        Self::Text(text.as_ref().to_owned())
    }
}

impl<T: Into<Self>> From<Option<T>> for Argument {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl Statement {
    /// Binds the next parameter.
    #[must_use]
    pub fn bind(mut self, value: impl Into<Argument>) -> Self {
        self.arguments.push(value.into());
        self
    }

    /// Binds a list to the `$*` of an `IN ($*)`. The list is padded to a power of two by repeating
    /// its last value, so that few distinct statements are prepared; an empty list finds nothing.
    #[must_use]
    pub fn bind_list<T: Into<Argument>>(mut self, values: impl IntoIterator<Item = T>) -> Self {
        let mut list: Vec<Argument> = values.into_iter().map(Into::into).collect();
        let last = list.last().cloned().unwrap_or(Argument::Null);
        list.resize(list.len().next_power_of_two(), last);
        let mut places = String::new();
        for (index, _) in list.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            let place = self.arguments.len() + index + 1;
            write!(places, "{comma}${place}").expect("writing to a string cannot fail");
        }
        self.text = Cow::Owned(self.text.replacen("$*", &places, 1));
        self.arguments.extend(list);
        self
    }

    /// Runs the statement; the number of rows it changed.
    pub(super) async fn execute(
        self,
        connection: &mut AnyConnection,
        call: &Call,
        telemetry: &Telemetry,
    ) -> Result<u64, StoreError> {
        let observed = telemetry.database(call, &self.text);
        let started = Instant::now();
        let query = sqlx::query_with(AssertSqlSafe(&*self.text), self.encoded());
        let outcome = connection.execute(query).await;
        observed.finish(started.elapsed(), outcome.is_ok());
        outcome
            .map(|done| done.rows_affected())
            .map_err(|source| StoreError::Query {
                sql: self.text.into_owned(),
                source,
            })
    }

    /// Runs the statement; the rows it found.
    pub(super) async fn fetch<T>(
        self,
        connection: &mut AnyConnection,
        call: &Call,
        telemetry: &Telemetry,
        read: fn(&Row) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let observed = telemetry.database(call, &self.text);
        let started = Instant::now();
        let query = sqlx::query_with(AssertSqlSafe(&*self.text), self.encoded());
        let outcome = connection.fetch_all(query).await;
        observed.finish(started.elapsed(), outcome.is_ok());
        match outcome {
            Ok(rows) => rows.into_iter().map(|row| read(&Row::new(row))).collect(),
            Err(source) => Err(StoreError::Query {
                sql: self.text.into_owned(),
                source,
            }),
        }
    }

    fn encoded(&self) -> AnyArguments {
        let mut encoded = AnyArguments::default();
        for argument in &self.arguments {
            match argument {
                Argument::Number(number) => encoded.add(*number),
                Argument::Text(text) => encoded.add(text.clone()),
                Argument::Null => encoded.add(Option::<String>::None),
            }
            .expect("numbers and texts are always encodable");
        }
        encoded
    }
}
