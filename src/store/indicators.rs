//! Key indicators: what was published of a period, which is kept, and figures from outside; what is counted for a period
//! that is to be frozen is in the files below.

mod child_teams;
mod counting;
mod enquiries;
mod involvements;
mod workforce;

pub use counting::count;

use std::collections::BTreeMap;

use diesel::prelude::*;

use super::columns::{code, text};
use super::connections::AnyConnection;
use super::dialect::{insert_all, on_each};
use super::errors::{StoreError, StoreResult};
use super::schema::{imported_cell, indicator_cell, indicator_period};
use crate::domain::indicators::{
    Cell, Figure, HalfYear, ImportedIndicator, Indicator, Making, OutsideIndicator, Published,
};
use crate::domain::instants::Instant;

/// Where the figure of the whole area stands, of an indicator whose figures do not add up to it.
const WHOLE: &str = "whole";

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

/// An indicator as it was frozen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frozen {
    /// The version of its definition then.
    pub version: u16,
    /// Its figures.
    pub published: Published,
}

/// What was published of a period, with the version of each definition. What came to be counted later is absent, and is
/// not counted after the fact.
///
/// # Errors
/// As the database's.
pub fn list_published(
    conn: &mut AnyConnection,
    area: &str,
    period: HalfYear,
) -> StoreResult<BTreeMap<Indicator, Frozen>> {
    let rows: Vec<(String, String, String, i32)> = on_each!(conn, |c| indicator_cell::table
        .filter(indicator_cell::area.eq(area))
        .filter(indicator_cell::period.eq(period.to_string()))
        .select((indicator_cell::indicator, indicator_cell::locality, indicator_cell::cell, indicator_cell::definition))
        .load(c))?;
    let mut figures: BTreeMap<Indicator, (u16, BTreeMap<String, Figure>)> = BTreeMap::new();
    for (indicator, place, cell, version) in rows {
        let indicator: Indicator = code(&indicator)?;
        let figure = Figure::read(indicator.unit(), &cell)
            .map_err(|error| StoreError::broken_by("a stored figure could not be read", &error))?;
        let version = u16::try_from(version).map_err(|_| StoreError::broken("a definition has no such version"))?;
        figures.entry(indicator).or_insert_with(|| (version, BTreeMap::new())).1.insert(place, figure);
    }
    let frozen =
        |(indicator, (version, figures))| (indicator, Frozen { version, published: together(indicator, figures) });
    Ok(figures.into_iter().map(frozen).collect())
}

/// The figures of an indicator with that of the whole area, which is kept beside them or adds up from them.
fn together(indicator: Indicator, mut figures: BTreeMap<String, Figure>) -> Published {
    match indicator.making() {
        Making::Median | Making::Share => {
            let whole = figures.remove(WHOLE).unwrap_or(Figure::Withheld);
            Published { figures, whole }
        }
        Making::Counted | Making::Retired | Making::Quotient { .. } => {
            let cells = figures.into_iter().filter_map(|(place, figure)| match figure {
                Figure::Count(cell) => Some((place, cell)),
                _ => None,
            });
            Published::of_cells(cells)
        }
    }
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
            let whole =
                matches!(indicator.making(), Making::Median | Making::Share).then_some((WHOLE, published.whole));
            let figures = published.figures.iter().map(|(place, figure)| (place.as_str(), *figure));
            figures.chain(whole).map(move |(place, figure)| (*indicator, place, figure))
        })
        .map(|(indicator, place, figure)| CellRow {
            area: area.to_owned(),
            period: period.to_string(),
            indicator: indicator.code().to_owned(),
            locality: place.to_owned(),
            cell: figure.to_string(),
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
    type Cells = Vec<(String, Cell)>;
    let mut all: Vec<(OutsideIndicator, String, Cells)> = Vec::new();
    for (indicator, locality, cell, source) in rows {
        let (indicator, cell) = (code(&indicator)?, text(&cell)?);
        match all.last_mut().filter(|(last, ..)| *last == indicator) {
            Some((.., cells)) => cells.push((locality, cell)),
            None => all.push((indicator, source, vec![(locality, cell)])),
        }
    }
    let imported =
        |(indicator, source, cells)| ImportedIndicator { indicator, source, published: Published::of_cells(cells) };
    Ok(all.into_iter().map(imported).collect())
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
    let row = |(locality, figure): (&String, &Figure)| ImportedRow {
        area: area.to_owned(),
        period: period.to_string(),
        indicator: imported.indicator.code().to_owned(),
        locality: locality.clone(),
        cell: figure.to_string(),
        source: imported.source.clone(),
        imported_at: now.0,
    };
    let rows: Vec<ImportedRow> = imported.published.figures.iter().map(row).collect();
    insert_all!(conn, imported_cell::table, &rows)?;
    Ok(())
}
