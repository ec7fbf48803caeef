//! A row of a result, read by column name into the contract's own types.

use crate::StoreError;
use shop_contracts::{
    CartId, CategoryId, Cents, CustomerId, OrderId, PaymentId, ProductId, Tracking,
};
use sqlx::Row as _;
use sqlx::any::AnyRow;

/// One row.
pub struct Row(AnyRow);

impl Row {
    pub(super) fn new(row: AnyRow) -> Self {
        Self(row)
    }

    /// The value of a column.
    ///
    /// # Errors
    /// When there is no such column, or its value is not a `T`.
    pub fn get<T: Column>(&self, column: &str) -> Result<T, StoreError> {
        T::read(&self.0, column).map_err(|reason| StoreError::Column {
            column: column.to_owned(),
            reason,
        })
    }

    /// The value of a text column that holds one of a closed set of names, such as a status:
    /// `row.named("status", OrderStatus::from_name)`.
    ///
    /// # Errors
    /// When there is no such column, or it holds another name.
    pub fn named<T>(
        &self,
        column: &str,
        from_name: fn(&str) -> Option<T>,
    ) -> Result<T, StoreError> {
        let name: String = self.get(column)?;
        from_name(&name).ok_or_else(|| StoreError::Column {
            column: column.to_owned(),
            reason: format!("`{name}` is none of the known names"),
        })
    }
}

/// A type that a column can be read as.
pub trait Column: Sized {
    /// Reads the column.
    ///
    /// # Errors
    /// When there is no such column, or its value does not fit.
    fn read(row: &AnyRow, column: &str) -> Result<Self, String>;
}

impl Column for i64 {
    fn read(row: &AnyRow, column: &str) -> Result<Self, String> {
        row.try_get(column).map_err(|error| error.to_string())
    }
}

impl Column for u32 {
    fn read(row: &AnyRow, column: &str) -> Result<Self, String> {
        i64::read(row, column)?
            .try_into()
            .map_err(|_| "the number does not fit".to_owned())
    }
}

impl Column for u64 {
    fn read(row: &AnyRow, column: &str) -> Result<Self, String> {
        i64::read(row, column)?
            .try_into()
            .map_err(|_| "the number is negative".to_owned())
    }
}

impl Column for Cents {
    fn read(row: &AnyRow, column: &str) -> Result<Self, String> {
        i64::read(row, column).map(Self)
    }
}

impl Column for String {
    fn read(row: &AnyRow, column: &str) -> Result<Self, String> {
        row.try_get(column).map_err(|error| error.to_string())
    }
}

impl<T: Column> Column for Option<T> {
    fn read(row: &AnyRow, column: &str) -> Result<Self, String> {
        use sqlx::ValueRef as _;
        let value = row.try_get_raw(column).map_err(|error| error.to_string())?;
        if value.is_null() {
            Ok(None)
        } else {
            T::read(row, column).map(Some)
        }
    }
}

macro_rules! text_columns {
    ($($id:ty),*) => {$(
        impl Column for $id {
            fn read(row: &AnyRow, column: &str) -> Result<Self, String> {
                String::read(row, column).map(Self)
            }
        }
    )*};
}

text_columns!(
    CartId, CategoryId, CustomerId, OrderId, PaymentId, ProductId, Tracking
);
