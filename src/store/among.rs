//! Rows of which a column is among many numbers, by statements that stay prepared whatever the count: diesel would have SQLite
//! read and plan a list of places anew each time.

use diesel::expression::{AppearsOnTable, Expression, ValidGrouping};
use diesel::prelude::QueryResult;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{Bool, Text};
use diesel::sqlite::Sqlite;

/// That a column is among some numbers, which SQLite is given as a list in JSON.
#[derive(Debug, Clone, QueryId, ValidGrouping)]
pub(super) struct Among<C> {
    column: C,
    numbers: String,
}

impl<C> Among<C> {
    pub(super) fn new(column: C, numbers: &[i64]) -> Self {
        Self { column, numbers: list(numbers) }
    }
}

impl<C: Expression> Expression for Among<C> {
    type SqlType = Bool;
}

impl<C: AppearsOnTable<QS>, QS> AppearsOnTable<QS> for Among<C> {}

impl<C: QueryFragment<Sqlite>> QueryFragment<Sqlite> for Among<C> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        self.column.walk_ast(out.reborrow())?;
        out.push_sql(" IN (SELECT value FROM json_each(");
        out.push_bind_param::<Text, _>(&self.numbers)?;
        out.push_sql("))");
        Ok(())
    }
}

fn list(numbers: &[i64]) -> String {
    let mut text = String::with_capacity(numbers.len().saturating_mul(9).saturating_add(2));
    text.push('[');
    for (place, number) in numbers.iter().enumerate() {
        if place > 0 {
            text.push(',');
        }
        text.push_str(&number.to_string());
    }
    text.push(']');
    text
}

/// Loads the rows whose `$column` is among `$ids`, on either database. It is run without ids too, so that nobody takes as long
/// as somebody who may not be known of.
///
/// ```text
/// let rows = load_among!(conn, ids, child::table.select(Row::as_select()), child::id, Row)?;
/// ```
macro_rules! load_among {
    ($conn:expr, $ids:expr, $query:expr, $column:path, $row:ty) => {
        match &mut *$conn {
            $crate::store::connections::AnyConnection::Sqlite(inner) => {
                let among = $crate::store::among::Among::new($column, $ids);
                diesel::RunQueryDsl::load::<$row>(diesel::QueryDsl::filter($query, among), inner)
            }
            $crate::store::connections::AnyConnection::Postgres(inner) => {
                let among = diesel::ExpressionMethods::eq_any($column, $ids);
                diesel::RunQueryDsl::load::<$row>(diesel::QueryDsl::filter($query, among), inner)
            }
        }
    };
}
pub(crate) use load_among;
