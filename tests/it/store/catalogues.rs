//! `schema.rs` and what is below it is written by hand; here it is compared with what each database says it holds, column by column.

use std::collections::{BTreeMap, BTreeSet};

use child_index::store::connections::AnyConnection;
use child_index::store::constraints::UNIQUE;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Integer, Nullable, Text};

use crate::databases::{Backend, TestDatabase};
use crate::suite::suite;

suite!(TestDatabase:
    the_schema_is_what_the_database_holds,
    both_databases_have_the_same_indexes,
    both_databases_have_the_same_references,
    every_unique_constraint_is_listed,
    tables_with_several_keys_are_clustered,
    a_purge_knows_every_table_of_a_child,
);

/// A column: its type in diesel's words, whether it may be null, and its place in the primary key from 1, or 0.
type Column = (String, bool, i32);
/// The tables with their columns, each in order.
type Tables = BTreeMap<String, Vec<(String, Column)>>;

const SCHEMA: &str = concat!(
    include_str!("../../../src/store/schema.rs"),
    include_str!("../../../src/store/schema/audits.rs"),
    include_str!("../../../src/store/schema/child_teams.rs"),
    include_str!("../../../src/store/schema/early_help.rs"),
    include_str!("../../../src/store/schema/leads.rs"),
    include_str!("../../../src/store/schema/loads.rs"),
    include_str!("../../../src/store/schema/localities.rs"),
    include_str!("../../../src/store/schema/panels.rs"),
    include_str!("../../../src/store/schema/partnerships.rs"),
    include_str!("../../../src/store/schema/people.rs"),
);

/// Reads `diesel::table! { name (key, …) { column -> Type, … } }`.
fn written() -> Tables {
    let mut tables = Tables::new();
    let lines = SCHEMA.lines().filter(|line| !line.trim_start().starts_with("use "));
    let schema = lines.collect::<Vec<_>>().join("\n");
    for block in schema.split("diesel::table! {").skip(1) {
        let (head, rest) = block.split_once('{').expect("columns");
        let (name, keys) = head.trim().trim_end_matches(')').split_once('(').expect("a key");
        let keys: Vec<_> = keys.trim_end_matches([')', ' ']).split(',').map(str::trim).collect();
        let (body, _) = rest.split_once('}').expect("an end");
        let columns = body.lines().filter_map(|line| line.trim().trim_end_matches(',').split_once(" -> "));
        let columns = columns.map(|(column, kind)| {
            let inner = kind.strip_prefix("Nullable<").and_then(|kind| kind.strip_suffix('>'));
            let key = keys.iter().position(|key| *key == column).map_or(0, |place| place + 1);
            let key = i32::try_from(key).expect("a small number");
            // What a column was declared as; the store decides what stands in it.
            let declared = match inner.unwrap_or(kind) {
                "Id" => "Text",
                "Day" => "Date",
                other => other,
            };
            (column.to_owned(), (declared.to_owned(), inner.is_some(), key))
        });
        tables.insert(name.trim().to_owned(), columns.collect());
    }
    tables
}

#[derive(QueryableByName)]
struct ColumnRow {
    #[diesel(sql_type = Text)]
    table_name: String,
    #[diesel(sql_type = Text)]
    column_name: String,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Bool)]
    nullable: bool,
    #[diesel(sql_type = Integer)]
    key: i32,
}

const SQLITE_COLUMNS: &str = r#"SELECT m.name AS table_name, p.name AS column_name, p.type AS kind,
    NOT p."notnull" AS nullable, p.pk AS key
    FROM sqlite_schema m JOIN pragma_table_info(m.name) p
    WHERE m.type = 'table' AND m.name NOT LIKE '\_\_diesel%' ESCAPE '\' AND m.name NOT LIKE 'sqlite\_%' ESCAPE '\'
    ORDER BY m.name, p.cid"#;

const POSTGRES_COLUMNS: &str = r"SELECT c.relname::text AS table_name, a.attname::text AS column_name,
    format_type(a.atttypid, a.atttypmod) AS kind, NOT a.attnotnull AS nullable,
    coalesce(array_position(i.indkey::int2[], a.attnum) + 1, 0)::int4 AS key
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
    WHERE c.relkind IN ('r', 'p', 'v') AND c.relnamespace = current_schema()::regnamespace
      AND c.relname NOT LIKE '\_\_diesel%'
    ORDER BY c.relname, a.attnum";

