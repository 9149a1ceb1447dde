//! Teams around the children of an area that should have looked again.

use diesel::prelude::*;

use super::counting::{Places, Span};
use crate::domain::indicators::{Indicator, Tallies};
use crate::store::connections::AnyConnection;
use crate::store::dialect::on_each;
use crate::store::errors::StoreResult;
use crate::store::schema::{child, child_team};

/// Counts the reviews that were overdue on the last day of a period.
pub(super) fn count(
    conn: &mut AnyConnection,
    span: &Span<'_>,
    places: &Places,
    tallies: &mut Tallies,
) -> StoreResult<()> {
    let overdue: Vec<i64> = on_each!(conn, |c| child_team::table
        .inner_join(child::table.on(child::id.eq(child_team::child_id)))
        .filter(child_team::next_review_on.lt(span.last))
        .filter(child::area.eq(span.area))
        .select(child_team::child_id)
        .load(c))?;
    for place in overdue.into_iter().filter_map(|child| places.of(child)) {
        tallies.add(Indicator::ReviewsOverdue, place);
    }
    Ok(())
}
