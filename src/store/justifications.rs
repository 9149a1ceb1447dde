//! Questions put to account holders: why they opened a record. Silence is found by its due time.

use diesel::prelude::*;
use uuid::Uuid;

use super::audit::column;
use super::columns::{code, text};
use super::connections::AnyConnection;
use super::dialect::{insert_all, on_each};
use super::errors::{StoreError, StoreResult};
use super::schema::justification;
use crate::domain::alerts::Justification;
use crate::domain::instants::Instant;

/// A question put to an account holder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Its id.
    pub id: Uuid,
    /// Who is asked.
    pub account: Uuid,
    /// The event they are asked about.
    pub event: u64,
    /// When they were asked.
    pub asked_at: Instant,
    /// Until when they are to answer.
    pub due_at: Instant,
    /// What they said.
    pub answer: Option<Justification>,
    /// When they said it.
    pub answered_at: Option<Instant>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = justification)]
struct Row {
    id: String,
    account_id: String,
    idx: i64,
    asked_at: i64,
    due_at: i64,
    answer: Option<String>,
    answered_at: Option<i64>,
    escalated: bool,
}

impl Row {
    fn read(self) -> StoreResult<Asked> {
        Ok(Asked {
            id: text(&self.id)?,
            account: text(&self.account_id)?,
            event: u64::try_from(self.idx).map_err(|_| StoreError::broken("an event asked about is out of range"))?,
            asked_at: Instant(self.asked_at),
            due_at: Instant(self.due_at),
            answer: self.answer.as_deref().map(code).transpose()?,
            answered_at: self.answered_at.map(Instant),
        })
    }
}

/// Puts questions; one about an event that was asked about already is left out.
///
/// # Errors
/// As the database's.
pub fn ask(conn: &mut AnyConnection, questions: &[Asked]) -> StoreResult<()> {
    let rows = questions.iter().map(|asked| {
        Ok(Row {
            id: asked.id.to_string(),
            account_id: asked.account.to_string(),
            idx: column(asked.event)?,
            asked_at: asked.asked_at.0,
            due_at: asked.due_at.0,
            answer: None,
            answered_at: None,
            escalated: false,
        })
    });
    let rows: Vec<Row> = rows.collect::<StoreResult<_>>()?;
    insert_all!(conn, justification::table, &rows, |insert| insert.on_conflict_do_nothing())?;
    Ok(())
}

/// Lists what an account holder has not answered, oldest first.
///
/// # Errors
/// As the database's.
pub fn list_open(conn: &mut AnyConnection, account: Uuid, limit: i64) -> StoreResult<Vec<Asked>> {
    let account = account.to_string();
    let rows: Vec<Row> = on_each!(conn, |c| justification::table
        .filter(justification::account_id.eq(&account))
        .filter(justification::answer.is_null())
        .order(justification::id)
        .limit(limit)
        .select(Row::as_select())
        .load(c))?;
    rows.into_iter().map(Row::read).collect()
}

/// Finds a question.
///
/// # Errors
/// As the database's.
pub fn find(conn: &mut AnyConnection, id: Uuid) -> StoreResult<Option<Asked>> {
    let id = id.to_string();
    let row: Option<Row> = on_each!(conn, |c| justification::table
        .filter(justification::id.eq(&id))
        .select(Row::as_select())
        .get_result(c)
        .optional())?;
    row.map(Row::read).transpose()
}

/// Keeps an answer.
///
/// # Errors
/// `NotFound` where it has been answered.
pub fn answer(conn: &mut AnyConnection, id: Uuid, answer: Justification, at: Instant) -> StoreResult<()> {
    let id = id.to_string();
    let place = justification::table.filter(justification::id.eq(&id)).filter(justification::answer.is_null());
    let set = (justification::answer.eq(answer.code()), justification::answered_at.eq(at.0));
    let changed = on_each!(conn, |c| diesel::update(place).set(set).execute(c))?;
    if changed == 1 { Ok(()) } else { Err(StoreError::NotFound) }
}

/// Questions whose silence an auditor should hear of and has not.
///
/// # Errors
/// As the database's.
pub fn list_overdue(conn: &mut AnyConnection, now: Instant, limit: i64) -> StoreResult<Vec<Asked>> {
    let rows: Vec<Row> = on_each!(conn, |c| justification::table
        .filter(justification::due_at.le(now.0))
        .filter(justification::answer.is_null().and(justification::escalated.eq(false)))
        .order(justification::due_at)
        .limit(limit)
        .select(Row::as_select())
        .load(c))?;
    rows.into_iter().map(Row::read).collect()
}

/// Remembers that an auditor has been told of this silence; gives of how many nobody had been told before.
///
/// # Errors
/// As the database's.
pub fn mark_escalated(conn: &mut AnyConnection, ids: &[Uuid]) -> StoreResult<usize> {
    let mut told = 0_usize;
    for id in ids {
        let id = id.to_string();
        let place = justification::table
            .filter(justification::id.eq(&id))
            .filter(justification::answer.is_null().and(justification::escalated.eq(false)));
        let marked = on_each!(conn, |c| diesel::update(place).set(justification::escalated.eq(true)).execute(c))?;
        told = told.saturating_add(marked);
    }
    Ok(told)
}
