//! What a table is, and what its rows refer to by number.
//!
//! It must not know the columns of any table.

use bytes::Bytes;
use harness_model::{Offset, Phase, Strings, Sym};
use parquet::data_type::{ByteArray, FixedLenByteArray};

use crate::columns::Column;

/// The key under which a table states from when its times count.
pub const ORIGIN: &str = "shakedown.origin";
/// They count from the start of the load. A table that states nothing is of a format before 1.2.
pub const LOAD_START: &str = "start of the load";

/// A kind of row that has a table of its own.
pub trait Table: Sized {
    const FILE: &str;
    /// The columns that are written, then those of older run folders.
    const SCHEMAS: &[&str];

    fn to_columns(rows: &[Self], names: &Names) -> Vec<Column>;

    /// Hands over the rows of one row group.
    fn from_columns(
        columns: Vec<Column>,
        read: &mut Read<'_>,
        give: impl FnMut(Self),
    ) -> Result<(), String>;

    /// Counts the times of a row from the start of the load, which was at `zero` of the run. Rows
    /// whose times do so from the beginning stay as they are.
    fn rebase(&mut self, zero: Offset);
}

/// Names and phases as byte arrays, made once and shared by all rows.
pub struct Names {
    names: Vec<ByteArray>,
    phases: Vec<ByteArray>,
}

impl Names {
    /// No names yet, and the phases of the plan.
    pub fn new(phases: &[Phase]) -> Names {
        Names {
            names: Vec::new(),
            phases: phases.iter().map(|one| one.name.as_str().into()).collect(),
        }
    }

    /// Takes in what a growing table has gained since the last call.
    pub fn follow(&mut self, strings: &Strings) {
        let new = strings.iter().skip(self.names.len());
        self.names
            .extend(new.map(|(_, name)| ByteArray::from(name)));
    }

    pub fn column(&self, syms: impl Iterator<Item = Sym>) -> Column {
        Column::Text(syms.map(|sym| nth(&self.names, sym.0 as usize)).collect())
    }

    /// The phases of these indices by name.
    pub fn phases(&self, phases: impl Iterator<Item = u16>) -> Column {
        Column::Text(phases.map(|one| nth(&self.phases, one.into())).collect())
    }
}

/// Empty for a number that nothing has.
fn nth(of: &[ByteArray], index: usize) -> ByteArray {
    of.get(index).cloned().unwrap_or_else(|| "".into())
}

/// What a reader gives the names it reads.
pub struct Read<'a> {
    pub strings: &'a mut Strings,
    pub phases: &'a [Phase],
}

impl Read<'_> {
    /// The index of the phase of this name; one that the plan lacks has none.
    pub fn phase(&self, name: &[u8]) -> u16 {
        let found = self
            .phases
            .iter()
            .position(|one| one.name.as_bytes() == name);
        found.map_or(u16::MAX, |index| index as u16)
    }
}

/// Ids of 16 bytes (traces) or 8 (spans), highest byte first, as they are written in hex.
pub fn ids<const N: usize>(ids: impl Iterator<Item = [u8; N]>) -> Column {
    let id = |id: [u8; N]| FixedLenByteArray::from(ByteArray::from(Bytes::copy_from_slice(&id)));
    Column::Id(ids.map(id).collect())
}

pub fn long(values: impl Iterator<Item = i64>) -> Column {
    Column::Long(values.collect())
}

pub fn int(values: impl Iterator<Item = i32>) -> Column {
    Column::Int(values.collect())
}

/// Words of a small set.
pub fn words(values: impl Iterator<Item = &'static str>) -> Column {
    let word = |word: &'static str| ByteArray::from(Bytes::from_static(word.as_bytes()));
    Column::Text(values.map(word).collect())
}

pub fn narrow(value: i32) -> u16 {
    u16::try_from(value).unwrap_or(u16::MAX)
}
