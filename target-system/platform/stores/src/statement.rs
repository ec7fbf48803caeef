//! A statement and its arguments, and the span that every execution leaves.

use crate::{Database, Row, StoreError};
use shop_calls::Call;
use shop_contracts::Cents;
use shop_telemetry::DatabaseOperation;
use sqlx::any::AnyArguments;
use sqlx::{AnyConnection, Arguments as _, AssertSqlSafe, Executor as _};
use std::borrow::Cow;
use std::fmt::Write as _;

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
        let Some(last) = list.last().cloned() else {
            // A bound NULL would have a type, and the column another.
            self.text = Cow::Owned(self.text.replacen("$*", "NULL", 1));
            return self;
        };
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

    /// What is to be run.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Runs the statement; the number of rows it changed.
    pub(super) async fn execute(
        self,
        connection: &mut AnyConnection,
        call: &Call,
        database: &Database,
        observed: DatabaseOperation,
    ) -> Result<u64, StoreError> {
        let query = sqlx::query_with(AssertSqlSafe(&*self.text), self.encoded()?);
        let limit = database.limit(call);
        let done = database
            .run(call, observed, &self.text, limit, connection.execute(query))
            .await?;
        Ok(done.rows_affected())
    }

    /// Runs the statement; the rows it found.
    pub(super) async fn fetch<T>(
        self,
        connection: &mut AnyConnection,
        call: &Call,
        database: &Database,
        observed: DatabaseOperation,
        read: fn(&Row) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let query = sqlx::query_with(AssertSqlSafe(&*self.text), self.encoded()?);
        let limit = database.limit(call);
        let rows = database
            .run(
                call,
                observed,
                &self.text,
                limit,
                connection.fetch_all(query),
            )
            .await?;
        rows.into_iter().map(|row| read(&Row::new(row))).collect()
    }

    /// PostgreSQL cannot keep a NUL character, so no engine does.
    fn encoded(&self) -> Result<AnyArguments, StoreError> {
        let mut encoded = AnyArguments::default();
        for argument in &self.arguments {
            match argument {
                Argument::Number(number) => encoded.add(*number),
                Argument::Text(text) if text.contains('\0') => return Err(StoreError::Nul),
                Argument::Text(text) => encoded.add(text.clone()),
                Argument::Null => encoded.add(Option::<String>::None),
            }
            .expect("numbers and texts are always encodable");
        }
        Ok(encoded)
    }
}
