//! Stored text and bytes back into domain values; what cannot be read is a broken store, and its value is not told.

use std::str::FromStr;

use crate::domain::codes::Code;
use crate::store::errors::{StoreError, StoreResult};

/// The value of a closed set with this code.
pub(super) fn code<C: Code>(text: &str) -> StoreResult<C> {
    C::find(text).ok_or_else(|| StoreError::broken("a stored code is unknown"))
}

/// The value of a closed set with this code, where one is stored.
pub(super) fn optional_code<C: Code>(text: Option<&str>) -> StoreResult<Option<C>> {
    text.map(code).transpose()
}

/// A value that is stored as its text.
pub(super) fn text<T: FromStr>(text: &str) -> StoreResult<T> {
    text.parse().map_err(|_| StoreError::broken("a stored text could not be read"))
}

/// A value that is stored as its text, where one is stored.
pub(super) fn optional_text<T: FromStr>(value: Option<&str>) -> StoreResult<Option<T>> {
    value.map(text).transpose()
}

/// A position in a list, as stored.
pub(super) fn position(index: usize) -> StoreResult<i32> {
    i32::try_from(index).map_err(|_| StoreError::broken("a list is too long to be stored"))
}

#[diesel::declare_sql_function]
extern "SQL" {
    /// Small letters, as the database makes them: SQLite knows those of ASCII.
    fn lower(text: diesel::sql_types::Text) -> diesel::sql_types::Text;
}

/// The pattern that texts containing `part` match, with `\` as its escape.
pub(super) fn contains(part: &str) -> String {
    let mut pattern = String::with_capacity(part.len().saturating_add(2));
    pattern.push('%');
    for letter in part.chars() {
        if matches!(letter, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern.push('%');
    pattern
}
