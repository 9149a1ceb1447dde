//! What takes less room on SQLite than as text: identifiers of organisations, teams and practitioners as sixteen bytes, days of
//! children and involvements as numbers. With twelve million children they would be a sixth of the file.

use std::io::Write;

use chrono::{Days, NaiveDate};
use diesel::Connection;
use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::query_builder::QueryId;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{Binary, Date, HasSqlType, Integer, SqlType};
use diesel::sqlite::{Sqlite, SqliteType};
use uuid::Uuid;

use super::connections::AnyConnection;
use crate::domain::ids::{AccessPointId, AccountId, OrganisationId, PractitionerId, TeamId};

/// An identifier: sixteen bytes on SQLite, text on PostgreSQL. The empty text is no bytes.
#[derive(Debug, Clone, Copy, Default, QueryId, SqlType)]
#[diesel(sqlite_type(name = "Binary"), postgres_type(oid = 25, array_oid = 1009))]
pub struct Id;

/// A day: on SQLite the number of days since 1970 began, a date on PostgreSQL.
#[derive(Debug, Clone, Copy, Default, QueryId, SqlType)]
#[diesel(sqlite_type(name = "Integer"), postgres_type(oid = 1082, array_oid = 1182))]
pub struct Day;

/// A day as a column holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, AsExpression, FromSqlRow)]
#[diesel(sql_type = Day)]
pub struct StoredDay(NaiveDate);

impl From<NaiveDate> for StoredDay {
    fn from(day: NaiveDate) -> Self {
        Self(day)
    }
}

impl From<StoredDay> for NaiveDate {
    fn from(stored: StoredDay) -> Self {
        stored.0
    }
}

/// An identifier as a column holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = Id)]
pub struct StoredId(Uuid);

impl StoredId {
    /// What stands where there is nothing to say.
    pub(super) const NONE: Self = Self(Uuid::nil());
}

impl From<Uuid> for StoredId {
    fn from(id: Uuid) -> Self {
        Self(id)
    }
}

impl From<StoredId> for Uuid {
    fn from(stored: StoredId) -> Self {
        stored.0
    }
}

macro_rules! stored {
    ($($id:ident),+) => { $(
        impl From<$id> for StoredId {
            fn from(id: $id) -> Self {
                Self(id.0)
            }
        }

        impl From<StoredId> for $id {
            fn from(stored: StoredId) -> Self {
                Self(stored.0)
            }
        }
    )+ };
}

stored!(AccessPointId, AccountId, OrganisationId, PractitionerId, TeamId);

type Either = <AnyConnection as Connection>::Backend;

impl HasSqlType<Id> for Either {
    fn metadata(lookup: &mut Self::MetadataLookup) -> Self::TypeMetadata {
        Self::lookup_sql_type::<Id>(lookup)
    }
}

impl HasSqlType<Day> for Either {
    fn metadata(lookup: &mut Self::MetadataLookup) -> Self::TypeMetadata {
        Self::lookup_sql_type::<Day>(lookup)
    }
}

impl ToSql<Id, Sqlite> for StoredId {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(if *self == Self::NONE { Vec::new() } else { self.0.as_bytes().to_vec() });
        Ok(IsNull::No)
    }
}

impl ToSql<Id, Pg> for StoredId {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        if *self != Self::NONE {
            out.write_all(self.0.hyphenated().encode_lower(&mut Uuid::encode_buffer()).as_bytes())?;
        }
        Ok(IsNull::No)
    }
}

impl ToSql<Id, Either> for StoredId {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Either>) -> serialize::Result {
        out.set_value((Id, self));
        Ok(IsNull::No)
    }
}

impl FromSql<Id, Sqlite> for StoredId {
    fn from_sql(value: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        let bytes = <Vec<u8> as FromSql<Binary, Sqlite>>::from_sql(value)?;
        if bytes.is_empty() { Ok(Self::NONE) } else { Ok(Self(Uuid::from_slice(&bytes).map_err(|_| UNREADABLE)?)) }
    }
}

impl FromSql<Id, Pg> for StoredId {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        let text = value.as_bytes();
        if text.is_empty() { Ok(Self::NONE) } else { Ok(Self(Uuid::try_parse_ascii(text).map_err(|_| UNREADABLE)?)) }
    }
}

impl FromSql<Id, Either> for StoredId {
    fn from_sql(value: <Either as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        value.from_sql::<Self, Id>()
    }
}

impl ToSql<Day, Sqlite> for StoredDay {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(i32::try_from(self.0.signed_duration_since(NaiveDate::default()).num_days())?);
        Ok(IsNull::No)
    }
}

impl ToSql<Day, Pg> for StoredDay {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        ToSql::<Date, Pg>::to_sql(&self.0, out)
    }
}