/// Everything the database holds but diesel's own table.
pub fn whole(conn: &mut AnyConnection) -> Tables {
    let sqlite = matches!(conn, AnyConnection::Sqlite(_));
    let query = if sqlite { SQLITE_COLUMNS } else { POSTGRES_COLUMNS };
    let rows: Vec<ColumnRow> = diesel::sql_query(query).load(conn).expect("the catalogue");
    let sole_key =
        |row: &ColumnRow| row.key == 1 && !rows.iter().any(|other| other.table_name == row.table_name && other.key > 1);
    let mut tables = Tables::new();
    for row in &rows {
        let kind = match row.kind.as_str() {
            // The rowid, which is 64 bits wide.
            "INTEGER" if sole_key(row) && !is_written_integer(row) => "BigInt",
            "BIGINT" if sqlite && sole_key(row) => panic!("{}: BIGINT is not the rowid, INTEGER is", row.table_name),
            "INTEGER" | "integer" => "Integer",
            "BIGINT" | "bigint" => "BigInt",
            "TEXT" | "text" => "Text",
            "BOOLEAN" | "boolean" => "Bool",
            "BLOB" | "bytea" => "Binary",
            "DATE" | "date" => "Date",
            other => panic!("{}.{}: {other} is not one of ours", row.table_name, row.column_name),
        };
        let column = (row.column_name.clone(), (kind.to_owned(), row.nullable, row.key));
        tables.entry(row.table_name.clone()).or_default().push(column);
    }
    tables
}

/// A rowid that diesel is told to read as 32 bits, because it never grows past them.
fn is_written_integer(row: &ColumnRow) -> bool {
    let tables = written();
    let column =
        tables.get(&row.table_name).and_then(|columns| columns.iter().find(|(name, _)| *name == row.column_name));
    column.is_some_and(|(_, (kind, _, _))| kind == "Integer")
}

fn the_schema_is_what_the_database_holds(db: &TestDatabase) {
    let (written, held) = (written(), whole(&mut db.connect()));
    assert!(written.len() > 20, "schema.rs was not understood: {written:?}");
    assert_eq!(written.keys().collect::<Vec<_>>(), held.keys().collect::<Vec<_>>(), "the tables");
    for (table, columns) in &written {
        assert_eq!(Some(columns), held.get(table), "{table}");
    }
}

#[derive(QueryableByName, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct IndexRow {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    columns: String,
    #[diesel(sql_type = Bool)]
    is_unique: bool,
    #[diesel(sql_type = Bool)]
    is_partial: bool,
}

/// Primary keys are called `<table>_pkey`, as PostgreSQL does; SQLite has none for a rowid, so it is added.
const SQLITE_INDEXES: &str = r#"
    SELECT CASE l.origin WHEN 'pk' THEN m.name || '_pkey' ELSE l.name END AS name,
      m.name || '.' || (SELECT group_concat(x.name, ', ' || m.name || '.' ORDER BY x.seqno) FROM pragma_index_info(l.name) x)
        AS columns,
      l."unique" AS is_unique, l.partial AS is_partial
    FROM sqlite_schema m JOIN pragma_index_list(m.name) l
    WHERE m.type = 'table' AND m.name NOT LIKE '\_\_diesel%' ESCAPE '\'
    UNION ALL
    SELECT m.name || '_pkey', m.name || '.' || p.name, 1, 0
    FROM sqlite_schema m JOIN pragma_table_info(m.name) p ON p.pk = 1 AND p.type = 'INTEGER'
    WHERE m.type = 'table' AND NOT EXISTS (SELECT 1 FROM pragma_index_list(m.name) WHERE origin = 'pk')"#;

const POSTGRES_INDEXES: &str = r"
    SELECT n.relname::text AS name,
      (SELECT string_agg(c.relname || '.' || a.attname, ', ' ORDER BY k.place)
       FROM unnest(i.indkey::int2[]) WITH ORDINALITY k (number, place)
       JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.number) AS columns,
      i.indisunique AS is_unique, i.indpred IS NOT NULL AS is_partial
    FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_class n ON n.oid = i.indexrelid
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relname NOT LIKE '\_\_diesel%'";

fn indexes(conn: &mut AnyConnection) -> BTreeSet<IndexRow> {
    let sqlite = matches!(conn, AnyConnection::Sqlite(_));
    let query = diesel::sql_query(if sqlite { SQLITE_INDEXES } else { POSTGRES_INDEXES });
    query.load(conn).expect("the indexes").into_iter().collect()
}

