//! Cells read as they stand. SQLite keeps a type with every value, whatever the column's, and converts when asked for
//! another: a number kept as a blob reads as the number and still hides from every comparison. Verification must see
//! that.

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::pg::Pg;
use diesel::sql_types::{BigInt, Binary, Integer, Text};
use diesel::sqlite::{Sqlite, SqliteType};

/// One cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromSqlRow)]
pub(in crate::store::audit) enum Cell<T> {
    /// Empty.
    Null,
    /// A value of the column's type.
    Value(T),
    /// A value of another type.
    Foreign,
}

impl<T> Cell<T> {
    /// The value, where it is one of the column's type.
    pub(super) fn value(self) -> Option<T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Null | Self::Foreign => None,
        }
    }

    /// The same cell, seen as something else.
    pub(super) fn map<'c, U>(&'c self, see: impl FnOnce(&'c T) -> U) -> Cell<U> {
        match self {
            Self::Null => Cell::Null,
            Self::Value(value) => Cell::Value(see(value)),
            Self::Foreign => Cell::Foreign,
        }
    }

    /// The same, borrowed.
    pub(super) const fn as_value(&self) -> Option<&T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Null | Self::Foreign => None,
        }
    }
}

/// Reads a cell on both databases; a null reaches `from_nullable_sql` only.
macro_rules! cell {
    ($sql:ty, $rust:ty, $stored:ident as $widest:ty, $from:ty) => {
        impl FromSql<$sql, Sqlite> for Cell<$rust> {
            fn from_sql(value: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
                if !matches!(value.value_type(), Some(SqliteType::$stored)) {
                    return Ok(Self::Foreign);
                }
                // Text that is not UTF-8 is no text.
                Ok(<$rust as FromSql<$widest, Sqlite>>::from_sql(value).map_or(Self::Foreign, Self::Value))
            }

            fn from_nullable_sql(value: Option<<Sqlite as Backend>::RawValue<'_>>) -> deserialize::Result<Self> {
                value.map_or(Ok(Self::Null), <Self as FromSql<$sql, Sqlite>>::from_sql)
            }
        }

        impl FromSql<$sql, Pg> for Cell<$rust> {
            fn from_sql(value: <Pg as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
                Ok(Self::Value(<$from as FromSql<$sql, Pg>>::from_sql(value)?.into()))
            }

            fn from_nullable_sql(value: Option<<Pg as Backend>::RawValue<'_>>) -> deserialize::Result<Self> {
                value.map_or(Ok(Self::Null), <Self as FromSql<$sql, Pg>>::from_sql)
            }
        }
    };
}

/// A short text or a few bytes, kept where it stands: a log has a dozen for each event, and none is worth an allocation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::store::audit) enum Brief {
    /// So many bytes of these.
    Short(u8, [u8; SHORT]),
    /// More than are kept in place.
    Long(Box<[u8]>),
}

/// Bytes of a [`Brief`] that are kept in place: as many as the longest code, identifier or hash has.
const SHORT: usize = 62;

impl Brief {
    fn new(bytes: &[u8]) -> Self {
        let mut kept = [0; SHORT];
        match (kept.get_mut(..bytes.len()), u8::try_from(bytes.len())) {
            (Some(place), Ok(length)) => {
                place.copy_from_slice(bytes);
                Self::Short(length, kept)
            }
            _ => Self::Long(bytes.into()),
        }
    }

    /// The bytes.
    pub(super) fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Short(length, kept) => kept.get(..usize::from(*length)).unwrap_or_default(),
            Self::Long(bytes) => bytes,
        }
    }
}

macro_rules! brief {
    ($sql:ty, $stored:ident, |$value:ident| $read:expr) => {
        impl FromSql<$sql, Sqlite> for Cell<Brief> {
            fn from_sql(mut $value: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
                if !matches!($value.value_type(), Some(SqliteType::$stored)) {
                    return Ok(Self::Foreign);
                }
                let bytes: Option<&[u8]> = $read;
                Ok(bytes.map_or(Self::Foreign, |bytes| Self::Value(Brief::new(bytes))))
            }

            fn from_nullable_sql(value: Option<<Sqlite as Backend>::RawValue<'_>>) -> deserialize::Result<Self> {
                value.map_or(Ok(Self::Null), <Self as FromSql<$sql, Sqlite>>::from_sql)
            }
        }

        impl FromSql<$sql, Pg> for Cell<Brief> {
            fn from_sql(value: <Pg as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
                Ok(Self::Value(Brief::new(value.as_bytes())))
            }

            fn from_nullable_sql(value: Option<<Pg as Backend>::RawValue<'_>>) -> deserialize::Result<Self> {
                value.map_or(Ok(Self::Null), <Self as FromSql<$sql, Pg>>::from_sql)
            }
        }
    };
}

// Text that is not UTF-8 is no text; it reads with this character in its place, which no code and no identifier holds.
brief!(Text, Text, |value| Some(value.read_text()).filter(|text| !text.contains('\u{fffd}')).map(str::as_bytes));
brief!(Binary, Binary, |value| Some(value.read_blob()));

// SQLite's integers have 64 bits whatever the column; read as 32, the upper ones would be lost.
cell!(Integer, i64, Long as BigInt, i32);
cell!(BigInt, i64, Long as BigInt, i64);
cell!(Text, String, Text as Text, String);
cell!(Binary, Vec<u8>, Binary as Binary, Vec<u8>);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_kept_whatever_their_length() {
        for length in [0, 1, SHORT - 1, SHORT, SHORT + 1, 255, 256, 300] {
            let bytes: Vec<u8> = (0..length).map(|at| u8::try_from(at % 251).unwrap()).collect();
            assert_eq!(Brief::new(&bytes).as_bytes(), bytes);
        }
    }
}
