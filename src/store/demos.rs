//! What a demo remembers of how it was made, and its children by their source's key.

use diesel::prelude::*;

use super::columns::text;
use super::connections::AnyConnection;
use super::dialect::on_each;
use super::errors::StoreResult;
use super::schema::{child, organisation, setting};
use crate::domain::index_numbers::IndexNumber;

const RECIPE: &str = "demo-recipe";

/// How the population was made; none where the index is no demo.
///
/// # Errors
/// As the database's.
pub fn find_recipe(conn: &mut AnyConnection) -> StoreResult<Option<String>> {
    let found = on_each!(conn, |c| setting::table
        .filter(setting::name.eq(RECIPE))
        .select(setting::value)
        .get_result(c)
        .optional())?;
    Ok(found)
}

/// Remembers how the population was made.
///
/// # Errors
/// `Conflict` where that is remembered already.
pub fn insert_recipe(conn: &mut AnyConnection, recipe: &str) -> StoreResult<()> {
    let row = (setting::name.eq(RECIPE), setting::value.eq(recipe));
    on_each!(conn, |c| diesel::insert_into(setting::table).values(&row).execute(c))?;
    Ok(())
}

/// The number of the synthetic child with a source's key.
///
/// # Errors
/// As the database's.
pub fn find_number(
    conn: &mut AnyConnection,
    source_key: &str,
    supplied_by: Option<&str>,
) -> StoreResult<Option<IndexNumber>> {
    let mut query = child::table
        .inner_join(organisation::table.on(organisation::id.eq(child::supplied_by)))
        .filter(child::source_key.eq(source_key))
        .select(child::index_number)
        .into_boxed();
    if let Some(code) = supplied_by {
        query = query.filter(organisation::code.eq(code));
    }
    let number: Option<String> = query.first(conn).optional()?;
    number.as_deref().map(text).transpose()
}