fn both_databases_have_the_same_indexes(db: &TestDatabase) {
    let sqlite = TestDatabase::fresh(Backend::Sqlite).expect("SQLite");
    let expected = indexes(&mut sqlite.connect());
    assert!(expected.iter().any(|index| index.name == "involvement_lead" && index.is_partial), "{expected:?}");
    assert_eq!(indexes(&mut db.connect()), expected);
}

fn every_unique_constraint_is_listed(db: &TestDatabase) {
    let held = indexes(&mut db.connect());
    let held: BTreeSet<_> = held
        .iter()
        .filter(|index| index.is_unique)
        .map(|index| (index.name.as_str(), index.columns.as_str()))
        .collect();
    let listed = UNIQUE.into_iter().filter(|(name, _)| !name.starts_with("__diesel")).collect();
    assert_eq!(held, listed, "store/constraints.rs lists every unique constraint");
}

#[derive(QueryableByName, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct ReferenceRow {
    #[diesel(sql_type = Text)]
    table_name: String,
    #[diesel(sql_type = Text)]
    column_name: String,
    #[diesel(sql_type = Text)]
    target: String,
    #[diesel(sql_type = Nullable<Text>)]
    target_column: Option<String>,
}

const SQLITE_REFERENCES: &str = r#"
    SELECT m.name AS table_name, f."from" AS column_name, f."table" AS target, f."to" AS target_column
    FROM sqlite_schema m JOIN pragma_foreign_key_list(m.name) f WHERE m.type = 'table'"#;

const POSTGRES_REFERENCES: &str = r"
    SELECT c.relname::text AS table_name, a.attname::text AS column_name, t.relname::text AS target,
      b.attname::text AS target_column
    FROM pg_constraint f JOIN pg_class c ON c.oid = f.conrelid JOIN pg_class t ON t.oid = f.confrelid
    JOIN LATERAL unnest(f.conkey, f.confkey) k (here, there) ON true
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.here
    JOIN pg_attribute b ON b.attrelid = t.oid AND b.attnum = k.there
    WHERE f.contype = 'f' AND c.relnamespace = current_schema()::regnamespace";

fn references(conn: &mut AnyConnection) -> BTreeSet<ReferenceRow> {
    let sqlite = matches!(conn, AnyConnection::Sqlite(_));
    let query = diesel::sql_query(if sqlite { SQLITE_REFERENCES } else { POSTGRES_REFERENCES });
    query.load(conn).expect("the references").into_iter().collect()
}

fn both_databases_have_the_same_references(db: &TestDatabase) {
    let sqlite = TestDatabase::fresh(Backend::Sqlite).expect("SQLite");
    let expected = references(&mut sqlite.connect());
    assert!(expected.iter().any(|row| (row.table_name.as_str(), row.target.as_str()) == ("involvement", "child")));
    assert_eq!(references(&mut db.connect()), expected);
}

/// Budgets and handles go by themselves; keys went when the record was closed.
fn a_purge_knows_every_table_of_a_child(db: &TestDatabase) {
    let going: BTreeSet<String> = child_index::store::purges::TABLES.map(str::to_owned).into();
    let elsewhere = ["budget_child", "child_key", "household_key"].map(str::to_owned).into_iter();
    let elsewhere = elsewhere.chain(child_index::store::purges::FORGETTING.map(str::to_owned));
    let held = whole(&mut db.connect());
    let of_a_child = held.iter().filter(|(_, columns)| columns.iter().any(|(name, _)| name == "child_id"));
    let of_a_child: BTreeSet<String> = of_a_child.map(|(table, _)| table.clone()).collect();
    let going: BTreeSet<String> = going.into_iter().chain(elsewhere).collect();
    assert_eq!(going, of_a_child, "store/purges.rs names every table that holds something of a child");
}

/// "Who is involved" is one contiguous range of the table itself, on SQLite.
fn tables_with_several_keys_are_clustered(db: &TestDatabase) {
    if db.backend() == Backend::Postgres {
        return; // PostgreSQL has heaps only; the primary key's index is the range there.
    }
    #[derive(QueryableByName)]
    struct Name {
        #[diesel(sql_type = Text)]
        name: String,
    }
    let clustered: Vec<Name> =
        diesel::sql_query("SELECT name FROM pragma_table_list WHERE wr").load(&mut db.connect()).expect("the tables");
    let clustered: BTreeSet<_> = clustered.into_iter().map(|row| row.name).collect();
    for (table, columns) in written() {
        let keys = columns.iter().filter(|(_, (_, _, key))| *key > 0).count();
        assert!(keys == 1 || clustered.contains(&table), "{table} has {keys} keys and wants WITHOUT ROWID");
    }
}
