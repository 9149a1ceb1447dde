//! Cells read as they stand. SQLite keeps a type with every value, whatever the column's, and converts when asked for
//! another: a number kept as a blob reads as the number and still hides from every comparison. Verification must see
//! that.

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::pg::Pg;
use diesel::sql_types::{BigInt, Binary, Integer, Text};
use diesel::sqlite::{Sqlite, SqliteType};

/// One cell.
#[derive(Debug, Clone, PartialEq, Eq, FromSqlRow)]
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

// SQLite's integers have 64 bits whatever the column; read as 32, the upper ones would be lost.
cell!(Integer, i64, Long as BigInt, i32);
cell!(BigInt, i64, Long as BigInt, i64);
cell!(Text, String, Text as Text, String);
cell!(Binary, Vec<u8>, Binary as Binary, Vec<u8>);
