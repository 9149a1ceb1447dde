//! Alerts: raising them once for an occasion, listing them, and working through them.

use diesel::prelude::*;
use uuid::Uuid;

use super::audit::column;
use super::columns::{code, text};
use super::connections::AnyConnection;
use super::dialect::{insert_all, on_each};
use super::errors::{StoreError, StoreResult};
use super::schema::{alert, alert_event};
use crate::domain::alerts::rules::RuleKind;
use crate::domain::alerts::scenes::Noticed;
use crate::domain::alerts::{Alert, AlertStatus};
use crate::domain::instants::Instant;

/// The most events that an alert names.
const MOST_EVENTS: i64 = 200;
/// The most alerts about overrides that are looked through for one that an investigation closes.
const MOST_OVERRIDES: i64 = 500;

/// A row of `alert`.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = alert, treat_none_as_null = true)]
struct AlertRow {
    id: String,
    rule: String,
    occasion: String,
    account_id: String,
    organisation_id: String,
    area: String,
    protected: bool,
    status: String,
    outcome: Option<String>,
    measure: i64,
    threshold: i64,
    raised_at: i64,
    reviewed_by: Option<String>,
    reviewed_at: Option<i64>,
    closed_at: Option<i64>,
    version: i64,
}

#[derive(Insertable)]
#[diesel(table_name = alert_event)]
struct EventRow {
    alert_id: String,
    idx: i64,
}

impl From<&Alert> for AlertRow {
    fn from(alert: &Alert) -> Self {
        Self {
            id: alert.id.to_string(),
            rule: alert.rule.code().to_owned(),
            occasion: alert.occasion.clone(),
            account_id: alert.account.to_string(),
            organisation_id: alert.organisation.to_string(),
            area: alert.area.clone(),
            protected: alert.protected,
            status: alert.status.code().to_owned(),
            outcome: alert.outcome.map(|outcome| outcome.code().to_owned()),
            measure: alert.measure,
            threshold: alert.threshold,
            raised_at: alert.raised_at.0,
            reviewed_by: alert.reviewed_by.map(|id| id.to_string()),
            reviewed_at: alert.reviewed_at.map(|at| at.0),
            closed_at: alert.closed_at.map(|at| at.0),
            version: alert.version,
        }
    }
}

impl AlertRow {
    fn with(self, events: Vec<u64>) -> StoreResult<Alert> {
        Ok(Alert {
            id: text(&self.id)?,
            rule: code(&self.rule)?,
            occasion: self.occasion,
            account: text(&self.account_id)?,
            organisation: text(&self.organisation_id)?,
            area: self.area,
            protected: self.protected,
            status: code(&self.status)?,
            outcome: self.outcome.as_deref().map(code).transpose()?,
            measure: self.measure,
            threshold: self.threshold,
            raised_at: Instant(self.raised_at),
            reviewed_by: self.reviewed_by.as_deref().map(text).transpose()?,
            reviewed_at: self.reviewed_at.map(Instant),
            closed_at: self.closed_at.map(Instant),
            version: self.version,
            events,
        })
    }
}

/// Whether what a rule noticed is worth writing down: nothing of the kind is known of the account on this occasion, or
/// an open alert of it has grown to twice what it was.
///
/// # Errors
/// As the database's.
pub fn is_news(conn: &mut AnyConnection, account: Uuid, noticed: &Noticed) -> StoreResult<bool> {
    let known: Option<(String, i64)> = on_each!(conn, |c| alert::table
        .filter(alert::account_id.eq(account.to_string()))
        .filter(alert::rule.eq(noticed.kind.code()))
        .filter(alert::occasion.eq(&noticed.occasion))
        .select((alert::status, alert::measure))
        .get_result(c)
        .optional())?;
    Ok(known.is_none_or(|(status, measure)| {
        status == AlertStatus::Open.code() && noticed.measure >= measure.saturating_mul(2)
    }))
}

/// What came of raising an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Raised {
    /// It is new.
    New,
    /// The one with this id has grown.
    Grown(Uuid),
    /// Nothing was new about it.
    Known,
}

/// Raises an alert; where the same rule has raised one for the account and occasion, that one grows while it is open.
///
/// # Errors
/// As the database's.
pub fn raise(conn: &mut AnyConnection, new: &Alert) -> StoreResult<Raised> {
    let row = AlertRow::from(new);
    let earlier: Option<(String, String)> = on_each!(conn, |c| alert::table
        .filter(alert::account_id.eq(&row.account_id))
        .filter(alert::rule.eq(&row.rule))
        .filter(alert::occasion.eq(&row.occasion))
        .select((alert::id, alert::status))
        .get_result(c)
        .optional())?;
    let Some((id, status)) = earlier else {
        on_each!(conn, |c| diesel::insert_into(alert::table).values(&row).execute(c))?;
        add_events(conn, &row.id, &new.events)?;
        return Ok(Raised::New);
    };
    if status == AlertStatus::Open.code() {
        let place = alert::table.filter(alert::id.eq(&id)).filter(alert::measure.lt(new.measure));
        let set = (alert::measure.eq(new.measure), alert::version.eq(alert::version + 1));
        let grown = on_each!(conn, |c| diesel::update(place).set(set).execute(c))?;
        if grown > 0 {
            add_events(conn, &id, &new.events)?;
            return Ok(Raised::Grown(text(&id)?));
        }
    }
    Ok(Raised::Known)
}

