//! Parquet files as plain columns.
//!
//! Owns the few lines between typed vectors and row groups. It must not know what a column means.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parquet::basic::Compression;
use parquet::column::reader::ColumnReader;
use parquet::column::writer::ColumnWriter;
use parquet::data_type::{ByteArray, FixedLenByteArray};
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

use crate::error::ArchiveError;

/// One column of one row group.
#[derive(Debug)]
pub enum Column {
    Int(Vec<i32>),
    Long(Vec<i64>),
    Double(Vec<f64>),
    Text(Vec<ByteArray>),
    /// As many bytes a row as the schema says.
    Id(Vec<FixedLenByteArray>),
}

/// A parquet file that grows by row groups.
pub struct ColumnWriterFile {
    path: PathBuf,
    writer: SerializedFileWriter<File>,
}

impl ColumnWriterFile {
    /// Creates the file, or empties it. `schema` is a Parquet message type, `stated` is what the
    /// file says about all of its rows.
    pub fn create(
        path: &Path,
        schema: &str,
        stated: &[(&str, String)],
    ) -> Result<ColumnWriterFile, ArchiveError> {
        let file = File::create(path).map_err(|error| ArchiveError::io(path, error))?;
        let stated = stated.iter();
        let stated = stated.map(|(key, value)| KeyValue::new((*key).to_owned(), value.clone()));
        let open = || -> ParquetResult<SerializedFileWriter<File>> {
            let schema = Arc::new(parse_message_type(schema)?);
            let properties = WriterProperties::builder()
                .set_compression(Compression::LZ4_RAW)
                .set_key_value_metadata(Some(stated.collect()))
                .build();
            SerializedFileWriter::new(file, schema, Arc::new(properties))
        };
        let writer = open().map_err(|error| ArchiveError::write(path, error))?;
        Ok(ColumnWriterFile {
            path: path.to_path_buf(),
            writer,
        })
    }

    /// Appends one row group; the columns must be in the schema's order and of one length.
    pub fn append(&mut self, columns: &[Column]) -> Result<(), ArchiveError> {
        self.write_group(columns)
            .map_err(|error| ArchiveError::write(&self.path, error))
    }

    fn write_group(&mut self, columns: &[Column]) -> ParquetResult<()> {
        let mut group = self.writer.next_row_group()?;
        let mut columns = columns.iter();
        while let Some(mut writer) = group.next_column()? {
            match (writer.untyped(), columns.next()) {
                (ColumnWriter::Int32ColumnWriter(to), Some(Column::Int(rows))) => {
                    to.write_batch(rows, None, None)?;
                }
                (ColumnWriter::Int64ColumnWriter(to), Some(Column::Long(rows))) => {
                    to.write_batch(rows, None, None)?;
                }
                (ColumnWriter::DoubleColumnWriter(to), Some(Column::Double(rows))) => {
                    to.write_batch(rows, None, None)?;
                }
                (ColumnWriter::ByteArrayColumnWriter(to), Some(Column::Text(rows))) => {
                    to.write_batch(rows, None, None)?;
                }
                (ColumnWriter::FixedLenByteArrayColumnWriter(to), Some(Column::Id(rows))) => {
                    to.write_batch(rows, None, None)?;
                }
                _ => return Err(ParquetError::General("column and schema differ".to_owned())),
            }
            writer.close()?;
        }
        group.close()?;
        Ok(())
    }

    /// Writes the footer, without which the file cannot be read.
    pub fn close(self) -> Result<(), ArchiveError> {
        let path = self.path;
        self.writer
            .close()
            .map(drop)
            .map_err(|error| ArchiveError::write(&path, error))
    }
}

/// A parquet file that is read row group by row group.
pub struct ColumnReaderFile {
    path: PathBuf,
    reader: SerializedFileReader<File>,
}

impl ColumnReaderFile {
    /// Opens a file, which must have one of the schemas.
    pub fn open(path: &Path, schemas: &[&str]) -> Result<ColumnReaderFile, ArchiveError> {
        let file = File::open(path).map_err(|error| ArchiveError::open(path, error))?;
        let corrupt = |error: ParquetError| ArchiveError::corrupt(path, error);
        let reader = SerializedFileReader::new(file).map_err(corrupt)?;
        let known = schemas.iter().map(|schema| parse_message_type(schema));
        let known: Vec<_> = known.collect::<Result<_, _>>().map_err(corrupt)?;
        if !known.contains(reader.metadata().file_metadata().schema()) {
            let why = "it has other columns than a run writes";
            return Err(ArchiveError::corrupt(path, why));
        }
        Ok(ColumnReaderFile {
            path: path.to_path_buf(),
            reader,
        })
    }

    /// What the file states about all of its rows under a key.
    pub fn stated(&self, key: &str) -> Option<&str> {
        let stated = self
            .reader
            .metadata()
            .file_metadata()
            .key_value_metadata()?;
        let found = stated.iter().find(|one| one.key == key)?;
        found.value.as_deref()
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        let rows = self.reader.metadata().file_metadata().num_rows();
        usize::try_from(rows).unwrap_or(0)
    }

    /// Hands each row group's columns to `take`.
    pub fn groups(
        &self,
        mut take: impl FnMut(Vec<Column>) -> Result<(), String>,
    ) -> Result<(), ArchiveError> {
        let path = &self.path;
        for index in 0..self.reader.num_row_groups() {
            let columns = read_group(&self.reader, index)
                .map_err(|error| ArchiveError::corrupt(path, error))?;
            take(columns).map_err(|why| ArchiveError::corrupt(path, why))?;
        }
        Ok(())
    }
}

fn read_group(reader: &SerializedFileReader<File>, index: usize) -> ParquetResult<Vec<Column>> {
    let group = reader.get_row_group(index)?;
    let rows = usize::try_from(group.metadata().num_rows()).unwrap_or(0);
    (0..group.num_columns())
        .map(|column| read_column(group.get_column_reader(column)?, rows))
        .collect()
}

fn read_column(reader: ColumnReader, rows: usize) -> ParquetResult<Column> {
    Ok(match reader {
        ColumnReader::Int32ColumnReader(mut from) => {
            let mut values = Vec::with_capacity(rows);
            from.read_records(rows, None, None, &mut values)?;
            Column::Int(values)
        }
        ColumnReader::Int64ColumnReader(mut from) => {
            let mut values = Vec::with_capacity(rows);
            from.read_records(rows, None, None, &mut values)?;
            Column::Long(values)
        }
        ColumnReader::DoubleColumnReader(mut from) => {
            let mut values = Vec::with_capacity(rows);
            from.read_records(rows, None, None, &mut values)?;
            Column::Double(values)
        }
        ColumnReader::ByteArrayColumnReader(mut from) => {
            let mut values = Vec::with_capacity(rows);
            from.read_records(rows, None, None, &mut values)?;
            Column::Text(values)
        }
        ColumnReader::FixedLenByteArrayColumnReader(mut from) => {
            let mut values = Vec::with_capacity(rows);
            from.read_records(rows, None, None, &mut values)?;
            Column::Id(values)
        }
        _ => {
            return Err(ParquetError::General(
                "a column has a type that no run writes".to_owned(),
            ));
        }
    })
}
