//! Key indicators: counts made from the tables for one period, and what was published of it, which is kept.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::NaiveDate;
use diesel::prelude::*;

use super::columns::{code, text};
use super::connections::AnyConnection;
use super::dialect::{insert_all, on_each};
use super::errors::StoreResult;
use super::schema::{
    account, child, enquiry, enquiry_step, imported_cell, indicator_cell, indicator_period, involvement, organisation,
};
use crate::domain::accounts::AccountStatus;
use crate::domain::children::{ChildStatus, Publication};
use crate::domain::enquiries::EnquiryOutcome;
use crate::domain::indicators::{Counts, HalfYear, ImportedIndicator, Indicator, Published};
use crate::domain::instants::{DAY, Instant};
use crate::domain::involvements::LeadKind;
use crate::domain::services::{Freshness, FreshnessLimits, Service};

/// The locality of what belongs to no district that may be told: no address, a hidden one, or no child at all.
pub const ELSEWHERE: &str = "other";

/// When a period was frozen; none where it has not been.
///
/// # Errors
/// As the database's.
pub fn find_frozen(conn: &mut AnyConnection, area: &str, period: HalfYear) -> StoreResult<Option<Instant>> {
    let at: Option<i64> = on_each!(conn, |c| indicator_period::table
        .filter(indicator_period::area.eq(area))
        .filter(indicator_period::period.eq(period.to_string()))
        .select(indicator_period::frozen_at)
        .get_result(c)
        .optional())?;
    Ok(at.map(Instant))
}

/// What was published of a period, with the version of each definition.
///
/// # Errors
/// As the database's.
pub fn list_published(
    conn: &mut AnyConnection,
    area: &str,
    period: HalfYear,
) -> StoreResult<BTreeMap<Indicator, Published>> {
    let rows: Vec<(String, String, String)> = on_each!(conn, |c| indicator_cell::table
        .filter(indicator_cell::area.eq(area))
        .filter(indicator_cell::period.eq(period.to_string()))
        .select((indicator_cell::indicator, indicator_cell::locality, indicator_cell::cell))
        .load(c))?;
    let mut published: BTreeMap<Indicator, Published> = BTreeMap::new();
    for (indicator, locality, cell) in rows {
        let of = published.entry(code(&indicator)?).or_insert_with(|| Published { cells: BTreeMap::new() });
        of.cells.insert(locality, text(&cell)?);
    }
    Ok(published)
}

#[derive(Insertable)]
#[diesel(table_name = indicator_cell)]
struct CellRow {
    area: String,
    period: String,
    indicator: String,
    locality: String,
    cell: String,
    definition: i32,
}

/// Keeps what is published of a period; what it was made from is not kept.
///
/// # Errors
/// `Conflict` of `indicator_period_pkey` where the period is frozen already.
pub fn freeze(
    conn: &mut AnyConnection,
    area: &str,
    period: HalfYear,
    published: &BTreeMap<Indicator, Published>,
    now: Instant,
) -> StoreResult<()> {
    let row = (
        indicator_period::area.eq(area),
        indicator_period::period.eq(period.to_string()),
        indicator_period::frozen_at.eq(now.0),
    );
    on_each!(conn, |c| diesel::insert_into(indicator_period::table).values(&row).execute(c))?;
    let rows: Vec<CellRow> = published
        .iter()
        .flat_map(|(indicator, published)| {
            published.cells.iter().map(move |(locality, cell)| (indicator, locality, cell))
        })
        .map(|(indicator, locality, cell)| CellRow {
            area: area.to_owned(),
            period: period.to_string(),
            indicator: indicator.code().to_owned(),
            locality: locality.clone(),
            cell: cell.to_string(),
            definition: indicator.definition().version.into(),
        })
        .collect();
    insert_all!(conn, indicator_cell::table, &rows)?;
    Ok(())
}

/// Figures from outside of a period.
///
/// # Errors
/// As the database's.
pub fn list_imported(conn: &mut AnyConnection, area: &str, period: HalfYear) -> StoreResult<Vec<ImportedIndicator>> {
    let rows: Vec<(String, String, String, String)> = on_each!(conn, |c| imported_cell::table
        .filter(imported_cell::area.eq(area))
        .filter(imported_cell::period.eq(period.to_string()))
        .order((imported_cell::indicator, imported_cell::locality))
        .select((imported_cell::indicator, imported_cell::locality, imported_cell::cell, imported_cell::source))
        .load(c))?;
    let mut all: Vec<ImportedIndicator> = Vec::new();
    for (indicator, locality, cell, source) in rows {
        let (indicator, cell) = (code(&indicator)?, text(&cell)?);
        match all.last_mut().filter(|last| last.indicator == indicator) {
            Some(last) => {
                last.published.cells.insert(locality, cell);
            }
            None => all.push(ImportedIndicator {
                indicator,
                source,
                published: Published { cells: BTreeMap::from([(locality, cell)]) },
            }),
        }
    }
    Ok(all)
}

#[derive(Insertable)]
#[diesel(table_name = imported_cell)]
struct ImportedRow {
    area: String,
    period: String,
    indicator: String,
    locality: String,
    cell: String,
    source: String,
    imported_at: i64,
}