impl ToSql<Day, Either> for StoredDay {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Either>) -> serialize::Result {
        out.set_value((Day, self));
        Ok(IsNull::No)
    }
}

impl FromSql<Day, Sqlite> for StoredDay {
    fn from_sql(value: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        // SQLite would take the year for the number of a day that stands as text.
        if value.value_type() != Some(SqliteType::Long) {
            return Err(UNREADABLE_DAY.into());
        }
        let days = <i32 as FromSql<Integer, Sqlite>>::from_sql(value)?;
        let (epoch, distance) = (NaiveDate::default(), Days::new(days.unsigned_abs().into()));
        let day = if days < 0 { epoch.checked_sub_days(distance) } else { epoch.checked_add_days(distance) };
        Ok(Self(day.ok_or(UNREADABLE_DAY)?))
    }
}

impl FromSql<Day, Pg> for StoredDay {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        FromSql::<Date, Pg>::from_sql(value).map(Self)
    }
}

impl FromSql<Day, Either> for StoredDay {
    fn from_sql(value: <Either as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        value.from_sql::<Self, Day>()
    }
}

const UNREADABLE: &str = "a stored identifier could not be read";
const UNREADABLE_DAY: &str = "a stored day could not be read";

#[cfg(test)]
mod tests {
    use diesel::prelude::*;
    use diesel::query_dsl::LoadQuery;
    use diesel::sql_types::Nullable;

    use super::*;
    use crate::store::connections::{DatabaseUrl, Purpose};

    /// One row of a statement on an SQLite file of its own.
    fn asked<Q, R>(query: Q) -> QueryResult<R>
    where
        Q: RunQueryDsl<AnyConnection> + for<'a> LoadQuery<'a, AnyConnection, R>,
    {
        let dir = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::sqlite(dir.path().join("index.db"));
        query.get_result(&mut AnyConnection::open(&url, Purpose::Write).unwrap())
    }

    #[derive(QueryableByName)]
    struct Quoted {
        #[diesel(sql_type = diesel::sql_types::Text)]
        quoted: String,
    }

    /// What SQLite holds of an identifier, in its own words.
    fn held(id: StoredId) -> String {
        asked::<_, Quoted>(diesel::sql_query("SELECT quote(?) AS quoted").bind::<Id, _>(id)).unwrap().quoted
    }

    /// The same of a day.
    fn held_day(day: StoredDay) -> String {
        asked::<_, Quoted>(diesel::sql_query("SELECT quote(?) AS quoted").bind::<Day, _>(day)).unwrap().quoted
    }

    #[test]
    fn an_identifier_is_sixteen_bytes_and_nobody_none() {
        let id: OrganisationId = "01a220eb-096d-73ca-813d-da3e28541023".parse().unwrap();
        assert_eq!(held(StoredId::from(id)), "X'01A220EB096D73CA813DDA3E28541023'");
        assert_eq!(held(StoredId::NONE), "X''");
    }

    #[test]
    fn a_day_is_a_number() {
        for (day, number) in [("1970-01-01", "0"), ("1969-12-31", "-1"), ("2026-11-28", "20785")] {
            assert_eq!(held_day(StoredDay(day.parse().unwrap())), number, "{day}");
        }
    }

    #[derive(QueryableByName)]
    struct Read {
        #[diesel(sql_type = Id)]
        id: StoredId,
        #[diesel(sql_type = Nullable<Day>)]
        day: Option<StoredDay>,
    }

    fn read(id: &str, day: &str) -> QueryResult<Read> {
        asked(diesel::sql_query(format!("SELECT {id} AS id, {day} AS day")))
    }

    #[test]
    fn both_are_read_back() {
        let found = read("X'01A220EB096D73CA813DDA3E28541023'", "-1").unwrap();
        assert_eq!(TeamId::from(found.id).to_string(), "01a220eb-096d-73ca-813d-da3e28541023");
        assert_eq!(found.day.map(NaiveDate::from), NaiveDate::from_ymd_opt(1969, 12, 31));
        let found = read("X''", "NULL").unwrap();
        assert_eq!((found.id, found.day), (StoredId::NONE, None));
    }

    #[test]
    fn what_cannot_be_read_is_an_error_that_does_not_tell_the_value() {
        let unreadable = [
            ("X'C0FFEE'", "1"),
            ("'01a220eb-096d-73ca-813d-da3e28541023'", "1"),
            ("X''", "2147483647"),
            ("X''", "'2026-11-28'"),
        ];
        for (id, day) in unreadable {
            let error = read(id, day).err().unwrap().to_string();
            assert!(error.contains("could not be read"), "{error}");
            assert!(!error.contains("C0FFEE") && !error.contains("01a220eb"), "{error}");
        }
    }
}
