//! The columns of a row group in order, each with the type it must have.
//!
//! It must not know which table they are of.

use harness_model::{Strings, Sym};
use parquet::data_type::{ByteArray, FixedLenByteArray};

use crate::columns::Column;

/// Takes one column after the other.
pub struct Take(std::vec::IntoIter<Column>);

impl Take {
    pub fn new(columns: Vec<Column>) -> Take {
        Take(columns.into_iter())
    }

    pub fn long(&mut self) -> Result<Vec<i64>, String> {
        match self.0.next() {
            Some(Column::Long(values)) => Ok(values),
            _ => Err("expected a column of int64".to_owned()),
        }
    }

    pub fn int(&mut self) -> Result<Vec<i32>, String> {
        match self.0.next() {
            Some(Column::Int(values)) => Ok(values),
            _ => Err("expected a column of int32".to_owned()),
        }
    }

    pub fn double(&mut self) -> Result<Vec<f64>, String> {
        match self.0.next() {
            Some(Column::Double(values)) => Ok(values),
            _ => Err("expected a column of double".to_owned()),
        }
    }

    pub fn text(&mut self) -> Result<Vec<ByteArray>, String> {
        match self.0.next() {
            Some(Column::Text(values)) => Ok(values),
            _ => Err("expected a column of text".to_owned()),
        }
    }

    /// Ids of traces.
    pub fn traces(&mut self) -> Result<Vec<u128>, String> {
        let Some(Column::Id(values)) = self.0.next() else {
            return Err("expected a column of 16-byte ids".to_owned());
        };
        let id = |value| bytes(&value).map(u128::from_be_bytes);
        values.into_iter().map(id).collect()
    }

    /// Ids of spans; numbers before format 1.2.
    pub fn spans(&mut self) -> Result<Vec<u64>, String> {
        match self.0.next() {
            Some(Column::Id(values)) => {
                let id = |value| bytes(&value).map(u64::from_be_bytes);
                values.into_iter().map(id).collect()
            }
            Some(Column::Long(values)) => Ok(values.into_iter().map(i64::cast_unsigned).collect()),
            _ => Err("expected a column of 8-byte ids".to_owned()),
        }
    }

    /// Words of a small set, which were codes before format 1.2.
    pub fn coded<T>(
        &mut self,
        word: impl Fn(&[u8]) -> Option<T>,
        code: impl Fn(i32) -> T,
    ) -> Result<Vec<T>, String> {
        match self.0.next() {
            Some(Column::Text(values)) => {
                let known = |value: ByteArray| {
                    let text = || String::from_utf8_lossy(value.data()).into_owned();
                    word(value.data()).ok_or_else(|| format!("{:?} is unknown", text()))
                };
                values.into_iter().map(known).collect()
            }
            Some(Column::Int(values)) => Ok(values.into_iter().map(code).collect()),
            _ => Err("expected a column of words".to_owned()),
        }
    }

    /// A last column of names that older files lack.
    pub fn added_names(&mut self, strings: &mut Strings, rows: usize) -> Result<Vec<Sym>, String> {
        match self.0.len() {
            0 => Ok(vec![Sym::NONE; rows]),
            _ => self.names(strings),
        }
    }

    pub fn names(&mut self, strings: &mut Strings) -> Result<Vec<Sym>, String> {
        let mut last: Option<(ByteArray, Sym)> = None;
        let mut intern = |value: ByteArray| {
            if let Some((text, sym)) = &last
                && text.data() == value.data()
            {
                return Ok(*sym);
            }
            let text = std::str::from_utf8(value.data()).map_err(|_| "a name is not UTF-8")?;
            let sym = strings.intern(text);
            last = Some((value, sym));
            Ok(sym)
        };
        self.text()?.into_iter().map(&mut intern).collect()
    }
}

fn bytes<const N: usize>(value: &FixedLenByteArray) -> Result<[u8; N], String> {
    <[u8; N]>::try_from(value.data()).map_err(|_| format!("an id is not {N} bytes"))
}