/// Replaces the figures of one indicator from outside for a period.
///
/// # Errors
/// As the database's.
pub fn replace_imported(
    conn: &mut AnyConnection,
    area: &str,
    period: HalfYear,
    imported: &ImportedIndicator,
    now: Instant,
) -> StoreResult<()> {
    let place = imported_cell::table
        .filter(imported_cell::area.eq(area))
        .filter(imported_cell::period.eq(period.to_string()))
        .filter(imported_cell::indicator.eq(imported.indicator.code()));
    on_each!(conn, |c| diesel::delete(place).execute(c))?;
    let row = |(locality, cell): (&String, &crate::domain::indicators::Cell)| ImportedRow {
        area: area.to_owned(),
        period: period.to_string(),
        indicator: imported.indicator.code().to_owned(),
        locality: locality.clone(),
        cell: cell.to_string(),
        source: imported.source.clone(),
        imported_at: now.0,
    };
    let rows: Vec<ImportedRow> = imported.published.cells.iter().map(row).collect();
    insert_all!(conn, imported_cell::table, &rows)?;
    Ok(())
}

/// Counts every indicator of a period by locality. What is counted leaves by way of [`Published`] and no other.
///
/// # Errors
/// As the database's.
pub fn count(
    conn: &mut AnyConnection,
    area: &str,
    period: HalfYear,
    freshness: &FreshnessLimits,
) -> StoreResult<BTreeMap<Indicator, Counts>> {
    let mut counts: BTreeMap<Indicator, Counts> =
        Indicator::ALL.iter().map(|indicator| (*indicator, Counts::new())).collect();
    let places = list_places(conn, area, period)?;
    count_enquiries(conn, area, period, &places, &mut counts)?;
    count_involvements(conn, period, freshness, &places, &mut counts)?;
    count_accounts(conn, area, period, &mut counts)?;
    // Every locality stands in every table, so that where nothing happened is suppressed like where little did.
    let localities: HashSet<String> = places.values().cloned().chain([ELSEWHERE.to_owned()]).collect();
    for of in counts.values_mut() {
        for locality in &localities {
            of.entry(locality.clone()).or_insert(0);
        }
    }
    Ok(counts)
}

/// The locality of every child that counts: live and published; of hidden ones no locality is told, since it would tell
/// where they are.
fn list_places(conn: &mut AnyConnection, area: &str, period: HalfYear) -> StoreResult<HashMap<i64, String>> {
    type Row = (i64, Option<String>, Option<String>, bool, bool, Option<NaiveDate>);
    let rows: Vec<Row> = on_each!(conn, |c| child::table
        .filter(child::area.eq(area))
        .filter(child::publication.eq(Publication::Published.code()))
        .filter(child::status.eq(ChildStatus::Active.code()))
        .select((child::id, child::postcode, child::shield, child::sealed, child::address_held, child::date_of_birth))
        .load(c))?;
    let adult_born_before = period.day_after().checked_sub_months(chrono::Months::new(18 * 12)).unwrap_or_default();
    let mut places = HashMap::with_capacity(rows.len());
    for (id, postcode, shield, sealed, held, born) in rows {
        if sealed || born.is_some_and(|born| born < adult_born_before) {
            continue;
        }
        let open = shield.is_none() && !held;
        let district = postcode.filter(|_| open).and_then(|postcode| Some(postcode.split(' ').next()?.to_owned()));
        places.insert(id, district.unwrap_or_else(|| ELSEWHERE.to_owned()));
    }
    Ok(places)
}

fn add(counts: &mut BTreeMap<Indicator, Counts>, indicator: Indicator, locality: &str) {
    let cell = counts.entry(indicator).or_default().entry(locality.to_owned()).or_insert(0);
    *cell = cell.saturating_add(1);
}

