//! What is counted for a period: every indicator by place, and published before it leaves here.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;
use diesel::prelude::*;

use super::{child_teams, enquiries, involvements, workforce};
use crate::domain::children::{ChildStatus, Publication};
use crate::domain::indicators::{ELSEWHERE, HalfYear, Indicator, Published, Tallies};
use crate::domain::instants::Instant;
use crate::domain::services::FreshnessLimits;
use crate::store::audit::{SearchCounts, count_searches};
use crate::store::compact::StoredDay;
use crate::store::connections::AnyConnection;
use crate::store::dialect::on_each;
use crate::store::errors::StoreResult;
use crate::store::schema::child;

/// What is counted, and when.
pub(super) struct Span<'a> {
    /// The area.
    pub area: &'a str,
    /// Its first moment.
    pub from: Instant,
    /// The moment after its last.
    pub to: Instant,
    /// Its first day.
    pub first: NaiveDate,
    /// Its last day.
    pub last: NaiveDate,
}

/// Counts every indicator of a period, and publishes it. Thousands of rows: on a pooled connection, never the recorder's.
///
/// # Errors
/// As the database's.
pub fn count(
    conn: &mut AnyConnection,
    area: &str,
    period: HalfYear,
    freshness: &FreshnessLimits,
) -> StoreResult<BTreeMap<Indicator, Published>> {
    let span = Span {
        area,
        from: Instant::start_of(period.first_day()),
        to: Instant::start_of(period.day_after()),
        first: period.first_day(),
        last: period.day_after().pred_opt().unwrap_or_default(),
    };
    let mut tallies = Tallies::default();
    let places = Places::list(conn, area, period)?;
    enquiries::count(conn, &span, &places, &mut tallies)?;
    involvements::count(conn, &span, &places, freshness, &mut tallies)?;
    involvements::count_transfers(conn, &span, &places, &mut tallies)?;
    child_teams::count(conn, &span, &places, &mut tallies)?;
    workforce::count(conn, &span, &mut tallies)?;
    let SearchCounts { all, without_match } = count_searches(conn, area, span.from, span.to)?;
    tallies.add_many(Indicator::Searches, area, all);
    tallies.add_many(Indicator::SearchesWithoutMatch, area, without_match);
    Ok(tallies.publish(area, &places.localities()))
}

/// The localities of the children who count.
pub(super) struct Places(HashMap<i64, String>);

impl Places {
    /// Live and published children of the area under 18; of hidden ones no locality is told, since it would tell where
    /// they are, and sealed ones count nowhere.
    fn list(conn: &mut AnyConnection, area: &str, period: HalfYear) -> StoreResult<Self> {
        type Row = (i64, Option<String>, Option<String>, bool, bool, Option<StoredDay>);
        let rows: Vec<Row> = on_each!(conn, |c| child::table
            .filter(child::area.eq(area))
            .filter(child::publication.eq(Publication::Published.code()))
            .filter(child::status.eq(ChildStatus::Active.code()))
            .select((
                child::id,
                child::postcode,
                child::shield,
                child::sealed,
                child::address_held,
                child::date_of_birth
            ))
            .load(c))?;
        let adult_born_before = period.day_after().checked_sub_months(chrono::Months::new(18 * 12)).unwrap_or_default();
        let mut places = HashMap::with_capacity(rows.len());
        for (id, postcode, shield, sealed, held, born) in rows {
            if sealed || born.is_some_and(|born| NaiveDate::from(born) < adult_born_before) {
                continue;
            }
            let open = shield.is_none() && !held;
            let district = postcode.filter(|_| open).and_then(|postcode| Some(postcode.split(' ').next()?.to_owned()));
            places.insert(id, district.unwrap_or_else(|| ELSEWHERE.to_owned()));
        }
        Ok(Self(places))
    }

    /// Where a child counts; none where it does not.
    pub(super) fn of(&self, child: i64) -> Option<&str> {
        self.0.get(&child).map(String::as_str)
    }

    /// Where what is about a child counts, whether the child itself does or not.
    pub(super) fn about(&self, child: Option<i64>) -> &str {
        child.and_then(|child| self.of(child)).unwrap_or(ELSEWHERE)
    }

    fn localities(&self) -> BTreeSet<String> {
        self.0.values().cloned().collect()
    }
}
