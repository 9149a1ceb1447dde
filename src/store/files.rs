//! A child's file: what a decision needs and what it may open, read at once and kept closed until there is a permit.

use chrono::NaiveDate;

use super::connections::AnyConnection;
use super::errors::{StoreError, StoreResult};
use super::{cases, children, involvements};
use crate::domain::children::ChildRecord;
use crate::domain::ids::ChildId;
use crate::domain::involvements::Involvement;
use crate::domain::policy::{Action, Permit, Subject, Tie};

/// A child's record and involvements. Only [`ChildFile::subject`] can be had without a permit for this very child.
pub struct ChildFile {
    subject: Subject,
    record: ChildRecord,
    involvements: Vec<Involvement>,
}

/// Finds a child's file as of `day`.
///
/// # Errors
/// As the database's.
pub fn find(conn: &mut AnyConnection, id: ChildId, day: NaiveDate) -> StoreResult<Option<ChildFile>> {
    let Some((record, pseudonym)) = children::find_row(conn, id)? else { return Ok(None) };
    let involvements = involvements::list_rows(conn, id)?;
    let mut subject = Subject::of(&record, pseudonym, day);
    subject.ties = involvements.iter().map(|entry| tie(entry, day)).collect();
    subject.cases = cases::list_open(conn, id)?;
    Ok(Some(ChildFile { subject, record, involvements }))
}

fn tie(entry: &Involvement, day: NaiveDate) -> Tie {
    Tie {
        organisation: entry.organisation,
        entered_by: entry.entered_by,
        live: entry.is_live_on(day) && entry.withdrawn_at.is_none(),
    }
}

impl ChildFile {
    /// The facts of a decision about this child; never shown.
    #[must_use]
    pub fn subject(&self) -> &Subject {
        &self.subject
    }

    /// The record.
    ///
    /// # Errors
    /// `Broken` where the permit is for another child.
    pub fn record<A: Action>(&self, permit: &Permit<A>) -> StoreResult<&ChildRecord> {
        self.check(permit).map(|()| &self.record)
    }

    /// The involvements by number, hidden ones among them: the permit's visibility says which may be shown.
    ///
    /// # Errors
    /// As [`ChildFile::record`].
    pub fn involvements<A: Action>(&self, permit: &Permit<A>) -> StoreResult<&[Involvement]> {
        self.check(permit).map(|()| self.involvements.as_slice())
    }

    /// Takes the record and the involvements out.
    ///
    /// # Errors
    /// As [`ChildFile::record`].
    pub fn open<A: Action>(self, permit: &Permit<A>) -> StoreResult<(ChildRecord, Vec<Involvement>)> {
        self.check(permit).map(|()| (self.record, self.involvements))
    }

    fn check<A: Action>(&self, permit: &Permit<A>) -> StoreResult<()> {
        if permit.child() == self.subject.child {
            Ok(())
        } else {
            Err(StoreError::broken("a permit for one child was used on another"))
        }
    }
}