fn count_enquiries(
    conn: &mut AnyConnection,
    area: &str,
    period: HalfYear,
    places: &HashMap<i64, String>,
    counts: &mut BTreeMap<Indicator, Counts>,
) -> StoreResult<()> {
    let (from, to) = (Instant::start_of(period.first_day()), Instant::start_of(period.day_after()));
    let year_before = from.plus(-365 * DAY);
    type Row = (String, Option<i64>, bool, i64);
    let rows: Vec<Row> = on_each!(conn, |c| enquiry::table
        .filter(enquiry::area.eq(area))
        .filter(enquiry::recorded_at.ge(year_before.0))
        .filter(enquiry::recorded_at.lt(to.0))
        .order(enquiry::recorded_at)
        .select((enquiry::id, enquiry::child_id, enquiry::known, enquiry::recorded_at))
        .load(c))?;
    let steps: Vec<(String, String, i64)> = on_each!(conn, |c| enquiry_step::table
        .inner_join(enquiry::table.on(enquiry::id.eq(enquiry_step::enquiry_id)))
        .filter(enquiry::area.eq(area))
        .filter(enquiry::recorded_at.ge(year_before.0))
        .filter(enquiry_step::at.lt(to.0))
        .order((enquiry_step::enquiry_id, enquiry_step::position))
        .select((enquiry_step::enquiry_id, enquiry_step::outcome, enquiry_step::at))
        .load(c))?;
    let mut chains: HashMap<&str, Vec<(&str, i64)>> = HashMap::new();
    for (id, outcome, at) in &steps {
        chains.entry(id).or_default().push((outcome, *at));
    }
    let mut referred: HashMap<i64, i64> = HashMap::new();
    for (id, child, known, recorded_at) in &rows {
        let chain = chains.get(id.as_str()).map(Vec::as_slice).unwrap_or_default();
        let has = |outcome: EnquiryOutcome| chain.iter().any(|(each, _)| *each == outcome.code());
        let is_referral = has(EnquiryOutcome::Allocated);
        let before = child.and_then(|child| if is_referral { referred.insert(child, *recorded_at) } else { None });
        if *recorded_at < from.0 {
            continue;
        }
        let locality = child.and_then(|child| places.get(&child)).map_or(ELSEWHERE, String::as_str);
        add(counts, Indicator::Enquiries, locality);
        let due = crate::domain::enquiries::one_working_day_after(Instant(*recorded_at));
        let first = chain.first().map_or(to.0, |(_, at)| *at);
        let facts = [
            (Indicator::AlreadyKnown, *known),
            (Indicator::Referrals, is_referral),
            (Indicator::Accepted, has(EnquiryOutcome::Accepted)),
            (Indicator::ReReferrals, before.is_some_and(|before| recorded_at.saturating_sub(before) <= 365 * DAY)),
            (Indicator::LateDecisions, first > due.0),
        ];
        facts.into_iter().filter(|(_, holds)| *holds).for_each(|(indicator, _)| add(counts, indicator, locality));
    }
    Ok(())
}

fn count_involvements(
    conn: &mut AnyConnection,
    period: HalfYear,
    freshness: &FreshnessLimits,
    places: &HashMap<i64, String>,
    counts: &mut BTreeMap<Indicator, Counts>,
) -> StoreResult<()> {
    let last = period.day_after().pred_opt().unwrap_or_default();
    let end = Instant::start_of(period.day_after());
    type Row = (i64, String, Option<String>, i64, Option<String>);
    let rows: Vec<Row> = on_each!(conn, |c| involvement::table
        .filter(involvement::started_on.le(last))
        .filter(involvement::ended_on.is_null().or(involvement::ended_on.ge(last)))
        .filter(involvement::withdrawn_at.is_null())
        .select((
            involvement::child_id,
            involvement::service,
            involvement::lead,
            involvement::last_confirmed_at,
            involvement::ground
        ))
        .load(c))?;
    let (mut early_help, mut led, mut protected, mut social) =
        (HashSet::new(), HashSet::new(), HashSet::new(), HashSet::new());
    for (child, service, lead, confirmed_at, ground) in rows {
        let Some(locality) = places.get(&child) else { continue };
        // Sensitive entries count nowhere: what is told of them would tell of few.
        if ground.is_some() {
            continue;
        }
        if freshness.freshness(Instant(confirmed_at), end) == Freshness::Stale {
            add(counts, Indicator::StaleContacts, locality);
        }
        let is = |wanted: Service| service == wanted.code();
        if is(Service::EarlyHelp) || is(Service::FamilySupport) {
            early_help.insert(child);
        }
        if is(Service::ChildrensSocialCare) {
            social.insert(child);
        }
        match lead.as_deref() {
            Some(kind) if kind == LeadKind::ChildProtection.code() => protected.insert(child),
            Some(_) => led.insert(child),
            None => false,
        };
    }
    let of = [
        (
            Indicator::WithoutLead,
            early_help.difference(&led).filter(|child| !protected.contains(child)).copied().collect::<Vec<_>>(),
        ),
        (Indicator::ChildProtection, protected.iter().copied().collect()),
        (Indicator::SectionSeventeen, social.difference(&protected).copied().collect()),
    ];
    for (indicator, children) in of {
        for child in children {
            add(counts, indicator, places.get(&child).map_or(ELSEWHERE, String::as_str));
        }
    }
    Ok(())
}

fn count_accounts(
    conn: &mut AnyConnection,
    area: &str,
    period: HalfYear,
    counts: &mut BTreeMap<Indicator, Counts>,
) -> StoreResult<()> {
    let end = Instant::start_of(period.day_after());
    let last = period.day_after().pred_opt().unwrap_or_default();
    let untrained: i64 = on_each!(conn, |c| account::table
        .inner_join(organisation::table.on(organisation::id.eq(account::organisation_id)))
        .filter(account::area.eq(area))
        .filter(account::status.eq(AccountStatus::Active.code()))
        .filter(account::created_at.lt(end.0))
        .filter(account::trained_until.is_null().or(account::trained_until.lt(last)))
        .count()
        .get_result(c))?;
    let of = counts.entry(Indicator::Untrained).or_default();
    of.insert(ELSEWHERE.to_owned(), u64::try_from(untrained).unwrap_or_default());
    Ok(())
}