/// Lists the alerts about overrides that nobody has closed, newest first.
///
/// # Errors
/// As the database's.
pub fn list_overrides(conn: &mut AnyConnection) -> StoreResult<Vec<Alert>> {
    let closed = AlertStatus::Closed.code();
    let rows: Vec<AlertRow> = on_each!(conn, |c| alert::table
        .filter(alert::rule.eq(RuleKind::Override.code()))
        .filter(alert::status.ne(closed))
        .order(alert::id.desc())
        .limit(MOST_OVERRIDES)
        .select(AlertRow::as_select())
        .load(c))?;
    rows.into_iter().map(|row| with_events(conn, row)).collect()
}

fn with_events(conn: &mut AnyConnection, row: AlertRow) -> StoreResult<Alert> {
    let events = list_events(conn, &row.id)?;
    row.with(events)
}

fn add_events(conn: &mut AnyConnection, id: &str, events: &[u64]) -> StoreResult<()> {
    let rows = events.iter().map(|index| Ok(EventRow { alert_id: id.to_owned(), idx: column(*index)? }));
    let rows: Vec<EventRow> = rows.collect::<StoreResult<_>>()?;
    insert_all!(conn, alert_event::table, &rows, |insert| insert.on_conflict_do_nothing())?;
    Ok(())
}

/// Which alerts are wanted.
#[derive(Debug, Clone, Default)]
pub struct AlertFilter {
    /// Of accounts of this area.
    pub area: Option<String>,
    /// Not those that rest on what is hidden.
    pub plain_only: bool,
    /// In this state.
    pub status: Option<AlertStatus>,
    /// Raised by this rule.
    pub rule: Option<RuleKind>,
    /// About this account.
    pub account: Option<Uuid>,
    /// Older than this one.
    pub before: Option<Uuid>,
    /// At most so many.
    pub limit: u16,
}

/// Lists alerts, newest first, without the events they rest on.
///
/// # Errors
/// As the database's.
pub fn list(conn: &mut AnyConnection, filter: &AlertFilter) -> StoreResult<Vec<Alert>> {
    let mut query =
        alert::table.select(AlertRow::as_select()).order(alert::id.desc()).limit(filter.limit.into()).into_boxed();
    if let Some(area) = &filter.area {
        query = query.filter(alert::area.eq(area));
    }
    if filter.plain_only {
        query = query.filter(alert::protected.eq(false));
    }
    if let Some(status) = filter.status {
        query = query.filter(alert::status.eq(status.code()));
    }
    if let Some(rule) = filter.rule {
        query = query.filter(alert::rule.eq(rule.code()));
    }
    if let Some(account) = filter.account {
        query = query.filter(alert::account_id.eq(account.to_string()));
    }
    if let Some(before) = filter.before {
        query = query.filter(alert::id.lt(before.to_string()));
    }
    let rows: Vec<AlertRow> = query.load(conn)?;
    rows.into_iter().map(|row| row.with(Vec::new())).collect()
}

/// Finds an alert.
///
/// # Errors
/// As the database's.
pub fn find(conn: &mut AnyConnection, id: Uuid) -> StoreResult<Option<Alert>> {
    let id = id.to_string();
    let row: Option<AlertRow> = on_each!(conn, |c| alert::table
        .filter(alert::id.eq(&id))
        .select(AlertRow::as_select())
        .get_result(c)
        .optional())?;
    row.map(|row| with_events(conn, row)).transpose()
}

fn list_events(conn: &mut AnyConnection, id: &str) -> StoreResult<Vec<u64>> {
    let indexes: Vec<i64> = on_each!(conn, |c| alert_event::table
        .filter(alert_event::alert_id.eq(id))
        .order(alert_event::idx.desc())
        .limit(MOST_EVENTS)
        .select(alert_event::idx)
        .load(c))?;
    let out_of_range = |_| StoreError::broken("an event of an alert is out of range");
    indexes.into_iter().map(|index| u64::try_from(index).map_err(out_of_range)).collect()
}

/// Replaces an alert; `changed` carries the version that was read, and the row gets the next.
///
/// # Errors
/// `NotFound` where that version is no longer there.
pub fn update(conn: &mut AnyConnection, changed: &Alert) -> StoreResult<()> {
    let mut row = AlertRow::from(changed);
    row.version = row.version.saturating_add(1);
    let place = alert::table.filter(alert::id.eq(&row.id)).filter(alert::version.eq(changed.version));
    let updated = on_each!(conn, |c| diesel::update(place).set(&row).execute(c))?;
    if updated == 1 { Ok(()) } else { Err(StoreError::NotFound) }
}
